#!/usr/bin/env python3
"""Writes signatures.json and jwk-malformed.json: good signatures and keys, and everything near to them that is none.

In the manner of Project Wycheproof: the arithmetic is this script's own, the keys are those that RFC 7515 and RFC 8037
publish (jose-published.json, es256.json), and PyPI `cryptography` is asked about what should be good.
"""
import base64
import hashlib
import hmac
import json
import pathlib

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

HERE = pathlib.Path(__file__).parent
PUBLISHED = {
    vector["name"]: json.loads(vector["input"]["jwk"])
    for vector in json.loads((HERE / "jose-published.json").read_text())["vectors"]
}
MESSAGE = b"what was signed"


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def number(text):
    return int.from_bytes(decode(text), "big")


def encode(content):
    if isinstance(content, int):
        content = content.to_bytes(max(1, (content.bit_length() + 7) // 8), "big")
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


signatures = []


def signature(name, jwk, signed, valid=False, message=MESSAGE):
    signatures.append({
        "name": name,
        "input": {"jwk": json.dumps(jwk, separators=(",", ":")), "message": message.hex(), "signature": signed.hex()},
        "expect": {"result": "valid" if valid else "invalid"},
    })


def lengths(algorithm, jwk, good):
    signature(f"{algorithm}: good", jwk, good, valid=True)
    signature(f"{algorithm}: of another message", jwk, good, message=MESSAGE + b".")
    signature(f"{algorithm}: of no message", jwk, good, message=b"")
    signature(f"{algorithm}: nothing", jwk, b"")
    signature(f"{algorithm}: last byte missing", jwk, good[:-1])
    signature(f"{algorithm}: first byte missing", jwk, good[1:])
    signature(f"{algorithm}: first half", jwk, good[:len(good) // 2])
    signature(f"{algorithm}: zero byte behind", jwk, good + b"\0")
    signature(f"{algorithm}: zero byte before", jwk, b"\0" + good)
    signature(f"{algorithm}: twice", jwk, good + good)
    signature(f"{algorithm}: all zeros", jwk, bytes(len(good)))
    signature(f"{algorithm}: all ones", jwk, b"\xff" * len(good))
    for place in (0, len(good) // 2 - 1, len(good) // 2, len(good) - 1):
        changed = bytearray(good)
        changed[place] ^= 1
        signature(f"{algorithm}: bit changed in byte {place}", jwk, bytes(changed))


# --- HS256 -----------------------------------------------------------------------------------------------------------
secret_jwk = {"kty": "oct", "k": PUBLISHED["RFC 7520 4.4, HS256"]["k"]}
secret = decode(secret_jwk["k"])
lengths("HS256", secret_jwk, hmac.digest(secret, MESSAGE, "sha256"))
signature("HS256: with SHA-512, cut", secret_jwk, hmac.digest(secret, MESSAGE, "sha512")[:32])
signature("HS256: the digest alone", secret_jwk, hashlib.sha256(MESSAGE).digest())
signature("HS256: under an empty key", secret_jwk, hmac.digest(b"", MESSAGE, "sha256"))

# --- EdDSA -----------------------------------------------------------------------------------------------------------
L = 2**252 + 27742317777372353535851937790883648493
P = 2**255 - 19
edwards = PUBLISHED["RFC 8037 A.1 to A.4, EdDSA"]
edwards_public = {"kty": "OKP", "crv": "Ed25519", "x": edwards["x"]}
seed, point = decode(edwards["d"]), decode(edwards["x"])
good = ed25519.Ed25519PrivateKey.from_private_bytes(seed).sign(MESSAGE)
lengths("EdDSA", edwards_public, good)
R, S = good[:32], int.from_bytes(good[32:], "little")
for times in (1, 2, 4, 8, 15):
    if S + times * L < 2**256:
        signature(f"EdDSA: S + {times} L", edwards_public, R + (S + times * L).to_bytes(32, "little"))
signature("EdDSA: S = L", edwards_public, R + L.to_bytes(32, "little"))
signature("EdDSA: S = L - S", edwards_public, R + (L - S).to_bytes(32, "little"))
signature("EdDSA: S with its top bit set", edwards_public, R + (S | 1 << 255).to_bytes(32, "little"))
signature("EdDSA: S big-endian", edwards_public, R + S.to_bytes(32, "big"))
signature("EdDSA: R and S exchanged", edwards_public, good[32:] + R)
signature("EdDSA: R of the other sign", edwards_public, bytes(R[:31]) + bytes([R[31] ^ 0x80]) + good[32:])
# Small subgroup: R is a point of order 1, 2, 4 or 8 and S = k a, so that the equation holds times 8.
scalar = int.from_bytes(hashlib.sha512(seed).digest()[:32], "little") & ~7 & (1 << 254) - 1 | 1 << 254
SMALL = {
    "order 1": 1,
    "order 2": P - 1,
    "order 4": 0,
    "order 4, other sign": 1 << 255,
    "order 8": 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD83D3D706A17C7,
    "order 8, other sign": 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD83D3D706A17C7 | 1 << 255,
    "order 8, the other one": 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826,
    "order 8, the other one, other sign": 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826 | 1 << 255,
    "order 1, second spelling": P + 1,
    "order 4, second spelling": P,
    "order 1, zero with a sign": 1 | 1 << 255,
    "order 2, second spelling": (P - 1) | 1 << 255,
}
for name, y in SMALL.items():
    small = y.to_bytes(32, "little")
    k = int.from_bytes(hashlib.sha512(small + point + MESSAGE).digest(), "little") % L
    signature(f"EdDSA: R of {name}", edwards_public, small + (k * scalar % L).to_bytes(32, "little"))

# --- RS256 -----------------------------------------------------------------------------------------------------------
key = PUBLISHED["RFC 7515 A.2, RS256"]
rsa_public = {"kty": "RSA", "n": key["n"], "e": key["e"]}
N, E, D = (number(key[name]) for name in ("n", "e", "d"))
private = rsa.RSAPrivateNumbers(
    *(number(key[name]) for name in ("p", "q", "d", "dp", "dq", "qi")), rsa.RSAPublicNumbers(E, N)).private_key()
INFO = bytes.fromhex("3031300d060960864801650304020105000420")
digest = hashlib.sha256(MESSAGE).digest()
SIZE = 256


def raw(block):
    return pow(int.from_bytes(block, "big"), D, N).to_bytes(SIZE, "big")


def padded(info):
    return b"\0\1" + b"\xff" * (SIZE - 3 - len(info)) + b"\0" + info


good = raw(padded(INFO + digest))
assert good == private.sign(MESSAGE, padding.PKCS1v15(), hashes.SHA256())
lengths("RS256", rsa_public, good)
value = int.from_bytes(good, "big")
for name, other in {"0": 0, "1": 1, "n": N, "n - 1": N - 1, "n - s": N - value, "s + n": value + N}.items():
    if other < 2**2048:
        signature(f"RS256: the number {name}", rsa_public, other.to_bytes(SIZE, "big"))
signature("RS256: s + n, one byte longer", rsa_public, (value + N).to_bytes(SIZE + 1, "big"))
signature("RS256: no DigestInfo", rsa_public, raw(padded(digest)))
signature("RS256: no NULL", rsa_public, raw(padded(bytes.fromhex("302f300b0609608648016503040201") + b"\4\x20" + digest)))
signature("RS256: long form of a length", rsa_public, raw(padded(
    bytes.fromhex("308131300d060960864801650304020105000420") + digest)))
signature("RS256: long form of the digest's length", rsa_public, raw(padded(
    bytes.fromhex("3032300d06096086480165030402010500048120") + digest)))
signature("RS256: indefinite length", rsa_public, raw(padded(
    bytes.fromhex("3080300d060960864801650304020105000420") + digest + b"\0\0")))
signature("RS256: NULL with content", rsa_public, raw(padded(
    bytes.fromhex("3033300f06096086480165030402010502abcd0420") + digest)))
signature("RS256: bytes behind the digest", rsa_public, raw(padded(INFO + digest + b"\0\0")))
signature("RS256: SHA-1", rsa_public, raw(padded(
    bytes.fromhex("3021300906052b0e03021a05000414") + hashlib.sha1(MESSAGE).digest())))
signature("RS256: SHA-512", rsa_public, raw(padded(
    bytes.fromhex("3051300d060960864801650304020305000440") + hashlib.sha512(MESSAGE).digest())))
signature("RS256: SHA-256 as SHA-384's", rsa_public, raw(padded(
    bytes.fromhex("3031300d060960864801650304020205000420") + digest)))
signature("RS256: padding of 8 bytes, garbage behind", rsa_public, raw(
    b"\0\1" + b"\xff" * 8 + b"\0" + INFO + digest + b"\xaa" * (SIZE - 11 - len(INFO) - 32)))
signature("RS256: padding of zeros", rsa_public, raw(
    b"\0\1" + b"\0" * (SIZE - 3 - len(INFO) - 32) + b"\0" + INFO + digest))
signature("RS256: block type 0", rsa_public, raw(b"\0\0" + padded(INFO + digest)[2:]))
signature("RS256: block type 2", rsa_public, raw(b"\0\2" + padded(INFO + digest)[2:]))
signature("RS256: first byte 1", rsa_public, raw(b"\1\1" + padded(INFO + digest)[2:]))
changed = bytearray(padded(INFO + digest))
changed[100] = 0xFE
signature("RS256: one other byte in the padding", rsa_public, raw(bytes(changed)))
signature("RS256: little-endian", rsa_public, good[::-1])
PSS = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
pss = private.sign(MESSAGE, PSS, hashes.SHA256())
before = HERE / "signatures.json"
if before.exists():  # PSS draws a salt: keep the one that is there
    for vector in json.loads(before.read_text())["vectors"]:
        if vector["name"] == "RS256: a PS256 signature":
            pss = bytes.fromhex(vector["input"]["signature"])
private.public_key().verify(pss, MESSAGE, PSS, hashes.SHA256())
signature("RS256: a PS256 signature", rsa_public, pss)

# --- ES256 -----------------------------------------------------------------------------------------------------------
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
FIELD = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
curve_key = ec.derive_private_key(0x8E9B109E719098BF980487DF1F5D77E9CB29606EBED2263B5F57C213DF84F4B2, ec.SECP256R1())
numbers = curve_key.public_key().public_numbers()
X, Y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
ec_public = {"kty": "EC", "crv": "P-256", "x": encode(X), "y": encode(Y)}
der = curve_key.sign(MESSAGE, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
r, s = utils.decode_dss_signature(der)


def pair(r, s):
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


lengths("ES256", ec_public, pair(r, s))
signature("ES256: n - s, which ECDSA takes for the same", ec_public, pair(r, ORDER - s), valid=True)
signature("ES256: n - r", ec_public, pair(ORDER - r, s))
signature("ES256: in DER", ec_public, der)
signature("ES256: r and s exchanged", ec_public, pair(s, r))
for left, a in {"0": 0, "1": 1, "n": ORDER, "n - 1": ORDER - 1, "p": FIELD, "r": r}.items():
    for right, b in {"0": 0, "1": 1, "n": ORDER, "n - 1": ORDER - 1, "s": s}.items():
        if (a, b) != (r, s):
            signature(f"ES256: r = {left}, s = {right}", ec_public, pair(a, b))
signature("ES256: 33 bytes each", ec_public, b"\0" + r.to_bytes(32, "big") + b"\0" + s.to_bytes(32, "big"))
signature("ES256: 48 bytes each, as for ES384", ec_public, r.to_bytes(48, "big") + s.to_bytes(48, "big"))
signature("ES256: with SHA-512", ec_public, pair(*utils.decode_dss_signature(
    curve_key.sign(MESSAGE, ec.ECDSA(hashes.SHA512(), deterministic_signing=True)))))

# --- keys ------------------------------------------------------------------------------------------------------------
keys = []


def bad(name, jwk, problem, **changes):
    members = {"kid": "k"} | jwk | changes
    members = {name: value for name, value in members.items() if value is not None}
    keys.append({
        "name": name, "input": {"jwk": json.dumps(members, separators=(",", ":"))}, "expect": {"problem": problem}})


for bits in (1, 512, 1024, 2040, 2047, 4097, 8192, 16384):
    bad(f"RSA: modulus of {bits} bits", rsa_public, "unacceptable", n=encode(1 << (bits - 1) | 1))
bad("RSA: even modulus", rsa_public, "unacceptable", n=encode(N - 1))
for exponent in (1, 2, 3, 17, 65536, 65535, 65539, 1 << 32 | 1, N - 2, 1 << 4096 | 1):
    name = exponent if exponent < 1 << 40 else f"of {exponent.bit_length()} bits"
    bad(f"RSA: exponent {name}", rsa_public, "unacceptable", e=encode(exponent))
bad("RSA: modulus 0", rsa_public, "malformed", n="AA")
bad("RSA: exponent 0", rsa_public, "malformed", e="AA")
bad("RSA: leading zero in the modulus", rsa_public, "malformed", n=encode(b"\0" + decode(key["n"])))
bad("RSA: leading zero in the exponent", rsa_public, "malformed", e="AAEAAQ")
bad("RSA: no modulus", rsa_public, "malformed", n=None)
bad("RSA: no exponent", rsa_public, "malformed", e=None)
bad("RSA: exponent is a number", rsa_public, "malformed", e=65537)
bad("RSA: padding behind the modulus", rsa_public, "malformed", n=key["n"] + "==")
bad("RSA: the modulus in the other alphabet", rsa_public, "malformed", n=key["n"].replace("-", "+").replace("_", "/"))
bad("RSA: a blank in the modulus", rsa_public, "malformed", n=key["n"][:40] + " " + key["n"][40:])
bad("RSA: exponent 65538", rsa_public, "unacceptable", e="AQAC")
for algorithm in ("PS256", "RS512", "RS384", "HS256", "ES256", "none", "rs256", "RSA-OAEP"):
    bad(f"RSA: for {algorithm}", rsa_public, "unsupported", alg=algorithm)
bad("RSA: for encryption", rsa_public, "unsupported", use="enc")
bad("RSA: key_ops without verify", rsa_public, "unsupported", key_ops=["encrypt"])
bad("RSA: with a curve", rsa_public, "unsupported", crv="P-256")
for name in ("d", "p", "q", "dp", "dq", "qi", "oth", "k"):
    bad(f"RSA: with {name}", rsa_public, "isPrivate", **{name: "AQ"})

for name, y in SMALL.items():
    bad(f"OKP: point of {name}", edwards_public, "notOnCurve", x=encode(y.to_bytes(32, "little")))
not_a_point = next(
    y for y in range(2, 100)
    if pow((y * y - 1) * pow(-121665 * pow(121666, -1, P) * y * y + 1, -1, P) % P, (P - 1) // 2, P) == P - 1)
bad("OKP: not a point", edwards_public, "notOnCurve", x=encode(not_a_point.to_bytes(32, "little")))
bad("OKP: coordinate above the field's prime", edwards_public, "notOnCurve", x=encode((P + 5).to_bytes(32, "little")))
bad("OKP: 31 bytes", edwards_public, "malformed", x=encode(point[:31]))
bad("OKP: 33 bytes", edwards_public, "malformed", x=encode(point + b"\0"))
bad("OKP: no x", edwards_public, "malformed", x=None)
bad("OKP: unused bits", edwards_public, "malformed", x=edwards["x"][:-1] + "p")
for curve in ("X25519", "Ed448", "ed25519", "P-256"):
    bad(f"OKP: curve {curve}", edwards_public, "unsupported", crv=curve)
for algorithm in ("ES256", "Ed448", "HS256", "none", "EDDSA"):
    bad(f"OKP: for {algorithm}", edwards_public, "unsupported", alg=algorithm)
bad("OKP: with d", edwards_public, "isPrivate", d=edwards["d"])

bad("EC: y of another point", ec_public, "notOnCurve", y=encode(bytes([Y[0] ^ 1]) + Y[1:]))
bad("EC: x = p", ec_public, "notOnCurve", x=encode(FIELD))
bad("EC: y = 0", ec_public, "notOnCurve", y=encode(bytes(32)))
if numbers.x + FIELD < 2**256:
    bad("EC: x + p", ec_public, "notOnCurve", x=encode(numbers.x + FIELD))
bad("EC: 33 bytes", ec_public, "malformed", x=encode(b"\0" + X))
bad("EC: 31 bytes", ec_public, "malformed", x=encode(X[1:]))
bad("EC: no y", ec_public, "malformed", y=None)
for curve in ("P-384", "P-521", "secp256k1", "Ed25519", None):
    bad(f"EC: curve {curve}", ec_public, "unsupported", crv=curve)
for algorithm in ("RS256", "ES384", "HS256", "EdDSA", "none"):
    bad(f"EC: for {algorithm}", ec_public, "unsupported", alg=algorithm)
bad("oct: a secret among public keys", secret_jwk, "isPrivate")
bad("no kid", ec_public, "missingKeyID", kid=None)
bad("an empty kid", ec_public, "missingKeyID", kid="")
bad("a kind that does not exist", ec_public, "unsupported", kty="XYZ")

privates = []


def broken(name, jwk, problem, **changes):
    members = {name: value for name, value in (jwk | changes).items() if value is not None}
    privates.append({
        "name": name, "input": {"jwk": json.dumps(members, separators=(",", ":"))}, "expect": {"problem": problem}})


ec_private = ec_public | {"d": encode(curve_key.private_numbers().private_value.to_bytes(32, "big"))}
other_curve = ec.derive_private_key(7, ec.SECP256R1()).public_key().public_numbers()
broken("EC: another key's point", ec_private, "inconsistent",
       x=encode(other_curve.x.to_bytes(32, "big")), y=encode(other_curve.y.to_bytes(32, "big")))
broken("EC: the point of the other sign", ec_private, "inconsistent", y=encode((FIELD - numbers.y).to_bytes(32, "big")))
broken("EC: d = 0", ec_private, "malformed", d=encode(bytes(32)))
broken("EC: d = n", ec_private, "malformed", d=encode(ORDER))
broken("EC: d of 31 bytes", ec_private, "malformed", d=encode(bytes(30) + b"\1"))
broken("EC: no d", ec_private, "malformed", d=None)
broken("EC: key_ops without sign", ec_private, "unsupported", key_ops=["verify"])
broken("OKP: another key's point", edwards, "inconsistent", x=encode(
    ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw()))
broken("OKP: d of 64 bytes", edwards, "malformed", d=encode(seed + point))
broken("OKP: no d", edwards, "malformed", d=None)
broken("oct: 31 bytes", secret_jwk, "unacceptable", k=encode(secret[:31]))
broken("oct: 513 bytes", secret_jwk, "unacceptable", k=encode(bytes(513)))
broken("oct: empty", secret_jwk, "malformed", k="")
broken("oct: for HS512", secret_jwk, "unsupported", alg="HS512")
broken("RSA: another d", key, "inconsistent", d=encode(D - 2))
broken("RSA: p and q exchanged, with their exponents", key, "inconsistent", p=key["q"], q=key["p"])
broken("RSA: another p", key, "inconsistent", p=encode(number(key["p"]) + 2))
broken("RSA: another dp", key, "inconsistent", dp=encode(number(key["dp"]) + 1))
broken("RSA: another qi", key, "inconsistent", qi=encode(number(key["qi"]) + 1))
broken("RSA: p = 1, q = n", key, "inconsistent", p=encode(1), q=key["n"])
broken("RSA: without primes", key, "malformed", p=None, q=None, dp=None, dq=None, qi=None)
broken("RSA: more than two primes", key, "unsupported", oth=[])
broken("RSA: modulus of another key", key, "inconsistent", n=PUBLISHED["RFC 7520 4.1, RS256"]["n"])
broken("RSA: exponent 3", key, "unacceptable", e="Aw")
broken("RSA: a kid with a blank", key, "malformed", kid="a b")
broken("RSA: a kid of 129 bytes", key, "malformed", kid="k" * 129)


def write(name, source, vectors):
    (HERE / name).write_text(json.dumps({"source": source, "vectors": vectors}, indent=2) + "\n")


write("signatures.json", "make-signature-vectors.py: good signatures and what is near to them", signatures)
write("jwk-malformed.json", "make-signature-vectors.py: public keys that must be refused", keys)
write("jwk-private-malformed.json", "make-signature-vectors.py: private keys that must be refused", privates)
print(len(signatures), "signatures,", len(keys), "public keys,", len(privates), "private keys")
