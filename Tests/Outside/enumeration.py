#!/usr/bin/env python3
"""No answer tells whether somebody has an account: status, header fields and size are the same for known and unknown names.

Time is measured by `make bench ROWS="timing-login …"`.
"""

import re
import secrets
import unittest
import urllib.parse

from harness import ServerTest, on_both_databases

PASSWORD = "correct horse battery staple"
#: What differs from request to request, whoever it is about.
VARYING = {"date", "x-request-id", "traceparent", "retry-after"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Alike(ServerTest):
    """Asks about somebody and about nobody, and compares everything that a client can see."""

    environment = {"ALDRAVA_INSECURE_COOKIES": "yes"}

    @classmethod
    def prepare(cls):
        cls.server.start()
        cls.server.widen()

    def someone(self):
        """A name that somebody has and one that nobody has, of one length."""
        known, unknown = "k" + secrets.token_hex(6), "u" + secrets.token_hex(6)
        self.assertEqual(self.server.register(known, PASSWORD).status, 201)
        return known, unknown

    def shape(self, answer, name):
        """Everything that a client can see, without what it sent itself and what is drawn at random."""
        body = answer.raw.decode().replace(name, "NAME")
        # Tickets are random, and as long as one another.
        body = re.sub(r"[A-Za-z0-9_-]{22,}", lambda match: "R" * len(match.group()), body)
        fields = sorted(
            (field.lower(), re.sub(r"[A-Za-z0-9_-]{22,}", lambda match: "R" * len(match.group()), value))
            for field, value in answer.headers.items() if field.lower() not in VARYING)
        return answer.status, fields, len(answer.raw), body

    def assert_alike(self, ask, times=3):
        for _ in range(times):
            known, unknown = self.someone()
            one, other = ask(known), ask(unknown)
            self.assertEqual(self.shape(one, known), self.shape(other, unknown))
        return one

    def post(self, path, **members):
        return self.server.call("POST", path, members)

    def form(self, path, **fields):
        return self.server.call(
            "POST", path, urllib.parse.urlencode(fields).encode(), headers=FORM | {"Origin": self.server.url})


class Enumeration(Alike):
    """Signing in."""

    def test_login(self):
        for suffix in ("", "@example.org"):
            answer = self.assert_alike(
                lambda name: self.post("/api/auth/login", username_or_email=name + suffix, password="a wrong password"))
            self.assertEqual(answer.status, 401)

    def test_login_page(self):
        answer = self.assert_alike(
            lambda name: self.form("/login", username_or_email=name, password="a wrong password"))
        self.assertEqual(answer.status, 401)

    def test_login_of_somebody_disabled(self):
        known, unknown = self.someone()
        self.server.cli("user", "disable", known)
        answers = [
            self.shape(self.post("/api/auth/login", username_or_email=name, password=PASSWORD), name)
            for name in (known, unknown)]
        self.assertEqual(*answers)

    def test_too_many_tries(self):
        self.server.cli("realm", "set", "default", "defence.sign_in_tries_per_hour=4")
        self.addCleanup(self.server.cli, "realm", "set", "default", "defence.sign_in_tries_per_hour=1000000")
        known, unknown = self.someone()
        for _ in range(4):
            answers = [
                self.post("/api/auth/login", username_or_email=name, password="a wrong password")
                for name in (known, unknown)]
            self.assertEqual(*(self.shape(answer, name) for answer, name in zip(answers, (known, unknown))))
        self.assertEqual(answers[0].status, 429)
        waits = [int(answer.headers["Retry-After"]) for answer in answers]
        self.assertLessEqual(abs(waits[0] - waits[1]), 2)


class EnumerationByLetters(Alike):
    """What sends letters, or would, and what takes the code that they carried."""

    def test_forgot_password(self):
        for suffix in ("", "@example.org"):
            answer = self.assert_alike(
                lambda name: self.post("/api/auth/forgot-password", username_or_email=name + suffix))
            self.assertEqual(answer.status, 202)

    def test_forgot_password_page(self):
        answer = self.assert_alike(lambda name: self.form("/forgot", username_or_email=name))
        self.assertEqual(answer.status, 303)

    def test_a_wrong_code_until_there_are_no_tries_left(self):
        known, unknown = self.someone()
        tickets = [
            self.post("/api/auth/forgot-password", username_or_email=name).json["ticket"] for name in (known, unknown)]
        for _ in range(7):
            one, other = (
                self.shape(
                    self.post(
                        "/api/auth/reset-password", ticket=ticket, code="00000000", password="another good password"),
                    ticket)
                for ticket in tickets)
            self.assertEqual(one, other)
            self.assertEqual(one[0], 400)

    def test_a_code_to_prove_an_address(self):
        known, _ = self.someone()
        token = self.server.login(known, PASSWORD).json["token"]
        ticket = self.server.call("POST", "/api/auth/verify-email/request", token=token).json["ticket"]
        one, other = (
            self.shape(self.post("/api/auth/verify-email", ticket=one, code="00000000"), one)
            for one in (ticket, "A" * len(ticket)))
        self.assertEqual(one, other)

    def test_register_where_addresses_are_confirmed(self):
        self.server.cli("realm", "create", "confirmed", "--set", "accounts.confirm_email=true")
        self.server.widen("confirmed")
        register = "/realms/confirmed/api/auth/register"

        def sign_up(address):
            # Of one length, and of nobody else.
            return self.post(
                register, username="n" + secrets.token_hex(6), email=f"{address}@example.org", password=PASSWORD)

        known, unknown = "k" + secrets.token_hex(6), "u" + secrets.token_hex(6)
        self.server.cli(
            "user", "add", known, f"{known}@example.org", "--realm", "confirmed", "--password-stdin",
            stdin=PASSWORD + "\n")
        answers = [sign_up(known), sign_up(unknown)]
        self.assertEqual(*(self.shape(answer, name) for answer, name in zip(answers, (known, unknown))))
        self.assertEqual(answers[0].status, 202)
        tickets = [answer.json["ticket"] for answer in answers]
        codes = [
            self.shape(self.post(register + "/confirm", ticket=ticket, code="00000000"), ticket) for ticket in tickets]
        self.assertEqual(*codes)
        again = [self.shape(self.post(register + "/resend", ticket=ticket), ticket) for ticket in tickets]
        self.assertEqual(*again)

    def test_somebody_invited_looks_like_nobody(self):
        admin = self.server.make_admin(name="a" + secrets.token_hex(4))
        invited, nobody = "i" + secrets.token_hex(6), "u" + secrets.token_hex(6)
        answer = self.server.call(
            "POST", "/api/admin/users", {"username": invited, "email": f"{invited}@example.org"}, token=admin)
        self.assertEqual(answer.status, 201, answer)
        self.server.call("POST", f"/api/admin/users/{answer.json['user']['id']}/invite", token=admin)
        for path, more in (("/api/auth/login", {"password": PASSWORD}), ("/api/auth/forgot-password", {})):
            one, other = (
                self.shape(self.post(path, username_or_email=name, **more), name) for name in (invited, nobody))
            self.assertEqual(one, other)


on_both_databases(globals(), Enumeration, EnumerationByLetters)

if __name__ == "__main__":
    unittest.main()
