#!/usr/bin/env python3
"""Several servers on one PostgreSQL behave as one: what ends on one ends on the other, whatever happens in between.

ALDRAVA_TEST_LOOPS says how often what depends on chance is tried.
"""

import http.client
import json
import os
import select
import signal
import socket
import subprocess
import threading
import time
import unittest
import urllib.parse

import journey
from harness import BINARY, PGBOUNCER, POSTGRES, Server, segments, through_pooler
from nodes import LEASE, ME, Node, eventually, in_words, until_refused
from replicas import Replicas

LOOPS = int(os.environ.get("ALDRAVA_TEST_LOOPS", "1"))
PASSWORD = "correct horse battery staple"


class ClusterTest(unittest.TestCase):
    """Two nodes, and whatever stands between them and their database."""

    backend = "postgres"

    @classmethod
    def setUpClass(cls):
        for name, value in (("PostgreSQL", POSTGRES), ("pgbouncer", PGBOUNCER)):
            if not value:
                if os.environ.get("ALDRAVA_TEST_REQUIRE_POSTGRES") == "1":
                    raise AssertionError(f"{name} is missing: Scripts/install test, then run beside Scripts/with-postgres")
                raise unittest.SkipTest(f"{name} is missing: run beside Scripts/with-postgres")
        cls.scratch = Server("postgres")
        cls.addClassCleanup(cls.scratch.remove)
        cls.begin()
        cls.number = 0

    @classmethod
    def begin(cls):
        cls.start_nodes(cls.url(), cls.url())

    @classmethod
    def url(cls):
        return cls.scratch.database

    @classmethod
    def start_nodes(cls, *urls):
        cls.nodes = []
        for name, url in zip("abcdef", urls):
            node = Node(name, url, cls.nodes[0] if cls.nodes else None)
            cls.addClassCleanup(node.remove)
            node.start()
            cls.nodes.append(node)
        cls.here, cls.there = cls.nodes

    def somebody(self, node=None):
        ClusterTest.number = number = getattr(ClusterTest, "number", 0) + 1
        answer = (node or self.here).register(f"person{number}", PASSWORD)
        self.assertEqual(answer.status, 201, answer)
        return f"person{number}", answer.json

    def sign_in(self, name, node=None):
        answer = (node or self.here).login(name, PASSWORD)
        self.assertEqual(answer.status, 200, answer)
        return answer.json

    def kill_times(self, tries):
        """A session that both nodes remember ends on one, again and again."""
        name, body = self.somebody()
        asker = self.there.connect()
        self.addCleanup(asker.close)
        times = []
        for _ in range(tries):
            token = self.sign_in(name)["token"]
            self.assertEqual(asker.ask(token)[0], 200)
            self.here.control("session.end", session=segments(token)[1]["sid"])
            answered = time.monotonic()
            # On the node itself at once.
            self.assertEqual(self.here.call("GET", ME, token=token).status, 401)
            times.append(until_refused(asker, token, answered))
        return times


