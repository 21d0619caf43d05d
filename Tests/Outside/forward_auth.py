#!/usr/bin/env python3
"""Forward authentication as docs/FORWARD-AUTH.md sets it up: nginx, Caddy, and a WSGI application behind them.

The proxies run with the documented files: only names, ports and paths are replaced.
"""

import base64
import http.client
import io
import json
import os
import shutil
import sqlite3
import ssl
import tempfile
import unittest
import urllib.parse

from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from browser import Browser, raw
from chromium import chromium
from echo_application import EchoApplication
from harness import Answer, ServerTest, free_port, on_both_databases, run, segments
from proxies import Proxy
from tls import Authority

PASSWORD = "correct horse battery staple"
SERVICE_KEY = "a-service-key-of-more-than-32-characters"
ACCESS, REFRESH, HANDOVER = "__Host-default_access", "__Host-default_refresh", "__Host-aldrava_handover"
DEVICE = "__Host-default_device"
IDENTITY = ["USER_ID", "USER_NUMBER", "USERNAME", "SOURCE", "ROLES", "GROUPS", "PERMISSIONS", "LEFT_OUT", "REALM", "SESSION",
            "IMPERSONATOR", "ASSERTION"]
#: From where browsers come: an address that is no proxy's.
SOMEWHERE = "127.0.9.1"


