#!/usr/bin/env python3
"""What an operator sees: metrics, readiness, and logs that hold everything except secrets, also across kill -9."""

import base64
import collections
import gzip
import http.client
import json
import os
import pathlib
import random
import re
import secrets
import signal
import socket
import stat
import threading
import time
import unittest
import urllib.parse

from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_prometheus

from harness import POSTGRES, Server, ServerTest, local_address, on_both_databases, run

PASSWORD = "correct horse battery staple"
METRICS_TOKEN = "metrics-" + secrets.token_hex(20)
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def samples(text, parse=parse_prometheus):
    """Every sample by its name and labels; a sample that comes twice is an error."""
    found = {}
    for family in parse(text):
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            if key in found:
                raise AssertionError(f"{key} comes twice")
            found[key] = sample.value
    return found


def value(found, name, **labels):
    return found.get((name, tuple(sorted(labels.items()))), 0)


def lines(server, name):
    """The complete lines of a log and of its older files, oldest first."""
    files = sorted(file for file in server.data.iterdir() if re.fullmatch(re.escape(name) + r"\.\d{8}T.*Z(\.gz)?", file.name))
    found = []
    for file in [*files, server.data / name]:
        if not file.exists():  # compressed in this moment
            file = file.with_name(file.name + ".gz")
        raw = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        if raw and not raw.endswith(b"\n"):
            raise AssertionError(f"{file.name} ends with half a line: {raw[-100:]!r}")
        found += [json.loads(line) for line in raw.splitlines()]
    return found


class Observed(ServerTest):
    environment = {"ALDRAVA_METRICS_TOKEN": METRICS_TOKEN}

    def metrics(self):
        return samples(self.server.call("GET", "/metrics").raw.decode())

    def settled(self, name, is_complete, limit=10):
        deadline = time.monotonic() + limit
        while True:
            found = lines(self.server, name)
            if is_complete(found) or time.monotonic() > deadline:
                return found
            time.sleep(0.05)


