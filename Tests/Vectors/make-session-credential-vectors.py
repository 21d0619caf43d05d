#!/usr/bin/env python3
"""Writes session-credentials.json from the description of the two forms alone (version 1), sharing no code with the
server: HKDF as in RFC 5869, HMAC-SHA-256, base64url.
"""
import base64
import hashlib
import hmac
import json
import pathlib
import struct
import uuid


def hkdf(secret, salt, info):
    extracted = hmac.new(salt, secret, hashlib.sha256).digest()
    return hmac.new(extracted, info + b"\x01", hashlib.sha256).digest()


def sealed(case, label, tail, mac_count):
    session = uuid.UUID(case["session"]).bytes
    info = b"\0".join([label.encode(), case["realm"].encode(), case["client"].encode()])
    key = hkdf(bytes.fromhex(case["root"]), session, info)
    body = b"\x01" + struct.pack(">H", case["epoch"]) + session + struct.pack(">q", case["counter"]) + tail
    whole = body + hmac.new(key, body, hashlib.sha256).digest()[:mac_count]
    return base64.urlsafe_b64encode(whole).decode().rstrip("=")


FIRST = {
    "root": bytes(range(32)).hex(), "epoch": 1, "session": "01936f4e-7a10-7abc-8def-0123456789ab", "counter": 1,
    "expiry": 1764053109250, "realm": "default", "client": "native",
}
CASES = {
    "the first of a session": FIRST,
    "a later one": FIRST | {"counter": 0x0102030405060708, "expiry": 4102444800000},
    "under a later root": FIRST | {"root": "f0" * 32, "epoch": 0x0203},
    "of another realm": FIRST | {"realm": "shop-2"},
    "of an application": FIRST | {"client": "app/wiki"},
    "the ends of what can be counted": FIRST | {"counter": 2 ** 63 - 1, "expiry": 2 ** 63 - 1, "epoch": 65535},
}

vectors = []
for name, case in CASES.items():
    vectors.append({"name": name, "input": case, "expect": {
        "cookie": sealed(case, "aldrava access cookie 1", struct.pack(">q", case["expiry"]), 32),
        "refresh": sealed(case, "aldrava refresh 1", b"", 16)}})
pathlib.Path(__file__).with_name("session-credentials.json").write_text(
    json.dumps({"source": "made by make-session-credential-vectors.py", "vectors": vectors}, indent=2) + "\n")
