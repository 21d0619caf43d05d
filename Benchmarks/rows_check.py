"""Checks of access tokens: known ones, ones that were never seen, and what it takes to remember very many."""

import base64
import http.client
import json
import os
import pathlib
import sqlite3
import tempfile
import time

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from core import (
    ROOT, SERVER_PROCESSOR, Figure, Row, Server, compiled, log, memory, on_processor, run_on, wrk)
from rows_http import PASSWORD, Constant, Nginx, OnOneCore
from seed import Keys, Seeded, hyphenated

ME = "/api/auth/me"


class Me(Constant):
    name = "me"
    what = "`GET /api/auth/me`, bearer, warm"
    yardsticks = {"nginx": 1.0}
    path = ME
    note = "after each measurement sessions were ended by their users and by an operator; the very next request was refused"

    def prepare(self):
        token = self.server.register("ana", PASSWORD).json["token"]
        return {"Authorization": f"Bearer {token}"}

    def start_others(self, body):
        return {"nginx": Nginx(body)}

    def figures(self):
        figures = super().figures()
        for by_operator in (False, True, False, True):
            refuse_at_once(self.server, by_operator)
        return figures


class MeLogged(Me):
    name = "me-logged"
    what = "the same with an access log"
    yardsticks = {"nginx": None}
    environment = {"ALDRAVA_LOOPS": "1"}
    note = "nginx writes its combined format, from a buffer"

    def start_others(self, body):
        return {"nginx": Nginx(body, is_logging=True)}


def refuse_at_once(server, by_operator):
    """Ends a session that has just been used, and shows that it is refused from then on, on the same connection."""
    answer = server.call("POST", "/api/auth/login", {"username_or_email": "ana", "password": PASSWORD})
    headers = {"Authorization": f"Bearer {answer.json['token']}"}
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)

    def ask(method, path):
        connection.request(method, path, headers=headers)
        response = connection.getresponse()
        response.read()
        return response.status

    for _ in range(100):
        assert ask("GET", ME) == 200
    if by_operator:
        server.cli("session", "end", segment(answer.json["token"])["sid"])
    else:
        assert ask("POST", "/api/auth/logout") in (200, 204)
    for _ in range(3):
        assert ask("GET", ME) == 401, "a session that has ended is believed"
    connection.close()


def segment(token):
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


