#!/usr/bin/env python3
"""Whoever steals the database alone has no password, no token and no key: their bytes are nowhere in it."""

import base64
import json
import secrets
import unittest

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from harness import ServerTest, on_both_databases, unbase64

PASSWORD = "correct horse battery staple"
# Long enough that chance does not find it, short enough that a page border does not hide it.
WINDOW = 16


def windows(secret):
    """Pieces of a secret: any stretch of it that is half as long again as a window holds one of them whole."""
    if len(secret) <= WINDOW:
        return {secret}
    return {secret[at:at + WINDOW] for at in range(0, len(secret) - WINDOW + 1, WINDOW // 2)}


def spellings(secret):
    """The ways in which bytes are commonly written down."""
    encoded = base64.b64encode(secret).rstrip(b"=")
    url = base64.urlsafe_b64encode(secret).rstrip(b"=")
    return {secret, secret.hex().encode(), secret.hex().upper().encode(), encoded, url}


class Dump(ServerTest):
    @classmethod
    def prepare(cls):
        super().prepare()
        server = cls.server
        first = server.register("ana", PASSWORD).json
        second = server.refresh(first["refresh_token"]).json
        third = server.login("ana", PASSWORD).json
        server.call("POST", "/api/auth/logout", token=third["token"])
        admin = server.make_admin()
        # A password typed into the name field, a wrong password, and browsers that only refusals came from.
        server.login("Typed-Into-The-Name-Field!", PASSWORD, headers={"User-Agent": "a-peculiar-browser/1"})
        server.login("ana", "wrong but still a secret", headers={"User-Agent": "another-peculiar-one/1"})
        # Keys whose bytes are known here: one of another system, and one that is a secret altogether.
        cls.secret_key = secrets.token_bytes(32)
        encoded = base64.urlsafe_b64encode(cls.secret_key).rstrip(b"=").decode()
        server.cli("keys", "import", "-", stdin=json.dumps({"kty": "oct", "kid": "brought", "k": encoded}))
        server.cli("keys", "retire", "brought")
        key = rsa.generate_private_key(65537, 2048)
        server.cli("keys", "import", "-", stdin=key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode())
        numbers = key.private_numbers()
        cls.rsa_numbers = {
            name: value.to_bytes((value.bit_length() + 7) // 8, "big")
            for name, value in {"d": numbers.d, "p": numbers.p, "q": numbers.q, "dp": numbers.dmp1}.items()}
        cls.tokens = [body["token"] for body in (first, second, third)] + [admin]
        cls.refresh_tokens = [body["refresh_token"] for body in (first, second, third)]
        cls.passwords = [
            PASSWORD, "a long first password", "wrong but still a secret", "Typed-Into-The-Name-Field!",
            "typed-into-the-name-field!"]
        cls.dump = server.database_dump()

    def assert_absent(self, secret, name):
        for spelling in spellings(secret):
            for window in windows(spelling):
                self.assertFalse(window in self.dump, f"{name} is in the database")

    def test_the_dump_holds_what_it_should(self):
        """Or the other tests would pass on an empty file."""
        self.assertTrue(b"ana@example.org" in self.dump)
        self.assertTrue(any(spelling in self.dump for spelling in spellings(b"$argon2id$")))

    def test_no_password(self):
        for password in self.passwords:
            self.assert_absent(password.encode(), password)

    def test_no_access_token(self):
        for token in self.tokens:
            signature = token.split(".")[2]
            self.assert_absent(unbase64(signature), "an access token's signature")
            self.assertFalse(token.encode() in self.dump)

    def test_no_refresh_token(self):
        for token in self.refresh_tokens:
            self.assertFalse(token.encode() in self.dump)
            # The last 16 bytes are the MAC; what stands before it is the session's name and no secret.
            self.assert_absent(unbase64(token)[-16:], "a refresh token's MAC")
            self.assertFalse(token[-21:].encode() in self.dump)

    def test_no_master_key(self):
        content = (self.server.data / "master.key").read_bytes()
        self.assert_absent(content.strip(), "the master key's file")
        for key in self.readings(content.strip()):
            self.assertEqual(len(key), 32)
            self.assert_absent(key, "the master key")

    def readings(self, content):
        """The 32 bytes that the file holds, raw, in hex or in base64."""
        if len(content) == 32:
            return [content]
        try:
            return [bytes.fromhex(content.decode())]
        except ValueError:
            return [unbase64(content.decode().rstrip("="))]

    def test_no_imported_key(self):
        self.assert_absent(self.secret_key, "a secret key")
        for name, value in self.rsa_numbers.items():
            self.assert_absent(value, f"an RSA key's {name}")

    def test_no_private_key(self):
        for mark in (b"PRIVATE KEY", b'"d":', b'"k":'):
            self.assertFalse(mark in self.dump, mark)

    def test_what_is_personal_in_a_refusal_is_sealed(self):
        for text in ("a-peculiar-browser/1", "another-peculiar-one/1"):
            self.assert_absent(text.encode(), text)


on_both_databases(globals(), Dump)

if __name__ == "__main__":
    unittest.main()
