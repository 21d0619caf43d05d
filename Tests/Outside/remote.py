#!/usr/bin/env python3
"""The command line against a server elsewhere: over TLS, with an API key, and with the same words as on its machine."""

import http.server
import json
import os
import re
import subprocess
import threading
import unittest

from harness import BINARY, ServerTest, free_port, on_both_databases
from tls import Authority

PASSWORD = "a long first password"
EVERYTHING = [
    "users:read", "users:create", "users:update", "users:suspend", "users:recover", "users:delete", "users:export",
    "sessions:read", "sessions:end", "roles:read", "roles:write", "permissions:read", "permissions:write",
    "grants:read", "grants:write", "grants:any", "api-keys:read", "api-keys:write", "audit:read",
    "signing-keys:read", "signing-keys:write", "mail:read", "mail:write",
]
OPERATORS = ["realms:read", "realms:write", "mail:read", "mail:write"]
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def masked(text):
    """Without what differs from one run to the next."""
    text = re.sub(r"sample-(here|elsewhere)", "WHO", text)
    text = TIME.sub("TIME", ID.sub("ID", text))
    text = re.sub(r"ald_[A-Za-z0-9_-]+|[A-Za-z0-9_-]{43}", "SECRET", text)
    return re.sub(r"[ -]+", " ", re.sub(r'("number":|number: |WHO \()\d+', r"\1N", text))


