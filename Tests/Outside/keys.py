#!/usr/bin/env python3
"""Keys change, and nobody who has a good token notices: PyJWT and its PyJWKClient beside the server itself.

Rotation runs on a wall clock that is FACTOR times as fast (clock.c), for the server and for the clients alike; that is
for SQLite only, because PostgreSQL keeps its own time.
"""

import json
import os
import pathlib
import random
import secrets
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import threading
import time
import unittest

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from harness import BINARY, CHEAP_HASHES, ROOT, Server, ServerTest, on_both_databases, run, segments

PASSWORD = "correct horse battery staple"
FACTOR = 60


def keys(server, *arguments, **options):
    """One `aldrava keys` command, read as a program would."""
    done = server.cli("keys", *arguments, "--json", **options)
    return json.loads(done.stdout)["result"]


def key_in(server, state):
    return next((key for key in keys(server, "list")["keys"] if key["state"] == state), None)


def kid(token):
    return segments(token)[0]["kid"]


class Client:
    """A service that checks tokens by itself: PyJWKClient, which keeps the keys for as long as it was told."""

    def __init__(self, server, factor=1):
        answer = server.call("GET", "/.well-known/jwks.json")
        age = int(answer.headers["Cache-Control"].split("max-age=")[1])
        self.server = server
        # PyJWT waits 30 s between two looks for a name that it does not know; here it asks at once.
        self.keys = jwt.PyJWKClient(
            f"{server.url}/.well-known/jwks.json", lifespan=age / factor, cooldown_duration=0)

    def check(self, token):
        """With the copy of the keys that is there: asking again for an unknown one would hide what is tested."""
        found = self.keys.match_kid(self.keys.get_signing_keys(), kid(token))
        if found is None:
            raise AssertionError(f"a client that caches as it was told does not know the key {kid(token)}")
        return jwt.decode(
            token, found.key, algorithms=[segments(token)[0]["alg"]], audience=self.server.url,
            issuer=self.server.url, options={"verify_exp": False, "verify_iat": False, "verify_nbf": False})


