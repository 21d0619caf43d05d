#!/usr/bin/env python3
"""Writes argon2id.json, with OpenSSL's Argon2id (PyPI `cryptography` 44 and later), not with the library under test.

libsodium's interface takes neither secret nor associated data, which RFC 9106's one vector for Argon2id (§5.3) has.
So the chain is: the implementation used here must give that vector, and then makes vectors without the two.
The vectors named "reference" are published: they are those of the reference implementation's own tests
(github.com/P-H-C/phc-winner-argon2, src/test.c), and must come out the same here.
"""
import base64
import json
import pathlib

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id


def argon2id(password, salt, memory, passes, lanes, count=32, **more):
    return Argon2id(
        salt=salt, length=count, iterations=passes, lanes=lanes, memory_cost=memory, **more
    ).derive(password)


assert argon2id(
    b"\x01" * 32, b"\x02" * 16, 32, 3, 4, secret=b"\x03" * 8, ad=b"\x04" * 12
).hex() == "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659", "RFC 9106 §5.3"

# name, password, salt, memory in KiB, passes, lanes, published hash or None
CASES = [
    ("reference, m=65536 t=2", b"password", b"somesalt", 65536, 2, 1,
     "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"),
    ("reference, m=256 t=2", b"password", b"somesalt", 256, 2, 1,
     "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe"),
    ("reference, two lanes", b"password", b"somesalt", 256, 2, 2,
     "6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037"),
    ("reference, one pass", b"password", b"somesalt", 65536, 1, 1,
     "f6a5adc1ba723dddef9b5ac1d464e180fcd9dffc9d1cbf76cca2fed795d9ca98"),
    ("reference, another password", b"differentpassword", b"somesalt", 65536, 2, 1,
     "0b84d652cf6b0c4beaef0dfe278ba6a80df6696281d7e0d2891b817d8c458fde"),
    ("reference, another salt", b"password", b"diffsalt", 65536, 2, 1,
     "bdf32b05ccc42eb15d58fd19b1f856b113da1e9a5874fdcc544308565aa8141c"),
    ("our parameters", b"correct horse battery staple", bytes(range(16)), 19456, 2, 1, None),
    ("the least there is", b"password", bytes(range(16)), 8, 1, 1, None),
    ("an empty password", b"", bytes(range(16)), 64, 3, 1, None),
    ("a NUL inside", b"a\0b", bytes(range(16)), 64, 3, 1, None),
    ("512 bytes beyond ASCII", "é".encode() * 256, b"\xff" * 16, 64, 3, 1, None),
    ("four lanes", b"password", bytes(range(16)), 1024, 3, 4, None),
    ("sixteen lanes", b"password", bytes(range(32)), 1024, 1, 16, None),
]


def text(raw):
    return base64.b64encode(raw).decode().rstrip("=")


vectors = []
for name, password, salt, memory, passes, lanes, published in CASES:
    made = argon2id(password, salt, memory, passes, lanes)
    assert published in (None, made.hex()), name
    vectors.append({
        "name": name,
        "input": {"password": password.hex(), "salt": salt.hex(), "memory": memory, "passes": passes, "lanes": lanes},
        "expect": {"phc": f"$argon2id$v=19$m={memory},t={passes},p={lanes}${text(salt)}${text(made)}"},
    })
source = "made by make-argon2-vectors.py; see there for RFC 9106 §5.3"
pathlib.Path(__file__).with_name("argon2id.json").write_text(
    json.dumps({"source": source, "vectors": vectors}, indent=2) + "\n")
