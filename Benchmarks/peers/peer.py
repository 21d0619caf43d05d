"""What a server of the kind must be able to do to be measured beside the others."""

import dataclasses
import http.client
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import time

from core import LOAD_PROCESSOR, ROOT, SERVER_PROCESSOR, end, free_port, memory, run_on, wait_for_port

#: Where `Scripts/install bench` puts what only the comparison needs: a folder for each peer.
INSTALLED = ROOT / ".build/peers"
#: What the peers that are libraries are measured in; run by their own Python, not by that of the benchmarks.
APPLICATIONS = pathlib.Path(__file__).resolve().parent / "applications"
PASSWORD = "correct horse battery staple"
#: Sign-ins go through these in turn, so that no peer is slowed by one row that all of them write.
USERS = [f"user{number}" for number in range(16)]
#: The cost that sign-ins are compared at, which is the server's own: Argon2id with 19 MiB, two passes, one lane.
ARGON2 = {"memory_cost": 19_456, "time_cost": 2, "parallelism": 1}


@dataclasses.dataclass
class Request:
    """A request as it is sent; in `target`, `headers` and `body` the word TOKEN stands for the client's token."""

    method: str
    target: str
    body: str = ""
    headers: dict = dataclasses.field(default_factory=dict)

    @staticmethod
    def json(method, target, content, **headers):
        return Request(method, target, json.dumps(content), {"Content-Type": "application/json"} | headers)


@dataclasses.dataclass
class Refresh:
    """How a session is renewed: the request, the token each client begins with, and where its next one stands."""

    request: Request
    tokens: list
    #: A Lua pattern that captures the next token; empty where the token stays.
    next_token: str = ""


class Peer:
    """One server with a folder and a port of its own, configured as its documentation says for production."""

    name = ""
    #: How its password hash and its sessions differ from ours, for the notes.
    note = ""
    #: How many times cheaper the hash of ``login(cheap=True)`` is; `None` where the hash is Argon2id as ours.
    hash_ratio = None
    #: Where `Scripts/install bench` put it, below ``INSTALLED``; empty where there is nothing to install.
    installation = ""
    #: Answers 200 as soon as the server is at work.
    ready = "/"

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="aldrava-peer-"))
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None

    # What each peer says ---------------------------------------------------------------------------------------

    def version(self):
        raise NotImplementedError

    def command(self):
        """The command that starts it, and the variables it needs."""
        raise NotImplementedError

    def prepare(self):
        """Everything before the first start."""

    def fill(self):
        """Makes ``USERS`` and keeps what the requests need."""
        raise NotImplementedError

    def me(self):
        """Who a token belongs to."""
        raise NotImplementedError

    def login(self, cheap=False):
        """A sign-in for each of ``USERS``."""
        raise NotImplementedError

    def refresh(self, clients):
        """`None` where there is no such thing."""
        return None

    def installed(self):
        """The files and folders that have to be on a machine to run it, without the system's C library."""
        raise NotImplementedError

    # What is the same for all ----------------------------------------------------------------------------------

    def open(self):
        if self.installation and not (INSTALLED / self.installation / "wanted").exists():
            log = INSTALLED / f"{self.installation}.log"
            lines = log.read_text().strip().splitlines() if log.exists() else []
            raise AssertionError(lines[-1] if lines else "it is not installed: Scripts/install bench")
        self.prepare()
        self.start()
        self.fill()

    def start(self):
        """Seconds until the first 200, the making of the process included."""
        command, more = self.command()
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LANG": "C.UTF-8"} | more
        with open(self.folder / "output.txt", "ab") as output:
            # The child inherits the processor; a function between fork and exec would count as its start.
            os.sched_setaffinity(0, {SERVER_PROCESSOR})
            began = time.perf_counter()
            self.process = subprocess.Popen(
                [str(word) for word in command], env=environment, cwd=self.folder, stdin=subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
            os.sched_setaffinity(0, {LOAD_PROCESSOR})
        deadline = began + 60
        while not self._answers():
            if self.process.poll() is not None or time.perf_counter() > deadline:
                raise AssertionError(f"{self.name} does not answer: {self.printed()}")
            time.sleep(0.0005)
        return time.perf_counter() - began

    def _answers(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
                connection.sendall(
                    f"GET {self.ready} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nConnection: close\r\n\r\n".encode())
                return re.match(rb"HTTP/1\.[01] 200", connection.recv(4096)) is not None
        except OSError:
            return False

    def stop(self):
        """As a service manager does, and then whatever is left of it."""
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                pass
            end(self.process)
            self.process = None

    def close(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def printed(self):
        file = self.folder / "output.txt"
        return file.read_text(errors="replace")[-2000:] if file.exists() else ""

    def memory(self):
        return memory(self.process.pid)

    def call(self, request, token="", expect=(200,)):
        """One request on a connection of its own; the answer's fields and text."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            headers = {name: value.replace("TOKEN", token) for name, value in request.headers.items()}
            connection.request(
                request.method, request.target, request.body.replace("TOKEN", token) or None, headers)
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        if response.status not in expect:
            raise AssertionError(f"{self.name}: {request.method} {request.target}: {response.status} {text[:500]}")
        return response.headers, text

    def call_json(self, request, token="", expect=(200,)):
        return json.loads(self.call(request, token, expect)[1])

    def disk(self):
        """In bytes, hard links and symbolic ones counted once."""
        files = {}
        for root in self.installed():
            root = pathlib.Path(root)
            for file in root.rglob("*") if root.is_dir() else [root]:
                if file.is_file() and "__pycache__" not in file.parts:
                    files[file.stat().st_dev, file.stat().st_ino] = file.stat().st_size
        return sum(files.values())


def run(command, **options):
    """What a command of a peer's preparation printed."""
    return run_on(LOAD_PROCESSOR, command, **options)


def libraries(*programs):
    """The shared libraries these are linked with, without the system's C library."""
    found = set()
    for program in programs:
        for line in run(["ldd", program]).splitlines():
            match = re.search(r"=> (/\S+)", line)
            if match and not re.match(r"(libc|libm|libdl|libpthread|librt|libresolv|libgcc_s)\.so", match[1].split("/")[-1]):
                found.add(os.path.realpath(match[1]))
    return sorted(found)


def packages(environment):
    """What a Python environment has beyond Python itself."""
    folder = next((environment / "lib").glob("python3*/site-packages"))
    return [entry for entry in folder.iterdir() if not re.match(r"(pip|setuptools|wheel)\b|_distutils|distutils", entry.name)]