class ForwardAuth(ServerTest):
    """What holds in both set-ups."""

    proxy = setup = None

    @classmethod
    def prepare(cls):
        cls.authority = Authority()
        cls.addClassCleanup(cls.authority.remove)
        cls.folder = tempfile.mkdtemp(prefix="aldrava-proxy-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.port = free_port()
        cls.app_host = {"same": "app.example.com", "other": "app.example.net"}[cls.setup]
        cls.own_host = {"same": "app.example.com", "other": "id.example.com"}[cls.setup]
        for host in {cls.app_host, cls.own_host}:
            certificate, key = cls.authority.issue(host)
            shutil.copy(certificate, f"{cls.folder}/{host}.pem")
            shutil.copy(key, f"{cls.folder}/{host}.key")
        cls.app, cls.own = f"https://{cls.app_host}:{cls.port}", f"https://{cls.own_host}:{cls.port}"
        #: A page of another host of the application's site.
        cls.sibling = f"https://blog.{cls.app_host.split('.', 1)[1]}/"
        server = cls.server
        server.environment |= {
            "ALDRAVA_PUBLIC_URL": cls.own, "ALDRAVA_TRUSTED_PROXIES": "127.0.0.1",
            "ALDRAVA_HOSTS": f"127.0.0.1:{server.port}", "ALDRAVA_SERVICE_KEY": SERVICE_KEY,
            "ALDRAVA_SERVICE_KEY_PERMISSIONS": "report:read",
        }
        server.start()
        if cls.setup == "other":
            applications = f"applications=app={cls.app},shop=https://shop.example.net:{cls.port}"
            server.cli("realm", "set", "default", applications)
        server.cli("role", "create", "editor")
        for name in ("ana", "edu"):
            server.cli("user", "add", name, f"{name}@example.org", "--password-stdin", stdin=PASSWORD + "\n")
        server.cli("grant", "role", "editor", "--user", "edu")
        cls.echo = EchoApplication(cls.app, cls.own, f"http://127.0.0.1:{server.port}/.well-known/jwks.json")
        cls.addClassCleanup(cls.echo.close)
        cls.front = Proxy(cls.proxy, cls.setup, cls.folder, cls.port, server.port, cls.echo.port)
        cls.addClassCleanup(cls.front.close)
        cls.context = ssl.create_default_context(cafile=cls.authority.root)
        # Signed in once: what only reads shares it.
        cls.ana = cls.signed_in("ana")

    @classmethod
    def browser(cls, source=SOMEWHERE):
        return Browser(cls.context, source)

    @classmethod
    def signed_in(cls, name):
        browser = cls.browser()
        page = cls.sign_in(browser, browser.type(f"{cls.app}/"), name)
        assert page.status == 200 and "claims" in page.json, page
        return browser

    @staticmethod
    def sign_in(browser, page, name, password=PASSWORD):
        action, fields = page.form
        return browser.submit(action, fields | {"username_or_email": name, "password": password}, page.url)

    def raw(self, method, path, *fields, host=None, body=b"", source=SOMEWHERE):
        """Exactly these fields; returns an Answer."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {host or self.app_host + ':' + str(self.port)}", *fields]
        if not any(line.lower().startswith("connection:") for line in fields):
            lines.append("Connection: close")
        if body:
            lines.append(f"Content-Length: {len(body)}")
        head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
        received = raw(self.context, self.port, self.app_host, head, body, source)
        return parsed(received, method)

    def cookie(self, browser=None):
        return f"Cookie: {ACCESS}={(browser or self.ana).cookies(self.app_host)[ACCESS]}"

    def direct(self, method, path, headers, source="127.0.0.1", host=None):
        """To the server itself, past the proxy."""
        fields = {"Host": host or self.own.removeprefix("https://")} | headers
        return self.server.call(method, path, headers=fields, source=source)

    def assert_identity(self, said, name, source="session"):
        fields = said["fields"]
        auth = {field for field in fields if "AUTH" in field and field != "HTTP_AUTHORIZATION"}
        self.assertLessEqual(auth, {f"HTTP_X_AUTH_{part}" for part in IDENTITY})
        get = lambda part: fields.get(f"HTTP_X_AUTH_{part}", "")
        claims = said["claims"]
        self.assertEqual((get("SOURCE"), get("REALM"), get("USERNAME")), (source, "default", name))
        self.assertEqual((get("USER_ID"), get("SESSION")), (claims["sub"], claims.get("sid", "")))
        self.assertEqual(sorted(filter(None, get("ROLES").split(","))), sorted(claims["roles"]))
        self.assertEqual(sorted(filter(None, get("PERMISSIONS").split(","))), sorted(claims["permissions"]))
        self.assertLessEqual(claims["exp"] - claims["iat"], 60)
        self.assertEqual(claims["aud"], self.app)
        if name:
            self.assertRegex(get("USER_NUMBER"), r"^\d+$")

    # Getting in ----------------------------------------------------------------------------------------------------

    def test_somebody_who_asks_for_a_page_signs_in_and_is_back_on_it(self):
        browser = self.browser()
        asked = f"{self.app}/page?x=1&y=%2F%3D"
        page = browser.type(asked)
        self.assertEqual((page.status, urllib.parse.urlsplit(page.url)._replace(query="").geturl()),
                         (200, f"{self.own}/login"), page)
        refused = self.sign_in(browser, page, "ana", "wrong")
        self.assertEqual(refused.status, 401, refused)
        page = self.sign_in(browser, refused, "ana")
        self.assertEqual((page.status, page.url, page.headers["X-Echo"]), (200, asked, "reached"), page)
        self.assertEqual((page.json["method"], page.json["path"]), ("GET", "/page"))
        self.assert_identity(page.json, "ana")
        for host in {self.app_host, self.own_host}:
            self.assertLessEqual(set(browser.cookies(host)), {ACCESS, REFRESH, DEVICE})
        for url, line in browser.seen:
            self.assertRegex(
                line, r"^__Host-\w+=[^;]*; Path=/; Max-Age=\d+; Secure; HttpOnly; SameSite=(Lax|Strict)$", url)
            self.assertNotIn("domain", line.lower())
        # And the next time nobody asks anything.
        self.assertEqual(browser.follow(f"{self.app}/again", page.url).chain, [])

    def test_a_script_is_told_401_and_sent_nowhere(self):
        reached = self.echo.count
        answer = self.browser().fetch(f"{self.app}/data", f"{self.app}/page")
        self.assertEqual((answer.status, answer.json["code"], answer.headers["Location"]),
                         (401, "authentication_required", None), answer)
        self.assertTrue(answer.headers["Content-Type"].startswith("application/json"))
        posted = self.browser().submit(f"{self.app}/data", {"a": "b"}, f"{self.app}/page")
        self.assertEqual((posted.status, posted.headers["Location"]), (401, None), posted)
        self.assertEqual(self.echo.count, reached)

    def test_nobody_reaches_the_application_by_any_method(self):
        reached = self.echo.count
        for method in ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "PROPFIND"):
            for fields in ((), ("Authorization: Bearer x",), (f"Cookie: {ACCESS}=x",), ("X-Service-Api-Key: x",),
                           (f"Origin: {self.app}", "Access-Control-Request-Method: POST")):
                with self.subTest(method, fields=fields):
                    answer = self.raw(method, "/page", *fields)
                    self.assertEqual((answer.status, answer.headers["X-Echo"]), (401, None), answer)
        self.assertEqual(self.echo.count, reached)

    def test_what_is_sent_arrives_whole(self):
        body = b"x" * 300_000
        answer = self.raw(
            "PUT", "/upload?name=a%20b", self.cookie(), f"Origin: {self.app}", "Content-Type: text/plain", body=body)
        self.assertEqual(answer.status, 200)
        self.assertEqual((answer.json["method"], len(answer.json["body"])), ("PUT", len(body)))
        self.assertEqual(answer.json["claims"]["htm"], "PUT")
        # A query and a path that Aldrava would not take itself are the application's to judge.
        answer = self.raw("GET", "/search?q=%C3%A3&q=a|b[]{}&redirect=evil&role=admin", self.cookie())
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(self.raw("HEAD", "/page", self.cookie()).status, 200)

    def test_a_role_that_is_demanded_lets_its_holders_in_only(self):
        answer = self.ana.fetch(f"{self.app}/reports/2026", f"{self.app}/page")
        self.assertEqual(answer.status, 403, answer)
        edu = self.signed_in("edu")
        answer = edu.fetch(f"{self.app}/reports/2026", f"{self.app}/page")
        self.assertEqual((answer.status, answer.json["path"]), (200, "/reports/2026"), answer)
        self.assertIn("editor", answer.json["claims"]["roles"])
        # However the path is written, and at once when the role is gone.
        for path in ("//reports/x", "/x/../reports/x", "/%72eports/x", "/x/%2e%2e/reports/x", "/x/..%2freports/x"):
            with self.subTest(path):
                answer = self.raw("GET", path, self.cookie(), "Sec-Fetch-Mode: cors")
                if answer.status == 200:
                    self.assertNotRegex(os.path.normpath(answer.json["path"]), r"^/+reports")
                else:
                    self.assertIn(answer.status, (400, 403), answer)
        self.server.cli("revoke", "role", "editor", "--user", "edu")
        self.addCleanup(self.server.cli, "grant", "role", "editor", "--user", "edu")
        self.assertEqual(edu.fetch(f"{self.app}/reports/2026", f"{self.app}/page").status, 403)
        anonymous = self.browser().type(f"{self.app}/reports/2026")
        self.assertTrue(anonymous.url.startswith(f"{self.own}/login"), anonymous)

    def test_what_is_demanded_of_aldrava_itself(self):
        told = {"X-Forwarded-Proto": "https", "X-Original-Method": "GET", "X-Original-URI": "/",
                "X-Original-Host": self.app.removeprefix("https://"), "X-Service-Api-Key": SERVICE_KEY}
        for query, status, code in (
                ("permission=report:read", 200, None), ("permission=report:write", 403, "permission_required"),
                ("permission=report:read&role=editor", 403, "role_required"), ("role=editor&rolle=x", 400, None),
                ("permission=report", 400, None)):
            with self.subTest(query):
                answer = self.direct("GET", f"/api/auth/verify?{query}", told)
                self.assertIn(answer.status, {status, 422 if status == 400 else status}, answer)
                if code:
                    self.assertEqual(answer.json["code"], code)
        for field in IDENTITY:
            answer = self.direct("GET", "/api/auth/verify", told)
            self.assertIsNotNone(answer.headers[f"X-Auth-{field.replace('_', '-')}"], field)

    def test_programs_come_with_a_key_or_a_token(self):
        key = f"X-Service-Api-Key: {SERVICE_KEY}"
        answer = self.raw("POST", "/jobs", key, "X-Auth-Session: forged", body=b"work=1")
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual((answer.json["method"], answer.json["body"]), ("POST", "work=1"))
        self.assert_identity(answer.json, "", "api_key")
        self.assertEqual(answer.json["claims"]["sub"], "system")
        self.assertEqual(answer.json["claims"]["permissions"], ["report:read"])
        token = self.token("ana")
        answer = self.raw("DELETE", "/jobs/1", f"Authorization: Bearer {token}")
        self.assertEqual(answer.status, 200, answer)
        self.assert_identity(answer.json, "ana", "bearer")
        for said in (answer, self.raw("GET", "/jobs", key)):
            self.assertLessEqual({"HTTP_AUTHORIZATION", "HTTP_X_SERVICE_API_KEY"} & set(said.json["fields"]), set())
            self.assertNotIn(SERVICE_KEY, said.raw.decode())
            self.assertNotIn(token, said.raw.decode())
        for wrong in ("X-Service-Api-Key: " + "x" * 40, f"Authorization: Bearer {token[:-8]}AAAAAAAA",
                      f"Authorization: Basic {token}"):
            self.assertEqual(self.raw("GET", "/jobs", wrong).status, 401, wrong)
        # What Aldrava signed for the application is no credential here.
        assertion = answer.json["fields"]["HTTP_X_AUTH_ASSERTION"]
        self.assertEqual(self.raw("GET", "/jobs", f"Authorization: Bearer {assertion}").status, 401)

    def token(self, name):
        answer = self.server.call(
            "POST", "/api/auth/login", {"username_or_email": name, "password": PASSWORD, "transport": "token"},
            headers={"Host": self.own.removeprefix("https://"), "X-Forwarded-Proto": "https"})
        self.assertEqual(answer.status, 200, answer)
        return answer.json["token"]

    # What the client says of itself --------------------------------------------------------------------------------

    def test_what_the_client_says_of_itself_never_arrives(self):
        names = ["X-Auth-User-Id", "x-auth-user-id", "X-AUTH-ROLES", "X-aUtH-sEsSiOn", "X_Auth_User_Id",
                 "x_auth_user_id", "X-Auth_User-Id", "X_AUTH-ROLES", "x-auth_permissions", "X-Auth-Assertion",
                 "X_Auth_Assertion", "X-Auth-New", "X__Auth_User_Id", "X-Auth-User_Id"]
        lines = [[f"{name}: forged"] for name in names]
        lines += [
            [f"{name}: forged", f"{name.lower()}:\tforged\t", f"{name.upper()}: forged, forged"] for name in names]
        lines += [[f"{name.replace('-', '_')}: forged", f"{name}: forged"] for name in names[:4]]
        # Not everybody agrees on what is a name.
        lines += [[line] for line in (
            "X-Auth-User-Id : forged", "X-Auth-User-Id\t: forged", " X-Auth-User-Id: forged",
            "X-Auth-User-Id\0: forged",
            "X-Auth-User-\xcfd: forged", "X.Auth.User.Id: forged", "X Auth User Id: forged", "X-Auth-User-Id:",
            "X-First: a\r\n X-Auth-User-Id: forged", "X-First: a\nX-Auth-User-Id: forged",
            "X-First: a\rX-Auth-User-Id: forged")]
        ways = {"signed in": ("/page", self.cookie(), "ana", "session"),
                "with a key": ("/page", f"X-Service-Api-Key: {SERVICE_KEY}", "", "api_key"),
                "for everybody": ("/public/page", "X-Nothing: 0", None, None)}
        arrived = 0
        for way, (path, proof, name, source) in ways.items():
            for fields in lines:
                with self.subTest(way, fields=fields):
                    answer = self.raw("GET", path, *fields, proof)
                    # Refused by the proxy, or let through without it.
                    if answer.status != 200:
                        self.assertEqual(answer.status, 400, answer)
                        continue
                    arrived += 1
                    said = answer.json
                    forged = {field: value for field, value in said["fields"].items()
                              if "AUTH" in field.replace(".", "_") and "forged" in value}
                    self.assertEqual(forged, {})
                    if source:
                        self.assert_identity(said, name, source)
                    else:
                        told = {key for key, value in said["fields"].items() if key.startswith("HTTP_X_AUTH") and value}
                        self.assertEqual(told, set())
                        self.assertIn("stranger", said)
        self.assertGreater(arrived, 60)

    def test_what_connection_names_is_not_taken_out_again(self):
        for named in ("X-Auth-User-Id", "close, x-auth-assertion", "X-AUTH-ROLES, close"):
            answer = self.raw("GET", "/page", self.cookie(), f"Connection: {named}", "Connection: close")
            if answer.status == 200:
                self.assert_identity(answer.json, "ana")
            else:
                self.assertEqual(answer.status, 400, answer)

    def test_what_is_for_everybody_is_reached_by_its_own_name_only(self):
        reached = self.raw("GET", "/public/page", self.cookie())
        self.assertEqual((reached.status, "stranger" in reached.json), (200, True))
        for path in ("/public/../secret", "/public/%2e%2e/secret", "/public/..%2fsecret", "/public/..%2Fsecret",
                     "/public%2f..%2fsecret", "//public/../secret", "/public/./../secret", "/public//../../secret",
                     "/public/%2e%2e%2fsecret", "/secret?/public/", "/secret#/public/", "/secret;/public/"):
            with self.subTest(path):
                answer = self.raw("GET", path)
                if answer.status == 200:
                    self.assertRegex(os.path.normpath(answer.json["path"]), r"^/public(/|$)")
                else:
                    self.assertIn(answer.status, (400, 401, 403, 302), answer)

    def test_the_servers_cookies_end_at_the_proxy_and_others_do_not(self):
        access = self.cookie().removeprefix("Cookie: ")
        for sent, arrives in (
                (f"theme=dark; {access}; lang=pt", "theme=dark; lang=pt"), (f"{access}; theme=dark", "theme=dark"),
                (f"theme=dark; {access}", "theme=dark"), (access, ""),
                (f"{REFRESH}=secret; a=1; {access}; b=2", "a=1; b=2"), (f"a=1; {access}; {REFRESH}=secret", "a=1")):
            with self.subTest(sent):
                answer = self.raw("GET", "/page", f"Cookie: {sent}")
                self.assertEqual(answer.status, 200, answer)
                self.assertEqual(answer.json["fields"].get("HTTP_COOKIE", ""), arrives)
        planted = self.raw("GET", "/public/", f"Cookie: {access}; {access}; {REFRESH}=secret; {REFRESH}=secret")
        self.assertNotIn("__Host-default", planted.raw.decode())

    # Changing something --------------------------------------------------------------------------------------------

    def test_only_pages_of_the_application_change_something(self):
        own = self.ana.submit(f"{self.app}/order", {"goods": "tea"}, f"{self.app}/page")
        self.assertEqual((own.status, own.json["method"], own.json["body"]), (200, "POST", "goods=tea"), own)
        self.assert_identity(own.json, "ana")
        self.assertEqual(own.json["claims"]["htm"], "POST")
        self.assertEqual(self.ana.fetch(f"{self.app}/order/1", f"{self.app}/page", "DELETE").status, 200)
        reached = self.echo.count
        # The browser sends the cookie along with a form of a sibling host's page.
        answer = self.ana.submit(f"{self.app}/order", {"goods": "tea"}, self.sibling)
        self.assertEqual(answer.status, 403, answer)
        for method in ("POST", "PUT", "PATCH", "DELETE", "PROPFIND", "post", "GETX"):
            for fields in ((), (f"Origin: {self.sibling[:-1]}",), ("Origin: null",), ("Sec-Fetch-Site: same-site",),
                           (f"Origin: {self.app}", "Sec-Fetch-Site: same-site"),
                           (f"Origin: {self.app}", f"Origin: {self.app}"), (f"Origin: {self.app}.example.org",)):
                with self.subTest(method, fields=fields):
                    answer = self.raw(method, "/order", self.cookie(), *fields)
                    self.assertIn(answer.status, (400, 403, 405), answer)
        # A WebSocket is opened by GET, and carries whatever a page sends later.
        opening = ("Connection: Upgrade, close", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
        answer = self.raw("GET", "/socket", self.cookie(), f"Origin: {self.sibling[:-1]}", *opening)
        self.assertEqual(answer.status, 403, answer)
        # From another site the browser sends no cookie in the first place.
        self.assertIn(self.ana.submit(f"{self.app}/order", {}, "https://other.example.org/").status, (401, 403))
        self.assertEqual(self.echo.count, reached)
        link = self.ana.follow(f"{self.app}/order/2", self.sibling)
        self.assertEqual((link.status, link.json["method"]), (200, "GET"))

    def test_no_field_makes_another_method_of_a_request(self):
        overrides = ("X-HTTP-Method-Override: DELETE", "x-http-method: DELETE", "X-Method-Override: DELETE",
                     "X_HTTP_Method_Override: DELETE")
        answer = self.raw("GET", "/order", self.cookie(), *overrides)
        self.assertEqual(answer.status, 200, answer)
        self.assertNotIn("DELETE", json.dumps(answer.json["fields"]))
        reached = self.echo.count
        for fields in (("X-Original-Method: GET",), ("X-Forwarded-Method: GET",), ("x_original_method: GET",),
                       ("X-Original-Method: GET", "X-Forwarded-Method: GET"),
                       ("X-Original-URL: https://" + self.app_host + "/", "X-Original-Method: GET"),
                       (f"Origin: {self.sibling[:-1]}", f"X-Original-Host: {self.sibling[8:-1]}"),
                       (f"Origin: {self.sibling[:-1]}", f"X-Forwarded-Host: {self.sibling[8:-1]}"),
                       ("Origin: http://" + self.app_host, "X-Forwarded-Proto: http"),
                       *((field,) for field in overrides)):
            with self.subTest(fields):
                answer = self.raw("POST", "/order", self.cookie(), *fields)
                self.assertEqual(answer.status, 403, answer)
        self.assertEqual(self.echo.count, reached)

    # Who is believed -----------------------------------------------------------------------------------------------

    def test_addresses_that_clients_write_are_not_believed(self):
        login = "/api/auth/login"
        body = json.dumps({"username_or_email": "nobody-at-all", "password": "wrong wrong"}).encode()
        fields = ("Content-Type: application/json", "X-Forwarded-For: 203.0.113.77", "X-Real-IP: 203.0.113.77",
                  "Forwarded: for=203.0.113.77")
        if self.setup == "same":
            self.assertEqual(self.raw("POST", login, *fields, body=body, source="127.0.9.77").status, 401)
        else:
            head = f"POST {login} HTTP/1.1\r\nHost: {self.own_host}:{self.port}\r\nConnection: close\r\n" \
                f"Content-Length: {len(body)}\r\n" + "".join(f"{field}\r\n" for field in fields) + "\r\n"
            answer = parsed(raw(self.context, self.port, self.own_host, head.encode(), body, "127.0.9.77"))
            self.assertEqual(answer.status, 401, answer)
        lines = self.server.audit_settled(lambda lines: any("127.0.9.77" in json.dumps(line) for line in lines))
        self.assertTrue(any("127.0.9.77" in json.dumps(line) for line in lines), lines[-3:])
        self.assertNotIn("203.0.113.77", json.dumps(lines))
        echoed = self.raw(
            "GET", "/page", self.cookie(), "X-Forwarded-For: 203.0.113.77", "X-Forwarded-Host: evil.example",
            "X-Forwarded-Proto: http").json["fields"]
        self.assertEqual((echoed["HTTP_X_FORWARDED_FOR"], echoed["HTTP_X_FORWARDED_PROTO"]), (SOMEWHERE, "https"))
        self.assertNotIn("evil", json.dumps(echoed))

    def test_whoever_is_no_proxy_tells_of_no_request(self):
        told = {"X-Forwarded-Proto": "https", "X-Original-Method": "GET", "X-Original-URI": "/x",
                "X-Original-Host": self.app.removeprefix("https://"), "X-Forwarded-For": "203.0.113.88"}
        cookie = {"Cookie": self.cookie().removeprefix("Cookie: ")}
        believed = self.direct("POST", "/api/auth/verify", told | cookie)
        self.assertEqual((believed.status, bool(believed.headers["X-Auth-Assertion"])), (200, True), believed)
        for source in ("127.0.0.2", "127.0.9.1"):
            answer = self.direct("GET", "/api/auth/verify?redirect=1", told | {"Sec-Fetch-Mode": "navigate"}, source)
            self.assertEqual((answer.status, answer.headers["Location"]), (401, None), answer)
            # Here an unlisted address says that it was a GET, and from which page.
            answer = self.direct("POST", "/api/auth/verify", told | cookie | {"Origin": self.app}, source)
            self.assertIn(answer.status, (401, 403), answer)
            self.assertIsNone(answer.headers["X-Auth-User-Id"])
            key = self.direct("GET", "/api/auth/verify", told | {"X-Service-Api-Key": SERVICE_KEY}, source)
            self.assertEqual((key.status, key.headers["X-Auth-Assertion"]), (200, ""), key)

    def test_a_proxy_that_contradicts_itself_is_not_believed(self):
        told = {"X-Forwarded-Proto": "https", "X-Original-Method": "GET", "X-Original-URI": "/x",
                "X-Original-Host": self.app.removeprefix("https://"), "Cookie": self.cookie().removeprefix("Cookie: ")}
        for more in ({"X-Forwarded-Method": "POST"}, {"X-Forwarded-Host": "evil.example"}, {"X-Forwarded-Uri": "/y"},
                     {"X-Original-URL": f"https://{self.app_host}/y"}):
            with self.subTest(more):
                answer = self.direct("GET", "/api/auth/verify", told | more)
                self.assertEqual((answer.status, answer.json["code"]), (403, "malformed_original_request"), answer)

    def test_a_host_that_is_nobodys_is_misdirected(self):
        reached = self.echo.count
        for host in ("evil.example", "evil.example.com", f"blog.{self.app_host}"):
            with self.subTest(host):
                self.assertEqual(self.raw("GET", "/public/", self.cookie(), host=host).status, 421)
                self.assertEqual(self.direct("GET", "/api/auth/me", {}, host=host).status, 421)
        # The address in the request line counts for nginx, and not a Host beside it.
        answer = self.raw("GET", f"{self.app}/page", self.cookie(), "Sec-Fetch-Mode: cors", host="evil.example")
        if answer.status == 200:
            self.assertNotIn("evil", json.dumps(answer.json["fields"]))
        self.assertLessEqual(self.echo.count, reached + 1)

    # Getting out ---------------------------------------------------------------------------------------------------

    def test_a_session_that_is_ended_is_out_at_the_next_request(self):
        browser = self.signed_in("ana")
        page = f"{self.app}/page"
        session = browser.fetch(page, page).json["claims"]["sid"]
        native = self.native_session(browser) if self.setup == "other" else session
        self.server.cli("session", "end", native)
        reached = self.echo.count
        for _ in range(3):
            self.assertEqual(browser.fetch(page, page).status, 401)
        self.assertEqual(browser.submit(page, {}, page).status, 401)
        again = browser.type(page)
        self.assertTrue(again.url.startswith(f"{self.own}/login") and again.status == 200, again)
        self.assertEqual(self.echo.count, reached)
        self.assertEqual(self.ana.fetch(page, page).status, 200)

    def native_session(self, browser):
        """The session of a browser on Aldrava's own host."""
        answer = browser.fetch(f"{self.own}/api/auth/session", f"{self.own}/account")
        self.assertEqual(answer.status, 200, answer)
        return answer.json["session"] if isinstance(answer.json.get("session"), str) else answer.json["session"]["id"]

    def test_nobody_gets_in_while_the_server_is_down(self):
        self.server.stop()
        try:
            reached = self.echo.count
            for fields in ((self.cookie(),), (f"X-Service-Api-Key: {SERVICE_KEY}",), ()):
                answer = self.raw("GET", "/page", *fields)
                self.assertIn(answer.status, (500, 502, 503), answer)
            self.assertEqual(self.echo.count, reached)
        finally:
            self.server.start()

    # The application -----------------------------------------------------------------------------------------------

    def test_the_application_believes_assertions_for_itself_only(self):
        good = self.raw("GET", "/page", self.cookie()).json["fields"]["HTTP_X_AUTH_ASSERTION"]

        def ask(method, assertion, **more):
            connection = http.client.HTTPConnection("127.0.0.1", self.echo.port, timeout=20)
            fields = {"X-Auth-Assertion": assertion, "X-Auth-User-Id": "forged"} | more
            connection.request(method, "/page", headers=fields)
            with connection.getresponse() as response:
                return json.loads(response.read())

        self.assertIn("claims", ask("GET", good))
        head, body, signature = good.split(".")
        decoded = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        forged = base64.urlsafe_b64encode(json.dumps(decoded | {"sub": "somebody"}).encode()).decode().rstrip("=")
        none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"aldrava-assertion+jwt"}').decode().rstrip("=")
        told = {"X-Forwarded-Proto": "https", "X-Original-Method": "GET", "X-Original-URI": "/",
                "X-Original-Host": f"shop.example.net:{self.port}", "X-Service-Api-Key": SERVICE_KEY}
        shop = self.direct("GET", "/api/auth/verify", told).headers["X-Auth-Assertion"]
        for name, answer in {
                "another method": ask("POST", good), "none": ask("GET", ""),
                "changed": ask("GET", f"{head}.{forged}.{signature}"),
                "unsigned": ask("GET", f"{none}.{body}."), "an access token": ask("GET", self.token("ana")),
                "another application's": ask("GET", shop)}.items():
            with self.subTest(name):
                self.assertNotIn("claims", answer)


