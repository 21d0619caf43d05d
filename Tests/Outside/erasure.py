#!/usr/bin/env python3
"""Erasing a person: what was planted through every door is in no file afterwards, and a restored backup brings nobody back."""

import gzip
import json
import shutil
import time
import unittest
import urllib.parse

from harness import ServerTest, on_both_databases

PASSWORD = "planted-password-91c4 horse"
PERSON = {
    "username": "plantedname7c2",
    "email": "planted.mail.5d1@example.org",
    "new password": "planted-second-password-77a",
    "address": "127.0.91.37",
    "second address": "127.0.92.38",
    "device": "PlantedAgent/3.14159",
    "second device": "PlantedPhone/2.71828",
    "cpf": "529.982.247-25",
    "cpf in digits": "52998224725",
    "phone": "+5511987650123",
    "full name": "Planted Maria de Tal",
    "birthday": "1987-03-29",
    "note": "planted-note-c0ffee",
    "city": "PlantedCity-Petrolina",
    "event note": "planted-event-detail-3f",
    "wrong password": "planted-wrong-password-1",
    "changed note": "planted-changed-note-2",
    "old username as typed": "PLANTEDname7c2",
    "mail as typed": "Planted.Mail.5d1@example.org",
    "access request": "planted-request-id-4411",
    "consent device": "PlantedTablet/1.41421",
}
OTHER = "bystander-ana"
PROFILE = [
    {"name": "cpf", "type": "cpf", "unique": True, "masked": True, "write": ["owner", "admin"]},
    {"name": "phone", "type": "phone", "write": ["owner", "admin"]},
    {"name": "nome", "type": "text", "write": ["owner", "admin"]},
    {"name": "nascimento", "type": "date", "write": ["owner", "admin"]},
    {"name": "note", "type": "text", "write": ["owner", "admin"]},
    {"name": "city", "type": "text", "write": ["owner", "admin"]},
]
TERMS = [{"name": "terms", "version": 1, "required": True}, {"name": "newsletter", "version": 1}]


