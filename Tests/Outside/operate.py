#!/usr/bin/env python3
"""What an operator does from the command line, with a server running and without: lists, tokens, backups, the doctor."""

import base64
import fcntl
import json
import os
import pathlib
import pty
import re
import shutil
import socket
import sqlite3
import stat
import struct
import subprocess
import termios
import threading
import time
import unittest

from harness import BINARY, CHEAP_HASHES, ROOT, SHIPPED_HASHES, Server, ServerTest, free_port, on_both_databases, run

PASSWORD = "a long enough password"
CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b-\u200f]")


def session_of(token):
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["sid"]


class Administration(ServerTest):
    def test_a_long_list_comes_whole_in_pages_and_as_json(self):
        for number in range(5):
            self.server.cli("user", "add", f"page{number}", f"page{number}@example.org", stdin=PASSWORD)
        whole = json.loads(self.server.cli("user", "list", "--search", "page", "--json").stdout)
        names = [user["username"] for user in whole["result"]["users"]]
        self.assertEqual(names, [f"page{number}" for number in range(5)])
        self.assertEqual((whole["outcome"], whole["result"]["next"]), ("done", None))
        self.assertEqual(
            set(whole["result"]["users"][0]), {
                "id", "number", "username", "email", "active", "created_at", "email_verified_at", "last_sign_in_at",
                "banned_until", "deactivated_at"})
        seen, after = [], None
        while True:
            words = ["user", "list", "--search", "page", "--limit", "2", "--json"] + (["--after", after] if after else [])
            page = json.loads(self.server.cli(*words).stdout)
            seen += [user["username"] for user in page["result"]["users"]]
            after = page["result"]["next"]
            if after is None:
                break
        self.assertEqual(seen, names)
        table = self.server.cli("user", "list", "--search", "page").stdout.splitlines()
        self.assertEqual(table[0].split(), ["NUMBER", "USERNAME", "EMAIL", "ACTIVE", "CREATED", "ID"])
        self.assertEqual([line.split()[1] for line in table[1:]], names)
        empty = json.loads(self.server.cli("user", "list", "--search", "nobody", "--json").stdout)
        self.assertEqual(empty["result"], {"users": [], "next": None})

    def test_an_ended_session_is_refused_at_the_next_request(self):
        self.server.register("sessions", PASSWORD)
        tokens = [self.server.login("sessions", PASSWORD, headers={"User-Agent": f"device {n}"}).json for n in (1, 2)]
        for token in tokens:
            self.assertEqual(self.server.call("GET", "/api/auth/me", token=token["token"]).status, 200)
        listed = json.loads(self.server.cli("session", "list", "sessions", "--json").stdout)["result"]["sessions"]
        self.assertEqual([item["user_agent"] for item in listed][1:], ["device 1", "device 2"])
        self.assertEqual({item["ip"] for item in listed}, {"127.0.0.1"})
        self.server.cli("session", "end", session_of(tokens[0]["token"]))
        self.assertEqual(self.server.call("GET", "/api/auth/me", token=tokens[0]["token"]).status, 401)
        self.assertEqual(self.server.refresh(tokens[0]["refresh_token"]).status, 401)
        self.assertEqual(self.server.call("GET", "/api/auth/me", token=tokens[1]["token"]).status, 200)
        self.assertIn("2 sessions", self.server.cli("user", "sign-out", "sessions").stdout)
        self.assertEqual(self.server.call("GET", "/api/auth/me", token=tokens[1]["token"]).status, 401)
        lines = self.server.audit_settled(
            lambda lines: {"end_session", "end_sessions"} <= {line["did"] for line in lines})
        self.assertLessEqual({"end_session", "end_sessions"}, {line["did"] for line in lines})
        self.server.cli("session", "end", session_of(tokens[0]["token"]).replace("0", "1"), expect=1)

    def test_a_role_in_use_is_deleted_only_by_force_and_then_for_everybody(self):
        token = self.server.register("role-reader", PASSWORD).json["token"]
        self.server.cli("role", "create", "auditor")
        self.server.cli("grant", "permission", "aldrava.audit:read", "--role", "auditor")
        self.server.cli("grant", "role", "auditor", "--user", "role-reader")
        self.assertEqual(self.server.call("GET", "/api/audit/logs", token=token).status, 200)
        self.assertIn("--force", self.server.cli("role", "delete", "auditor", expect=1).stderr)
        self.assertEqual(self.server.call("GET", "/api/audit/logs", token=token).status, 200)
        self.server.cli("role", "delete", "auditor", "--force")
        self.assertEqual(self.server.call("GET", "/api/audit/logs", token=token).status, 403)

    def test_grants_say_where_they_come_from(self):
        self.server.cli("role", "create", "writer", "--description", "May write")
        self.server.cli("permission", "create", "texts", "write")
        self.server.cli("permission", "create", "texts", "read")
        self.server.cli("grant", "permission", "texts:write", "--role", "writer")
        self.server.cli("user", "add", "wanda", "wanda@example.org", "--role", "writer", stdin=PASSWORD)
        self.server.cli("grant", "permission", "texts:read", "--user", "wanda")
        grants = json.loads(self.server.cli("grant", "list", "--user", "wanda", "--json").stdout)["result"]["grants"]
        self.assertIn({"kind": "permission", "name": "texts:write", "through": "writer"}, grants)
        self.assertIn({"kind": "permission", "name": "texts:read", "through": None}, grants)
        self.assertIn("texts:write", self.server.cli("grant", "list", "--role", "writer").stdout)
        roles = json.loads(self.server.cli("role", "list", "--json").stdout)["result"]["roles"]
        self.assertEqual([role["users"] for role in roles if role["name"] == "writer"], [1])
        listed = self.server.cli("permission", "list", "--resource", "texts").stdout
        self.assertEqual(listed.count("texts:"), 4)  # as pair and as name
        self.assertIn("permissions: texts:write", self.server.cli("role", "show", "writer").stdout)

    def test_nothing_that_others_chose_acts_on_a_terminal(self):
        evil = "\x1b]0;owned\x07\x1b[2J\u009b31m\u202eabc\u200b"
        self.server.cli("role", "create", "evil", "--description", evil + "\nrole  root")
        self.server.register("evil", PASSWORD)
        self.server.login("evil", PASSWORD, headers={"User-Agent": evil.replace("\x1b", "").replace("\x07", "").encode()})
        for words in (["role", "list"], ["role", "show", "evil"], ["session", "list", "evil"], ["user", "show", evil]):
            for json_too in ([], ["--json"]):
                done = self.server.cli(*words, *json_too, expect=None)
                self.assertIsNone(CONTROLS.search(done.stdout + done.stderr), repr(done.stdout + done.stderr))
                if json_too:
                    json.loads(done.stdout)
        described = [role["description"] for role in
                     json.loads(self.server.cli("role", "list", "--json").stdout)["result"]["roles"]
                     if role["name"] == "evil"]
        self.assertEqual(described, [evil + "\nrole  root"])

    def test_a_table_fits_the_terminal_and_is_not_cut_in_a_pipe(self):
        name = "very" * 12
        self.server.cli("user", "add", name, f"{name}@example.org", stdin=PASSWORD)
        primary, secondary = pty.openpty()
        fcntl.ioctl(secondary, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 72, 0, 0))
        process = subprocess.Popen(
            [BINARY, "user", "list"], env=self.server.environment, stdout=secondary, cwd=self.server.folder)
        os.close(secondary)
        shown = b""
        while True:
            try:
                part = os.read(primary, 65_536)
            except OSError:
                break
            if not part:
                break
            shown += part
        self.assertEqual(process.wait(timeout=30), 0)
        os.close(primary)
        lines = shown.decode().replace("\r", "").splitlines()
        self.assertLessEqual(max(map(len, lines)), 72)
        self.assertIn("…", shown.decode())
        self.assertNotIn("\x1b", shown.decode())
        piped = self.server.cli("user", "list").stdout
        self.assertIn(f"{name}@example.org", piped)
        self.assertNotIn("…", piped)

    def test_scripts_get_json_also_for_their_own_mistakes(self):
        for words, code, environment in (
                (["user", "show", "--json"], 2, {}), (["user", "list", "--json", "--frotz"], 2, {}),
                (["user", "list", "--json"], 3, {"ALDRAVA_LISTEN": "hunter2"}),
                (["user", "list", "--json"], 3, {"ALDRAVA_DATA": "/nonexistent/folder"}),
                (["check-config", "--json"], 3, {"ALDRAVA_MASTER_KEY": "hunter2"}),
                (["backup", "/nonexistent/folder/file", "--json"], 1, {})):
            done = self.server.cli(*words, expect=code, environment=environment)
            told = json.loads(done.stderr)
            self.assertEqual(done.stdout, "")
            self.assertEqual(set(told), {"outcome", "message", "result"})
            self.assertNotIn("hunter2", done.stderr)


