"""Passwords hashed by the libraries that other systems use: imported, signed in with, and ours afterwards."""

import base64
import concurrent.futures
import functools
import hashlib
import json
import sqlite3
import subprocess
import time
import unittest
import warnings

import argon2
import argon2.low_level
import bcrypt
import django.conf
import flask
import flask_bcrypt
import passlib.hash
import scrypt
import werkzeug.security
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from harness import ServerTest, local_address, on_both_databases

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import crypt

django.conf.settings.configure(
    PASSWORD_HASHERS=[
        f"django.contrib.auth.hashers.{name}PasswordHasher"
        for name in ("PBKDF2", "PBKDF2SHA1", "Argon2", "BCryptSHA256", "BCrypt", "Scrypt", "MD5")])

from django.contrib.auth import hashers  # noqa: E402

# passlib 1.7.4 does not know bcrypt 5; its other backend is the system's crypt(3).
passlib.hash.argon2.set_backend("argon2_cffi")
passlib.hash.bcrypt.set_backend("os_crypt")
passlib.hash.bcrypt_sha256.set_backend("os_crypt")

OURS = "$argon2id$v=19$m=8192,t=1,p=1"
SIGNER_KEY = bytes(range(64))

ASCII = "correct horse battery"
COMPOSED = "S\u00e4nger in T\u014dky\u014d \u6771\u4eac \U0001f3b6"
DECOMPOSED = "Sa\u0308nger und cafe\u0301"
WITH_NUL = "a long one\0with a zero"
LONG = "0123456789" * 7 + "ab\u00fc and what bcrypt never saw"
PASSWORDS = [ASCII, COMPOSED, DECOMPOSED, LONG, WITH_NUL]


def firebase(password):
    """As github.com/firebase/scrypt describes it, in the words of Supabase: its standard parameters."""
    salt = b"a salt of its own"
    key = scrypt.hash(password.encode(), salt + b"\x07", N=1 << 14, r=8, p=1, buflen=64)[:32]
    encryptor = Cipher(algorithms.AES(key), modes.CTR(bytes(16))).encryptor()
    parts = [base64.b64encode(part).decode() for part in (SIGNER_KEY, salt, encryptor.update(SIGNER_KEY))]
    return "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk={}${}${}".format(*parts)


def with_bcrypt(password, prefix=b"2b"):
    # What the library advises for more than 72 bytes since it refuses them; before, it did so by itself.
    return bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(4, prefix)).decode()


def flask_with_long_passwords(password):
    """With BCRYPT_HANDLE_LONG_PASSWORDS, which nothing in the text tells: docs/PASSWORD-HASHES.md says what to write."""
    application = flask.Flask("hashes")
    application.config["BCRYPT_HANDLE_LONG_PASSWORDS"] = True
    return "bcrypt_sha256$" + flask_bcrypt.Bcrypt(application).generate_password_hash(password, 4).decode()


def with_argon2(password, kind, version=19, **costs):
    return argon2.low_level.hash_secret(
        password.encode(), b"sixteen of bytes", hash_len=32, type=kind, version=version, **costs).decode()


def django_hash(name, **parameters):
    hasher = hashers.get_hasher(name)
    for parameter, value in parameters.items():
        setattr(hasher, parameter, value)
    return lambda password: hasher.encode(password, hasher.salt())


KINDS = argon2.low_level.Type
SMALL = {"time_cost": 2, "memory_cost": 1024}

