#!/usr/bin/env python3
"""Bytes that no well-behaved client sends: each gets a 4xx, and the process stays alive."""

import base64
import json
import pathlib
import re
import resource
import select
import socket
import struct
import threading
import time
import unittest

from harness import ServerTest, local_address, on_both_databases

HOST = b"Host: 127.0.0.1\r\n"
JSON = b"Content-Type: application/json\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
PASSWORD = "correct horse battery staple"


def get(fields, version=b"HTTP/1.1", line=None):
    return (line or b"GET /health " + version) + b"\r\n" + fields + b"\r\n"


def post(path, body, fields=JSON):
    return b"POST %s HTTP/1.1\r\n%s%sContent-Length: %d\r\n\r\n%s" % (path, HOST, fields, len(body), body)


# Refused, and the connection closed: where a message ends is no longer certain.
MALFORMED_HTTP = {
    "a bare LF": b"GET /health HTTP/1.1\nHost: a\n\n",
    "a bare LF after a field": get(b"Host: a\n"),
    "a bare CR in a field": get(HOST + b"X: a\rb\r\n"),
    "NUL in a field": get(HOST + b"X: a\0b\r\n"),
    "NUL in the target": get(HOST, line=b"GET /hea\0lth HTTP/1.1"),
    "a folded field": get(HOST + b"X: a\r\n b\r\n"),
    "a folded transfer coding": get(HOST + b"Transfer-Encoding:\r\n chunked\r\n"),
    "a space before the colon": get(HOST + b"Content-Length : 0\r\n"),
    "a field without a name": get(HOST + b": a\r\n"),
    "a field without a colon": get(HOST + b"nothing\r\n"),
    "a field name with a space": get(HOST + b"a b: c\r\n"),
    "a leading space": get(b" " + HOST),
    "no Host": get(b""),
    "two Hosts": get(HOST + HOST),
    "an impossible Host": get(b"Host: a b\r\n"),
    "two lengths": get(HOST + b"Content-Length: 0\r\nContent-Length: 0\r\n"),
    "a list of lengths": get(HOST + b"Content-Length: 0, 0\r\n"),
    "a signed length": get(HOST + b"Content-Length: +1\r\n") + b"a",
    "a negative length": get(HOST + b"Content-Length: -1\r\n"),
    "a hexadecimal length": get(HOST + b"Content-Length: 0x1\r\n") + b"a",
    "an absurd length": get(HOST + b"Content-Length: 99999999999999999999999999\r\n"),
    "the largest length": get(HOST + b"Content-Length: 9223372036854775807\r\n"),
    "length and chunks": get(HOST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n") + b"0\r\n\r\n",
    "two codings": get(HOST + b"Transfer-Encoding: gzip, chunked\r\n") + b"0\r\n\r\n",
    "chunked twice": get(HOST + b"Transfer-Encoding: chunked, chunked\r\n") + b"0\r\n\r\n",
    "two coding fields": get(HOST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n") + b"0\r\n\r\n",
    "another coding": get(HOST + b"Transfer-Encoding: identity\r\n"),
    "chunks in HTTP/1.0": get(HOST + b"Transfer-Encoding: chunked\r\n", version=b"HTTP/1.0") + b"0\r\n\r\n",
    "a chunk without a size": get(HOST + b"Transfer-Encoding: chunked\r\n") + b"\r\n\r\n",
    "a chunk size that is no number": get(HOST + b"Transfer-Encoding: chunked\r\n") + b"zz\r\n",
    "a chunk size with a sign": get(HOST + b"Transfer-Encoding: chunked\r\n") + b"+1\r\na\r\n0\r\n\r\n",
    "an absurd chunk size": get(HOST + b"Transfer-Encoding: chunked\r\n") + b"ffffffffffffffffff\r\n",
    "a chunk that does not end": get(HOST + b"Transfer-Encoding: chunked\r\n") + b"1\r\nab\r\n0\r\n\r\n",
    "LF after a chunk size": get(HOST + b"Transfer-Encoding: chunked\r\n") + b"1\na\r\n0\r\n\r\n",
    "another version": get(HOST, version=b"HTTP/2.0"),
    "a version of letters": get(HOST, version=b"HTTP/a.b"),
    "no version": get(HOST, line=b"GET /health"),
    "two spaces": get(HOST, line=b"GET  /health HTTP/1.1"),
    "an unknown method": get(HOST, line=b"BREW /health HTTP/1.1"),
    "a method in small letters": get(HOST, line=b"get /health HTTP/1.1"),
    "a target without a slash": get(HOST, line=b"GET health HTTP/1.1"),
    "a fragment": get(HOST, line=b"GET /health#a HTTP/1.1"),
    "a target with a raw byte": get(HOST, line=b"GET /h\xffalth HTTP/1.1"),
    "a long target": get(HOST, line=b"GET /" + b"a" * 70_000 + b" HTTP/1.1"),
    "a long field": get(HOST + b"X: " + b"a" * 100_000 + b"\r\n"),
    "many fields": get(HOST + b"X: a\r\n" * 5_000),
    "an unknown expectation": get(HOST + b"Expect: the-unexpected\r\n"),
    "a long body": b"POST /api/auth/login HTTP/1.1\r\n" + HOST + JSON + b"Content-Length: 99999999\r\n\r\n",
    "a TLS greeting": bytes.fromhex("160301020001fc0303") + b"\x01" * 200,
    "an SSH greeting": b"SSH-2.0-OpenSSH_9.2\r\n",
    "noise": bytes(range(1, 255)) + b"\r\n\r\n",
}

DEEP = b'{"username_or_email":' + b"[" * 20_000 + b"]" * 20_000 + b',"password":"x"}'

# Understood as HTTP, refused as content; the connection may go on.
MALFORMED_CONTENT = {
    "no body": post(b"/api/auth/login", b""),
    "half an object": post(b"/api/auth/login", b'{"username_or_email":"a'),
    "two values": post(b"/api/auth/login", b"{} {}"),
    "an array": post(b"/api/auth/login", b"[]"),
    "a string": post(b"/api/auth/login", b'"a"'),
    "null": post(b"/api/auth/login", b"null"),
    "deep nesting": post(b"/api/auth/login", DEEP),
    "a name twice": post(
        b"/api/auth/login", b'{"username_or_email":"a","username_or_email":"b","password":"xxxxxxxx"}'),
    "a huge number": post(b"/api/auth/login", b'{"username_or_email":1e999999,"password":-1e999999}'),
    "a long number": post(b"/api/auth/login", b'{"username_or_email":' + b"9" * 5_000 + b',"password":"x"}'),
    "not UTF-8": post(b"/api/auth/login", b'{"username_or_email":"\xff\xfe","password":"xxxxxxxx"}'),
    "overlong UTF-8": post(b"/api/auth/login", b'{"username_or_email":"\xc0\xaf","password":"xxxxxxxx"}'),
    "half a surrogate": post(b"/api/auth/login", b'{"username_or_email":"\\ud800","password":"xxxxxxxx"}'),
    "a raw line break in a string": post(b"/api/auth/login", b'{"username_or_email":"a\nb","password":"xxxxxxxx"}'),
    "a comma too many": post(b"/api/auth/login", b'{"username_or_email":"a","password":"xxxxxxxx",}'),
    "a byte order mark": post(b"/api/auth/login", b'\xef\xbb\xbf{"username_or_email":"a","password":"xxxxxxxx"}'),
    "NaN": post(b"/api/auth/login", b'{"username_or_email":NaN,"password":"x"}'),
    "a number as a name": post(b"/api/auth/login", b'{"username_or_email":7,"password":"xxxxxxxx"}'),
    "a form where JSON is asked": post(b"/api/auth/login", b"username_or_email=a&password=xxxxxxxx", FORM),
    "a broken form": post(b"/api/auth/login", b"%zz=%&&==%f", FORM),
    "another media type": post(b"/api/auth/login", b"<a/>", b"Content-Type: text/xml\r\n"),
    "NUL in a name": post(
        b"/api/auth/register", b'{"username":"a\\u0000b","email":"a@b.example","password":"a good password"}'),
    "a line break in an address": post(
        b"/api/auth/register", b'{"username":"ab","email":"a@b.example\\r\\nBcc: c@d","password":"a good password"}'),
    "a refresh token of noise": post(b"/api/auth/refresh", b'{"refresh_token":"%%%%"}'),
    "an empty refresh token": post(b"/api/auth/refresh", b'{"refresh_token":""}'),
    "a refresh token of zeros": post(
        b"/api/auth/refresh", json.dumps({"refresh_token": base64.urlsafe_b64encode(bytes(43)).decode().rstrip("=")})
        .encode()),
    "a long refresh token": post(b"/api/auth/refresh", b'{"refresh_token":"' + b"A" * 60_000 + b'"}'),
    "a percent sign alone": get(HOST, line=b"GET /api/auth/%zz HTTP/1.1"),
    "dots": get(HOST, line=b"GET /../../etc/passwd HTTP/1.1"),
    "encoded dots": get(HOST, line=b"GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1"),
    "the audit file by name": get(HOST, line=b"GET /logline.jsonl HTTP/1.1"),
    "the master key by name": get(HOST, line=b"GET /master.key HTTP/1.1"),
}


def encode(value):
    return base64.urlsafe_b64encode(value).rstrip(b"=")


HEADER = encode(b'{"alg":"ES256","typ":"at+jwt","kid":"x"}')
MALFORMED_TOKENS = {
    "nothing": b"",
    "a space": b" ",
    "two dots": b"..",
    "one part": b"a",
    "five parts": b"a.b.c.d.e",
    "padding": HEADER + b"=.e30=.AAAA",
    "not base64url": b"!!!.???.***",
    "a header that is no JSON": encode(b"{") + b".e30." + b"A" * 86,
    "a header that is a list": encode(b"[]") + b".e30." + b"A" * 86,
    "a deep header": encode(b"[" * 5_000) + b".e30.AAAA",
    "no algorithm": encode(b'{"alg":"none"}') + b"." + encode(b'{"sub":"a"}') + b".",
    "a symmetric algorithm": encode(b'{"alg":"HS256","kid":"x"}') + b".e30." + b"A" * 43,
    "a key by address": encode(b'{"alg":"ES256","jku":"http://127.0.0.1:1/","kid":"x"}') + b".e30." + b"A" * 86,
    "an embedded key": encode(b'{"alg":"ES256","jwk":{"kty":"EC"},"kid":"x"}') + b".e30." + b"A" * 86,
    "a critical extension": encode(b'{"alg":"ES256","crit":["x"],"x":1,"kid":"x"}') + b".e30." + b"A" * 86,
    "a short signature": HEADER + b".e30.AAAA",
    "an empty signature": HEADER + b".e30.",
    "an absurd time": HEADER + b"." + encode(b'{"exp":1e300,"iat":-1e300}') + b"." + b"A" * 86,
    "raw bytes": b"\xff\xfe\xfd",
    "a long token": b"A" * 20_000,
}


class Raw(ServerTest):
    environment = {"ALDRAVA_HEADER_TIMEOUT": "2", "ALDRAVA_BODY_TIMEOUT": "2", "ALDRAVA_IDLE_TIMEOUT": "3"}

    def connect(self, number=0):
        return socket.create_connection(
            ("127.0.0.1", self.server.port), timeout=20, source_address=(local_address(number), 0))

    def exchange(self, content, number=0):
        """Everything that comes back until the server closes, or falls silent after a whole answer."""
        with self.connect(number) as connection:
            try:
                connection.sendall(content)
            except (BrokenPipeError, ConnectionResetError):
                pass  # refused before it was all said; the answer may be there
            return self.read(connection)

    def read(self, connection):
        received = b""
        while True:
            head, separator, rest = received.partition(b"\r\n\r\n")
            if separator and len(rest) >= self.length(head):
                # Whole; if the server means to close, see that it does.
                if b"connection: close" not in head.lower():
                    return received
            try:
                part = connection.recv(65_536)
            except ConnectionResetError:
                return received
            if not part:
                return received
            received += part

    @staticmethod
    def length(head):
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                return int(line.split(b":")[1])
        return 0

    def assert_alive(self):
        self.assertTrue(self.server.is_alive(), self.server.printed())
        self.assertEqual(self.server.call("GET", "/health").status, 200)

    def assert_refused(self, answer, statuses=range(400, 500)):
        self.assertRegex(answer[:15], rb"^HTTP/1\.1 \d\d\d ", answer[:200])
        self.assertIn(int(answer[9:12]), statuses, answer[:300])
        head, _, body = answer.partition(b"\r\n\r\n")
        fields = {line.partition(b":")[0].lower(): line.partition(b":")[2].strip() for line in head.split(b"\r\n")[1:]}
        self.assertEqual(fields[b"content-type"], b"application/json")
        self.assertEqual(fields[b"cache-control"], b"no-store")
        self.assertEqual(fields[b"x-content-type-options"], b"nosniff")
        problem = json.loads(body[:int(fields[b"content-length"])])
        self.assertRegex(problem["code"], r"^[a-z][a-z0-9_]*$")
        self.assertTrue(problem["error"])

    def test_malformed_http_is_refused_and_the_connection_closed(self):
        for number, (name, content) in enumerate(MALFORMED_HTTP.items()):
            with self.subTest(name):
                answer = self.exchange(content, number)
                self.assert_refused(answer)
                self.assertIn(b"connection: close", answer.partition(b"\r\n\r\n")[0].lower())
                self.assertEqual(len(re.findall(rb"HTTP/1\.1 \d\d\d ", answer)), 1, "answered after a refusal")
        self.assert_alive()

    def test_malformed_content_is_refused(self):
        for number, (name, content) in enumerate(MALFORMED_CONTENT.items()):
            with self.subTest(name):
                self.assert_refused(self.exchange(content, number))
        self.assert_alive()

    def test_malformed_tokens_are_401(self):
        for number, (name, token) in enumerate(MALFORMED_TOKENS.items()):
            with self.subTest(name):
                line = b"GET /api/auth/me HTTP/1.1"
                answer = self.exchange(get(HOST + b"Authorization: Bearer " + token + b"\r\n", line=line), number)
                self.assert_refused(answer, (401,))
        self.assert_alive()

    def test_requests_in_one_piece_and_in_many_are_answered_alike(self):
        content = get(HOST) + get(HOST) + get(HOST + b"Connection: close\r\n")
        whole = self.exchange_all(content)
        self.assertEqual(whole.count(b'{"status":"ok"}'), 3, whole)
        with self.connect() as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for at in range(len(content)):
                connection.sendall(content[at:at + 1])
            parts = self.drain(connection)
        self.assertEqual(parts.count(b'{"status":"ok"}'), 3, parts)

    def exchange_all(self, content):
        with self.connect() as connection:
            connection.sendall(content)
            return self.drain(connection)

    @staticmethod
    def drain(connection):
        received = b""
        while part := connection.recv(65_536):
            received += part
        return received

    def test_a_client_that_is_done_sending_still_gets_its_answer(self):
        with self.connect() as connection:
            connection.sendall(get(HOST))
            connection.shutdown(socket.SHUT_WR)
            self.assertIn(b'{"status":"ok"}', self.drain(connection))

    def test_expect_is_answered_before_the_body_is_sent(self):
        body = json.dumps({"username_or_email": "nobody", "password": "wrong wrong"}).encode()
        with self.connect() as connection:
            connection.sendall(
                b"POST /api/auth/login HTTP/1.1\r\n%s%sExpect: 100-continue\r\nContent-Length: %d\r\n\r\n"
                % (HOST, JSON, len(body)))
            self.assertTrue(connection.recv(100).startswith(b"HTTP/1.1 100 "))
            connection.sendall(body)
            self.assertTrue(self.read(connection).startswith(b"HTTP/1.1 401 "))

    def test_a_slow_client_is_let_go(self):
        beginnings = {
            "a head": b"GET /health HTTP/1.1\r\nHost: a\r\nX-Slow: ",
            "a body": post(b"/api/auth/login", b"x" * 100)[:-50],
            "nothing": b"",
        }
        for name, content in beginnings.items():
            with self.subTest(name), self.connect() as connection:
                connection.sendall(content)
                began = time.monotonic()
                try:
                    while time.monotonic() - began < 15:
                        if select.select([connection], [], [], 0.5)[0]:
                            if not connection.recv(65_536):
                                break
                        elif content:
                            connection.sendall(b"a")  # a byte now and then must not keep it
                    else:
                        self.fail("still connected after 15 s")
                except (BrokenPipeError, ConnectionResetError):
                    pass
        self.assert_alive()

    def test_clients_that_vanish_do_no_harm(self):
        body = post(b"/api/auth/login", b'{"username_or_email":"vanished","password":"wrong wrong"}')
        for number in range(200):
            with self.connect(number) as connection:
                connection.sendall(body if number % 4 == 0 else get(HOST) * 50)
                # A reset instead of an orderly end: what the server still writes meets SIGPIPE or ECONNRESET.
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.assert_alive()


class FewDescriptors(ServerTest):
    """A server that may open 64 files survives 300 clients and serves again when they are gone."""

    @classmethod
    def prepare(cls):
        cls.server.start(prepare=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)))

    def test_running_out_of_descriptors_is_survived(self):
        clients = []
        for number in range(300):
            client = socket.socket()
            client.setblocking(False)
            client.bind((local_address(number), 0))
            client.connect_ex(("127.0.0.1", self.server.port))
            clients.append(client)
        time.sleep(2)
        self.assertTrue(self.server.is_alive(), self.server.printed())
        # Fewer places than files, so that there is one left to answer with, and the silent make room.
        self.assertEqual(self.server.call("GET", "/health").status, 200)
        self.assertIn("connections_limited", (self.server.data / "logline.system.jsonl").read_text())
        self.assertLess(self.busy_seconds(), 1.0, "accept() in a circle")
        for client in clients:
            client.close()
        deadline = time.monotonic() + 10
        while True:
            try:
                self.assertEqual(self.server.call("GET", "/health").status, 200)
                break
            except OSError:
                self.assertLess(time.monotonic(), deadline, "not serving again")
                time.sleep(0.1)

    def busy_seconds(self):
        """Processor time over one second of wall time, of the supervisor and its server."""
        def used():
            parent, total = self.server.process.pid, 0
            for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
                try:
                    line = path.read_text()
                except OSError:
                    continue
                fields = line.rpartition(")")[2].split()
                if parent in (int(path.parent.name), int(fields[1])):
                    total += int(fields[11]) + int(fields[12])
            return total / 100
        before = used()
        time.sleep(1)
        return used() - before


class Stop(ServerTest):
    """SIGTERM: what is under way is finished, and what is finished is kept."""

    # One hash takes long enough to be sure that it is under way.
    environment = {"ALDRAVA_ARGON2_MEMORY_KIB": "131072", "ALDRAVA_ARGON2_PASSES": "4"}

    def test_a_sign_up_under_way_is_answered(self):
        answers = []
        threads = [
            threading.Thread(target=lambda name=name: answers.append(self.server.register(name, PASSWORD, patience=0)))
            for name in ("ana", "bruno")
        ]
        for thread in threads:
            thread.start()
        time.sleep(0.1)
        self.assertEqual(self.server.stop(), 0, self.server.printed())
        for thread in threads:
            thread.join()
        self.assertEqual([answer.status for answer in answers], [201, 201])
        self.server.start()
        for answer in answers:
            self.assertEqual(self.server.call("GET", "/api/auth/me", token=answer.json["token"]).status, 200)


on_both_databases(globals(), Stop)


class RawOnSQLite(Raw):
    backend = "sqlite"


class FewDescriptorsOnSQLite(FewDescriptors):
    backend = "sqlite"


# What is refused before any database is asked is the same on both.
del Raw, FewDescriptors

if __name__ == "__main__":
    unittest.main()