class Tokens(ServerTest):
    def inspect(self, token, *words, expect):
        done = self.server.cli("token", "inspect", "-", "--json", *words, stdin=token + "\n", expect=expect)
        for secret in self.secrets_of(token):
            self.assertNotIn(secret, done.stdout + done.stderr)
        return json.loads(done.stdout)["result"]

    @staticmethod
    def secrets_of(token):
        """The signature of an access token; all of a refresh token, and the part that is its MAC."""
        parts = token.split(".")
        return [parts[2]] if len(parts) == 3 and parts[2] else [token, token[-20:]]

    def test_a_token_is_explained_and_not_used(self):
        signed = self.server.register("inspected", PASSWORD).json
        access = self.inspect(signed["token"], expect=0)
        self.assertEqual((access["accepted"], access["code"], access["kind"]), (True, "accepted", "access"))
        self.assertEqual(access["claims"]["username"], "inspected")
        for _ in range(3):
            self.assertTrue(self.inspect(signed["refresh_token"], expect=0)["accepted"])
        after = self.server.refresh(signed["refresh_token"]).json
        self.assertEqual(self.inspect(signed["refresh_token"], expect=0)["code"], "accepted_again")
        self.server.call("GET", "/api/auth/me", token=after["token"])
        time.sleep(11)  # until the proof that the client has the successor is written
        self.assertEqual(self.inspect(signed["refresh_token"], expect=1)["code"], "token_spent")
        self.assertEqual(self.inspect(after["refresh_token"], expect=0)["code"], "accepted")

    def test_a_refused_token_says_exactly_why(self):
        signed = self.server.register("refused", PASSWORD).json
        header, claims, signature = signed["token"].split(".")
        flipped = ("A" if signature[5] != "A" else "B").join((signature[:5], signature[6:]))
        self.assertEqual(self.inspect(f"{header}.{claims}.{flipped}", expect=1)["code"], "bad_signature")
        none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"at+jwt"}').decode().rstrip("=")
        self.assertEqual(self.inspect(f"{none}.{claims}.", expect=1)["code"], "missing_key_id")
        self.assertEqual(self.inspect(signed["token"], "--realm", "system", expect=1)["code"], "other_realm")
        self.assertEqual(self.inspect(signed["refresh_token"], "--realm", "system", expect=1)["code"], "other_realm")
        refresh = signed["refresh_token"]
        forged = refresh[:-3] + ("AAA" if not refresh.endswith("AAA") else "AAE")
        self.assertIn(self.inspect(forged, expect=1)["code"], {"foreign_mac", "not_a_token"})
        self.assertEqual(self.inspect("nothing", expect=1)["code"], "not_a_token")
        self.server.cli("user", "disable", "refused")
        self.assertEqual(self.inspect(signed["token"], expect=1)["code"], "session_ended")
        spoken = self.server.cli("token", "inspect", "-", stdin=signed["token"], expect=1).stdout
        self.assertIn("because the user was disabled", spoken)

    def test_an_argument_works_but_is_warned_about(self):
        token = self.server.register("argument", PASSWORD).json["token"]
        done = self.server.cli("token", "inspect", token)
        self.assertIn("standard input", done.stderr)
        self.assertIn("accepts the token", done.stdout)