# Everything that takes a password of any bytes.
ANY = {
    "argon2-cffi, id": lambda p: argon2.PasswordHasher(**SMALL, parallelism=1).hash(p),
    "argon2-cffi, id, four lanes": lambda p: argon2.PasswordHasher(**SMALL, parallelism=4).hash(p),
    "argon2-cffi, i": lambda p: with_argon2(p, KINDS.I, **SMALL, parallelism=1),
    "argon2-cffi, d, three lanes": lambda p: with_argon2(p, KINDS.D, **SMALL, parallelism=3),
    "argon2-cffi, i, version 16": lambda p: with_argon2(p, KINDS.I, 16, **SMALL, parallelism=2),
    "argon2-cffi, id, version 16": lambda p: with_argon2(p, KINDS.ID, 16, **SMALL, parallelism=1),
    "Django, PBKDF2": django_hash("pbkdf2_sha256"),
    "Django, PBKDF2 with SHA-1": django_hash("pbkdf2_sha1"),
    "Django, Argon2": django_hash("argon2", memory_cost=1024),
    "Django, bcrypt_sha256": django_hash("bcrypt_sha256", rounds=4),
    "Django, scrypt": django_hash("scrypt"),
    "passlib, pbkdf2_sha1": passlib.hash.pbkdf2_sha1.using(rounds=1_000).hash,
    "passlib, pbkdf2_sha256": passlib.hash.pbkdf2_sha256.hash,
    "passlib, pbkdf2_sha512": passlib.hash.pbkdf2_sha512.hash,
    "passlib, scrypt": passlib.hash.scrypt.using(rounds=12).hash,
    "passlib, argon2": passlib.hash.argon2.using(rounds=1, memory_cost=1024, parallelism=2).hash,
    "passlib, bcrypt_sha256": passlib.hash.bcrypt_sha256.using(rounds=4).hash,
    "passlib, bcrypt_sha256, version 1": passlib.hash.bcrypt_sha256.using(rounds=4, version=1).hash,
    "Werkzeug, as it comes": werkzeug.security.generate_password_hash,
    "Werkzeug, PBKDF2": lambda p: werkzeug.security.generate_password_hash(p, "pbkdf2"),
    "Werkzeug, PBKDF2 with SHA-1": lambda p: werkzeug.security.generate_password_hash(p, "pbkdf2:sha1:1000"),
    "Werkzeug, PBKDF2 with SHA-512": lambda p: werkzeug.security.generate_password_hash(p, "pbkdf2:sha512:1000"),
    "Werkzeug, scrypt": lambda p: werkzeug.security.generate_password_hash(p, "scrypt:1024:4:2"),
    "Flask-Bcrypt, long passwords": flask_with_long_passwords,
    "Firebase": firebase,
}

# A C string ends at a zero.
WITHOUT_NUL = {
    "bcrypt, 2b": with_bcrypt,
    "bcrypt, 2a": lambda p: with_bcrypt(p, b"2a"),
    "crypt, 2y": lambda p: crypt.crypt(p, "$2y$04$" + "CCCCCCCCCCCCCCCCCCCCC."),
    "Flask-Bcrypt": lambda p: flask_bcrypt.generate_password_hash(p.encode()[:72], 4).decode(),
    "Django, bcrypt": lambda p: "bcrypt$" + with_bcrypt(p),
    "passlib, bcrypt": passlib.hash.bcrypt.using(rounds=4).hash,
    "passlib, sha256_crypt": passlib.hash.sha256_crypt.using(rounds=1_000).hash,
    "passlib, sha512_crypt": passlib.hash.sha512_crypt.using(rounds=5_000).hash,
    "crypt, SHA-512": lambda p: crypt.crypt(p, "$6$saltsaltsaltsalt"),
    "crypt, SHA-512 with rounds": lambda p: crypt.crypt(p, "$6$rounds=1500$salt"),
    "crypt, SHA-256": lambda p: crypt.crypt(p, "$5$saltsalt"),
    "crypt, yescrypt": lambda p: crypt.crypt(p, "$y$j9T$" + "LdJMENpBABJJ3hIHjB1Bi."),
    "crypt, yescrypt of least cost": lambda p: crypt.crypt(p, "$y$j75$" + "LdJMENpBABJJ3hIHjB1B"),
}


class Account:
    def __init__(self, number, library, password, stored):
        self.name, self.library, self.password, self.stored = f"user-{number}", library, password, stored
        self.source = local_address(number)

    def __repr__(self):
        return f"{self.name}, {self.library}, {self.password!r}, {self.stored}"


@functools.cache
def make_accounts():
    made = [(name, make, password) for name, make in ANY.items() for password in PASSWORDS]
    made += [(name, make, password) for name, make in WITHOUT_NUL.items() for password in PASSWORDS[:-1]]
    with concurrent.futures.ThreadPoolExecutor() as pool:
        # The libraries let go of Python's lock while they compute; crypt() does not, and is not thread-safe.
        hashes = list(pool.map(lambda row: None if row[1] in UNSAFE else row[1](row[2]), made))
    return [
        Account(number, name, password, stored or make(password))
        for number, ((name, make, password), stored) in enumerate(zip(made, hashes))]