class TwoNodes(ClusterTest):
    def test_a_session_that_ends_on_one_ends_on_the_other(self):
        times = self.kill_times(30 * LOOPS)
        print(f"\na session ended: {in_words(times)}", flush=True)
        self.assertEqual(len(eventually(lambda: self.there.events("feed_told"))), 1)

    def test_a_role_that_is_taken_on_one_is_gone_on_the_other(self):
        name, body = self.somebody()
        self.here.control("role.create", name="editor", description="")
        asker, times = self.there.connect(), []
        self.addCleanup(asker.close)
        holds = lambda status, answer: status == 200 and "editor" in json.loads(answer)["roles"]
        for _ in range(20 * LOOPS):
            self.assertTrue(self.here.control("grant.add", role="editor", to_user=name)["changed"])
            eventually(lambda: holds(*asker.ask(body["token"])))
            self.assertTrue(self.here.control("grant.remove", role="editor", to_user=name)["changed"])
            times.append(until_refused(
                asker, body["token"], time.monotonic(), lambda status, answer: not holds(status, answer)))
        print(f"\na role taken: {in_words(times)}", flush=True)

    def test_a_user_who_is_disabled_on_one_is_out_on_the_other(self):
        name, body = self.somebody()
        other = self.sign_in(name, self.there)
        for token in (body["token"], other["token"]):
            self.assertEqual(self.there.call("GET", ME, token=token).status, 200)
        self.here.control("user.set_active", user=name, active=False)
        time.sleep(LEASE)
        for node in self.nodes:
            for session in (body, other):
                self.assertEqual(node.call("GET", ME, token=session["token"]).status, 401)
                self.assertEqual(node.refresh(session["refresh_token"]).status, 401)
            self.assertEqual(node.login(name, PASSWORD).status, 401)
        self.there.control("user.set_active", user=name, active=True)
        self.assertEqual(self.here.login(name, PASSWORD).status, 200)

    def test_keys_change_for_both(self):
        name, ours = self.somebody()
        theirs = self.sign_in(name, self.there)
        keys = lambda node: [key["kid"] for key in node.call("GET", "/.well-known/jwks.json").json["keys"]]
        before = keys(self.here)
        self.assertEqual(keys(self.there), before)
        self.there.control("keys.rotate")
        time.sleep(LEASE)
        self.assertEqual(len(keys(self.here)), len(before) + 1)
        self.assertEqual(keys(self.here), keys(self.there))
        for node in self.nodes:
            for body in (ours, theirs):
                self.assertEqual(node.call("GET", ME, token=body["token"]).status, 200)
        signing = segments(ours["token"])[0]["kid"]
        self.there.cli("keys", "retire", signing, "--now")
        time.sleep(LEASE)
        self.assertEqual(keys(self.here), keys(self.there))
        self.assertNotIn(signing, keys(self.here))
        for node, other, mine in zip(self.nodes, self.nodes[::-1], (ours, theirs)):
            for body in (ours, theirs):
                self.assertEqual(node.call("GET", ME, token=body["token"]).status, 401)
            fresh = node.refresh(mine["refresh_token"]).json
            self.assertNotEqual(segments(fresh["token"])[0]["kid"], signing)
            self.assertEqual(other.call("GET", ME, token=fresh["token"]).status, 200)

    def test_a_node_that_stood_still_believes_nothing_from_before(self):
        """The requests wait in its sockets while it stands, and are the first that it sees afterwards."""
        for _ in range(LOOPS):
            name, _ = self.somebody()
            bodies = [self.sign_in(name) for _ in range(8)]
            askers = [self.there.connect() for _ in bodies]
            for asker, body in zip(askers, bodies):
                self.assertEqual(asker.ask(body["token"])[0], 200)
            os.killpg(self.there.process.pid, signal.SIGSTOP)
            try:
                for body in bodies:
                    self.here.control("session.end", session=segments(body["token"])[1]["sid"])
                time.sleep(LEASE)
                for asker, body in zip(askers, bodies):
                    asker.send(body["token"])
                time.sleep(4.5)
            finally:
                os.killpg(self.there.process.pid, signal.SIGCONT)
            self.assertEqual([asker.receive()[0] for asker in askers], [401] * len(askers))
            for asker, body in zip(askers, bodies):
                self.assertEqual(asker.ask(body["token"])[0], 401)
                asker.close()
            self.assertEqual(self.there.call("GET", ME, token=self.sign_in(name)["token"]).status, 200)


