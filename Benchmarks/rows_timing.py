"""Whether the time of an answer tells who has an account: known and unknown names asked in turns, and two test statistics.

What is measured is from the first byte sent to the last one read, on a connection that stays open. The two samples of a
pair are taken one right after the other, in an order that a coin decides, so that whatever else the machine does falls on
both. Reported are Welch's t and the z of Mann and Whitney, which asks about ranks and does not care about outliers. At
|t| and |z| below 4.5, the limit usual for leaks in time (ISO/IEC 17825), no difference was found.

`ALDRAVA_BENCH_TIMING_SAMPLES` says how many samples each side has, 2,000 unless told.
"""

import http.client
import json
import math
import os
import secrets
import statistics
import subprocess
import time

from core import Figure, Row, SERVER_PROCESSOR, LOAD_PROCESSOR, ROOT, Server, log, on_processor

PASSWORD = "correct horse battery staple"
SAMPLES = int(os.environ.get("ALDRAVA_BENCH_TIMING_SAMPLES", "2000"))
LIMIT = 4.5
#: The cheapest hash that is allowed: what differs beside it would show the more.
ENVIRONMENT = {
    "ALDRAVA_ARGON2_MEMORY_KIB": "8192", "ALDRAVA_ARGON2_PASSES": "1", "ALDRAVA_LOOPS": "1", "ALDRAVA_HASH_THREADS": "1",
    "ALDRAVA_ACCESS_LOG": "off"}
#: So many people on either side, taken in turns: one row of a database may lie better than another.
PEOPLE = 200


def welch(first, second):
    """Welch's t of two samples whose variances may differ."""
    deviation = math.sqrt(statistics.variance(first) / len(first) + statistics.variance(second) / len(second))
    return (statistics.fmean(first) - statistics.fmean(second)) / deviation if deviation else 0.0


def mann_whitney(first, second):
    """The z of Mann and Whitney's U; equal values share their ranks."""
    both = sorted([(value, 0) for value in first] + [(value, 1) for value in second])
    ranks, place, ties = 0.0, 0, 0
    while place < len(both):
        end = place
        while end < len(both) and both[end][0] == both[place][0]:
            end += 1
        shared = (place + 1 + end) / 2
        ranks += shared * sum(1 for _, side in both[place:end] if side == 0)
        ties += (end - place) ** 3 - (end - place)
        place = end
    n, m = len(first), len(second)
    mean = n * (n + m + 1) / 2
    variance = n * m / 12 * ((n + m + 1) - ties / ((n + m) * (n + m - 1)))
    return (ranks - mean) / math.sqrt(variance)


class Asker:
    """One connection that stays open."""

    def __init__(self, server):
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)

    def ask(self, path, body, realm=""):
        text = json.dumps(body)
        began = time.perf_counter_ns()
        self.connection.request("POST", realm + path, text, {"Content-Type": "application/json"})
        response = self.connection.getresponse()
        raw = response.read()
        return (time.perf_counter_ns() - began) / 1_000, response.status, raw


class Timing(Row):
    """A realm of 200 people who are asked about, and as many names that nobody has."""

    unit = "µs"
    backend = "sqlite"
    note = f"{SAMPLES:,} samples of each, interleaved; no difference is |t| and |z| < {LIMIT}"

    def open(self):
        self.server = Server(self.backend, **ENVIRONMENT).start(prepare=on_processor(SERVER_PROCESSOR))
        self.server.widen()
        self.prepare()
        os.sched_setaffinity(0, {LOAD_PROCESSOR})
        self.asker = Asker(self.server)

    def close(self):
        os.sched_setaffinity(0, range(os.cpu_count()))
        self.server.remove()

    def prepare(self):
        self.known = [f"known{number}x{secrets.token_hex(3)}" for number in range(PEOPLE)]
        # As long as the others.
        self.unknown = [f"other{number}x{secrets.token_hex(3)}" for number in range(PEOPLE)]
        for name in self.known:
            answer = self.server.register(name, PASSWORD)
            assert answer.status in (201, 202), answer

    def pairs(self):
        """(name, a function of a number that gives path and body of the known side, the same of the unknown one)."""
        raise NotImplementedError

    def figures(self):
        return [self.compare(*pair) for pair in self.pairs()]

    def compare(self, what, known, unknown, samples=SAMPLES):
        sides = (known, unknown)
        times = ([], [])
        statuses = (set(), set())
        for number in range(samples + 50):
            order = (0, 1) if secrets.randbits(1) else (1, 0)
            for side in order:
                took, status, raw = self.asker.ask(*sides[side](number))
                statuses[side].add(status)
                # The first ones warm up what is warm for the others.
                if number >= 50:
                    times[side].append(took)
        assert statuses[0] == statuses[1] and len(statuses[0]) == 1, (what, statuses)
        t, z = welch(*times), mann_whitney(*times)
        medians = [statistics.median(side) for side in times]
        log(f"  {what}: t {t:+.2f}, z {z:+.2f}, medians {medians[0]:.1f} and {medians[1]:.1f} µs, {statuses[0]}")
        return Figure(
            f"{what}: known and unknown", self.unit, medians[0], "unknown", medians[1], [medians[1] / medians[0]],
            f"|t|, |z| < {LIMIT}", abs(t) < LIMIT and abs(z) < LIMIT,
            f"t = {t:+.2f}, z = {z:+.2f}; {samples:,} samples of each, interleaved")