UNSAFE = {make for name, make in (ANY | WITHOUT_NUL).items() if name.startswith(("crypt", "passlib"))}


class Hashes(ServerTest):
    def take_in(self, rows, expect=0):
        path = self.server.folder / "users.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return self.server.cli("import", str(path), expect=expect)

    def row(self, name, stored):
        return {"username": name, "email": f"{name}@example.org", "password_hash": stored}

    def stored(self):
        """username: (format, hash), as the database holds them."""
        query = "SELECT username, format, {} FROM passwords JOIN users ON users.id = user_id"
        if self.server.database:
            text = subprocess.run(
                ["psql", "--quiet", "--no-psqlrc", "--tuples-only", "--no-align", "--field-separator=\t",
                 self.server.database, "-c", query.format("convert_from(hash, 'UTF8')")],
                capture_output=True, text=True, check=True).stdout
            rows = [line.split("\t") for line in text.splitlines()]
        else:
            [path] = [path for path in self.server.data.iterdir() if path.suffix in (".sqlite", ".db")]
            with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
                rows = database.execute(query.format("CAST(hash AS TEXT)")).fetchall()
        return {name: (form, text) for name, form, text in rows}

    def login(self, account, password):
        return self.server.login(account.name, password, source=account.source)

    def test_hashes_of_every_library_sign_in_once_and_are_ours_then(self):
        accounts = make_accounts()
        self.take_in([self.row(account.name, account.stored) for account in accounts])
        before = self.stored()
        self.assertLessEqual({account.name for account in accounts}, set(before))
        for account in accounts:
            with self.subTest(account=account):
                self.assertEqual(self.login(account, account.password[1:]).status, 401)
                self.assertEqual(self.login(account, account.password).status, 200)

        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            after = self.stored()
            if all(after[account.name][0] == OURS for account in accounts):
                break
            time.sleep(0.2)
        for account in accounts:
            with self.subTest(account=account):
                self.assertEqual(after[account.name][0], OURS)
                self.assertTrue(after[account.name][1].startswith(OURS + "$"))
                self.assertEqual(self.login(account, account.password).status, 200)
                self.assertEqual(self.login(account, account.password + "x").status, 401)

    def test_what_bcrypt_never_saw_counts_from_the_first_sign_in_on(self):
        account = Account(250, "bcrypt", LONG, with_bcrypt(LONG))
        self.take_in([self.row(account.name, account.stored)])
        # As it was there: 72 bytes are the password.
        other = LONG.encode()[:72].decode() + " something else"
        self.assertEqual(self.login(account, other).status, 200)
        deadline = time.monotonic() + 30
        while self.stored()[account.name][0] != OURS and time.monotonic() < deadline:
            time.sleep(0.1)
        self.assertEqual(self.login(account, LONG).status, 401)
        self.assertEqual(self.login(account, other).status, 200)

    def test_a_strong_hash_of_our_own_kind_stays(self):
        account = Account(251, "argon2-cffi", DECOMPOSED, argon2.PasswordHasher().hash(DECOMPOSED))
        self.take_in([self.row(account.name, account.stored)])
        for _ in range(2):
            self.assertEqual(self.login(account, DECOMPOSED).status, 200)
        time.sleep(0.5)
        self.assertEqual(self.stored()[account.name][1], account.stored)

    def test_what_cannot_be_compared_is_refused_row_by_row(self):
        digest = hashlib.md5(ASCII.encode()).hexdigest()
        rows = {
            "md5": (f"md5$salt${digest}", "unsupported_hash_format"),
            "nothing": ("hunter2", "unknown_hash_format"),
            "cut": (with_bcrypt(ASCII)[:-1], "malformed_hash"),
            "dear": (with_bcrypt(ASCII).replace("$04$", "$20$"), "hash_too_costly"),
            "large": ("$scrypt$ln=24,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$" + "A" * 43, "hash_too_costly"),
        }
        done = self.take_in([self.row(name, stored) for name, (stored, _) in rows.items()], expect=1)
        for _, problem in rows.values():
            self.assertIn(problem, done.stdout + done.stderr)
        self.assertFalse(set(rows) & set(self.stored()))


on_both_databases(globals(), Hashes)

if __name__ == "__main__":
    unittest.main()