class RemoteTest(ServerTest):
    """A server behind TLS, reached as from another machine: by its URL, a key, and the authority's certificate."""

    @classmethod
    def prepare(cls):
        cls.authority = Authority()
        cls.addClassCleanup(cls.authority.remove)
        certificate, key = cls.authority.issue("localhost")
        cls.tls_port = free_port()
        cls.url = f"https://localhost:{cls.tls_port}"
        cls.server.environment |= {
            "ALDRAVA_TLS_LISTEN": f"127.0.0.1:{cls.tls_port}", "ALDRAVA_TLS_CERTIFICATES": f"{certificate}:{key}",
        }
        cls.server.start()
        cls.server.make_admin("chief")
        cls.server.cli("realm", "create", "shop")
        cls.key = cls.make_key("everything", EVERYTHING, ["profiles:read", "profiles:write"])
        cls.shop_key = cls.make_key("shops", EVERYTHING, realm="shop")
        cls.system_key = cls.make_key("systems", OPERATORS, realm="system")
        cls.reader = cls.make_key("readers", ["users:read"])
        for kind in ("here", "elsewhere"):
            cls.server.cli("user", "add", f"sample-{kind}", f"sample-{kind}@example.org", stdin=PASSWORD + "\n")

    @classmethod
    def make_key(cls, name, rights, plain=(), realm="default", mode=0o600):
        known = json.loads(cls.server.cli("permission", "list", "--realm", realm, "--json").stdout)
        known = {each["permission"] for each in known["result"]["permissions"]}
        wanted = [f"aldrava.{right}" for right in rights] + list(plain)
        for pair in wanted:
            if pair not in known:
                cls.server.cli("permission", "create", *pair.split(":"), "--realm", realm, expect=None)
        words = [f"--permission={pair}" for pair in wanted]
        text = cls.server.cli("api-key", "create", name, "--realm", realm, *words).stdout
        path = cls.server.folder / f"{name}.key"
        path.write_text(text)
        path.chmod(mode)
        return path

    def bare(self, *words, expect=0, stdin="", environment=None):
        """The program on a machine that knows nothing of the server's."""
        done = subprocess.run(
            [BINARY, *words], env={"PATH": "/usr/bin:/bin"} | (environment or {}), input=stdin, capture_output=True,
            text=True, timeout=60, cwd=self.server.folder)
        self.assertEqual(done.returncode, expect, f"{words}: {done.stdout}{done.stderr}")
        return done

    def remote(self, *words, key=None, expect=0, stdin="", url=None):
        return self.bare(
            "--server", url or self.url, "--key-file", str(key or self.key), "--ca-file", str(self.authority.root),
            *words, expect=expect, stdin=stdin)

    def both(self, words, *, stdin="", expect=0, key=None, text=True):
        """The same command here and elsewhere, about somebody of its own where it says {who}; the same must come."""
        for extra in ([], ["--json"]) if text else (["--json"],):
            said = []
            for kind in ("here", "elsewhere"):
                who = f"sample-{kind}"
                mine = [word.replace("{who}", who) for word in words] + extra
                if kind == "here":
                    done = self.server.cli(*mine, stdin=stdin, expect=expect)
                else:
                    done = self.remote(*mine, stdin=stdin, expect=expect, key=key)
                said.append(masked(done.stdout) + "\n" + masked(done.stderr))
            self.assertEqual(said[0], said[1], words)

    # What is read

    def test_reading_says_the_same_here_and_elsewhere(self):
        self.server.login("sample-here", PASSWORD)
        self.server.login("sample-elsewhere", PASSWORD)
        for words in (
            "user list", "user list --limit 1", "user show {who}", "user show nobody-of-that-name",
            "user profile {who}", "user consents {who}", "role list", "role show admin", "permission list",
            "grant list --user {who}", "grant list --role admin", "api-key list", "keys list",
            "session list {who} --limit 1", "profile status", "user find cpf=1",
        ):
            refused = "nobody" in words or "find" in words
            self.both(words.split(), expect=1 if refused else 0)

    def test_what_concerns_every_realm_is_asked_with_an_operators_key(self):
        for words in ("realm list", "realm show shop", "mail list", "mail list --state dead"):
            self.both(words.split(), key=self.system_key)
        for words in (["realm", "list"], ["realm", "show", "shop"], ["mail", "list"], ["mail", "retry-dead"]):
            done = self.remote(*words, expect=1)
            self.assertIn("does not take the key in realm 'system'", done.stderr)

    def test_a_realm_is_made_and_changed_from_elsewhere(self):
        name = "made-" + os.urandom(4).hex()
        self.remote("realm", "create", name, "--set", "session_limit=5", key=self.system_key)
        self.remote("realm", "set", name, "session_limit=6", key=self.system_key)
        (self.server.folder / "realm.json").write_text(json.dumps({"realm": name, "session_limit": 7}))
        said = self.remote("apply", "realm.json", "--dry-run", key=self.system_key).stdout
        self.assertIn("not applied", said)
        self.remote("realm", "disable", name, key=self.system_key)
        shown = json.loads(self.server.cli("realm", "show", name, "--json").stdout)["result"]
        self.assertEqual((shown["enabled"], shown["settings"]["session_limit"]), (False, 6))

    def everything_is_shown(self):
        """Waits until the audit shows what was done so far, which it does in the order in which it was begun."""
        name = "newest-" + os.urandom(4).hex()
        self.server.cli("group", "create", name)
        lines = self.server.audit_settled(lambda lines: name in json.dumps(lines))
        self.assertIn(name, json.dumps(lines))

    def test_the_audit_is_the_same_here_and_elsewhere(self):
        self.everything_is_shown()
        for words in (
            "audit tail -n 3 --did login --json", "audit grep --did create_realm", "audit grep --did login --json",
            "audit export --format csv --did create_realm",
        ):
            self.assertEqual(self.server.cli(*words.split()).stdout, self.remote(*words.split()).stdout, words)
        for words in ("audit grep --did create_user --realm shop", "audit tail --realm nowhere"):
            done = self.remote(*words.split(), expect=1)
            self.assertIn("does not take the key" if "shop" in words else "has no realm 'nowhere'", done.stderr)

    def test_the_audit_is_followed(self):
        words = ["audit", "tail", "-f", "-n", "0", "--did", "create_role", "--json"]
        process = subprocess.Popen(
            [BINARY, "--server", self.url, "--key-file", self.key, "--ca-file", self.authority.root, *words],
            env={"PATH": "/usr/bin:/bin"}, stdout=subprocess.PIPE, text=True)
        try:
            lines = []
            reader = threading.Thread(target=lambda: lines.append(process.stdout.readline()))
            reader.start()
            for attempt in range(30):  # it says nothing when it begins to listen
                self.server.cli("role", "create", f"followed-{attempt}-{os.urandom(3).hex()}")
                reader.join(1)
                if lines:
                    break
            self.assertEqual(json.loads(lines[0])["did"], "create_role")
        finally:
            process.kill()
            process.wait()
            process.stdout.close()

    def test_a_persons_data_come_whole(self):
        here = json.loads(self.server.cli("user", "data", "sample-here").stdout)
        elsewhere = json.loads(self.remote("user", "data", "sample-here").stdout)
        self.assertTrue(here["complete"] and elsewhere["complete"])
        self.assertEqual(here["account"], elsewhere["account"])

    def test_a_token_is_judged_the_same(self):
        token = self.server.login("sample-here", PASSWORD).json["token"]
        (self.server.folder / "token").write_text(token)
        here = self.server.cli("token", "inspect", "-", stdin=token).stdout
        self.assertEqual(masked(here), masked(self.remote("token", "inspect", "-", stdin=token).stdout))
        self.remote("token", "inspect", "-", stdin="nonsense", expect=1)

    # What is changed

    def test_changing_says_the_same_here_and_elsewhere(self):
        for words in (
            "user disable {who}", "user disable {who}", "user enable {who}", "user ban {who} --until 2030-01-31",
            "user unban {who}", "user unlock {who}", "user reset {who}", "user invite {who}", "user sign-out {who}",
            "role create role-{who} --description text", "permission create {who} read",
            "grant permission {who}:read --role role-{who}", "grant role role-{who} --user {who}",
            "revoke role role-{who} --user {who}", "revoke permission {who}:read --role role-{who}",
            "role delete role-{who}", "user delete {who}", "user enable {who}", "profile settle",
            "user profile {who} --set nothing=1", "session end nothing", "api-key revoke nothing",
            "mail test {who}@example.org", "keys retire nothing",
        ):
            expect = 1 if words.split()[-1] in ("nothing", "nothing=1") or "invite" in words else 0
            self.both(words.split(), expect=expect, text=False)
        for word, who in (("--invite", "letter"), ("--no-password", "silent")):
            self.both(["user", "add", f"{who}-{{who}}", f"{who}-{{who}}@example.org", word], text=False)
        self.both(
            ["user", "add", "new-{who}", "new-{who}@example.org", "--password-stdin"], stdin=PASSWORD + "\n",
            text=False)
        self.both(["user", "erase", "new-{who}", "--yes"], text=False)

    def test_keys_are_made_turned_and_taken_back(self):
        text = self.remote("api-key", "create", "from-elsewhere").stdout.strip()
        listed = json.loads(self.remote("api-key", "list", "--json").stdout)["result"]["api_keys"]
        (made,) = [each for each in listed if each["name"] == "from-elsewhere"]
        other = self.remote("api-key", "rotate", made["id"]).stdout.strip()
        self.assertNotEqual(text, other)
        self.remote("api-key", "revoke", made["id"])
        self.remote("keys", "rotate")
        self.assertIn("next", self.remote("keys", "list").stdout)

    def test_events_name_the_key_and_not_the_machine(self):
        listed = json.loads(self.server.cli("api-key", "list", "--json").stdout)["result"]["api_keys"]
        (mine,) = [each["id"] for each in listed if each["name"] == "everything"]
        name = "named-" + os.urandom(4).hex()
        self.remote("role", "create", name)
        self.remote("user", "add", name, f"{name}@example.org", "--password-stdin", stdin=PASSWORD + "\n")
        self.remote("user", "data", name)
        self.everything_is_shown()
        for did in ("create_role", "create_user", "export_data"):
            line = json.loads(self.server.cli("audit", "tail", "-n", "1", "--did", did, "--json").stdout)
            self.assertEqual(line["confirmed_by"], "api_key", line)
            self.assertEqual(line["this"]["api_key"], mine, line)

    # Who may not

    def test_a_key_without_the_permission_is_told_which_one(self):
        self.remote("user", "list", key=self.reader)
        done = self.remote("user", "disable", "sample-here", key=self.reader, expect=1)
        self.assertEqual(done.stderr, "aldrava: Permission 'aldrava.users:suspend' required.\n")
        said = json.loads(self.remote("role", "list", "--json", key=self.reader, expect=1).stdout)
        self.assertEqual((said["outcome"], said["result"]["code"]), ("refused", "permission_required"))

    def test_a_realms_key_reaches_no_other_realm(self):
        for realm in ("default", "system"):
            done = self.remote("user", "list", "--realm", realm, key=self.shop_key, expect=1)
            self.assertIn(f"does not take the key in realm '{realm}'", done.stderr)
        self.assertIn("No users", self.remote("user", "list", "--realm", "shop", key=self.shop_key).stdout)
        # Also not by what a command says of realms.
        for words in (["realm", "show", "default"], ["realm", "set", "shop", "session_limit=3"]):
            self.remote(*words, key=self.shop_key, expect=1)
        answer = self.server.call(
            "POST", "/realms/shop/api/admin/commands", {"command": "realm.list", "after": None, "limit": 10},
            headers={"X-Service-Api-Key": self.shop_key.read_text().strip()})
        self.assertEqual((answer.status, answer.json["code"]), (403, "operators_only"))
        answer = self.server.call(
            "POST", "/realms/shop/api/admin/commands",
            {"command": "user.show", "user": "chief", "realm": "default"},
            headers={"X-Service-Api-Key": self.shop_key.read_text().strip()})
        self.assertEqual((answer.status, answer.json["result"]["code"]), (404, "no_such_user"))

    def test_a_revoked_key_is_refused_at_the_next_command(self):
        key = self.make_key("short-lived", ["users:read"])
        self.remote("user", "list", key=key)
        listed = json.loads(self.server.cli("api-key", "list", "--json").stdout)["result"]["api_keys"]
        (mine,) = [each["id"] for each in listed if each["name"] == "short-lived"]
        self.server.cli("api-key", "revoke", mine)
        self.assertIn("does not take the key", self.remote("user", "list", key=key, expect=1).stderr)

    def test_what_is_for_the_machine_stays_there(self):
        for words in (["serve"], ["backup", "x"], ["migrate"], ["doctor"], ["keys", "rewrap"], ["admin", "create"]):
            done = self.remote(*words, expect=2)
            self.assertIn("is for the server's own machine", done.stderr)
        done = self.remote(
            "user", "add", "sly", "sly@example.org", "--role", "admin", "--password-stdin", stdin=PASSWORD + "\n",
            expect=1)
        self.assertIn("may not give the role 'admin'", done.stderr)
        self.server.cli("role", "create", "harmless")
        self.remote(
            "user", "add", "mild", "mild@example.org", "--role", "harmless", "--password-stdin", stdin=PASSWORD + "\n")
        self.assertIn("harmless", self.remote("user", "show", "mild").stdout)
        self.remote("user", "show", "sly", expect=1)
        fields = {"X-Service-Api-Key": self.key.read_text().strip()}
        for body, code in (
            ({"command": "database.back_up"}, "local_only"), ({"command": "doctor.examine"}, "local_only"),
            ({"command": "user.add", "username": "x", "email": "x@example.org", "password": PASSWORD, "roles": ["new"],
              "makes_roles": True}, "local_only"),
            ({"command": "population.begin_export"}, "local_only"), ({"command": "user.fly"}, "unknown_command"),
            ({"command": "user.show"}, "unknown_command"), ({"realm": "shop"}, "validation_error"),
            ([], "validation_error"),
        ):
            answer = self.server.call("POST", "/api/admin/commands", body, headers=fields)
            self.assertEqual(answer.json["code"], code, body)
        member = self.server.login("sample-here", PASSWORD).json["token"]
        answer = self.server.call(
            "POST", "/api/admin/commands", {"command": "role.list"}, token=member)
        self.assertEqual((answer.status, answer.json["code"]), (403, "permission_required"))
        self.assertEqual(self.server.call("POST", "/api/admin/commands", {"command": "role.list"}).status, 401)

    # What can go wrong on the way

    def test_a_key_that_others_can_read_is_not_used(self):
        key = self.server.folder / "open.key"
        key.write_text(self.key.read_text())
        for mode in (0o640, 0o604, 0o644, 0o666):
            key.chmod(mode)
            done = self.remote("user", "list", key=key, expect=3)
            self.assertIn("may be read by other users", done.stderr)
        key.chmod(0o400)
        self.remote("user", "list", key=key)
        (self.server.folder / "empty.key").touch(0o600)
        self.assertIn("holds no API key", self.remote("user", "list", key="empty.key", expect=3).stderr)
        self.assertIn("does not exist", self.remote("user", "list", key="nowhere.key", expect=3).stderr)
        self.assertIn("plain file", self.remote("user", "list", key="/dev", expect=3).stderr)

    def test_the_key_comes_from_standard_input_and_never_from_an_argument(self):
        self.remote("user", "list", key="-", stdin=self.key.read_text())
        done = self.remote(
            "user", "add", "x", "x@example.org", "--password-stdin", key="-", stdin=self.key.read_text(), expect=2)
        self.assertIn("holds the key, and so nothing else", done.stderr)
        self.bare("user", "list", "--server", self.url, "--key", "secret", expect=2)
        self.assertIn("API key is needed", self.bare("user", "list", "--server", self.url, expect=3).stderr)

    def test_the_environment_says_where(self):
        elsewhere = {
            "ALDRAVA_SERVER": self.url, "ALDRAVA_KEY_FILE": str(self.key),
            "ALDRAVA_CA_FILE": str(self.authority.root),
        }
        self.assertIn("sample-here", self.bare("user", "list", environment=elsewhere).stdout)
        # Whoever names a folder means it; and a server is not confused by what is meant for commands.
        done = self.bare("user", "list", "--data", str(self.server.folder / "none"), environment=elsewhere, expect=3)
        self.assertIn("none", done.stderr)
        self.server.cli("migrate", environment=elsewhere)
        self.bare("user", "list", "--data", "x", "--server", self.url, expect=2)
        self.bare("user", "list", "--key-file", "x", expect=2)

    def test_only_a_trusted_server_gets_the_key(self):
        words = ["--key-file", str(self.key), "user", "list"]
        self.assertIn("not trusted", self.bare("--server", self.url, *words, expect=4).stderr)
        other = Authority()
        self.addCleanup(other.remove)
        trusting = ["--ca-file", str(other.root), *words]
        self.assertIn("not trusted", self.bare("--server", self.url, *trusting, expect=4).stderr)
        # The certificate is one for localhost.
        address = f"https://127.0.0.1:{self.tls_port}"
        self.assertIn("not trusted", self.remote("user", "list", url=address, expect=4).stderr)
        missing = ["--ca-file", str(self.server.folder / "none.pem"), *words]
        self.assertIn("--ca-file", self.bare("--server", self.url, *missing, expect=4).stderr)

    def test_a_server_that_cannot_be_reached_is_one_sentence(self):
        for url, code, words in (
            ("https://nowhere.invalid", 4, "no address has that name"),
            (f"https://localhost:{free_port()}", 4, "nobody takes the connection"),
            (f"https://localhost:{self.server.port}", 4, "does not speak TLS"),
            ("http://example.org", 3, "Without TLS"), ("http://localhost.example.org", 3, "Without TLS"),
            ("ftp://localhost", 3, "begins with https://"), ("localhost", 3, "begins with https://"),
            ("https://user@localhost", 3, "https:// and a host"), ("https://localhost/api", 3, "https:// and a host"),
            ("https://", 3, "https:// and a host"), ("https://localhost?x", 3, "https:// and a host"),
        ):
            done = self.remote("user", "list", url=url, expect=code)
            self.assertIn(words, done.stderr, url)
            self.assertEqual(done.stderr.count("\n"), 1)
            said = json.loads(self.remote("user", "list", "--json", url=url, expect=code).stderr)
            self.assertIn(words, said["message"])
        # Without TLS, where nothing leaves the machine.
        self.assertIn("sample-here", self.remote("user", "list", url=self.server.url).stdout)

    def test_what_does_not_answer_like_a_server_of_ours_is_told(self):
        for status, body, code, words in (
            (302, b"", 1, "which is not followed"), (200, b"<html>", 4, "does not answer as an Aldrava server"),
            (404, b"<html>", 4, "does not answer as an Aldrava server"),
            (404, b'{"error":"Not found","code":"not_found"}', 1, "takes no commands"),
            (400, b'{"error":"Unknown","code":"unknown_command"}', 1, "Unknown."),
            (503, b'{"error":"x","code":"temporarily_unavailable"}', 4, "cannot carry the command out now (503)"),
            (502, b"bad gateway", 4, "cannot carry the command out now (502)"),
            (200, b'{"outcome":"done","message":"\\u001b[2J","result":{}}', 0, ""),
        ):
            asked = []

            class Answering(http.server.BaseHTTPRequestHandler):
                def do_POST(self):
                    asked.append((self.path, self.headers["X-Service-Api-Key"]))
                    self.rfile.read(int(self.headers["Content-Length"]))
                    self.send_response(status)
                    self.send_header("Location", "/elsewhere")
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

                def log_message(self, *_):
                    pass

            with http.server.HTTPServer(("127.0.0.1", 0), Answering) as listener:
                thread = threading.Thread(target=listener.serve_forever)
                thread.start()
                try:
                    done = self.remote(
                        "user", "show", "x", url=f"http://127.0.0.1:{listener.server_port}", expect=code)
                finally:
                    listener.shutdown()
                    thread.join()
            self.assertIn(words, done.stderr)
            self.assertNotIn("\x1b", done.stdout)
            self.assertEqual([path for path, _ in asked], ["/api/admin/commands"])

    def test_neither_keys_nor_passwords_stand_in_a_log(self):
        secret = "a password that nobody else has"
        self.remote("user", "add", "quiet", "quiet@example.org", "--password-stdin", stdin=secret + "\n")
        self.server.audit_settled(lambda lines: any(line["did"] == "create_user" for line in lines))
        texts = [self.key.read_text().strip().encode(), secret.encode()]
        for file in self.server.data.glob("*.jsonl"):
            for text in texts:
                self.assertNotIn(text, file.read_bytes(), file.name)
        self.assertNotIn(texts[0], (self.server.folder / "output.txt").read_bytes())


on_both_databases(globals(), RemoteTest)

if __name__ == "__main__":
    unittest.main()
