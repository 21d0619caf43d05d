#!/usr/bin/env python3
"""New passwords, asked of a real server of ranges over TLS: one that answers, and one that does not as it should."""

import hashlib
import http.server
import json
import ssl
import threading
import time
import unittest

from harness import ServerTest
from tls import Authority

KNOWN = "a password that was breached"
FRESH = "a password that nobody has ever seen"
PADDING = "padding that is in every range"
# What the server waits for an answer at most, and how much longer a test may take on a slow machine.
PATIENCE, SLACK = 3, 12


def digest(password):
    return hashlib.sha1(password.encode()).hexdigest().upper()


class Ranges(http.server.BaseHTTPRequestHandler):
    """The range API, in the mood that `behaviour` says."""

    behaviour = "right"
    asked = []
    released = threading.Event()

    def do_GET(self):
        cls = type(self)
        cls.asked.append((self.path, self.headers.get("Add-Padding")))
        prefix = self.path.removeprefix("/range/")
        lines = [f"{digest(name)[5:]}:{count}" for name, count in ((KNOWN, 3), (PADDING, 0))
                 if digest(name).startswith(prefix)]
        lines += ["0" * 34 + "A:17"]
        body = {
            "right": "\r\n".join(lines), "lower": "\n".join(lines).lower(), "page": "<html>Please sign in to this network</html>",
            "empty": "", "half": "\r\n".join(lines) + "\r\nnot a line", "long": "\r\n".join(lines * 40_000),
        }.get(cls.behaviour, "\r\n".join(lines)).encode()
        if cls.behaviour == "stalls":
            cls.released.wait(30)
            return
        if cls.behaviour == "drops":
            self.connection.close()
            return
        status = {"error": 500, "limited": 429, "missing": 404, "moved": 302}.get(cls.behaviour, 200)
        try:
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "/range/elsewhere")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if cls.behaviour == "trickles":
                for byte in body:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    if cls.released.wait(0.5):
                        return
            else:
                self.wfile.write(body)
        except OSError:
            # Whoever asked has left.
            pass

    def log_message(self, *_):
        pass


class BreachedPasswords(ServerTest):
    backend = "sqlite"

    @classmethod
    def prepare(cls):
        cls.authority = Authority()
        cls.addClassCleanup(cls.authority.remove)
        certificate, key = cls.authority.issue("localhost")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        cls.ranges = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Ranges)
        cls.ranges.daemon_threads = True
        cls.ranges.socket = context.wrap_socket(cls.ranges.socket, server_side=True)
        threading.Thread(target=cls.ranges.serve_forever, daemon=True).start()
        cls.addClassCleanup(cls.ranges.server_close)
        cls.addClassCleanup(cls.ranges.shutdown)
        cls.addClassCleanup(Ranges.released.set)
        cls.server.environment |= {
            "ALDRAVA_BREACHED_PASSWORDS": f"https://localhost:{cls.ranges.server_port}/range",
            "ALDRAVA_BREACHED_PASSWORDS_CA_FILE": str(cls.authority.root),
        }
        super().prepare()
        cls.number = 0

    def setUp(self):
        Ranges.behaviour = "right"
        Ranges.asked.clear()
        Ranges.released.clear()
        self.rule("refuse")

    def rule(self, unavailable):
        file = self.server.folder / "realm.json"
        file.write_text(json.dumps({"realm": "default", "defence": {
            "breached_passwords": "refuse", "breached_passwords_unavailable": unavailable}}))
        self.server.cli("apply", str(file))

    def sign_up(self, password):
        """The status, and which of the two things is wrong with the password."""
        type(self).number += 1
        name = f"person{self.number}"
        answer = self.server.call("POST", "/api/auth/register", {
            "username": name, "email": f"{name}@example.org", "password": password})
        words = {"is known from a breach of some other service": "breached",
                 "cannot be checked now, try later": "breach_check_unavailable"}
        return answer.status, [words[said] for said in answer.json.get("details", {}).get("password", [])]

    def log(self):
        return "".join(path.read_text(errors="replace") for path in self.server.data.rglob("*.jsonl"))

    def test_a_known_password_is_refused_and_others_are_not(self):
        for Ranges.behaviour in ("right", "lower"):
            self.assertEqual(self.sign_up(KNOWN), (400, ["breached"]))
            self.assertEqual(self.sign_up(FRESH)[0], 201)
            # A count of zero is padding.
            self.assertEqual(self.sign_up(PADDING)[0], 201)
        # Five digits and nothing else, with padding asked for.
        self.assertEqual(
            set(Ranges.asked), {(f"/range/{digest(one)[:5]}", "true") for one in (KNOWN, FRESH, PADDING)})
        self.assertEqual(len(Ranges.asked), 6)

    def test_what_is_no_range_is_as_none_and_the_rule_decides(self):
        for Ranges.behaviour in ("error", "limited", "missing", "moved", "page", "empty", "half", "long", "drops"):
            with self.subTest(behaviour=Ranges.behaviour):
                self.rule("refuse")
                self.assertEqual(self.sign_up(FRESH), (400, ["breach_check_unavailable"]))
                self.rule("allow")
                self.assertEqual(self.sign_up(FRESH)[0], 201)
        # A redirection is followed nowhere.
        self.assertNotIn("/range/elsewhere", {path for path, _ in Ranges.asked})
        log = self.log()
        self.assertIn("breached_passwords_unreadable", log)
        for one in (KNOWN, FRESH, digest(FRESH)[:5], digest(FRESH)[5:], "Please sign in"):
            self.assertNotIn(one, log)

    def test_one_that_does_not_answer_is_waited_for_so_long_and_no_longer(self):
        for Ranges.behaviour in ("stalls", "trickles"):
            with self.subTest(behaviour=Ranges.behaviour):
                begin = time.monotonic()
                self.assertEqual(self.sign_up(FRESH), (400, ["breach_check_unavailable"]))
                took = time.monotonic() - begin
                self.assertGreater(took, PATIENCE - 1)
                self.assertLess(took, PATIENCE + SLACK)
        # The server goes on meanwhile, and asks again the next time.
        self.assertEqual(self.server.call("GET", "/health").status, 200)
        Ranges.released.set()
        Ranges.behaviour = "right"
        self.assertEqual(self.sign_up(FRESH)[0], 201)


class UntrustedRanges(BreachedPasswords):
    """The same server, whose certificate nobody vouches for: it is not asked."""

    @classmethod
    def prepare(cls):
        stranger = Authority()
        cls.addClassCleanup(stranger.remove)
        cls.stranger = stranger
        super().prepare()

    def setUp(self):
        self.server.environment["ALDRAVA_BREACHED_PASSWORDS_CA_FILE"] = str(self.stranger.root)
        super().setUp()
        self.server.stop()
        self.server.start()

    def test_a_known_password_is_refused_and_others_are_not(self):
        self.assertEqual(self.sign_up(FRESH), (400, ["breach_check_unavailable"]))
        self.assertEqual(Ranges.asked, [])

    test_what_is_no_range_is_as_none_and_the_rule_decides = None
    test_one_that_does_not_answer_is_waited_for_so_long_and_no_longer = None


if __name__ == "__main__":
    unittest.main()
