"""A real browser, without JavaScript unless a test wants it, over TLS, in front of a server of its own: for tests of the hosted pages."""

import itertools
import json
import os
import pathlib
import urllib.parse

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from harness import ServerTest, free_port
from tls import Authority

# Where to leave pictures of what was seen; nowhere without it.
PICTURES = os.environ.get("ALDRAVA_TEST_PICTURES")
SHAPES = {"phone": (360, 740), "desktop": (1280, 900)}
PASSWORD = "a long enough secret"
# On a phone and on a desktop, in one language each, or in both where ALDRAVA_TEST_PAGES=all.
VIEWS = list(itertools.product(SHAPES, ("en", "pt-BR"))) if os.environ.get("ALDRAVA_TEST_PAGES") == "all" else [
    ("phone", "pt-BR"), ("desktop", "en")]


def chromium(folder, *arguments, script=True, insecure=False):
    """A browser without a window, whose own files are in that folder."""
    options = webdriver.ChromeOptions()
    # The sandbox needs rights that a container does not give; the pages come from the program under test.
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                     f"--user-data-dir={folder}/browser", *arguments):
        options.add_argument(argument)
    if not script:
        options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
    options.binary_location = "/usr/bin/chromium"
    options.accept_insecure_certs = insecure
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))


class PageTest(ServerTest):
    """Tests in one browser, with the realm `default` of one server and an application on a host of its own."""

    backend = "sqlite"
    # More members of the realm's document.
    realm = {}
    # Whether the browser runs scripts.
    script = False

    @classmethod
    def prepare(cls):
        cls.authority = Authority()
        cls.addClassCleanup(cls.authority.remove)
        certificate, key = cls.authority.issue("id.localhost", "wiki.localhost")
        port = free_port()
        cls.id, cls.wiki = f"https://id.localhost:{port}", f"https://wiki.localhost:{port}"
        cls.server.environment |= {
            "ALDRAVA_TLS_LISTEN": f"127.0.0.1:{port}",
            "ALDRAVA_TLS_CERTIFICATES": f"{certificate}:{key}",
            "ALDRAVA_PUBLIC_URL": cls.id,
            "ALDRAVA_TRUSTED_PROXIES": "127.0.0.1",
        }
        super().prepare()
        realm = cls.realm | {"realm": "default", "applications": [{"name": "wiki", "origin": cls.wiki}]}
        file = cls.server.folder / "default.json"
        file.write_text(json.dumps(realm))
        cls.server.cli("apply", str(file))
        cls.browser = chromium(cls.server.folder, "--ignore-certificate-errors", script=cls.script)
        cls.addClassCleanup(cls.browser.quit)
        cls.agent = cls.browser.execute_cdp_cmd("Browser.getVersion", {})["userAgent"]

    def setUp(self):
        self.browser.execute_cdp_cmd("Network.clearBrowserCookies", {})
        self.shape("desktop")
        self.theme("light")
        self.speak("en")
        self.browser.get_log("browser")

    def tearDown(self):
        # What a page's policy stops is written there; an answer that is a refusal is, too, and so is advice, such as that a
        # form with a password should name whose it is, which a page does not know that a letter led to.
        told = [entry for entry in self.browser.get_log("browser")
                if "the server responded with a status" not in entry["message"] and entry["source"] != "recommendation"]
        self.assertEqual(told, [])

    def shape(self, name):
        width, height = SHAPES[name]
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})

    def theme(self, name):
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": name}]})

    def speak(self, language):
        self.browser.execute_cdp_cmd("Emulation.setUserAgentOverride", {
            "userAgent": self.agent, "acceptLanguage": language})

    def open(self, path):
        self.browser.get(f"{self.id}{path}")

    def at(self, path):
        """Waits until the address, without its query, is that one."""
        WebDriverWait(self.browser, 15, 0.05).until(
            lambda browser: urllib.parse.urlsplit(browser.current_url)._replace(query="").geturl() == path,
            f"{self.browser.current_url} is not {path}")

    def until(self, selector):
        """Waits for the page that has such an element."""
        WebDriverWait(self.browser, 15, 0.05).until(lambda _: self.all(selector), f"no {selector}")

    def all(self, selector):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector="main"):
        return self.one(selector).text

    def press(self, words):
        """The button of that name."""
        next(button for button in self.all("button") if button.text == words).click()

    def keys(self, *keys):
        self.browser.switch_to.active_element.send_keys(*keys)

    def fill(self, name, text):
        field = self.one(f"input[name={name}]")
        field.clear()
        field.send_keys(text)

    def sign_in(self, name, password=PASSWORD):
        self.fill("username_or_email", name)
        self.fill("password", password)
        self.one("button.main").click()

    def picture(self, name):
        if PICTURES:
            folder = pathlib.Path(PICTURES)
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{name}.png").write_bytes(self.browser.get_screenshot_as_png())

    def api(self, method, path, body=None, **options):
        headers = {"Host": self.id.removeprefix("https://")} | options.pop("headers", {})
        return self.server.call(method, path, body, headers=headers, **options)

    def register(self, name):
        answer = self.api("POST", "/api/auth/register", {
            "username": name, "email": f"{name}@example.org", "password": PASSWORD})
        self.assertEqual(answer.status, 201, answer)
