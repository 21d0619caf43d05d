#!/usr/bin/env python3
"""The supervising process: servers that die are replaced, programs are exchanged under load, systemd is understood.

What makes a server die on purpose is in `.build/debug/TrapServer`, which is built with the tests; the rest is the release
binary. Processes are found as children of the one that was started, never by name.
"""

import asyncio
import fcntl
import http.client
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import threading
import time
import unittest

from harness import BINARY, ROOT, Server, ServerTest, free_port, on_both_databases

TRAPPED = pathlib.Path(os.environ.get("ALDRAVA_TRAP_SERVER", ROOT / ".build/debug/TrapServer"))


def status_fields(process):
    """What /proc says of a process behind its name: state, parent and so on; `None` when it is gone."""
    try:
        return pathlib.Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def children(process):
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        fields = status_fields(entry.name)
        if fields and int(fields[1]) == process:
            found.append(int(entry.name))
    return found


def eventually(condition, limit=10):
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.005)
    return condition()


class Supervised(Server):
    """A server whose program can be another, and be exchanged while it runs."""

    def __init__(self, backend="sqlite", program=BINARY, **environment):
        super().__init__(backend, **environment)
        self.program = self.folder / "aldrava"
        self.install(program)

    def install(self, program):
        """As a package manager does it: the new file has the name from one moment to the next."""
        fresh = self.folder / "aldrava.new"
        if isinstance(program, str):
            fresh.write_text(program)
        else:
            shutil.copy(program, fresh)
        fresh.chmod(0o755)
        os.rename(fresh, self.program)

    def start(self, command=None, **options):
        with open(self.folder / "output.txt", "ab") as output:
            self.process = subprocess.Popen(
                command or [self.program, "serve"], env=self.environment, stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, start_new_session=True, cwd=self.folder, **options)
        if not eventually(self.answers, 30):
            raise AssertionError(f"no answer: {self.printed()}")
        return self

    def answers(self):
        if self.process.poll() is not None:
            raise AssertionError(f"serve ended with {self.process.returncode}: {self.printed()}")
        try:
            return self.call("GET", "/health", patience=0).status == 200
        except OSError:
            return False

    @property
    def serving(self):
        """The child, without zombies: there may never be one for longer than a moment."""
        found = [child for child in children(self.process.pid) if (status_fields(child) or "Z")[0] != "Z"]
        return found[0] if len(found) == 1 else None

    def events(self, did):
        lines = (self.data / "logline.system.jsonl").read_text().splitlines()
        return [line["this"]["detail"] for line in map(json.loads, lines) if line["did"] == did]

    def upgrade(self, expect=0):
        return self.cli("upgrade", expect=expect)

    def get(self, path, source="127.0.0.1", **headers):
        """A request that may cost the server its life: no answer is `None`."""
        try:
            return self.call("GET", path, source=source, headers=headers, patience=0).status
        except (OSError, EOFError, ConnectionError, http.client.HTTPException):
            return None


class SupervisedTest(unittest.TestCase):
    program, environment = BINARY, {}

    def setUp(self):
        if not self.program.exists():
            raise AssertionError(f"{self.program} is missing: make build, and swift build --build-tests")
        self.server = Supervised(program=self.program, **self.environment)
        self.addCleanup(self.server.remove)
        self.prepare()

    def prepare(self):
        self.server.start()


