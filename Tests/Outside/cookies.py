#!/usr/bin/env python3
"""Browsers on the real binary over real TLS: cookies, refresh, theft, devices, other sites' pages, and two realms."""

import http.cookiejar
import json
import re
import ssl
import subprocess
import unittest
import urllib.error
import urllib.request

from harness import Answer, ServerTest, free_port, on_both_databases
from tls import Authority

PASSWORD = "correct horse battery staple"
ACCESS, REFRESH = "__Host-default_access", "__Host-default_refresh"
#: Opens nothing, and stays when everything else is taken back: by it a device is known again.
DEVICE = "__Host-default_device"


class Browser:
    """Keeps cookies as Python's cookie jar does, and says which page asks as browsers do."""

    def __init__(self, url, context, name):
        self.url, self.name = url, name
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context),
            urllib.request.HTTPCookieProcessor(self.jar))
        self.opener.addheaders = []

    def call(self, method, path, body=None, origin="own", headers=None):
        fields = {"User-Agent": self.name} | (headers or {})
        if origin:
            fields["Origin"] = self.url if origin == "own" else origin
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            fields["Content-Type"] = "application/json"
        request = urllib.request.Request(self.url + path, data=data, headers=fields, method=method)
        try:
            with self.opener.open(request, timeout=30) as response:
                return Answer(response.status, response.headers, response.read())
        except urllib.error.HTTPError as refused:
            with refused:
                return Answer(refused.code, refused.headers, refused.read())

    def login(self, name, path="/api/auth/login"):
        return self.call("POST", path, {"username_or_email": name, "password": PASSWORD, "transport": "cookie"})

    def me(self, path="/api/auth/me"):
        return self.call("GET", path, origin=None)

    def refresh(self, **options):
        return self.call("POST", "/api/auth/refresh", **options)

    @property
    def cookies(self):
        return {cookie.name: cookie.value for cookie in self.jar}

    def put(self, name, value):
        """Exactly this value, as a thief would who has copied it."""
        for cookie in self.jar:
            if cookie.name == name:
                cookie.value = value


