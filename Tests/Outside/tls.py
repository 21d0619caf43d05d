#!/usr/bin/env python3
"""TLS and the PROXY protocol on the real binary, spoken to by Python's ssl, openssl, sslscan and HAProxy."""

import datetime
import json
import os
import pathlib
import re
import select
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import tempfile
import threading
import time
import unittest
import warnings
import xml.etree.ElementTree

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from harness import BINARY, PATIENCE, ServerTest, free_port, local_address, run

REQUEST = b"GET /health HTTP/1.1\r\nHost: one.example\r\n\r\n"
LAST = b"GET /health HTTP/1.1\r\nHost: one.example\r\nConnection: close\r\n\r\n"
HEALTHY = b'{"status":"ok"}'


class Authority:
    """A root and an intermediate authority that nobody else knows, in a folder of their own."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="aldrava-ca-"))
        self.root = self.folder / "root.pem"
        self._make("root", "ec", ["-x509", "-addext", "basicConstraints=critical,CA:TRUE"], days=30)
        self._issue("intermediate", "root", "ec", "basicConstraints=critical,CA:TRUE", days=30)
        self.count = 0

    def _make(self, name, kind, options, days=None):
        algorithm = ["rsa:2048"] if kind == "rsa" else ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        run(["openssl", "req", "-newkey", *algorithm, "-nodes", "-subj", f"/CN={name}",
             "-keyout", str(self.folder / f"{name}.key"), "-out", str(self.folder / f"{name}.pem"),
             *(["-days", str(days)] if days else []), *options])

    def _issue(self, name, issuer, kind, extension, days):
        self._make(name, kind, [])
        (self.folder / "extension").write_text(extension)
        run(["openssl", "x509", "-req", "-in", str(self.folder / f"{name}.pem"), "-days", str(days),
             "-CA", str(self.folder / f"{issuer}.pem"), "-CAkey", str(self.folder / f"{issuer}.key"),
             "-set_serial", str(int.from_bytes(os.urandom(8)) >> 1), "-extfile", str(self.folder / "extension"),
             "-out", str(self.folder / f"{name}.pem")])

    def issue(self, *names, kind="ec", days=30):
        """A certificate with its chain and its key; returns both paths."""
        self.count += 1
        name = f"leaf{self.count}"
        self._issue(name, "intermediate", kind, "subjectAltName=" + ",".join(f"DNS:{n}" for n in names), days)
        certificate, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        certificate.write_text(certificate.read_text() + (self.folder / "intermediate.pem").read_text())
        key.chmod(0o600)
        return certificate, key

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class TLSTest(ServerTest):
    """A server that speaks TLS beside plain HTTP, with a certificate for each kind of name."""

    @classmethod
    def prepare(cls):
        cls.authority = Authority()
        cls.addClassCleanup(cls.authority.remove)
        cls.pairs = [
            cls.authority.issue("one.example", "*.wild.example"),
            cls.authority.issue("two.example", "exact.wild.example", kind="rsa"),
        ]
        cls.tls_port = free_port()
        cls.server.environment |= {
            "ALDRAVA_TLS_LISTEN": f"127.0.0.1:{cls.tls_port}",
            "ALDRAVA_TLS_CERTIFICATES": ",".join(f"{certificate}:{key}" for certificate, key in cls.pairs),
        }
        cls.server.start()

    def context(self, lowest=None, highest=None, protocols=None):
        context = ssl.create_default_context(cafile=self.authority.root)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            if lowest:
                context.set_ciphers("ALL:@SECLEVEL=0")
                context.minimum_version = lowest
            if highest:
                context.maximum_version = highest
        if protocols:
            context.set_alpn_protocols(protocols)
        return context

    def connect(self, number=0, port=None):
        return socket.create_connection(
            ("127.0.0.1", port or self.tls_port), timeout=20, source_address=(local_address(number), 0))

    def secure(self, name="one.example", context=None, number=0, session=None, port=None):
        """A connection after its handshake, with the server's certificate checked for that name."""
        context = context or self.context()
        connection = self.connect(number, port)
        try:
            return context.wrap_socket(connection, server_hostname=name, session=session)
        except BaseException:
            connection.close()
            raise

    def ask(self, connection, request=REQUEST):
        connection.sendall(request)
        return self.answer(connection)

    @staticmethod
    def answer(connection):
        """One answer with its body."""
        received = b""
        while b"\r\n\r\n" not in received:
            part = connection.recv(65_536)
            if not part:
                raise AssertionError(f"the connection ended after {received!r}")
            received += part
        head, _, body = received.partition(b"\r\n\r\n")
        length = int(re.search(rb"(?i)content-length: (\d+)", head).group(1))
        while len(body) < length:
            part = connection.recv(65_536)
            if not part:
                raise AssertionError("the connection ended within a body")
            body += part
        return head + b"\r\n\r\n" + body

    @staticmethod
    def exchange(connection, outgoing):
        """Sends and reads at once, from one thread: OpenSSL allows no two on one connection."""
        connection.setblocking(False)
        received, unsent = b"", memoryview(outgoing)
        while True:
            ready = connection.pending() or any(
                select.select([connection], [connection] if unsent else [], [], 30))
            if not ready:
                raise AssertionError(f"nothing more comes after {len(received)} bytes")
            try:
                while unsent:
                    unsent = unsent[connection.send(unsent[:16_384]):]
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                pass
            try:
                part = connection.recv(65_536)
                if not part:
                    return received
                received += part
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                pass

    @staticmethod
    def drain(connection):
        received = b""
        try:
            while part := connection.recv(65_536):
                received += part
        except ConnectionResetError:
            pass
        return received

    def system_log(self):
        return [json.loads(line) for line in (self.server.data / "logline.system.jsonl").read_bytes().splitlines()]

    def wait_for_event(self, did, limit=15, after=0):
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            found = [event for event in self.system_log()[after:] if event["did"] == did]
            if found:
                return found[0]
            time.sleep(0.05)
        self.fail(f"no event {did}: {self.system_log()[-5:]}")

    def assert_alive(self):
        with self.secure() as connection:
            self.assertTrue(self.ask(connection).endswith(HEALTHY))


