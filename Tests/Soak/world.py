"""One server under load: what its clients may be told at each moment, what they were told, and what it holds."""

import asyncio
import collections
import contextlib
import gzip
import json
import os
import pathlib
import random
import re
import shutil
import ssl
import subprocess
import time

from harness import free_port
from leak import Sample, anonymous_memory
from supervise import Supervised, status_fields
from wire import Connection, Gone, now

PASSWORD = "correct horse battery staple"
ADMINISTRATOR, APPLICATION = "root-of-all", "erp-server"
#: A token lives for a minute, so that its end belongs to every client's day.
ACCESS_LIFETIME = 60
#: The data folder has a file system of its own that can be filled, where this process may mount one.
FOLDER_SIZE = "512m"

# What a fault may do to a request that meets it.
#: The connection ends without an answer.
CUT = "cut"
#: A connection that was kept is closed just as the next request is sent.
CLOSED = "closed"
#: 503.
UNAVAILABLE = "unavailable"
#: 503 for what changes something.
READ_ONLY = "read-only"


HEADER_TIMEOUT = 10
#: Seconds; a client that does not go on for a quarter of a second may find its connection closed by a server that stops.
LATE, LATENESS = 0.25, "this program was late"


class Window:
    """A time in which a fault excuses what would be an error otherwise."""

    def __init__(self, fault, effects):
        self.fault, self.effects, self.start, self.end = fault, set(effects), now(), None

    #: Answers that were under way when the fault ended, in seconds.
    SETTLING = 2.0

    def covers(self, began, ended):
        return self.start <= ended and (self.end is None or began <= self.end + self.SETTLING)


