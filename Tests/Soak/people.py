"""People with accounts: each knows what the server acknowledged, and what the next answer therefore must be."""

import asyncio

from harness import segments
from wire import now
from world import ACCESS_LIFETIME, CLOSED, PASSWORD

#: How long this machine's clock and an answer under way may blur the end of a token, in seconds.
BLUR = 3
#: Within this after a token came, the one before it is surely within the server's grace of 10 s.
SECOND_TAB = 2
#: A request that was given up may still be worked on. Nobody exchanges twice within so many seconds of one: overtaken by
#: three exchanges, or decided after the grace, it would present what a thief does.
OVERTAKING = 15


class Session:
    """A session as its client sees it."""

    def __init__(self, body):
        self.spent = []
        self.refresh_token = None
        self.take(body)
        self.id = self.claims["sid"]
        #: Ended for certain; or perhaps, because the end was asked for and not acknowledged.
        self.is_over = self.may_be_over = False
        #: Whether the server's newest token is the one that is known here: no reply was lost since.
        self.is_exact = True
        #: When whatever was cut off has come to its end on the other side, too.
        self.settles = 0

    def take(self, body):
        if self.refresh_token not in (None, body["refresh_token"]):
            self.spent = [*self.spent[-3:], self.refresh_token]
        self.token, self.refresh_token = body["token"], body["refresh_token"]
        header, self.claims, _ = segments(self.token)
        self.kid, self.came = header["kid"], now()
        self.is_exact = True

    @property
    def age(self):
        return now() - self.claims["iat"]