class Metrics(Observed):
    def test_both_formats_are_what_they_say(self):
        self.server.register("ana", PASSWORD)
        answer = self.server.call("GET", "/metrics")
        self.assertEqual(answer.headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        plain = samples(answer.raw.decode())
        accept = {"Accept": "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"}
        answer = self.server.call("GET", "/metrics", headers=accept)
        self.assertIn("application/openmetrics-text", answer.headers["Content-Type"])
        self.assertTrue(answer.raw.endswith(b"# EOF\n"))
        opened = samples(answer.raw.decode(), parse_openmetrics)
        self.assertEqual({name for name, _ in plain} - {name for name, _ in opened}, set())

    def test_names_follow_the_conventions(self):
        for family in parse_prometheus(self.server.call("GET", "/metrics").raw.decode()):
            self.assertRegex(family.name, r"^(aldrava|process)_[a-z_]+$")
            self.assertTrue(family.documentation.endswith((".", "1.")), family)
            if family.type == "counter":
                self.assertTrue(all(sample.name.endswith("_total") for sample in family.samples), family.name)
            if family.type == "histogram":
                self.assertRegex(family.name, r"_(seconds|transactions)$")

    def test_requests_are_counted_by_template_and_status(self):
        name = "aldrava_http_requests_total"
        before = self.metrics()
        self.server.register("bruno", PASSWORD)
        for _ in range(3):
            self.server.call("GET", "/api/auth/me")
        self.server.call("GET", "/nowhere")
        self.server.call("PUT", "/health")
        after = self.metrics()
        for labels, count in (
            ({"method": "POST", "route": "/api/auth/register", "code": "201"}, 1),
            ({"method": "GET", "route": "/api/auth/me", "code": "401"}, 3),
            ({"method": "GET", "route": "unmatched", "code": "404"}, 1),
            ({"method": "PUT", "route": "unmatched", "code": "405"}, 1),
        ):
            self.assertEqual(value(after, name, **labels) - value(before, name, **labels), count, labels)
        duration = "aldrava_http_request_duration_seconds_"
        labels = {"method": "POST", "route": "/api/auth/register"}
        count = value(after, duration + "count", **labels)
        self.assertEqual(count, value(after, duration + "bucket", le="+Inf", **labels))
        self.assertLess(0.001, value(after, duration + "sum", **labels))
        bounds = [float(dict(key[1])["le"]) for key in after if key[0] == duration + "bucket"
                  and dict(key[1])["route"] == "/api/auth/register"]
        self.assertEqual((min(bounds), sorted(bounds)[-2]), (0.0001, 10.0))

    def test_a_client_cannot_add_series(self):
        methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"]
        for method in methods:
            self.server.call(method, "/nowhere")
        before = len(self.metrics())
        for _ in range(300):
            path = "/" + "".join(random.choices("abc/%7E._-", k=random.randrange(1, 40)))
            self.server.call(random.choice(methods), path, token=secrets.token_hex(8))
        self.server.call("BREW", "/pot")
        # A kind of refused message, and a status that was not there before: 4 kinds of them at most.
        self.assertLess(len(self.metrics()) - before, 80)
        text = self.server.call("GET", "/metrics").raw.decode()
        self.assertNotIn("BREW", text)

    def test_what_stands_below_the_requests_is_there(self):
        token = self.server.register("carla", PASSWORD).json["token"]
        for _ in range(4):
            self.server.call("GET", "/api/auth/me", token=token)
        self.server.call("GET", "/api/auth/me", token="no-token")
        found = self.metrics()
        self.assertGreaterEqual(value(found, "aldrava_hash_queue_total", outcome="served"), 1)
        self.assertGreaterEqual(value(found, "aldrava_hash_queue_wait_seconds_count"), 1)
        self.assertGreaterEqual(value(found, "aldrava_token_checks_total", cache="hit"), 3)
        self.assertGreaterEqual(value(found, "aldrava_cache_entries", cache="sessions"), 1)
        self.assertGreaterEqual(value(found, "aldrava_refusals_total", reason="bad_token"), 1)
        self.assertGreaterEqual(
            value(found, "aldrava_database_operations_total", kind="transaction", outcome="done"), 1)
        self.assertGreaterEqual(value(found, "aldrava_database_connections", state="open"), 1)
        self.assertIn(value(found, "aldrava_connections"), range(1, 10))
        self.assertEqual(value(found, "aldrava_ready"), 1)
        database = "sqlite" if self.backend == "sqlite" else "postgresql"
        version = self.server.cli("version").stdout.split()[-1]
        self.assertEqual(value(found, "aldrava_build_info", version=version, database=database), 1)
        if self.backend == "sqlite":
            self.assertGreaterEqual(value(found, "aldrava_sqlite_commit_transactions_count"), 1)
            self.assertNotIn("aldrava_feed_lease_held", {name for name, _ in found})
        else:
            self.assertEqual(value(found, "aldrava_feed_lease_held"), 1)
            self.assertLess(value(found, "aldrava_feed_age_seconds"), 0.5)
            self.assertLess(abs(value(found, "aldrava_database_clock_offset_seconds")), 2)
        self.settled("logline.jsonl", lambda all: any(line["who"] == "carla" for line in all))
        time.sleep(0.5)
        found = self.metrics()
        self.assertEqual(value(found, "aldrava_audit_log_pending_events"), 0)
        self.assertEqual(value(found, "aldrava_audit_log_behind_seconds"), 0)
        self.assertGreaterEqual(value(found, "aldrava_audit_log_events_total"), 1)

    def test_the_process_is_measured(self):
        found = self.metrics()
        status = pathlib.Path(f"/proc/{self.server_process()}/status").read_text()
        resident = int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) * 1024
        self.assertLess(abs(value(found, "process_resident_memory_bytes") - resident), 8 << 20)
        self.assertLess(abs(time.time() - value(found, "process_start_time_seconds")), 300)
        self.assertGreater(value(found, "process_cpu_seconds_total"), 0)
        self.assertGreater(value(found, "process_open_fds"), 5)
        self.assertGreater(value(found, "process_threads"), 3)

    def server_process(self):
        """Of the processes of this server's group, the one that serves: the youngest."""
        group = []
        for entry in os.listdir("/proc"):
            try:
                if entry.isdigit() and os.getpgid(int(entry)) == self.server.process.pid:
                    group.append(int(entry))
            except OSError:
                pass
        return max(group)

    def test_only_operators_read_them(self):
        bearer = {"Authorization": f"Bearer {METRICS_TOKEN}"}
        strange = [{name: "127.0.0.1"} for name in (
            "X-Forwarded-For", "Forwarded", "X-Forwarded-Proto", "X-Real-IP", "Via")]
        strange += [{"Host": "id.example.com"}, {"Authorization": "Bearer " + METRICS_TOKEN[:-1]}]
        for headers in strange:
            for method in ("GET", "POST", "OPTIONS"):
                nowhere = self.server.call("GET", "/nowhere", headers=headers)
                self.assertEqual(nowhere.status, 421 if "Host" in headers else 404)
                answer = self.server.call(method, "/metrics", headers=headers)
                self.assertEqual((answer.status, answer.raw), (nowhere.status, nowhere.raw), (method, headers))
                self.assertEqual(set(answer.headers), set(nowhere.headers))
        self.assertEqual(self.server.call("GET", "/metrics").status, 200)
        self.assertEqual(
            self.server.call("GET", "/metrics", headers=bearer | {"X-Forwarded-For": "192.0.2.1"}).status, 200)

    def test_behind_a_public_name_nobody_is_local_but_the_control_socket(self):
        server = Server("sqlite", ALDRAVA_PUBLIC_URL="https://id.example.com", ALDRAVA_METRICS_TOKEN=METRICS_TOKEN)
        try:
            server.start()
            named = {"Host": "id.example.com"}
            self.assertEqual(server.call("GET", "/metrics", headers=named).status, 404)
            self.assertEqual(server.call("GET", "/metrics", headers=named, token=METRICS_TOKEN).status, 200)
            # By the machine's own address, as monitoring asks: to others not even the host is there.
            self.assertEqual(server.call("GET", "/metrics").status, 421)
            self.assertEqual(server.call("GET", "/metrics", token=METRICS_TOKEN).status, 200)
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(str(server.data / "control.sock"))
                connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: aldrava\r\nConnection: close\r\n\r\n")
                content = b"".join(iter(lambda: connection.recv(65536), b""))
            self.assertIn("aldrava_ready", {name for name, _ in samples(content.split(b"\r\n\r\n", 1)[1].decode())})
            server.stop()
            server.environment["ALDRAVA_METRICS"] = "off"
            done = server.cli("serve", expect=None)
            self.assertIn("ALDRAVA_METRICS_TOKEN", done.stderr)
            del server.environment["ALDRAVA_METRICS_TOKEN"]
            server.environment["ALDRAVA_PUBLIC_URL"] = server.url
            server.start()
            self.assertEqual(server.call("GET", "/metrics").status, 404)
        finally:
            server.remove()


