#!/usr/bin/env python3
"""kill -9 in the middle of a thousand concurrent requests: what was acknowledged is there, the audit is complete.

ALDRAVA_TEST_LOOPS says how often each database's server is killed and started again on the same data.
"""

import asyncio
import collections
import json
import os
import random
import resource
import time
import unittest

from harness import ServerTest, local_address, on_both_databases, segments

LOOPS = int(os.environ.get("ALDRAVA_TEST_LOOPS", "2"))
CLIENTS = 1000
PASSWORD = "correct horse battery staple"
# Here the storm matters.
MANY_HASHES = {"ALDRAVA_HASH_QUEUE": "4096"}


class Gone(Exception):
    """The server went away before it answered."""


class Connection:
    """One keep-alive connection from a network of its own."""

    def __init__(self, port, number):
        self.port, self.source = port, local_address(number)
        self.reader = self.writer = None

    async def call(self, method, path, body=None, token=None):
        """Status and JSON; 503 is asked again as Retry-After says."""
        while True:
            status, headers, content = await self.once(method, path, body, token)
            if status != 503:
                return status, json.loads(content) if content else None
            await asyncio.sleep(float(headers.get("retry-after", 1)) * random.uniform(0.2, 1))

    async def once(self, method, path, body, token):
        content = json.dumps(body).encode() if body is not None else b""
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nContent-Length: {len(content)}\r\n"
        if content:
            head += "Content-Type: application/json\r\n"
        if token:
            head += f"Authorization: Bearer {token}\r\n"
        try:
            if self.writer is None:
                self.reader, self.writer = await asyncio.open_connection(
                    "127.0.0.1", self.port, local_addr=(self.source, 0))
            self.writer.write(head.encode() + b"\r\n" + content)
            lines = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
            raw = await self.reader.readexactly(int(headers.get("content-length", 0)))
        except (OSError, EOFError, asyncio.IncompleteReadError) as error:
            self.close()
            raise Gone from error
        if headers.get("connection") == "close":
            self.close()
        return int(lines[0].split()[1]), headers, raw

    def close(self):
        if self.writer:
            self.writer.close()
        self.reader = self.writer = None


class Person:
    """What one client knows, which is what the server acknowledged, and what it asked without an answer."""

    # By the server in this storm, for all clients together.
    acknowledged = 0

    def __init__(self, number, name):
        self.number, self.name = number, name
        self.is_registered = False
        self.session = self.token = self.refresh_token = None
        self.logged_out = False
        self.asked_logout = False
        # Sessions that were acknowledged, for the audit.
        self.logins, self.logouts = [], []

    def take(self, body):
        self.token, self.refresh_token = body["token"], body["refresh_token"]
        self.session = segments(self.token)[1]["sid"]
        Person.acknowledged += 1

    def begin(self, body):
        self.take(body)
        self.logins.append(self.session)
        self.logged_out = self.asked_logout = False

    async def register(self, connection):
        body = {"username": self.name, "email": f"{self.name}@example.org", "password": PASSWORD}
        status, answer = await connection.call("POST", "/api/auth/register", body)
        assert status == 201, (status, answer)
        self.is_registered = True
        self.begin(answer)

    async def login(self, connection):
        body = {"username_or_email": self.name, "password": PASSWORD}
        # Until the answer is here, the session that the client holds stays the one it knows.
        status, answer = await connection.call("POST", "/api/auth/login", body)
        assert status == 200, (status, answer)
        self.begin(answer)

    async def refresh(self, connection):
        status, answer = await connection.call("POST", "/api/auth/refresh", {"refresh_token": self.refresh_token})
        assert status == 200, (status, answer)
        self.take(answer)

    async def logout(self, connection):
        self.asked_logout = True
        status, answer = await connection.call("POST", "/api/auth/logout", token=self.token)
        assert status == 200, (status, answer)
        self.logged_out = True
        self.logouts.append(self.session)

    async def live(self, connection):
        """Asks one thing after another until the server is gone."""
        try:
            if not self.is_registered:
                await self.register(connection)
            while True:
                if self.logged_out or random.random() < 0.2:
                    await self.login(connection)
                elif random.random() < 0.15:
                    await self.logout(connection)
                else:
                    await self.refresh(connection)
        except Gone:
            connection.close()

    async def check(self, connection, audit):
        """After the restart. Returns what was lost, as sentences."""
        lost = []
        if not self.is_registered:
            return lost
        status, _ = await connection.call(
            "POST", "/api/auth/login", {"username_or_email": self.name, "password": PASSWORD})
        if status != 200:
            lost.append(f"{self.name} cannot sign in: {status}")
        status, answer = await connection.call("POST", "/api/auth/refresh", {"refresh_token": self.refresh_token})
        if self.logged_out:
            if status != 401:
                lost.append(f"{self.name}'s sign-out was forgotten: {status}")
            status, _ = await connection.call("GET", "/api/auth/me", token=self.token)
            if status != 401:
                lost.append(f"{self.name}'s token lives after sign-out: {status}")
        elif not self.asked_logout:
            if status == 200:
                self.take(answer)
            else:
                lost.append(f"{self.name}'s newest token is refused: {status} {answer}")
        elif status == 200:
            self.take(answer)
            self.asked_logout = False
        else:
            self.logged_out = True
        if ("create_user", self.name) not in audit:
            lost.append(f"no create_user of {self.name}")
        lost += [f"no login of {self.name}, {sid}" for sid in self.logins if ("login", sid) not in audit]
        lost += [f"no logout of {self.name}, {sid}" for sid in self.logouts if ("logout", sid) not in audit]
        return lost


