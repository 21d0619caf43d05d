#!/usr/bin/env python3
"""One person's way through the server, from sign-up to an audited sign-out, and an operator's beside it."""

import os
import pathlib
import re
import stat
import unittest

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from harness import BINARY, ServerTest, free_port, on_both_databases, run, segments

PASSWORD = "correct horse battery staple"
NINE_FIELDS = ["who", "did", "this", "when", "confirmed_by", "if_ok", "if_doubt", "if_not", "status"]


class Journey(ServerTest):
    secrets = set()

    @classmethod
    def prepare(cls):
        super().prepare()
        cls.admin = cls.server.make_admin()
        cls.secrets = {PASSWORD, "a long first password", cls.admin}

    def newcomer(self, name):
        answer = self.server.register(name, PASSWORD)
        self.assertEqual(answer.status, 201, answer)
        self.secrets |= {answer.json["token"], answer.json["refresh_token"]}
        return answer.json

    def me(self, token, **options):
        return self.server.call("GET", "/api/auth/me", token=token, **options)

    def assert_refused(self, answer, status, error):
        self.assertEqual((answer.status, answer.json["error"]), (status, error), answer)
        self.assertRegex(answer.json["code"], r"^[a-z][a-z0-9_]+$")

    def test_a_newcomer_signs_up_and_is_somebody(self):
        body = self.newcomer("ana")
        self.assertEqual(set(body), {"message", "user", "token", "expires_at", "refresh_token"})
        self.assertEqual(body["message"], "User registered successfully")
        self.assertEqual(set(body["user"]), {"id", "username", "email"})
        self.assertEqual(body["user"]["username"], "ana")
        self.assertEqual(body["user"]["email"], "ana@example.org")
        self.assertRegex(body["user"]["id"], r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
        self.assertRegex(body["expires_at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
        answer = self.me(body["token"])
        self.assertEqual(answer.status, 200, answer)
        self.assertLessEqual({"id", "username", "email", "roles", "created_at"}, set(answer.json))
        self.assertEqual(answer.json["id"], body["user"]["id"])
        self.assertEqual(answer.headers["Cache-Control"], "no-store")

    def test_sign_in_takes_the_username_or_the_address_in_any_case(self):
        self.newcomer("bruno")
        for name in ("bruno", "BRUNO", "bruno@example.org", "Bruno@EXAMPLE.org"):
            answer = self.server.login(name, PASSWORD)
            self.assertEqual((answer.status, answer.json["message"]), (200, "Login successful"), name)
            self.assertEqual(answer.json["user"]["username"], "bruno")

    def test_unknown_and_wrong_look_alike(self):
        self.newcomer("carla")
        answers = [self.server.login("carla", "not the password"), self.server.login("nobody-here", "not the password")]
        for answer in answers:
            self.assert_refused(answer, 401, "Invalid credentials")
        self.assertEqual(answers[0].json["code"], answers[1].json["code"])

    def test_a_name_is_taken_once(self):
        self.newcomer("dora")
        for body in (
            {"username": "DORA", "email": "other@example.org", "password": PASSWORD},
            {"username": "other", "email": "Dora@example.ORG", "password": PASSWORD},
        ):
            answer = self.server.call("POST", "/api/auth/register", body)
            self.assert_refused(answer, 409, "Username or email already exists")

    def test_validation_names_every_problem_at_once(self):
        answer = self.server.call(
            "POST", "/api/auth/register", {"username": "", "email": "nowhere", "password": "short"})
        self.assert_refused(answer, 400, "Validation error")
        self.assertEqual(answer.json["code"], "validation_error")
        self.assertEqual(set(answer.json["details"]), {"username", "email", "password"})
        for problems in answer.json["details"].values():
            self.assertIsInstance(problems, list)
            self.assertTrue(problems)
        answer = self.server.call("POST", "/api/auth/register", {"username": 7, "password": None})
        self.assert_refused(answer, 400, "Validation error")
        self.assertEqual(set(answer.json["details"]), {"username", "email", "password"})
        for password in ("password", "eduarda-x", "eduarda-x@example.org", "x" * 513):
            answer = self.server.register("eduarda-x", password)
            self.assert_refused(answer, 400, "Validation error")
            self.assertEqual(set(answer.json["details"]), {"password"}, password)

    def test_a_guard_says_exactly_what_is_missing(self):
        token = self.newcomer("fabio")["token"]
        self.assert_refused(self.server.call("GET", "/api/auth/me"), 401, "Authentication required")
        self.assert_refused(self.me("no-token"), 401, "Authentication required")
        self.assert_refused(self.server.call("POST", "/api/auth/logout"), 401, "Authentication required")
        self.assert_refused(self.server.call("GET", "/api/audit/logs"), 401, "Authentication required")
        self.assert_refused(self.server.call("GET", "/api/audit/logs", token=token), 403, "Permission 'aldrava.audit:read' required")

    def test_refresh_gives_the_next_tokens_and_a_lost_reply_the_same_again(self):
        first = self.newcomer("gil")
        second = self.server.refresh(first["refresh_token"])
        self.assertEqual(second.status, 200, second)
        again = self.server.refresh(first["refresh_token"])
        self.assertEqual(again.json["refresh_token"], second.json["refresh_token"])
        self.assertNotEqual(second.json["refresh_token"], first["refresh_token"])
        self.assertEqual(self.me(second.json["token"]).status, 200)
        third = self.server.refresh(second.json["refresh_token"])
        self.assertEqual(third.status, 200, third)
        self.secrets |= {second.json["refresh_token"], third.json["refresh_token"], third.json["token"]}

    def test_a_spent_refresh_token_ends_the_family(self):
        first = self.newcomer("heitor")["refresh_token"]
        second = self.server.refresh(first).json["refresh_token"]
        third = self.server.refresh(second).json["refresh_token"]
        fourth = self.server.refresh(third).json
        stolen = self.server.refresh(first)
        self.assertEqual(stolen.status, 401, stolen)
        self.assertEqual(self.server.refresh(fourth["refresh_token"]).status, 401)
        self.assertEqual(self.me(fourth["token"]).status, 401)

    def test_sign_out_holds_at_the_next_request(self):
        body = self.newcomer("ines")
        self.assertEqual(self.me(body["token"]).status, 200)
        self.assertEqual(self.server.call("POST", "/api/auth/logout", token=body["token"]).status, 200)
        self.assert_refused(self.me(body["token"]), 401, "Authentication required")
        self.assertEqual(self.server.refresh(body["refresh_token"]).status, 401)

    def test_a_user_disabled_beside_a_warm_server_is_refused_at_the_next_request(self):
        body = self.newcomer("joana")
        for _ in range(3):
            self.assertEqual(self.me(body["token"]).status, 200)
        self.server.cli("user", "disable", "joana")
        self.assertEqual(self.me(body["token"]).status, 401)
        self.assertEqual(self.server.refresh(body["refresh_token"]).status, 401)
        self.assert_refused(self.server.login("joana", PASSWORD), 401, "Invalid credentials")
        self.server.cli("user", "enable", "joana")
        self.assertEqual(self.server.login("joana", PASSWORD).status, 200)

    def test_what_is_granted_is_in_the_next_token(self):
        self.newcomer("karen")
        self.server.cli("role", "create", "editor")
        self.server.cli("permission", "create", "messages", "read")
        self.server.cli("grant", "role", "editor", "--user", "karen")
        self.server.cli("grant", "permission", "messages:read", "--role", "editor")
        body = self.server.login("karen", PASSWORD).json
        _, claims, _ = segments(body["token"])
        self.assertIn("editor", claims["roles"])
        self.assertEqual(claims["permissions"], ["messages:read"])
        self.assertIn("editor", self.me(body["token"]).json["roles"])
        self.server.cli("revoke", "role", "editor", "--user", "karen")
        self.assertNotIn("editor", self.me(body["token"]).json["roles"])

    def test_a_stranger_verifies_tokens_with_the_published_keys(self):
        token = self.newcomer("lucas")["token"]
        header, claims, signature = segments(token)
        self.assertEqual(header["alg"], "ES256")
        self.assertLessEqual({"iss", "sub", "aud", "exp", "iat", "jti", "sid", "rc"}, set(claims))
        answer = self.server.call("GET", "/.well-known/jwks.json")
        self.assertEqual(answer.status, 200)
        self.assertRegex(answer.headers["Cache-Control"], r"max-age=\d+")
        for key in answer.json["keys"]:
            self.assertNotIn("d", key, "a private key is published")
        key = next(key for key in answer.json["keys"] if key["kid"] == header["kid"])
        verified = jwt.decode(
            token, jwt.PyJWK(key).key, algorithms=["ES256"], issuer=self.server.url, audience=claims["aud"])
        self.assertEqual(verified["username"], "lucas")
        # The same claims under another key, under no key, and under the public key as an HMAC secret.
        stranger = ec.generate_private_key(ec.SECP256R1())
        fields = {"kid": header["kid"], "typ": header.get("typ", "JWT")}
        self.assertEqual(self.me(jwt.encode(claims, stranger, "ES256", headers=fields)).status, 401)
        self.assertEqual(self.me(jwt.encode(claims, None, "none", headers=fields)).status, 401)
        self.assertEqual(self.me(jwt.encode(claims, key["x"] + key["y"], "HS256", headers=fields)).status, 401)
        self.assertEqual(self.me(token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB")).status, 401)

    def test_the_administrator_reads_the_audit_page_by_page(self):
        self.newcomer("marta")
        self.server.login("marta", "wrong on purpose")
        self.server.audit_settled(
            lambda lines: any((line["did"], line["who"]) == ("login_failed", "marta") for line in lines))
        seen, cursor = [], None
        while True:
            path = "/api/audit/logs?limit=5" + (f"&before={cursor}" if cursor else "")
            answer = self.server.call("GET", path, token=self.admin)
            self.assertEqual(answer.status, 200, answer)
            self.assertLessEqual(len(answer.json["logs"]), 5)
            seen += answer.json["logs"]
            cursor = answer.json["next"]
            if not cursor:
                break
        ids = [line["id"] for line in seen]
        self.assertEqual(len(ids), len(set(ids)))
        whens = [line["when"] for line in seen]
        self.assertEqual(whens, sorted(whens, reverse=True))
        mine = [line["did"] for line in seen if line["who"] == "marta"]
        self.assertEqual(mine, ["login_failed", "login", "create_user"])

    def test_the_open_doors(self):
        self.assertEqual(self.server.call("GET", "/health").json, {"status": "ok"})
        for path in ("/", "/dbstatus"):
            self.assertEqual(self.server.call("GET", path).status, 200, path)
        head = self.server.call("HEAD", "/health")
        self.assertEqual((head.status, head.raw), (200, b""))
        self.assertEqual(self.server.call("GET", "/no/such/thing").status, 404)
        wrong = self.server.call("DELETE", "/api/auth/me")
        self.assertEqual(wrong.status, 405)
        self.assertIn("GET", wrong.headers["Allow"])
        named = self.server.call("GET", "/health", headers={"X-Request-ID": "trace-0815"})
        self.assertEqual(named.headers["X-Request-ID"], "trace-0815")

    def test_a_token_in_the_address_is_no_token(self):
        token = self.newcomer("nadia")["token"]
        self.assertEqual(self.server.call("GET", f"/api/auth/me?token={token}&access_token={token}").status, 401)

    def test_the_audit_file_has_nine_fields_and_no_secrets(self):
        self.newcomer("otto")
        typed_by_mistake = "My-Secret-Typed-As-Name!"
        self.server.login(typed_by_mistake, PASSWORD)
        # Other tests' failures are in the file as well: this one's is the last line, behind what the newcomer did.
        lines = self.server.audit_settled(
            lambda lines: any(line["who"] == "otto" for line in lines) and lines[-1]["did"] == "login_failed")
        for line in lines:
            self.assertEqual(list(line), NINE_FIELDS)
            self.assertIn(line["status"], ("valid:true", "valid:false"))
            self.assertRegex(line["when"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        mine = [(line["did"], line["status"]) for line in lines if line["who"] == "otto"]
        self.assertEqual(mine, [("create_user", "valid:true"), ("login", "valid:true")])
        self.assertTrue(any(line["this"].get("ip") == "127.0.0.1" for line in lines))
        self.assertTrue(any(line["this"].get("user_agent") == "aldrava-outside" for line in lines))
        logs = sorted(self.server.data.glob("*.jsonl*"))
        self.assertIn("logline.system.jsonl", [file.name for file in logs])
        for file in logs:
            self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600, file.name)
            text = file.read_text()
            for secret in self.secrets | {typed_by_mistake}:
                self.assertNotIn(secret, text, file.name)
        self.assertEqual(stat.S_IMODE(self.server.data.stat().st_mode) & 0o077, 0)

    def test_a_line_break_cannot_forge_an_audit_line(self):
        forged = 'x"}\r\n{"who":"forged"'
        self.server.login(forged, "whatever it is")
        self.newcomer("paula")
        lines = self.server.audit_settled(lambda lines: any(line["who"] == "paula" for line in lines))
        self.assertFalse([line for line in lines if line["who"] == "forged"])

    def test_a_second_server_in_the_same_folder_says_one_sentence(self):
        second = self.server.cli(
            "serve", expect=None, environment={"ALDRAVA_LISTEN": f"127.0.0.1:{free_port()}"})
        self.assert_one_sentence(second)
        self.assertEqual(self.server.call("GET", "/health").status, 200)

    def test_a_port_in_use_is_one_sentence(self):
        another = {
            "ALDRAVA_DATA": str(self.server.folder / "another"),
            "ALDRAVA_MASTER_KEY_FILE": str(self.server.data / "master.key"),
        }
        second = self.server.cli("serve", expect=None, environment=another)
        self.assert_one_sentence(second)
        self.assertIn(str(self.server.port), second.stderr)

    def test_only_a_postgresql_database_needs_the_postgresql_library(self):
        folder = self.server.folder / "libraries"
        folder.mkdir()
        here = {
            "LD_LIBRARY_PATH": str(folder),
            "ALDRAVA_DATA": str(self.server.folder / "without-library"),
            "ALDRAVA_MASTER_KEY": os.urandom(32).hex(),
        }
        library = folder / "libpq.so.5"
        library.write_bytes(b"")
        if self.backend == "sqlite":
            self.server.cli("migrate", environment=here)
        with_database = {**here, "ALDRAVA_DATABASE": "postgres://user:s3cr3t@127.0.0.1:1/database"}
        done = self.server.cli("migrate", expect=4, environment=with_database)
        self.assert_one_sentence(done)
        self.assertIn("libpq.so.5", done.stderr)
        # A library that loads, and is another one.
        library.unlink()
        library.symlink_to(next(pathlib.Path("/lib").glob("*/libm.so.6")))
        done = self.server.cli("migrate", expect=4, environment=with_database)
        self.assert_one_sentence(done)
        self.assertIn("libpq.so.5 has no PQ", done.stderr)

    @unittest.skipIf(BINARY.parent.name == "debug", "is asked of the program that is shipped")
    def test_the_program_brings_along_only_what_it_needs(self):
        expected = [
            "crypto", "ssl", "sodium", "crypt", "argon2", "sqlite3", "utf8proc", "idn2", "z", "c", "m", "gcc_s", "stdc++",
            "ld-linux"]
        for name in re.findall(r"\(NEEDED\).*\[(?:lib)?([^.\]]+)", run(["readelf", "--dynamic", BINARY]).decode()):
            self.assertIn(name.removesuffix("-x86-64").removesuffix("-aarch64"), expected)
        # One call of an algorithm that looks harmless links the whole engine of regular expressions.
        self.assertNotIn(b"12_RegexParser", BINARY.read_bytes())

    def assert_one_sentence(self, done):
        self.assertNotEqual(done.returncode, 0)
        self.assertGreater(done.returncode, 0, "ended by a signal")
        self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)

    def test_settings_are_checked_all_at_once(self):
        wrong = {"ALDRAVA_LISTNE": "x", "ALDRAVA_MAX_BODY": "s3cr3t-in-the-wrong-place", "ALDRAVA_LISTEN": "nowhere"}
        done = self.server.cli("serve", expect=None, environment=wrong)
        self.assertGreater(done.returncode, 0)
        for name in wrong:
            self.assertIn(name, done.stderr)
        self.assertNotIn("s3cr3t", done.stderr)

    def test_the_command_line_never_takes_a_password_as_an_argument(self):
        for arguments in (["--password", PASSWORD], [PASSWORD]):
            done = self.server.cli("user", "add", "quirino", "q@example.org", *arguments, expect=None)
            self.assertGreater(done.returncode, 0)
        self.server.cli("user", "add", "quirino", "q@example.org", stdin=PASSWORD + "\n")
        self.assertEqual(self.server.login("quirino", PASSWORD).status, 200)
        shown = self.server.cli("user", "show", "quirino", "--json").stdout
        self.assertIn('"quirino"', shown)
        self.assertNotIn("argon2", shown)

    def test_the_version_is_printed(self):
        self.assertRegex(self.server.cli("version").stdout, r"\d+\.\d+")
        for arguments in (["--help"], ["serve", "--help"], ["user", "--help"]):
            self.assertIn("aldrava", self.server.cli(*arguments).stdout)


class Rest(ServerTest):
    """What holds across a stop: nothing is forgotten, and a stop is clean."""

    def test_everything_is_there_after_a_restart(self):
        body = self.server.register("rita", PASSWORD).json
        self.assertEqual(self.server.stop(), 0)
        self.server.start()
        self.assertEqual(self.server.call("GET", "/api/auth/me", token=body["token"]).status, 200)
        self.assertEqual(self.server.refresh(body["refresh_token"]).status, 200)
        self.assertEqual(self.server.login("rita", PASSWORD).status, 200)

    def test_another_master_key_is_refused_in_one_sentence(self):
        self.server.register("sara", PASSWORD)
        self.server.stop()
        key = self.server.data / "master.key"
        kept = key.read_bytes()
        try:
            key.unlink()
            for environment in ({}, {"ALDRAVA_MASTER_KEY": os.urandom(32).hex()}):
                done = self.server.cli("serve", expect=None, environment=environment)
                self.assertGreater(done.returncode, 0)
                self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)
        finally:
            key.write_bytes(kept)
            key.chmod(0o600)
            self.server.start()
        self.assertEqual(self.server.login("sara", PASSWORD).status, 200)


on_both_databases(globals(), Journey, Rest)

if __name__ == "__main__":
    unittest.main()