class Rotation(unittest.TestCase):
    """Every algorithm at the same time: the schedule rotates, tokens are made all the while, clients cache."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="aldrava-clock-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        run(["clang", "-shared", "-fPIC", "-O1", "-o", f"{cls.folder}/clock.so", ROOT / "Tests/Outside/clock.c"])

    def test_no_good_token_is_refused_across_rotations(self):
        base = time.time_ns()
        problems, counts = [], {}
        threads = [
            threading.Thread(target=self.live, args=(algorithm, base, problems, counts))
            for algorithm in ("ES256", "EdDSA", "RS256", "HS256")
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(problems, [])
        for algorithm in ("ES256", "EdDSA", "RS256", "HS256"):
            kids, checks = counts[algorithm]
            self.assertGreaterEqual(kids, 3, f"{algorithm}: the schedule did not rotate")
            self.assertGreater(checks, 50, algorithm)

    def live(self, algorithm, base, problems, counts):
        server = Server(
            "sqlite", LD_PRELOAD=f"{self.folder}/clock.so", CLOCK_BASE=str(base), CLOCK_FACTOR=str(FACTOR),
            ALDRAVA_SIGNING_ALGORITHM=algorithm, ALDRAVA_KEY_ROTATION="600", ALDRAVA_ACCESS_LIFETIME="120", **CHEAP_HASHES)
        try:
            self.run_through(server, algorithm, base, problems, counts)
        except Exception as error:
            problems.append(f"{algorithm}: {error!r}")
        finally:
            server.remove()

    def run_through(self, server, algorithm, base, problems, counts):
        server.start()
        now = lambda: (base + (time.time_ns() - base) * FACTOR) / 1e9
        refresh = server.register("ana", PASSWORD).json["refresh_token"]
        clients, alive, kids, checks = [], [], set(), 0
        end = time.monotonic() + 45
        while time.monotonic() < end:
            body = server.refresh(refresh).json
            refresh, token = body["refresh_token"], body["token"]
            kids.add(kid(token))
            alive = [other for other in alive if segments(other)[1]["exp"] > now()] + [token]
            # New ones appear all the time, so that their copies have every age.
            if algorithm != "HS256" and len(clients) < 8:
                clients.append(Client(server, FACTOR))
            for token in random.sample(alive, min(3, len(alive))):
                status = server.call("GET", "/api/auth/me", token=token).status
                if status != 200 and segments(token)[1]["exp"] > now():
                    problems.append(f"{algorithm}: the server answered {status} for a token of {kid(token)}")
                for client in clients:
                    client.check(token)
                checks += 1
            time.sleep(0.15)
        document = server.call("GET", "/.well-known/jwks.json").json
        if algorithm == "HS256" and document != {"keys": []}:
            problems.append("a secret key is published")
        events = [line for line in server.audit() if line["did"] == "rotate_signing_key"]
        if {line["confirmed_by"] for line in events} != {"schedule"}:
            problems.append(f"{algorithm}: rotations are not in the audit: {events}")
        counts[algorithm] = (len(kids), checks)


class Keys(ServerTest):
    def test_a_disclosed_key(self):
        """Refused at once here, and within the lease elsewhere; sessions go on, clients find the replacement."""
        server = self.server
        elsewhere = None
        if self.backend == "postgres":
            elsewhere = Server(
                "postgres", **CHEAP_HASHES, ALDRAVA_DATABASE=server.database, ALDRAVA_PUBLIC_URL=server.url,
                ALDRAVA_MASTER_KEY_FILE=str(server.data / "master.key"), ALDRAVA_NODE="elsewhere")
            self.addCleanup(elsewhere.remove)
            elsewhere.start()
        body = server.register("ana", PASSWORD).json
        client = Client(server)
        client.check(body["token"])
        for node in filter(None, [server, elsewhere]):
            self.assertEqual(node.call("GET", "/api/auth/me", token=body["token"]).status, 200)
        reply = keys(server, "retire", kid(body["token"]), "--now")
        self.assertEqual(server.call("GET", "/api/auth/me", token=body["token"]).status, 401)
        if elsewhere:
            time.sleep(0.6)
            self.assertEqual(elsewhere.call("GET", "/api/auth/me", token=body["token"]).status, 401)
            # Learned without a restart.
            self.assertEqual(
                [key["kid"] for key in elsewhere.call("GET", "/.well-known/jwks.json").json["keys"]],
                [reply["replacement"]["kid"]])
        token = (elsewhere or server).refresh(body["refresh_token"]).json["token"]
        self.assertEqual(kid(token), reply["replacement"]["kid"])
        self.assertEqual(server.call("GET", "/api/auth/me", token=token).status, 200)
        found = client.keys.get_signing_key_from_jwt(token)  # asks again for a name it does not know
        self.assertEqual(found.key_id, kid(token))
        client.check(token)
        lines = server.audit_settled(lambda lines: any(line["did"] == "retire_signing_key" for line in lines))
        self.assertTrue(any(line["did"] == "retire_signing_key" for line in lines))

    def test_a_key_of_another_system(self):
        server = self.server
        key = rsa.generate_private_key(65537, 2048)
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
        file = server.folder / "old.pem"
        file.write_text(pem)
        file.chmod(0o644)
        refused = server.cli("keys", "import", str(file), expect=3)
        self.assertIn("mode 600", refused.stderr)
        file.chmod(0o600)
        done = server.cli("keys", "import", str(file))
        pending = server.cli("keys", "import", "-", stdin=pem, expect=1)
        published = server.call("GET", "/.well-known/jwks.json").json["keys"][-1]
        self.assertEqual(published["alg"], "RS256")
        self.assertEqual(
            jwt.PyJWK(published).key.public_numbers(), key.public_key().public_numbers())
        withdrawn = server.cli("keys", "retire", published["kid"])
        exists = server.cli("keys", "import", str(file), expect=1)
        curve = ec.generate_private_key(ec.SECP384R1()).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()
        other = server.cli("keys", "import", "-", stdin=curve, expect=1)
        empty = server.cli("keys", "import", "-", stdin="", expect=1)
        body = pem.splitlines()[5]
        logs = "".join(log.read_text() for log in server.data.glob("*.jsonl")) + server.printed()
        for ended in (refused, done, pending, withdrawn, exists, other, empty):
            self.assertNotIn(body, ended.stdout + ended.stderr)
        self.assertNotIn(body, logs)

    def test_rotation_on_demand(self):
        server = self.server
        before = key_in(server, "signing")["kid"]
        server.cli("keys", "rotate")
        self.addCleanup(lambda: server.cli("keys", "retire", key_in(server, "next")["kid"]))
        self.assertIn("published already", server.cli("keys", "rotate", expect=1).stderr)
        table = server.cli("keys", "list").stdout
        self.assertIn("KID", table)
        self.assertEqual(key_in(server, "signing")["kid"], before)
        following = key_in(server, "next")["kid"]
        document = server.call("GET", "/.well-known/jwks.json")
        self.assertEqual([key["kid"] for key in document.json["keys"]][-2:], [before, following])
        self.assertEqual(document.headers["Cache-Control"], "public, max-age=300")
        self.assertEqual(server.cli("keys", "retire", "nobody", expect=1).returncode, 1)


class MasterKey(ServerTest):
    people = 20_000

    def test_1_it_refuses_while_a_server_runs(self):
        self.assertIn("stop the server", self.server.cli("keys", "rewrap", expect=4).stderr)

    def test_2_a_server_elsewhere_is_seen(self):
        """Only where servers share a database: the folder's lock says it otherwise."""
        if self.backend != "postgres":
            self.skipTest("one folder, one server")
        time.sleep(1)
        done = self.server.cli(
            "keys", "rewrap", "--to", str(self.new_key()), expect=1, environment={
                "ALDRAVA_DATA": str(self.folder()),
                "ALDRAVA_MASTER_KEY_FILE": str(self.server.data / "master.key")})
        self.assertIn("at work", done.stderr)

    def test_3_everything_outlives_it_and_kill_9_anywhere(self):
        server = self.server
        body = server.register("ana", PASSWORD).json
        old = (server.data / "master.key").read_text()
        self.assertEqual(server.stop(), 0)
        self.add_people()
        log = len(server.audit())
        began = time.monotonic()
        server.cli("keys", "rewrap")
        whole = time.monotonic() - began
        kills = 0
        for _ in range(60):
            if kills == 6:
                break
            (server.data / "master.key.old").unlink(missing_ok=True)
            process = subprocess.Popen(
                [BINARY, "keys", "rewrap"], env=server.environment, cwd=server.folder,
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            # Everywhere in it, however fast the machine is.
            time.sleep(whole * random.random())
            process.send_signal(signal.SIGKILL)
            process.communicate()
            kills += process.returncode == -signal.SIGKILL
            # One of the two keys opens it, and no hand is needed.
            server.cli("keys", "list")
        self.assertEqual(kills, 6)
        (server.data / "master.key.old").unlink(missing_ok=True)
        for _ in range(2):  # the first may only complete what was interrupted
            (server.data / "master.key.old").unlink(missing_ok=True)
            server.cli("keys", "rewrap")
        self.assertNotEqual((server.data / "master.key").read_text(), old)
        self.assertEqual((server.data / "master.key").stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.wrappings(), 1)
        file = server.folder / "old.key"
        file.write_text(old)
        file.chmod(0o600)
        refused = server.cli("keys", "list", expect=3, environment={"ALDRAVA_MASTER_KEY_FILE": str(file)})
        self.assertIn("not the one this database was made with", refused.stderr)
        server.start()
        self.assertEqual(server.call("GET", "/api/auth/me", token=body["token"]).status, 200)
        token = server.refresh(body["refresh_token"]).json["token"]
        self.assertEqual(server.call("GET", "/api/auth/me", token=token).status, 200)
        self.assertEqual(server.login("ana", PASSWORD).status, 200)
        lines = server.audit_settled(lambda lines: lines[log:] and lines[-1]["did"] == "login")
        self.assertGreater(len(lines), log)
        self.assertEqual([line for line in lines if line["this"].get("forged")], [])
        self.assertTrue(any(line["did"] == "change_master_key" for line in lines))

    def test_4_a_disclosed_key_signs_everybody_out(self):
        server = self.server
        body = server.login("ana", PASSWORD).json
        server.stop()
        (server.data / "master.key.old").unlink(missing_ok=True)
        server.cli("keys", "rewrap", "--disclosed")
        server.start()
        self.assertEqual(server.call("GET", "/api/auth/me", token=body["token"]).status, 401)
        self.assertEqual(server.refresh(body["refresh_token"]).status, 401)
        self.assertEqual(server.login("ana", PASSWORD).status, 200)

    def folder(self):
        folder = tempfile.mkdtemp(prefix="aldrava-elsewhere-")
        self.addCleanup(shutil.rmtree, folder)
        return folder

    def new_key(self):
        file = pathlib.Path(self.folder()) / "new.key"
        file.write_text(secrets.token_hex(32))
        file.chmod(0o600)
        return file

    def add_people(self):
        """So many rows that a kill falls between two slices; what they hold is of no matter. PostgreSQL takes its time."""
        if self.backend == "postgres":
            run(["psql", "--quiet", "--no-psqlrc", self.server.database, "-c", f"""
                INSERT INTO subject_keys (realm, subject_id, wrapped, created_at)
                SELECT 'default', decode(md5(n::text), 'hex'), decode(repeat(md5(n::text), 4), 'hex'), 0
                FROM generate_series(1, {self.people // 4}) n"""])
            return
        database = sqlite3.connect(self.server.data / "aldrava.db")
        with database:
            database.executemany(
                "INSERT INTO subject_keys (realm, subject_id, wrapped, created_at) VALUES ('default', ?, ?, 0)",
                ((os.urandom(16), os.urandom(72)) for _ in range(self.people)))
        database.close()

    def wrappings(self):
        sql = "SELECT count(DISTINCT wrapping) FROM (SELECT wrapping FROM subject_keys UNION SELECT wrapping FROM signing_keys) w"
        if self.backend == "postgres":
            return int(run(["psql", "-tAq", "--no-psqlrc", self.server.database, "-c", sql]))
        database = sqlite3.connect(f"file:{self.server.data / 'aldrava.db'}?mode=ro", uri=True)
        try:
            return database.execute(sql).fetchone()[0]
        finally:
            database.close()


on_both_databases(globals(), Keys, MasterKey)

if __name__ == "__main__":
    unittest.main()
