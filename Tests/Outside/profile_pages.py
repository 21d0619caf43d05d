#!/usr/bin/env python3
"""A person's own attributes, and a sign-up that asks for some and for a proof of work, in a real browser: with and without
script, on a phone and a desktop, in both languages."""

import time
import unittest

from selenium.webdriver.support.ui import Select

import account_pages
from chromium import PASSWORD, PageTest

OWN = {"read": ["owner", "admin"], "write": ["owner", "admin"]}
WORDS = {
    "en": {
        "profile": "Your profile", "account": "Your account", "saved": "Your profile has been saved.",
        "create": "Create an account", "digits": "The check digits of this CPF do not match.",
        "script": "It takes JavaScript", "required": "attributes.nome_completo",
    },
    "pt-BR": {
        "profile": "Seu perfil", "account": "Sua conta", "saved": "Seu perfil foi salvo.", "create": "Criar uma conta",
        "digits": "Os dígitos verificadores deste CPF não conferem.", "script": "Ela precisa de JavaScript",
        "required": "attributes.nome_completo",
    },
}
CPFS = ("529.982.247-25", "111.444.777-35", "390.533.447-05", "935.411.347-80", "123.456.789-09", "987.654.321-00")


class Pages(PageTest):
    each = account_pages.AccountPages.each
    see = account_pages.AccountPages.see
    submit = account_pages.AccountPages.submit

    def field(self, attribute):
        return self.one(f"[name='attributes.{attribute}']")

    def type(self, attribute, text):
        field = self.field(attribute)
        field.clear()
        field.send_keys(text)

    def walk(self, prefix, journey):
        def begin(name, _, picture):
            language = "pt-BR" if picture.endswith("pt-BR") else "en"
            journey(name, WORDS[language], picture)
        self.each(prefix, begin)


class ProfilePages(Pages):
    realm = {"profile": {"attributes": [
        {"name": "nome_completo", "type": "text", "required": "always", "minimum": 3, "maximum": 120} | OWN,
        {"name": "cpf", "type": "cpf", "required": "sign_up", "unique": True, "masked": True} | OWN,
        {"name": "nascimento", "type": "date"} | OWN,
        {"name": "telefone", "type": "phone", "country": "BR"} | OWN,
        {"name": "area", "type": "enum", "choices": ["civil", "penal", "trabalhista"]} | OWN,
        {"name": "andar", "type": "integer", "minimum": 1, "maximum": 30} | OWN,
        {"name": "remoto", "type": "boolean"} | OWN,
        {"name": "oab", "type": "oab_number"},
        {"name": "uf_oab", "type": "uf"},
    ]}}

    def test_a_person_signs_up_with_attributes_and_changes_them(self):
        self.numbers = iter(CPFS)
        self.walk("prof", self.profile)

    def profile(self, name, words, picture):
        number = next(self.numbers)
        self.open("/register")
        self.see(words["create"], f"{picture}-1-register")
        self.fill("username", name)
        self.fill("email", f"{name}@example.org")
        self.fill("password", PASSWORD)
        self.type("cpf", number[:-1] + str((int(number[-1]) + 1) % 10))
        self.submit()
        self.until(".problem")
        self.assertIn(words["digits"], self.text())
        self.assertEqual(self.browser.switch_to.active_element.get_attribute("name"), words["required"])
        self.see(words["create"], f"{picture}-2-wrong")
        self.type("nome_completo", "Maria da Silva")
        self.type("cpf", number)
        self.fill("password", PASSWORD)
        self.submit()
        self.at(f"{self.id}/account")
        self.see(words["account"], f"{picture}-3-account")
        self.one("a[href^='/account/profile']").click()
        self.at(f"{self.id}/account/profile")
        self.see(words["profile"], f"{picture}-4-profile")
        self.assertEqual(self.field("nome_completo").get_attribute("value"), "Maria da Silva")
        self.assertEqual(self.field("cpf").get_attribute("value"), number)
        self.assertEqual(self.all("[name='attributes.oab']"), [])
        self.type("telefone", "12")
        self.type("andar", "99")
        self.submit()
        self.until(".problem")
        self.assertEqual(len(self.all(".field .problem")), 2)
        self.see(words["profile"], f"{picture}-5-wrong")
        self.type("telefone", "(11) 98765-4321")
        self.type("andar", "7")
        Select(self.field("area")).select_by_value("penal")
        Select(self.field("remoto")).select_by_value("true")
        self.submit()
        self.at(f"{self.id}/account")
        self.assertEqual(self.text("[role=status]"), words["saved"])
        self.open("/account/profile")
        self.assertEqual(self.field("telefone").get_attribute("value"), "+5511987654321")
        self.assertEqual(Select(self.field("remoto")).first_selected_option.get_attribute("value"), "true")
        self.see(words["profile"], f"{picture}-6-saved")
        self.theme("dark")
        time.sleep(1)  # the colours have changed by then
        self.see(words["profile"], f"{picture}-7-dark")
        self.theme("light")


class WorkPages(Pages):
    realm = {"defence": {"proof_of_work": 16, "sign_ups_per_hour": 1000}}
    script = True

    def test_a_browser_works_before_it_makes_an_account(self):
        self.walk("work", self.work)

    def work(self, name, words, picture):
        self.open("/login")
        self.one("a[href^='/register']").click()
        self.at(f"{self.id}/register")
        self.see(words["create"], f"{picture}-1-register")
        self.fill("username", name)
        self.fill("email", "nowhere")
        self.fill("password", PASSWORD)
        self.submit()
        self.until(".problem")
        # What was found went with the refusal; the next page has another.
        self.fill("email", f"{name}@example.org")
        self.fill("password", PASSWORD)
        self.submit()
        self.at(f"{self.id}/account")
        self.see(words["account"], f"{picture}-2-account")

    def test_without_script_the_page_says_what_is_missing(self):
        self.walk("bare", self.bare)

    def bare(self, name, words, picture):
        self.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
        try:
            self.open("/register")
            self.assertIn(words["script"], self.text("noscript"))
            self.picture(f"{picture}-1-register")
            self.fill("username", name)
            self.fill("email", f"{name}@example.org")
            self.fill("password", PASSWORD)
            self.submit()
            self.until("[role=alert]#problem")
            self.assertIn(words["script"], self.text("#problem"))
            self.picture(f"{picture}-2-refused")
        finally:
            self.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})

    def test_what_cannot_be_fetched_is_told_and_tried_again(self):
        self.browser.execute_cdp_cmd("Network.enable", {})
        self.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/api/auth/challenge"]})
        try:
            self.open("/register")
            self.fill("username", "blocked")
            self.fill("email", "blocked@example.org")
            self.fill("password", PASSWORD)
            self.submit()
            self.until(".working:not(:empty)")
            self.browser.implicitly_wait(0)
            self.assertIn("could not be fetched", self.text(".working"))
        finally:
            self.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
        self.browser.get_log("browser")
        self.submit()
        self.at(f"{self.id}/account")


if __name__ == "__main__":
    unittest.main()
