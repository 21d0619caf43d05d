#!/usr/bin/env python3
"""Writes pem.json and ed25519.json: private keys as PyPI `cryptography` writes them, and files that must be refused.

ed25519.json is RFC 8032 §7.1, tests 1 to 3, checked here. The keys in pem.json are for tests only; they are kept when
the script runs again, because most of them are drawn at random.
"""
import json
import pathlib

from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, ed448, rsa, x25519

HERE = pathlib.Path(__file__).parent
BEFORE = HERE / "pem.json"
KEPT = {v["name"]: v for v in json.loads(BEFORE.read_text())["vectors"]} if BEFORE.exists() else {}
PKCS8, OLDER = form.PrivateFormat.PKCS8, form.PrivateFormat.TraditionalOpenSSL


def public(key):
    numbers = key.public_key().public_numbers() if hasattr(key.public_key(), "public_numbers") else None
    if isinstance(key, rsa.RSAPrivateKey):
        return numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8, "big").hex()
    if isinstance(key, ec.EllipticCurvePrivateKey):
        size = (key.curve.key_size + 7) // 8
        return (numbers.x.to_bytes(size, "big") + numbers.y.to_bytes(size, "big")).hex()
    return key.public_key().public_bytes_raw().hex()


def vector(name, make, layout=PKCS8, problem=None, encryption=form.NoEncryption(), change=lambda text: text):
    if name in KEPT:
        return KEPT[name]
    key = make()
    text = change(key.private_bytes(form.Encoding.PEM, layout, encryption).decode())
    return {"name": name, "input": {"pem": text},
            "expect": {"problem": problem} if problem else {"public": public(key)}}


def rsa_key(bits, exponent=65537):
    return lambda: rsa.generate_private_key(exponent, bits)


def p256():
    return ec.generate_private_key(ec.SECP256R1())


locked = form.BestAvailableEncryption(b"secret")
vectors = [
    vector("P-256, PKCS#8", p256), vector("P-256, SEC 1", p256, OLDER),
    vector("P-256 behind text and parameters", p256, OLDER,
           change=lambda text: "hello\n-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n" + text),
    vector("Ed25519, PKCS#8", ed25519.Ed25519PrivateKey.generate),
    vector("RSA 2048, PKCS#8", rsa_key(2048)), vector("RSA 3072, PKCS#1", rsa_key(3072), OLDER),
    vector("RSA 2048 with CR LF", rsa_key(2048), change=lambda text: text.replace("\n", "\r\n")),
    vector("RSA 1024", rsa_key(1024), problem="unsupported"),
    vector("RSA 5120", rsa_key(5120), problem="unsupported"),
    vector("RSA with exponent 3", rsa_key(2048, 3), problem="unsupported"),
    vector("P-384", lambda: ec.generate_private_key(ec.SECP384R1()), problem="unsupported"),
    vector("secp256k1", lambda: ec.generate_private_key(ec.SECP256K1()), problem="unsupported"),
    vector("Ed448", ed448.Ed448PrivateKey.generate, problem="unsupported"),
    vector("X25519", x25519.X25519PrivateKey.generate, problem="unsupported"),
    vector("encrypted PKCS#8", p256, problem="encrypted", encryption=locked),
    vector("encrypted PKCS#1", rsa_key(2048), OLDER, problem="encrypted", encryption=locked),
    vector("cut in the middle", p256, problem="malformed", change=lambda text: text[:120]),
    vector("a changed letter", p256, problem="malformed", change=lambda text: text[:60] + "!" + text[61:]),
]


def text(name, content):
    vectors.append({"name": name, "input": {"pem": content}, "expect": {"problem": "malformed"}})


text("empty", "")
text("not PEM", "hello")
text("only a frame", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n")
text("a public key", p256().public_key().public_bytes(
    form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo).decode()
    if "a public key" not in KEPT else KEPT["a public key"]["input"]["pem"])
text("longer than any key", "x" * 70_000)
BEFORE.write_text(json.dumps({"source": "make-pem-vectors.py", "vectors": vectors}, indent=2) + "\n")

RFC8032 = [
    ("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24"
     "655141438e7a100b"),
    ("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "72",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aee"
     "b00d291612bb0c00"),
    ("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "af82",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28d"
     "c027beceea1ec40a"),
]
tests = []
for place, (seed, message, point, signed) in enumerate(RFC8032, 1):
    key = ed25519.Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed))
    assert key.public_key().public_bytes_raw().hex() == point and key.sign(bytes.fromhex(message)).hex() == signed
    tests.append({"name": f"RFC 8032 7.1, test {place}", "input": {"seed": seed, "message": message},
                  "expect": {"public": point, "signature": signed}})
(HERE / "ed25519.json").write_text(json.dumps({"source": "RFC 8032 §7.1", "vectors": tests}, indent=2) + "\n")
