"""Who may do what: 100,000 users, 200 roles and 2,000 permissions.

A warm check is told from the request around it: what a hundred questions cost more than one, a hundredth of that less one.
A cold one is the first request of a session, which finds everything that somebody holds in one query.
"""

import http.client
import json
import os
import shutil
import sqlite3
import statistics
import time

from core import RESULTS, SERVER_PROCESSOR, Figure, Row, Server, log, on_processor, processor_seconds
from rows_check import Mint
from rows_refresh import CONNECTIONS
from rows_scale import postgres_seconds
from seed import Seeded

USERS, ROLES, PERMISSIONS = 100_000, 200, 2_000
#: Of each user, of each role, and of each tenth user.
ROLES_EACH, PERMISSIONS_EACH, DIRECT_EACH = 3, 50, 2
QUESTIONS = 100
#: Microseconds of processor time.
WARM_GOAL = 2.0
COLD = 500


class SeededAccess(Seeded):
    """The same people, who hold something."""

    def __init__(self):
        base = Seeded(USERS)
        self.users = USERS
        self.folder = RESULTS / f"{base.folder.name}-access-{ROLES}-{PERMISSIONS}"
        if not (self.folder / "complete").exists():
            shutil.rmtree(self.folder, ignore_errors=True)
            shutil.copytree(base.folder, self.folder)
            (self.folder / "complete").unlink()
            self._give(base)
            (self.folder / "complete").write_text(str(base.made_at))
        self.made_at = int((self.folder / "complete").read_text())

    def _give(self, base):
        started = time.monotonic()
        self.made_at = base.made_at
        database = sqlite3.connect(self.folder / "aldrava.db", isolation_level=None)
        for setting in ("journal_mode = OFF", "synchronous = OFF", "foreign_keys = OFF"):
            database.execute(f"PRAGMA {setting}")
        database.execute("BEGIN")
        roles = [self._id(b"role", number) for number in range(ROLES)]
        permissions = [self._id(b"permission", number) for number in range(PERMISSIONS)]
        database.executemany(
            "INSERT INTO roles (id, realm, name, description, created_at) VALUES (?, 'default', ?, '', ?)",
            ((role, f"role-{number}", self.made_at) for number, role in enumerate(roles)))
        database.executemany(
            "INSERT INTO permissions (id, realm, name, description, resource, action, created_at)"
            " VALUES (?, 'default', ?, '', ?, ?, ?)",
            ((permission, f"resource-{number // 10}:action-{number % 10}", f"resource-{number // 10}",
              f"action-{number % 10}", self.made_at) for number, permission in enumerate(permissions)))
        database.executemany(
            "INSERT INTO role_permissions (role_id, permission_id) VALUES (?, ?)",
            ((role, permissions[(number * 7 + place * 13) % PERMISSIONS])
             for number, role in enumerate(roles) for place in range(PERMISSIONS_EACH)))
        database.executemany(
            "INSERT INTO user_roles (user_id, role_id) VALUES (?, ?)",
            ((self.user_id(number), roles[(number * 31 + place * 67) % ROLES])
             for number in range(USERS) for place in range(ROLES_EACH)))
        database.executemany(
            "INSERT INTO user_permissions (user_id, permission_id) VALUES (?, ?)",
            ((self.user_id(number), permissions[(number + place) % PERMISSIONS])
             for number in range(0, USERS, 10) for place in range(DIRECT_EACH)))
        database.execute("COMMIT")
        database.close()
        log(f"  gave roles and permissions in {time.monotonic() - started:.0f} s")


def questions(count):
    """Half of them are of permissions that nobody here holds."""
    return json.dumps({"questions": [
        {"permission": f"resource-{number % 400}:action-{number % 10}"} for number in range(count)]})


class AccessOnSQLite(Row):
    name = "access-sqlite"
    backend, called = "sqlite", "SQLite"

    def open(self):
        seeded = SeededAccess()
        more = {"ALDRAVA_DATABASE_CONNECTIONS": str(CONNECTIONS)} if self.backend == "postgres" else {}
        self.server = Server(self.backend, ALDRAVA_LOOPS="1", **more)
        seeded.place_into(self.server)
        self.server.start(prepare=on_processor(SERVER_PROCESSOR))
        self.server.widen()
        # The keys are in the folder that was copied, whichever database is asked.
        self.mint = Mint(seeded, self.server) if self.backend == "sqlite" else MintFrom(seeded, self.server)
        os.sync()

    def close(self):
        if hasattr(self, "server"):
            self.server.remove()

    def figures(self):
        rounds = [(self.warm(), self.cold(number)) for number in range(self.options.rounds)]
        warm, cold = (statistics.median(values) for values in zip(*rounds))
        log(f"  {self.name}: {warm:.2f} µs warm, {cold:.0f} µs cold")
        note = (f"{USERS:,} users with {ROLES_EACH} of {ROLES} roles each, which give {PERMISSIONS_EACH} of {PERMISSIONS:,} "
                "permissions each")
        return [
            Figure(f"One question about access, warm, {self.called}", "µs of processor time", warm,
                   goal=f"< {WARM_GOAL:.0f} µs", met=warm < WARM_GOAL,
                   note=f"a request with {QUESTIONS} questions against one with one; {note}"),
            Figure(f"`POST /api/auth/check`, a session's first request, {self.called}", "µs of processor time", cold,
                   note="with everything around it; what somebody holds is found by one query over indexes"),
        ]

    def warm(self):
        """In processor time of the server, per question."""
        token = self.mint.token(0)
        costs = []
        for count in (1, QUESTIONS):
            before = processor_seconds(self.server.process.pid)
            asked = self.ask(token, count)
            costs.append((processor_seconds(self.server.process.pid) - before) / asked)
        return (costs[1] - costs[0]) / (QUESTIONS - 1) * 1e6

    def ask(self, token, count):
        """For so many seconds on one connection; returns how many requests it were."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        (body, asked, end) = (questions(count), 0, time.monotonic() + self.options.seconds)
        while time.monotonic() < end:
            self.send(connection, headers, body, count)
            asked += 1
        connection.close()
        return asked

    def cold(self, number):
        """In processor time of server and database, per session that was not asked for before."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        step = USERS // (COLD * (self.options.rounds + 1))
        people = [(number * COLD + place + 1) * step for place in range(COLD)]
        tokens = [self.mint.token(person) for person in people]
        body = questions(1)
        before = self.seconds()
        for token in tokens:
            self.send(
                connection, {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}, body, 1)
        used = self.seconds() - before
        connection.close()
        return used / COLD * 1e6

    def seconds(self):
        return processor_seconds(self.server.process.pid) + (postgres_seconds() if self.server.database else 0)

    def send(self, connection, headers, body, count):
        connection.request("POST", "/api/auth/check", body.encode(), headers)
        response = connection.getresponse()
        text = response.read()
        assert response.status == 200, (response.status, text[:200])
        assert text.count(b'"allowed"') == count


class MintFrom(Mint):
    """With the key of the seeded file, where the server's own database is elsewhere."""

    def __init__(self, seeded, server):
        class Place:
            url, data = server.url, seeded.folder
        super().__init__(seeded, Place)


class AccessOnPostgres(AccessOnSQLite):
    name = "access-postgres"
    backend, called = "postgres", "PostgreSQL"


ROWS = [AccessOnSQLite, AccessOnPostgres]
