#!/usr/bin/env python3
"""Groups, organisations and invitations over HTTP and on the command line, with real mail, in both languages."""

import concurrent.futures
import json
import unittest
import urllib.parse

from harness import ServerTest, on_both_databases, segments
from sink import Sink

PASSWORD = "a first good pass phrase"
OTHER = "another good pass phrase"


class Organisations(ServerTest):
    @classmethod
    def prepare(cls):
        cls.sink = Sink("plain").start()
        cls.addClassCleanup(cls.sink.remove)
        cls.server.environment |= cls.sink.environment
        super().prepare()
        cls.server.widen()
        cls.admin = cls.server.make_admin()
        cls.server.cli("permission", "create", "orders", "read")

    def call(self, method, path, body=None, token=None, expect=200, **options):
        answer = self.server.call(method, path, body, token=token or self.admin, **options)
        self.assertEqual(answer.status, expect, answer)
        return answer.json

    def person(self, name):
        answer = self.server.register(name, PASSWORD)
        self.assertEqual(answer.status, 201, answer)
        token = answer.json["token"]
        self.server.call("POST", "/api/auth/verify-email/request", {}, token=token)
        letter = self.sink.wait_for(f"{name}@example.org")
        proven = self.server.call("POST", "/api/auth/verify-email", {"token": letter.token()})
        self.assertEqual(proven.status, 200, proven)
        return token, self.server.call("GET", "/api/auth/me", token=token).json

    def organisation(self, name, boss):
        self.call("POST", "/api/admin/organisations", {"name": name, "title": f"The {name}"}, expect=201)
        self.call("PUT", f"/api/admin/organisations/{name}/members/{boss}", {"role": "admin"})

    def test_groups_over_http(self):
        token, me = self.person("gina")
        user = self.identify(me)
        made = self.call("POST", "/api/admin/groups", {"name": "support", "description": "They help"}, expect=201)
        self.assertEqual(made["group"]["name"], "support")
        self.call("POST", "/api/admin/groups", {"name": "support"}, expect=409)
        self.call("POST", "/api/admin/groups", {"name": "no spaces"}, expect=400)
        self.call("POST", "/api/admin/groups", {"name": "staff"}, expect=201)
        self.call("PUT", f"/api/admin/groups/support/members/user/{user}")
        again = self.call("PUT", "/api/admin/groups/support/members/user/gina")
        self.assertFalse(again["changed"])
        self.call("PUT", "/api/admin/groups/staff/members/group/support")
        refused = self.call("PUT", "/api/admin/groups/support/members/group/staff", expect=409)
        self.assertEqual(refused["code"], "cycle")
        self.call("PUT", "/api/admin/groups/support/members/user/nobody", expect=404)
        self.call("PUT", "/api/admin/groups/support/members/role/admin", expect=404)
        members = self.call("GET", "/api/admin/groups/support/members")["members"]
        self.assertEqual([(one["kind"], one["name"]) for one in members], [("user", "gina")])
        self.server.cli("grant", "permission", "orders:read", "--group", "staff")
        held = self.call("GET", "/api/admin/groups/staff")["holds"]
        self.assertEqual([one["name"] for one in held], ["orders:read"])
        # What tokens, headers and answers say.
        fresh = self.server.login("gina", PASSWORD).json["token"]
        claims = segments(fresh)[1]
        self.assertEqual(claims["groups"], ["staff", "support"])
        self.assertIn("orders:read", claims["permissions"])
        checked = self.server.call("GET", "/api/auth/verify", token=fresh)
        self.assertEqual(checked.headers["X-Auth-Groups"], "staff,support", checked.headers)
        asked = self.call("POST", "/api/auth/check", {"questions": [{"permission": "orders:read"}]}, fresh)
        self.assertTrue(asked["answers"][0]["allowed"], asked)
        # Edits.
        edit = lambda body, tag, expect: self.server.call(  # noqa: E731
            "PATCH", "/api/admin/groups/support", body, token=self.admin, headers={"If-Match": tag})
        version = self.call("GET", "/api/admin/groups/support")["group"]["version"]
        first = edit({"description": "They still help"}, f'"{version}"', 200)
        self.assertEqual((first.status, first.headers["ETag"]), (200, f'"{version + 1}"'), first)
        late = edit({"description": "Too late"}, f'"{version}"', 412)
        self.assertEqual(late.status, 412, late)
        self.assertIn("They still help", json.dumps(late.json["details"]))
        # Nobody without the permission.
        for method, path in (("GET", ""), ("GET", "/staff"), ("DELETE", "/staff"), ("GET", "/staff/members")):
            self.call(method, f"/api/admin/groups{path}", token=fresh, expect=403)
        self.call("DELETE", "/api/admin/groups/support/members/user/gina")
        self.call("DELETE", "/api/admin/groups/staff")
        self.call("GET", "/api/admin/groups/staff", expect=404)
        self.call("DELETE", "/api/admin/groups/support")

    def test_somebody_without_an_account_joins(self):
        boss, me = self.person("berta")
        self.organisation("acme", self.identify(me))
        self.call("POST", "/api/admin/groups", {"name": "sellers", "organisation": "acme"}, expect=201)
        self.server.cli("grant", "permission", "orders:read", "--group", "sellers")
        self.person("known")
        place = "/api/organisations/acme/invitations"
        answers = []
        for number, (email, language) in enumerate((("new@example.org", "en"), ("known@example.org", "pt-BR"))):
            sent = self.server.call("POST", place, {
                "email": email, "groups": ["sellers"], "language": language}, token=boss)
            self.assertEqual(sent.status, 202, sent)
            answers.append((sorted(sent.json), len(sent.raw)))
        self.assertEqual(answers[0], answers[1])
        self.assertEqual(
            {one["email"] for one in self.call("GET", place, token=boss)["invitations"]},
            {"new@example.org", "known@example.org"})
        letter = self.sink.wait_for("new@example.org")
        portuguese = self.sink.wait_for("known@example.org")
        self.assertIn("The acme", letter.text)
        self.assertIn("convite", portuguese.text)
        page = urllib.parse.urlsplit(letter.link())
        self.assertEqual(page.path, "/invitation")
        for method in ("HEAD", "GET", "GET"):
            self.assertEqual(self.server.call(method, f"{page.path}?{page.query}").status, 200)
        join = {"token": letter.token(), "username": "new", "password": OTHER}
        known = self.server.call("POST", "/api/auth/invitations/join", {**join, "token": portuguese.token()})
        self.assertEqual((known.status, known.json["code"]), (409, "has_account"), known)
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            tries = list(pool.map(
                lambda n: self.server.call("POST", "/api/auth/invitations/join", {**join, "username": f"new{n}"}),
                range(6)))
        self.assertEqual(sorted(one.status for one in tries)[0], 201, tries)
        self.assertEqual(sum(one.status == 201 for one in tries), 1, tries)
        token = self.server.login("new@example.org", OTHER).json["token"]
        self.assertEqual(segments(token)[1]["groups"], ["sellers"])
        mine = self.call("GET", "/api/auth/organisations", token=token)["organisations"]
        self.assertEqual([(one["name"], one["role"]) for one in mine], [("acme", "member")])
        # A member is no administrator, and a stranger sees nothing at all.
        self.call("GET", "/api/organisations/acme", token=token)
        self.call("GET", "/api/organisations/acme/members", token=token, expect=403)
        stranger, _ = self.person("stranger")
        for method, path, body in (
                ("GET", "", None), ("GET", "/members", None), ("GET", "/invitations", None), ("GET", "/groups", None),
                ("POST", "/invitations", {"email": "x@example.org"})):
            there = self.server.call(method, f"/api/organisations/acme{path}", body, token=stranger)
            nowhere = self.server.call(method, f"/api/organisations/nowhere{path}", body, token=stranger)
            self.assertEqual((there.status, there.raw), (404, nowhere.raw), there)
        # The form of the hosted page takes the other one up, once its owner is signed in.
        accepted = self.server.call(
            "POST", "/api/auth/invitations/accept", {"token": portuguese.token()},
            token=self.server.login("known", PASSWORD).json["token"])
        self.assertEqual(accepted.status, 200, accepted)
        over = self.server.call(
            "POST", "/api/auth/invitations/accept", {"token": portuguese.token()},
            token=self.server.login("known", PASSWORD).json["token"])
        self.assertEqual((over.status, over.json["code"]), (400, "invalid_proof"), over)
        members = self.call("GET", "/api/organisations/acme/members", token=boss)["members"]
        gone = next(one["id"] for one in members if one["username"] == "known")
        self.call("DELETE", f"/api/organisations/acme/members/{gone}", token=boss)
        last = self.call("DELETE", f"/api/organisations/acme/members/{self.identify(me)}", token=boss, expect=409)
        self.assertEqual(last["code"], "last_organisation_admin")
        self.call("DELETE", "/api/auth/organisations/acme", token=boss, expect=409)
        self.call("DELETE", "/api/auth/organisations/acme", token=token)
        self.call("GET", "/api/organisations/acme", token=token, expect=404)

    def test_the_command_line(self):
        self.person("clara")
        self.server.cli("organisation", "create", "guild", "--title", "The Guild")
        self.server.cli("organisation", "add", "guild", "--user", "clara", "--role", "admin")
        self.server.cli("group", "create", "masters", "--organisation", "guild", "--description", "Know how")
        self.server.cli("group", "add", "masters", "--user", "clara")
        self.server.cli("group", "create", "plain")
        self.server.cli("group", "add", "masters", "--group", "plain", expect=1)
        self.assertIn("clara", self.server.cli("group", "members", "masters").stdout)
        self.assertIn("masters", self.server.cli("organisation", "show", "guild").stdout)
        self.assertIn("clara", self.server.cli("organisation", "members", "guild").stdout)
        self.server.cli("invitation", "send", "dan@example.org", "--organisation", "guild", "--group", "masters",
                        "--language", "pt-BR")
        letter = self.sink.wait_for("dan@example.org")
        self.assertIn("The Guild", letter.subject)
        listed = json.loads(self.server.cli("invitation", "list", "--organisation", "guild", "--json").stdout)
        (one,) = listed["result"]["invitations"]
        self.assertEqual((one["email"], one["groups"]), ("dan@example.org", ["masters"]))
        self.server.cli("invitation", "withdraw", one["id"], "--organisation", "guild")
        over = self.server.call("POST", "/api/auth/invitations/join", {"token": letter.token(), "password": OTHER})
        self.assertEqual((over.status, over.json["code"]), (400, "invalid_proof"), over)
        self.server.cli("group", "change", "plain", "--name", "plainer")
        self.assertIn("plainer", self.server.cli("group", "list").stdout)
        self.server.cli("organisation", "remove", "guild", "--user", "clara")
        self.server.cli("organisation", "delete", "guild")
        self.assertNotIn("masters", self.server.cli("group", "list").stdout)
        # What was done is in the audit, and no address is there in the clear.
        wanted = {"create_organisation", "change_organisation_member", "invite_to_organisation", "withdraw_invitation",
                  "delete_organisation"}
        done = {line["did"] for line in self.server.audit_settled(
            lambda lines: wanted <= {line["did"] for line in lines})}
        self.assertLessEqual(wanted, done)

    def identify(self, me):
        return me.get("id") or me["user"]["id"]


on_both_databases(globals(), Organisations)

if __name__ == "__main__":
    unittest.main(verbosity=2)