class CookieJourney(ServerTest):
    @classmethod
    def prepare(cls):
        cls.authority = Authority()
        cls.addClassCleanup(cls.authority.remove)
        certificate, key = cls.authority.issue("localhost")
        cls.tls_port = free_port()
        cls.url = f"https://localhost:{cls.tls_port}"
        cls.server.environment |= {
            "ALDRAVA_TLS_LISTEN": f"127.0.0.1:{cls.tls_port}", "ALDRAVA_TLS_CERTIFICATES": f"{certificate}:{key}",
            "ALDRAVA_PUBLIC_URL": cls.url,
        }
        cls.context = ssl.create_default_context(cafile=cls.authority.root)
        cls.server.start()

    def browser(self, name="Firefox/133.0"):
        return Browser(self.url, self.context, name)

    def newcomer(self, name):
        browser = self.browser()
        answer = browser.call("POST", "/api/auth/register", {
            "username": name, "email": f"{name}@example.org", "password": PASSWORD, "transport": "cookie"})
        self.assertEqual(answer.status, 201, answer)
        return browser

    def assert_code(self, answer, status, code):
        self.assertEqual((answer.status, answer.json["code"]), (status, code), answer)

    def assert_out(self, browser):
        self.assert_code(browser.me(), 401, "authentication_required")

    def assert_cleared(self, answer):
        removed = answer.headers.get_all("Set-Cookie")
        self.assertEqual(
            removed, [f"{ACCESS}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax",
                      f"{REFRESH}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax"])

    def test_the_cookies_are_what_they_should_be_and_hold_no_token_in_the_body(self):
        browser = self.browser()
        body = {"username": "ana", "email": "ana@example.org", "password": PASSWORD, "transport": "cookie"}
        answer = browser.call("POST", "/api/auth/register", body)
        self.assertEqual(answer.status, 201, answer)
        self.assertEqual(set(answer.json), {"message", "user", "expires_at"})
        access, refresh, device = answer.headers.get_all("Set-Cookie")
        self.assertRegex(device, rf"^{DEVICE}=\S+; Path=/; Max-Age=\d+; Secure; HttpOnly; SameSite=Lax$")
        self.assertRegex(
            access, rf"^{ACCESS}=[A-Za-z0-9_-]{{90}}; Path=/; Max-Age=(900|899); Secure; HttpOnly; SameSite=Lax$")
        self.assertRegex(
            refresh,
            rf"^{REFRESH}=[A-Za-z0-9_-]{{58}}; Path=/; Max-Age=604800; Secure; HttpOnly; SameSite=Lax$")
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        self.assertEqual(browser.me().json["username"], "ana")
        proven = browser.call("GET", "/api/auth/session").json
        self.assertEqual((proven["authenticated"], proven["source"], proven["realm"]), (True, "session", "default"))
        self.assertEqual(proven["userId"], answer.json["user"]["id"])
        self.assertIsInstance(proven["usuarioId"], int)
        # What stands in the cookies is in no log and no database.
        for value in browser.cookies.values():
            self.assertNotIn(value.encode(), self.server.database_dump())
            self.assertNotIn(value, json.dumps(self.server.audit()))

    def test_refreshing_changes_both_and_a_spent_one_ends_the_family(self):
        browser = self.newcomer("bruno")
        seen = [browser.cookies]
        for _ in range(3):
            answer = browser.refresh()
            self.assertEqual((answer.status, set(answer.json)), (200, {"message", "user", "expires_at"}), answer)
            seen.append(browser.cookies)
            self.assertEqual(browser.me().status, 200)
        self.assertEqual(len({cookies[ACCESS] for cookies in seen}), 4)
        self.assertEqual(len({cookies[REFRESH] for cookies in seen}), 4)
        thief = self.browser("curl/8")
        thief.login("bruno")
        thief.put(REFRESH, seen[0][REFRESH])
        stolen = thief.refresh()
        self.assert_code(stolen, 401, "session_ended")
        self.assert_cleared(stolen)
        self.assertEqual(set(thief.cookies), {DEVICE})
        self.assert_out(browser)
        ended = browser.refresh()
        self.assert_code(ended, 401, "session_ended")
        self.assert_cleared(ended)
        self.assertEqual(set(browser.cookies), {DEVICE})
        lines = self.server.audit_settled(lambda lines: any(line["did"] == "refresh_token_reuse" for line in lines))
        self.assertTrue(any(line["did"] == "refresh_token_reuse" and line["who"] == "bruno" for line in lines))

    def test_devices_are_listed_and_ended_one_by_one_the_others_and_all(self):
        laptop = self.newcomer("carla")
        phone, tablet = self.browser("Phone/1"), self.browser("Tablet/1")
        for browser in (phone, tablet):
            self.assertEqual(browser.login("carla").status, 200)
        listed = laptop.call("GET", "/api/auth/sessions").json
        self.assertIsNone(listed["next"])
        devices = {one["device"]: one for one in listed["sessions"]}
        self.assertEqual(set(devices), {"Firefox/133.0", "Phone/1", "Tablet/1"})
        self.assertEqual([one["current"] for one in listed["sessions"]], [True, False, False])
        for one in listed["sessions"]:
            self.assertEqual((one["ip"], one["client"]), ("127.0.0.1", "native"))
        ended = laptop.call("DELETE", f"/api/auth/sessions/{devices['Phone/1']['id']}")
        self.assertEqual((ended.status, ended.json["ended"]), (200, 1), ended)
        self.assertIsNone(ended.headers["Set-Cookie"])
        self.assert_out(phone)
        self.assertEqual(tablet.me().status, 200)
        stranger = self.newcomer("carlos")
        foreign = stranger.call("DELETE", f"/api/auth/sessions/{devices['Tablet/1']['id']}")
        unknown = stranger.call("DELETE", "/api/auth/sessions/01936f3e-8a2b-7c4d-9e5f-1a2b3c4d5e6f")
        self.assertEqual((foreign.status, foreign.raw), (404, unknown.raw))
        others = laptop.call("DELETE", "/api/auth/sessions")
        self.assertEqual((others.status, others.json["ended"]), (200, 1), others)
        self.assert_out(tablet)
        self.assertEqual(phone.login("carla").status, 200)
        everywhere = laptop.call("POST", "/api/auth/logout-all")
        self.assertEqual((everywhere.status, everywhere.json["ended"]), (200, 2), everywhere)
        self.assert_cleared(everywhere)
        self.assertEqual(set(laptop.cookies), {DEVICE})
        self.assert_out(phone)

    def test_signing_out_needs_the_refresh_cookie_only(self):
        browser = self.newcomer("dora")
        copy = self.browser()
        copy.login("dora")
        copy.put(REFRESH, browser.cookies[REFRESH])
        copy.put(ACCESS, "x" * 90)
        out = copy.call("POST", "/api/auth/logout")
        self.assertEqual(out.status, 200, out)
        self.assert_cleared(out)
        self.assert_out(browser)

    def test_other_sites_pages_change_nothing_and_hear_why(self):
        browser = self.newcomer("elsa")
        cases = {
            None: "the request has neither an Origin nor a Sec-Fetch-Site header",
            "https://evil.example": "the Origin https://evil.example is not allowed here",
            "null": "the Origin is null",
        }
        for origin, reason in cases.items():
            for method, path in (("POST", "/api/auth/logout"), ("POST", "/api/auth/refresh"),
                                 ("DELETE", "/api/auth/sessions"), ("POST", "/api/auth/logout-all")):
                with self.subTest(f"{origin} {path}"):
                    answer = browser.call(method, path, origin=origin)
                    self.assert_code(answer, 403, "same_origin_required")
                    self.assertIn(reason, answer.json["error"])
                    self.assertIsNone(answer.headers["Set-Cookie"])
        login = self.browser().call("POST", "/api/auth/login", {
            "username_or_email": "elsa", "password": PASSWORD, "transport": "cookie"}, origin="https://evil.example")
        self.assert_code(login, 403, "same_origin_required")
        self.assertEqual(browser.me().status, 200)
        fetched = browser.call("POST", "/api/auth/refresh", origin=None, headers={"Sec-Fetch-Site": "same-origin"})
        self.assertEqual(fetched.status, 200, fetched)

    def test_a_second_cookie_of_the_name_proves_nothing(self):
        browser, planter = self.newcomer("fabio"), self.newcomer("greta")
        mine, planted = browser.cookies, planter.cookies
        bare = self.browser()

        def send(method, path, *pairs):
            return bare.call(method, path, headers={"Cookie": "; ".join(pairs)})

        for first, second in ((mine, planted), (planted, mine)):
            answer = send("GET", "/api/auth/me", f"{ACCESS}={first[ACCESS]}", f"{ACCESS}={second[ACCESS]}")
            self.assert_code(answer, 401, "authentication_required")
            answer = send("POST", "/api/auth/refresh", f"{REFRESH}={first[REFRESH]}", f"{REFRESH}={second[REFRESH]}")
            self.assert_code(answer, 400, "ambiguous_credentials")
            # Else only the planted one would be left.
            self.assertIsNone(answer.headers["Set-Cookie"])
        self.assertEqual(send("GET", "/api/auth/me", f"{ACCESS}={mine[ACCESS]}").json["username"], "fabio")
        self.assertEqual(browser.refresh().status, 200)

    def test_no_token_comes_out_beside_the_refresh_cookie(self):
        browser = self.newcomer("hugo")
        credentials = {"username_or_email": "hugo", "password": PASSWORD}
        for body in (credentials, credentials | {"transport": "token"}):
            answer = browser.call("POST", "/api/auth/login", body)
            self.assert_code(answer, 400, "transport_not_allowed")
        both = browser.refresh(body={"refresh_token": browser.cookies[REFRESH]})
        self.assert_code(both, 400, "ambiguous_credentials")
        self.assertEqual(browser.refresh().status, 200)
        program = self.browser().call("POST", "/api/auth/login", credentials, origin=None)
        self.assertEqual((program.status, program.headers["Set-Cookie"]), (200, None))
        self.assertIn("token", program.json)

    def test_two_realms_live_in_one_browser(self):
        browser = self.newcomer("ines")
        self.server.cli(
            "user", "add", "ines", "ines@example.org", "--realm", "system", stdin=PASSWORD + "\n")
        answer = browser.login("ines", "/api/system/auth/login")
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(set(browser.cookies), {
            ACCESS, REFRESH, DEVICE, "__Host-system_access", "__Host-system_refresh", "__Host-system_device"})
        ours, theirs = browser.me().json, browser.me("/api/system/auth/me").json
        self.assertNotEqual(ours["id"], theirs["id"])
        self.assertEqual(browser.call("GET", "/api/system/auth/session").json["realm"], "system")
        out = browser.call("POST", "/api/system/auth/logout")
        self.assertEqual(out.status, 200, out)
        self.assertEqual(set(browser.cookies), {ACCESS, REFRESH, DEVICE, "__Host-system_device"})
        self.assertEqual(browser.me().status, 200)
        self.assertEqual(browser.me("/api/system/auth/me").status, 401)

    def test_a_buyer_and_a_producer_of_one_name_are_two_people(self):
        self.server.cli("realm", "create", "shop")
        buyer = self.newcomer("joao")
        answer = buyer.call("POST", "/realms/shop/api/auth/register", {
            "username": "joao", "email": "joao@example.org", "password": PASSWORD, "transport": "cookie"})
        self.assertEqual(answer.status, 201, answer)
        self.assertEqual(set(buyer.cookies), {
            ACCESS, REFRESH, DEVICE, "__Host-shop_access", "__Host-shop_refresh", "__Host-shop_device"})
        here, there = buyer.me().json, buyer.me("/realms/shop/api/auth/me").json
        self.assertNotEqual(here["id"], there["id"])
        # Under the other realm's name a cookie's value proves nothing, and neither does the session's id.
        bare = self.browser()
        moved = f"__Host-shop_access={buyer.cookies[ACCESS]}; __Host-shop_refresh={buyer.cookies[REFRESH]}"
        refused = bare.call("GET", "/realms/shop/api/auth/me", headers={"Cookie": moved})
        self.assert_code(refused, 401, "authentication_required")
        refused = bare.call("POST", "/realms/shop/api/auth/refresh", headers={"Cookie": moved})
        self.assert_code(refused, 401, "session_ended")
        session = buyer.call("GET", "/api/auth/session").json["session"]
        foreign = buyer.call("DELETE", f"/realms/shop/api/auth/sessions/{session}")
        self.assert_code(foreign, 404, "not_found")
        self.assertEqual(buyer.call("POST", "/realms/shop/api/auth/logout-all").status, 200)
        self.assertEqual(set(buyer.cookies), {ACCESS, REFRESH, DEVICE, "__Host-shop_device"})
        self.assertEqual(buyer.me().status, 200)

    def test_a_realm_ends_the_longest_unused_session_where_it_allows_few(self):
        self.server.cli("realm", "create", "few", "--set", "session_limit=2", "--set", "transports=cookie")
        path = "/realms/few/api/auth"
        first = self.browser("First/1")
        body = {"username": "rui", "email": "rui@example.org", "password": PASSWORD}
        self.assertEqual(first.call("POST", f"{path}/register", body).status, 201)
        second, third = self.browser("Second/1"), self.browser("Third/1")
        for browser in (second, third):
            self.assertEqual(browser.login("rui", f"{path}/login").status, 200)
        self.assertEqual(first.me(f"{path}/me").status, 401)
        self.assertEqual([one.me(f"{path}/me").status for one in (second, third)], [200, 200])
        token = self.browser().call("POST", f"{path}/login", {
            "username_or_email": "rui", "password": PASSWORD, "transport": "token"})
        self.assert_code(token, 400, "transport_not_allowed")

    def test_curl_keeps_and_sends_them(self):
        jar = self.server.folder / "jar.txt"

        def curl(*arguments):
            done = subprocess.run(
                ["curl", "--silent", "--show-error", "--cacert", str(self.authority.root), "--cookie", str(jar),
                 "--cookie-jar", str(jar), "--write-out", "\n%{http_code}", "--header", f"Origin: {self.url}",
                 *arguments], capture_output=True, text=True, timeout=60, check=True)
            body, status = done.stdout.rsplit("\n", 1)
            return int(status), json.loads(body)

        self.newcomer("joana")
        status, _ = curl(
            f"{self.url}/api/auth/login", "--json",
            json.dumps({"username_or_email": "joana", "password": PASSWORD, "transport": "cookie"}))
        self.assertEqual(status, 200)
        self.assertEqual(len(re.findall(r"^#HttpOnly_localhost\tFALSE\t/\tTRUE\t\d+\t__Host-", jar.read_text(), re.M)), 3)
        self.assertEqual(curl(f"{self.url}/api/auth/me")[1]["username"], "joana")
        self.assertEqual(curl("--request", "POST", f"{self.url}/api/auth/refresh")[0], 200)
        self.assertEqual(curl("--request", "POST", f"{self.url}/api/auth/logout")[0], 200)
        # curl 7.88 writes the first of two removed cookies into the file again; what it held is worth nothing by now.
        self.assertNotIn(REFRESH, jar.read_text())
        self.assertEqual(curl(f"{self.url}/api/auth/me")[0], 401)


