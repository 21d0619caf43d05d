"""Databases that already hold many users, made in a minute or two: for finding out what grows with their number.

A server makes the schema and its keys and registers one person; every further user is that person's rows again, with
ids, names and wrapped keys of their own. All have one password hash, because a million of them would take hours. Each has
a session, whose first refresh token ``Seeded.refresh_token`` derives, and the two events that a registration leaves. Those
have the size of real ones, but their proofs and sealed parts are copies, so the audit would show them as forged; and the
sessions last ten years, so that the file can be kept. Nothing else differs from what the server wrote itself.
"""

import base64
import ctypes
import ctypes.util
import hashlib
import hmac
import json
import os
import shutil
import sqlite3
import struct
import subprocess
import time

from core import RESULTS, Server, log

PASSWORD = "correct horse battery staple"
TEMPLATE = "template"
#: Counts the changes of what is seeded, so that a file from before one is not used. Of the schema a server takes care.
FORMAT = 1
YEARS = 10 * 365 * 86_400_000
BATCH = 20_000
#: In an order in which no row is before one that it refers to.
TABLES = [
    "settings", "data_keys", "signing_keys", "users", "passwords", "subject_keys", "roles", "permissions", "user_roles",
    "user_permissions", "role_permissions", "sessions", "events", "feed", "feed_entries", "remembered_answers"]


class Seeded:
    """A data folder with a database of `users` users, whose numbers are 0 ..< users."""

    def __init__(self, users):
        self.users = users
        self.folder = RESULTS / f"seeded-{users}-{FORMAT}"
        if not (self.folder / "complete").exists():
            self._make()
        self.made_at = int((self.folder / "complete").read_text())

    def place_into(self, server):
        """Gives a server that has not started yet this database, whichever kind it has."""
        server.data.mkdir(mode=0o700)
        shutil.copy(self.folder / "master.key", server.data)
        if server.database is None:
            shutil.copy(self.folder / "aldrava.db", server.data)
        else:
            server.start()
            server.stop()
            copy_to_postgres(self.folder / "aldrava.db", server.database)
        shutil.copy(self.folder / "logline.jsonl", server.data)

    def name(self, number):
        """Scattered over the index, as people's names are."""
        return f"{(number * 2654435761 + 12345) % 2**32:08x}"

    def user_id(self, number):
        return self._id(b"user", number)

    def session_id(self, number):
        return self._id(b"session", number)

    def _id(self, kind, number):
        """A UUIDv7; users came evenly over the last year."""
        moment = self.made_at - 31_536_000_000 + number * 31_536_000_000 // self.users
        random = hashlib.blake2b(kind + number.to_bytes(8, "big"), digest_size=10).digest()
        return (moment.to_bytes(6, "big") + bytes([0x70 | random[0] & 0x0F, random[1], 0x80 | random[2] & 0x3F])
                + random[3:])

    def refresh_token(self, number, counter=1):
        """The one that the session's reply would have carried."""
        keys = Keys(self.folder)
        session = self.session_id(number)
        body = bytes([1, 0, 1]) + session + counter.to_bytes(8, "big")
        key = hkdf(keys.refresh_root, session, b"aldrava refresh 1\0default\0native")
        token = body + hmac.digest(key, body, "sha256")[:16]
        return base64.urlsafe_b64encode(token).rstrip(b"=").decode()

    # Making ----------------------------------------------------------------------------------------------------------

    def _make(self):
        started = time.monotonic()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        server = Server("sqlite", ALDRAVA_LOOPS="1")
        try:
            server.start()
            server.register(TEMPLATE, PASSWORD)
            server.stop()
            for name in ("aldrava.db", "master.key"):
                shutil.copy(server.data / name, self.folder / name)
        finally:
            server.remove()
        self.made_at = int(time.time() * 1000)
        database = sqlite3.connect(self.folder / "aldrava.db", isolation_level=None)
        for setting in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -1000000", "foreign_keys = OFF"):
            database.execute(f"PRAGMA {setting}")
        indexes = database.execute(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'events' AND sql IS NOT NULL"
        ).fetchall()
        for name, _ in indexes:
            database.execute(f"DROP INDEX {name}")
        database.execute("BEGIN")
        self._fill(database)
        for _, sql in indexes:
            database.execute(sql)
        database.execute("COMMIT")
        last = database.execute("SELECT id FROM events ORDER BY place DESC LIMIT 1").fetchone()[0]
        database.close()
        # Where the log ends says where to go on: a server need not write two million lines first.
        (self.folder / "logline.jsonl").write_text(json.dumps({"this": {"event": hyphenated(last)}}) + "\n")
        (self.folder / "complete").write_text(str(self.made_at))
        log(f"  seeded {self.users:,} users in {time.monotonic() - started:.0f} s")

    def _fill(self, database):
        keys = Keys(self.folder)
        template = {
            table: database.execute(f"SELECT * FROM {table} WHERE {column} = (SELECT id FROM users)").fetchone()
            for table, column in (
                ("users", "id"), ("passwords", "user_id"), ("user_roles", "user_id"), ("sessions", "user_id"))}
        events = database.execute("SELECT * FROM events WHERE actor_id = (SELECT id FROM users) ORDER BY place").fetchall()
        for first in range(0, self.users, BATCH):
            rows = {table: [] for table in ("users", "passwords", "subject_keys", "user_roles", "sessions", "events")}
            for number in range(first, min(first + BATCH, self.users)):
                self._add(number, rows, template, events, keys)
            for table, values in rows.items():
                places = ", ".join("?" * len(values[0]))
                database.executemany(f"INSERT INTO {table} VALUES ({places})", values)

    def _add(self, number, rows, template, events, keys):
        user, session, name = self.user_id(number), self.session_id(number), self.name(number)
        moment = int.from_bytes(user[:6], "big")
        email = name + "@example.org"
        row = template["users"]
        realm = row[2]
        rows["users"].append((None, user, realm, name, name, email, email, *row[7:10], moment, moment, *row[12:]))
        rows["passwords"].append((user, *template["passwords"][1:4], moment))
        rows["subject_keys"].append((realm, user, keys.wrapped_subject_key(user, realm), moment, 1))
        rows["user_roles"].append((user, template["user_roles"][1]))
        row = template["sessions"]
        rows["sessions"].append((
            session, realm, user, row[3], 1, None, moment, self.made_at, YEARS, self.made_at + YEARS, None, None, row[12],
            moment, *row[14:]))
        request = f"{number:015x}"
        for kind, event in enumerate(events):
            details = json.loads(event[13]) | {"request_id": request}
            if "session" in details:
                details["session"] = hyphenated(session)
            personal = event[14][:4] + user + event[14][20:]
            rows["events"].append((
                None, 0, self._id(b"event%d" % kind, number), moment, *event[4:12], user,
                json.dumps(details, separators=(",", ":")), personal, *event[15:18], request,
                details.get("session", "")))