class Line:
    """A TCP proxy that can stop carrying what belongs to connections that listen, without closing them."""

    def __init__(self, port):
        self.target, self.frozen, self.listening = port, False, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.poll = select.epoll()
        self.poll.register(self.listener, select.EPOLLIN)
        self.peers, self.clients = {}, set()
        self.isOpen = True
        self.thread = threading.Thread(target=self._carry, daemon=True)
        self.thread.start()

    def _carry(self):
        while self.isOpen:
            for descriptor, _ in self.poll.poll(0.1):
                if descriptor == self.listener.fileno():
                    self._accept()
                elif descriptor in self.peers:
                    self._move(descriptor)

    def _accept(self):
        client, _ = self.listener.accept()
        server = socket.create_connection(("127.0.0.1", self.target))
        for one, other in ((client, server), (server, client)):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.peers[one.fileno()] = (one, other)
            self.poll.register(one, select.EPOLLIN)
        self.clients.add(client.fileno())

    def _move(self, descriptor):
        source, target = self.peers[descriptor]
        data = b""
        try:
            data = source.recv(65_536)
            if data:
                if descriptor in self.clients and b"LISTEN aldrava_feed" in data:
                    self.listening.append(source)
                target.sendall(data)
        except OSError:
            data = b""
        if not data:
            for one in (source, target):
                self.poll.unregister(one)
                del self.peers[one.fileno()]
                self.clients.discard(one.fileno())
                one.close()

    def freeze(self):
        """From now on nothing arrives on what listens at present, in either direction, and nobody is told."""
        for client in self.listening:
            if client.fileno() in self.peers:
                for one in self.peers[client.fileno()]:
                    self.poll.modify(one, 0)

    def close(self):
        self.isOpen = False
        self.thread.join()
        self.listener.close()


class HalfOpenLine(ClusterTest):
    @classmethod
    def begin(cls):
        parts = urllib.parse.urlsplit(cls.scratch.database)
        cls.line = Line(parts.port)
        cls.addClassCleanup(cls.line.close)
        netloc = parts.netloc.replace(f":{parts.port}", f":{cls.line.port}")
        cls.start_nodes(cls.scratch.database, parts._replace(netloc=netloc).geturl())

    def test_a_line_that_listens_and_falls_silent_is_not_missed_and_comes_back(self):
        eventually(lambda: self.line.listening and self.there.events("feed_told"))
        self.assertEqual(len(self.line.listening), 1)
        self.kill_times(3)
        self.line.freeze()
        began = time.monotonic()
        times = self.kill_times(20)
        print(f"\nwhile nothing is heard: {in_words(times)}", flush=True)
        while len(self.line.listening) < 2:
            self.assertLess(time.monotonic() - began, 15, "it never listened again")
            time.sleep(0.05)
        print(f"listening again after {time.monotonic() - began:.1f} s", flush=True)
        self.kill_times(10)
        self.assertEqual(len(self.there.events("feed_untold")), 1)


class BehindPooler(ClusterTest):
    @classmethod
    def begin(cls):
        cls.start_nodes(through_pooler(cls.scratch.database), through_pooler(cls.scratch.database))

    def test_asking_alone_is_soon_enough(self):
        times = self.kill_times(30 * LOOPS)
        print(f"\nbehind a pooler: {in_words(times)}", flush=True)
        self.assertEqual(self.there.events("feed_told"), [])


class WithoutDatabase(ClusterTest):
    @classmethod
    def begin(cls):
        cls.start_nodes(cls.scratch.database, cls.scratch.database)

    def test_a_server_without_its_database_is_not_taken_for_dead_and_names_what_failed(self):
        control = os.environ["ALDRAVA_TEST_POSTGRES_CONTROL"]
        subprocess.run([control, "stop"], check=True)
        try:
            time.sleep(2 * LEASE)
            for host in (self.here.host, "10.0.0.7"):
                asked = {"headers": {"Host": host}, "patience": 0}
                self.assertEqual(self.here.call("GET", "/health", **asked).status, 200)
                ready = self.here.call("GET", "/ready", **asked)
                self.assertEqual((ready.status, ready.json["code"]), (503, "not_ready"))
                self.assertIn("database", ready.json["details"]["checks"])
            self.assertEqual(self.here.call("GET", "/api/auth/me", patience=0).status, 503)
        finally:
            subprocess.run([control, "start"], check=True)
        self.assertTrue(eventually(lambda: self.here.call("GET", "/ready", patience=0).status == 200, limit=30))