class World:
    """A server on one database, with everything its clients know of it."""

    def __init__(self, backend, program, seed, hurry):
        self.backend = backend
        self.random = random.Random(f"{seed} {backend}")
        self.is_ending = False
        self.tls_port = free_port()
        self.certificates = Certificates()
        self.server = Supervised(
            backend, program, ALDRAVA_ARGON2_MEMORY_KIB="8192", ALDRAVA_ARGON2_PASSES="1", ALDRAVA_HASH_QUEUE="4096",
            ALDRAVA_ACCESS_LIFETIME=str(ACCESS_LIFETIME), ALDRAVA_EVENTS_PER_SECOND="10000",
            ALDRAVA_HEADER_TIMEOUT=str(HEADER_TIMEOUT),
            ALDRAVA_TLS_LISTEN=f"127.0.0.1:{self.tls_port}",
            # One rotates by itself, whenever it is time; the other's files are moved away and it is told.
            ALDRAVA_LOG_MAX_MIB="1" if backend == "sqlite" else "0")
        self.server.environment["ALDRAVA_TLS_CERTIFICATES"] = self.certificates.put_into(self.server.folder)
        self.hurry = hurry
        #: Seconds that a client thinks between two requests, on average.
        self.pace = 0.06
        self.is_mounted = False
        self.windows = []
        self.answers = 0
        self.kinds = collections.Counter()
        self.excused = collections.Counter()
        self.remarks = []
        self.faults = collections.Counter()
        self.violations = []
        self.tally = collections.Counter()
        #: Of each serving process its samples, in order.
        self.lives = {}
        self.parent_memory = []
        self.pulse, self.lateness = now(), []
        self.kills = 0
        #: Key name → when `keys retire --now` was begun, and when it was acknowledged (`None`: it is not known to be).
        self.retired = {}
        self.accounts, self.revoked = [], []

    # A fault's time ----------------------------------------------------------------------------------------------

    @contextlib.asynccontextmanager
    async def window(self, fault, *effects):
        window = Window(fault, effects)
        self.windows.append(window)
        try:
            yield window
        finally:
            window.end = now()

    def excuse(self, effects, began, ended):
        """The fault that may have this effect on a request of that time, or `None`."""
        self.feel_pulse()
        return next(
            (window.fault for window in reversed(self.windows)
             if window.effects & effects and window.covers(began, ended)), None)

    def feel_pulse(self):
        """Called all the time. Where it was not, this program stood still, and its clients were slow without meaning it."""
        moment = now()
        if moment - self.pulse > LATE:
            window = Window(LATENESS, {CUT, CLOSED})
            window.start, window.end = self.pulse, moment
            self.windows.append(window)
            self.lateness.append(moment - self.pulse)
        self.pulse = moment

    async def beat(self):
        while True:
            self.feel_pulse()
            await asyncio.sleep(LATE / 5)

    def is_calm(self):
        faults = [window for window in self.windows[-20:] if window.fault != LATENESS]
        return all(window.end is not None and now() > window.end + 3 for window in faults[-3:])

    def violate(self, kind, text):
        fault = self.excuse({CUT, CLOSED, UNAVAILABLE, READ_ONLY, "none"}, now() - 10, now())
        self.violations.append(f"{clock()} {self.backend}: {kind}: {text}" + (f" (lately: {fault})" if fault else ""))
        # At once for whoever watches; a server that is gone would fill the screen.
        if len(self.violations) <= 20:
            print(self.violations[-1], flush=True)

    @property
    def serving(self):
        """The process that serves, or `None` while there is none."""
        parent = self.server.process.pid
        try:
            found = pathlib.Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        except OSError:
            return None
        alive = [int(child) for child in found if (status_fields(child) or "Z")[0] != "Z"]
        return alive[0] if len(alive) == 1 else None

    # Requests ----------------------------------------------------------------------------------------------------

    def connection(self, number, is_encrypted=False):
        if is_encrypted:
            return Connection(self.tls_port, number, self.certificates.context)
        return Connection(self.server.port, number)

    async def ask(self, what, connection, *request, expect, changes=False, **options):
        """One request that must be answered with a status of `expect`, which may depend on when it began and ended.

        `None` stands for an answer that a fault took away: whether the request was carried out is not known.
        """
        began = now()
        try:
            answer = await connection.call(*request, **options)
        except Gone as gone:
            effects = {CUT, CLOSED} if gone.is_kept else {CUT}
            if str(gone).startswith("TimeoutError"):
                effects = set()
            self._excused(what, effects, began, f"no answer in {now() - began:.1f} s: {gone}")
            await asyncio.sleep(self.random.uniform(0.01, 0.1))
            return None
        ended = now()
        self.answers += 1
        self.kinds[what] += 1
        expected = expect(began, ended) if callable(expect) else expect
        if answer.status in expected:
            return answer
        if answer.status == 503:
            effects = {UNAVAILABLE, READ_ONLY} if changes else {UNAVAILABLE}
            self._excused(what, effects, began, f"{answer} instead of {sorted(expected)}")
            await asyncio.sleep(self.random.uniform(0.2, 1))
            return None
        self.violate("unexpected answer", f"{what}: {answer} instead of {sorted(expected)}")
        return None

    def _excused(self, what, effects, began, text):
        fault = self.excuse(effects, began, now())
        if fault is None:
            self.violate("unexpected answer", f"{what}: {text}")
        else:
            self.excused[fault] += 1

    async def cli(self, *arguments, expect=(0,), stdin="", limit=60):
        """Exit code and output of a command; `None` where a fault excuses that it could not reach the server."""
        began = now()
        process = await asyncio.create_subprocess_exec(
            self.server.program, *arguments, env=self.server.environment, cwd=self.server.folder,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
        try:
            output, errors = await asyncio.wait_for(process.communicate(stdin.encode()), limit)
        except TimeoutError:
            process.kill()
            await process.wait()
            self.violate("unexpected answer", f"{arguments}: no end in {limit} s")
            return None
        self.kinds["command line"] += 1
        if process.returncode in expect:
            return process.returncode, output.decode()
        text = f"{' '.join(arguments)} ended with {process.returncode}: {errors.decode()[-300:]}{output.decode()[-300:]}"
        effects = {CUT, CLOSED, UNAVAILABLE, READ_ONLY} if process.returncode == 4 else set()
        self._excused("command line", effects, began, text)
        return None

    async def is_ready(self):
        connection = self.connection(0)
        try:
            return (await connection.call("GET", "/ready")).status == 200
        except Gone:
            return False
        finally:
            connection.close()

    async def until_ready(self, limit=20):
        """Waits until the server says that it can do everything; whether it did in time."""
        end = now() + limit
        while not await self.is_ready():
            if now() > end:
                self.violate("no recovery", f"not ready {limit} s after {self.windows[-1].fault}")
                return False
            await asyncio.sleep(0.05)
        return True

    # What it holds -----------------------------------------------------------------------------------------------

    async def watch(self):
        """Looks at the serving process every second."""
        connection, tokens, sessions = self.connection(0), 0, 0
        while not self.is_ending:
            await asyncio.sleep(1)
            process = self.serving
            if process is None:
                continue
            try:
                text = (await connection.call("GET", "/metrics")).raw.decode()
                tokens, sessions = (
                    int(float(re.search(rf'^aldrava_cache_entries{{cache="{name}"}} (\S+)', text, re.M).group(1)))
                    for name in ("tokens", "sessions"))
            except (Gone, AttributeError):
                pass
            try:
                sample = Sample(
                    now(), self.answers, anonymous_memory(process), len(os.listdir(f"/proc/{process}/fd")),
                    len(os.listdir(f"/proc/{process}/task")), tokens, sessions, self.is_calm())
                self.lives.setdefault(process, []).append(sample)
                self.parent_memory.append(anonymous_memory(self.server.process.pid))
            except (OSError, AttributeError):
                continue
        connection.close()

    # The folder --------------------------------------------------------------------------------------------------

    def start(self):
        self.server.data.mkdir(mode=0o700)
        if os.geteuid() == 0:
            done = subprocess.run(
                ["mount", "-t", "tmpfs", "-o", f"size={FOLDER_SIZE},mode=700", "aldrava-soak", self.server.data],
                capture_output=True)
            self.is_mounted = done.returncode == 0
        self.server.start()
        self.server.widen()
        self.server.make_admin(ADMINISTRATOR, PASSWORD)
        self.server.cli("user", "add", APPLICATION, f"{APPLICATION}@example.org", "--password-stdin", stdin=PASSWORD + "\n")
        self.server.cli("role", "create", "auditor")
        for resource, action in (("audit", "write"), ("application", "erp")):
            self.server.cli("permission", "create", resource, action)
            self.server.cli("grant", "permission", f"{resource}:{action}", "--user", APPLICATION)

    def log_lines(self, name):
        """Every line of a log, of the older files first. One that is being compressed is read from before that."""
        older = {}
        for file in sorted(self.server.data.glob(f"{name}.*")):
            if not file.name.endswith((".part", ".places")):
                older.setdefault(file.name.removesuffix(".gz"), file)
        for file in [*(older[key] for key in sorted(older)), self.server.data / name]:
            with (gzip.open if file.suffix == ".gz" else open)(file, "rb") as lines:
                yield from map(json.loads, lines)

    def keep(self, folder):
        """Copies everything a failed run left behind."""
        target = folder / self.backend
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(self.server.folder, target, ignore=lambda _, names: {"control.sock", "aldrava", "filler"} & set(names))

    def remove(self):
        if self.server.is_alive():
            self.server.kill()
        if self.is_mounted:
            subprocess.run(["umount", "--lazy", self.server.data], capture_output=True)
        self.server.remove()


class Certificates:
    """Two self-signed certificates that take turns; clients trust both."""

    def __init__(self):
        self.pairs, self.at = [], 0
        self.context = ssl.create_default_context()

    def put_into(self, folder):
        for number in (0, 1):
            certificate, key = folder / f"certificate{number}.pem", folder / f"key{number}.pem"
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                 "-subj", f"/CN=soak {number}", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
                check=True, capture_output=True)
            self.context.load_verify_locations(certificate)
            self.pairs.append((certificate.read_bytes(), key.read_bytes()))
        self.files = folder / "certificate.pem", folder / "key.pem"
        self.use(0)
        return ":".join(map(str, self.files))

    def use(self, number):
        self.at = number
        for file, content in zip(self.files, self.pairs[number]):
            file.touch(mode=0o600)
            file.write_bytes(content)

    @property
    def expected(self):
        """The certificate of the present pair in DER."""
        return ssl.PEM_cert_to_DER_cert(self.pairs[self.at][0].decode())


def clock():
    return time.strftime("%H:%M:%S", time.gmtime())
