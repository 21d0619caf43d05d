#!/usr/bin/env python3
"""What administrators do with users over the wire: looking for them, editing, retrying, many at once, as a table."""

import concurrent.futures
import csv
import io
import unittest

from harness import ServerTest, on_both_databases

PASSWORD = "correct horse battery staple"
USERS = "/api/admin/users"
COUNT = 430


class AdminUsers(ServerTest):
    @classmethod
    def prepare(cls):
        cls.server.start()
        cls.admin = cls.server.make_admin("boss", PASSWORD)
        names = [f"person{number:04}" for number in range(COUNT)]
        items = [{"action": "create", "username": name, "email": f"{name}@example.org"} for name in names]
        answer = cls.server.call("POST", f"{USERS}/bulk", {"items": items}, token=cls.admin)
        assert answer.status == 200, answer
        cls.results = answer.json["results"]
        assert all(result["status"] == 201 for result in cls.results), cls.results[:3]

    def call(self, method, path, body=None, expect=200, **options):
        answer = self.server.call(method, path, body, token=options.pop("token", self.admin), **options)
        self.assertEqual(answer.status, expect, answer)
        return answer

    def walk(self, query):
        users, after = [], ""
        while True:
            page = self.call("GET", f"{USERS}?{query}{after}").json
            users += page["users"]
            if page["next"] is None:
                return users
            after = f"&after={page['next']}"

    def test_every_order_is_walked_through_while_others_come_and_go(self):
        everybody = {f"person{number:04}" for number in range(COUNT)}
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            def disturb():
                for number in range(25):
                    self.server.call(
                        "POST", USERS, {"username": f"late{number:02}", "email": f"late{number:02}@example.com"},
                        token=self.admin)
            disturbing = pool.submit(disturb)
            for sort in ("number", "username", "email", "created_at", "last_sign_in_at"):
                for order in ("asc", "desc"):
                    users = self.walk(f"sort={sort}&order={order}&limit=57&fields=id,username")
                    seen = [user["username"] for user in users if user["username"].startswith("person")]
                    self.assertEqual(len(seen), len(set(seen)), sort)
                    self.assertEqual(set(seen), everybody, f"{sort} {order}")
            disturbing.result()
        names = [user["username"] for user in self.walk("sort=username&starts_with=person&limit=200")]
        self.assertEqual(names, sorted(everybody))

    def test_somebody_is_found_by_part_and_by_beginning(self):
        page = self.call("GET", f"{USERS}?search=N0042&count=true").json
        self.assertEqual([user["username"] for user in page["users"]], ["person0042"])
        self.assertEqual((page["total"], page["total_exact"]), (1, True))
        page = self.call("GET", f"{USERS}?sort=email&starts_with=person004&limit=200").json
        self.assertEqual(len(page["users"]), 10)
        for query in ("after=AAAA", "after=50", "fields=id,hash", "sort=id;--", "search=" + "x" * 300, "starts_with=a"):
            self.call("GET", f"{USERS}?{query}", expect=400)
        for text in ("%25", "'%20OR%20'1'='1", "_%25_", "%00"):
            self.assertIn(self.server.call("GET", f"{USERS}?search={text}", token=self.admin).status, (200, 400))

    def test_of_many_editors_one_wins_and_the_others_learn_what_differs(self):
        user = self.results[0]["id"]
        tag = self.call("GET", f"{USERS}/{user}").headers["ETag"]

        def edit(number):
            return self.server.call(
                "PATCH", f"{USERS}/{user}", {"app_metadata": {"editor": number}}, token=self.admin,
                headers={"If-Match": tag})
        with concurrent.futures.ThreadPoolExecutor(10) as pool:
            answers = list(pool.map(edit, range(50)))
        self.assertEqual(sorted({answer.status for answer in answers}), [200, 412])
        self.assertEqual(sum(answer.status == 200 for answer in answers), 1)
        for answer in answers:
            if answer.status == 412:
                self.assertEqual(answer.json["code"], "changed_meanwhile")
                self.assertEqual(list(answer.json["details"]), ["app_metadata"])
        winner = next(answer for answer in answers if answer.status == 200)
        self.assertEqual(self.call("GET", f"{USERS}/{user}").headers["ETag"], winner.headers["ETag"])

    def test_what_was_and_what_is_stands_in_the_log_and_no_column_can_be_slipped_in(self):
        user = self.results[1]["id"]
        self.call("PATCH", f"{USERS}/{user}", {"username": "renamed", "email": "renamed@example.net"})
        for body in ({"active": False}, {"realm": "system"}, {"version": 1}, {"roles": ["admin"]}, {"id": user}):
            self.call("PATCH", f"{USERS}/{user}", body, expect=400)
        lines = self.server.audit_settled(lambda lines: any(line["did"] == "change_user" and "renamed" in str(line) for line in lines))
        line = next(line for line in lines if line["did"] == "change_user" and line["this"]["target"] == user)
        self.assertEqual(line["this"]["fields"], ["username", "email"])
        self.assertEqual(line["this"]["subject"]["before"], {"username": "person0001", "email": "person0001@example.org"})
        self.assertEqual(line["this"]["subject"]["after"], {"username": "renamed", "email": "renamed@example.net"})
        if self.backend == "sqlite":
            self.assertNotIn(b'"before"', self.server.database_dump())
        self.call("PATCH", f"{USERS}/{user}", {"username": "person0001", "email": "person0001@example.org"})

    def test_a_lost_reply_is_asked_for_again(self):
        key = {"Idempotency-Key": "\"lost-reply\""}
        person = {"username": "once", "email": "once@example.com"}
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(
                lambda _: self.server.call("POST", USERS, person, token=self.admin, headers=key), range(16)))
        self.assertEqual({answer.status for answer in answers}, {201}, answers)
        self.assertEqual(len({answer.json["user"]["id"] for answer in answers}), 1)
        self.call("POST", USERS, person | {"username": "other"}, expect=422, headers=key)

        made = self.call("POST", "/api/admin/api-keys", {"name": "once"}, expect=201, headers=key).json
        again = self.call("POST", "/api/admin/api-keys", {"name": "once"}, expect=201, headers=key).json
        self.assertEqual(made["key"], again["key"])
        if self.backend == "sqlite":
            self.assertNotIn(made["key"].split("_")[-1].encode(), self.server.database_dump())

    def test_a_thousand_at_once_and_one_bad_item_stops_nobody(self):
        people = [result["id"] for result in self.results[10:410]]
        items = [{"action": "disable", "id": person} for person in people]
        items[7] = {"action": "disable", "id": "nobody"}
        items[8] = {"action": "ban", "id": people[8]}
        items += [{"action": "enable", "id": person} for person in people]
        results = self.call("POST", f"{USERS}/bulk", {"items": items}).json["results"]
        self.assertEqual(len(results), 800)
        self.assertEqual([place for place, result in enumerate(results) if result["status"] != 200], [7, 8])
        self.assertEqual([results[place]["code"] for place in (7, 8)], ["validation_error"] * 2)
        # Beyond `ALDRAVA_MAX_BODY` before it is beyond a thousand.
        self.call("POST", f"{USERS}/bulk", {"items": items + items}, expect=413)

    def test_the_table_is_whole_and_safe(self):
        self.server.call("POST", USERS, {"username": "=cmd", "email": "formula@example.com"}, token=self.admin)
        answer = self.call("GET", f"{USERS}/export?sort=username&search=example&fields=username,email,active")
        self.assertEqual(answer.headers["Content-Type"], "text/csv; charset=utf-8")
        rows = list(csv.reader(io.StringIO(answer.raw.decode(), newline="")))
        self.assertEqual(rows[0], ["username", "email", "active"])
        self.assertGreaterEqual(len(rows), COUNT)
        self.assertFalse([row for row in rows if row[0][:1] in "=+-@\t\r" and row[0]])
        plain = self.server.register("plain", PASSWORD).json["token"]
        self.call("GET", f"{USERS}/export", expect=403, token=plain)

    def test_the_command_line_does_the_same(self):
        listed = self.server.cli(
            "user", "list", "--sort", "username", "--descending", "--search", "person000", "--limit", "3").stdout
        self.assertLess(listed.index("person0009"), listed.index("person0008"))
        self.assertEqual(self.server.cli("user", "list", "--count", "--search", "person00").stdout.strip(), "100")
        self.server.cli("user", "list", "--starts-with", "person", expect=1)
        self.server.cli("user", "edit", "person0005", "--language", "pt")
        self.server.cli("user", "edit", "person0005", expect=2)
        shown = self.call("GET", f"{USERS}?sort=username&starts_with=person0005").json
        self.assertEqual(shown["users"][0]["language"], "pt-BR")


on_both_databases(globals(), AdminUsers)

if __name__ == "__main__":
    unittest.main()
