"""Rows that hash passwords: sign-in and registration beside the bare hash, and floods of sign-ins."""

import itertools
import json
import pathlib
import secrets
import tempfile

import core
from core import SERVER_PROCESSOR, LOAD_PROCESSOR, Figure, Row, Server, compiled, log, on_processor, run_on, wrk
from storm import Storm, Stream, percentile

PASSWORD = "correct horse battery staple"
#: One thread hashes, on the processor that serves everything else too; the bare hash has that processor to itself.
SERVING = {"ALDRAVA_LOOPS": "1", "ALDRAVA_HASH_THREADS": "1"}
ACCOUNTS = 64
NOTE = "One thread hashes in both; the server's and the bare one each have the same one processor."


def person(number):
    return f"person{number}"


class Hashing(Row):
    """Requests that cost one hash each, beside hashes and nothing else."""

    yardsticks = {"bare Argon2id": 0.95}
    backend = "sqlite"
    note = NOTE
    #: Enough that somebody always waits for the hash, and fewer than one network may have waiting.
    connections = 8

    def open(self):
        self.bare = compiled("argon2.c", "sodium", "pthread")
        self.server = Server(self.backend, **SERVING).start(prepare=on_processor(SERVER_PROCESSOR))
        self.server.widen()
        self.folder = tempfile.TemporaryDirectory(prefix="aldrava-bench-")
        self.prepare()

    def prepare(self):
        pass

    def close(self):
        self.server.remove()
        self.folder.cleanup()

    def measure(self, who):
        if who == "aldrava":
            script = pathlib.Path(self.folder.name, "requests.lua")
            script.write_text(self.script())
            return wrk(self.server.url + self.path, self.options.seconds, "-s", script, connections=self.connections)
        return float(run_on(SERVER_PROCESSOR, [self.bare, 1, self.options.seconds]))


class Login(Hashing):
    name = "login"
    what = "`POST /api/auth/login`, SQLite"
    path = "/api/auth/login"

    def prepare(self):
        for number in range(ACCOUNTS):
            self.server.register(person(number), PASSWORD)

    def script(self):
        return f"""
            wrk.method, wrk.headers["Content-Type"] = "POST", "application/json"
            local number = 0
            function request()
                number = (number + 1) % {ACCOUNTS}
                return wrk.format(nil, nil, nil,
                    '{{"username_or_email":"person' .. number .. '","password":"{PASSWORD}"}}')
            end
        """


class LoginPostgres(Login):
    name = "login-postgres"
    what = "`POST /api/auth/login`, PostgreSQL"
    backend = "postgres"


class Register(Hashing):
    name = "register"
    what = "`POST /api/auth/register`, SQLite"
    yardsticks = {"bare Argon2id": 0.9}
    path = "/api/auth/register"

    def script(self):
        return f"""
            wrk.method, wrk.headers["Content-Type"] = "POST", "application/json"
            local number = 0
            function request()
                number = number + 1
                local name = "n{secrets.token_hex(6)}x" .. number
                return wrk.format(nil, nil, nil,
                    '{{"username":"' .. name .. '","email":"' .. name .. '@example.org","password":"{PASSWORD}"}}')
            end
        """


class RegisterPostgres(Register):
    name = "register-postgres"
    what = "`POST /api/auth/register`, PostgreSQL"
    backend = "postgres"


# Storms ------------------------------------------------------------------------------------------------------------


def http(method, path, token=None, body=None):
    content = json.dumps(body).encode() if body is not None else b""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    return "\r\n".join(lines + ["", ""]).encode() + content


def login(number):
    body = {"username_or_email": person(number % ACCOUNTS), "password": PASSWORD}
    return http("POST", "/api/auth/login", body=body)