class SignIn(Timing):
    name = "timing-login"
    what = "`POST /api/auth/login` with a wrong password"

    def pairs(self):
        def side(names, suffix=""):
            return lambda number: (
                "/api/auth/login",
                {"username_or_email": names[number % PEOPLE] + suffix, "password": "a wrong password"})

        yield "login by name", side(self.known), side(self.unknown)
        yield "login by address", side(self.known, "@example.org"), side(self.unknown, "@example.org")


class SignInPostgres(SignIn):
    name = "timing-login-postgres"
    backend = "postgres"


class SignInThrottled(Timing):
    name = "timing-throttled"
    what = "the same once there are no tries left"

    def pairs(self):
        self.server.cli("realm", "set", "default", "defence.sign_in_tries_per_hour=2")
        for names in (self.known, self.unknown):
            for name in names:
                for _ in range(3):
                    self.server.login(name, "a wrong password")

        def side(names):
            return lambda number: (
                "/api/auth/login", {"username_or_email": names[number % PEOPLE], "password": "a wrong password"})

        yield "login, throttled", side(self.known), side(self.unknown)


class ConfirmedSignUp(Timing):
    name = "timing-register"
    what = "`POST /api/auth/register` in a realm that confirms addresses by mail"

    def pairs(self):
        self.server.cli("realm", "set", "default", "accounts.confirm_email=true")

        def side(names):
            return lambda number: (
                "/api/auth/register",
                {"username": f"n{secrets.token_hex(6)}", "email": f"{names[number % PEOPLE]}@example.org",
                 "password": PASSWORD})

        yield "register", side(self.known), side(self.unknown)


class Letters(Timing):
    """What sends letters, or would, and what takes the code that they carried."""

    name = "timing-letters"
    what = "asking for letters, and showing what they carried"

    def tickets(self, path, body):
        """What was answered for each name of both sides."""
        return [
            [self.server.call("POST", path, body(name)).json["ticket"] for name in names]
            for names in (self.known, self.unknown)]

    def codes(self, path, tickets, **more):
        """A wrong code beside each side's tickets: five tries each are good, and what is dead must look alike too."""
        def side(of):
            return lambda number: (path, {"ticket": of[number % PEOPLE], "code": "00000000"} | more)
        return side(tickets[0]), side(tickets[1])

    def pairs(self):
        forgot = "/api/auth/forgot-password"

        def asking(names, suffix=""):
            return lambda number: (forgot, {"username_or_email": names[number % PEOPLE] + suffix})

        yield "forgot password", asking(self.known), asking(self.unknown)
        yield "forgot password by address", asking(self.known, "@example.org"), asking(self.unknown, "@example.org")
        tickets = self.tickets(forgot, lambda name: {"username_or_email": name})
        yield "reset password by a wrong code", *self.codes(
            "/api/auth/reset-password", tickets, password="another good password")

        # Proving one's own address: a ticket of somebody's, and one that was made up.
        tickets = [[], [secrets.token_urlsafe(16) for _ in self.unknown]]
        for name in self.known:
            token = self.server.login(name, PASSWORD).json["token"]
            answer = self.server.call("POST", "/api/auth/verify-email/request", token=token)
            tickets[0].append(answer.json["ticket"])
        yield "verify address by a wrong code", *self.codes("/api/auth/verify-email", tickets)

        # An address that is free and waits for its proof, and one that belongs to somebody.
        self.server.cli("realm", "set", "default", "accounts.confirm_email=true")
        tickets = [[
            self.server.call("POST", "/api/auth/register", {
                "username": f"n{secrets.token_hex(6)}", "email": address, "password": PASSWORD}).json["ticket"]
            for address in addresses] for addresses in (
                [f"{name}@example.org" for name in self.known], [f"new-{name}@example.org" for name in self.unknown])]
        yield "confirm sign-up by a wrong code", *self.codes("/api/auth/register/confirm", tickets)


