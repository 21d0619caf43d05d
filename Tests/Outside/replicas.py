"""A PostgreSQL primary and its synchronous standby, for tests that lose the primary."""

import glob
import os
import pathlib
import pwd
import secrets
import shutil
import subprocess
import tempfile
import time

from harness import free_port


class Replicas:
    """Two servers of which the second takes over; a commit is acknowledged once both have it."""

    def __init__(self):
        self.binaries = pathlib.Path(sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1])
        # PostgreSQL refuses to run as root. In /tmp, because a Unix socket's path is short.
        self.owner = pwd.getpwnam("postgres") if os.getuid() == 0 else None
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="aldrava-replicas-"))
        self.password = secrets.token_hex(16)
        self.ports = [free_port(), free_port()]
        (self.folder / "password").write_text(self.password + "\n")
        if self.owner:
            for path in (self.folder, self.folder / "password"):
                os.chown(path, self.owner.pw_uid, self.owner.pw_gid)

    @property
    def url(self):
        """Of both, as libpq takes several hosts; which of them takes changes is found out by connecting."""
        hosts = ",".join(f"127.0.0.1:{port}" for port in self.ports)
        return f"postgres://aldrava:{self.password}@{hosts}/postgres"

    def url_of(self, number):
        return f"postgres://aldrava:{self.password}@127.0.0.1:{self.ports[number]}/postgres"

    def data(self, number):
        return self.folder / f"data{number}"

    def start(self):
        self._run("initdb", "--pgdata", self.data(0), "--username=aldrava", f"--pwfile={self.folder}/password",
                  "--auth=scram-sha-256", "--encoding=UTF8", "--wal-segsize=1", "--no-instructions")
        self._configure(0, "shared_buffers = 32MB", "listen_addresses = '127.0.0.1'",
                        f"unix_socket_directories = '{self.folder}'", "max_connections = 100")
        self._control(0, "start")
        self.copy()
        return self

    def copy(self):
        """Makes the standby from the primary, and waits for it before anything is acknowledged."""
        shutil.rmtree(self.data(1), ignore_errors=True)
        self._run("pg_basebackup", "--pgdata", self.data(1), "--dbname", self.url_of(0), "--write-recovery-conf",
                  "--checkpoint=fast")
        self._control(1, "start")
        # Of the primary only: the standby, once promoted, would wait for itself.
        self._configure(0, "synchronous_standby_names = '*'")
        self._control(0, "reload")
        deadline = time.monotonic() + 20
        while self.ask(0, "SELECT sync_state FROM pg_stat_replication") != "sync":
            if time.monotonic() > deadline:
                raise AssertionError("the standby does not follow")
            time.sleep(0.05)

    def ask(self, number, sql):
        done = subprocess.run(["psql", "-qXAt", self.url_of(number), "-c", sql], capture_output=True, text=True)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        return done.stdout.strip()

    def lose_primary(self):
        """As when its machine lost power: kill -9 of all its processes."""
        leader = int((self.data(0) / "postmaster.pid").read_text().split()[0])
        members = pathlib.Path(f"/proc/{leader}/task/{leader}/children").read_text().split()
        for process in [leader, *map(int, members)]:
            try:
                os.kill(process, 9)
            except ProcessLookupError:
                pass

    def promote(self):
        self._control(1, "promote")

    def remove(self):
        for number in (0, 1):
            try:
                self._control(number, "stop", "--mode=immediate")
            except (AssertionError, subprocess.TimeoutExpired):
                pass
        shutil.rmtree(self.folder, ignore_errors=True)

    def _configure(self, number, *lines):
        with open(self.data(number) / "postgresql.auto.conf", "a") as file:
            file.writelines(line + "\n" for line in lines)

    def _control(self, number, word, *options):
        self._run("pg_ctl", word, "--pgdata", self.data(number), "--silent", *([] if word == "reload" else ["--wait"]),
                  *options, *(["--log", self.folder / f"log{number}", "--options", f"-p {self.ports[number]}"]
                              if word == "start" else []))

    def _run(self, program, *arguments):
        options = {"user": self.owner.pw_uid, "group": self.owner.pw_gid, "extra_groups": []} if self.owner else {}
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")} | {"LC_ALL": "C.UTF-8"}
        with open(self.folder / "output.txt", "ab+") as output:
            done = subprocess.run(
                [str(self.binaries / program), *map(str, arguments)], cwd=self.folder, env=environment, timeout=60,
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, **options)
        if done.returncode != 0:
            raise AssertionError(f"{program} ended with {done.returncode}: {(self.folder / 'output.txt').read_text()[-2000:]}")
