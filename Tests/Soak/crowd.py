"""Those beside the people: applications, auditors, operators, and clients that behave badly."""

import asyncio
import itertools
import socket
import urllib.parse

import raw
from people import Account
from wire import EventStream, Gone, exchange, now
from world import ADMINISTRATOR, APPLICATION, CLOSED, CUT, HEADER_TIMEOUT, READ_ONLY, UNAVAILABLE


class Application(Account):
    """Writes events of its own, each batch with a key, until the answer is there."""

    def __init__(self, world):
        super().__init__(world, APPLICATION, 201)
        self.is_registered = True
        self.verbs = itertools.count(1)
        #: The acknowledged events of each batch, as (id, did), in the order of their being written.
        self.batches = []

    async def live(self):
        chance = self.world.random
        while not self.world.is_ending:
            await self.write(chance.randint(1, 5))
            await asyncio.sleep(chance.expovariate(1 / (3 * self.world.pace)))

    async def write(self, count, is_last=False):
        verbs = [f"v{next(self.verbs)}" for _ in range(count)]
        body = {"events": [{"did": verb, "this": {"of": count}} for verb in verbs]}
        while not self.world.is_ending or is_last:
            token = await self.fresh_token()
            answer = await self.ask(
                "application events", "POST", "/api/audit/events", body, token,
                expect=self.statuses, headers={"Idempotency-Key": f"soak-{verbs[0]}"}, changes=True)
            if answer is not None and answer.status == 201:
                self.batches.append([(event["id"], event["did"]) for event in answer.json["events"]])
                return self.batches[-1][-1]
            if answer is not None:
                await self.refresh()
        # Nobody waits for this answer any more: the batch is there or it is not.
        return None

    def statuses(self, began, ended):
        allowed = self.expected(self.session)(began, ended)
        return {201 if status == 200 else status for status in allowed}


class Auditor(Account):
    """Searches the audit: every page fits its question, and what was acknowledged is found."""

    def __init__(self, world):
        super().__init__(world, ADMINISTRATOR, 202)
        self.is_registered = True

    async def live(self):
        chance = self.world.random
        while not self.world.is_ending:
            await chance.choice([self.page, self.search, self.find_own])()
            await asyncio.sleep(chance.expovariate(1 / (5 * self.world.pace)))

    async def logs(self, **query):
        token = await self.fresh_token()
        path = "/api/audit/logs?" + urllib.parse.urlencode(query)
        answer = await self.ask("audit search", "GET", path, None, token, expect=self.expected(self.session))
        if answer is None or answer.status != 200:
            return None
        return answer.json

    async def page(self):
        """Two pages that follow one another have no event in common."""
        first = await self.logs(limit=self.world.random.randint(1, 50))
        second = await self.logs(limit=20, before=first["next"]) if first and first["next"] else None
        if second and {line["id"] for line in first["logs"]} & {line["id"] for line in second["logs"]}:
            self.world.violate("audit search", "two pages share an event")

    async def search(self):
        did = self.world.random.choice(["login", "logout", "create_user", "login_failed", "disable_user"])
        found = await self.logs(did=did, limit=20)
        if found and any(line["did"] != did for line in found["logs"]):
            self.world.violate("audit search", f"asked for {did}, got {found['logs']}")

    async def find_own(self):
        """A sign-in of a moment ago is found by its session: at once, on PostgreSQL once nothing older is open."""
        candidates = [account for account in self.world.accounts[-20:] if account.logins]
        if not candidates:
            return
        session = self.world.random.choice(candidates).logins[-1]
        began = now()
        while not self.world.is_ending:
            found = await self.logs(session=session, did="login")
            if found is None:
                return
            if [line["this"]["session"] for line in found["logs"]] == [session]:
                return
            if self.world.backend == "sqlite" or found["logs"] or now() > began + 20:
                if not self.world.excuse({CUT, CLOSED, UNAVAILABLE}, began, now()):
                    self.world.violate("audit search", f"login of {session} is not found: {found['logs']}")
                return
            await asyncio.sleep(0.2)


class Reader(Account):
    """Follows the audit over every fault: nothing is missed, nothing comes twice, and the order is the log's."""

    def __init__(self, world, number, query=""):
        super().__init__(world, ADMINISTRATOR, number)
        self.is_registered = True
        self.query, self.place = query, None
        self.seen, self.until = [], None
        self.ends = {}
        #: Set when the last event of the run has come.
        self.is_done = asyncio.Event()

    async def live(self):
        while not self.is_done.is_set():
            token = await self.fresh_token()
            stream = EventStream(self.world.server.port, self.number, token, self.query, self.place)
            began = now()
            try:
                await self.follow(stream, began)
            except (OSError, EOFError, asyncio.IncompleteReadError, ValueError) as error:
                self.world._excused("stream", {CUT, CLOSED}, began if stream.status is None else now(), repr(error))
            finally:
                self.place = stream.last
                stream.close()
            await asyncio.sleep(0.1)

    async def follow(self, stream, began):
        usual = self.expected(self.session)
        async for name, data in stream.events():
            if name == "end":
                return self.ended(data["reason"], usual(now(), now()))
            self.place = stream.last
            self.seen.append(data["id"])
            if data["id"] == self.until:
                self.is_done.set()
                return
        if stream.status in (200, 401) and self.session:
            await self.refresh()
        if stream.status != 200 and stream.status not in usual(began, now()):
            self.world._excused("stream", {UNAVAILABLE}, began, f"status {stream.status}")

    def ended(self, reason, statuses):
        self.ends[reason] = self.ends.get(reason, 0) + 1
        wanted = {
            "server_stopping": {CLOSED}, "unavailable": {UNAVAILABLE}}.get(reason)
        if reason in ("token_expired", "session_ended") and 401 in statuses:
            return
        if wanted is None or not self.world.excuse(wanted, now() - 1, now()):
            self.world.violate("stream", f"ended with {reason}")