class Kill(ServerTest):
    environment = MANY_HASHES

    @classmethod
    def prepare(cls):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = 8192 if hard == resource.RLIM_INFINITY else min(8192, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
        cls.people = []
        super().prepare()
        cls.admin_password = "a long first password"
        cls.server.widen()
        cls.server.make_admin(password=cls.admin_password)

    def test_nothing_acknowledged_is_lost(self):
        for loop in range(LOOPS):
            with self.subTest(loop=loop):
                asyncio.run(self.storm(loop))
                self.server.start()
                self.verify(loop)

    async def storm(self, loop):
        """Half of the clients sign up, half act with the accounts of earlier loops; then the power goes."""
        warm = [person for person in self.people if person.is_registered][-CLIENTS // 2:]
        fresh = [Person(number, f"p{loop}x{number}") for number in range(CLIENTS - len(warm))]
        self.people += fresh
        Person.acknowledged = 0
        tasks = [
            asyncio.create_task(person.live(Connection(self.server.port, person.number))) for person in fresh + warm
        ]
        # At a moment of its own each time: at the first acknowledgement, or well into the storm.
        target, deadline = random.randrange(1, 1500), time.monotonic() + 20
        while Person.acknowledged < target and time.monotonic() < deadline:
            await asyncio.sleep(random.uniform(0, 0.05))
        self.server.kill()
        self.acknowledged = Person.acknowledged
        results = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 60)
        for result in results:
            if isinstance(result, BaseException):
                raise result

    def verify(self, loop):
        began = time.monotonic()
        expected = {("create_user", person.name) for person in self.people if person.is_registered}
        expected |= {("login", sid) for person in self.people for sid in person.logins}
        expected |= {("logout", sid) for person in self.people for sid in person.logouts}
        lines = self.server.audit_settled(lambda lines: expected <= self.facts(lines), limit=30)
        facts = self.facts(lines)
        ids = [line["this"]["event"] for line in lines]
        doubles = [event for event, count in collections.Counter(ids).items() if count > 1]
        self.assertEqual(doubles, [], "events twice in the file")
        self.assert_equals_database(lines)
        people = [person for person in self.people if person.is_registered]
        # Everybody of this loop, and some of the earlier ones: what was kept once stays kept.
        people = people[-CLIENTS:] + random.sample(people[:-CLIENTS], min(50, len(people[:-CLIENTS])))
        lost = asyncio.run(self.check(people, facts))
        self.assertEqual(lost[:10], [])
        print(f"{self.backend}, kill {loop + 1}: {self.acknowledged} acknowledged, {len(people)} people checked, "
              f"{len(lines)} events, in {time.monotonic() - began:.1f} s", flush=True)

    async def check(self, people, facts):
        limit = asyncio.Semaphore(64)

        async def one(person):
            async with limit:
                connection = Connection(self.server.port, person.number)
                try:
                    return await person.check(connection, facts)
                finally:
                    connection.close()

        return [sentence for lost in await asyncio.gather(*map(one, people)) for sentence in lost]

    @staticmethod
    def facts(lines):
        return {
            (line["did"], line["who"] if line["did"] == "create_user" else line["this"].get("session"))
            for line in lines
        }

    def assert_equals_database(self, lines):
        """The realm's events in the file are the database's, in the database's order."""
        token = self.server.login("root-of-all", self.admin_password).json["token"]
        newest_first, cursor = [], ""
        while cursor is not None:
            answer = self.server.call("GET", f"/api/audit/logs?limit=100{cursor}", token=token)
            self.assertEqual(answer.status, 200, answer)
            newest_first += [line["this"]["event"] for line in answer.json["logs"]]
            cursor = f"&before={answer.json['next']}" if answer.json["next"] else None
        database = newest_first[::-1]
        file = [line["this"]["event"] for line in lines if line["this"]["realm"] == "default"]
        # What was written since the file was read, such as the sign-in above, comes after it.
        self.assertEqual(database[:len(file)], file)


on_both_databases(globals(), Kill)

if __name__ == "__main__":
    unittest.main()
