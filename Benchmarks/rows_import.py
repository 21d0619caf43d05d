"""Users of another system taken in from a file, without a server, which is how a whole population moves."""

import hashlib
import json
import pathlib
import subprocess
import tempfile
import time
import uuid

from core import BINARY, Figure, Row, Server, log

USERS = 1_000_000
#: Seconds, for all of them.
GOAL = 300


def write(path, count):
    """Rows of about 330 bytes, as an export of Supabase or Django gives them: each has a bcrypt hash of its own look."""
    alphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    with open(path, "w") as file:
        for number in range(count):
            digest = hashlib.sha512(str(number).encode()).digest()
            # The last character of salt and digest has bits that mean nothing, and must be zero.
            salt = "".join(alphabet[byte & 63] for byte in digest[:21]) + "u"
            rest = "".join(alphabet[byte & 63] for byte in digest[21:51]) + "u"
            file.write(json.dumps({
                "id": str(uuid.UUID(bytes=digest[:16], version=4)), "username": f"person{number}",
                "email": f"person{number}@example.org", "password_hash": f"$2b$10${salt}{rest}",
                "email_verified_at": "2024-05-06 07:08:09.123+00", "created_at": "2024-05-06 07:08:09.123+00",
                "user_metadata": {"name": f"Person {number}"}}) + "\n")


class Import(Row):
    name = "import"
    what = "`aldrava import`, a million users with their hashes, SQLite, no server"

    def open(self):
        self.folder = tempfile.TemporaryDirectory(prefix="aldrava-bench-")
        self.file = pathlib.Path(self.folder.name, "users.jsonl")
        log(f"writing {USERS} rows")
        write(self.file, USERS)

    def close(self):
        self.folder.cleanup()

    def seconds(self, server):
        start = time.monotonic()
        done = subprocess.run(
            [BINARY, "import", str(self.file), "--json"], env=server.environment, capture_output=True, text=True,
            cwd=server.folder)
        if done.returncode != 0:
            raise AssertionError(done.stdout[-500:] + done.stderr[-500:])
        return time.monotonic() - start, json.loads(done.stdout)["result"]

    def figures(self):
        server = Server("sqlite")
        try:
            server.start()
            server.stop()
            first, result = self.seconds(server)
            again, repeated = self.seconds(server)
        finally:
            server.remove()
        if result["created"] != USERS or repeated["unchanged"] != USERS:
            raise AssertionError(f"{result} {repeated}")
        return [
            Figure(
                what=self.what, unit="s", ours=first, goal=f"< {GOAL} s", met=first < GOAL,
                note=f"{USERS / first:.0f} users/s. The same file again, which changes nothing: {again:.0f} s."),
        ]


ROWS = [Import]
