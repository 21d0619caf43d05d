#!/usr/bin/env python3
"""Attackers are held off, and the owner of an account is not: seen from outside, also by two servers on one database."""

import concurrent.futures
import hashlib
import http.server
import itertools
import os
import pathlib
import re
import secrets
import signal
import subprocess
import tempfile
import threading
import time
import unittest

from harness import CHEAP_HASHES, POSTGRES, ROOT, Server, ServerTest, local_address, on_both_databases

PASSWORD = "correct horse battery staple"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def solve(challenge, difficulty):
    """The client of docs/DEFENCES.md."""
    for number in itertools.count():
        digest = hashlib.sha256(f"{challenge}.{number}".encode()).digest()
        if int.from_bytes(digest, "big") >> (256 - difficulty) == 0:
            return str(number)


def guess(server, name, number):
    answer = server.login(name, "not the right one", source=local_address(number))
    return answer.status


def device_of(answer):
    for line in answer.headers.get_all("Set-Cookie") or []:
        if match := re.match(r"((?:__Host-)?\w+_device=[^;]+);(.*)", line):
            return match.group(1), match.group(2)
    return None


class Guessing(ServerTest):
    environment = {"ALDRAVA_INSECURE_COOKIES": "yes"}

    def sign_in_with_cookies(self, name, **options):
        headers = {"Origin": self.server.url} | options.pop("headers", {})
        body = {"username_or_email": name, "password": PASSWORD, "transport": "cookie"}
        return self.server.call("POST", "/api/auth/login", body, headers=headers, **options)

    def test_a_thousand_guesses_at_once_and_the_owner_beside_them(self):
        self.server.register("victim", PASSWORD)
        answer = self.sign_in_with_cookies("victim", source="127.0.200.1")
        self.assertEqual(answer.status, 200, answer)
        mark, attributes = device_of(answer)
        for word in ("HttpOnly", "SameSite=Lax", "Path=/"):
            self.assertIn(word, attributes)
        with concurrent.futures.ThreadPoolExecutor(64) as pool:
            tries = [pool.submit(guess, self.server, "victim", number) for number in range(1_000)]
            for _ in range(5):
                owner = self.sign_in_with_cookies("victim", headers={"Cookie": mark}, source="127.0.201.1")
                self.assertEqual(owner.status, 200, owner)
            statuses = [one.result() for one in tries]
        self.assertEqual(set(statuses), {401, 429})
        self.assertLess(statuses.count(401), 30)
        # The right password from a new device waits, and is told for how long.
        answer = self.server.login("victim", PASSWORD, source="127.0.202.1")
        self.assertEqual((answer.status, answer.json["code"]), (429, "too_many_requests"))
        self.assertTrue(1 <= int(answer.headers["Retry-After"]) <= 180)
        # A power cut changes nothing.
        self.server.kill()
        self.server.start()
        self.assertEqual(guess(self.server, "victim", 7), 429)
        self.assertEqual(self.sign_in_with_cookies("victim", headers={"Cookie": mark}).status, 200)
        # The page says it in words.
        page = self.server.call(
            "POST", "/login", b"username_or_email=victim&password=x", headers=FORM | {"Origin": self.server.url},
            source="127.0.203.1")
        self.assertEqual(page.status, 429, page)
        self.assertIn("Retry-After", page.headers)
        self.assertIn(b"Too many tries", page.raw)
        said = self.server.cli("user", "unlock", "victim")
        self.assertIn("forgotten", said.stdout)
        self.assertEqual(guess(self.server, "victim", 7), 401)

    def test_a_refused_guess_costs_no_hash(self):
        self.server.register("cheap", PASSWORD)
        for number in range(25):
            guess(self.server, "cheap", 50 + number)
        began = time.process_time(), self.hashes()
        for number in range(50):
            self.assertEqual(guess(self.server, "cheap", 90 + number), 429)
        self.assertEqual(self.hashes(), began[1])

    def hashes(self):
        page = self.server.call("GET", "/metrics").raw.decode()
        return [line for line in page.splitlines() if "hash" in line and "_count" in line and not line.startswith("#")]