class TLS(TLSTest):
    environment = {"ALDRAVA_HEADER_TIMEOUT": "2", "ALDRAVA_MAX_BODY": "4194304", "ALDRAVA_IDLE_TIMEOUT": "60"}

    def test_both_versions_are_spoken_with_forward_secrecy_and_authenticated_encryption(self):
        for version, name in ((ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")):
            with self.secure(context=self.context(version, version)) as connection:
                self.assertEqual(connection.version(), name)
                self.assertRegex(connection.cipher()[0], r"^(ECDHE-.*(GCM|CHACHA20)|TLS_.*(GCM|CHACHA20))")
                self.assertIsNone(connection.compression())
                self.assertTrue(self.ask(connection).endswith(HEALTHY))

    def test_older_versions_are_refused(self):
        for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                with self.assertRaises((ssl.SSLError, ConnectionResetError)) as caught:
                    self.secure(context=self.context(version, version)).close()
            self.assertIn("PROTOCOL_VERSION", str(caught.exception))

    def test_weak_suites_are_refused(self):
        for suites in ("AES128-GCM-SHA256", "ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES128-SHA", "DHE-RSA-AES128-GCM-SHA256"):
            context = self.context(highest=ssl.TLSVersion.TLSv1_2)
            context.set_ciphers(suites)
            with self.assertRaises((ssl.SSLError, ConnectionResetError)):
                self.secure(context=context).close()

    def test_each_name_gets_its_certificate_with_its_chain(self):
        names = {
            "one.example": "one.example", "two.example": "two.example", "a.wild.example": "one.example",
            "exact.wild.example": "two.example",
        }
        for name, first in names.items():
            with self.subTest(name), self.secure(name) as connection:
                self.assertEqual(connection.getpeercert()["subjectAltName"][0][1], first)

    def test_an_unknown_name_and_none_get_the_first_certificate(self):
        context = self.context()
        context.check_hostname = False
        for name in ("nowhere.example", "a.b.wild.example", None):
            with self.subTest(name), self.secure(name, context) as connection:
                self.assertEqual(connection.getpeercert()["subjectAltName"][0][1], "one.example")

    def test_the_protocol_is_http_1_1_and_nothing_else(self):
        with self.secure(context=self.context(protocols=["h2", "http/1.1"])) as connection:
            self.assertEqual(connection.selected_alpn_protocol(), "http/1.1")
            self.assertTrue(self.ask(connection).endswith(HEALTHY))
        with self.secure() as connection:
            self.assertIsNone(connection.selected_alpn_protocol())
        with self.assertRaises(ssl.SSLError) as caught:
            self.secure(context=self.context(protocols=["h2", "http/1.0"])).close()
        self.assertIn("no application protocol", str(caught.exception))

    def test_a_session_is_resumed_until_the_certificates_are_read_again(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with self.subTest(version):
                context = self.context(version, version)
                with self.secure(context=context) as connection:
                    self.ask(connection)
                    session = connection.session
                with self.secure(context=context, session=session) as connection:
                    self.assertTrue(connection.session_reused)
                    self.assertTrue(self.ask(connection).endswith(HEALTHY))
                    session = connection.session
                self.reload()
                with self.secure(context=context, session=session) as connection:
                    self.assertFalse(connection.session_reused)
                    self.assertTrue(self.ask(connection).endswith(HEALTHY))

    def reload(self, did="tls_reloaded"):
        before = len(self.system_log())
        self.server.process.send_signal(signal.SIGHUP)
        return self.wait_for_event(did, after=before)

    def test_answers_over_tls_bind_browsers_to_tls_and_others_do_not(self):
        with self.secure() as connection:
            head = self.ask(connection)
        self.assertIn(b"\r\nStrict-Transport-Security: max-age=31536000\r\n", head)
        with self.secure() as connection:
            self.assertIn(b"\r\nStrict-Transport-Security: ", self.ask(connection, b"noise\r\n\r\n"))
        with self.connect(port=self.server.port) as connection:
            self.assertNotIn(b"Strict-Transport-Security", self.ask(connection))

    def test_http_without_tls_is_told_so(self):
        for request in (REQUEST, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" + b"x" * 100_000):
            with self.connect() as connection:
                try:
                    connection.sendall(request)
                except (BrokenPipeError, ConnectionResetError):
                    pass
                answer = self.drain(connection)
                self.assertTrue(answer.startswith(b"HTTP/1.1 400 "), answer)
                self.assertEqual(json.loads(answer.partition(b"\r\n\r\n")[2])["code"], "tls_expected")
                self.assertNotIn(b"Strict-Transport-Security", answer)

    def test_noise_instead_of_a_greeting_ends_the_connection(self):
        greetings = {
            "letters": b"hello\r\n\r\n" * 100,
            "zeros": bytes(1_000),
            "SSH": b"SSH-2.0-OpenSSH_9.2\r\n",
            "an SSLv2 greeting": bytes.fromhex("802e0100020015000000100100800300800700c0060040020080040080") + bytes(20),
            "an endless record": bytes.fromhex("16030140000100ffff0303") + b"a" * 40_000,
            "an empty greeting": bytes.fromhex("160301000401000000"),
            "a greeting of nothing but length": bytes.fromhex("1603010200010001fc0303") + b"\xff" * 506,
            "an alert": bytes.fromhex("15030100020228"),
            "application data": bytes.fromhex("1703030010") + b"x" * 16,
            "a proxy's header": bytes.fromhex("0d0a0d0a000d0a515549540a2111000c7f0000017f00000100500050"),
        }
        for number, (name, greeting) in enumerate(greetings.items()):
            with self.subTest(name), self.connect(number) as connection:
                began = time.monotonic()
                try:
                    connection.sendall(greeting)
                except (BrokenPipeError, ConnectionResetError):
                    pass
                self.assertNotIn(b"HTTP/", self.drain(connection))
                self.assertLess(time.monotonic() - began, 5)
        self.assert_alive()

    def greeting(self):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        machine = self.context().wrap_bio(incoming, outgoing, server_hostname="one.example")
        try:
            machine.do_handshake()
        except ssl.SSLWantReadError:
            pass
        return machine, incoming, outgoing

    def test_a_greeting_in_pieces_of_one_byte_is_understood(self):
        machine, incoming, outgoing = self.greeting()
        with self.connect() as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

            def send():
                for byte in outgoing.read():
                    connection.sendall(bytes([byte]))
            send()
            while True:
                try:
                    machine.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    send()
                    incoming.write(connection.recv(65_536))
            machine.write(REQUEST)
            send()
            answer = b""
            while not answer.endswith(HEALTHY):
                try:
                    answer += machine.read(65_536)
                except ssl.SSLWantReadError:
                    incoming.write(connection.recv(65_536))

    def test_a_handshake_that_trickles_is_let_go(self):
        _, _, outgoing = self.greeting()
        greeting = outgoing.read()
        for pieces in (b"", greeting):
            with self.connect() as connection:
                began = time.monotonic()
                try:
                    for byte in pieces or [None] * 100:
                        if byte is not None:
                            connection.sendall(bytes([byte]))
                        connection.settimeout(0.1)
                        try:
                            if not connection.recv(10):
                                break
                        except TimeoutError:
                            pass
                        self.assertLess(time.monotonic() - began, 6, "still connected")
                except (BrokenPipeError, ConnectionResetError):
                    pass
                self.assertGreater(time.monotonic() - began, 1.5)
        self.assert_alive()

    def test_long_bodies_pass_in_both_directions(self):
        body = json.dumps({"username_or_email": "a" * 3_000_000, "password": "x"}).encode()
        request = (b"POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                   b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        with self.secure() as connection:
            self.assertRegex(self.ask(connection, request), rb"^HTTP/1.1 4\d\d ")
            self.assertTrue(self.ask(connection).endswith(HEALTHY))
        # Downwards: the same answer many times, asked for in one piece.
        with self.secure() as connection:
            self.assertEqual(self.exchange(connection, REQUEST * 20_000 + LAST).count(HEALTHY), 20_001)

    def test_a_client_that_does_not_read_makes_nobody_wait(self):
        stuck = self.secure()
        stuck.settimeout(0.5)
        try:
            while True:
                stuck.sendall(REQUEST * 1_000)
        except (TimeoutError, ssl.SSLError):
            pass
        for number in range(8):
            with self.secure(number=number) as connection:
                self.assertTrue(self.ask(connection).endswith(HEALTHY))
        stuck.close()
        self.assert_alive()

    def test_a_fallback_that_was_not_needed_is_refused(self):
        done = subprocess.run(
            ["openssl", "s_client", "-tls1_2", "-fallback_scsv", "-connect", f"127.0.0.1:{self.tls_port}"],
            stdin=subprocess.DEVNULL, capture_output=True, timeout=20)
        self.assertIn(b"inappropriate fallback", done.stderr)

    def test_renegotiation_is_refused(self):
        client = subprocess.Popen(
            ["openssl", "s_client", "-tls1_2", "-connect", f"127.0.0.1:{self.tls_port}", "-servername", "one.example"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        time.sleep(0.5)
        client.stdin.write(b"R\n")
        client.stdin.flush()
        time.sleep(0.5)
        output, _ = client.communicate(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n", timeout=20)
        self.assertIn(b"RENEGOTIATING", output)
        self.assertIn(b"no renegotiation", output)
        self.assertNotIn(HEALTHY, output)
        self.assert_alive()

    def test_new_keys_within_a_connection_are_taken(self):
        client = subprocess.Popen(
            ["openssl", "s_client", "-tls1_3", "-connect", f"127.0.0.1:{self.tls_port}"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        # s_client looks for its commands in what it reads at once.
        for _ in range(20):
            time.sleep(0.05)
            client.stdin.write(b"K\n")
            client.stdin.flush()
        time.sleep(0.3)
        client.stdin.write(LAST)
        client.stdin.flush()
        time.sleep(0.5)
        output, _ = client.communicate(timeout=20)
        self.assertGreaterEqual(output.count(b"KEYUPDATE"), 10)
        self.assertIn(HEALTHY, output)

    def test_a_client_that_ends_its_direction_gets_its_answer_and_a_proper_end(self):
        with self.secure() as connection:
            connection.sendall(REQUEST)
            # The end of the stream without the alert that belongs before it: the request itself is complete.
            socket.socket.shutdown(connection, socket.SHUT_WR)
            self.assertTrue(self.answer(connection).endswith(HEALTHY))
        context = self.context()
        # Then a stream that ends without an alert is an error here.
        context.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
        with context.wrap_socket(self.connect(), server_hostname="one.example", suppress_ragged_eofs=False) as connection:
            self.assertTrue(self.ask(connection, LAST).endswith(HEALTHY))
            self.assertEqual(connection.recv(10), b"")
        with self.secure() as connection:
            self.ask(connection)
            connection.unwrap().close()  # waits for the server's alert

    def test_clients_that_vanish_do_no_harm(self):
        for number in range(200):
            connection = self.secure(number=number) if number % 4 else self.connect(number)
            with connection:
                connection.sendall(REQUEST * 20 if number % 4 else self.greeting()[2].read()[:100])
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.assert_alive()

    def test_an_idle_connection_costs_little_memory(self):
        def resident():
            total = 0
            for line in run(["ps", "-o", "rss=", "-g", str(self.server.process.pid)]).splitlines():
                total += int(line) * 1024
            return total
        context = self.context()
        warm = []
        for number in range(50):
            warm.append(self.secure(context=context, number=number))
            self.ask(warm[-1])
        before = resident()
        idle = []
        for number in range(400):
            idle.append(self.secure(context=context, number=number))
            self.ask(idle[-1])
        each = (resident() - before) / len(idle)
        for connection in warm + idle:
            connection.close()
        self.assertLess(each, 40_000)
        print(f"an idle TLS connection costs {each / 1024:.1f} KiB", flush=True)

    def test_sslscan_finds_nothing_weak(self):
        report = xml.etree.ElementTree.fromstring(run([
            "sslscan", "--no-colour", "--xml=-", "--sni-name=two.example", f"127.0.0.1:{self.tls_port}"]))
        test = report.find("ssltest")
        enabled = {f"{p.get('type')}{p.get('version')}" for p in test.findall("protocol") if p.get("enabled") == "1"}
        self.assertEqual(enabled, {"tls1.2", "tls1.3"})
        self.assertEqual([c for c in test.findall("compression") if c.get("supported") == "1"], [])
        self.assertEqual([r.get("supported") for r in test.findall("renegotiation")], ["0"])
        self.assertTrue(test.findall("heartbleed"))
        self.assertEqual([h for h in test.findall("heartbleed") if h.get("vulnerable") != "0"], [])
        ciphers = test.findall("cipher")
        self.assertTrue(ciphers)
        for cipher in ciphers:
            self.assertRegex(cipher.get("cipher"), r"^(ECDHE-(RSA|ECDSA)-|TLS_)(AES|CHACHA20)")
            self.assertRegex(cipher.get("cipher"), r"GCM|POLY1305")
            self.assertGreaterEqual(int(cipher.get("bits")), 128)
            self.assertNotIn(cipher.get("strength"), ("weak", "medium", "null", "anonymous"))

    def test_a_new_program_takes_over_without_a_refused_handshake(self):
        failures, done = [], threading.Event()

        def keep_asking(number):
            while not done.is_set():
                try:
                    with self.secure(number=number) as connection:
                        self.ask(connection)
                except Exception as error:  # noqa: BLE001: whatever it is, it must not happen
                    failures.append(repr(error))
        threads = [threading.Thread(target=keep_asking, args=(number,)) for number in range(2)]
        for thread in threads:
            thread.start()
        before = len(self.system_log())
        self.server.process.send_signal(signal.SIGUSR2)
        self.wait_for_event("start", after=before, limit=30)
        time.sleep(0.5)
        done.set()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])


class Reload(TLSTest):
    """Certificates are replaced while clients come and go."""

    def replace(self, pair):
        for source, target in zip(pair, self.pairs[0]):
            temporary = target.with_suffix(".new")
            shutil.copy(source, temporary)
            temporary.chmod(0o600)
            temporary.rename(target)

    def reload(self, did):
        before = len(self.system_log())
        self.server.process.send_signal(signal.SIGHUP)
        return self.wait_for_event(did, after=before)

    def test_no_request_fails_while_certificates_are_replaced(self):
        others = [self.authority.issue("one.example", f"n{number}.example") for number in range(4)]
        failures, serials, requests, done = [], set(), [0], threading.Event()

        def handshakes(number):
            context = self.context()
            while not done.is_set():
                try:
                    with self.secure(context=context, number=number) as connection:
                        serials.add(connection.getpeercert()["serialNumber"])
                        assert self.ask(connection).endswith(HEALTHY)
                        requests[0] += 1
                except Exception as error:  # noqa: BLE001: whatever it is, it must not happen
                    failures.append(repr(error))

        def kept(number):
            try:
                with self.secure(number=number) as connection:
                    while not done.is_set():
                        assert self.ask(connection).endswith(HEALTHY)
                        requests[0] += 1
            except Exception as error:  # noqa: BLE001
                failures.append(repr(error))
        threads = [threading.Thread(target=work, args=(number,)) for number, work in enumerate([handshakes, kept] * 2)]
        for thread in threads:
            thread.start()
        for number in range(40):
            self.replace(others[number % 4])
            self.reload("tls_reloaded")
        done.set()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        self.assertGreaterEqual(len(serials), 4)
        self.assertGreater(requests[0], 200)

    def test_what_cannot_be_used_leaves_everything_as_it_was(self):
        with self.secure() as connection:
            serial = connection.getpeercert()["serialNumber"]
        saved = [path.read_bytes() for path in self.pairs[0]]
        certificate, key = self.authority.issue("one.example")
        shutil.copy(certificate, self.pairs[0][0])
        event = self.reload("tls_reload_failed")
        self.assertIn("does not belong to the certificate", event["this"]["detail"])
        with self.secure() as connection:
            self.assertEqual(connection.getpeercert()["serialNumber"], serial)
        shutil.copy(key, self.pairs[0][1])
        self.pairs[0][1].chmod(0o644)
        self.assertIn("open to other users", self.reload("tls_reload_failed")["this"]["detail"])
        self.pairs[0][1].chmod(0o600)
        self.reload("tls_reloaded")
        with self.secure() as connection:
            self.assertNotEqual(connection.getpeercert()["serialNumber"], serial)
        for path, content in zip(self.pairs[0], saved):
            path.write_bytes(content)


class Start(TLSTest):
    """What keeps a server from speaking TLS is one sentence and exit code 3."""

    @classmethod
    def prepare(cls):
        super().prepare()
        cls.server.stop()

    def refused(self, certificate, key):
        setting = f"{certificate}:{key}"
        done = self.server.cli("serve", expect=3, environment={"ALDRAVA_TLS_CERTIFICATES": setting})
        lines = [line for line in done.stderr.splitlines() if line]
        self.assertEqual(len(lines), 1, done.stderr)
        return lines[0]

    def test_files_that_cannot_be_used(self):
        (certificate, key), (_, other) = self.pairs
        self.assertIn("does not exist", self.refused("/nowhere.pem", key))
        self.assertIn("does not exist", self.refused(certificate, "/nowhere.key"))
        self.assertIn("does not belong to the certificate", self.refused(certificate, other))
        self.assertIn("holds no certificate", self.refused(key, key))
        self.assertIn("holds no private key", self.refused(certificate, self.copy(certificate, 0o600)))
        self.assertIn("open to other users", self.refused(certificate, self.copy(key, 0o644)))
        locked = self.authority.folder / "locked.key"
        run(["openssl", "pkcs8", "-topk8", "-in", str(key), "-passout", "pass:secret", "-out", str(locked)])
        locked.chmod(0o600)
        self.assertIn("is encrypted", self.refused(certificate, locked))
        weak, weak_key = self.authority.folder / "weak.pem", self.authority.folder / "weak.key"
        run(["openssl", "req", "-x509", "-newkey", "rsa:1024", "-nodes", "-subj", "/CN=a", "-days", "3",
             "-keyout", str(weak_key), "-out", str(weak)])
        weak_key.chmod(0o600)
        self.assertIn("key too small", self.refused(weak, weak_key))

    def copy(self, path, mode):
        copy = self.authority.folder / f"copy-{mode:o}"
        shutil.copy(path, copy)
        copy.chmod(mode)
        return copy

    def test_an_expired_certificate_is_a_warning(self):
        # openssl on Debian 12 makes none that has expired.
        expired = self.authority.folder / "expired.pem"
        _, path = self.pairs[0]
        key = serialization.load_pem_private_key(path.read_bytes(), None)
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "one.example")])
        now = datetime.datetime.now(datetime.timezone.utc)
        certificate = x509.CertificateBuilder(
            name, name, key.public_key(), 1, now - datetime.timedelta(days=2), now - datetime.timedelta(days=1)
        ).sign(key, hashes.SHA256())
        expired.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        self.start_and_expect(expired, path, "tls_certificate_expired")

    def test_one_that_expires_soon_too(self):
        self.start_and_expect(*self.authority.issue("one.example", days=5), "tls_certificate_expires_soon")

    def start_and_expect(self, certificate, key, did):
        saved = dict(self.server.environment)
        self.server.environment["ALDRAVA_TLS_CERTIFICATES"] = f"{certificate}:{key}"
        try:
            self.server.start()
            self.assertEqual(self.wait_for_event(did)["this"]["severity"], "warning")
            self.assertIn(did, self.server.printed())
        finally:
            self.server.stop()
            self.server.environment = saved

    def test_tls_alone(self):
        settings = self.server.environment | {"ALDRAVA_LISTEN": "off", "ALDRAVA_HSTS_MAX_AGE": "0"}
        del settings["ALDRAVA_PUBLIC_URL"]
        process = subprocess.Popen(
            [str(BINARY), "serve"], env=settings, stdout=subprocess.PIPE, text=True,
            cwd=self.server.folder, start_new_session=True)
        try:
            self.assertIn(f"listening on https://127.0.0.1:{self.tls_port} ", process.stdout.readline())
            with self.secure() as connection:
                self.assertIn(b"\r\nStrict-Transport-Security: max-age=0\r\n", self.ask(connection))
                answer = self.ask(
                    connection, b"GET /.well-known/jwks.json HTTP/1.1\r\nHost: localhost\r\n\r\n")
                self.assertIn(b"HTTP/1.1 200", answer)
            with self.assertRaises(ConnectionRefusedError):
                self.connect(port=self.server.port)
        finally:
            process.terminate()
            self.assertEqual(process.wait(timeout=PATIENCE), 0)
            process.stdout.close()


class Proxied(TLSTest):
    """Behind a proxy that passes connections on with a header of version 2."""

    environment = {
        "ALDRAVA_PROXY_PROTOCOL": "127.0.0.0/30", "ALDRAVA_MAX_CONNECTIONS_PER_ADDRESS": "3",
        "ALDRAVA_HEADER_TIMEOUT": "2",
    }

    @classmethod
    def prepare(cls):
        # The harness asks directly, and must not come from the proxies' addresses.
        cls.direct = local_address(200)
        call = cls.server.call
        cls.server.call = lambda *arguments, **options: call(*arguments, **{"source": cls.direct} | options)
        super().prepare()
        cls.proxy = {"plain": free_port(), "tls": free_port()}
        settings = cls.server.folder / "haproxy.cfg"
        settings.write_text("defaults\n mode tcp\n timeout connect 5s\n timeout client 30s\n timeout server 30s\n" + "".join(
            f"listen {name}\n bind 127.0.0.1:{port}\n"
            f" server s 127.0.0.1:{target} send-proxy-v2 check check-send-proxy inter 200ms source 127.0.0.1\n"
            for name, port, target in (
                ("plain", cls.proxy["plain"], cls.server.port), ("tls", cls.proxy["tls"], cls.tls_port))))
        haproxy = subprocess.Popen(["haproxy", "-db", "-q", "-f", str(settings)], start_new_session=True)

        def stop():
            haproxy.terminate()
            haproxy.wait()
        cls.addClassCleanup(stop)
        deadline = time.monotonic() + 10
        while True:
            try:
                with socket.create_connection(("127.0.0.1", cls.proxy["plain"]), timeout=5):
                    break
            except OSError:
                assert time.monotonic() < deadline, "no proxy"
                time.sleep(0.05)

    def header(self, source, command=0x21, rest=b""):
        addresses = socket.inet_aton(source) + socket.inet_aton("127.0.0.1") + struct.pack("!HH", 1_234, 80)
        signature = bytes.fromhex("0d0a0d0a000d0a515549540a")
        return signature + struct.pack("!BBH", command, 0x11, 12 + len(rest)) + addresses + rest

    def from_proxy(self):
        return socket.create_connection(("127.0.0.1", self.server.port), timeout=20, source_address=("127.0.0.2", 0))

    def test_the_clients_address_counts_behind_a_real_proxy(self):
        for kind, source in (("plain", 10), ("tls", 20)):
            with self.subTest(kind):
                def connect(number):
                    if kind == "plain":
                        return self.connect(number, port=self.proxy[kind])
                    return self.secure(number=number, port=self.proxy[kind])
                kept = [connect(source) for _ in range(3)]
                for connection in kept:
                    self.assertTrue(self.ask(connection).endswith(HEALTHY))
                with self.assertRaises((AssertionError, OSError)) if kind == "tls" else self.subTest():
                    with connect(source) as fourth:
                        self.assertIn(b"too_many_connections", self.ask(fourth))
                with connect(source + 1) as other:
                    self.assertTrue(self.ask(other).endswith(HEALTHY))
                for connection in kept:
                    connection.close()

    def test_the_clients_address_stands_in_the_audit(self):
        body = b'{"username_or_email":"nobody","password":"wrong wrong"}'
        with self.from_proxy() as connection:
            self.assertIn(b"401", self.ask(connection, self.header("203.0.113.77") + (
                b"POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                b"Content-Length: %d\r\n\r\n%s" % (len(body), body)))[:20])
        lines = self.server.audit_settled(lambda lines: any("203.0.113" in json.dumps(line) for line in lines))
        self.assertTrue(any("203.0.113" in json.dumps(line) for line in lines), lines)

    def test_a_header_in_pieces_and_one_of_the_proxys_own(self):
        for header in (self.header("203.0.113.5"), self.header("203.0.113.5", command=0x20),
                       self.header("203.0.113.5", rest=b"\x04\x00\x02ab\xe0\x00\x00")):
            with self.from_proxy() as connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for byte in header + REQUEST:
                    connection.sendall(bytes([byte]))
                self.assertTrue(self.answer(connection).endswith(HEALTHY))

    def test_anything_else_from_a_proxy_is_closed_without_a_word(self):
        header = self.header("203.0.113.6")
        malformed = {
            "nothing at all": REQUEST,
            "version 1": b"PROXY TCP4 203.0.113.6 127.0.0.1 1 80\r\n" + REQUEST,
            "another signature": b"\r\n\r\n\0\r\nQUIX\n" + header[12:] + REQUEST,
            "version 3": header[:12] + b"\x31" + header[13:] + REQUEST,
            "a family without a name": header[:13] + b"\x91" + header[14:] + REQUEST,
            "UDP": header[:13] + b"\x12" + header[14:] + REQUEST,
            "too long": header[:14] + b"\xff\xff" + header[16:] + REQUEST,
            "too short for its addresses": header[:14] + b"\x00\x04" + header[16:] + REQUEST,
            "an extension beyond the end": self.header("203.0.113.6", rest=b"\x04\xff\xff") + REQUEST,
            "a wrong checksum": self.header("203.0.113.6", rest=b"\x03\x00\x04abcd") + REQUEST,
            "a TLS greeting": bytes.fromhex("160301020001fc0303") + bytes(200),
        }
        for name, content in malformed.items():
            with self.subTest(name), self.from_proxy() as connection:
                connection.sendall(content)
                self.assertEqual(self.drain(connection), b"")
        self.assertEqual(self.server.call("GET", "/health").status, 200)

    def test_a_slow_header_is_let_go(self):
        with self.from_proxy() as connection:
            began = time.monotonic()
            connection.sendall(self.header("203.0.113.5")[:-1])
            self.assertEqual(self.drain(connection), b"")
            self.assertTrue(1 < time.monotonic() - began < 6)

    def test_nobody_else_may_send_the_header(self):
        with self.connect(200, port=self.server.port) as connection:
            connection.sendall(self.header("203.0.113.5") + REQUEST)
            self.assertTrue(self.drain(connection).startswith(b"HTTP/1.1 400 "))


class TLSOnSQLite(TLS):
    backend = "sqlite"


class ReloadOnSQLite(Reload):
    backend = "sqlite"


class StartOnSQLite(Start):
    backend = "sqlite"


class ProxiedOnSQLite(Proxied):
    backend = "sqlite"


# No database has a part in any of this.
del TLSTest, TLS, Reload, Start, Proxied

if __name__ == "__main__":
    unittest.main()
