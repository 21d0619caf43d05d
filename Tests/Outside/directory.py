#!/usr/bin/env python3
"""A directory: people who are in it before they ever sign in, the roles that follow from what is known of them, and the
CPF that no log shows."""

import concurrent.futures
import json
import pathlib
import unittest

from harness import ROOT, ServerTest, on_both_databases

CPF, SECOND, WRONG = "529.982.247-25", "111.444.777-35", "529.982.247-99"
REALM = "/realms/usuarios"
PASSWORD = "correct horse battery staple"


def digits(cpf):
    return "".join(mark for mark in cpf if mark.isdigit())


class Directory(ServerTest):
    @classmethod
    def prepare(cls):
        cls.server.start()
        cls.server.cli("apply", str(ROOT / "docs/examples/usuarios.json"))
        cls.server.cli("apply", str(ROOT / "docs/examples/usuarios.json"))
        cls.server.cli(
            "admin", "create", "chefe", "chefe@firma.example", "--realm", "usuarios", stdin=PASSWORD + "\n")
        cls.admin = cls.sign_in("chefe")

    @classmethod
    def sign_in(cls, name):
        answer = cls.server.call(
            "POST", f"{REALM}/api/auth/login", {"username_or_email": name, "password": PASSWORD})
        assert answer.status == 200, answer
        return answer.json["token"]

    def call(self, method, path, body=None, expect=200, token=None, **options):
        answer = self.server.call(method, f"{REALM}{path}", body, token=token or self.admin, **options)
        self.assertEqual(answer.status, expect, answer)
        return answer

    def add(self, name, expect=201, **attributes):
        body = {"email": f"{name}@firma.example", "attributes": {"nome_completo": f"{name} da Silva"} | attributes}
        return self.call("POST", "/api/admin/users", body, expect=expect)

    def letter(self, address):
        """The token in the newest letter to an address; letters are files where no mail server is set."""
        import email
        import email.policy
        import re
        import time

        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            found = []
            for file in self.server.data.rglob("[!.]*.eml"):  # one with a dot is being written
                message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default.clone(utf8=True))
                if address in str(message["To"]):
                    found.append((file.stat().st_mtime_ns, message))
            if found:
                text = max(found, key=lambda pair: pair[0])[1].get_body(("plain",)).get_content()
                match = re.search(r"[?&]token=([A-Za-z0-9_-]+)", text)
                if match:
                    return match.group(1)
            time.sleep(0.2)
        self.fail(f"no letter to {address}")

    def test_a_person_is_there_before_ever_signing_in_and_takes_the_account_up(self):
        added = self.add("rui", cpf=CPF, oab="123.456", uf_oab="sp").json
        made = added["user"]
        self.assertEqual(made["username"], "rui")
        self.assertEqual(added["roles"], ["advogado", "user"])
        profile = self.call("GET", f"/api/admin/users/{made['id']}/profile").json
        self.assertEqual(
            profile["attributes"],
            {"usuario_id": profile["number"], "nome_completo": "rui da Silva", "cpf": CPF,
             "email_corporativo": "rui@firma.example", "ativo": True, "oab": "123456", "uf_oab": "SP"})
        self.assertTrue(profile["complete"])
        # Nobody signs in without a password.
        self.call(
            "POST", "/api/auth/login", {"username_or_email": "rui", "password": PASSWORD}, expect=401)
        # The person signs up with the address; the letter proves it, and the account is taken up as it is.
        self.call(
            "POST", "/api/auth/register",
            {"username": "outro", "email": "rui@firma.example", "password": PASSWORD,
             "attributes": {"nome_completo": "Somebody Else"}}, expect=202)
        token = self.letter("rui@firma.example")
        confirmed = self.call(
            "POST", "/api/auth/register/confirm", {"token": token, "password": PASSWORD}, expect=201)
        access = confirmed.json["token"]
        own = self.call("GET", "/api/auth/profile", token=access).json
        self.assertEqual(own["number"], profile["number"])
        self.assertEqual(own["attributes"]["nome_completo"], "rui da Silva")
        self.assertIn("advogado", self.call("GET", "/api/auth/me", token=access).json["roles"])

    def test_every_problem_is_told_at_once(self):
        answer = self.call(
            "POST", "/api/admin/users",
            {"username": "a@b", "email": "nobody",
             "attributes": {"cpf": WRONG, "oab": "x", "uf_oab": "XX", "ativo": True, "nada": 1}}, expect=400)
        fields = answer.json["details"]
        self.assertEqual(
            sorted(fields if isinstance(fields, dict) else [entry["field"] for entry in fields]),
            ["attributes.ativo", "attributes.cpf", "attributes.nada", "attributes.nome_completo", "attributes.oab",
             "attributes.uf_oab", "email", "username"])

    def test_of_many_who_claim_one_cpf_one_has_it(self):
        users = [self.add(f"corrida{number}").json["user"]["id"] for number in range(6)]

        def claim(user):
            return self.server.call(
                "PATCH", f"{REALM}/api/admin/users/{user}/profile", {"attributes": {"cpf": "123.456.789-09"}},
                token=self.admin).status

        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            self.assertEqual(sorted(pool.map(claim, users)), [200] + [409] * 5)

    def test_two_editors_do_not_overwrite_each_other(self):
        user = self.add("editada").json["user"]["id"]
        path = f"/api/admin/users/{user}/profile"
        tag = self.call("GET", path).headers["ETag"]
        patch = {"attributes": {"nome_completo": "Ana Editada"}}
        self.call("PATCH", path, patch, headers={"If-Match": tag})
        self.call("PATCH", path, {"attributes": {"uf_oab": "SP"}}, headers={"If-Match": tag}, expect=412)

    def test_roles_follow_from_the_next_request_on(self):
        user = self.add("advogada").json["user"]["id"]
        path = f"/api/admin/users/{user}/profile"
        for oab, roles in (("77", ["advogado", "user"]), (None, ["user"])):
            self.call("PATCH", path, {"attributes": {"oab": oab, "uf_oab": "MG"}})
            shown = json.loads(self.server.cli("user", "show", "advogada", "--realm", "usuarios", "--json").stdout)
            self.assertEqual(shown["result"]["roles"], roles)

    def test_who_has_a_value_is_found_by_a_body_and_not_by_an_address(self):
        user = self.add("achada", cpf="64056224102").json["user"]["id"]
        found = self.call("POST", "/api/admin/find-user", {"attribute": "cpf", "value": "640.562.241-02"}).json
        self.assertEqual(found["user"]["id"], user)
        self.assertIsNone(
            self.call("POST", "/api/admin/find-user", {"attribute": "cpf", "value": "279.287.757-00"}).json["user"])

    def test_rules_change_only_where_they_break_nobody(self):
        self.add("curta")
        document = json.loads((ROOT / "docs/examples/usuarios.json").read_text())
        for attribute in document["profile"]["attributes"]:
            if attribute["name"] == "nome_completo":
                attribute["maximum"] = 5
        file = self.server.folder / "narrow.json"
        file.write_text(json.dumps(document))
        told = self.server.cli("apply", str(file), "--dry-run", expect=None)
        self.assertNotEqual(told.returncode, 0)
        self.assertIn("'nome_completo'", told.stdout + told.stderr)
        self.assertNotIn("curta da Silva", told.stdout + told.stderr)
        self.server.cli("profile", "settle", "--realm", "usuarios")
        self.assertIn("not gone over yet: 0", self.server.cli("profile", "status", "--realm", "usuarios").stdout)

    def test_the_command_line_masks_what_the_realm_masks(self):
        self.server.cli(
            "user", "add", "terminal", "terminal@firma.example", "--realm", "usuarios", "--attribute",
            "nome_completo=Terminal", "--attribute", f"cpf={SECOND}", stdin=PASSWORD + "\n")
        shown = self.server.cli("user", "profile", "terminal", "--realm", "usuarios").stdout
        self.assertIn("***.***.***-35", shown)
        self.assertNotIn(SECOND, shown)
        revealed = self.server.cli("user", "profile", "terminal", "--realm", "usuarios", "--reveal").stdout
        self.assertIn(SECOND, revealed)

    def test_zz_no_cpf_stands_in_any_log_error_metric_or_in_the_database(self):
        bodies = []
        for cpf in (WRONG, "111.111.111-11", CPF):
            bodies.append(self.server.call(
                "POST", f"{REALM}/api/admin/users",
                {"email": "grep@firma.example", "attributes": {"cpf": cpf, cpf: cpf}}, token=self.admin).raw)
            bodies.append(self.server.call(
                "POST", f"{REALM}/api/auth/register",
                {"username": "g", "email": "g@firma.example", "password": PASSWORD, "attributes": {"cpf": cpf}}).raw)
            bodies.append(self.server.call(
                "POST", f"{REALM}/api/admin/find-user", {"attribute": "cpf", "value": [cpf]}, token=self.admin).raw)
        self.assertTrue(all(b'"error"' in body for body in bodies), bodies)
        self.server.audit_settled(lambda lines: any(line["did"] == "change_profile" for line in lines))
        self.server.stop()
        everything = b"\n".join(bodies) + self.server.database_dump() + self.server.printed().encode()
        for file in pathlib.Path(self.server.data).rglob("*"):
            if file.is_file():
                everything += file.read_bytes()
        self.assertGreater(len(everything), 10_000)
        for cpf in (CPF, SECOND, WRONG, "123.456.789-09", "640.562.241-02", "111.111.111-11"):
            self.assertNotIn(cpf.encode(), everything)
            self.assertNotIn(digits(cpf).encode(), everything)


on_both_databases(globals(), Directory)

if __name__ == "__main__":
    unittest.main()