class Mint:
    """Signs access tokens as the server of a seeded folder does, with its key."""

    def __init__(self, seeded, server):
        self.seeded, self.issuer = seeded, server.url
        database = sqlite3.connect(f"file:{server.data / 'aldrava.db'}?mode=ro", uri=True)
        database.row_factory = sqlite3.Row
        key = database.execute("SELECT * FROM signing_keys WHERE realm = 'default'").fetchone()
        database.close()
        keys = Keys(seeded.folder)
        scalar = keys._unwrap(key["wrapped"], keys.wrapping, b"signing key default")
        self.key = ec.derive_private_key(int.from_bytes(scalar, "big"), ec.SECP256R1())
        self.head = encoded(json.dumps({"alg": "ES256", "typ": "at+jwt", "kid": key["kid"]}, separators=(",", ":")))

    def token(self, number):
        """A fresh one for the session of a user."""
        now = int(time.time())
        claims = {
            "iss": self.issuer, "sub": hyphenated(self.seeded.user_id(number)), "aud": self.issuer, "exp": now + 900,
            "iat": now, "jti": hyphenated(os.urandom(16)), "sid": hyphenated(self.seeded.session_id(number)), "rc": 1,
            "username": self.seeded.name(number), "roles": ["user"], "permissions": []}
        text = self.head + "." + encoded(json.dumps(claims, separators=(",", ":")))
        r, s = utils.decode_dss_signature(self.key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
        return text + "." + encoded(r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def encoded(data):
    return base64.urlsafe_b64encode(data.encode() if isinstance(data, str) else data).rstrip(b"=").decode()


class TokenFile:
    """What `tokens.lua` reads."""

    def __init__(self):
        handle, path = tempfile.mkstemp(prefix="aldrava-bench-")
        os.close(handle)
        self.path = pathlib.Path(path)

    def write(self, tokens):
        with open(self.path, "w") as file:
            for token in tokens:
                file.write(token + "\n")

    def ask(self, server, seconds, **options):
        os.environ["ALDRAVA_BENCH_TOKENS"] = str(self.path)
        return wrk(server.url + ME, seconds, "-s", ROOT / "Benchmarks/tokens.lua", **options)

    def close(self):
        self.path.unlink(missing_ok=True)


class OnSeeded:
    """For rows over a database with many sessions, whose tokens are minted here."""

    users = 0
    environment = {"ALDRAVA_LOOPS": "1"}

    def open(self):
        seeded = Seeded(self.users)
        self.server = Server("sqlite", **self.environment)
        seeded.place_into(self.server)
        self.server.start(prepare=on_processor(SERVER_PROCESSOR))
        self.mint = Mint(seeded, self.server)
        self.file = TokenFile()

    def close(self):
        self.file.close()
        self.server.remove()


class MeCold(OnSeeded, OnOneCore):
    name = "me-cold"
    what = "`GET /api/auth/me`, every token new"
    yardsticks = {"bare ES256 verifications": 0.85}
    note = (
        "the tokens are of 1,000 sessions that were used before, as after a refresh; the yardstick digests as many bytes and "
        "verifies with everything set up beforehand, in one process on the same core, per second of its processor time")
    users = 10_000
    sessions = 1_000
    environment = Constant.environment

    def open(self):
        super().open()
        self.program = compiled("es256.c", "crypto")
        self.signed = self.mint.token(0).rpartition(".")[0]
        self.bare = 0
        for number in range(self.sessions):
            assert self.server.call("GET", ME, token=self.mint.token(number)).status == 200

    def measure(self, who):
        if who != "aldrava":
            self.bare = float(run_on(SERVER_PROCESSOR, [self.program, self.options.seconds, len(self.signed)]))
            return self.bare
        # As many as a core without anything else to do could verify: the file cannot run out.
        most = int((self.bare or 30_000) * (self.options.seconds + 0.5))
        self.file.write(self.mint.token(number % self.sessions) for number in range(most))
        seconds = self.options.seconds
        return self.on_one_core(who, self.server.process, lambda: seconds * self.file.ask(self.server, seconds))


class ManySessions(OnSeeded, Row):
    name = "me-100k"
    what = "Memory with 100,000 live sessions"
    users = 100_000
    #: Of one request each; the log keeps nothing of them in memory.
    goal = 60e6

    def figures(self):
        before = memory(self.server.process.pid)
        self.file.write(self.mint.token(number) for number in range(self.users))
        log("  minted")
        asked = self.ask_once()
        self.settle()
        shared, resident = memory(self.server.process.pid)
        log(f"  me-100k: {shared / 1e6:.1f} MB PSS, {resident / 1e6:.1f} MB RSS; before {before[0] / 1e6:.1f}, "
            f"{before[1] / 1e6:.1f}")
        kept = int(self.metric('aldrava_cache_entries{cache="sessions"}'))
        assert kept >= self.users, f"only {kept} of {asked} sessions are kept"
        note = (f"each was used once over HTTP and is kept with its token; {before[0] / 1e6:.1f} MB before; each page once, "
                f"over both processes: {resident / 1e6:.1f} MB where pages count in each process that has them")
        return [Figure(
            self.what, "MB", shared / 1e6, goal="< 60 MB", met=shared < self.goal, note=note)]

    def ask_once(self):
        """Every token of the file once, from a few connections."""
        asked = 0
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        for line in open(self.file.path):
            connection.request("GET", ME, headers={"Authorization": "Bearer " + line.rstrip()})
            response = connection.getresponse()
            response.read()
            assert response.status == 200, response.status
            asked += 1
        connection.close()
        return asked

    def settle(self):
        """Activity is written every ten seconds."""
        time.sleep(12)

    def metric(self, name):
        text = self.server.call("GET", "/metrics").raw.decode()
        return next(float(line.split()[-1]) for line in text.splitlines() if line.startswith(name) and line[0] != "#")


ROWS = [Me, MeLogged, MeCold, ManySessions]