class PlainCookies(ServerTest):
    environment = {"ALDRAVA_INSECURE_COOKIES": "yes"}

    def test_on_this_machine_they_can_go_without_tls_under_other_names(self):
        body = {"username": "ana", "email": "ana@example.org", "password": PASSWORD, "transport": "cookie"}
        answer = self.server.call("POST", "/api/auth/register", body, headers={"Origin": self.server.url})
        self.assertEqual(answer.status, 201, answer)
        access, refresh, device = answer.headers.get_all("Set-Cookie")
        self.assertRegex(device, r"^default_device=\S+; Path=/; Max-Age=\d+; HttpOnly; SameSite=Lax$")
        self.assertRegex(access, r"^default_access=\S{90}; Path=/; Max-Age=\d+; HttpOnly; SameSite=Lax$")
        self.assertRegex(refresh, r"^default_refresh=\S{58}; Path=/; Max-Age=\d+; HttpOnly; SameSite=Lax$")
        me = self.server.call("GET", "/api/auth/me", headers={"Cookie": access.split(";")[0]})
        self.assertEqual(me.json["username"], "ana")

    def test_and_nowhere_else(self):
        refused = self.server.cli(
            "check-config", environment={"ALDRAVA_PUBLIC_URL": "https://id.example.org"}, expect=None)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("ALDRAVA_INSECURE_COOKIES", refused.stdout + refused.stderr)

    def test_the_server_has_the_names_that_it_is_given(self):
        # A loopback name is the server's own in any case; another one is nobody's.
        answer = self.server.call("GET", "/api/auth/me", headers={"Host": "auth.internal"})
        self.assertEqual((answer.status, answer.json["code"]), (421, "misdirected_request"))


class OtherNames(ServerTest):
    environment = {"ALDRAVA_HOSTS": "auth.internal, Proxy.Example:8443"}

    def test_the_server_has_the_names_that_it_is_given(self):
        for host in ("auth.internal", "AUTH.internal.", "proxy.example:8443"):
            answer = self.server.call("GET", "/api/auth/me", headers={"Host": host})
            self.assertEqual(answer.status, 401, host)
        answer = self.server.call("GET", "/api/auth/me", headers={"Host": "proxy.example"})
        self.assertEqual(answer.status, 421)


on_both_databases(globals(), CookieJourney, PlainCookies, OtherNames)

if __name__ == "__main__":
    unittest.main()