class Invitation(Timing):
    """Who was invited and has no password yet looks like somebody who does not exist."""

    name = "timing-invite"
    what = "login and forgotten password of somebody invited"

    def prepare(self):
        self.known, self.unknown = [], []
        admin = self.server.make_admin()
        for number in range(PEOPLE):
            name = f"invited{number}x{secrets.token_hex(3)}"
            answer = self.server.call(
                "POST", "/api/admin/users", {"username": name, "email": f"{name}@example.org"}, token=admin)
            assert answer.status == 201, answer
            answer = self.server.call("POST", f"/api/admin/users/{answer.json['user']['id']}/invite", token=admin)
            assert answer.status in (200, 202), answer
            self.known.append(name)
            self.unknown.append(f"nobody0{number}x{secrets.token_hex(3)}")

    def pairs(self):
        def side(names, path, **more):
            return lambda number: (path, {"username_or_email": names[number % PEOPLE]} | more)

        for what, path, more in (
                ("login of somebody invited", "/api/auth/login", {"password": "a wrong password"}),
                ("forgot password of somebody invited", "/api/auth/forgot-password", {})):
            yield what, side(self.known, path, **more), side(self.unknown, path, **more)


def formats():
    """Hashes of one password as other systems keep them, made by their own libraries."""
    script = """
import json, sys, bcrypt
from passlib.hash import pbkdf2_sha256, sha512_crypt
password = sys.argv[1]
for _ in range(int(sys.argv[2])):
    print(json.dumps([
        bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode(),
        pbkdf2_sha256.using(rounds=20000).hash(password), sha512_crypt.using(rounds=20000).hash(password)]))
"""
    done = subprocess.run(
        [ROOT / ".build/venv/bin/python", "-c", script, PASSWORD, str(PEOPLE // 6 + 1)], capture_output=True, check=True,
        text=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


class Imported(Timing):
    """Half of the realm's hashes are other systems', in three formats: the dummy must be of a format that a name would have."""

    name = "timing-imported"
    what = "login in a realm half of whose hashes were imported in three formats"

    def prepare(self):
        super().prepare()
        lines = []
        hashes = [one for row in formats() for one in row]
        for number in range(PEOPLE // 2):
            lines.append(json.dumps({
                "username": self.known[number] + "i", "email": self.known[number] + "i@example.org",
                "password_hash": hashes[number % len(hashes)]}))
        file = self.server.folder / "people.jsonl"
        file.write_text("\n".join(lines) + "\n")
        self.server.cli("import", str(file))
        # Half of those who are asked about have a hash of their own format, half an imported one.
        self.known = self.known[PEOPLE // 2:] + [name + "i" for name in self.known[:PEOPLE // 2]]
        self.unknown = self.unknown[PEOPLE // 2:] + [name + "i" for name in self.unknown[:PEOPLE // 2]]
        # The mix is read again at the start.
        self.server.stop()
        self.server.start(prepare=on_processor(SERVER_PROCESSOR))
        time.sleep(2)

    def pairs(self):
        def side(names):
            return lambda number: (
                "/api/auth/login", {"username_or_email": names[secrets.randbelow(PEOPLE)], "password": "a wrong password"})

        yield "login, three imported formats", side(self.known), side(self.unknown)


ROWS = [SignIn, SignInPostgres, SignInThrottled, ConfirmedSignUp, Letters, Invitation, Imported]
