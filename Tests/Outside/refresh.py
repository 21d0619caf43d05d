#!/usr/bin/env python3
"""Refresh tokens where things break: kill -9 between commit and reply, twenty tabs, two nodes, a clock that is set.

docs/REFRESH.md says what is promised. ALDRAVA_TEST_LOOPS says how often each database's server is killed.
"""

import asyncio
import concurrent.futures
import mmap
import os
import random
import shutil
import sqlite3
import struct
import tempfile
import time
import unittest

from harness import ROOT, Server, ServerTest, local_address, on_both_databases, run, segments, unbase64
from kill import MANY_HASHES, Connection, Gone

LOOPS = int(os.environ.get("ALDRAVA_TEST_LOOPS", "3"))
CLIENTS = 48
TABS = 20
PASSWORD = "correct horse battery staple"


def counter(token):
    """Version, epoch and session are before it, a MAC behind: see Sources/Flows/Sessions/RefreshTokens.swift."""
    return struct.unpack(">q", unbase64(token)[19:27])[0]


def issued(server):
    """Each session's newest counter, from the database itself."""
    if server.backend == "postgres":
        rows = run(["psql", "--no-psqlrc", "--quiet", "-At", "-F", " ", server.database, "-c",
                    "SELECT encode(id, 'hex'), issued FROM sessions"]).decode().split("\n")
        return {row.split()[0]: int(row.split()[1]) for row in rows if row}
    # A copy: opening the file itself would do what the next start of the server must do alone.
    with tempfile.TemporaryDirectory() as folder:
        for file in server.data.glob("aldrava.db*"):
            if not file.name.endswith("-shm"):
                shutil.copy(file, folder)
        database = sqlite3.connect(f"{folder}/aldrava.db")
        try:
            return {id.hex(): count for id, count in database.execute("SELECT id, issued FROM sessions")}
        finally:
            database.close()


class Client:
    """Keeps the newest token that it received, and nothing else."""

    def __init__(self, number, body):
        self.number = number
        self.session = segments(body["token"])[1]["sid"].replace("-", "")
        self.token, self.kept = body["token"], body["refresh_token"]
        self.exchanges = 0

    async def live(self, port):
        connection = Connection(port, self.number)
        try:
            while True:
                await self.exchange(connection)
                self.exchanges += 1
        except Gone:
            connection.close()

    async def exchange(self, connection):
        status, body = await connection.call("POST", "/api/auth/refresh", {"refresh_token": self.kept})
        assert status == 200, f"a client that keeps the newest token was signed out: {status} {body}"
        assert counter(body["refresh_token"]) == counter(self.kept) + 1, "the counter ran ahead"
        self.token, self.kept = body["token"], body["refresh_token"]

    async def return_to(self, port):
        """After the restart; the access token is good, too."""
        connection = Connection(port, self.number)
        try:
            await self.exchange(connection)
            status, _ = await connection.call("GET", "/api/auth/me", token=self.token)
            assert status == 200, status
        finally:
            connection.close()


class KilledBetweenCommitAndReply(ServerTest):
    environment = MANY_HASHES

    def test_whoever_keeps_the_newest_token_is_never_signed_out(self):
        clients = [
            Client(number, self.server.register(f"k{number}", PASSWORD, source=local_address(number)).json)
            for number in range(CLIENTS)
        ]
        unanswered = 0
        for loop in range(LOOPS):
            asyncio.run(self.storm(clients))
            counters = issued(self.server)
            ahead = [counters[client.session] - counter(client.kept) for client in clients]
            self.assertLessEqual(set(ahead), {0, 1}, "the database is more than one token ahead of a client")
            unanswered += sum(ahead)
            self.server.start()
            asyncio.run(self.check(clients))
        exchanges = sum(client.exchanges for client in clients)
        print(f"{self.backend}: {LOOPS} kills, {exchanges} exchanges, {unanswered} committed and not answered",
              flush=True)
        self.assertGreater(exchanges, CLIENTS)
        if LOOPS >= 10:
            self.assertGreater(unanswered, 0, "no kill came between commit and reply")
        lines = self.server.audit_settled(lambda lines: True)
        self.assertEqual([line for line in lines if line["did"].startswith("refresh_")], [])

    async def storm(self, clients):
        tasks = [asyncio.create_task(client.live(self.server.port)) for client in clients]
        await asyncio.sleep(random.uniform(0.02, 0.4))
        self.server.kill()
        await asyncio.wait_for(asyncio.gather(*tasks), 30)

    async def check(self, clients):
        await asyncio.gather(*(client.return_to(self.server.port) for client in clients))


