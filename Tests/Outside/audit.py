#!/usr/bin/env python3
"""The audit over HTTP and from the command line: a client of text/event-stream of our own, restarts, and many readers."""

import csv
import io
import itertools
import json
import os
import signal
import socket
import statistics
import subprocess
import threading
import time
import unittest

from harness import BINARY, ServerTest, on_both_databases

PASSWORD = "a long first password"
numbers = itertools.count(1)


class Stream:
    """A reader of Server-Sent Events on a plain socket, with the rules of WHATWG HTML, section 9.2.6."""

    def __init__(self, server, token, last=None, query="", version="1.1", buffer=None):
        self.socket = socket.socket()
        if buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.socket.connect(("127.0.0.1", server.port))
        self.socket.settimeout(20)
        fields = [f"GET /api/audit/stream{query} HTTP/{version}", "Host: localhost", f"Authorization: Bearer {token}"]
        if last:
            fields.append(f"Last-Event-ID: {last}")
        self.socket.sendall(("\r\n".join(fields) + "\r\n\r\n").encode())
        self.file = self.socket.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        self.headers = {}
        while (line := self.file.readline().strip()):
            name, value = line.decode().split(":", 1)
            self.headers[name.lower()] = value.strip()
        self.is_chunked = self.headers.get("transfer-encoding") == "chunked"
        self.rest = b""
        self.last_id = last
        self.retry = None
        self.comments = 0
        self.is_over = False
        self.ended_well = False
        self.ids = []

    def _more(self):
        if not self.is_chunked:
            part = self.file.read1(65536)
            self.is_over = not part
            self.ended_well = self.is_over
            self.rest += part
            return
        head = self.file.readline()
        if not head:
            self.is_over = True
            return
        size = int(head, 16)
        self.rest += self.file.read(size)
        self.file.read(2)
        if size == 0:
            self.is_over = self.ended_well = True

    def next(self):
        """The next event as (name, data), or None at the end."""
        name, data = "message", []
        while True:
            while b"\n" not in self.rest:
                if self.is_over:
                    return None
                self._more()
            line, self.rest = self.rest.split(b"\n", 1)
            line = line.decode()
            if not line:
                if data:
                    self.ids.append(self.last_id)
                    return name, json.loads("\n".join(data))
                name = "message"
                continue
            if line.startswith(":"):
                self.comments += 1
                continue
            field, _, value = line.partition(":")
            value = value[1:] if value.startswith(" ") else value
            if field == "event":
                name = value
            elif field == "data":
                data.append(value)
            elif field == "id" and "\0" not in value:
                self.last_id = value
            elif field == "retry" and value.isdigit():
                self.retry = int(value)

    def greet(self):
        """Reads until the place is known, which comes before any event."""
        while self.last_id is None or self.retry is None:
            assert b"\n" in self.rest or not self.is_over
            if b"\n\n" not in self.rest:
                self._more()
                continue
            block, self.rest = self.rest.split(b"\n\n", 1)
            for line in block.decode().splitlines():
                field, _, value = line.partition(": ")
                if field == "id":
                    self.last_id = value
                elif field == "retry":
                    self.retry = int(value)
        return self

    def until(self, is_last):
        """Events up to and with the first that satisfies `is_last`."""
        seen = []
        while (event := self.next()) is not None:
            seen.append(event)
            if is_last(event):
                break
        return seen

    def close(self):
        self.file.close()
        self.socket.close()


