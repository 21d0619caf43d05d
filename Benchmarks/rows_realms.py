"""The same server with the two realms that it always has, and with ten thousand more that have all been used.

Start, memory and processor time per request are compared, not rates: those would also measure who else is at work.
"""

import http.client
import itertools
import sqlite3
import statistics
import time

from core import Figure, Row, SERVER_PROCESSOR, Server, log, memory, on_processor, processor_seconds, wrk
from rows_http import PASSWORD

MANY = 10_000
#: Ten thousand realms may cost this much more.
GOAL = 1.3
MEGABYTE = 1024 * 1024
STARTS = 10


class Side:
    def __init__(self, realms):
        self.server = Server("sqlite", ALDRAVA_LOOPS="1", ALDRAVA_ACCESS_LOG="off")
        self.names = [f"realm-{number:05}" for number in range(realms)]
        self.start()
        self.server.register("ana", PASSWORD)
        self.server.stop()
        database = sqlite3.connect(self.server.data / "aldrava.db")
        now = int(time.time() * 1_000)
        database.executemany(
            "INSERT INTO realms (name, settings, is_enabled, version, created_at, updated_at) VALUES (?, '{}', 1, 1, ?, ?)",
            [(name, now, now) for name in self.names])
        database.commit()
        database.close()
        self.start()
        # Each realm has its keys from its first request on.
        self.ask(self.names)
        self.memory_used = memory(self.server.process.pid)[0]
        self.restart()
        self.turns = itertools.cycle(self.names[::37] or ["none"])
        self.token = self.server.login("ana", PASSWORD).json["token"]

    def start(self):
        began = time.monotonic()
        self.server.start(prepare=on_processor(SERVER_PROCESSOR))
        return (time.monotonic() - began) * 1_000

    def restart(self):
        self.server.stop()
        return self.start()

    def ask(self, names):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port)
        for name in names:
            connection.request("GET", f"/realms/{name}/.well-known/jwks.json")
            response = connection.getresponse()
            assert response.status == 200 and response.read(), name
        connection.close()

    def warm(self, seconds):
        """Microseconds of processor time for a request of the default realm's."""
        before = processor_seconds(self.server.process.pid)
        rate = wrk(self.server.url + "/api/auth/me", seconds, "-H", f"Authorization: Bearer {self.token}")
        return (processor_seconds(self.server.process.pid) - before) / (rate * seconds) * 1e6


class Realms(Row):
    name = "realms"
    what = "10,000 realms"

    def open(self):
        self.few, self.many = Side(0), Side(MANY)

    def close(self):
        for side in (getattr(self, "few", None), getattr(self, "many", None)):
            if side:
                side.server.remove()

    def figures(self):
        warm = [(self.few.warm(self.options.seconds), self.many.warm(self.options.seconds))
                for _ in range(self.options.rounds + 1)][1:]
        cold = [self.first_request() for _ in range(self.options.rounds)]
        starts = [(self.few.restart(), self.many.restart()) for _ in range(STARTS)]
        # At the same time, because they share the program's pages.
        idle = tuple(memory(side.server.process.pid)[0] / MEGABYTE for side in (self.few, self.many))
        log(f"  realms: me {warm[-1]}, first request {cold[-1]:,.0f} µs, start {starts[-1]}")
        return [
            self.compared("start to the first 200, 10,000 realms", "ms", starts),
            self.compared("memory idle, 10,000 realms", "MB PSS", [idle]),
            Figure(
                "memory after every one of 10,000 realms was used", "MB PSS", self.many.memory_used / MEGABYTE,
                note="at most 4,096 are remembered"),
            self.compared("`GET /api/auth/me`, warm, 10,000 realms", "µs of processor time", warm),
            Figure(
                "a realm's keys, of a realm that is not in memory", "µs of processor time", statistics.median(cold)),
        ]

    def first_request(self):
        """For realms that were not asked for since the start."""
        self.many.restart()
        names = self.many.names[:: max(1, MANY // 1_000)]
        before = processor_seconds(self.many.server.process.pid)
        self.many.ask(names)
        return (processor_seconds(self.many.server.process.pid) - before) / len(names) * 1e6

    def compared(self, what, unit, pairs):
        ratios = [few / many for few, many in pairs]
        few, many = (statistics.median(values) for values in zip(*pairs))
        return Figure(
            what, unit, many, "2 realms", few, ratios, f"≥ {1 / GOAL:.2f} ×", statistics.median(ratios) >= 1 / GOAL)


ROWS = [Realms]