class Replacement(SupervisedTest):
    def prepare(self):
        unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        self.server.start(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, unlimited))

    def test_no_process_leaves_its_memory_on_a_disk(self):
        for process in (self.server.process.pid, self.server.serving):
            limits = pathlib.Path(f"/proc/{process}/limits").read_text()
            self.assertRegex(limits, r"Max core file size +0 +0 ")

    def test_a_server_that_is_killed_is_replaced_in_a_moment(self):
        took = []
        for _ in range(4):
            before = self.server.serving
            began = time.perf_counter()
            os.kill(before, signal.SIGKILL)
            while self.server.get("/health") != 200:
                self.assertLess(time.perf_counter() - began, 5, self.server.printed())
            took.append((time.perf_counter() - began) * 1000)
            self.assertNotIn(self.server.serving, (before, None))
        print(f"replaced in {statistics.median(took):.1f} ms (median of {len(took)})", flush=True)
        # At once, and not after a pause; how quick a busy machine is says nothing.
        self.assertLess(min(took), 250)
        self.assertEqual(len(children(self.server.process.pid)), 1, "a zombie")
        # Each names its process. One may be told twice: the next server was killed before it said that it is ready.
        self.assertTrue(eventually(lambda: len(set(self.server.events("died"))) == 4), self.server.events("died"))

    def test_clients_that_wait_are_answered_by_the_next_server(self):
        before = self.server.serving
        os.kill(before, signal.SIGSTOP)
        # Until it really stands still it may take the first of them along when it dies.
        self.assertTrue(eventually(lambda: status_fields(before)[0] == "T"))
        clients = []
        for _ in range(200):
            client = socket.create_connection(("127.0.0.1", self.server.port), timeout=20)
            client.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            clients.append(client)
        os.kill(before, signal.SIGKILL)
        answers = [client.recv(200)[:12] for client in clients]
        for client in clients:
            client.close()
        self.assertEqual(set(answers), {b"HTTP/1.1 200"})

    def test_the_server_dies_with_its_parent(self):
        serving = self.server.serving
        self.server.process.kill()
        self.server.process.wait()
        self.assertTrue(eventually(lambda: (status_fields(serving) or "Z")[0] == "Z"))
        self.server.start()

    def test_a_server_that_somebody_stops_is_started_again(self):
        before = self.server.serving
        os.kill(before, signal.SIGTERM)
        self.assertTrue(eventually(lambda: self.server.serving not in (None, before)))
        self.assertTrue(eventually(lambda: self.server.events("ended")))
        self.assertEqual(self.server.get("/health"), 200)

    def test_a_unix_socket_outlives_the_server_and_goes_with_its_parent(self):
        path = self.server.folder / "public.sock"
        self.server.stop()
        self.server.environment["ALDRAVA_LISTEN"] = f"unix:{path}"

        def answers():
            with socket.socket(socket.AF_UNIX) as client:
                try:
                    client.connect(str(path))
                    client.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                    return client.recv(100).startswith(b"HTTP/1.1 200")
                except OSError:
                    return False

        self.server.answers = answers
        self.server.start()
        for end in (signal.SIGTERM, signal.SIGKILL):
            before = self.server.serving
            os.kill(before, end)
            self.assertTrue(eventually(lambda: self.server.serving not in (None, before) and answers()))
        self.server.upgrade()
        self.assertTrue(answers())
        self.assertEqual(self.server.stop(), 0)
        self.assertFalse(path.exists())

    def test_an_interrupt_of_the_whole_group_stops_in_good_order(self):
        os.killpg(self.server.process.pid, signal.SIGINT)
        self.assertEqual(self.server.process.wait(timeout=20), 0)
        self.assertEqual(len(self.server.events("stop")), 1)

    def test_a_reload_reaches_the_server(self):
        before = self.server.serving
        for count in (1, 2):
            os.kill(self.server.process.pid, signal.SIGHUP)
            self.assertTrue(eventually(lambda: len(self.server.events("reload")) == count))
        self.assertEqual(self.server.serving, before)

    def test_the_parent_holds_little(self):
        def megabytes(process):
            text = pathlib.Path(f"/proc/{process}/smaps_rollup").read_text()
            return {name: int(size) / 1024 for name, size in re.findall(r"^(\w+):\s+(\d+) kB", text, re.M)}

        time.sleep(0.5)
        parent, server = megabytes(self.server.process.pid), megabytes(self.server.serving)
        print("idle MB (RSS, PSS): " + ", ".join(
            f"{name} {sizes['Rss']:.1f}, {sizes['Pss']:.1f}" for name, sizes in (("parent", parent), ("server", server))),
              flush=True)
        # Not RSS and PSS: how many of the program's pages count there depends on what the kernel has read ahead.
        self.assertLess(parent["Private_Clean"] + parent["Private_Dirty"], 2)
        self.assertLess(parent["Anonymous"], 4)
        self.assertLess(parent["Anonymous"], server["Anonymous"] / 2)


