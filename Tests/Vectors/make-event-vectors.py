#!/usr/bin/env python3
"""Writes event-canonical.json from the description of the canonical form alone (version 1), sharing no code with the
server. `mac` is HMAC-SHA-256 over the canonical bytes under the key given with the vector.
"""
import hashlib
import hmac
import json
import pathlib
import struct
import uuid

KEY = bytes(range(32))
NOBODY = uuid.UUID(int=0)


def text(content):
    raw = content.encode("utf-8")
    return struct.pack(">I", len(raw)) + raw


def canonical(event):
    out = b"\x01" + uuid.UUID(event["id"]).bytes
    out += struct.pack(">q", event["time"]) + (b"\x01" if event["status"] else b"\x00")
    out += (uuid.UUID(event["actor"]) if event["actor"] else NOBODY).bytes
    for name in ("realm", "node", "did", "confirmed_by", "if_ok", "if_doubt", "if_not", "details"):
        out += text(event[name])
    out += struct.pack(">I", len(event["personal"]))
    for part in event["personal"]:
        sealed = bytes.fromhex(part["ciphertext"])
        out += uuid.UUID(part["subject"]).bytes + struct.pack(">I", len(sealed)) + sealed
    return out


SIGN_IN = {
    "id": "01936f4e-7a10-7abc-8def-0123456789ab", "time": 1764053109250, "status": True,
    "actor": "01936f4e-0000-7000-8000-000000000001", "realm": "default", "node": "node-1", "did": "login",
    "confirmed_by": "password", "if_ok": "session opened", "if_doubt": "", "if_not": "",
    "details": "{\"amr\":[\"pwd\"]}",
    "personal": [{"subject": "01936f4e-0000-7000-8000-000000000001", "ciphertext": "00ff10"}],
}
CASES = {
    "a sign-in": SIGN_IN,
    "refused, by nobody known, nothing personal": SIGN_IN | {"status": False, "actor": None, "personal": []},
    "texts beyond ASCII and with NUL": SIGN_IN | {"node": "nó\u0000 2", "if_doubt": "🔑", "details": "{\"a\":\"é\"}"},
    "composed and decomposed are different bytes": SIGN_IN | {"if_ok": "é", "if_not": "e\u0301"},
    "before 1970": SIGN_IN | {"time": -1},
    "the ends of time": SIGN_IN | {"time": -(2 ** 63)},
    "all texts empty": SIGN_IN | {
        name: "" for name in ("node", "did", "confirmed_by", "if_ok", "if_doubt", "if_not", "details")},
    "two subjects, one with nothing sealed": SIGN_IN | {"personal": [
        {"subject": "01936f4e-0000-7000-8000-000000000002", "ciphertext": ""},
        {"subject": "00000000-0000-0000-0000-000000000000", "ciphertext": "aa" * 300},
    ]},
}

vectors = []
for name, event in CASES.items():
    made = canonical(event)
    vectors.append({"name": name, "input": event | {"key": KEY.hex()}, "expect": {
        "canonical": made.hex(), "mac": hmac.new(KEY, made, hashlib.sha256).hexdigest()}})
pathlib.Path(__file__).with_name("event-canonical.json").write_text(
    json.dumps({"source": "made by make-event-vectors.py", "vectors": vectors}, indent=2) + "\n")
