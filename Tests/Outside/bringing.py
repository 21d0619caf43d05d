"""Users of other systems, made by the real libraries, come in as the guides say, sign in, and go out again."""

import csv
import json
import os
import pathlib
import re
import secrets
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import unittest
import uuid

import harness
from harness import ROOT, Server, ServerTest, on_both_databases, run

GUIDES = ROOT / "docs/migrating"


def script_of(guide):
    """The guide's own program."""
    [script] = re.findall(r"```python\n(.*?)```", (GUIDES / guide).read_text(), re.S)
    return script


class Bringing(ServerTest):
    def folder(self):
        folder = self.server.folder / secrets.token_hex(4)
        folder.mkdir()
        return folder

    def run_guide(self, guide, folder, *arguments, output, environment=None):
        (folder / "export.py").write_text(script_of(guide))
        with open(folder / output, "w") as file:
            subprocess.run(
                [sys.executable, "export.py", *arguments], cwd=folder, stdout=file, check=True, timeout=60,
                env=os.environ | (environment or {}))
        return folder / output

    def import_as_told(self, file, *options, created):
        rehearsed = json.loads(self.server.cli("import", str(file), *options, "--dry-run", "--json").stdout)["result"]
        done = json.loads(self.server.cli("import", str(file), *options, "--json").stdout)["result"]
        again = json.loads(self.server.cli("import", str(file), *options, "--json").stdout)["result"]
        self.assertEqual(done["created"], created, done)
        self.assertEqual({**rehearsed, "dry_run": False}, done)
        self.assertEqual((again["created"], again["unchanged"]), (0, created))
        return done

    def assert_signs_in(self, name, password):
        answer = self.server.login(name, password)
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(self.server.login(name, password + "!").status, 401)
        # With the hash of ours that it was replaced by.
        self.assertEqual(self.server.login(name, password).status, 200)
        return answer.json

    def test_from_flask(self):
        import flask
        from flask_bcrypt import Bcrypt
        from werkzeug.security import generate_password_hash

        bcrypt = Bcrypt(flask.Flask("app"))
        hashes = {
            "flask-scrypt": generate_password_hash("a password of flask"),
            "flask-pbkdf2": generate_password_hash("a password of flask", method="pbkdf2:sha256:1000"),
            "flask-bcrypt": bcrypt.generate_password_hash("a password of flask", 4).decode(),
        }
        folder = self.folder()
        ids = {name: str(uuid.uuid4()) for name in hashes}
        with sqlite3.connect(folder / "app.db") as database:
            database.execute(
                "CREATE TABLE users (id TEXT, username TEXT, email TEXT, password_hash TEXT, is_active INTEGER,"
                " created_at TEXT)")
            database.executemany(
                "INSERT INTO users VALUES (?, ?, ?, ?, 1, '2021-03-04 05:06:07.000008')",
                [(ids[name], name, f"{name}@example.org", text) for name, text in hashes.items()])
        file = self.run_guide("FLASK.md", folder, "app.db", output="users.jsonl")
        self.import_as_told(file, created=3)
        for name in hashes:
            user = self.assert_signs_in(name, "a password of flask")["user"]
            self.assertEqual(user["id"], ids[name])
            self.assert_signs_in(f"{name}@example.org", "a password of flask")

    def test_from_django(self):
        folder = self.folder()
        (folder / "settings.py").write_text(
            "INSTALLED_APPS = ['django.contrib.contenttypes', 'django.contrib.auth']\n"
            "DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': 'app.db'}}\n"
            "USE_TZ = True\nDEFAULT_AUTO_FIELD = 'django.db.models.BigAutoField'\n"
            "PASSWORD_HASHERS = ['django.contrib.auth.hashers.' + name for name in ("
            "'PBKDF2PasswordHasher', 'Argon2PasswordHasher', 'ScryptPasswordHasher', 'PBKDF2SHA1PasswordHasher')]\n")
        (folder / "fill.py").write_text(
            "import django\ndjango.setup()\n"
            "from django.core.management import call_command\ncall_command('migrate', verbosity=0)\n"
            "from django.contrib.auth.models import Group, User\nfrom django.contrib.auth.hashers import make_password\n"
            "editors = Group.objects.create(name='editors')\n"
            "for hasher in ('pbkdf2_sha256', 'argon2', 'scrypt', 'pbkdf2_sha1'):\n"
            "    name = 'django-' + hasher\n"
            "    user = User.objects.create(username=name, email=name + '@example.org', first_name='Ana',\n"
            "        password=make_password('a password of django', hasher=hasher))\n"
            "    user.groups.add(editors)\n"
            "User.objects.create_user('django-none', 'django-none@example.org')\n"
            "User.objects.create_superuser('django-boss', 'django-boss@example.org', 'a password of django')\n")
        environment = {"DJANGO_SETTINGS_MODULE": "settings"}
        subprocess.run([sys.executable, "fill.py"], cwd=folder, check=True, timeout=60, env=os.environ | environment)
        file = self.run_guide("DJANGO.md", folder, output="users.jsonl", environment=environment)
        self.import_as_told(file, "--create-roles", created=6)
        for hasher in ("pbkdf2_sha256", "argon2", "scrypt", "pbkdf2_sha1"):
            self.assert_signs_in("django-" + hasher, "a password of django")
        me = self.server.call(
            "GET", "/api/auth/me", token=self.assert_signs_in("django-boss", "a password of django")["token"])
        self.assertIn("admin", me.json["roles"])
        self.assertEqual(self.server.login("django-none", "").status // 100, 4)

    def test_from_fastapi_and_passlib(self):
        from passlib.context import CryptContext

        context = CryptContext(["pbkdf2_sha256", "pbkdf2_sha512", "argon2", "sha512_crypt"])
        folder = self.folder()
        with sqlite3.connect(folder / "app.db") as database:
            database.execute(
                "CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT, email TEXT, hashed_password TEXT,"
                " created_at TEXT, is_admin INTEGER)")
            for scheme in context.schemes():
                name = "passlib-" + scheme
                database.execute(
                    "INSERT INTO users (username, email, hashed_password, created_at, is_admin)"
                    " VALUES (?, ?, ?, '2022-01-02 03:04:05', 0)",
                    (name, f"{name}@example.org", context.hash("a password of passlib", scheme=scheme)))
        file = self.run_guide("FASTAPI.md", folder, "app.db", output="users.csv")
        self.import_as_told(file, "--create-roles", created=4)
        for scheme in context.schemes():
            self.assert_signs_in("passlib-" + scheme, "a password of passlib")

    def test_from_supabase(self):
        import bcrypt

        if not harness.POSTGRES:
            self.skipTest("pg_dump needs a PostgreSQL: ALDRAVA_TEST_POSTGRES is not set")
        source = Server("postgres")
        self.addCleanup(source.remove)
        people = [f"supa-{kind}-{number}@example.org" for kind in ("copy", "inserts", "table") for number in range(3)]
        password = bcrypt.hashpw(b"a password of supabase", bcrypt.gensalt(4, prefix=b"2a")).decode()
        rows = [
            f"('{uuid.uuid4()}', '{email}', '{password}', '2024-05-06 07:08:09.1+00',"
            f" '{{\"name\": \"O''Neil \\\\ \\t\", \"bio\": \"\\nINSERT INTO auth.users (email) VALUES (1);\"}}', '{{\"provider\": \"email\"}}',"
            f" '2024-01-01 00:00:00+00', NULL, NULL, NULL, false, false)" for email in people]
        rows += [
            f"('{uuid.uuid4()}', 'supa-gone@example.org', '', NULL, '{{}}', '{{}}', now(), NULL, now(), NULL, false, false)",
            f"('{uuid.uuid4()}', NULL, '', NULL, '{{}}', '{{}}', now(), NULL, NULL, '5511999990000', false, true)"]
        run(["psql", "--quiet", "--no-psqlrc", "-v", "ON_ERROR_STOP=1", source.database, "-c",
             "CREATE SCHEMA auth; CREATE TABLE auth.users (id uuid PRIMARY KEY, email varchar(255),"
             " encrypted_password varchar(255), email_confirmed_at timestamptz, raw_user_meta_data jsonb,"
             " raw_app_meta_data jsonb, created_at timestamptz, banned_until timestamptz, deleted_at timestamptz,"
             " phone text, is_sso_user boolean NOT NULL, is_anonymous boolean NOT NULL,"
             " confirmed_at timestamptz GENERATED ALWAYS AS (email_confirmed_at) STORED);"
             "CREATE TABLE public.notes (text text);"
             "INSERT INTO public.notes VALUES (E'x\\nINSERT INTO auth.users (email) VALUES (''evil@example.org'');\\n')",
             ])
        columns = ("id, email, encrypted_password, email_confirmed_at, raw_user_meta_data, raw_app_meta_data,"
                   " created_at, banned_until, deleted_at, phone, is_sso_user, is_anonymous")
        values = ", ".join(row.replace("\\t", "\\\\t").replace("\\n", "\\\\n") for row in rows)
        run(["psql", "--quiet", "--no-psqlrc", "-v", "ON_ERROR_STOP=1", source.database, "-c",
             f"SET standard_conforming_strings = on; INSERT INTO auth.users ({columns}) VALUES {values}"])
        folder = self.folder()
        dumps = {
            "copy": run(["pg_dump", "--no-password", source.database, "--data-only"]),
            "inserts": run(["pg_dump", "--no-password", source.database, "--column-inserts"]),
            "table": run(["psql", "--no-psqlrc", source.database, "-c", "COPY auth.users TO STDOUT (FORMAT csv, HEADER)"]),
        }
        for place, (kind, text) in enumerate(dumps.items()):
            (folder / kind).write_bytes(text)
            done = json.loads(
                self.server.cli("import", str(folder / kind), "--format", "supabase", "--json").stdout)["result"]
            # The same people in three spellings are the same rows.
            self.assertEqual((done["created"], done["unchanged"]), (9, 0) if place == 0 else (0, 9), (kind, done))
            self.assertEqual(done["codes"], {"anonymous": 1, "deleted": 1})
        for email in people[:2]:
            self.assert_signs_in(email, "a password of supabase")
        shown = self.server.cli("user", "list", "--search", "evil").stdout
        self.assertNotIn("evil", shown)

    def test_what_is_exported_is_read_by_age_and_by_an_import_elsewhere(self):
        folder = self.folder()
        self.server.register("roundtrip", "a password of aldrava")
        run(["age-keygen", "-o", str(folder / "key")])
        (folder / "pub").write_bytes(run(["age-keygen", "-y", str(folder / "key")]))
        file = folder / "users.jsonl.age"
        self.server.cli("export", str(file), "--recipient", str(folder / "pub"))
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        self.assertNotIn(b"roundtrip", file.read_bytes())
        lines = run(["age", "--decrypt", "--identity", str(folder / "key"), str(file)]).splitlines()
        self.assertIn("roundtrip", [json.loads(line)["username"] for line in lines])
        self.server.cli("export", str(folder / "x.age"), "--recipient", str(folder / "key"), expect=1)
        self.assertTrue(self.server.audit_settled(lambda lines: any(line["did"] == "export_users" for line in lines)))
        # What age itself encrypted is read, too.
        (folder / "again.jsonl").write_bytes(b"\n".join(lines))
        run(["age", "--encrypt", "--recipients-file", str(folder / "pub"), "--output", str(folder / "again.jsonl.age"),
             str(folder / "again.jsonl")])
        for other_backend in ("sqlite", "postgres") if harness.POSTGRES else ("sqlite",):
            for name in ("users.jsonl.age", "again.jsonl.age"):
                other = Server(other_backend)
                self.addCleanup(other.remove)
                other.start()
                other.cli("import", str(folder / name), expect=1)
                other.cli("import", str(folder / name), "--identity", str(folder / "key"), "--create-roles")
                self.assertEqual(other.login("roundtrip", "a password of aldrava").status, 200)
                other.stop()

    def test_an_import_that_is_killed_goes_on(self):
        folder = self.folder()
        with open(folder / "users.csv", "w", newline="") as file:
            table = csv.writer(file)
            table.writerow(["mail", "username", "ignored"])
            for number in range(6_000):
                table.writerow([f"killed-{number}@example.org", f"killed-{number}", 'a "quoted",\nline'])
        options = ["import", str(folder / "users.csv"), "--map", "mail=email", "--map", "ignored=-", "--json"]
        for wait in (0.4, 0.9):
            process = subprocess.Popen(
                [harness.BINARY, *options], env=self.server.environment, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, cwd=self.server.folder)
            time.sleep(wait)
            process.send_signal(signal.SIGKILL)
            process.wait()
        done = json.loads(self.server.cli(*options).stdout)["result"]
        self.assertEqual(done["created"] + done["unchanged"], 6_000, done)
        self.assertEqual(done["refused"] + done["skipped"], 0)
        again = json.loads(self.server.cli(*options).stdout)["result"]
        self.assertEqual(again["unchanged"], 6_000)
        # Without a server, too, and with it again.
        self.server.stop()
        try:
            local = json.loads(self.server.cli(*options).stdout)["result"]
            self.assertEqual(local["unchanged"], 6_000)
        finally:
            self.server.start()

    def test_orphans_are_found_and_mended(self):
        folder = self.folder()
        self.server.cli("realm", "create", "market" + secrets.token_hex(3), expect=None)
        before = json.loads(self.server.cli("orphans", "--json").stdout)["result"]
        self.server.register("orphan-both", "a password of aldrava")
        self.server.register("orphan-here", "a password of aldrava")
        (folder / "other.csv").write_text(
            "email,name\norphan-both@example.org,Both\norphan-there@example.org,There\nnobody,Nobody\n")
        options = ["orphans", "--other", str(folder / "other.csv"), "--json"]
        found = json.loads(self.server.cli(*options).stdout)["result"]
        self.assertEqual((found["only_there"], found["unreadable"]), (1, 1))
        self.assertEqual(found["only_here"], before["users"] + 1)
        mended = json.loads(
            self.server.cli(*options, "--mend", "create-here", "--write-missing", str(folder / "here.csv")).stdout)
        self.assertEqual(mended["result"]["mended"]["created"], 1)
        self.assertIn("orphan-here@example.org", (folder / "here.csv").read_text())
        self.assertEqual((folder / "here.csv").stat().st_mode & 0o777, 0o600)
        after = json.loads(self.server.cli(*options).stdout)["result"]
        self.assertEqual((after["only_there"], after["no_credential"]), (0, before["no_credential"] + 1))


on_both_databases(globals(), Bringing)

if __name__ == "__main__":
    unittest.main()