def at_once(*calls):
    """Their results, in their order."""
    with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(call) for call in calls]]


class TwentyTabs(ServerTest):
    environment = MANY_HASHES

    def test_all_receive_the_one_successor(self):
        body = self.server.register("tabs", PASSWORD).json
        for _ in range(8):
            answers = at_once(*[lambda: self.server.refresh(body["refresh_token"])] * TABS)
            self.assertEqual([answer.status for answer in answers], [200] * TABS)
            successors = {answer.json["refresh_token"] for answer in answers}
            self.assertEqual(len(successors), 1)
            self.assertEqual(counter(*successors), counter(body["refresh_token"]) + 1)
            for answer in answers:
                self.assertEqual(self.server.call("GET", "/api/auth/me", token=answer.json["token"]).status, 200)
            # One that was late, after the others used what they received.
            late = self.server.refresh(body["refresh_token"])
            self.assertEqual(late.json["refresh_token"], *successors)
            body = late.json

    def test_one_that_two_exchanges_overtook_is_none_the_worse(self):
        body = self.server.register("overtaken", PASSWORD).json
        second = self.server.refresh(body["refresh_token"]).json
        third = self.server.refresh(second["refresh_token"]).json
        self.assertEqual(self.server.call("GET", "/api/auth/me", token=third["token"]).status, 200)
        late = self.server.refresh(body["refresh_token"])
        self.assertEqual((late.status, late.json.get("refresh_token")), (200, third["refresh_token"]))
        self.assertEqual(self.server.refresh(third["refresh_token"]).status, 200)


