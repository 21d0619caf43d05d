"""Glewlwyd: OpenID Connect in C, on libmicrohttpd and SQLite. Its passwords are PBKDF2 with SHA-256.

Taken out of its Debian package instead of installed, which would leave a service and a default password behind.
"""

import gzip
import json
import re
import sqlite3
import urllib.parse

from peers.peer import INSTALLED, PASSWORD, USERS, Peer, Refresh, Request, libraries, run

ROOT = INSTALLED / "glewlwyd"
CHEAP_ITERATIONS, ITERATIONS = 1_000, 150_000
CLIENT, CLIENT_SECRET = "comparison", "a secret of the comparison"
CONFIGURATION = """
port={port}
bind_address="127.0.0.1"
external_url="http://127.0.0.1:{port}"
api_prefix="api"
log_mode="console"
log_level="ERROR"
cookie_domain="127.0.0.1"
cookie_secure=false
session_key="GLEWLWYD2_SESSION_ID"
admin_scope="g_admin"
profile_scope="g_profile"
static_files_path="{root}/usr/share/glewlwyd/webapp/"
user_module_path="{root}/usr/lib/glewlwyd/user"
user_middleware_module_path="{root}/usr/lib/glewlwyd/user_middleware"
client_module_path="{root}/usr/lib/glewlwyd/client"
user_auth_scheme_module_path="{root}/usr/lib/glewlwyd/scheme"
plugin_module_path="{root}/usr/lib/glewlwyd/plugin"
hash_algorithm="SHA256"
database = {{ type = "sqlite3" path = "{folder}/users.db" }};
"""


class Glewlwyd(Peer):
    name = "Glewlwyd"
    installation = "glewlwyd"
    note = (
        "Glewlwyd signs in with OpenID Connect's password grant and rotates refresh tokens, both with ES256; who-am-I "
        "is `userinfo`.")
    hash_ratio = ITERATIONS / CHEAP_ITERATIONS
    ready = "/config"

    def version(self):
        return re.search(r"[\d.]+", (ROOT / "version").read_text())[0]

    def prepare(self):
        (self.folder / "glewlwyd.conf").write_text(
            CONFIGURATION.format(folder=self.folder, port=self.port, root=ROOT))
        database = sqlite3.connect(self.folder / "users.db")
        database.executescript(
            gzip.decompress((ROOT / "usr/share/doc/glewlwyd/database/init.sqlite3.sql.gz").read_bytes()).decode())
        # The database that ships keeps SQLite's own journal; this one is faster.
        database.execute("PRAGMA journal_mode = WAL")
        database.close()
        run(["openssl", "ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", self.folder / "key.pem"])
        run(["openssl", "ec", "-in", self.folder / "key.pem", "-pubout", "-out", self.folder / "public.pem"])

    def command(self):
        return [ROOT / "usr/bin/glewlwyd", "--config-file", self.folder / "glewlwyd.conf"], {}

    def fill(self):
        self._sign_in_administrator()
        self._call("POST", "mod/plugin/", {
            "module": "oidc", "name": "oidc", "display_name": "oidc", "enabled": True, "parameters": {
                "iss": self.url, "jwt-type": "ecdsa", "jwt-key-size": "256",
                "key": (self.folder / "key.pem").read_text(), "cert": (self.folder / "public.pem").read_text(),
                "code-duration": 600, "refresh-token-duration": 1_209_600, "access-token-duration": 3600,
                "refresh-token-rolling": True, "refresh-token-one-use": "always", "allow-non-oidc": True,
                "auth-type-client-enabled": True, "auth-type-code-enabled": True, "auth-type-token-enabled": True,
                "auth-type-implicit-enabled": True, "auth-type-password-enabled": True,
                "auth-type-refresh-enabled": True, "auth-type-device-enabled": False}})
        self._call("POST", "client/", {
            "client_id": CLIENT, "client_name": CLIENT, "client_secret": CLIENT_SECRET, "confidential": True,
            "authorization_type": ["password", "refresh_token"], "enabled": True,
            "token_endpoint_auth_method": ["client_secret_post"]})
        module = self._call("GET", "mod/user/database")
        for prefix, iterations in (("", ITERATIONS), ("cheap-", CHEAP_ITERATIONS)):
            module["parameters"]["pbkdf2-iterations"] = iterations
            self._call("PUT", "mod/user/database", module)
            self._call("PUT", "mod/user/database/reset")
            for user in USERS:
                self._call("POST", "user/", {
                    "username": prefix + user, "name": user, "email": f"{user}@example.org", "password": PASSWORD,
                    "scope": ["g_profile", "openid"], "enabled": True})
        self.token = self._tokens(0)["access_token"]

    def _sign_in_administrator(self):
        headers, _ = self.call(Request.json("POST", "/api/auth/", {"username": "admin", "password": "password"}))
        self.cookie = headers["Set-Cookie"].split(";")[0]

    def _call(self, method, target, content=None):
        text = self.call(Request.json(method, f"/api/{target}", content or {}, Cookie=self.cookie))[1]
        return json.loads(text) if text else None

    def _tokens(self, number):
        return self.call_json(self.login(cheap=True)[number % len(USERS)])

    def _token_request(self, **fields):
        body = urllib.parse.urlencode(fields | {"client_id": CLIENT, "client_secret": CLIENT_SECRET})
        return Request(
            "POST", "/api/oidc/token", body, {"Content-Type": "application/x-www-form-urlencoded"})

    def me(self):
        return Request("GET", "/api/oidc/userinfo", headers={"Authorization": f"Bearer {self.token}"})

    def login(self, cheap=False):
        return [
            self._token_request(
                grant_type="password", scope="openid g_profile", username=("cheap-" if cheap else "") + user,
                password=PASSWORD)
            for user in USERS]

    def refresh(self, clients):
        return Refresh(
            self._token_request(grant_type="refresh_token", refresh_token="TOKEN"),
            [self._tokens(number)["refresh_token"] for number in range(clients)], '"refresh_token": ?"([^"]+)"')

    def installed(self):
        programs = [ROOT / "usr/bin/glewlwyd", *(ROOT / "usr/lib/glewlwyd").rglob("*.so")]
        return [ROOT / "usr/bin", ROOT / "usr/lib", ROOT / "usr/share/glewlwyd", *libraries(*programs)]