class Traps(SupervisedTest):
    program = TRAPPED

    def deaths(self):
        """Each once: a server that dies before it could say that it is ready leaves the death before it to be told again."""
        return list(dict.fromkeys(self.server.events("died")))

    def last_death(self, count):
        deaths = eventually(lambda: (found := self.deaths())[count - 1:] and found)
        self.assertEqual(len(deaths or []), count, "\n".join(deaths or []) + self.server.printed())
        return deaths[-1]

    def test_the_request_that_ends_the_server_is_named(self):
        signals = {"immediately": "SIG(ILL|TRAP)", "now": "SIG(ILL|TRAP)", "later": "SIG(ILL|TRAP)", "pool": "SIG(ILL|TRAP)", "overflow": "SIGSEGV",
                   "abort": "SIGABRT"}
        # Each from a source of its own, beside one that only waits.
        for number, (way, number_of_signal) in enumerate(signals.items()):
            with self.subTest(way):
                waiting = socket.create_connection(("127.0.0.1", self.server.port), timeout=10)
                waiting.sendall(b"GET /slow?ms=5000 HTTP/1.1\r\nHost: x\r\nX-Request-Id: innocent\r\n\r\n")
                time.sleep(0.1)
                headers = {"X-Request-Id": f"guilty-{way}"}
                self.assertIsNone(self.server.get(f"/trap/{way}?password=hunter2", f"127.0.0.{number + 10}", **headers))
                death = self.last_death(number + 1)
                waiting.close()
                self.assertRegex(death, number_of_signal)
                self.assertIn(f"the request guilty-{way} (GET /trap/{way} from 127.0.0.{number + 10})", death)
                self.assertIn("1 other requests were cut off", death)
                self.assertNotIn("innocent", death)
                self.assertNotIn("hunter2", death)
                self.assertTrue(eventually(self.server.answers))

    def test_what_is_not_known_is_said_to_be_unknown(self):
        waiting = []
        for name in ("one", "two"):
            client = socket.create_connection(("127.0.0.1", self.server.port), timeout=10)
            client.sendall(f"GET /slow?ms=5000 HTTP/1.1\r\nHost: x\r\nX-Request-Id: {name}\r\n\r\n".encode())
            waiting.append(client)
        time.sleep(0.1)
        for count in range(1, 5):
            self.assertIsNone(self.server.get("/trap/elsewhere"))
            death = self.last_death(count)
            self.assertTrue(eventually(self.server.answers))
            if count == 1:
                self.assertIn("at a place that is not known; under way were ", death)
                for name in ("one (GET /slow from 127.0.0.1)", "two (GET /slow", "(GET /trap/elsewhere"):
                    self.assertIn(name, death)
                self.assertNotIn("while it executed", death)
            for client in waiting:
                client.close()
            waiting = []
            for name in ("three", "four"):
                client = socket.create_connection(("127.0.0.1", self.server.port), timeout=10)
                client.sendall(f"GET /slow?ms=5000 HTTP/1.1\r\nHost: x\r\nX-Request-Id: {name}\r\n\r\n".encode())
                waiting.append(client)
            time.sleep(0.05)
        for client in waiting:
            client.close()
        # Four times, and nobody is kept out for what may have been another's doing.
        self.assertEqual(self.server.events("source_blocked"), [])
        self.assertEqual(self.server.get("/health"), 200)

    def test_a_server_that_is_killed_names_what_was_under_way_and_blames_nobody(self):
        for count in range(1, 5):
            client = socket.create_connection(("127.0.0.1", self.server.port), timeout=10)
            client.sendall(b"GET /slow?ms=5000 HTTP/1.1\r\nHost: x\r\nX-Request-Id: here\r\n\r\n")
            time.sleep(0.1)
            os.kill(self.server.serving, signal.SIGKILL)
            death = self.last_death(count)
            client.close()
            self.assertIn("SIGKILL, from outside; under way were here (GET /slow from 127.0.0.1)", death)
            self.assertTrue(eventually(self.server.answers))
        self.assertEqual(self.server.events("source_blocked"), [])

    def test_a_source_that_does_it_three_times_is_kept_out(self):
        for count in range(1, 4):
            self.assertIsNone(self.server.get("/trap/now", "127.0.0.77"))
            self.last_death(count)
            self.assertTrue(eventually(self.server.answers))
        self.assertIn("127.0.0.77 is kept out for 600 seconds", eventually(
            lambda: self.server.events("source_blocked"))[0])
        for path in ("/trap/now", "/health"):
            self.assertEqual(self.server.get(path, "127.0.0.77"), 403)
        self.assertEqual(self.server.get("/health", "127.0.0.78"), 200)
        before = self.server.serving
        os.kill(before, signal.SIGKILL)
        self.assertTrue(eventually(lambda: self.server.serving not in (None, before) and self.server.answers()))
        self.assertEqual(self.server.get("/health", "127.0.0.77"), 403, "forgotten by the next server")


