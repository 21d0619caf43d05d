#!/usr/bin/env python3
"""Beginning, recovering, changing and ending an account in a real browser, with mail that a real server takes: by link
and by typed code, on a phone and a desktop, in both languages."""

import unittest
import urllib.parse

from chromium import PASSWORD, VIEWS, PageTest
from docs_page import CONTRAST
from sink import Sink

OTHER = "another good pass phrase"
WORDS = {
    "en": {
        "forgot": "Forgot your password?", "reset": "Reset your password", "check": "Check your mail",
        "choose": "Choose a new password", "set": "Your new password is set", "confirm": "Confirm your account",
        "wrong": "This code is not right", "over": "This link is not good any more", "account": "Your account",
        "unconfirmed": "not confirmed yet", "confirmed": "Your e-mail address is confirmed.", "changed": "has been changed",
        "undone": "uses its former address again", "again": "Another mail is on its way", "notyours": "not the password",
        "current": "not your current password", "deactivated": "You deactivated this account",
        "deleted": "will be deleted", "kept": "is not deleted", "data": "Your data", "button": "Confirm it now",
        "change_email": "Change e-mail address", "change_password": "Change password", "ask": "Ask for another mail",
    },
    "pt-BR": {
        "forgot": "Esqueceu a senha?", "reset": "Redefinir a senha", "check": "Confira seu e-mail",
        "choose": "Escolha uma nova senha", "set": "Sua nova senha está definida", "confirm": "Confirme sua conta",
        "wrong": "Este código não está certo", "over": "Este link não vale mais", "account": "Sua conta",
        "unconfirmed": "ainda não confirmado", "confirmed": "Seu endereço de e-mail está confirmado.",
        "changed": "trocad", "undone": "voltou a usar o endereço anterior", "again": "Outro e-mail está a caminho",
        "notyours": "não é a senha", "current": "não é a sua senha atual", "deactivated": "Você desativou esta conta",
        "deleted": "será excluída", "kept": "não será excluída", "data": "Seus dados", "button": "Confirmar agora",
        "change_email": "Trocar o endereço de e-mail", "change_password": "Trocar a senha", "ask": "Pedir outro e-mail",
    },
}