class SigningUp(ServerTest):
    @classmethod
    def prepare(cls):
        cls.lists = pathlib.Path(tempfile.mkdtemp(prefix="aldrava-lists-"))
        cls.domains = cls.lists / "domains.txt"
        cls.domains.write_text("# none yet\n")
        cls.ranges = cls.lists / "ranges"
        cls.ranges.mkdir()
        cls.server.environment |= {
            "ALDRAVA_DISPOSABLE_DOMAINS": str(cls.domains), "ALDRAVA_BREACHED_PASSWORDS": str(cls.ranges)}
        cls.server.start()

    def tearDown(self):
        for name in ("proof_of_work", "disposable_mail", "breached_passwords", "breached_passwords_unavailable"):
            self.server.cli("realm", "unset", "default", f"defence.{name}")

    def rule(self, *rules):
        self.server.cli("realm", "set", "default", *(f"defence.{rule}" for rule in rules))

    def sign_up(self, **members):
        name = "p" + secrets.token_hex(6)
        body = {"username": name, "email": f"{name}@example.org", "password": PASSWORD} | members
        return self.server.call("POST", "/api/auth/register", body)

    def test_an_account_costs_work_where_the_realm_says_so(self):
        self.rule("proof_of_work=16")
        answer = self.sign_up()
        self.assertEqual((answer.status, answer.json["code"]), (403, "proof_of_work_required"))
        challenge = self.server.call("GET", "/api/auth/challenge").json
        self.assertEqual((challenge["algorithm"], challenge["difficulty"]), ("SHA-256", 16))
        proof = {"challenge": challenge["challenge"], "solution": solve(challenge["challenge"], 16)}
        wrong = self.sign_up(**(proof | {"solution": proof["solution"] + "0"}))
        self.assertEqual((wrong.status, wrong.json["code"]), (403, "proof_of_work_invalid"))
        self.assertEqual(self.sign_up(**proof).status, 201)
        again = self.sign_up(**proof)
        self.assertEqual((again.status, again.json["code"]), (403, "proof_of_work_invalid"))
        # The page finds a solution by its script.
        self.assertEqual(self.server.call("GET", "/register").status, 200)

    def test_disposable_addresses_are_refused_and_the_list_is_read_again(self):
        self.rule("disposable_mail=refuse")
        self.assertEqual(self.sign_up().status, 201)
        self.domains.write_text("example.org\n")
        self.server.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 10
        while (answer := self.sign_up()).status == 201 and time.monotonic() < deadline:
            time.sleep(0.1)
        self.assertEqual(answer.status, 400)
        self.assertEqual(answer.json["details"]["email"], ["must not be a disposable address"])
        name = "p" + secrets.token_hex(4)
        self.assertEqual(self.sign_up(email=f"{name}@example.com").status, 201)

    def test_breached_passwords_are_refused(self):
        self.rule("breached_passwords=refuse")
        digest = hashlib.sha1(PASSWORD.encode()).hexdigest().upper()
        answer = self.sign_up()
        self.assertEqual(answer.json["details"]["password"], ["cannot be checked now, try later"])
        self.rule("breached_passwords_unavailable=allow")
        self.assertEqual(self.sign_up().status, 201)
        (self.ranges / digest[:5]).write_text(f"{'0' * 35}:1\r\n{digest[5:]}:42\r\n")
        answer = self.sign_up()
        self.assertEqual(answer.json["details"]["password"], ["is known from a breach of some other service"])
        (self.ranges / digest[:5]).write_text(f"{'0' * 35}:1\r\n")
        self.assertEqual(self.sign_up().status, 201)

    def test_many_accounts_from_one_network_wait(self):
        self.rule("sign_ups_per_hour=4")
        self.addCleanup(self.server.cli, "realm", "unset", "default", "defence.sign_ups_per_hour")
        statuses = []
        for number in range(3):
            name = "p" + secrets.token_hex(6)
            statuses.append(self.server.register(name, PASSWORD, source="127.0.77.1").status)
        self.assertEqual(statuses, [201, 201, 429])


class TwoServers(unittest.TestCase):
    """What one of them counted counts on the other."""

    def test_guesses_at_both_are_one_sum(self):
        if not POSTGRES:
            if os.environ.get("ALDRAVA_TEST_REQUIRE_POSTGRES") == "1":
                raise AssertionError("ALDRAVA_TEST_POSTGRES is not set: run this beside Scripts/with-postgres")
            self.skipTest("PostgreSQL: ALDRAVA_TEST_POSTGRES is not set")
        first = Server("postgres", **CHEAP_HASHES, ALDRAVA_NODE="first")
        self.addCleanup(first.remove)
        first.start()
        second = Server(
            "sqlite", **CHEAP_HASHES, ALDRAVA_NODE="second", ALDRAVA_DATABASE=first.database,
            ALDRAVA_MASTER_KEY=(first.data / "master.key").read_text().strip(), ALDRAVA_PUBLIC_URL=first.url)
        self.addCleanup(second.remove)
        second.start()
        first.register("victim", PASSWORD)
        with concurrent.futures.ThreadPoolExecutor(32) as pool:
            statuses = list(pool.map(lambda number: guess((first, second)[number % 2], "victim", number), range(300)))
        self.assertEqual(set(statuses), {401, 429})
        self.assertLess(statuses.count(401), 30)


class FetchingRanges(unittest.TestCase):
    """Scripts/fetch-breached-passwords against a server of this test's own."""

    def setUp(self):
        self.asked = asked = []
        self.broken = broken = set()

        class Ranges(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                name = self.path.rsplit("/", 1)[-1]
                asked.append(name)
                if name in broken:
                    body = b"<html>try again</html>"
                else:
                    body = f"{name}{'A' * 30}:1\r\n{'0' * 35}:0\r\n".encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Ranges)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.url = f"http://127.0.0.1:{server.server_port}/range"
        folder = tempfile.TemporaryDirectory(prefix="aldrava-ranges-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def fetch(self, *words, **environment):
        return subprocess.run(
            [ROOT / "Scripts/fetch-breached-passwords", self.folder / "ranges", *words],
            env=os.environ | {"RANGES_URL": self.url} | environment, capture_output=True, timeout=60).returncode

    def test_every_range_is_fetched_once_and_broken_ones_are_not_kept(self):
        self.broken.add("000FE")
        self.assertEqual(self.fetch("000F0", "00110"), 1)
        self.assertEqual(len(list((self.folder / "ranges").glob("0*"))), 32)
        self.broken.clear()
        self.asked.clear()
        self.assertEqual(self.fetch("000F0", "00110"), 0)
        self.assertEqual(self.asked, ["000FE"])
        names = sorted(path.name for path in (self.folder / "ranges").iterdir())
        self.assertEqual(names, [f"{number:05X}" for number in range(0xF0, 0x111)])
        self.assertIn("000FE" + "A" * 30 + ":1", (self.folder / "ranges/000FE").read_text())
        self.asked.clear()
        self.assertEqual(self.fetch("00100", "00101", FRESH="1"), 0)
        self.assertEqual(sorted(self.asked), ["00100", "00101"])
        self.assertEqual(self.fetch("0", "1"), 64)


on_both_databases(globals(), Guessing, SigningUp)

if __name__ == "__main__":
    unittest.main()