class TrapsBehindAProxy(Traps):
    environment = {"ALDRAVA_TRUSTED_PROXIES": "127.0.0.1"}
    test_the_request_that_ends_the_server_is_named = None
    test_what_is_not_known_is_said_to_be_unknown = None
    test_a_server_that_is_killed_names_what_was_under_way_and_blames_nobody = None

    def test_a_source_that_does_it_three_times_is_kept_out(self):
        guilty, other = {"X-Forwarded-For": "203.0.113.7"}, {"X-Forwarded-For": "203.0.113.8"}
        for count in range(1, 4):
            self.assertIsNone(self.server.get("/trap/later", **guilty))
            self.last_death(count)
            self.assertTrue(eventually(self.server.answers))
        self.assertIn("203.0.113.7 is kept out", eventually(lambda: self.server.events("source_blocked"))[0])
        self.assertEqual(self.server.get("/health", **guilty), 403)
        self.assertEqual(self.server.get("/health", **other), 200)
        self.assertEqual(self.server.get("/health"), 200)


class Load:
    """Clients that keep their connections, and some that do not; each request must be answered."""

    def __init__(self, port, clients=60):
        self.port, self.clients = port, clients
        self.answered = self.connections = 0
        self.failures = []
        self.isOver = False

    async def run(self, meanwhile):
        tasks = [asyncio.create_task(self.client(number)) for number in range(self.clients)]
        await asyncio.sleep(0.3)
        result = await asyncio.to_thread(meanwhile)
        await asyncio.sleep(0.3)
        self.isOver = True
        await asyncio.wait_for(asyncio.gather(*tasks), 30)
        return result

    async def client(self, number):
        reader = writer = None
        keeps = number % 3 != 0
        try:
            while not self.isOver:
                # A server may close a connection on which nothing was asked; whoever looks first loses nothing.
                if writer is not None and reader.at_eof():
                    writer.close()
                    writer = None
                if writer is None:
                    self.connections += 1
                    reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                end = "" if keeps else "Connection: close\r\n"
                writer.write(f"GET /health HTTP/1.1\r\nHost: x\r\n{end}\r\n".encode())
                head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)).decode().lower()
                length = int(re.search(r"content-length: (\d+)", head).group(1))
                await reader.readexactly(length)
                if not head.startswith("http/1.1 200"):
                    self.failures.append(head)
                self.answered += 1
                if "connection: close" in head:
                    writer.close()
                    writer = None
                # Some ask at once again, some think for up to 100 ms.
                await asyncio.sleep((number % 5) * 0.025)
        except (OSError, EOFError, asyncio.TimeoutError) as error:
            self.failures.append(f"client {number}: {error!r}")
        finally:
            if writer is not None:
                writer.close()