class Expired(ServerTest):
    environment = {"ALDRAVA_ACCESS_LIFETIME": "60", "ALDRAVA_SESSION_IDLE": "60", "ALDRAVA_SESSION_ABSOLUTE": "60"}

    def test_other_settings_and_other_servers_are_named(self):
        token = self.server.register("expired", PASSWORD).json["token"]
        other = {"ALDRAVA_PUBLIC_URL": "https://elsewhere.example"}
        self.assertEqual(self.server.stop(), 0)
        done = self.server.cli("token", "inspect", "-", "--json", stdin=token, environment=other, expect=1)
        self.assertEqual(json.loads(done.stdout)["result"]["code"], "wrong_issuer")
        self.assertIn("elsewhere.example", done.stdout)
        faked = self.server.cli("token", "inspect", "-", "--json", stdin=token, expect=0)
        self.assertTrue(json.loads(faked.stdout)["result"]["accepted"])
        self.server.start()


class Backup(unittest.TestCase):
    def test_a_backup_under_load_holds_what_was_acknowledged_before_it_and_can_be_restored(self):
        server = Server("sqlite", **CHEAP_HASHES)
        self.addCleanup(server.remove)
        server.start()
        acknowledged, stopping = [], threading.Event()

        def load(worker):
            number = 0
            while not stopping.is_set():
                name = f"w{worker}n{number}"
                if server.register(name, PASSWORD, source=f"127.0.{1 + worker}.1").status == 201:
                    acknowledged.append(name)
                number += 1

        workers = [threading.Thread(target=load, args=(worker,)) for worker in range(3)]
        for worker in workers:
            worker.start()
        time.sleep(2)
        copies = []
        for number in range(4):
            before = len(acknowledged)
            copy = server.folder / f"copy{number}.db"
            server.cli("backup", str(copy))
            copies.append((copy, before))
        stopping.set()
        for worker in workers:
            worker.join()
        for copy, before in copies:
            self.assertEqual(stat.S_IMODE(copy.stat().st_mode), 0o600)
            with sqlite3.connect(copy) as database:
                self.assertEqual(database.execute("PRAGMA integrity_check").fetchone(), ("ok",))
                self.assertEqual(database.execute("PRAGMA foreign_key_check").fetchall(), [])
                held = {row[0] for row in database.execute("SELECT username FROM users")}
                self.assertLessEqual(set(acknowledged[:before]), held)
        self.assertGreater(copies[0][1], 3)
        self.assertEqual(list(server.data.glob("backup.*")), [])
        self.assertIn("exists already", server.cli("backup", str(copies[0][0]), expect=1).stderr)

        # Restore, as docs/OPERATIONS.md says.
        copy, before = copies[1]
        server.stop()
        for suffix in ("", "-wal", "-shm"):
            pathlib.Path(f"{server.data}/aldrava.db{suffix}").unlink(missing_ok=True)
        shutil.copy(copy, server.data / "aldrava.db")
        server.start()
        for name in acknowledged[:before]:
            self.assertEqual(server.login(name, PASSWORD, source="127.0.99.1").status, 200, name)
        json_reply = json.loads(server.cli("backup", str(server.folder / "after.db"), "--json").stdout)
        self.assertEqual(json_reply["outcome"], "done")

    def test_a_backup_also_works_to_another_disk_and_without_a_server(self):
        server = Server("sqlite")
        self.addCleanup(server.remove)
        server.cli("admin", "create", "ana", "ana@example.org", stdin=PASSWORD)
        target = pathlib.Path(f"/dev/shm/aldrava-backup-{os.getpid()}.db")
        self.addCleanup(target.unlink, missing_ok=True)
        server.cli("backup", str(target))
        self.assertEqual(stat.S_IMODE(target.stat().st_mode), 0o600)
        with sqlite3.connect(target) as database:
            self.assertEqual(database.execute("SELECT username FROM users").fetchall(), [("ana",)])


    def test_a_backup_that_begins_before_the_one_before_has_its_file_leaves_that_alone(self):
        server = Server("sqlite")
        self.addCleanup(server.remove)
        server.start()

        def copied():
            """What the first half of the command does."""
            body = json.dumps({"realm": "default", "command": "database.back_up"}).encode()
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(str(server.data / "control.sock"))
                client.sendall(b"POST /control HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                               b"Content-Length: %d\r\n\r\n" % len(body) + body)
                answer = b"".join(iter(lambda: client.recv(65_536), b""))
            return pathlib.Path(json.loads(answer.split(b"\r\n\r\n", 1)[1])["result"]["file"])

        first = copied()
        before = first.stat().st_ino
        server.cli("backup", str(server.folder / "second.db"))
        self.assertEqual(first.stat().st_ino, before)
        with sqlite3.connect(first) as database:
            self.assertEqual(database.execute("PRAGMA integrity_check").fetchone(), ("ok",))
        # What nobody took is removed, a day later.
        os.utime(first, (time.time() - 90_000,) * 2)
        server.cli("backup", str(server.folder / "third.db"))
        self.assertEqual(list(server.data.glob("backup.*")), [])


class PostgresBackup(ServerTest):
    backend = "postgres"

    def test_postgresql_is_left_to_its_own_tools(self):
        done = self.server.cli("backup", str(self.server.folder / "x.db"), expect=1)
        self.assertIn("pg_dump", done.stderr)
        self.assertFalse((self.server.folder / "x.db").exists())
        self.assertEqual(list(self.server.data.glob("backup.*")), [])


class Doctor(ServerTest):
    environment = SHIPPED_HASHES | {"ALDRAVA_TRUSTED_PROXIES": "127.0.3.1"}

    def findings(self, *words, expect=None, environment=None):
        done = self.server.cli("doctor", "--json", *words, expect=None, environment=environment)
        found = {item["name"]: item for item in json.loads(done.stdout)["result"]["findings"]}
        worst = {item["verdict"] for item in found.values()}
        code = 5 if "wrong" in worst else 1 if "warning" in worst else 0
        self.assertEqual(done.returncode, code)
        if expect is not None:
            self.assertEqual(done.returncode, expect, done.stdout)
        for item in found.values():
            self.assertTrue(item["sentence"])
            if item["verdict"] in ("warning", "wrong"):
                self.assertTrue(item["why"] and item["mend"], item)
        return found

    def proxied(self, directives, bind):
        """The findings through an nginx in front of the server; it connects from the address `bind`."""
        port = free_port()
        folder = self.server.folder / f"nginx{port}"
        folder.mkdir()
        (folder / "nginx.conf").write_text(f"""
            daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;
            events {{}}
            http {{
                access_log off;
                client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
                uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
                server {{ listen 127.0.0.1:{port}; location / {{
                    proxy_bind {bind}; proxy_pass {self.server.url}; {directives} }} }}
            }}""")
        process = subprocess.Popen(["/usr/sbin/nginx", "-p", folder, "-c", folder / "nginx.conf"],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            time.sleep(0.5)
            return self.findings("--url", f"http://127.0.0.1:{port}")
        finally:
            process.terminate()
            process.wait(timeout=10)

    def test_proxies_are_judged_by_what_they_do(self):
        append = "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;"
        self.assertEqual(self.proxied(append, "127.0.3.1")["proxy_headers"]["verdict"], "fine")
        self.assertEqual(self.proxied(append, "127.0.4.1")["proxy_headers"]["verdict"], "warning")
        self.assertIn("127.0.4.1", self.proxied(append, "127.0.4.1")["proxy_headers"]["mend"])
        self.assertEqual(self.proxied("", "127.0.3.1")["proxy_headers"]["verdict"], "wrong")
        removed = self.proxied('proxy_set_header X-Forwarded-For "";', "127.0.3.1")
        self.assertEqual(removed["proxy_headers"]["verdict"], "warning")
        self.assertEqual(removed["issuer"]["verdict"], "warning")

    def test_a_url_that_leads_nowhere_or_elsewhere_is_wrong(self):
        nowhere = self.findings("--url", f"http://127.0.0.1:{free_port()}", expect=5)
        self.assertEqual(nowhere["public_url_answers"]["verdict"], "wrong")
        with Elsewhere() as port:
            elsewhere = self.findings("--url", f"http://127.0.0.1:{port}", expect=5)
        self.assertIn("not this server", elsewhere["public_url_answers"]["sentence"])

    def test_a_running_server_is_sound_but_for_what_a_test_installation_lacks(self):
        found = self.findings()
        hurts = {name for name, item in found.items() if item["verdict"] in ("warning", "wrong")}
        expected = {"public_url", "clock", "break_glass"}
        expected |= {"key_place"} if self.backend == "sqlite" else {"database_role", "database_policies"}
        self.assertLessEqual(hurts, expected | {"disk_space"}, found)
        self.assertEqual(found["server"]["verdict"], "fine")
        self.assertEqual(found["public_url_answers"]["verdict"], "fine")
        self.assertEqual(found["migrations"]["verdict"], "fine")
        self.assertEqual(found["signing_keys"]["verdict"], "fine")
        self.assertEqual(found["durability"]["verdict"], "fine")

    def test_open_files_are_wrong(self):
        log = self.server.data / "logline.system.jsonl"
        log.chmod(0o644)
        self.addCleanup(log.chmod, 0o600)
        self.assertIn("logline.system.jsonl", self.findings(expect=5)["file_modes"]["sentence"])

    def test_other_settings_than_the_servers_are_noticed(self):
        found = self.findings(environment={"ALDRAVA_PUBLIC_URL": "https://elsewhere.example"})
        self.assertEqual(found["settings_in_use"]["verdict"], "warning")
        self.assertEqual(found["settings"]["verdict"], "fine")


class Elsewhere:
    """Another server, which answers everything with 200."""

    def __enter__(self):
        import http.server

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self.server.server_port

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class DoctorAlone(ServerTest):
    environment = SHIPPED_HASHES

    @classmethod
    def prepare(cls):
        cls.server.cli("admin", "create", "ana", "ana@example.org", stdin=PASSWORD)

    def findings(self, expect, environment=None):
        done = self.server.cli("doctor", "--json", expect=expect, environment=environment)
        self.assertNotIn("hunter2", done.stdout + done.stderr)
        return {item["name"]: item for item in json.loads(done.stdout)["result"]["findings"]}

    def test_without_a_server_the_database_is_examined_too(self):
        found = self.findings(1)
        self.assertEqual(found["server"]["verdict"], "unknown")
        self.assertEqual(found["master_key"]["verdict"], "fine")
        self.assertEqual(found["migrations"]["verdict"], "fine")

    def test_settings_that_cannot_be_used_and_a_wrong_key_are_wrong(self):
        self.assertEqual(self.findings(5, {"ALDRAVA_LISTEN": "hunter2"})["settings"]["verdict"], "wrong")
        wrong = self.findings(5, {"ALDRAVA_MASTER_KEY": "ab" * 32})
        self.assertIn("not the one", wrong["master_key"]["sentence"])

    def test_a_missing_folder_is_wrong_and_not_made(self):
        folder = self.server.folder / "nowhere"
        self.assertEqual(self.findings(5, {"ALDRAVA_DATA": str(folder)})["data_folder"]["verdict"], "wrong")
        self.assertFalse(folder.exists())

    def test_a_database_that_is_down_is_wrong(self):
        url = "postgres://nobody:hunter2@127.0.0.1:1/nothing"
        self.assertEqual(self.findings(5, {"ALDRAVA_DATABASE": url})["database"]["verdict"], "wrong")


class PendingMigration(unittest.TestCase):
    def test_an_older_schema_is_seen_and_left_alone(self):
        server = Server("sqlite")
        self.addCleanup(server.remove)
        server.data.mkdir(mode=0o700)
        sqlite3.connect(server.data / "aldrava.db").close()
        (server.data / "aldrava.db").touch(mode=0o600)
        (server.data / "aldrava.db").chmod(0o600)
        done = server.cli("doctor", "--json", expect=None)
        found = {item["name"]: item for item in json.loads(done.stdout)["result"]["findings"]}
        self.assertEqual(found["migrations"]["verdict"], "warning")
        with sqlite3.connect(server.data / "aldrava.db") as database:
            self.assertEqual(database.execute("SELECT count(*) FROM sqlite_schema").fetchone(), (0,))


class Settings(unittest.TestCase):
    def check(self, environment, *words, expect):
        done = subprocess.run([BINARY, "check-config", *words], env={"PATH": os.environ["PATH"]} | environment,
                              capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        self.assertNotIn("hunter2", done.stdout + done.stderr)
        return done

    def test_every_value_is_shown_with_where_it_came_from(self):
        server = Server("sqlite")
        self.addCleanup(server.remove)
        file = server.folder / "aldrava.conf"
        file.write_text("ALDRAVA_MAX_BODY=4096\nALDRAVA_DATABASE=postgres://u:hunter2@h/d\n")
        file.chmod(0o600)
        done = self.check({"ALDRAVA_NODE": "n1"}, "--config", str(file), "--data", str(server.data), "--json", expect=0)
        settings = {item["name"]: item for item in json.loads(done.stdout)["result"]["settings"]}
        self.assertEqual((settings["ALDRAVA_NODE"]["value"], settings["ALDRAVA_NODE"]["from"]), ("n1", "environment"))
        self.assertEqual(settings["ALDRAVA_MAX_BODY"]["from"], "settings_file")
        self.assertEqual(settings["ALDRAVA_DATA"]["from"], "command_line")
        self.assertEqual(settings["ALDRAVA_DATABASE"]["value"], "set")
        self.assertEqual((settings["ALDRAVA_MASTER_KEY"]["value"], settings["ALDRAVA_MASTER_KEY"]["from"]),
                         ("unset", "default"))
        self.assertFalse(server.data.exists())
        file.chmod(0o644)
        self.assertIn("mode 600", self.check({}, "--config", str(file), expect=3).stderr)

    def test_what_serve_refuses_is_refused_here(self):
        self.check({"ALDRAVA_DATABASE": "postgres://u:hunter2/x@h/d"}, expect=3)
        self.check({"ALDRAVA_DATABASE_FILE": "/nonexistent"}, expect=3)
        problems = json.loads(
            self.check({"ALDRAVA_LISTEN": "hunter2", "ALDRAVA_MAX_BODDY": "hunter2"}, "--json", expect=3).stderr)
        self.assertEqual({item["name"] for item in problems["result"]["problems"]},
                         {"ALDRAVA_LISTEN", "ALDRAVA_MAX_BODDY"})

    def test_a_taken_port_leaves_nothing_behind(self):
        server = Server("sqlite")
        self.addCleanup(server.remove)
        with Elsewhere() as port:
            done = server.cli("serve", expect=4, environment={"ALDRAVA_LISTEN": f"127.0.0.1:{port}"})
        self.assertIn("already in use", done.stderr)
        self.assertFalse(server.data.exists())


class Documents(unittest.TestCase):
    def printed(self, *words):
        return run([BINARY, *words]).decode()

    def test_the_manual_page_is_clean_and_names_every_command(self):
        page = self.printed("man")
        done = subprocess.run(["mandoc", "-Tlint", "-Wstyle"], input=page, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))
        rendered = subprocess.run(["mandoc", "-Tascii"], input=page, capture_output=True, text=True, check=True).stdout
        rendered = re.sub(".\b", "", rendered)
        for line in self.printed("--help").splitlines():
            if found := re.match(r"  ([a-z][a-z -]*[a-z])  ", line):
                self.assertIn(f"aldrava {found[1]}", rendered)
        self.assertIn("ALDRAVA_TRUSTED_PROXIES", rendered)

    def complete(self, shell, line):
        script = self.printed("completion", shell)
        words = line.split(" ")
        if shell == "bash":
            quoted = " ".join(f"'{word}'" for word in words)
            after = (f"\nCOMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; compopt() {{ :; }}; _aldrava; "
                     'printf "%s\\n" "${COMPREPLY[@]}"')
            command = ["bash", "--norc", "-u", "-c", script + after]
        elif shell == "zsh":
            quoted = " ".join(f"'{word}'" for word in words)
            after = (f"\n_describe() {{ print -rl -- ${{found%%:*}} }}; _files() {{ print files }}; "
                     f"words=({quoted}); CURRENT={len(words)}; _aldrava")
            command = ["zsh", "-f", "-c", "compdef() { : }\n" + script + after]
        else:
            # An argument has at most 128 KiB.
            command = ["fish", "--no-config", "-c", f"source -; complete -C '{line}'"]
        if not shutil.which(command[0]):
            self.skipTest(f"{shell} is not installed")
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, input=script)
        self.assertEqual(done.stderr, "")
        return {line.split("\t")[0] for line in done.stdout.split("\n") if line}

    def test_shells_complete_commands_options_and_choices(self):
        for shell in ("bash", "zsh", "fish"):
            with self.subTest(shell):
                self.assertLessEqual({"serve", "user", "doctor"}, self.complete(shell, "aldrava "))
                self.assertLessEqual({"add", "list", "sign-out"}, self.complete(shell, "aldrava user "))
                self.assertLessEqual({"bash", "zsh", "fish"}, self.complete(shell, "aldrava completion "))
                self.assertIn("--role", self.complete(shell, "aldrava user add --"))
                self.assertNotIn("--role", self.complete(shell, "aldrava user show --"))
                self.assertIn("-f", self.complete(shell, "aldrava audit tail -"))

    def test_install_puts_everything_below_destdir(self):
        server = Server("sqlite")
        self.addCleanup(server.remove)
        root = server.folder / "root"
        run(["make", "-C", str(ROOT), "install", f"DESTDIR={root}", "PREFIX=/usr", f"BINARY={BINARY}"])
        for path in ("bin/aldrava", "share/man/man1/aldrava.1", "share/bash-completion/completions/aldrava",
                     "share/zsh/site-functions/_aldrava", "share/fish/vendor_completions.d/aldrava.fish"):
            self.assertTrue((root / "usr" / path).stat().st_size > 100, path)
        self.assertEqual(run([root / "usr/bin/aldrava", "version"]), run([BINARY, "version"]))
        for unit in (ROOT / "packaging/systemd").glob("*"):
            self.assertEqual((root / "usr/lib/systemd/system" / unit.name).read_text(), unit.read_text())
        run(["make", "-C", str(ROOT), "install", f"DESTDIR={root}", "PREFIX=/opt/id", f"BINARY={BINARY}"])
        service = (root / "opt/id/lib/systemd/system/aldrava.service").read_text()
        self.assertIn("ExecStart=/opt/id/bin/aldrava serve", service)


on_both_databases(globals(), Administration, Tokens, Expired, Doctor, DoctorAlone)

if __name__ == "__main__":
    unittest.main()
