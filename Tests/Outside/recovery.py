#!/usr/bin/env python3
"""The life of an account over HTTP with real mail, in both languages: what each letter carries is what counts."""

import unittest

from harness import ServerTest, on_both_databases
from sink import Sink

PASSWORD = "a first good pass phrase"
OTHER = "another good pass phrase"
THIRD = "yet one more pass phrase"

# Part of each letter's subject, to tell them from one another.
LANGUAGES = {"en": "en", "pt": "pt-BR,pt;q=0.9"}


class LifeTest(ServerTest):
    settings = ()

    @classmethod
    def prepare(cls):
        cls.sink = Sink("plain").start()
        cls.addClassCleanup(cls.sink.remove)
        cls.server.environment |= cls.sink.environment
        super().prepare()
        cls.server.widen()
        if cls.settings:
            cls.server.cli("realm", "set", "default", *cls.settings)
        cls.admin = cls.server.make_admin()

    def each(self, journey):
        for word, accepted in LANGUAGES.items():
            with self.subTest(language=word):
                journey(f"{journey.__name__.replace('_', '')}{word}", {"Accept-Language": accepted})

    def post(self, path, body=None, token=None, expect=200, **options):
        answer = self.server.call("POST", f"/api/auth/{path}", {} if body is None else body, token=token, **options)
        self.assertEqual(answer.status, expect, answer)
        return answer

    def read(self, name, headers, address=None):
        """The next letter, which must be in the person's language."""
        letter = self.sink.wait_for(address or f"{name}@example.org")
        is_portuguese = any(word in letter.text for word in ("você", "Você", "Olá", "sua conta", "e-mail"))
        self.assertEqual(is_portuguese, headers["Accept-Language"].startswith("pt"), letter.text)
        return letter

    def enters(self, name, password, status=200):
        answer = self.server.login(name, password)
        self.assertEqual(answer.status, status, answer)
        return answer.json

    def follow(self, letter):
        """As programs that look at mail do: nothing may come of it."""
        path = "/" + letter.link().split("/", 3)[3]
        for method in ("HEAD", "GET"):
            self.assertLess(self.server.call(method, path).status, 500)