class SameHost(ForwardAuth):
    setup = "same"

    def test_the_question_itself_is_the_proxys_alone(self):
        for path in ("/api/auth/verify", "/api/auth/verify?redirect=1", "/api/auth/%76erify", "//api/auth/verify",
                     "/_aldrava/verify", "/_aldrava/verify/role=editor", "/api/auth/verify/"):
            with self.subTest(path):
                answer = self.raw("GET", path, self.cookie(), "X-Original-Method: GET", "Sec-Fetch-Mode: cors",
                                  f"X-Original-Host: {self.app_host}:{self.port}", "X-Original-URI: /")
                self.assertIsNone(answer.headers["X-Auth-Assertion"], answer)
                if answer.status == 200:
                    self.assertEqual(answer.headers["X-Echo"], "reached")
                elif path.startswith("/api/auth/verify"):
                    self.assertEqual((answer.status, b"authentic" in answer.raw), (404, False), answer)

    def test_signing_out_on_the_account_page_is_signing_out_of_the_application(self):
        browser = self.signed_in("ana")
        account = browser.follow(f"{self.app}/account", f"{self.app}/page")
        self.assertEqual(account.status, 200, account)
        out = browser.submit(f"{self.app}/account/sign-out", {}, account.url)
        self.assertEqual(out.status, 200, out)
        self.assertLessEqual(set(browser.cookies(self.app_host)), {DEVICE})
        self.assertEqual(browser.fetch(f"{self.app}/page", f"{self.app}/page").status, 401)

    def test_an_access_cookie_that_has_run_out_is_renewed_on_the_way(self):
        browser = self.signed_in("ana")
        before = browser.jar.pop((self.app_host, ACCESS)).value
        page = browser.follow(f"{self.app}/page", f"{self.app}/")
        self.assertEqual((page.status, page.url), (200, f"{self.app}/page"), page)
        self.assertNotEqual(browser.cookies(self.app_host)[ACCESS], before)


