#!/usr/bin/env python3
"""The page /docs in a real browser: nothing is blocked, everything is reached by keyboard, and calls are made."""

import json
import time
import unittest

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from chromium import chromium
from harness import ServerTest

# Runs before the page's own script, in every document.
WATCH = """
window.troubles = [];
addEventListener("securitypolicyviolation", (event) => troubles.push(`blocked ${event.violatedDirective} ${event.blockedURI}`));
addEventListener("error", (event) => troubles.push(`error ${event.message}`), true);
addEventListener("unhandledrejection", (event) => troubles.push(`rejected ${event.reason}`));
"""
# The text elements that are seen, with their contrast (WCAG 2.2 §1.4.3), worst first.
CONTRAST = """
const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
const rgba = (colour) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
  return [...canvas.getImageData(0, 0, 1, 1).data]; };
const ground = (element) => { for (let one = element; one; one = one.parentElement) {
  const found = rgba(getComputedStyle(one).backgroundColor); if (found[3] > 200) return found; }
  return rgba(getComputedStyle(document.documentElement).colorScheme.includes("dark") ? "black" : "white"); };
const part = (value) => { value /= 255; return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4; };
const light = ([red, green, blue]) => 0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue);
return [...document.querySelectorAll("body *")].filter((element) => element.checkVisibility({ visibilityProperty: true })
  && [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim())
  && !element.closest(".hidden, .skip")).map((element) => {
  const [one, other] = [light(rgba(getComputedStyle(element).color)), light(ground(element))];
  return [(Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05), element.tagName, element.className, element.textContent.slice(0, 40)];
}).sort((one, other) => one[0] - other[0]).slice(0, 3);
"""
PAGES = ("", "#postAuthRegister", "#getAuditLogs", "#getAuthMe")