class Ready(Observed):
    def test_ready_is_apart_from_alive(self):
        answer = self.server.call("GET", "/ready")
        self.assertEqual((answer.status, answer.json), (200, {"status": "ready"}))

    def test_a_database_that_is_gone_is_seen_and_its_return_too(self):
        if self.backend == "sqlite":
            self.skipTest("the file is the server's own")
        name = urllib.parse.urlsplit(self.server.database).path[1:]
        psql = ["psql", "--quiet", "--no-psqlrc", POSTGRES, "-c"]
        run([*psql, f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"])
        try:
            run([*psql, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"])
            answer = self.until("/ready", 503)
            self.assertEqual(answer.json["code"], "not_ready")
            self.assertEqual(answer.json["details"], {"checks": ["database"]})
            self.assertEqual(self.server.call("GET", "/health").json, {"status": "ok"})
            found = self.metrics()
            self.assertEqual(value(found, "aldrava_ready"), 0)
            self.assertEqual(value(found, "aldrava_ready_check", check="database"), 0)
            self.assertEqual(value(found, "aldrava_ready_check", check="disk"), 1)
            # Asking often costs the database nothing, and never waits long.
            began = time.monotonic()
            for _ in range(200):
                self.assertEqual(self.server.call("GET", "/ready", patience=0).status, 503)
            self.assertLess(time.monotonic() - began, 10)
        finally:
            run([*psql, f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"])
        self.until("/ready", 200)

    def until(self, path, status):
        deadline = time.monotonic() + 20
        while True:
            answer = self.server.call("GET", path, patience=0)
            if answer.status == status or time.monotonic() > deadline:
                self.assertEqual(answer.status, status, answer)
                return answer
            time.sleep(0.1)

    def test_asking_often_reads_the_database_once_a_second(self):
        before = value(self.metrics(), "aldrava_database_operations_total", kind="read", outcome="done")
        began = time.monotonic()
        for _ in range(300):
            self.assertEqual(self.server.call("GET", "/ready").status, 200)
        took = time.monotonic() - began
        after = value(self.metrics(), "aldrava_database_operations_total", kind="read", outcome="done")
        # Beside them the audit log and the feed read on their own: 4 and at most 25 times a second, and 2 for the metrics.
        self.assertLess(after - before, 30 + 40 * took)


class AccessLog(Observed):
    environment = Observed.environment | {"ALDRAVA_LOG_LEVEL": "debug"}

    def entries(self, wanted):
        found = self.settled(
            "access.jsonl", lambda all: wanted <= {line["request_id"] for line in all})
        return {line["request_id"]: line for line in found if line["request_id"] in wanted}

    def test_a_request_is_one_line_that_names_everything_but_what_was_said(self):
        body = self.server.register("ana", PASSWORD).json
        secret = secrets.token_hex(12)
        headers = {"X-Request-Id": "one", "traceparent": f"00-{TRACE}-{PARENT}-01", "User-Agent": 'a "quoted" agent'}
        self.server.call("GET", f"/api/auth/me?password={secret}", token=body["token"], headers=headers)
        self.server.call("GET", f"/{secret}/nowhere", headers={"X-Request-Id": "two", "traceparent": "00-bad"})
        self.server.call("GET", "/api/audit/logs", token=body["token"], headers={"X-Request-Id": "three"})
        self.server.call("GET", "/health", headers={"X-Request-Id": "unlogged"})
        found = self.entries({"one", "two", "three"})
        one = found["one"]
        self.assertEqual(
            {name: one[name] for name in ("method", "route", "realm", "status", "client", "user_agent", "user_id")},
            {"method": "GET", "route": "/api/auth/me", "realm": "default", "status": 200, "client": "127.0.0.1",
             "user_agent": 'a "quoted" agent', "user_id": body["user"]["id"]})
        self.assertEqual((one["trace_id"], one["parent_id"]), (TRACE, PARENT))
        self.assertRegex(one["span_id"], r"^(?!0{16}|00f067aa0ba902b7)[0-9a-f]{16}$")
        self.assertRegex(one["session_id"], r"^[0-9a-f-]{36}$")
        self.assertRegex(one["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertGreater(one["bytes"], 50)
        self.assertLess(0, one["duration_us"] + 1)
        two = found["two"]
        self.assertEqual((two["route"], two["status"], two["code"]), ("unmatched", 404, "not_found"))
        self.assertNotIn("parent_id", two)
        self.assertNotEqual(two["trace_id"], TRACE)
        self.assertEqual((found["three"]["code"], found["three"]["user_id"]), ("permission_required", body["user"]["id"]))
        log = self.server.data / "access.jsonl"
        self.assertEqual(stat.S_IMODE(log.stat().st_mode), 0o600)
        self.assertNotIn(secret, log.read_text())
        self.assertNotIn("unlogged", log.read_text())

    def test_why_a_token_was_refused_is_for_operators_who_ask(self):
        token = self.server.register("bruno", PASSWORD).json["token"]
        head, payload, _ = token.split(".")
        forged = f"{head}.{payload}.{base64.urlsafe_b64encode(bytes(64)).decode().rstrip('=')}"
        headers = {"X-Request-Id": "forged", "traceparent": f"00-{TRACE}-{PARENT}-01"}
        answer = self.server.call("GET", "/api/auth/me", token=forged, headers=headers)
        self.assertNotIn("ignature", answer.raw.decode())
        found = self.settled(
            "logline.system.jsonl", lambda all: any(line["this"].get("request_id") == "forged" for line in all))
        said = [line for line in found if line["this"].get("request_id") == "forged"]
        self.assertIn("badSignature", json.dumps(said))
        self.assertEqual({line["this"]["trace_id"] for line in said}, {TRACE})

    def test_to_standard_output_or_nowhere(self):
        server = Server("sqlite", ALDRAVA_ACCESS_LOG="stdout", ALDRAVA_LOG_LEVEL="error")
        try:
            server.start()
            server.call("GET", "/", headers={"X-Request-Id": "to-stdout"})
            server.stop()
            printed = [line for line in server.printed().splitlines() if line.startswith("{")]
            self.assertIn("to-stdout", {json.loads(line)["request_id"] for line in printed})
            self.assertFalse((server.data / "access.jsonl").exists())
            self.assertEqual((server.data / "logline.system.jsonl").read_bytes(), b"", "nothing was an error")
            server.environment["ALDRAVA_ACCESS_LOG"] = "off"
            server.start()
            server.call("GET", "/", headers={"X-Request-Id": "to-nowhere"})
            server.stop()
            self.assertNotIn("to-nowhere", server.printed())
        finally:
            server.remove()

    def test_a_standard_output_that_nobody_reads_stops_nothing(self):
        server = Server("sqlite", ALDRAVA_ACCESS_LOG="stdout")
        reading, writing = os.pipe()
        try:
            server.start(prepare=lambda: os.dup2(writing, 1))
            for _ in range(1_500):
                self.assertEqual(server.call("GET", "/").status, 200)
            found = {}
            deadline = time.monotonic() + 10
            while not value(found, "aldrava_access_log_lines_total", outcome="dropped") and time.monotonic() < deadline:
                found = samples(server.call("GET", "/metrics").raw.decode())
            self.assertGreater(value(found, "aldrava_access_log_lines_total", outcome="dropped"), 0)
            self.assertEqual(server.register("ana", PASSWORD).status, 201)
            self.assertTrue(server.audit_settled(lambda all: any(line["who"] == "ana" for line in all)))
            self.assertEqual(server.stop(), 0)
        finally:
            os.close(reading)
            os.close(writing)
            server.remove()


class Secrets(Observed):
    """Everything secret that was used, in any spelling, is in no log and on no standard output."""

    environment = Observed.environment | {"ALDRAVA_LOG_LEVEL": "debug", "ALDRAVA_ACCESS_LOG_CHECKS": "yes"}

    def test_no_log_holds_a_secret(self):
        server, used = self.server, {}
        first = server.register("ana", PASSWORD).json
        second = server.refresh(first["refresh_token"]).json
        third = server.login("ana", PASSWORD).json
        used |= {f"token {n}": body[name] for n, body in enumerate((first, second, third))
                 for name in ("token", "refresh_token")}
        used |= {f"refresh token {n}": body["refresh_token"] for n, body in enumerate((first, second, third))}
        used["an administrator's token"] = admin = server.make_admin()
        for name, password in (
            ("wrong", "a wrong password, but a secret"), ("short", "sh0rt-7!"), ("operator", "typed-by-an-operator-1"),
        ):
            used[name] = password
        server.login("ana", used["wrong"])
        server.register("bruno", used["short"][:7])
        server.cli("user", "add", "carla", "carla@example.org", stdin=used["operator"] + "\n")
        # Typed into the name's field.
        used["typed as a name"] = "My-Passw0rd-As-A-Name"
        server.login(used["typed as a name"], PASSWORD)
        # In every place of a request that a client can put a secret into by mistake.
        for place in ("query", "path", "cookie", "basic", "bearer", "body", "field", "method"):
            used[f"in the {place}"] = secrets.token_hex(16)
        server.call("GET", f"/api/auth/me?access_token={used['in the query']}", token=first["token"])
        server.call("GET", f"/reset/{used['in the path']}")
        server.call("GET", "/api/auth/me", headers={"Cookie": f"session={used['in the cookie']}"})
        server.call("GET", "/api/auth/me", headers={"Authorization": f"Basic {used['in the basic']}"})
        server.call("GET", "/api/auth/me", token=used["in the bearer"])
        server.call("POST", "/api/auth/login", {"username_or_email": "x", "password": used["in the body"], "extra": 1})
        server.call("POST", "/api/auth/login", f'{{"password":"{used["in the body"]}"'.encode())
        server.call("GET", "/", headers={"X-Api-Key": used["in the field"]})
        server.call("X" + used["in the method"].upper(), "/")
        server.refresh(first["refresh_token"])
        server.refresh(second["refresh_token"][:-1] + "A")
        used["the metrics token"] = METRICS_TOKEN
        used["a wrong metrics token"] = secrets.token_hex(20)
        server.call("GET", "/metrics", token=METRICS_TOKEN)
        server.call("GET", "/metrics", token=used["a wrong metrics token"])
        server.call("GET", "/api/audit/logs", token=admin)
        server.call("POST", "/api/auth/logout", token=third["token"])
        server.call("GET", "/api/auth/me", token=third["token"])
        used["the password"] = PASSWORD
        used["the first administrator's password"] = "a long first password"
        self.settled("access.jsonl", lambda all: any(line["route"] == "/api/auth/logout" for line in all))
        server.stop()

        key = (server.data / "master.key").read_bytes().strip()
        raw = bytes.fromhex(key.decode()) if len(key) == 64 else base64.b64decode(key + b"==")
        self.assertEqual(len(raw), 32)
        spelled = {name: {text, text.upper(), urllib.parse.quote(text), base64.b64encode(text.encode()).decode()[:-4]}
                   for name, text in used.items()}
        spelled["the master key"] = {key.decode(), raw.hex(), raw.hex().upper(), base64.b64encode(raw).decode()[:-2]}
        # The signature alone is what makes a token one.
        spelled |= {f"{name}'s signature": {text.rsplit(".", 1)[1]} for name, text in used.items() if text.count(".") == 2}
        logs = [file for file in server.data.iterdir() if ".jsonl" in file.name] + [server.folder / "output.txt"]
        self.assertGreaterEqual({file.name for file in logs}, {"access.jsonl", "logline.jsonl", "logline.system.jsonl"})
        for file in logs:
            content = file.read_bytes()
            if file.suffix == ".gz":
                content = gzip.decompress(content)
            for name, spellings in spelled.items():
                for spelling in spellings:
                    self.assertFalse(spelling.encode() in content, f"{name} is in {file.name}")
        # Or the search would pass on empty files.
        self.assertIn(b'"who":"ana"', (server.data / "logline.jsonl").read_bytes())
        self.assertIn(b"access_token_refused", (server.data / "logline.system.jsonl").read_bytes())
        self.assertIn(b'"/api/auth/login"', (server.data / "access.jsonl").read_bytes())


class Reopen(Observed):
    def test_files_moved_away_are_begun_again_on_sighup(self):
        self.server.register("ana", PASSWORD)
        self.settled("logline.jsonl", lambda all: any(line["who"] == "ana" for line in all))
        self.settled("access.jsonl", lambda all: all)
        for name in ("access.jsonl", "logline.jsonl", "logline.system.jsonl"):
            (self.server.data / name).rename(self.server.data / (name + ".1"))
        self.server.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 10
        while not (self.server.data / "access.jsonl").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        self.server.register("bruno", PASSWORD)
        present = self.settled("logline.jsonl", lambda all: any(line["who"] == "bruno" for line in all))
        self.assertNotIn("ana", {line["who"] for line in present})
        self.settled("access.jsonl", lambda all: all)
        self.server.stop()
        moved = [json.loads(line) for line in (self.server.data / "logline.jsonl.1").read_bytes().splitlines()]
        events = [line["this"]["event"] for line in moved + lines(self.server, "logline.jsonl")]
        self.assertEqual(len(events), len(set(events)))
        self.server.start()
        self.assertEqual(len(lines(self.server, "logline.jsonl")) + len(moved), len(events))


class Rotation(Observed):
    """Small files and many kills: no line is half, no event is lost, none is there twice."""

    environment = Observed.environment | {
        "ALDRAVA_HASH_QUEUE": "4096", "ALDRAVA_LOG_MAX_MIB": "1", "ALDRAVA_ACCESS_LOG_CHECKS": "yes"}

    def fill(self, acknowledged):
        """Wrong passwords from many networks, each an event of the audit, until the server is gone."""
        def guess(number):
            try:
                while True:
                    answer = self.server.login(
                        f"nobody-{number}", "not the password", source=local_address(number), patience=0,
                        headers={"User-Agent": "x" * 250})
                    if answer.status == 401:
                        acknowledged.append(number)
            except (OSError, http.client.HTTPException):
                pass

        threads = [threading.Thread(target=guess, args=(number,)) for number in range(16)]
        for thread in threads:
            thread.start()
        return threads

    def test_across_kills(self):
        self.server.widen()
        acknowledged = []
        deadline = time.monotonic() + 60
        kills = 0
        while kills < 4 or len(acknowledged) < 3_000 and time.monotonic() < deadline:
            threads = self.fill(acknowledged)
            time.sleep(random.uniform(1, 3))
            self.server.kill()
            kills += 1
            for thread in threads:
                thread.join()
            self.server.start()
        found = self.settled("logline.jsonl", lambda all: self.failed(all) >= len(acknowledged), 20)
        self.server.stop()
        found = lines(self.server, "logline.jsonl")
        events = collections.Counter(line["this"]["event"] for line in found)
        self.assertEqual([event for event, count in events.items() if count > 1], [])
        self.assertGreaterEqual(self.failed(found), len(acknowledged))
        names = [file.name for file in self.server.data.iterdir()]
        self.assertTrue([name for name in names if re.match(r"logline\.jsonl\.\d", name)], (names, len(acknowledged)))
        for line in lines(self.server, "access.jsonl") + lines(self.server, "logline.system.jsonl"):
            self.assertTrue(line.get("time") or line.get("when"))
        for file in self.server.data.iterdir():
            self.assertEqual(stat.S_IMODE(file.stat().st_mode) & 0o077, 0, file.name)
            self.assertFalse(file.name.endswith(".part"), file.name)

    def failed(self, all):
        return sum(1 for line in all if line["who"] == "unknown" and line["did"] != "refused")


on_both_databases(globals(), Metrics, Ready, AccessLog, Secrets, Reopen, Rotation)
del Observed

if __name__ == "__main__":
    unittest.main()
