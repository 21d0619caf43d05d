"""The same requests with a thousand users in the database and with a million.

What is compared is processor time per request, of the server and, where there is one, of PostgreSQL: a rate would also
measure who else is at work. Everywhere a thousand people are at work; with a million users they are spread over all.
"""

import http.client
import itertools
import os
import pathlib
import statistics

from core import Figure, Row, SERVER_PROCESSOR, Server, log, on_processor, processor_seconds, wrk
from rows_refresh import CONNECTIONS
from seed import PASSWORD, Seeded

FEW, MANY = 1_000, 1_000_000
AT_WORK = 1_000
#: A million users may cost this much more.
GOAL = 1.3


class Side:
    """A server over a seeded database, and requests to it that are each sent once where that matters."""

    def __init__(self, backend, users):
        self.seeded = Seeded(users)
        more = {"ALDRAVA_DATABASE_CONNECTIONS": str(CONNECTIONS)} if backend == "postgres" else {}
        self.server = Server(backend, ALDRAVA_LOOPS="1", **more)
        self.seeded.place_into(self.server)
        self.server.start(prepare=on_processor(SERVER_PROCESSOR))
        self.server.widen()
        self.numbers = range(0, users, users // AT_WORK)
        self.refresh_tokens = [self.seeded.refresh_token(number) for number in self.numbers]
        self.people = itertools.cycle(self.numbers)
        self.newcomers = itertools.count()
        self.connection = http.client.HTTPConnection("127.0.0.1", self.server.port)

    def close(self):
        self.connection.close()
        self.server.remove()

    def processor_seconds(self):
        return processor_seconds(self.server.process.pid) + (postgres_seconds() if self.server.database else 0)

    def call(self, method, path, body=None, token=None):
        """On one connection that is kept."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if body:
            headers["Content-Type"] = "application/json"
        self.connection.request(method, path, body and body.encode(), headers)
        response = self.connection.getresponse()
        text = response.read()
        if response.status not in (200, 201):
            raise AssertionError(f"{method} {path}: {response.status} {text[:200]!r}")
        return text

    # What is measured: each returns how many requests it sent ---------------------------------------------------------

    def health(self, seconds):
        return wrk(self.server.url + "/health", seconds) * seconds

    def warm(self, seconds):
        token = self.login_once(0)
        return wrk(self.server.url + "/api/auth/me", seconds, "-H", f"Authorization: Bearer {token}") * seconds

    def cold(self, _):
        for token in self.access_tokens:
            self.call("GET", "/api/auth/me", token=token)
        return len(self.access_tokens)

    def login(self, seconds):
        count = 20 * seconds
        for _ in range(count):
            self.login_once(next(self.people))
        return count

    def register(self, seconds):
        count = 20 * seconds
        for number in itertools.islice(self.newcomers, count):
            name = f"newcomer{number}"
            self.call("POST", "/api/auth/register",
                      f'{{"username":"{name}","email":"{name}@example.org","password":"{PASSWORD}"}}')
        return count

    def refresh(self, _):
        """Each session once, one after the other; leaves access tokens that nobody has seen."""
        pairs = [fields(self.call("POST", "/api/auth/refresh", f'{{"refresh_token":"{token}"}}'))
                 for token in self.refresh_tokens]
        self.access_tokens, self.refresh_tokens = map(list, zip(*pairs))
        return len(pairs)

    def login_once(self, number):
        name = self.seeded.name(number)
        return fields(self.call(
            "POST", "/api/auth/login", f'{{"username_or_email":"{name}","password":"{PASSWORD}"}}'))[0]


def fields(text):
    """The two tokens of an answer."""
    parts = text.decode().split('"')
    return parts[parts.index("token") + 2], parts[parts.index("refresh_token") + 2]


def postgres_seconds():
    """What PostgreSQL's processes have used so far, those that have ended among them."""
    folder = pathlib.Path(os.environ["ALDRAVA_TEST_POSTGRES_CONTROL"]).parent
    leader = (folder / "data/postmaster.pid").read_text().split()[0]
    children = pathlib.Path(f"/proc/{leader}/task/{leader}/children").read_text().split()
    total = 0
    for process, places in [(leader, range(11, 15)), *((child, range(11, 13)) for child in children)]:
        try:
            numbers = pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        total += sum(int(numbers[place]) for place in places)
    return total / os.sysconf("SC_CLK_TCK")


class ScaleOnSQLite(Row):
    name = "scale-sqlite"
    backend, called = "sqlite", "SQLite"
    unit = "µs of processor time"
    #: In this order, because a cold check needs the tokens that a refresh leaves.
    measured = {
        "health": "`GET /health`", "warm": "`GET /api/auth/me`, warm", "refresh": "`POST /api/auth/refresh`",
        "cold": "`GET /api/auth/me`, every token new", "login": "`POST /api/auth/login`",
        "register": "`POST /api/auth/register`"}
    note = f"a goal of ≥ {1 / GOAL:.2f} × is a cost of at most {GOAL} ×; {AT_WORK:,} people are at work on either side"

    def open(self):
        self.sides = {users: Side(self.backend, users) for users in (FEW, MANY)}
        os.sync()  # so that nobody measures how the copies get to the disk

    def close(self):
        for side in getattr(self, "sides", {}).values():
            side.close()

    def figures(self):
        costs = {name: [] for name in self.measured}
        for number in range(self.options.rounds + 1):
            for name in self.measured:
                pair = {users: self._cost(side, name) for users, side in self.sides.items()}
                if number > 0:  # the first is for warmth
                    costs[name].append(pair)
            log(f"  {self.name}: " + ", ".join(
                f"{name} {values[-1][FEW]:,.1f} → {values[-1][MANY]:,.1f}" for name, values in costs.items() if values))
        return [self._figure(name, pairs) for name, pairs in costs.items()]

    def _cost(self, side, name):
        """Microseconds per request."""
        before = side.processor_seconds()
        count = getattr(side, name)(self.options.seconds)
        return (side.processor_seconds() - before) / count * 1e6

    def _figure(self, name, pairs):
        ratios = [pair[FEW] / pair[MANY] for pair in pairs]
        ours, theirs = (statistics.median(pair[users] for pair in pairs) for users in (MANY, FEW))
        return Figure(
            f"{self.measured[name]}, {MANY:,} users, {self.called}", self.unit, ours, f"{FEW:,} users", theirs, ratios,
            f"≥ {1 / GOAL:.2f} ×", statistics.median(ratios) >= 1 / GOAL, self.note)


class ScaleOnPostgres(ScaleOnSQLite):
    name = "scale-postgres"
    backend, called = "postgres", "PostgreSQL"
    measured = {name: what for name, what in ScaleOnSQLite.measured.items() if name not in ("health", "warm")}


ROWS = [ScaleOnSQLite, ScaleOnPostgres]