class Operator:
    """Reads and changes by the command line, beside the running server."""

    def __init__(self, world):
        self.world = world
        #: How often a role was asked to be granted or taken, and how often that was acknowledged.
        self.asked, self.done = 0, {"grant": 0, "revoke": 0}

    async def live(self):
        chance = self.world.random
        while not self.world.is_ending:
            known = [account for account in self.world.accounts if account.is_registered]
            if known:
                await chance.choice([self.look, self.look, self.change])(chance.choice(known).name)
            await asyncio.sleep(chance.uniform(1, 4) * min(1, 10 * self.world.pace))

    async def look(self, name):
        done = await self.world.cli(*self.world.random.choice([
            ["user", "show", name], ["user", "list", "--limit", "20"], ["session", "list", name], ["keys", "list"],
            ["grant", "list", "--user", name], ["audit", "tail", "-n", "5"], ["version"]]))
        if done and not done[1]:
            self.world.violate("command line", "nothing was printed")

    async def change(self, name):
        """The application's account gets a role and loses it again."""
        for verb in self.done:
            self.asked += 1
            done = await self.world.cli(verb, "role", "auditor", "--user", APPLICATION)
            # Where a command before was carried out, or was not, without anybody being told, there is nothing to change.
            self.done[verb] += bool(done and "already" not in done[1] and "was not" not in done[1])


class Misfit:
    """What no well-behaved client does: malformed messages, slow heads, readers that do not read, and resets."""

    MESSAGES = [*raw.MALFORMED_HTTP.values(), *raw.MALFORMED_CONTENT.values()]

    def __init__(self, world, number):
        self.world, self.number = world, number
        self.sent = 0

    async def live(self):
        chance = self.world.random
        while not self.world.is_ending:
            # One request in a hundred is malformed, over all clients.
            if self.world.tally["malformed"] * 100 < self.world.answers:
                await self.be_malformed()
            else:
                await chance.choice([self.drip, self.leave, self.not_read])()
                await asyncio.sleep(chance.uniform(0.2, 1))

    async def be_malformed(self):
        self.world.tally["malformed"] += 1
        chance, began = self.world.random, now()
        if chance.random() < 0.3:
            token = chance.choice(list(raw.MALFORMED_TOKENS.values()))
            content = raw.get(raw.HOST + b"Authorization: Bearer " + token + b"\r\n", line=b"GET /api/auth/me HTTP/1.1")
            statuses = {401}
        else:
            content, statuses = chance.choice(self.MESSAGES), range(400, 500)
        answer = await exchange(self.world.server.port, self.number, content)
        status = int(answer[9:12]) if answer.startswith(b"HTTP/1.1 ") else None
        self.world.answers += 1
        if status in statuses:
            return
        # A long message may still be under way when the refusal closes the connection.
        if status is None and len(content) > 16_000:
            return
        effects = {UNAVAILABLE, READ_ONLY} if status == 503 else {CUT} if status is None else set()
        self.world._excused("malformed", effects, began, f"{content[:100]!r} was answered {answer[:200]!r}")

    async def connect(self, **options):
        return await asyncio.open_connection("127.0.0.1", self.world.server.port, **options)

    async def drip(self):
        """A byte now and then keeps no connection beyond the time for a head."""
        began = now()
        try:
            reader, writer = await self.connect()
            writer.write(b"GET /health HTTP/1.1\r\nHost: a\r\nX-Slow: ")
            while not self.world.is_ending:
                try:
                    # Whatever comes, an answer or the end, is what this waits for.
                    await asyncio.wait_for(reader.read(4096), 0.3)
                    break
                except TimeoutError:
                    writer.write(b"a")
                took = now() - began
                if took > HEADER_TIMEOUT + 5 and not self.world.excuse({CUT, CLOSED}, began, now()):
                    self.world.violate("slow client", f"a head is taken after {took:.0f} s")
                    break
            writer.transport.abort()
        except OSError:
            pass

    async def leave(self):
        """In the middle of a request, or right behind it."""
        content = raw.post(b"/api/auth/login", b'{"username_or_email":"nobody","password":"wrong wrong"}')
        try:
            _, writer = await self.connect()
            writer.write(content[:self.world.random.randint(1, len(content))])
            await writer.drain()
            writer.transport.abort()
        except OSError:
            pass

    async def not_read(self):
        """Asks for more than the buffers hold, reads nothing, and resets."""
        plain = socket.socket()
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        plain.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(plain, ("127.0.0.1", self.world.server.port))
            reader, writer = await asyncio.open_connection(sock=plain, limit=1)
            writer.write(raw.get(raw.HOST, line=b"GET /openapi.json HTTP/1.1") * 20)
            await asyncio.sleep(self.world.random.uniform(0.1, 4))
            writer.transport.abort()
        except OSError:
            plain.close()