class DocsPage(ServerTest):
    backend = "sqlite"

    @classmethod
    def prepare(cls):
        super().prepare()
        # Every operation is gone to, quicker than any hand would, which is otherwise held up.
        cls.browser = chromium(cls.server.folder, "--disable-ipc-flooding-protection")
        cls.addClassCleanup(cls.browser.quit)
        cls.browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})

    def setUp(self):
        self.shape(1280, 900)
        self.theme("light")
        self.open()
        self.browser.execute_script("localStorage.clear()")

    def tearDown(self):
        self.assertEqual(self.browser.execute_script("return window.troubles"), [])
        self.assertEqual([entry for entry in self.browser.get_log("browser") if "401" not in entry["message"]], [])

    def shape(self, width, height):
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})

    def theme(self, name):
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": name}]})

    def open(self, fragment=""):
        self.browser.get("about:blank")
        self.browser.get(f"{self.server.url}/docs{fragment}")
        self.until(lambda: self.all("#list a"))

    def until(self, condition, limit=15):
        return WebDriverWait(self.browser, limit, 0.05).until(lambda _: condition())

    def all(self, selector):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector):
        """At this very moment: an element that was found can be replaced before it is read."""
        return self.browser.execute_script("return document.querySelector(arguments[0])?.textContent ?? ''", selector)

    def listed(self):
        """The operations in the list that can be seen."""
        return self.browser.execute_script("""
            return [...document.querySelectorAll('#list a')].filter((link) => link.checkVisibility())
                .map((link) => link.getAttribute('href').split('#')[1])""")

    def keys(self, *keys):
        actions = webdriver.ActionChains(self.browser)
        for key in keys:
            actions.send_keys(key)
        actions.perform()

    def focused(self):
        return self.browser.switch_to.active_element

    def send(self):
        """Sends the form that is shown; returns the status that the page shows."""
        for old in self.all(".status"):
            self.browser.execute_script("arguments[0].remove()", old)
        self.browser.execute_script("arguments[0].requestSubmit()", self.one("form.try"))
        self.until(lambda: self.all(".result figure, .result .failed, .result div .note"))
        return self.text(".result .status .code")

    def fill(self, selector, text):
        self.browser.execute_script(
            "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input', {bubbles: true}))",
            self.one(selector), text)

    def test_every_operation_is_listed_and_none_is_invented(self):
        document = self.server.call("GET", "/openapi.json").json
        expected = {"#" + operation["operationId"] for item in document["paths"].values() for operation in item.values()}
        self.assertEqual({f"#{name}" for name in self.listed()}, expected)
        wrong = self.browser.execute_async_script("""
            const [fragments, done] = arguments;
            const shows = (name) => document.querySelector(".crumb")?.textContent.endsWith(" / " + name)
                && document.querySelector("main.operation .answer");
            (async () => {
                const wrong = [];
                for (const fragment of fragments) {
                    location.hash = fragment;
                    const end = performance.now() + 5000;
                    while (!shows(fragment.slice(1)) && performance.now() < end) await new Promise((go) => setTimeout(go));
                    if (!shows(fragment.slice(1))) wrong.push(fragment);
                }
                done(wrong);
            })();""", sorted(expected))
        self.assertEqual(wrong, [])

    def test_the_policy_allows_nothing_from_elsewhere(self):
        answer = self.server.call("GET", "/docs")
        policy = answer.headers["Content-Security-Policy"]
        self.assertTrue(policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';"), policy)
        self.assertNotIn("unsafe", policy)
        page = answer.raw.decode()
        self.assertNotRegex(page, r"\sstyle=|\son\w+=|<script>|javascript:")
        script = self.server.call("GET", "/docs/app.js").raw.decode()
        self.assertNotRegex(script, r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|https?://")
        total = sum(len(self.server.call("GET", path).raw) for path in ("/docs", "/docs/app.js", "/docs/style.css"))
        self.assertLess(total, 60_000)
        blocked = self.browser.execute_async_script(
            "const done = arguments[0]; const script = document.createElement('script'); script.src = 'https://example.org/x.js';"
            "addEventListener('securitypolicyviolation', (event) => { troubles.length = 0; done(event.violatedDirective); }, {once: true});"
            "document.head.append(script)")
        self.assertEqual(blocked, "script-src-elem")
        self.browser.get_log("browser")
        self.browser.execute_script("troubles.length = 0")

    def test_a_slash_begins_a_search_that_filters_and_arrows_choose(self):
        self.keys("/")
        self.assertEqual(self.focused().get_attribute("id"), "search")
        self.keys("audit newest")
        self.assertEqual(self.listed(), ["getAuditLogs", "getSystemAuditLogs"])
        self.assertRegex(self.text("#count"), r"^2 of \d+ operations$")
        self.keys(Keys.ARROW_DOWN)
        self.assertTrue(self.focused().get_attribute("href").endswith("#getAuditLogs"))
        self.keys(Keys.ENTER)
        self.until(lambda: self.text("main h1").endswith("/api/audit/logs"))
        self.assertEqual(self.focused().tag_name, "h1")
        self.keys("/", Keys.ESCAPE)
        self.assertEqual(self.one("#search").get_attribute("value"), "")
        self.keys("zzyzx")
        self.until(lambda: not self.listed())

    def test_an_error_code_is_found(self):
        self.keys("/", "already_registered")
        found = self.listed()
        self.assertIn("postAuthRegister", found)
        self.assertNotIn("getAuthMe", found)

    def test_one_who_registers_on_the_page_calls_as_that_person(self):
        self.open("#postAuthRegister")
        body = {"username": "dora", "email": "dora@example.org", "password": "a long enough secret"}
        self.fill("form.try textarea", json.dumps(body))
        self.assertTrue(self.send().startswith("201"))
        token = self.browser.execute_script(
            "return JSON.parse(document.querySelector('.result pre[aria-label=Answer]').textContent).token")
        self.one(".use").click()
        self.assertEqual(self.text("#session-label"), "dora")
        self.browser.execute_script("location.hash = '#getAuthMe'")
        self.until(lambda: self.text("main h1").endswith("/api/auth/me"))
        self.assertTrue(self.send().startswith("200"))
        self.assertIn('"username": "dora"', self.text(".result pre[aria-label=Answer]"))
        self.assertIn("ms", self.text(".status"))
        kept = self.browser.execute_script(
            "return JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage), document.cookie])")
        self.assertNotIn(token, kept)
        # The examples are to be passed on: they name the token and do not hold it.
        for tab in self.all("[role=tab]"):
            tab.click()
            self.assertIn("token", self.text(".snippet pre").lower())
            self.assertNotIn(token, self.text(".snippet pre"))

    def test_who_signs_in_stays_so_when_the_access_token_ends(self):
        self.server.register("elsa", "a long enough secret")
        self.open("#getAuthMe")
        self.one("#session").click()
        self.keys("elsa", Keys.TAB, "a long enough secret", Keys.ENTER)
        self.until(lambda: self.text("#session-label") == "elsa")
        self.assertTrue(self.send().startswith("200"))
        # The server's first answer is put off as if the token had ended; what follows is real.
        self.browser.execute_script(
            "const real = fetch; window.asked = []; window.fetch = (url, options) => { asked.push(String(url));"
            "return asked.length > 1 ? real(url, options) : Promise.resolve(new Response('{}', {status: 401})); }")
        self.assertTrue(self.send().startswith("200"))
        self.assertEqual([url.split("/")[-1] for url in self.browser.execute_script("return asked")], ["me", "refresh", "me"])
        self.one(".who").click()
        self.assertIn("renewed by itself", self.text("#dialog-state"))
        self.one("#forget").click()
        self.fill("#token", "nonsense")
        self.browser.execute_script("document.getElementById('paste').requestSubmit()")
        self.assertTrue(self.send().startswith("401"))

    def test_the_page_is_used_without_a_mouse(self):
        self.open("#postAuthLogin")
        self.keys(Keys.TAB)
        self.assertEqual(self.focused().get_attribute("id"), "skip")
        self.assertTrue(self.focused().is_displayed())
        self.keys(Keys.ENTER)
        self.assertEqual(self.focused().get_attribute("id"), "main")
        seen = []
        for _ in range(12):
            self.keys(Keys.TAB)
            element = self.focused()
            outline = self.browser.execute_script(
                "const s = getComputedStyle(arguments[0]); return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2", element)
            self.assertTrue(outline, element.get_attribute("outerHTML")[:80])
            seen.append(element.get_attribute("role") or element.tag_name)
        self.assertIn("tab", seen)
        self.assertIn("textarea", seen)
        self.assertIn("summary", seen)
        tab = self.one("[role=tab][aria-selected=true]")
        self.browser.execute_script("arguments[0].focus()", tab)
        self.keys(Keys.ARROW_RIGHT)
        self.assertEqual(self.focused().text, "JavaScript")
        self.assertIn("await fetch", self.text(".snippet pre"))

    def test_everything_has_a_name_for_those_who_listen(self):
        for fragment in PAGES:
            self.open(fragment)
            nameless = self.browser.execute_script(
                "return [...document.querySelectorAll('button, a, input, textarea, summary')].filter((one) => !("
                "one.getAttribute('aria-label') || one.textContent.trim() || one.labels?.length)).map((one) => one.outerHTML.slice(0, 90))")
            self.assertEqual(nameless, [])
            self.assertEqual(len(self.all("main")), 1)
            self.assertEqual(len(self.all("h1")), 1)
            self.assertTrue(self.one("nav").get_attribute("aria-label"))

    def test_nothing_is_wider_than_a_phone(self):
        for theme in ("light", "dark"):
            self.theme(theme)
            self.shape(360, 780)
            for fragment in PAGES:
                self.open(fragment)
                for summary in self.all("main details:not([open]) > summary"):
                    self.browser.execute_script("arguments[0].parentElement.open = true", summary)
                wide = self.browser.execute_script(
                    "return [...document.querySelectorAll('body *')].filter((one) => one.getBoundingClientRect().right > 361 "
                    "&& !one.closest('pre') && one.checkVisibility({visibilityProperty: true})).map((one) => one.outerHTML.slice(0, 90))")
                self.assertEqual(wide, [], fragment)
                self.assertEqual(self.browser.execute_script("return [document.documentElement.scrollWidth, innerWidth]"), [360, 360])
            self.one("#menu").click()
            self.assertTrue(self.one("#search").is_displayed())
            box = self.one("#search").rect
            self.assertGreaterEqual(box["y"], 56)
            self.one("#list a[href='#getHealth']").click()
            self.until(lambda: self.text("main h1").endswith("/health"))
            self.assertFalse(self.one("#search").is_displayed())
            small = self.browser.execute_script(
                "return [...document.querySelectorAll('button, #list a')].filter((one) => one.checkVisibility() && "
                "one.getBoundingClientRect().height < 24).map((one) => one.outerHTML.slice(0, 80))")
            self.assertEqual(small, [])

    def test_every_text_has_enough_contrast_in_both_themes(self):
        for theme in ("light", "dark"):
            self.theme(theme)
            for fragment in PAGES:
                self.open(fragment)
                for ratio, *what in self.browser.execute_script(CONTRAST):
                    self.assertGreaterEqual(ratio, 4.5, (theme, fragment, what))

    def test_the_theme_is_the_systems_until_it_is_chosen(self):
        ground = lambda: self.browser.execute_script("return getComputedStyle(document.body).backgroundColor")
        light = ground()
        self.theme("dark")
        dark = ground()
        self.assertNotEqual(light, dark)
        self.one("#theme").click()
        self.assertEqual(ground(), light)
        self.open()
        self.assertEqual(ground(), light)


if __name__ == "__main__":
    unittest.main()