class Account:
    """Somebody with a password and at most one session, and what the audit must say of them."""

    def __init__(self, world, name, number, is_encrypted=False):
        self.world, self.name, self.number = world, name, number
        self.connection = world.connection(number, is_encrypted)
        self.is_registered = False
        self.session = None
        #: Sessions whose beginning or end was acknowledged; and what was asked without an answer, or may have been.
        self.logins, self.logouts, self.thefts = [], [], []
        self.unanswered_logins, self.asked_logouts, self.asked_thefts = 0, set(), set()
        self.shut_out, self.asked_shut_out = 0, 0

    async def ask(self, what, *request, **options):
        return await self.world.ask(what, self.connection, *request, **options)

    def expected(self, session):
        """What a check of the session's access token must say, for requests of a given time."""
        def statuses(began, ended):
            asked, acknowledged = self.world.retired.get(session.kid, (None, None))
            end = session.claims["exp"]
            if session.is_over or began > end + BLUR or (acknowledged and began >= acknowledged):
                return {401}
            is_doubtful = session.may_be_over or ended > end - BLUR or (asked and ended >= asked)
            return {200, 401} if is_doubtful else {200}
        return statuses

    def end_session(self):
        self.session.is_over = True
        self.world.revoked.append(self.session)
        self.session = None

    # What people do ----------------------------------------------------------------------------------------------

    async def register(self):
        body = {"username": self.name, "email": f"{self.name}@example.org", "password": PASSWORD}
        statuses = {201, 409} if self.unanswered_logins else {201}
        self.unanswered_logins += 1
        answer = await self.ask("register", "POST", "/api/auth/register", body, expect=statuses, changes=True)
        if answer is None:
            return
        self.is_registered = True
        if answer.status == 201:
            self.unanswered_logins -= 1
            self._begin(answer)

    async def login(self):
        body = {"username_or_email": self.name, "password": PASSWORD}
        self.unanswered_logins += 1
        answer = await self.ask("sign in", "POST", "/api/auth/login", body, expect={200}, changes=True)
        if answer is not None:
            self.unanswered_logins -= 1
            self._begin(answer)

    def _begin(self, answer):
        self.session = Session(answer.json)
        self.logins.append(self.session.id)

    async def me(self):
        session = self.session
        await self.ask("me", "GET", "/api/auth/me", None, session.token, expect=self.expected(session))

    async def refresh(self):
        """A client that keeps the newest token it received is never signed out."""
        session = self.session
        statuses = {200, 401} if session.may_be_over else {200}
        answer = await self.ask(
            "refresh", "POST", "/api/auth/refresh", {"refresh_token": session.refresh_token}, expect=statuses, changes=True)
        if answer is None:
            session.is_exact = False
            session.settles = now() + OVERTAKING
        elif answer.status == 200:
            session.take(answer.json)
            session.may_be_over = False
        else:
            self.end_session()

    async def logout(self):
        session = self.session
        if session.age > ACCESS_LIFETIME / 2:
            await self.refresh()
            if self.session is not session:
                return
        self.asked_logouts.add(session.id)
        answer = await self.ask(
            "sign out", "POST", "/api/auth/logout", None, session.token, expect=self.expected(session), changes=True)
        if answer is not None and answer.status == 200:
            self.logouts.append(session.id)
            self.end_session()
        else:
            session.may_be_over = True
            # Until whatever was cut off is over on the other side, too.
            await asyncio.sleep(1)

    async def lose_a_reply(self):
        """The connection goes before the answer; the token that is known stays good, however late."""
        session = self.session
        session.is_exact = False
        session.settles = now() + OVERTAKING
        await self.connection.vanish("POST", "/api/auth/refresh", {"refresh_token": session.refresh_token})
        if self.world.random.random() < 0.5:
            await asyncio.sleep(self.world.random.uniform(0, 2))
        await self.refresh()

    async def use_a_second_tab(self):
        """Just after an exchange another tab presents the token before it, and gets the same successor."""
        await self.refresh()
        session = self.session
        if session is None or not session.spent or not session.is_exact or now() > session.came + SECOND_TAB:
            return
        newest = session.refresh_token
        def statuses(_, ended):
            return {200} if ended < session.came + 9 else {200, 401}
        answer = await self.ask(
            "second tab", "POST", "/api/auth/refresh", {"refresh_token": session.spent[-1]}, expect=statuses, changes=True)
        if answer is None:
            return
        if answer.status == 401:
            self.asked_thefts.add(session.id)
            self.end_session()
        elif answer.json["refresh_token"] != newest:
            self.world.violate("refresh family", f"{self.name}: another successor for the same token")

    async def be_robbed(self):
        """A token from long before is presented: everybody is signed out."""
        session = self.session
        if len(session.spent) < 3:
            await self.refresh()
            return
        self.asked_thefts.add(session.id)
        answer = await self.ask(
            "theft", "POST", "/api/auth/refresh", {"refresh_token": session.spent[-3]}, expect={401}, changes=True)
        if answer is None:
            session.may_be_over = True
            await asyncio.sleep(1)
            return
        if not session.may_be_over:
            self.thefts.append(session.id)
        session.is_over = True
        await self.me()
        if self.session is session:
            await self.ask(
                "after theft", "POST", "/api/auth/refresh", {"refresh_token": session.refresh_token}, expect={401},
                changes=True)
            self.end_session()

    async def mistype(self):
        body = {"username_or_email": self.name, "password": "wrong wrong wrong"}
        await self.ask("wrong password", "POST", "/api/auth/login", body, expect={401}, changes=True)

    async def try_what_is_over(self):
        """A session that ended stays ended."""
        if not self.world.revoked:
            return
        session = self.world.random.choice(self.world.revoked)
        await self.ask("ended session", "GET", "/api/auth/me", None, session.token, expect={401})
        await self.ask(
            "ended session", "POST", "/api/auth/refresh", {"refresh_token": session.refresh_token}, expect={401},
            changes=True)

    async def be_slow(self):
        """A request in pieces over some seconds; only a server that stops meanwhile need not wait for its end."""
        session, world = self.session, self.world
        usual = self.expected(session)
        def statuses(began, ended):
            return usual(began, ended) | ({408} if world.excuse({CLOSED}, began, ended) else set())
        await self.ask(
            "slow request", "GET", "/api/auth/me", None, session.token, expect=statuses,
            pieces=world.random.randint(2, 12), pause=world.random.uniform(0.01, 0.3))

    async def be_shut_out(self):
        """An operator disables the account: everything of it is refused at the next request, until it is enabled."""
        session, world = self.session, self.world
        session.may_be_over = True
        self.asked_shut_out += 1
        done = await world.cli("user", "disable", self.name)
        if not done:
            await asyncio.sleep(1)
            return await self.be_let_in()
        self.shut_out += 1
        session.is_over = True
        await self.me()
        await self.mistype()
        self.end_session()
        await self.be_let_in()

    async def be_let_in(self):
        while not await self.world.cli("user", "enable", self.name):
            await asyncio.sleep(0.5)

    # A day -------------------------------------------------------------------------------------------------------

    async def have_session(self):
        while self.session is None:
            await (self.login() if self.is_registered else self.register())

    async def fresh_token(self):
        """An access token that is good for some time."""
        await self.have_session()
        while True:
            retired = self.session.kid in self.world.retired
            if not retired and not self.session.may_be_over and self.session.age < ACCESS_LIFETIME / 2:
                return self.session.token
            await self.refresh()
            await self.have_session()


class Person(Account):
    """Somebody at random."""

    #: How often somebody does what, out of all.
    HABITS = {
        "me": 600, "refresh": 130, "logout": 40, "lose_a_reply": 25, "use_a_second_tab": 8, "be_robbed": 8, "mistype": 10,
        "try_what_is_over": 25, "be_slow": 8, "move_on": 6, "be_shut_out": 1,
    }

    EXCHANGES = {"refresh", "lose_a_reply", "use_a_second_tab", "be_robbed"}

    async def live(self):
        """Until the end, or until somebody has had enough of the account, which is then found like that at the end."""
        chance = self.world.random
        while not self.world.is_ending:
            await self.have_session()
            habit = chance.choices(list(self.HABITS), self.HABITS.values())[0]
            if habit in self.EXCHANGES and now() < self.session.settles:
                habit = "me"
            if habit == "move_on":
                return
            await getattr(self, habit)()
            await asyncio.sleep(chance.expovariate(1 / self.world.pace))


async def lives(world, number):
    """One account after another."""
    while not world.is_ending:
        person = Person(world, f"p{number}.{len(world.accounts)}", number, is_encrypted=number % 5 == 0)
        world.accounts.append(person)
        await person.live()
        person.connection.close()