class Upgrade(SupervisedTest):
    def is_trapped(self):
        """Which program serves: only one of the two knows this path."""
        return self.server.get("/slow?ms=0") == 200

    def test_no_request_is_lost_in_either_direction(self):
        for program in (TRAPPED, BINARY, TRAPPED, BINARY):
            before = self.server.serving
            load = Load(self.server.port)
            self.server.install(program)
            began = time.monotonic()
            done = asyncio.run(load.run(self.server.upgrade))
            self.assertIn("serves now", done.stdout)
            self.assertEqual(load.failures, [])
            self.assertNotEqual(self.server.serving, before)
            self.assertEqual(self.is_trapped(), program == TRAPPED)
            print(f"upgrade under load: {load.answered} requests on {load.connections} connections in "
                  f"{time.monotonic() - began:.1f} s, none lost", flush=True)
        self.assertEqual(self.server.stop(), 0)

    def test_wrk_sees_no_error(self):
        wrk = subprocess.Popen(
            ["wrk", "-t1", "-c64", "-d4s", "--timeout", "10s", f"http://127.0.0.1:{self.server.port}/health"],
            stdout=subprocess.PIPE, text=True)
        time.sleep(1)
        self.server.upgrade()
        time.sleep(0.5)
        os.kill(self.server.process.pid, signal.SIGUSR2)
        said = wrk.communicate(timeout=30)[0]
        self.assertNotIn("Socket errors", said)
        self.assertNotIn("Non-2xx", said)
        self.assertRegex(said, r"[1-9]\d* requests in")
        self.assertEqual(len(eventually(lambda: self.server.events("upgrade")[1:] and self.server.events("upgrade"))), 2)

    def test_a_request_under_way_is_answered(self):
        self.server.install(TRAPPED)
        self.server.upgrade()
        client = socket.create_connection(("127.0.0.1", self.server.port), timeout=20)
        client.sendall(b"GET /slow?ms=800 HTTP/1.1\r\nHost: x\r\n\r\n")
        idle = socket.create_connection(("127.0.0.1", self.server.port), timeout=20)
        time.sleep(0.1)
        os.kill(self.server.process.pid, signal.SIGUSR2)
        time.sleep(0.05)
        # A kept connection may still bring one request while the server says farewell.
        idle.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        for connection, word in ((idle, b"ok"), (client, b"done")):
            answer = b""
            while part := connection.recv(4096):
                answer += part
            connection.close()
            self.assertTrue(answer.startswith(b"HTTP/1.1 200") and answer.endswith((word, word + b'"}')), answer)
            self.assertIn(b"Connection: close", answer)
        self.assertTrue(eventually(self.server.answers))

    def test_a_command_that_slips_in_between_two_servers_is_waited_for(self):
        """Whoever takes the folder when the old server has left, as a command does, must not make the upgrade fail."""
        def slip_in():
            with open(self.server.data / "lock", "rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                held.set()
                time.sleep(2)

        # Slow enough to be overtaken.
        self.server.install(f'#!/bin/sh\nsleep 0.3\nexec {BINARY} "$@"\n')
        held = threading.Event()
        command = threading.Thread(target=slip_in)
        command.start()
        self.assertIn("serves now", self.server.upgrade().stdout)
        self.assertTrue(held.wait(1))
        command.join()
        self.assertEqual(self.server.events("upgrade_failed"), [])

    def test_a_program_that_cannot_take_over_changes_nothing(self):
        before = self.server.serving
        broken = {
            "#!/bin/sh\nexit 1\n": "was tried and failed",
            "#!/bin/sh\nexit 0\n": "is not a version of this program",
            "#!/bin/sh\necho aldrava 9.9.9\n": "is not a version of this program",
            "no program": "cannot be started",
            f"#!/bin/sh\nexport ALDRAVA_LISTEN=nowhere\nexec {BINARY} \"$@\"\n": "ALDRAVA_LISTEN",
        }
        for program, reason in broken.items():
            with self.subTest(program):
                self.server.install(program)
                refused = self.server.upgrade(expect=1)
                self.assertIn("Nothing was changed", refused.stderr)
                self.assertIn(reason, refused.stderr)
        self.server.program.unlink()
        os.kill(self.server.process.pid, signal.SIGUSR2)
        self.assertTrue(eventually(lambda: "does not exist" in (self.server.events("upgrade_refused") or [""])[-1]))
        self.assertEqual(self.server.serving, before)
        self.assertEqual(self.server.get("/health"), 200)

    def test_a_program_whose_server_does_not_start_makes_room_for_the_one_before(self):
        old = os.stat(f"/proc/{self.server.process.pid}/exe").st_ino
        key = self.server.data / "master.key"
        self.server.install(TRAPPED)
        # Neither of the two starts like this, which only shows after the new one was tried.
        key.chmod(0o644)
        upgrade = subprocess.Popen(
            [BINARY, "upgrade"], env=self.server.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertTrue(eventually(lambda: self.server.printed().count("may be read by other users") >= 2))
        key.chmod(0o600)
        errors = upgrade.communicate(timeout=60)[1]
        self.assertEqual(upgrade.returncode, 1)
        self.assertIn("did not start", errors)
        self.assertEqual(os.stat(f"/proc/{self.server.process.pid}/exe").st_ino, old)
        self.assertTrue(eventually(self.server.answers))
        self.assertTrue(self.server.events("upgrade_failed"))
        # And from there it works.
        self.assertIn("serves now", self.server.upgrade().stdout)
        self.assertTrue(self.is_trapped())

    def test_no_server_is_one_sentence(self):
        self.server.stop()
        self.assertEqual(
            self.server.cli("upgrade", expect=4).stderr,
            f"aldrava: No server runs with the data folder {self.server.data}.\n")


class UpgradeWithADatabase(ServerTest):
    """Sessions live through an upgrade; the next server takes the database from the one before it."""

    @classmethod
    def prepare(cls):
        cls.server.start()

    def test_a_session_lives_through_an_upgrade(self):
        token = self.server.register("ana", "correct horse battery staple").json["token"]
        for _ in range(2):
            self.assertIn("serves now", self.server.cli("upgrade").stdout)
            self.assertEqual(self.server.call("GET", "/api/auth/me", token=token).status, 200)
        self.assertEqual(self.server.stop(), 0)


class Manager:
    """A service manager's end of sd_notify."""

    def __init__(self, address):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + address[1:] if address.startswith("@") else address)
        self.socket.settimeout(10)

    def next(self, word, limit=10):
        """The next message that has this line; messages before it are left out."""
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            self.socket.settimeout(max(0.01, deadline - time.monotonic()))
            try:
                lines = self.socket.recv(4096).decode().split("\n")
            except TimeoutError:
                break
            if word in lines:
                return dict(line.split("=", 1) for line in lines)
        return None


class Systemd(SupervisedTest):
    def prepare(self):
        pass

    def start(self, address, **environment):
        manager = Manager(address)
        self.addCleanup(manager.socket.close)
        self.server.environment |= {"NOTIFY_SOCKET": address} | environment
        self.server.start()
        return manager

    def test_it_says_when_it_is_ready_reloads_and_stops(self):
        for address in (str(self.server.folder / "notify.sock"), f"@aldrava-test-{os.getpid()}"):
            manager = self.start(address)
            ready = manager.next("READY=1")
            self.assertEqual(ready["MAINPID"], str(self.server.process.pid))
            self.assertIn(self.server.url, ready["STATUS"])
            before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
            os.kill(self.server.process.pid, signal.SIGHUP)
            reloading = manager.next("RELOADING=1")
            after = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
            self.assertTrue(before <= int(reloading["MONOTONIC_USEC"]) <= after)
            self.assertIsNotNone(manager.next("READY=1"))
            self.server.upgrade()
            self.assertIsNotNone(manager.next("RELOADING=1"))
            self.assertEqual(manager.next("READY=1")["MAINPID"], str(self.server.process.pid))
            self.server.process.send_signal(signal.SIGTERM)
            self.assertIsNotNone(manager.next("STOPPING=1"))
            self.assertEqual(self.server.process.wait(timeout=20), 0)

    def test_it_is_alive_only_while_the_server_answers(self):
        manager = self.start(f"@aldrava-test-{os.getpid()}-dog", WATCHDOG_USEC="400000")
        for _ in range(3):
            self.assertIsNotNone(manager.next("WATCHDOG=1", 2))
        os.kill(self.server.serving, signal.SIGSTOP)
        manager.next("WATCHDOG=1", 0.2)
        self.assertIsNone(manager.next("WATCHDOG=1", 0.6))
        os.kill(self.server.serving, signal.SIGCONT)
        self.assertIsNotNone(manager.next("WATCHDOG=1", 2))

    def test_a_watchdog_for_another_process_is_not_served(self):
        manager = self.start(f"@aldrava-test-{os.getpid()}-cat", WATCHDOG_USEC="200000", WATCHDOG_PID="1")
        self.assertIsNone(manager.next("WATCHDOG=1", 0.5))

    def activate(self, listener, names, **options):
        script = f'export LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES={names}; exec "$0" serve'
        return dict(command=["sh", "-c", script, self.server.program], pass_fds=(3,),
                    preexec_fn=lambda: os.dup2(listener.fileno(), 3), **options)

    def test_it_serves_a_socket_that_is_passed(self):
        for names in ("http", "aldrava.socket"):
            with socket.create_server(("127.0.0.1", free_port()), backlog=64) as listener:
                port = listener.getsockname()[1]
                configured, self.server.port = self.server.port, port
                # Asked before anybody serves, as activation means it.
                early = socket.create_connection(("127.0.0.1", port), timeout=20)
                early.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                self.server.start(**self.activate(listener, names))
                self.assertTrue(early.recv(100).startswith(b"HTTP/1.1 200"))
                early.close()
                self.assertTrue(eventually(lambda: f"listening on http://127.0.0.1:{port} " in self.server.printed()))
                with self.assertRaises(ConnectionRefusedError):
                    socket.create_connection(("127.0.0.1", configured))
                # The next program has the socket by our own word; the manager's is gone from the environment.
                self.server.upgrade()
                self.assertNotIn(b"LISTEN_", pathlib.Path(f"/proc/{self.server.process.pid}/environ").read_bytes())
                self.assertEqual(self.server.get("/health"), 200)
                self.assertEqual(self.server.stop(), 0)
                self.server.port = configured

    def test_what_is_passed_must_listen(self):
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            options = self.activate(other, "http")
            done = subprocess.run(
                options.pop("command"), env=self.server.environment, capture_output=True, text=True, timeout=20, **options)
        self.assertEqual(done.returncode, 3)
        self.assertIn("does not fit", done.stderr)

    def test_a_unix_socket_that_is_passed_keeps_its_file(self):
        path = self.server.folder / "public.sock"
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
            listener.listen(16)
            self.server.environment["ALDRAVA_LISTEN"] = f"unix:{path}"
            options = self.activate(listener, "aldrava.socket")
            self.server.answers = lambda: "listening on unix:" in self.server.printed()
            self.server.start(**options)
            self.assertEqual(self.server.stop(), 0)
            self.assertTrue(path.exists())

    def test_the_units_are_valid(self):
        if not shutil.which("systemd-analyze"):
            self.skipTest("systemd-analyze is not installed")
        folder = self.server.folder / "units"
        shutil.copytree(ROOT / "packaging/systemd", folder)
        for unit in folder.iterdir():
            unit.write_text(unit.read_text().replace("/usr/bin/aldrava", str(self.server.program)))
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", folder / "aldrava.service", folder / "aldrava.socket"],
                              capture_output=True, text=True, env=os.environ | {"SYSTEMD_LOG_LEVEL": "warning"})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        exposure = subprocess.run(
            ["systemd-analyze", "security", "--offline=true", folder / "aldrava.service"], capture_output=True, text=True)
        overall = re.search(r"exposure level for aldrava.service: ([\d.]+)", exposure.stdout)
        self.assertLess(float(overall.group(1)), 2.0, exposure.stdout)


on_both_databases(globals(), UpgradeWithADatabase)

if __name__ == "__main__":
    unittest.main()
