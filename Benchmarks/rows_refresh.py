"""Rotations of refresh tokens, each durable before it is answered, beside their statements without a server."""

import os
import pathlib
import re
import secrets
import subprocess
import tempfile
import urllib.parse

from core import (
    POSTGRES, ROOT, SERVER_PROCESSOR, Row, Server, compiled, on_processor, run_on, wrk)
from seed import Seeded

CLIENTS = 64
#: More than clients, so that no token is presented twice at once.
SESSIONS = 256
CONNECTIONS = 16
USERS = 10_000


class Tokens:
    """Refresh tokens that were never presented, some more for every measurement."""

    def __init__(self, seeded):
        self.seeded, self.next = seeded, 0
        handle, path = tempfile.mkstemp(prefix="aldrava-bench-")
        os.close(handle)
        self.path = pathlib.Path(path)

    def rotate(self, server, seconds):
        """Rotations per second, of sessions that were not used before."""
        numbers = range(self.next, self.next + SESSIONS)
        self.next += SESSIONS
        self.path.write_text("".join(self.seeded.refresh_token(number) + "\n" for number in numbers))
        os.environ["ALDRAVA_BENCH_TOKENS"] = str(self.path)
        return wrk(
            server.url + "/api/auth/refresh", seconds, "-s", ROOT / "Benchmarks/refresh.lua", connections=CLIENTS)

    def close(self):
        self.path.unlink(missing_ok=True)


class RefreshOnSQLite(Row):
    name = "refresh-sqlite"
    what = "`POST /api/auth/refresh`, 64 clients, SQLite"
    unit = "rotations/s"
    yardsticks = {"bare statements": 0.6, "bare statements and ES256 signatures": None}
    note = (
        "each rotation on the disk before its answer, in the temporary folder; the yardstick is one process with the same "
        "statements, settings and shared commits, without HTTP, and first without tokens")

    def open(self):
        seeded = Seeded(USERS)
        self.program = compiled("rotations.c", "sqlite3", "crypto")
        self.server = Server("sqlite", ALDRAVA_LOOPS="1")
        seeded.place_into(self.server)
        self.copy = self.server.folder / "bare.db"
        self.copy.write_bytes((self.server.data / "aldrava.db").read_bytes())
        self.server.start(prepare=on_processor(SERVER_PROCESSOR))
        self.tokens = Tokens(seeded)

    def close(self):
        self.tokens.close()
        self.server.remove()

    def measure(self, who):
        if who == "aldrava":
            return self.tokens.rotate(self.server, self.options.seconds)
        command = [self.program, self.copy, CLIENTS, self.options.seconds]
        return float(run_on(SERVER_PROCESSOR, command + ["sign"] * who.endswith("signatures")))


#: One rotation as one transaction, in two messages, in the form in which the server's driver sends statements. The server
#: itself puts those that wait for one another into one.
SCRIPT = r"""
\set next :counter + 1
\startpipeline
BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint, set_config('statement_timeout', '10s', true),
    set_config('idle_in_transaction_session_timeout', '10s', true);
UPDATE sessions SET issued = :next, confirmed_at = NULL, address = '127.0.0.1', user_agent = '',
    last_activity_at = greatest(last_activity_at, clock.now)
FROM (SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now) AS clock
WHERE id = decode(lpad(to_hex(CAST(:client_id AS bigint)), 32, '0'), 'hex') AND issued = :counter AND ended_at IS NULL
    AND absolute_end > clock.now AND clock.now - last_activity_at < idle_limit;
\endpipeline
COMMIT;
\set counter :next
"""


class RefreshOnPostgres(Row):
    name = "refresh-postgres"
    what = "`POST /api/auth/refresh`, 64 clients, PostgreSQL"
    unit = "rotations/s"
    yardsticks = {"pgbench": 0.7}
    note = (
        f"{CONNECTIONS} connections for the server, {CLIENTS} for pgbench, which makes a transaction of each rotation; the "
        "server and pgbench have one processor, PostgreSQL is where it likes")

    def open(self):
        seeded = Seeded(USERS)
        self.server = Server("postgres", ALDRAVA_LOOPS="1", ALDRAVA_DATABASE_CONNECTIONS=str(CONNECTIONS))
        seeded.place_into(self.server)
        self.bare = "bare_" + secrets.token_hex(6)
        self._sql(POSTGRES, f"CREATE DATABASE {self.bare} TEMPLATE {urllib.parse.urlsplit(self.server.database).path[1:]}")
        self.bare_url = urllib.parse.urlsplit(POSTGRES)._replace(path="/" + self.bare).geturl()
        # pgbench knows numbers only.
        self._sql(
            self.bare_url, "UPDATE sessions SET id = decode(lpad(to_hex(s.number - 1), 32, '0'), 'hex') FROM"
            " (SELECT id, row_number() OVER () AS number FROM sessions) AS s WHERE sessions.id = s.id", "VACUUM ANALYZE",
            "CHECKPOINT")
        self.script = self.server.folder / "rotation.sql"
        self.script.write_text(SCRIPT)
        self.server.start(prepare=on_processor(SERVER_PROCESSOR))
        self.tokens = Tokens(seeded)

    def close(self):
        self.tokens.close()
        self.server.remove()
        self._sql(POSTGRES, f"DROP DATABASE {self.bare} WITH (FORCE)")

    def measure(self, who):
        if who == "aldrava":
            return self.tokens.rotate(self.server, self.options.seconds)
        self._sql(self.bare_url, "UPDATE sessions SET issued = 1")
        text = run_on(
            SERVER_PROCESSOR, ["pgbench", "-n", "-M", "extended", "-c", CLIENTS, "-j", 1, "-T", self.options.seconds,
                               "-D", "counter=1", "-f", self.script, self.bare_url])
        if "number of failed transactions: 0 " not in text:
            raise AssertionError(f"pgbench failed:\n{text}")
        return float(re.search(r"tps = ([\d.]+) \(without", text).group(1))

    @staticmethod
    def _sql(url, *statements):
        words = [word for statement in statements for word in ("-c", statement)]
        subprocess.run(["psql", "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", url, *words], check=True)


ROWS = [RefreshOnSQLite, RefreshOnPostgres]