class OtherHost(ForwardAuth):
    setup = "other"

    def code(self, browser, path="/page"):
        """Up to the code, which is not redeemed: the callback's URL."""
        page = browser.type(f"{self.app}{path}")
        action, fields = page.form
        answer = browser.submit(
            action, fields | {"username_or_email": "ana", "password": PASSWORD}, page.url,
            until="/.aldrava/callback?")
        self.assertEqual(answer.status, 303, answer)
        self.assertTrue(answer.headers["Location"].startswith(f"{self.app}/.aldrava/callback?code="), answer.headers)
        return answer.headers["Location"]

    def assert_refused(self, answer):
        self.assertEqual(answer.status, 400, answer)
        self.assertNotIn(ACCESS, "".join(answer.headers.get_all("Set-Cookie") or []))

    def test_each_host_has_cookies_of_its_own_that_are_worth_nothing_elsewhere(self):
        browser = self.signed_in("ana")
        ours, theirs = browser.cookies(self.own_host), browser.cookies(self.app_host)
        self.assertEqual((set(ours), set(theirs)), ({ACCESS, REFRESH, DEVICE}, {ACCESS}))
        page = f"{self.app}/page"
        claims = browser.fetch(page, page).json["claims"]
        self.assertNotEqual(claims["sid"], self.native_session(browser))
        stolen = self.raw("GET", "/page", f"Cookie: {ACCESS}={ours[ACCESS]}", "Sec-Fetch-Mode: cors")
        self.assertEqual(stolen.status, 401, stolen)
        me = self.direct("GET", "/api/auth/me", {"Cookie": f"{ACCESS}={theirs[ACCESS]}", "X-Forwarded-Proto": "https"})
        self.assertEqual(me.status, 401, me)
        told = {"X-Forwarded-Proto": "https", "X-Original-Method": "GET", "X-Original-URI": "/",
                "X-Original-Host": f"shop.example.net:{self.port}", "Cookie": f"{ACCESS}={theirs[ACCESS]}"}
        self.assertEqual(self.direct("GET", "/api/auth/verify", told).status, 401)

    def test_who_is_signed_in_already_is_not_asked(self):
        browser = self.signed_in("ana")
        session = browser.fetch(f"{self.app}/page", f"{self.app}/page").json["claims"]["sid"]
        browser.jar.pop((self.app_host, ACCESS))
        page = browser.type(f"{self.app}/again?x=2")
        self.assertEqual((page.status, page.url), (200, f"{self.app}/again?x=2"), page)
        self.assertEqual(page.json["claims"]["sid"], session)
        self.assertTrue(any("/.aldrava/callback" in url for url in page.chain), page.chain)

    def test_every_address_of_the_application_leads_back_into_it(self):
        for asked, reached in (("/page?q=a|b&r={c}", "/page?q=a%7Cb&r=%7Bc%7D"), ("/page?q=a%0Ab", "/"), ("/a%5Cb", "/")):
            with self.subTest(asked):
                browser = self.browser()
                page = self.sign_in(browser, browser.type(f"{self.app}{asked}"), "ana")
                self.assertEqual((page.status, page.url), (200, f"{self.app}{reached}"), page)
                self.assertIn("claims", page.json)

    def test_a_code_is_good_once(self):
        browser = self.browser()
        callback = self.code(browser)
        # A second tab's browser still shows its cookie; the code is spent all the same.
        copy = self.browser()
        copy.jar = dict(browser.jar)
        done = browser.type(callback)
        self.assertEqual((done.status, done.url), (200, f"{self.app}/page"), done)
        self.assert_refused(copy.type(callback))
        self.assert_refused(browser.type(callback))
        self.assertEqual(browser.fetch(f"{self.app}/page", f"{self.app}/page").status, 200)

    def test_a_code_is_good_in_its_browser_only_and_spent_by_another(self):
        browser = self.browser()
        callback = self.code(browser)
        victim = self.browser()
        self.assert_refused(victim.type(callback))
        self.assertEqual(victim.cookies(self.app_host), {})
        # Also beside a handover of the victim's own.
        callback, victim = self.code(self.browser()), self.browser()
        victim.type(f"{self.app}/.aldrava/start?return_to=/page")
        self.assertIn(HANDOVER, victim.cookies(self.app_host))
        self.assert_refused(victim.type(callback))
        self.assertNotIn(ACCESS, victim.cookies(self.app_host))

    def test_a_code_is_good_on_its_host_only(self):
        browser = self.browser()
        callback = urllib.parse.urlsplit(self.code(browser))
        there = f"{callback.path}?{callback.query}"
        told = {"X-Forwarded-Proto": "https", "Cookie": f"{HANDOVER}={browser.cookies(self.app_host)[HANDOVER]}"}
        answer = self.direct("GET", there, told, host=f"shop.example.net:{self.port}")
        self.assert_refused(answer)
        # And it is spent by that.
        self.assert_refused(browser.type(callback.geturl()))

    def test_a_code_is_good_for_half_a_minute(self):
        browser = self.browser()
        callback = self.code(browser)
        self.change("UPDATE handover_codes SET expires_at = expires_at - 29000")
        self.assertEqual(browser.type(callback).status, 200)
        browser = self.browser()
        callback = self.code(browser)
        self.change("UPDATE handover_codes SET expires_at = expires_at - 30001")
        self.assert_refused(browser.type(callback))

    def change(self, statement):
        if self.backend == "postgres":
            run(["psql", "--quiet", "--no-psqlrc", self.server.database, "-c", statement])
        else:
            database = sqlite3.connect(self.server.data / "aldrava.db", timeout=20)
            with database:
                database.execute(statement)
            database.close()

    def test_malformed_codes_and_targets_lead_nowhere(self):
        browser = self.browser()
        for code in ("", "x", "a" * 43, "%00", "../../x"):
            self.assert_refused(browser.type(f"{self.app}/.aldrava/callback?code={code}"))
        for target in ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)",
                       "%2F%2Fevil.example"):
            for place in (f"{self.app}/.aldrava/start?return_to=", f"{self.own}/login?return_to="):
                browser = self.browser()
                page = browser.type(place + target)
                done = self.sign_in(browser, page, "ana")
                self.assertNotIn("evil", urllib.parse.urlsplit(done.url).netloc)
                self.assertIn(urllib.parse.urlsplit(done.url).netloc.split(":")[0], (self.app_host, self.own_host))

    def test_signing_out_of_the_application_is_signing_out(self):
        browser = self.signed_in("ana")
        page = f"{self.app}/page"
        refused = browser.submit(f"{self.app}/.aldrava/sign-out", {}, self.sibling)
        self.assertEqual((refused.status, browser.fetch(page, page).status), (403, 200), refused)
        out = browser.submit(f"{self.app}/.aldrava/sign-out", {"return_to": "/public/bye"}, page)
        self.assertEqual((out.status, out.url), (200, f"{self.app}/public/bye"), out)
        self.assertEqual(browser.cookies(self.app_host), {})
        self.assertEqual(browser.fetch(f"{self.own}/api/auth/me", f"{self.own}/account").status, 401)
        self.assertTrue(browser.type(page).url.startswith(f"{self.own}/login"))

    def test_who_asks_on_aldravas_own_host_tells_of_no_other_request(self):
        host = f"{self.app_host}:{self.port}"
        head = "\r\n".join((
            "GET /api/auth/verify HTTP/1.1", f"Host: {self.own_host}:{self.port}", "Connection: close",
            f"X-Service-Api-Key: {SERVICE_KEY}", "X-Original-Method: GET", f"X-Original-Host: {host}",
            "X-Original-URI: /page", f"X-Original-URL: https://{host}/page", "X-Forwarded-Method: GET",
            f"X-Forwarded-Host: {host}", "X-Forwarded-Uri: /page", "", ""))
        answer = parsed(raw(self.context, self.port, self.own_host, head.encode()))
        self.assertEqual(answer.status, 200, answer)
        assertion = answer.headers["X-Auth-Assertion"]
        if assertion:
            claims = segments(assertion)[1]
            self.assertEqual((claims["aud"], claims.get("htm")), (self.own, None))

    def test_aldrava_serves_nothing_else_on_the_applications_host(self):
        host = f"{self.app_host}:{self.port}"
        for path in ("/api/auth/verify", "/api/auth/me", "/login", "/account", "/", "/realms/default/api/auth/me"):
            with self.subTest(path):
                answer = self.direct("GET", path, {"X-Forwarded-Proto": "https"}, host=host)
                self.assertEqual(answer.status, 404, answer)