class FailOver(ClusterTest):
    """The primary dies, its synchronous standby takes over, and the nodes find it by their URL's two hosts."""

    @classmethod
    def begin(cls):
        cls.replicas = Replicas()
        cls.addClassCleanup(cls.replicas.remove)
        cls.replicas.start()
        cls.start_nodes(cls.replicas.url, cls.replicas.url)

    def test_1_a_standby_is_not_served_from(self):
        node = Node("s", self.replicas.url_of(1), self.here)
        self.addCleanup(node.remove)
        done = subprocess.run([BINARY, "serve"], env=node.environment, capture_output=True, text=True, timeout=30)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("standby", done.stdout + done.stderr)
        # What only reads would be answered from before what others have been told is done.
        self.assertIn("the server is a standby", node.cli("doctor", expect=None).stdout)

    def test_2_what_was_acknowledged_survives_and_what_ended_stays_ended(self):
        name, _ = self.somebody()
        ended, kept, stale, people = [], [], [], [name]
        is_over = threading.Event()

        def end_sessions():
            """Acknowledged or not: only what was acknowledged counts."""
            while not is_over.is_set():
                try:
                    answer = self.here.login(name, PASSWORD, patience=0)
                    if answer.status != 200:
                        time.sleep(0.05)
                        continue
                    body = answer.json
                    self.there.call("GET", ME, token=body["token"], patience=0)
                    if len(ended) % 3 == len(kept) % 2:
                        kept.append(body)
                        continue
                    self.here.control("session.end", session=segments(body["token"])[1]["sid"])
                    ended.append((time.monotonic(), body))
                except (OSError, AssertionError, http.client.HTTPException):
                    time.sleep(0.05)

        def check():
            """What ended longer ago than the lease is let in by nobody, whatever state the database is in."""
            while not is_over.is_set():
                for when, body in ended[-20:]:
                    if time.monotonic() - when < LEASE:
                        continue
                    for node in self.nodes:
                        try:
                            if node.call("GET", ME, token=body["token"], patience=0).status == 200:
                                stale.append((node.environment["ALDRAVA_NODE"], time.monotonic() - when))
                        except OSError:
                            pass
                time.sleep(0.01)

        threads = [threading.Thread(target=work) for work in (end_sessions, check)]
        for thread in threads:
            thread.start()
        eventually(lambda: len(ended) >= 6 and len(kept) >= 3, limit=20)
        before = len(ended)
        self.replicas.lose_primary()
        time.sleep(1)
        self.replicas.promote()
        promoted = time.monotonic()
        back = []
        for node in self.nodes:
            while node.call("GET", "/ready", patience=0).status != 200:
                self.assertLess(time.monotonic() - promoted, 30, "a node did not come back by itself")
                time.sleep(0.05)
            back.append(time.monotonic() - promoted)
        eventually(lambda: len(ended) >= before + 4, limit=20)
        is_over.set()
        for thread in threads:
            thread.join()
        print(f"\nfail-over: back {max(back):.1f} s after the promotion; {before} sessions ended before, "
              f"{len(ended) - before} after, {len(kept)} kept", flush=True)
        self.assertEqual(stale, [])
        self.assertGreater(before, 3)
        self.assertGreater(len(ended), before, "nothing was ended after the fail-over")
        time.sleep(LEASE)
        for node in self.nodes:
            self.assertEqual({node.call("GET", ME, token=body["token"]).status for _, body in ended}, {401})
            self.assertEqual({node.call("GET", ME, token=body["token"]).status for body in kept}, {200})
            self.assertEqual(node.login(name, PASSWORD).status, 200)
        self.kill_times(5)
        self.assertEqual(self.replicas.ask(1, "SELECT pg_is_in_recovery()"), "f")


class JourneyBehindPooler(journey.JourneyOnPostgreSQL):
    """One person's way through the server again, where each transaction has another connection."""

    backend = "pgbouncer"
    # About the program's file, which is the same.
    test_the_program_brings_along_only_what_it_needs = None


if __name__ == "__main__":
    unittest.main()