class Keys:
    """What the master key opens."""

    _known = {}

    def __new__(cls, folder):
        if folder not in cls._known:
            cls._known[folder] = super().__new__(cls)
        return cls._known[folder]

    def __init__(self, folder):
        if hasattr(self, "refresh_root"):
            return
        self.sodium = ctypes.CDLL(ctypes.util.find_library("sodium"))
        master = bytes.fromhex((folder / "master.key").read_text())
        wrapping = hkdf(master, b"", b"aldrava wrap data keys 1")
        database = sqlite3.connect(f"file:{folder / 'aldrava.db'}?mode=ro", uri=True)
        for purpose, wrapped in database.execute("SELECT purpose, wrapped FROM data_keys WHERE epoch = 1"):
            setattr(self, purpose, self._unwrap(wrapped, wrapping, f"data key {purpose} 1".encode()))
        database.close()

    def wrapped_subject_key(self, user, realm):
        """A fresh one; see `Flows/Audit/SubjectKeys.swift`."""
        nonce, secret = os.urandom(24), os.urandom(32)
        purpose = f"subject key {realm} {hyphenated(user)}".encode()
        sealed = ctypes.create_string_buffer(48)
        self.sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(
            sealed, None, secret, ctypes.c_ulonglong(32), purpose, ctypes.c_ulonglong(len(purpose)), None, nonce,
            self.wrapping)
        return nonce + sealed.raw

    def _unwrap(self, wrapped, key, purpose):
        plain = ctypes.create_string_buffer(32)
        sealed = wrapped[24:]
        if self.sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
                plain, None, None, sealed, ctypes.c_ulonglong(len(sealed)), purpose, ctypes.c_ulonglong(len(purpose)),
                wrapped[:24], key) != 0:
            raise AssertionError("a data key does not open")
        return plain.raw


def hkdf(secret, salt, info):
    """HKDF-SHA-256 (RFC 5869), one block."""
    return hmac.digest(hmac.digest(salt or bytes(32), secret, "sha256"), info + b"\x01", "sha256")


def hyphenated(identifier):
    text = identifier.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def copy_to_postgres(path, url):
    """Every row of a SQLite file into a database with the same schema, in the binary form of COPY."""
    started = time.monotonic()
    run = ["psql", "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", url]
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    indexes = subprocess.run(
        [*run, "-At", "-c", "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() AND tablename"
         " = 'events' AND indexname LIKE 'events_by%'"],
        check=True, capture_output=True, text=True).stdout.splitlines()
    before = [f"TRUNCATE {', '.join(TABLES)} CASCADE"] + [f"DROP INDEX {line.split('|')[0]}" for line in indexes]
    subprocess.run([*run, *(word for statement in before for word in ("-c", statement))], check=True)
    for table in TABLES:
        columns = [column[1] for column in database.execute(f"PRAGMA table_info({table})")]
        copy = subprocess.Popen(
            [*run, "-c", f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT binary)"], stdin=subprocess.PIPE)
        copy.stdin.write(b"PGCOPY\n\xff\r\n\0" + bytes(8))
        head = struct.pack(">h", len(columns))
        for row in database.execute(f"SELECT * FROM {table}"):
            copy.stdin.write(head + b"".join(map(binary, row)))
        copy.stdin.write(b"\xff\xff")
        copy.stdin.close()
        if copy.wait() != 0:
            raise AssertionError(f"{table} was not copied")
    database.close()
    after = ["SET maintenance_work_mem = '512MB'"] + [line.split("|", 1)[1] for line in indexes] + [
        f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'), (SELECT max({column}) FROM {table}))"
        for table, column in (("users", "number"), ("events", "place"))] + ["ANALYZE"]
    subprocess.run(
        [*run, *(word for statement in after for word in ("-c", statement))], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([*run, "-c", "VACUUM"], check=True)
    subprocess.run([*run, "-c", "CHECKPOINT"], check=True)
    log(f"  copied to PostgreSQL in {time.monotonic() - started:.0f} s")


def binary(value):
    if value is None:
        return b"\xff\xff\xff\xff"
    if isinstance(value, int):
        return struct.pack(">iq", 8, value)
    if isinstance(value, str):
        value = value.encode()
    return struct.pack(">i", len(value)) + value