class Flood(Row):
    """A flood of sign-ins, in rounds that take turns with rounds without it."""

    backend = "sqlite"
    #: The flood's rate, in times of what the server can do.
    times = 1
    #: Of one round with the flood, and of one without: as many seconds as a percentile needs requests.
    flooded_seconds, calm_seconds = 8, 4

    def open(self):
        self.server = Server(self.backend, **SERVING).start(prepare=on_processor(SERVER_PROCESSOR))
        self.server.widen()
        self.token = self.server.register("visitor", PASSWORD).json["token"]
        for number in range(ACCOUNTS):
            self.server.register(person(number), PASSWORD)

    def close(self):
        self.server.remove()

    def capacity(self):
        """Sign-ins a second, asked from a few sources that always wait."""
        asked = itertools.count()
        start, done = core.time.monotonic(), 0
        while core.time.monotonic() < start + 2:
            answer = self.server.login(person(next(asked) % ACCOUNTS), PASSWORD)
            if answer.status != 200:
                raise AssertionError(f"sign-in: {answer}")
            done += 1
        return done / (core.time.monotonic() - start)

    def storm(self, streams, seconds):
        """The replies of each stream, from a generator on the load's processor."""
        before = core.os.sched_getaffinity(0)
        core.os.sched_setaffinity(0, {LOAD_PROCESSOR})
        try:
            return Storm(self.server.port, streams).run(seconds)
        finally:
            core.os.sched_setaffinity(0, before)

    def rounds(self, flood, watched):
        """Replies of all rounds: (without the flood, with it)."""
        calm, flooded = [], []
        self.storm([watched, flood], 2)
        for _ in range(self.options.rounds):
            calm.append(self.storm([watched], self.calm_seconds))
            flooded.append(self.storm([watched, flood], self.flooded_seconds))
        return calm, flooded

    def compared(self, what, unit, goal, limit, calm, flooded, note=""):
        """A figure that is the median of the rounds' values and should be below `limit`."""
        ours, theirs = core.statistics.median(flooded), core.statistics.median(calm) if calm else None
        log(f"  {self.name}: {what}: {', '.join(f'{value:,.1f}' for value in flooded)}"
            + (f"; calm {theirs:,.1f}" if calm else ""))
        return Figure(what, unit, ours, "without the flood" if calm else "", theirs, [], goal, ours < limit, note)


def milliseconds(replies, percent=99, statuses=None):
    return 1000 * percentile([reply.took for reply in replies if statuses is None or reply.status in statuses], percent)


class StormMany(Flood):
    name = "storm-many"
    times = 3

    def figures(self):
        capacity = self.capacity()
        token = http("GET", "/api/auth/me", self.token)
        watched = Stream("me", 200, lambda number: ("127.0.0.1", token))
        # 2,000 networks: what the server counts as one source is a /24.
        flood = Stream(
            "flood", self.times * capacity,
            lambda number: (f"127.{1 + number % 250}.{number // 250 % 8}.1", login(number)))
        calm, flooded = self.rounds(flood, watched)
        sent = [reply for replies in flooded for reply in replies["flood"]]
        odd = [reply for reply in sent if reply.status not in (200, 503)]
        silent = [reply for reply in sent if reply.status == 503 and not reply.has_retry_after]
        if odd or silent or any(reply.status != 200 for replies in calm + flooded for reply in replies["me"]):
            raise AssertionError(f"{len(odd)} neither served nor refused, {len(silent)} without Retry-After")
        served = sum(reply.status == 200 for reply in sent)
        refused = len(sent) - served
        note = (f"{self.times} × {capacity:.0f} sign-ins/s from 2,000 networks: {served} served, {refused} refused with 503 "
                "and `Retry-After`. The server has one processor, on which it hashes with one thread.")
        return [
            self.compared(
                "`GET /api/auth/me` in a storm of sign-ins from many sources, p99", "ms", "< 5 ms", 5,
                [milliseconds(replies["me"]) for replies in calm],
                [milliseconds(replies["me"]) for replies in flooded], note),
            self.compared(
                "its refused sign-ins, p99", "ms", "< 50 ms", 50, [],
                [milliseconds(replies["flood"], statuses={503}) for replies in flooded], note),
            self.compared(
                "its accepted sign-ins, p99", "ms", "< 1 s", 1000, [],
                [milliseconds(replies["flood"], statuses={200}) for replies in flooded], note)]


class StormOne(Flood):
    name = "storm-one"
    times = 10
    flooded_seconds, calm_seconds = 10, 5

    def figures(self):
        capacity = self.capacity()
        # A quarter of the capacity, from a network of its own.
        watched = Stream("other", capacity / 4, lambda number: ("127.99.0.1", login(number)))
        flood = Stream("flood", self.times * capacity, lambda number: ("127.66.0.1", login(number)))
        calm, flooded = self.rounds(flood, watched)
        others = [reply for replies in calm + flooded for reply in replies["other"]]
        refused = sum(reply.status != 200 for reply in others)
        sent = [reply for replies in flooded for reply in replies["flood"]]
        if odd := [reply for reply in sent if reply.status not in (200, 503)]:
            raise AssertionError(f"{len(odd)} neither served nor refused")
        served = sum(reply.status == 200 for reply in sent)
        note = (f"{self.times} × {capacity:.0f} sign-ins/s from one network: {served} served, {len(sent) - served} refused. "
                f"The second network asks {capacity / 4:.0f} times a second.")
        figure = self.compared(
            "Sign-in from a second source beside a storm from one, p99", "ms", "< 1 s, no 503", 1000,
            [milliseconds(replies["other"]) for replies in calm],
            [milliseconds(replies["other"]) for replies in flooded],
            note + (f" {refused} of its {len(others)} were refused." if refused else " None of its was refused."))
        figure.met = figure.met and refused == 0
        return [figure]


ROWS = [Login, LoginPostgres, StormMany, StormOne, Register, RegisterPostgres]