class Recovering(LifeTest):
    def begin(self, name, headers):
        answer = self.server.register(name, PASSWORD, headers=headers)
        self.assertEqual(answer.status, 201, answer)
        return answer.json["token"]

    def test_a_forgotten_password_is_replaced(self):
        self.each(self.forgot)

    def forgot(self, name, headers):
        token = self.begin(name, headers)
        unknown = self.post("forgot-password", {"username_or_email": "nobody@example.org"}, expect=202)
        known = self.post("forgot-password", {"username_or_email": name}, expect=202)
        self.assertEqual(len(known.raw), len(unknown.raw))
        letter = self.read(name, headers)
        self.follow(letter)
        self.post("reset-password", {"token": letter.token(), "password": "short"}, expect=400)
        self.post("reset-password", {"token": letter.token(), "password": OTHER})
        self.read(name, headers)
        self.assertEqual(self.server.call("GET", "/api/auth/me", token=token).status, 401)
        self.enters(name, PASSWORD, 401)
        self.enters(name, OTHER)
        again = self.post("reset-password", {"token": letter.token(), "password": THIRD}, expect=400)
        self.assertEqual(again.json["code"], "invalid_proof")
        ticket = self.post("forgot-password", {"username_or_email": f"{name}@example.org"}, expect=202).json["ticket"]
        code = self.read(name, headers).code()
        self.post("reset-password", {"ticket": unknown.json["ticket"], "code": code, "password": THIRD}, expect=400)
        self.post("reset-password", {"ticket": ticket, "code": code, "password": THIRD})
        self.read(name, headers)
        self.enters(name, THIRD)

    def test_a_password_is_changed(self):
        self.each(self.change)

    def change(self, name, headers):
        token = self.begin(name, headers)
        elsewhere = self.enters(name, PASSWORD)["token"]
        wrong = self.post("change-password", {"current_password": "not that one", "password": OTHER}, token, expect=403)
        self.assertEqual(wrong.json["code"], "wrong_password")
        new = self.post("change-password", {"current_password": PASSWORD, "password": OTHER}, token).json["token"]
        self.read(name, headers)
        for old, status in ((token, 401), (elsewhere, 401), (new, 200)):
            self.assertEqual(self.server.call("GET", "/api/auth/me", token=old).status, status)

    def test_an_address_is_proven_changed_and_given_back(self):
        self.each(self.address)

    def address(self, name, headers):
        token = self.begin(name, headers)
        self.post("verify-email/request", token=token, expect=202)
        self.post("verify-email", {"token": self.read(name, headers).token()})
        self.post("verify-email/request", token=token, expect=409)
        other = f"{name}@example.net"
        self.post("change-email", {"email": other, "current_password": PASSWORD}, token, expect=202)
        letter = self.read(name, headers, other)
        self.follow(letter)
        self.post("change-email/confirm", {"token": letter.token()})
        self.assertEqual(self.server.call("GET", "/api/auth/me", token=token).status, 401)
        told = self.read(name, headers)
        self.assertNotIn(other, told.text)
        self.enters(other, PASSWORD)
        taken = self.server.call("POST", "/api/auth/register", {
            "username": f"{name}2", "email": f"{name}@example.org", "password": PASSWORD})
        self.assertEqual(taken.status, 409, taken)
        self.follow(told)
        ticket = self.post("change-email/undo", {"token": told.token()}, expect=202).json["ticket"]
        self.enters(name, PASSWORD, 401)
        self.post("reset-password", {"ticket": ticket, "code": self.read(name, headers).code(), "password": OTHER})
        self.assertEqual(self.enters(f"{name}@example.org", OTHER)["user"]["email"], f"{name}@example.org")

    def test_an_account_is_laid_down_and_taken_up(self):
        self.each(self.end)

    def end(self, name, headers):
        token = self.begin(name, headers)
        self.post("deactivate", {}, token, expect=400)
        self.post("deactivate", {"confirm": True, "current_password": PASSWORD}, token)
        self.read(name, headers)
        self.assertEqual(self.enters(name, PASSWORD, 403)["code"], "account_deactivated")
        self.assertEqual(self.enters(name, "not the password", 401)["code"], "invalid_credentials")
        token = self.post("reactivate", {"username_or_email": name, "password": PASSWORD}).json["token"]
        self.read(name, headers)
        self.post("delete-account", {"confirm": True, "current_password": PASSWORD}, token)
        letter = self.read(name, headers)
        self.enters(name, PASSWORD, 403)
        self.follow(letter)
        self.post("delete-account/undo", {"token": letter.token()})
        self.read(name, headers)
        self.enters(name, PASSWORD)

    def test_administrators_have_letters_sent_and_see_nothing_of_them(self):
        self.each(self.administer)

    def administer(self, name, headers):
        language = "pt-BR" if headers["Accept-Language"].startswith("pt") else "en"
        made = self.server.call("POST", "/api/admin/users", {
            "username": name, "email": f"{name}@example.org", "language": language, "invite": True}, token=self.admin)
        self.assertEqual(made.status, 201, made)
        user = made.json["user"]["id"]
        self.enters(name, PASSWORD, 401)
        letter = self.read(name, headers)
        self.assertNotIn(letter.token().encode(), made.raw)
        self.post("reset-password", {"token": letter.token(), "password": PASSWORD})
        self.read(name, headers)
        token = self.enters(name, PASSWORD)["token"]
        sent = self.server.call("POST", f"/api/admin/users/{user}/reset", token=self.admin)
        self.assertEqual(sent.status, 202, sent)
        self.assertNotIn(self.read(name, headers).token().encode(), sent.raw)
        banned = self.server.call(
            "POST", f"/api/admin/users/{user}/ban", {"until": "2099-01-01T00:00:00.000Z"}, token=self.admin)
        self.assertEqual(banned.status, 200, banned)
        self.read(name, headers)
        self.assertEqual(self.server.call("GET", "/api/auth/me", token=token).status, 401)
        self.assertEqual(self.enters(name, PASSWORD, 403)["code"], "account_banned")
        self.enters(name, "not the password", 401)
        self.server.cli("user", "unban", name)
        self.enters(name, PASSWORD)
        self.server.cli("user", "delete", name)
        self.enters(name, PASSWORD, 401)


class Confirming(LifeTest):
    settings = ("accounts.confirm_email=true",)

    def test_an_account_begins_with_its_letter(self):
        self.each(self.confirm)

    def confirm(self, name, headers):
        pending = self.server.register(name, PASSWORD, headers=headers)
        self.assertEqual(pending.status, 202, pending)
        self.enters(name, PASSWORD, 401)
        first = self.read(name, headers)
        self.follow(first)
        self.post("register/resend", {"ticket": pending.json["ticket"]}, expect=202)
        letter = self.read(name, headers)
        self.post("register/confirm", {"token": first.token(), "password": PASSWORD}, expect=400)
        planted = self.post("register/confirm", {"token": letter.token()}, expect=403)
        self.assertEqual(planted.json["code"], "wrong_password")
        self.post("register/confirm", {"token": letter.token(), "password": "the victim's own"}, expect=403)
        made = self.post("register/confirm", {"ticket": pending.json["ticket"], "code": letter.code()}, expect=201)
        self.assertEqual(made.json["user"]["username"], name)
        self.enters(name, PASSWORD)
        known = self.server.call("POST", "/api/auth/register", {
            "username": f"{name}x", "email": f"{name}@example.org", "password": PASSWORD}, headers=headers)
        unknown = self.server.call("POST", "/api/auth/register", {
            "username": f"{name}y", "email": f"{name}@example.net", "password": PASSWORD}, headers=headers)
        self.assertEqual((known.status, len(known.raw)), (unknown.status, len(unknown.raw)))
        self.assertEqual(sorted(known.headers.keys()), sorted(unknown.headers.keys()))
        self.assertIsNone(self.read(name, headers).code())
        self.assertIsNotNone(self.read(name, headers, f"{name}@example.net").code())


on_both_databases(globals(), Recovering, Confirming)
del LifeTest

if __name__ == "__main__":
    unittest.main()
