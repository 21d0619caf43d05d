"""Starts the release binary as an operator would and speaks to it over the wire, on either database."""

import base64
import http.client
import json
import os
import pathlib
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("ALDRAVA_BINARY", ROOT / ".build/release/aldrava"))
POSTGRES = os.environ.get("ALDRAVA_TEST_POSTGRES")
PGBOUNCER = os.environ.get("ALDRAVA_TEST_PGBOUNCER")
START_LIMIT = 30
PATIENCE = 60


class Answer:
    """What came back for one request."""

    def __init__(self, status, headers, raw):
        self.status, self.headers, self.raw = status, headers, raw

    @property
    def json(self):
        return json.loads(self.raw)

    def __repr__(self):
        return f"{self.status} {self.raw[:300]!r}"


def free_port():
    """Below the range that the kernel hands out by itself: a client that asks too early would meet its own socket."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as listener:
            try:
                listener.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def local_address(number):
    """An address of this machine in a /24 of its own: the server counts sources by network."""
    return f"127.0.{1 + number % 250}.1"


class Server:
    """One data folder and one database, over as many starts, stops and kills as a test wants."""

    def __init__(self, backend, **environment):
        self.backend = backend
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="aldrava-outside-"))
        self.data = self.folder / "data"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None
        # Only what is meant: nothing of the caller's own settings reaches the server.
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith("ALDRAVA_")}
        self.environment |= {
            "ALDRAVA_LISTEN": f"127.0.0.1:{self.port}",
            "ALDRAVA_DATA": str(self.data),
            "ALDRAVA_PUBLIC_URL": self.url,
        }
        self.database = None
        if backend in ("postgres", "pgbouncer"):
            self.database = self._new_database()
            self.environment["ALDRAVA_DATABASE"] = self.database
        if backend == "pgbouncer":
            self.environment["ALDRAVA_DATABASE"] = through_pooler(self.database)
        # None stands for a setting that is not made.
        self.environment |= {name: value for name, value in environment.items() if value is not None}

    def _new_database(self):
        name = "outside_" + secrets.token_hex(6)
        run(["psql", "--quiet", "--no-psqlrc", POSTGRES, "-c", f"CREATE DATABASE {name}"])
        return urllib.parse.urlsplit(POSTGRES)._replace(path="/" + name).geturl()

    def start(self, prepare=None):
        """Returns once /health answers; `prepare` runs in the child before the server does."""
        with open(self.folder / "output.txt", "ab") as output:
            self.process = subprocess.Popen(
                [BINARY, "serve"], env=self.environment, stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, start_new_session=True, preexec_fn=prepare, cwd=self.folder)
        deadline = time.monotonic() + START_LIMIT
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"serve ended with {self.process.returncode}: {self.printed()}")
            try:
                if self.call("GET", "/health", patience=0).status == 200:
                    return self
            except OSError:
                pass
            time.sleep(0.01)
        raise AssertionError(f"no answer after {START_LIMIT} s: {self.printed()}")

    def printed(self):
        return (self.folder / "output.txt").read_text(errors="replace")[-4000:]

    def is_alive(self):
        return self.process is not None and self.process.poll() is None

    def stop(self):
        """SIGTERM, as a service manager sends it; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=40)
        self._end_group()
        return code

    def kill(self):
        """SIGKILL for the server and everything it started, as a power cut would."""
        self._end_group()
        self.process.wait(timeout=10)
        # What it started may hold its locks for a moment more.
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline and self._has_living():
            time.sleep(0.01)

    def _has_living(self):
        for status in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                state, _, group = status.read_text().rsplit(") ", 1)[1].split()[:3]
            except OSError:
                continue
            if group == str(self.process.pid) and state not in "ZX":
                return True
        return False

    def _end_group(self):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def remove(self):
        if self.is_alive():
            self.kill()
        if self.database:
            name = urllib.parse.urlsplit(self.database).path[1:]
            run(["psql", "--quiet", "--no-psqlrc", POSTGRES, "-c", f"DROP DATABASE {name} WITH (FORCE)"])
        shutil.rmtree(self.folder, ignore_errors=True)

    def call(self, method, path, body=None, token=None, headers=None, source="127.0.0.1", patience=PATIENCE):
        """One request on a connection of its own. 503 is asked again as Retry-After says, up to `patience` s."""
        fields = {"User-Agent": "aldrava-outside"} | (headers or {})
        if token:
            fields["Authorization"] = f"Bearer {token}"
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            fields.setdefault("Content-Type", "application/json")
        deadline = time.monotonic() + patience
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30, source_address=(source, 0))
            try:
                connection.request(method, path, body=body, headers=fields)
                response = connection.getresponse()
                answer = Answer(response.status, response.headers, response.read())
            finally:
                connection.close()
            if answer.status != 503 or time.monotonic() >= deadline:
                return answer
            time.sleep(min(float(answer.headers.get("Retry-After", 1)), 5))

    def cli(self, *arguments, stdin="", expect=0, environment=None):
        """One command of the command line; returns what it printed."""
        done = subprocess.run(
            [BINARY, *arguments], env=self.environment | (environment or {}), input=stdin, capture_output=True,
            text=True, timeout=60, cwd=self.folder)
        if expect is not None and done.returncode != expect:
            raise AssertionError(f"{arguments} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done

    def widen(self, realm="default"):
        """Lets so many try from one place that no measurement and no crowd notices: what is tested is something else."""
        names = ("sign_in_tries", "device_tries", "network_tries", "realm_tries", "sign_ups", "mails", "proof_tries")
        self.cli("realm", "set", realm, *(f"defence.{name}_per_hour=1000000" for name in names))
        return self

    def register(self, name, password, **options):
        body = {"username": name, "email": f"{name}@example.org", "password": password}
        return self.call("POST", "/api/auth/register", body, **options)

    def login(self, name, password, **options):
        return self.call("POST", "/api/auth/login", {"username_or_email": name, "password": password}, **options)

    def refresh(self, token, **options):
        return self.call("POST", "/api/auth/refresh", {"refresh_token": token}, **options)

    def make_admin(self, name="root-of-all", password="a long first password"):
        """The documented first step; returns an access token of the new administrator."""
        self.cli("admin", "create", name, f"{name}@example.org", stdin=password + "\n")
        return self.login(name, password).json["token"]

    def audit(self):
        """The lines of logline.jsonl, each of which must be JSON, the last one complete."""
        text = (self.data / "logline.jsonl").read_bytes()
        if text and not text.endswith(b"\n"):
            raise AssertionError(f"the last line is incomplete: {text[-200:]!r}")
        return [json.loads(line) for line in text.splitlines()]

    def audit_settled(self, is_complete, limit=10):
        """The audit lines as soon as they satisfy `is_complete`, or whatever is there after `limit` seconds.

        On PostgreSQL an event is shown when no older transaction of the whole server runs."""
        deadline = time.monotonic() + limit
        while True:
            lines = self.audit() if (self.data / "logline.jsonl").exists() else []
            if is_complete(lines) or time.monotonic() >= deadline:
                return lines
            time.sleep(0.05)

    def database_dump(self):
        """Every byte that someone with the database alone would hold."""
        if self.database:
            return run(["pg_dump", "--no-password", self.database])
        files = [file for file in self.data.iterdir() if ".sqlite" in file.name or ".db" in file.name]
        if not files:
            raise AssertionError(f"no database in {sorted(file.name for file in self.data.iterdir())}")
        return b"".join(file.read_bytes() for file in sorted(files))


def through_pooler(url):
    """The same database by way of pgbouncer."""
    return urllib.parse.urlsplit(PGBOUNCER)._replace(path=urllib.parse.urlsplit(url).path).geturl()


def run(command):
    done = subprocess.run(command, capture_output=True, timeout=60)
    if done.returncode != 0:
        raise AssertionError(f"{command[0]} ended with {done.returncode}: {done.stderr.decode(errors='replace')}")
    return done.stdout


def segments(token):
    """Header, payload and signature of a compact JWS, decoded."""
    header, payload, signature = token.split(".")
    return json.loads(unbase64(header)), json.loads(unbase64(payload)), unbase64(signature)


def unbase64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


#: The least that the settings allow, 3 ms instead of 16: what is looked at is seldom the strength of a hash.
CHEAP_HASHES = {"ALDRAVA_ARGON2_MEMORY_KIB": "8192", "ALDRAVA_ARGON2_PASSES": "1"}
SHIPPED_HASHES = dict.fromkeys(CHEAP_HASHES)


class ServerTest(unittest.TestCase):
    """Tests that share one running server per class; `backend` is set by ``on_both_databases``."""

    backend = None
    environment = {}

    @classmethod
    def setUpClass(cls):
        if cls.backend == "postgres" and not POSTGRES:
            if os.environ.get("ALDRAVA_TEST_REQUIRE_POSTGRES") == "1":
                raise AssertionError("ALDRAVA_TEST_POSTGRES is not set: run this beside Scripts/with-postgres")
            raise unittest.SkipTest("PostgreSQL: ALDRAVA_TEST_POSTGRES is not set")
        if cls.backend == "pgbouncer" and not PGBOUNCER:
            if os.environ.get("ALDRAVA_TEST_REQUIRE_POSTGRES") == "1":
                raise AssertionError("ALDRAVA_TEST_PGBOUNCER is not set: Scripts/install test, then Scripts/with-postgres")
            raise unittest.SkipTest("pgbouncer: ALDRAVA_TEST_PGBOUNCER is not set")
        if not BINARY.exists():
            raise AssertionError(f"{BINARY} is missing: make build")
        cls.server = Server(cls.backend, **CHEAP_HASHES | cls.environment)
        cls.addClassCleanup(cls.server.remove)
        cls.prepare()

    @classmethod
    def prepare(cls):
        cls.server.start()


def on_both_databases(namespace, *tests):
    """Replaces each class of tests by one for SQLite and one for PostgreSQL."""
    for test in tests:
        for backend in ("sqlite", "postgres"):
            name = f"{test.__name__}On{'SQLite' if backend == 'sqlite' else 'PostgreSQL'}"
            namespace[name] = type(name, (test,), {"backend": backend, "__module__": namespace["__name__"]})
        del namespace[test.__name__]