class NginxSameHost(SameHost):
    proxy = "nginx"


class CaddySameHost(SameHost):
    proxy = "caddy"


class CaddyOtherHost(OtherHost):
    proxy = "caddy"


class NginxOtherHost(OtherHost):
    proxy = "nginx"

    def test_in_a_real_browser(self):
        browser = chromium(self.folder, "--host-resolver-rules=MAP * 127.0.0.1", insecure=True)
        self.addCleanup(browser.quit)

        def until(condition):
            return WebDriverWait(browser, 20, 0.05).until(lambda _: condition())

        browser.get(f"{self.app}/page?x=1")
        until(lambda: browser.find_elements(By.NAME, "password"))
        self.assertTrue(browser.current_url.startswith(f"{self.own}/login"))
        browser.find_element(By.NAME, "username_or_email").send_keys("ana")
        browser.find_element(By.NAME, "password").send_keys(PASSWORD + "\n")
        until(lambda: browser.current_url == f"{self.app}/page?x=1")
        said = json.loads(until(lambda: browser.find_element(By.TAG_NAME, "pre").text))
        self.assert_identity(said, "ana")
        self.assertNotIn("__Host-default", said["fields"].get("HTTP_COOKIE", ""))
        kept = browser.execute_cdp_cmd("Storage.getCookies", {})["cookies"]
        self.assertEqual(
            {(cookie["domain"], cookie["name"]) for cookie in kept},
            {(self.own_host, ACCESS), (self.own_host, REFRESH), (self.own_host, DEVICE), (self.app_host, ACCESS)})
        self.assertTrue(all(cookie["secure"] and cookie["httpOnly"] for cookie in kept), kept)
        # A form of the application's own page, and then of a sibling host's, which the browser sends its cookie with.
        submit = "const form = document.createElement('form'); form.method = 'post'; form.action = arguments[0];" \
            "document.documentElement.append(form); form.submit();"
        for page, reaches in ((f"{self.app}/public/own", True), (self.sibling_page(), False)):
            browser.get(page)
            self.echo.reached.clear()
            browser.execute_script(submit, f"{self.app}/order")
            until(lambda: browser.current_url == f"{self.app}/order" and browser.find_elements(By.TAG_NAME, "body"))
            text = until(lambda: browser.find_element(By.TAG_NAME, "body").text)
            said = json.loads(text)
            self.assertEqual(said["claims"]["htm"] if reaches else said["code"], "POST" if reaches else "forbidden")
            self.assertEqual(("POST", "/order") in self.echo.reached, reaches)
        # The parent ends, and with it the application's session.
        self.server.cli("user", "sign-out", "ana")
        browser.get(f"{self.app}/page")
        until(lambda: browser.find_elements(By.NAME, "password"))
        type(self).ana = self.signed_in("ana")

    def sibling_page(self):
        """An empty page on another host of the application's site, over TLS as well."""
        certificate, key = self.authority.issue("blog.example.net")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        other = EchoApplication(self.app, self.own, "http://127.0.0.1:1/")
        other.server.socket = context.wrap_socket(other.server.socket, server_side=True)
        self.addCleanup(other.close)
        return f"https://blog.example.net:{other.port}/"


on_both_databases(globals(), NginxSameHost, CaddySameHost, CaddyOtherHost, NginxOtherHost)
del ForwardAuth, SameHost, OtherHost


def parsed(received, method=None):
    """The answer that these bytes are; nothing at all counts as 400: the connection was closed."""
    if not received:
        return Answer(400, http.client.HTTPMessage(), b"")

    class Replayed:
        def makefile(self, *_, **__):
            return io.BytesIO(received)

    response = http.client.HTTPResponse(Replayed(), method=method)
    response.begin()
    return Answer(response.status, response.headers, response.read())


if __name__ == "__main__":
    unittest.main()
