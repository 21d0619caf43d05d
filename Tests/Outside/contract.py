#!/usr/bin/env python3
"""schemathesis reads /openapi.json and sends what it allows, and what it does not: every answer is as described.

ALDRAVA_TEST_SECONDS asks for a long run with new inputs each time; without it the run is short and always the same.
"""

import os
import pathlib
import subprocess
import sys
import unittest

from harness import ServerTest

SECONDS = int(os.environ.get("ALDRAVA_TEST_SECONDS", "0"))
TOOL = pathlib.Path(sys.executable).with_name("schemathesis")
PASSWORD = "a long first password"
# What the tool expects by itself.
REFUSED = ["400", "401", "403", "404", "405", "406", "409", "415", "422", "428", "429", "5xx"]
ACCEPTED = ["2xx", "3xx", "401", "403", "404", "409", "429", "5xx"]
TOO_LARGE = ["413", "414", "431"]


class Contract(ServerTest):
    backend = "sqlite"
    # Cheap hashes, long tokens and no limit per address: it is the answers that are looked at.
    environment = {"ALDRAVA_ARGON2_MEMORY_KIB": "8192", "ALDRAVA_ACCESS_LIFETIME": "3600"}

    def run_tool(self, *options, share=1.0):
        long, short = ["--max-time", str(max(1, int(SECONDS * share)))], ["--seed", "20261121", "--max-examples", "60"]
        amount = long if SECONDS else short
        done = subprocess.run(
            [TOOL, "run", f"{self.server.url}/openapi.json", "--checks", "all", "--continue-on-failure", "--no-color",
             "--generation-database", "none", *amount, *options],
            capture_output=True, text=True, timeout=SECONDS * share + 120, cwd=self.server.folder)
        self.assertEqual(done.returncode, 0, done.stdout[-8000:] + done.stderr[-2000:])
        self.assertRegex(done.stdout, r"\b[1-9]\d* generated")
        self.assertTrue(self.server.is_alive())

    def setUp(self):
        # What is too large is refused for that, whatever else is right or wrong with it: a body with 413, a query that
        # makes the request line longer than 8 KiB with 414, fields with 431.
        # What JSON Schema cannot say (that a password is a common one, that a name has an invisible character, that
        # `after` goes with one order only) refuses what the schema lets pass; the answer must still be as described.
        (self.server.folder / "schemathesis.toml").write_text(f"""
[checks]
negative_data_rejection.expected-statuses = {[*REFUSED, *TOO_LARGE]}
positive_data_acceptance.expected-statuses = {[*ACCEPTED, *TOO_LARGE]}
[[operations]]
include-path = "/api/auth/register"
checks.positive_data_acceptance.expected-statuses = {[*ACCEPTED, "400", *TOO_LARGE]}
[[operations]]
include-path = "/api/audit/logs"
checks.positive_data_acceptance.expected-statuses = {[*ACCEPTED, "400", *TOO_LARGE]}
""")

    def test_as_a_stranger(self):
        self.run_tool(share=0.4)

    def test_as_an_administrator(self):
        token = self.server.make_admin(password=PASSWORD)
        # Signing out would make all that follows a stranger's. A stream has no end that the tool could wait for;
        # as a stranger it asks for those as well.
        left_out = ["/api/auth/logout", *self.streams()]
        self.run_tool("--header", f"Authorization: Bearer {token}",
                      *(word for path in left_out for word in ("--exclude-path", path)), share=0.5)

    def streams(self):
        for path, item in self.server.call("GET", "/openapi.json").json["paths"].items():
            if any("text/event-stream" in one.get("content", {})
                   for operation in item.values() for one in operation["responses"].values()):
                yield path

    def test_signing_out(self):
        token = self.server.register("quentin", PASSWORD).json["token"]
        self.run_tool("--header", f"Authorization: Bearer {token}", "--include-path", "/api/auth/logout", share=0.1)


if __name__ == "__main__":
    unittest.main()