class ErasureTest(ServerTest):
    environment = {"ALDRAVA_ACCESS_LOG": "file", "ALDRAVA_LOG_MAX_MIB": "1"}

    @classmethod
    def prepare(cls):
        cls.server.start()
        cls.server.widen()
        cls.server.cli(
            "realm", "set", "default", "privacy.terms=" + json.dumps(TERMS),
            "profile.attributes=" + json.dumps(PROFILE), "privacy.backup_retention_days=30")
        cls.admin = cls.server.make_admin()

    def files(self):
        """Everything in the data folder, unpacked, by name."""
        found = {}
        for path in sorted(self.server.data.rglob("*")):
            if not path.is_file() or path.name == "master.key":
                continue
            content = path.read_bytes()
            found[str(path.relative_to(self.server.data))] = (
                gzip.decompress(content) if path.suffix == ".gz" else content)
        if self.server.database:
            found["pg_dump"] = self.server.database_dump()
        return found

    def places(self):
        """Where each planted value is, without regard to case."""
        files = {name: content.lower() for name, content in self.files().items()}
        return {
            what: [name for name, content in files.items() if value.lower().encode() in content]
            for what, value in PERSON.items()
        }

    def plant(self):
        server, device = self.server, {"User-Agent": PERSON["device"]}
        first = {"source": PERSON["address"], "headers": device}
        made = server.call("POST", "/api/auth/register", {
            "username": PERSON["username"], "email": PERSON["email"], "password": PASSWORD, "consents": ["terms@1"],
        }, source=PERSON["address"], headers=device | {"X-Request-Id": PERSON["access request"]})
        self.assertEqual(made.status, 201, made)
        user = made.json["user"]["id"]
        self.assertEqual(server.login(PERSON["old username as typed"], PERSON["wrong password"], **first).status, 401)
        token = server.login(PERSON["mail as typed"], PASSWORD, **first).json["token"]
        second = {"source": PERSON["second address"], "headers": {"User-Agent": PERSON["second device"]}}
        other = server.login(PERSON["username"], PASSWORD, **second).json
        server.refresh(other["refresh_token"], **second)
        changed = server.call("PATCH", "/api/auth/profile", {"attributes": {
            "cpf": PERSON["cpf"], "phone": PERSON["phone"], "nome": PERSON["full name"],
            "nascimento": PERSON["birthday"], "note": PERSON["note"], "city": PERSON["city"],
        }}, token=token, **first)
        self.assertEqual(changed.status, 200, changed)
        changed = server.call(
            "PATCH", "/api/auth/profile", {"attributes": {"note": PERSON["changed note"]}}, token=token, **first)
        self.assertEqual(changed.status, 200, changed)
        agreed = server.call(
            "POST", "/api/auth/consents", {"give": ["newsletter@1"]}, token=token, source=PERSON["address"],
            headers={"User-Agent": PERSON["consent device"]})
        self.assertEqual(agreed.status, 200, agreed)
        asked = server.call(
            "POST", "/forgot", urllib.parse.urlencode({"username_or_email": PERSON["email"]}),
            source=PERSON["address"], headers=device | {
                "Content-Type": "application/x-www-form-urlencoded", "Origin": server.url,
                "Sec-Fetch-Site": "same-origin"})
        self.assertIn(asked.status, (302, 303), asked)
        deadline = time.monotonic() + 20
        while not list((server.data / "mail").glob("*.eml")) and time.monotonic() < deadline:
            time.sleep(0.1)
        server.call("GET", "/api/auth/me", token=token, **first)
        return user, token, first

    def cleanings(self):
        return (self.server.data / "logline.system.jsonl").read_text().count('"erased_from_logs"')

    def erased_from_logs(self, count):
        path = self.server.data / "logline.system.jsonl"
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if self.cleanings() >= count:
                return
            time.sleep(0.1)
        self.fail(path.read_text()[-3000:])

    def test_1_nothing_of_a_person_is_left(self):
        server = self.server
        user, token, first = self.plant()
        bystander = server.call("POST", "/api/auth/register", {
            "username": OTHER, "email": f"{OTHER}@example.org", "password": PASSWORD, "consents": ["terms@1"]})
        self.assertEqual(bystander.status, 201)
        # The person's own copy has everything that is kept readable.
        bundle = server.call("GET", "/api/auth/my-data", token=token, **first)
        self.assertEqual(bundle.status, 200)
        self.assertTrue(bundle.json["complete"])
        self.assertEqual(bundle.json["account"]["id"], user)
        for what in ("username", "email", "address", "second address", "device", "second device", "cpf", "phone",
                     "full name", "birthday", "changed note", "city", "consent device"):
            self.assertIn(PERSON[what].encode(), bundle.raw, what)
        self.assertNotIn(OTHER.encode(), bundle.raw)
        printed = server.cli("user", "data", PERSON["username"]).stdout
        self.assertTrue(json.loads(printed)["complete"])
        # Older files of the logs: one as another program leaves it, one compressed.
        server.audit_settled(lambda lines: any(line["did"] == "export_data" for line in lines))
        time.sleep(1)
        current = (server.data / "logline.jsonl").read_bytes()
        (server.data / "logline.jsonl.1").write_bytes(current)
        (server.data / "logline.jsonl.20261120T000000.000Z.gz").write_bytes(gzip.compress(current))
        access = (server.data / "access.jsonl").read_bytes()
        (server.data / "access.jsonl.20261120T000000.000Z.gz").write_bytes(gzip.compress(access))
        before = self.places()
        kept = {what for what, names in before.items() if names}
        for what in ("username", "email", "address", "second address", "device", "second device", "consent device"):
            self.assertIn("logline.jsonl", before[what], what)
        for what in ("address", "device"):
            self.assertIn("access.jsonl", before[what], what)
        self.assertTrue(any(name.endswith(".eml") for name in before["email"]), before["email"])
        # A password is nowhere at any time.
        self.assertFalse(kept & {"new password", "wrong password"}, kept)
        mails = list((server.data / "mail").glob("*.eml"))

        cleaned = self.cleanings()
        answer = server.call("POST", f"/api/admin/users/{user}/erase", {"confirm": user}, token=self.admin)
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(answer.json["user_id"], user)
        self.assertEqual(answer.json["database_clean"], self.backend == "sqlite")
        self.assertIsNotNone(answer.json["unreadable_from"])
        self.erased_from_logs(cleaned + 1)
        after = self.places()
        # A request's id is nobody's data by itself; it ties the lines of one request together.
        del after["access request"]
        self.assertEqual({what: names for what, names in after.items() if names}, {})
        self.assertTrue(mails)
        self.assertFalse([path for path in mails if path.exists()])
        self.assertEqual(server.call("GET", "/api/auth/me", token=token, **first).status, 401)
        self.assertEqual(server.login(PERSON["username"], PASSWORD).status, 401)

        # The events are still there, and proven.
        lines = server.audit_settled(lambda lines: any(line["did"] == "erase_user" for line in lines))
        own = [line for line in lines if line["this"].get("user_id") == user]
        self.assertGreater(len(own), 5)
        self.assertEqual({line["who"] for line in own}, {f"erased:{user}"})
        self.assertFalse([line for line in lines if "forged" in line["this"]])
        erased = [line for line in lines if line["did"] == "erase_user"]
        self.assertEqual([line["this"]["target"] for line in erased], [user])
        # Nobody else lost anything, and no line was lost.
        self.assertTrue(any(line["who"] == OTHER and line["this"]["ip"] for line in lines))
        self.assertEqual(len((server.data / "logline.jsonl.1").read_text().splitlines()),
                         len(current.splitlines()))
        exported = server.folder / "export.jsonl"
        server.cli("audit", "export", "--output", str(exported))
        text = exported.read_bytes().lower()
        for what, value in PERSON.items():
            if what != "access request":
                self.assertNotIn(value.lower().encode(), text, what)

    def test_2_a_restored_backup_brings_nobody_back(self):
        if self.backend != "sqlite":
            self.skipTest("the copy is PostgreSQL's own business; what follows is the same")
        server = self.server
        made = server.call("POST", "/api/auth/register", {
            "username": "returning", "email": "returning@example.org", "password": PASSWORD, "consents": ["terms@1"]})
        user = made.json["user"]["id"]
        backup = server.folder / "backup.db"
        server.cli("backup", str(backup))
        cleaned = self.cleanings()
        done = server.cli("user", "erase", "returning", "--yes").stdout
        self.assertIn(user, done)
        self.erased_from_logs(cleaned + 1)
        server.stop()
        for path in server.data.glob("aldrava.db*"):
            path.unlink()
        shutil.copy(backup, server.data / "aldrava.db")
        server.start()
        log = server.data / "logline.system.jsonl"
        deadline = time.monotonic() + 20
        while '"erased_again"' not in log.read_text() and time.monotonic() < deadline:
            time.sleep(0.1)
        self.assertIn('"erased_again"', log.read_text())
        shown = server.cli("user", "show", "returning", expect=None)
        self.assertNotEqual(shown.returncode, 0)

    def test_3_killed_in_between_the_files_are_cleaned_after_the_next_start(self):
        server = self.server
        made = server.call("POST", "/api/auth/register", {
            "username": "killed-between", "email": "kb@example.org", "password": PASSWORD, "consents": ["terms@1"]})
        self.assertEqual(made.status, 201, made)
        server.audit_settled(lambda lines: any(line["who"] == "killed-between" for line in lines))
        server.kill()
        # Without a server the command does what it can; the files are for the server's next start.
        done = server.cli("user", "erase", "killed-between", "--yes").stdout
        self.assertIn("when the server starts", done)
        self.assertIn(b"killed-between", (server.data / "logline.jsonl").read_bytes())
        server.start()
        deadline = time.monotonic() + 20
        while b"killed-between" in (server.data / "logline.jsonl").read_bytes() and time.monotonic() < deadline:
            time.sleep(0.1)
        self.assertNotIn(b"killed-between", (server.data / "logline.jsonl").read_bytes())

    def test_4_the_name_must_be_typed(self):
        server = self.server
        server.call("POST", "/api/auth/register", {
            "username": "typed-name", "email": "typed@example.org", "password": PASSWORD, "consents": ["terms@1"]})
        server.cli("user", "erase", "typed-name", stdin="no\n", expect=None)
        self.assertEqual(server.cli("user", "show", "typed-name").returncode, 0)
        server.cli("user", "erase", "typed-name", stdin="typed-name\n")
        self.assertNotEqual(server.cli("user", "show", "typed-name", expect=None).returncode, 0)


on_both_databases(globals(), ErasureTest)

if __name__ == "__main__":
    unittest.main()
