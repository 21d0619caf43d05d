#!/usr/bin/env python3
"""The hosted pages in a real browser without JavaScript, over TLS: on a phone and a desktop, in both languages, by
keyboard, in light and dark; and a session that is handed over to an application's host."""

import unittest
import urllib.parse

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from chromium import PASSWORD, SHAPES, VIEWS, PageTest
from docs_page import CONTRAST

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
WORDS = {
    "en": {
        "title": "Sign in", "refused": "do not go together", "account": "Your account", "end": "End",
        "ended": "has been ended", "out": "You have signed out.", "register": "Create an account",
        "phone": "Safari on iPhone", "this": "This browser",
    },
    "pt-BR": {
        "title": "Entrar", "refused": "não combinam", "account": "Sua conta", "end": "Encerrar",
        "ended": "foi encerrada", "out": "Você saiu da sua conta.", "register": "Criar uma conta",
        "phone": "Safari no iPhone", "this": "Este navegador",
    },
}


class HostedPages(PageTest):
    def test_somebody_signs_in_ends_another_session_and_signs_out(self):
        for shape, language in VIEWS:
            with self.subTest(shape=shape, language=language):
                name = f"ana-{shape}-{language.lower()}"
                self.register(name)
                self.browser.execute_cdp_cmd("Network.clearBrowserCookies", {})
                self.shape(shape)
                self.speak(language)
                self.journey(name, WORDS[language], f"{shape}-{language}")

    def journey(self, name, words, picture):
        self.open("/account")
        self.at(f"{self.id}/login")
        self.assertEqual(self.text("h1"), words["title"])
        self.picture(f"{picture}-1-login")
        self.sign_in(name, "another one altogether")
        self.until("[role=alert]")
        self.assertIn(words["refused"], self.text("[role=alert]"))
        self.assertEqual(self.one("input[name=username_or_email]").get_attribute("value"), name)
        self.assertEqual(self.one("input[name=password]").get_attribute("value"), "")
        self.picture(f"{picture}-2-refused")
        answer = self.api("POST", "/api/auth/login", {"username_or_email": name, "password": PASSWORD},
                          headers={"User-Agent": PHONE})
        other = answer.json["token"]
        self.sign_in(name)
        self.at(f"{self.id}/account")
        self.assertEqual(self.text("h1"), words["account"])
        self.assertIn(f"{name}@example.org", self.text())
        self.assertIn(words["phone"], self.text(".sessions"))
        self.assertEqual([mark.text for mark in self.all(".this")], [words["this"]])
        self.picture(f"{picture}-3-account")
        self.assertEqual(self.api("GET", "/api/auth/me", token=other).status, 200)
        entry = next(item for item in self.all(".sessions li") if words["phone"] in item.text)
        button = entry.find_element(By.CSS_SELECTOR, "button")
        self.assertEqual(button.get_attribute("aria-label"), f"{words['end']}: {words['phone']}")
        button.click()
        self.until("[role=status]")
        self.assertIn(words["ended"], self.text("[role=status]"))
        self.assertNotIn(words["phone"], self.text(".sessions"))
        self.assertEqual(self.api("GET", "/api/auth/me", token=other).status, 401)
        self.picture(f"{picture}-4-ended")
        self.one(".top button").click()
        self.at(f"{self.id}/login")
        self.assertEqual(self.text("[role=status]"), words["out"])
        self.picture(f"{picture}-5-out")
        # What stays says that the device is known, and signs nobody in.
        left = {cookie["name"] for cookie in self.browser.get_cookies()}
        self.assertLessEqual(left, {"__Host-default_device"})
        self.open("/account")
        self.at(f"{self.id}/login")

    def test_an_account_is_made_and_what_is_wrong_stands_beside_its_field(self):
        for shape in SHAPES:
            self.shape(shape)
            self.open("/login?lang=pt-BR")
            self.one(".beside a[href^='/register']").click()
            self.at(f"{self.id}/register")
            self.assertEqual(self.text("h1"), WORDS["pt-BR"]["register"])
            self.fill("username", "com@arroba")
            self.fill("email", "nada")
            self.fill("password", "curta")
            self.one("button.main").click()
            self.until(".problem")
            for field in ("username", "email", "password"):
                element = self.one(f"input[name={field}]")
                self.assertEqual(element.get_attribute("aria-invalid"), "true")
                described = element.get_attribute("aria-describedby").split()
                self.assertIn(f"{field}-problem", described)
                for place in described:
                    self.assertTrue(self.text(f"#{place}"))
            self.picture(f"{shape}-register-refused")
            self.fill("username", f"bia-{shape}")
            self.fill("email", f"bia-{shape}@example.org")
            self.fill("password", PASSWORD)
            self.one("button.main").click()
            self.at(f"{self.id}/account")
            self.assertIn(f"bia-{shape}@example.org", self.text())
            self.assertEqual(self.one("html").get_attribute("lang"), "pt-BR")
            self.one(".top button").click()
            self.at(f"{self.id}/login")

    def test_the_language_can_be_chosen_and_is_kept(self):
        self.register("caio")
        self.open("/login?return_to=/account")
        self.one("footer a").click()
        WebDriverWait(self.browser, 15, 0.05).until(lambda _: self.text("h1") == "Entrar")
        self.sign_in("caio", "wrong")
        self.until("[role=alert]")
        self.assertIn("não combinam", self.text("[role=alert]"))
        self.sign_in("caio")
        self.at(f"{self.id}/account")

    def test_everything_is_reached_and_seen_by_keyboard(self):
        self.register("davi")
        self.open("/login")
        self.assertEqual(self.browser.switch_to.active_element.get_attribute("name"), "username_or_email")
        self.keys("davi", Keys.TAB)
        self.keys(PASSWORD, Keys.ENTER)
        self.at(f"{self.id}/account")
        seen = []
        for _ in range(10):
            self.one("body").send_keys(Keys.TAB) if not seen else self.keys(Keys.TAB)
            element = self.browser.switch_to.active_element
            outline = self.browser.execute_script(
                "const s = getComputedStyle(arguments[0]); return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2", element)
            self.assertTrue(outline, element.get_attribute("outerHTML"))
            seen.append(element.get_attribute("class") or element.tag_name)
        self.assertEqual(seen[0], "skip")
        self.assertIn("danger", seen)

    def every_page(self, visit):
        """All that can be seen, in both shapes and themes."""
        self.register("eva") if not hasattr(type(self), "eva") else None
        type(self).eva = True
        for shape in SHAPES:
            for theme in ("light", "dark"):
                self.browser.execute_cdp_cmd("Network.clearBrowserCookies", {})
                self.shape(shape)
                self.theme(theme)
                def see(name):
                    self.picture(f"all-{shape}-{theme}-{name}")
                    visit(f"{shape} {theme} {name}")
                self.open("/login?application=wiki&return_to=/")
                see("login")
                self.sign_in("eva", "wrong")
                self.until("[role=alert]")
                see("refused")
                self.open("/register")
                self.one("button.main").click()
                self.until(".problem")
                see("register")
                self.browser.get(f"{self.wiki}/.aldrava/callback?code=none")
                see("callback")
                self.open("/login")
                for _ in range(2):
                    self.api("POST", "/api/auth/login", {"username_or_email": "eva", "password": PASSWORD},
                             headers={"User-Agent": PHONE})
                self.sign_in("eva")
                self.at(f"{self.id}/account")
                see("account")
                self.press("End all others")
                self.until("[role=status]")
                see("ended")

    def test_every_text_has_enough_contrast_and_nothing_is_wider_than_the_window(self):
        def visit(name):
            for ratio, *what in self.browser.execute_script(CONTRAST):
                self.assertGreaterEqual(ratio, 4.5, (name, what))
            # Without the bar at the side, where the page is longer than the window.
            self.assertEqual(*self.browser.execute_script(
                "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"), name)
            nameless = self.browser.execute_script(
                "return [...document.querySelectorAll('button, a, input:not([type=hidden])')].filter((one) => !("
                "one.getAttribute('aria-label') || one.textContent.trim() || one.labels?.length)).map((one) => one.outerHTML)")
            self.assertEqual(nameless, [], name)
            small = self.browser.execute_script(
                "return [...document.querySelectorAll('button, input:not([type=hidden]), footer a')].filter((one) => "
                "one.getBoundingClientRect().height < 24).map((one) => one.outerHTML)")
            self.assertEqual(small, [], name)
            self.assertEqual([len(self.all("h1")), len(self.all("main"))], [1, 1], name)
        self.every_page(visit)

    def test_a_session_is_handed_over_to_an_application_and_ends_with_it(self):
        self.register("fabio")
        start = f"{self.wiki}/.aldrava/start?return_to=/health"
        self.browser.get(start)
        self.at(f"{self.id}/login")
        self.assertIn("wiki.localhost", self.text(".lead"))
        self.sign_in("fabio")
        self.at(f"{self.wiki}/health")
        cookies = {cookie["name"]: cookie for cookie in self.browser.get_cookies()}
        self.assertEqual(list(cookies), ["__Host-default_access"])
        cookie = cookies["__Host-default_access"]
        self.assertTrue(cookie["httpOnly"] and cookie["secure"] and cookie["domain"] == "wiki.localhost")
        # What the application's proxy asks with that cookie, and without it.
        host = self.wiki.removeprefix("https://")
        fields = {"X-Forwarded-Method": "GET", "X-Forwarded-Proto": "https", "X-Forwarded-Host": host,
                  "X-Forwarded-Uri": "/health", "X-Forwarded-For": "192.0.2.7", "Sec-Fetch-Mode": "navigate"}
        known = self.api("GET", "/api/auth/verify", headers=fields | {"Cookie": f"{cookie['name']}={cookie['value']}"})
        self.assertEqual((known.status, known.headers["X-Auth-Username"]), (200, "fabio"))
        # Who has none is sent to sign in, which here needs no question.
        sent = self.api("GET", "/api/auth/verify?redirect=1", headers=fields)
        self.assertEqual(sent.status, 302)
        self.browser.delete_all_cookies()
        self.browser.get(sent.headers["Location"])
        self.at(f"{self.wiki}/health")
        self.assertEqual([cookie["name"] for cookie in self.browser.get_cookies()], ["__Host-default_access"])
        # Silently again, once the application's cookie has run out.
        self.browser.delete_all_cookies()
        self.browser.get(start)
        self.at(f"{self.wiki}/health")
        self.open("/account")
        self.assertIn("Also signed in to wiki", self.text(".sessions"))
        self.assertEqual(len(self.all(".sessions li")), 2)
        self.picture("handover-account")
        self.open("/login?return_to=" + urllib.parse.quote(f"{self.wiki}/health", safe=""))
        self.at(f"{self.wiki}/health")
        # A code in another browser is good for nothing.
        self.browser.delete_all_cookies()
        self.browser.get(f"{self.wiki}/.aldrava/callback?code={'A' * 43}")
        self.assertIn("wiki.localhost", self.text("h1"))
        self.open("/account")
        self.press("Sign out")
        self.at(f"{self.id}/login")
        self.browser.get(start)
        self.at(f"{self.id}/login")

    def test_a_sign_in_that_begins_with_the_applications_address_arrives_there(self):
        self.register("gabi")
        self.open("/login?return_to=" + urllib.parse.quote(f"{self.wiki}/health", safe=""))
        self.sign_in("gabi")
        self.at(f"{self.wiki}/health")

    def test_a_stranger_is_not_a_place_to_return_to(self):
        self.register("hugo")
        self.open("/login?return_to=" + urllib.parse.quote("https://evil.example/", safe=""))
        self.assertNotIn("evil", self.text())
        self.sign_in("hugo")
        self.at(f"{self.id}/account")

    def test_another_sites_form_signs_nobody_in(self):
        self.register("iris")
        form = f"""<form method=post action="{self.id}/login"><input name=username_or_email value=iris>
            <input name=password value="{PASSWORD}"><button>Go</button></form>"""
        self.browser.get("data:text/html," + urllib.parse.quote(form))
        self.one("button").click()
        self.at(f"{self.id}/login")
        self.assertEqual(self.text("h1"), "This was not accepted")
        self.open("/account")
        self.at(f"{self.id}/login")


if __name__ == "__main__":
    unittest.main()