class Audit(ServerTest):
    environment = {
        "ALDRAVA_STREAMS_PER_USER": "300",
        "ALDRAVA_EVENTS_PER_SECOND": "1000",
        "ALDRAVA_MAX_CONNECTIONS_PER_ADDRESS": "1000",
    }

    @classmethod
    def prepare(cls):
        super().prepare()
        cls.admin = cls.server.make_admin()
        for resource, action in (("audit", "write"), ("application", "erp")):
            cls.server.cli("permission", "create", resource, action)
            cls.server.cli("grant", "permission", f"{resource}:{action}", "--user", "root-of-all")
        cls.admin = cls.server.login("root-of-all", PASSWORD).json["token"]

    def verb(self):
        return f"v{next(numbers)}"

    def write(self, *verbs):
        body = {"events": [{"did": verb, "this": {"at": time.time()}} for verb in verbs]}
        answer = self.server.call("POST", "/api/audit/events", body, token=self.admin)
        self.assertEqual(answer.status, 201, answer)
        return answer.json["events"]

    def follow(self, **options):
        stream = Stream(self.server, options.pop("token", self.admin), **options)
        self.assertEqual(stream.status, 200)
        self.addCleanup(stream.close)
        return stream.greet()

    def test_a_stream_tells_what_happens_with_the_headers_it_needs(self):
        stream = self.follow()
        self.assertEqual(stream.headers["content-type"], "text/event-stream")
        self.assertEqual(stream.headers["cache-control"], "no-store")
        self.assertEqual(stream.headers["x-accel-buffering"], "no")
        self.assertEqual(stream.retry, 1000)
        verb = self.verb()
        written = self.write(verb)[0]
        name, line = stream.until(lambda event: event[1]["did"] == f"app:erp:{verb}")[-1]
        self.assertEqual((name, line["id"], line["when"]), ("audit", written["id"], written["when"]))
        self.assertEqual(
            list(line),
            ["id", "who", "did", "this", "when", "confirmed_by", "if_ok", "if_doubt", "if_not", "status"])
        found = self.server.call("GET", f"/api/audit/logs?did={line['did']}", token=self.admin).json["logs"]
        self.assertEqual(found, [line])

    def test_http_1_0_reads_until_the_connection_ends(self):
        stream = self.follow(version="1.0")
        self.assertFalse(stream.is_chunked)
        verb = self.verb()
        self.write(verb)
        self.assertTrue(stream.until(lambda event: event[1]["did"] == f"app:erp:{verb}"))

    def test_across_restarts_nothing_is_missed_and_nothing_comes_twice(self):
        stream = self.follow(query="?application=erp")
        verbs, seen, ends = [], [], 0
        for round in range(4):
            now = [self.verb() for _ in range(30)]
            self.write(*now[:20])
            verbs += now[:20]
            if round % 2 == 0:
                self.server.stop()
                seen += [event for event in stream.until(lambda event: event[0] == "end")]
                self.assertEqual(seen.pop(), ("end", {"reason": "server_stopping"}))
                self.assertIsNone(stream.next())
                self.assertTrue(stream.ended_well)
                ends += 1
            else:
                self.server.kill()
                try:
                    while (event := stream.next()) is not None:
                        seen.append(event)
                except (OSError, ValueError):
                    pass
            self.server.start()
            # Before the reader is back.
            self.write(*now[20:])
            verbs += now[20:]
            stream = self.follow(query="?application=erp", last=stream.last_id)
        seen += stream.until(lambda event: event[1]["did"] == f"app:erp:{verbs[-1]}")
        dids = [f"app:erp:{verb}" for verb in verbs]
        # Those of another test may be shown only now.
        self.assertEqual([event[1]["did"] for event in seen if event[1]["did"] in dids], dids)
        self.assertEqual(ends, 2)

    def test_a_stream_ends_with_its_session_within_a_second(self):
        token = self.server.login("root-of-all", PASSWORD).json["token"]
        stream = self.follow(token=token)
        self.server.call("POST", "/api/auth/logout", token=token)
        start = time.monotonic()
        events = stream.until(lambda event: event[0] == "end")
        self.assertLess(time.monotonic() - start, 1)
        self.assertEqual(events[-1], ("end", {"reason": "session_ended"}))
        self.assertNotIn("logout", [event[1].get("did") for event in events])
        self.assertIsNone(stream.next())
        self.assertTrue(stream.ended_well)

    def test_a_stream_ends_with_the_permission_within_a_second(self):
        self.server.cli("user", "add", "watcher", "watcher@example.org", "--password-stdin", stdin=PASSWORD + "\n")
        self.server.cli("grant", "role", "admin", "--user", "watcher")
        stream = self.follow(token=self.server.login("watcher", PASSWORD).json["token"])
        self.server.cli("revoke", "role", "admin", "--user", "watcher")
        start = time.monotonic()
        self.assertEqual(stream.until(lambda event: event[0] == "end")[-1][1], {"reason": "permission_ended"})
        self.assertLess(time.monotonic() - start, 1)

    def test_two_hundred_readers_hear_of_each_event_at_once(self):
        memory = self.resident()
        streams = [self.follow(query="?application=erp") for _ in range(200)]
        opened = self.resident() - memory
        latencies = []
        failures = []

        def read(stream):
            try:
                while (event := stream.next())[1]["did"] != dids[-1]:
                    # Older ones may be shown only now.
                    if event[1]["did"] in dids:
                        latencies.append(time.time() - event[1]["this"]["data"]["at"])
            except Exception as problem:
                failures.append(problem)

        verbs = [self.verb() for _ in range(41)]
        dids = [f"app:erp:{verb}" for verb in verbs]
        threads = [threading.Thread(target=read, args=(stream,)) for stream in streams]
        for thread in threads:
            thread.start()
        for verb in verbs:
            self.write(verb)
            time.sleep(0.05)
        for thread in threads:
            thread.join(30)
        self.assertEqual(failures, [])
        self.assertEqual(len(latencies), 200 * 40)
        median, worst = statistics.median(latencies), sorted(latencies)[int(len(latencies) * 0.99)]
        print(f"{self.backend}: 200 readers, from the writer's clock to the reader: median {median * 1000:.0f} ms, "
              f"99 % within {worst * 1000:.0f} ms; {opened / 200:.1f} kB a reader")
        # The clients of this test are one Python process, which is most of it.
        self.assertLess(median, 0.5)

    def test_one_reader_hears_within_a_tenth_of_a_second(self):
        stream = self.follow(query="?application=erp")
        latencies = []
        for _ in range(40):
            verb = self.verb()
            self.write(verb)
            event = stream.until(lambda event: event[1]["did"] == f"app:erp:{verb}")[-1]
            latencies.append(time.time() - event[1]["this"]["data"]["at"])
            time.sleep(0.01)
        print(f"{self.backend}: one reader: median {statistics.median(latencies) * 1000:.1f} ms, "
              f"slowest {max(latencies) * 1000:.1f} ms")
        self.assertLess(statistics.median(latencies), 0.1)

    def test_a_reader_that_does_not_read_costs_nothing_and_is_in_nobodys_way(self):
        idle = self.follow(query="?application=erp", buffer=4096)
        other = self.follow(query="?application=erp")
        memory = self.resident()
        verbs = []
        for _ in range(30):
            body = {"events": [{"did": self.verb(), "this": {"x": "y" * 2000}} for _ in range(25)]}
            verbs += [event["did"] for event in body["events"]]
            self.assertEqual(
                self.server.call("POST", "/api/audit/events", body, token=self.admin).status, 201)
        dids = [f"app:erp:{verb}" for verb in verbs]
        seen = [event[1]["did"] for event in other.until(lambda event: event[1]["did"] == dids[-1])]
        # Older ones may be shown only now.
        self.assertEqual(seen[-len(dids):], dids)
        # Shared by all: the window of the newest events, at most 8 MB.
        self.assertLess(self.resident() - memory, 24_000)
        late = [event[1]["did"] for event in idle.until(lambda event: event[1]["did"] == dids[-1])]
        self.assertEqual(late[-len(dids):], dids)

    def test_writing_twice_at_the_same_moment_writes_once(self):
        verb = self.verb()
        answers = []

        def write():
            body = {"events": [{"did": verb, "this": {"at": 1}}]}
            answers.append(
                self.server.call(
                    "POST", "/api/audit/events", body, token=self.admin, headers={"Idempotency-Key": verb}).raw)

        threads = [threading.Thread(target=write) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(set(answers)), 1)
        self.server.stop()
        self.server.start()
        write()
        self.assertEqual(len(set(answers)), 1)
        refused = self.server.call(
            "POST", "/api/audit/events", {"events": [{"did": verb}]}, token=self.admin,
            headers={"Idempotency-Key": verb})
        self.assertEqual((refused.status, refused.json["code"]), (422, "idempotency_key_reused"))
        lines = self.server.audit_settled(lambda lines: any(line["did"] == f"app:erp:{verb}" for line in lines))
        self.assertEqual(sum(line["did"] == f"app:erp:{verb}" for line in lines), 1)

    def test_the_command_line_shows_searches_and_exports(self):
        verbs = [self.verb() for _ in range(5)]
        self.write(*verbs)
        body = {"events": [{"did": "formula", "this": {"x": "\u202e=1+1"}, "if_ok": "a"}]}
        self.assertEqual(self.server.call("POST", "/api/audit/events", body, token=self.admin).status, 201)
        dids = [f"app:erp:{verb}" for verb in verbs]

        def search(*words):
            deadline = time.monotonic() + 10
            while True:
                said = self.server.cli("audit", *words).stdout.splitlines()
                if "app:erp:formula" in "".join(said[-1:]) or time.monotonic() > deadline:
                    return said

        for has_server in (True, False):
            if not has_server:
                self.server.stop()
            tail = search("tail", "-n", "6", "--application", "erp", "--json")
            self.assertEqual([json.loads(line)["did"] for line in tail], dids + ["app:erp:formula"])
            self.assertEqual(len(self.server.cli("audit", "tail", "-n", "0").stdout), 0)
            people = search("tail", "-n", "6", "--application", "erp")
            self.assertTrue(people[-1].split()[3] == "app:erp:formula" and "\u202e" not in people[-1], people)
            found = self.server.cli("audit", "grep", "--did", dids[0], "--json").stdout.splitlines()
            self.assertEqual([json.loads(line)["did"] for line in found], dids[:1])
            whole = self.server.cli("audit", "grep", "--json").stdout.splitlines()
            times = [json.loads(line)["when"] for line in whole]
            self.assertEqual(times, sorted(times))
            file = self.server.folder / f"export-{has_server}.csv"
            self.server.cli("audit", "export", "--format", "csv", "--output", str(file))
            self.assertEqual(file.stat().st_mode & 0o777, 0o600)
            rows = list(csv.DictReader(io.StringIO(file.read_text())))
            self.assertEqual([row["id"] for row in rows], [json.loads(line)["id"] for line in whole])
            self.assertFalse(any(value[:1] in "=+-@" for row in rows for value in row.values() if value))
            self.server.cli("audit", "export", "--output", str(file), expect=1)
            self.server.cli("audit", "tail", "--realm", "nowhere", expect=1)
        self.server.start()

    def test_following_from_the_command_line_survives_a_restart(self):
        process = subprocess.Popen(
            [BINARY, "audit", "tail", "-f", "-n", "0", "--application", "erp", "--json"],
            env=self.server.environment, stdout=subprocess.PIPE, text=True, cwd=self.server.folder)
        self.addCleanup(process.stdout.close)
        try:
            time.sleep(0.5)
            verbs = [self.verb() for _ in range(6)]
            seen = []
            self.write(*verbs[:2])
            seen += [json.loads(process.stdout.readline())["did"] for _ in range(2)]
            self.server.stop()
            self.server.start()
            self.write(*verbs[2:4])
            seen += [json.loads(process.stdout.readline())["did"] for _ in range(2)]
            self.server.kill()
            self.server.start()
            self.write(*verbs[4:])
            seen += [json.loads(process.stdout.readline())["did"] for _ in range(2)]
            self.assertEqual(seen, [f"app:erp:{verb}" for verb in verbs])
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(10)

    def test_reading_outlives_the_database(self):
        """While nobody can ask it, a command ends with 4, and whoever follows waits."""
        if self.backend != "postgres":
            self.skipTest("a database of its own process")
        process = subprocess.Popen(
            [BINARY, "audit", "tail", "-f", "-n", "0", "--application", "erp", "--json"],
            env=self.server.environment, stdout=subprocess.PIPE, text=True, cwd=self.server.folder)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        time.sleep(0.5)
        verbs = [self.verb() for _ in range(2)]
        self.write(verbs[0])
        self.assertEqual(json.loads(process.stdout.readline())["did"], f"app:erp:{verbs[0]}")
        control = os.environ["ALDRAVA_TEST_POSTGRES_CONTROL"]
        subprocess.run([control, "stop"], check=True)
        try:
            for words in (["tail", "-n", "1"], ["grep", "--did", "login"], ["export"]):
                self.assertIn("database", self.server.cli("audit", *words, expect=4).stderr)
            # Long enough for the one that follows to have been told the same.
            time.sleep(1)
            self.assertIsNone(process.poll())
        finally:
            subprocess.run([control, "start"], check=True)
        deadline = time.monotonic() + 20
        while self.server.call("GET", "/ready", patience=0).status != 200 and time.monotonic() < deadline:
            time.sleep(0.1)
        self.write(verbs[1])
        self.assertEqual(json.loads(process.stdout.readline())["did"], f"app:erp:{verbs[1]}")

    def resident(self):
        """kB of the server, and of whatever it started."""
        def of(pid):
            try:
                with open(f"/proc/{pid}/status") as status:
                    own = next((int(line.split()[1]) for line in status if line.startswith("VmRSS")), 0)
                with open(f"/proc/{pid}/task/{pid}/children") as children:
                    return own + sum(of(child) for child in children.read().split())
            except OSError:
                return 0
        return of(self.server.process.pid)


on_both_databases(globals(), Audit)

if __name__ == "__main__":
    unittest.main()