class AccountPages(PageTest):
    realm = {"accounts": {"confirm_email": True}, "defence": {"mails_per_hour": 1000}}

    @classmethod
    def prepare(cls):
        cls.sink = Sink("plain").start()
        cls.addClassCleanup(cls.sink.remove)
        cls.server.environment |= cls.sink.environment
        super().prepare()

    def each(self, prefix, journey):
        """The journey of somebody new, in each shape and language."""
        for shape, language in VIEWS:
            with self.subTest(shape=shape, language=language):
                self.browser.execute_cdp_cmd("Network.clearBrowserCookies", {})
                self.shape(shape)
                self.speak(language)
                journey(f"{prefix}-{shape}-{language.lower()}", WORDS[language], f"{prefix}-{shape}-{language}")

    def add(self, name):
        self.server.cli("user", "add", name, f"{name}@example.org", stdin=PASSWORD + "\n")

    def enter(self, name, password=PASSWORD):
        self.open("/login")
        self.sign_in(name, password)
        self.at(f"{self.id}/account")

    def see(self, title, picture):
        """A page of that title, on which nothing is too wide, too pale, too small or without a name."""
        self.picture(picture)
        self.assertEqual([heading.text for heading in self.all("h1")], [title])
        # Without the bar at the side, where the page is longer than the window.
        self.assertEqual(*self.browser.execute_script(
            "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"), title)
        for ratio, *what in self.browser.execute_script(CONTRAST):
            self.assertGreaterEqual(ratio, 4.5, (title, what))
        nameless = self.browser.execute_script(
            "return [...document.querySelectorAll('button, a, input:not([type=hidden])')].filter((one) => !("
            "one.textContent.trim() || one.labels?.length)).map((one) => one.outerHTML)")
        self.assertEqual(nameless, [], title)

    def submit(self):
        self.one("main form button.main").click()

    def follow(self, letter):
        """A letter's link, opened more than once, as programs that look at mail do."""
        for method in ("HEAD", "GET", "GET"):
            target = letter.link().removeprefix(self.id)
            self.assertEqual(self.api(method, target).status, 200)
        self.browser.get(letter.link())

    def test_a_forgotten_password_is_replaced_by_link(self):
        self.each("link", self.by_link)

    def by_link(self, name, words, picture):
        self.add(name)
        self.open("/login")
        self.one("a[href^='/forgot']").click()
        self.at(f"{self.id}/forgot")
        self.see(words["reset"], f"{picture}-1-forgot")
        self.submit()
        self.until(".problem")
        self.see(words["reset"], f"{picture}-2-empty")
        self.fill("username_or_email", name)
        self.submit()
        self.at(f"{self.id}/check-mail")
        self.see(words["check"], f"{picture}-3-check-mail")
        letter = self.sink.wait_for(f"{name}@example.org")
        self.follow(letter)
        self.see(words["choose"], f"{picture}-4-reset")
        self.assertNotIn(letter.token(), self.text())
        self.fill("password", "short")
        self.submit()
        self.until(".problem")
        self.assertEqual(self.browser.switch_to.active_element.get_attribute("name"), "password")
        self.see(words["choose"], f"{picture}-5-short")
        self.fill("password", OTHER)
        self.submit()
        self.at(f"{self.id}/login")
        self.assertIn(words["set"], self.text("[role=status]"))
        self.picture(f"{picture}-6-set")
        self.sign_in(name, OTHER)
        self.at(f"{self.id}/account")
        # Once only, whoever has the letter.
        self.browser.get(letter.link())
        self.fill("password", PASSWORD)
        self.submit()
        self.until("a.main")
        self.see(words["over"], f"{picture}-7-over")

    def test_a_forgotten_password_is_replaced_by_code(self):
        self.each("code", self.by_code)

    def by_code(self, name, words, picture):
        self.add(name)
        self.open("/forgot")
        self.fill("username_or_email", f"{name}@example.org")
        self.submit()
        self.at(f"{self.id}/check-mail")
        code = self.sink.code(f"{name}@example.org")
        self.fill("code", "00000000" if code != "00000000" else "00000001")
        self.fill("password", OTHER)
        self.submit()
        self.until(".problem")
        self.assertIn(words["wrong"], self.text())
        self.see(words["check"], f"{picture}-1-wrong")
        self.fill("code", f"{code[:4]} {code[4:]}")
        self.fill("password", OTHER)
        self.submit()
        self.at(f"{self.id}/login")
        self.assertIn(words["set"], self.text("[role=status]"))
        self.sign_in(name, OTHER)
        self.at(f"{self.id}/account")

    def test_nobody_sees_who_has_an_account(self):
        self.add("known")
        pages = set()
        for name in ("known", "known@example.org", "nobody", "nobody@example.org"):
            self.open("/forgot")
            self.fill("username_or_email", name)
            self.submit()
            self.at(f"{self.id}/check-mail")
            ticket = urllib.parse.parse_qs(urllib.parse.urlsplit(self.browser.current_url).query)["ticket"][0]
            pages.add(self.browser.page_source.replace(ticket, "ticket"))
        self.assertEqual(len(pages), 1)

    def test_a_sign_up_is_confirmed(self):
        self.each("up", self.sign_up)

    def sign_up(self, name, words, picture):
        for kind in ("code", "link"):
            person = f"{name}-{kind}"
            self.browser.execute_cdp_cmd("Network.clearBrowserCookies", {})
            self.open("/register?return_to=/account")
            self.fill("username", person)
            self.fill("email", f"{person}@example.org")
            self.fill("password", PASSWORD)
            self.submit()
            self.at(f"{self.id}/check-mail")
            self.see(words["check"], f"{picture}-1-check-mail")
            letter = self.sink.wait_for(f"{person}@example.org")
            if kind == "code":
                self.press(words["ask"])
                self.until("[role=status]")
                self.assertIn(words["again"], self.text("[role=status]"))
                self.see(words["check"], f"{picture}-2-again")
                letter = self.sink.wait_for(f"{person}@example.org")
                self.fill("code", letter.code())
                self.submit()
            else:
                self.follow(letter)
                self.see(words["confirm"], f"{picture}-3-confirm")
                self.fill("password", OTHER)
                self.submit()
                self.until(".problem")
                self.assertIn(words["notyours"], self.text(".field .problem"))
                self.see(words["confirm"], f"{picture}-4-wrong")
                self.fill("password", PASSWORD)
                self.submit()
            self.at(f"{self.id}/account")
            self.see(words["account"], f"{picture}-5-account")
            self.assertIn(f"{person}@example.org", self.text())
            self.assertNotIn(words["unconfirmed"], self.text())

    def test_an_address_is_confirmed_and_changed_and_taken_back(self):
        self.each("mail", self.addresses)

    def addresses(self, name, words, picture):
        self.add(name)
        self.enter(name)
        self.assertIn(words["unconfirmed"], self.text(".facts"))
        self.see(words["account"], f"{picture}-1-account")
        self.press(words["button"])
        self.at(f"{self.id}/check-mail")
        self.fill("code", self.sink.code(f"{name}@example.org"))
        self.submit()
        self.at(f"{self.id}/account")
        self.assertEqual(self.text("[role=status]"), words["confirmed"])
        self.one("a[href^='/account/email']").click()
        self.at(f"{self.id}/account/email")
        self.see(words["change_email"], f"{picture}-2-email")
        self.fill("email", f"new-{name}@example.org")
        self.fill("current", "not the password")
        self.submit()
        self.until(".problem")
        self.assertIn(words["current"], self.text(".field .problem"))
        self.see(words["change_email"], f"{picture}-3-wrong")
        self.fill("current", PASSWORD)
        self.submit()
        self.at(f"{self.id}/check-mail")
        self.see(words["check"], f"{picture}-4-check-mail")
        self.follow(self.sink.wait_for(f"new-{name}@example.org"))
        self.picture(f"{picture}-5-change")
        before = {cookie["name"]: cookie["value"] for cookie in self.browser.get_cookies()}
        self.submit()
        self.at(f"{self.id}/account")
        self.assertIn(words["changed"], self.text("[role=status]"))
        self.assertIn(f"new-{name}@example.org", self.text(".facts"))
        self.picture(f"{picture}-6-changed")
        after = {cookie["name"]: cookie["value"] for cookie in self.browser.get_cookies()}
        self.assertNotEqual(before["__Host-default_refresh"], after["__Host-default_refresh"])
        letter = self.sink.wait_for(f"{name}@example.org")
        self.follow(letter)
        self.picture(f"{picture}-7-undo")
        self.submit()
        self.at(f"{self.id}/check-mail")
        self.assertIn(words["undone"], self.text("[role=status]"))
        self.see(words["check"], f"{picture}-8-undone")
        self.fill("code", self.sink.code(f"{name}@example.org"))
        self.fill("password", OTHER)
        self.submit()
        self.at(f"{self.id}/login")
        self.sign_in(f"{name}@example.org", OTHER)
        self.at(f"{self.id}/account")

    def test_a_password_is_changed_and_an_account_laid_down_taken_up_and_ended(self):
        self.each("end", self.endings)

    def endings(self, name, words, picture):
        self.add(name)
        self.enter(name)
        self.one("a[href^='/account/password']").click()
        self.at(f"{self.id}/account/password")
        self.see(words["change_password"], f"{picture}-1-password")
        self.assertTrue(self.one("input[name=end_others]").is_selected())
        self.fill("current", PASSWORD)
        self.fill("password", OTHER)
        self.submit()
        self.at(f"{self.id}/account")
        self.assertIn(words["changed"], self.text("[role=status]"))
        self.one("a[href^='/account/data']").click()
        self.at(f"{self.id}/account/data")
        self.see(words["data"], f"{picture}-2-data")
        self.one("a[href^='/account/deactivate']").click()
        self.at(f"{self.id}/account/deactivate")
        self.picture(f"{picture}-3-deactivate")
        self.fill("current", OTHER)
        self.submit()
        self.at(f"{self.id}/login")
        self.sign_in(name, OTHER)
        self.until("[role=alert]")
        self.assertIn(words["deactivated"], self.text("[role=alert]"))
        self.picture(f"{picture}-4-deactivated")
        self.fill("password", OTHER)
        self.submit()
        self.at(f"{self.id}/account")
        self.open("/account/delete")
        self.picture(f"{picture}-5-delete")
        self.fill("current", OTHER)
        self.submit()
        self.at(f"{self.id}/login")
        self.assertIn(words["deleted"], self.text("[role=status]"))
        while "/undelete?" not in (letter := self.sink.wait_for(f"{name}@example.org")).text:
            pass
        self.browser.get(next(word for word in letter.text.split() if "/undelete?" in word))
        self.picture(f"{picture}-6-keep")
        self.submit()
        self.at(f"{self.id}/login")
        self.assertIn(words["kept"], self.text("[role=status]"))
        self.sign_in(name, OTHER)
        self.at(f"{self.id}/account")

    def test_no_token_is_told_to_anybody(self):
        """What a page loads and where its form goes are sent an origin alone, also where another page's form leads in."""
        self.add("refa")
        self.open("/forgot")
        self.fill("username_or_email", "refa")
        self.submit()
        letter = self.sink.wait_for("refa@example.org")
        self.browser.get(letter.link())
        # Nothing of this page's address in what follows from it.
        self.one("footer a").click()
        self.until("html[lang=pt-BR]")
        self.assertEqual(self.browser.execute_script("return document.referrer"), f"{self.id}/")
        self.fill("password", OTHER)
        self.submit()
        self.at(f"{self.id}/login")
        log = self.server.printed() + "".join(
            path.read_text(errors="replace") for path in self.server.data.glob("*.jsonl"))
        self.assertNotIn(letter.token(), log)


if __name__ == "__main__":
    unittest.main()