class TwoNodes(ServerTest):
    """On PostgreSQL: what one node did, the other one knows."""

    backend = "postgres"
    environment = MANY_HASHES | {"ALDRAVA_REFRESH_GRACE": "1"}

    @classmethod
    def prepare(cls):
        super().prepare()
        cls.other = Server(
            "postgres", **cls.environment, ALDRAVA_DATABASE=cls.server.database, ALDRAVA_PUBLIC_URL=cls.server.url,
            ALDRAVA_MASTER_KEY_FILE=str(cls.server.data / "master.key"), ALDRAVA_NODE="other")
        # The database that it made for itself and does not use is the one to be removed.
        cls.addClassCleanup(cls.other.remove)
        cls.other.start()

    def assert_ended(self, body):
        """At once where it was found, within half a second elsewhere."""
        deadline = time.monotonic() + 0.5
        for node in (self.server, self.other):
            while True:
                asked = time.monotonic()
                if node.call("GET", "/api/auth/me", token=body["token"]).status == 401:
                    break
                self.assertLess(asked, deadline, "a session that was stolen lives on")
            self.assertEqual(node.refresh(body["refresh_token"]).status, 401)

    def test_tabs_on_both_receive_the_one_successor(self):
        body = self.server.register("spread", PASSWORD).json
        for _ in range(8):
            calls = [lambda node=node: node.refresh(body["refresh_token"]) for node in (self.server, self.other)]
            answers = at_once(*calls * (TABS // 2))
            self.assertEqual([answer.status for answer in answers], [200] * TABS)
            self.assertEqual(len({answer.json["refresh_token"] for answer in answers}), 1)
            for answer, node in zip(answers, (self.other, self.server) * TABS):
                self.assertEqual(node.call("GET", "/api/auth/me", token=answer.json["token"]).status, 200)
            body = answers[0].json

    def test_a_thief_s_later_use_is_found_on_the_other_node(self):
        first = self.server.register("robbed", PASSWORD).json
        second = self.server.refresh(first["refresh_token"]).json
        newest = self.server.refresh(second["refresh_token"]).json
        time.sleep(1.1)
        self.assertEqual(self.other.refresh(first["refresh_token"]).status, 401)
        self.assert_ended(newest)
        self.assert_told("robbed")

    def test_an_owner_s_later_use_finds_the_thief_on_the_other_node(self):
        first = self.server.register("owner", PASSWORD).json
        # Whoever stole the token is quicker than the owner, and exchanges it twice.
        second = self.other.refresh(first["refresh_token"]).json
        newest = self.other.refresh(second["refresh_token"]).json
        time.sleep(1.1)
        self.assertEqual(self.server.refresh(first["refresh_token"]).status, 401)
        self.assert_ended(newest)
        self.assert_told("owner")

    def test_what_a_node_saw_is_written_when_it_stops(self):
        """The use of an access token is written every ten seconds, and at the end."""
        first = self.other.register("seen", PASSWORD).json
        second = self.other.refresh(first["refresh_token"]).json
        self.assertEqual(self.other.call("GET", "/api/auth/me", token=second["token"]).status, 200)
        # Until it is written, the other node takes it for a lost reply.
        again = self.server.refresh(first["refresh_token"])
        self.assertEqual((again.status, again.json.get("refresh_token")), (200, second["refresh_token"]))
        self.assertEqual(self.other.stop(), 0)
        self.other.start()
        time.sleep(1.1)
        self.assertEqual(self.server.refresh(first["refresh_token"]).status, 401)
        self.assert_ended(second)

    def assert_told(self, name):
        def thefts(lines):
            return [line for line in lines if line["did"] == "refresh_token_reuse" and line["who"] == name]
        lines = []
        for node in (self.server, self.other):
            lines = lines or thefts(node.audit_settled(lambda lines: bool(thefts(lines)), limit=3))
        self.assertEqual(len(lines), 1)
        self.assertEqual((lines[0]["this"]["ip"], lines[0]["this"]["newest_ip"]), ("127.0.0.1", "127.0.0.1"))


class SetClock(ServerTest):
    """Somebody sets the server's clock while it runs. PostgreSQL has its own, which stays right."""

    HOUR = 3600

    @classmethod
    def prepare(cls):
        cls.folder = tempfile.mkdtemp(prefix="aldrava-clock-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        run(["clang", "-shared", "-fPIC", "-O1", "-o", f"{cls.folder}/clock.so", ROOT / "Tests/Outside/clock.c"])
        with open(f"{cls.folder}/step", "wb") as file:
            file.write(bytes(mmap.PAGESIZE))
        with open(f"{cls.folder}/step", "r+b") as file:
            cls.page = mmap.mmap(file.fileno(), mmap.PAGESIZE)
        cls.addClassCleanup(cls.page.close)
        cls.server.environment |= MANY_HASHES | {
            "LD_PRELOAD": f"{cls.folder}/clock.so", "CLOCK_STEP": f"{cls.folder}/step"}
        super().prepare()

    def setUp(self):
        self.set(0)

    def set(self, seconds):
        self.page[:8] = struct.pack("=q", seconds * 1_000_000_000)

    def exchange(self, body, expect=200):
        answer = self.server.refresh(body["refresh_token"])
        self.assertEqual(answer.status, expect, answer)
        return answer.json

    def use(self, body, expect=200):
        self.assertEqual(self.server.call("GET", "/api/auth/me", token=body["token"]).status, expect)

    def test_whoever_keeps_the_newest_token_goes_on_however_it_is_set(self):
        body = self.server.register("steady", PASSWORD).json
        for step in (self.HOUR, -self.HOUR, 5 * self.HOUR, 0, -24 * self.HOUR, 30, -30, 0):
            self.use(body)
            self.set(step)
            lost = self.exchange(body)
            body = self.exchange(body)
            self.assertEqual(body["refresh_token"], lost["refresh_token"])

    def test_set_back_the_second_tab_is_answered_and_a_thief_from_long_ago_is_found(self):
        body = self.server.register("back", PASSWORD).json
        second = self.exchange(body)
        self.use(second)
        self.set(-self.HOUR)
        self.assertEqual(self.exchange(body)["refresh_token"], second["refresh_token"])
        third = self.exchange(second)
        self.use(third)
        fourth = self.exchange(third)
        self.exchange(body, expect=401)
        self.use(fourth, expect=401)

    def test_set_forward_windows_that_were_open_close_where_the_database_was_set(self):
        body = self.server.register("forward", PASSWORD).json
        second = self.exchange(body)
        third = self.exchange(second)
        self.set(self.HOUR)
        if self.backend == "sqlite":
            # The clock says that an hour has passed since this token was spent.
            self.exchange(body, expect=401)
            self.exchange(third, expect=401)
        else:
            self.assertEqual(self.exchange(body)["refresh_token"], third["refresh_token"])

    def test_set_forward_what_a_node_remembers_is_as_old_as_it_is(self):
        """It is told by a clock that nobody sets, so that a second tab does not pay for a clock that was wrong."""
        answers = []
        # What was written just before is told by the database's clock: once in ten seconds that can be.
        for number in range(3):
            self.set(0)
            body = self.server.register(f"tab{number}", PASSWORD).json
            second = self.exchange(body)
            self.use(second)
            self.set(self.HOUR)
            answers.append(self.server.refresh(body["refresh_token"]))
            if answers[-1].status == 200:
                self.assertEqual(answers[-1].json["refresh_token"], second["refresh_token"])
                break
        self.assertEqual(answers[-1].status, 200, answers)


on_both_databases(globals(), KilledBetweenCommitAndReply, TwentyTabs, SetClock)

if __name__ == "__main__":
    unittest.main()
