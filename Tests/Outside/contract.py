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


class Contract(ServerTest):
    backend = "sqlite"
    # Cheap hashes, long tokens and no limit per address: it is the answers that are looked at.
    environment = {"ALDRAVA_ARGON2_MEMORY_KIB": "8192", "ALDRAVA_ACCESS_LIFETIME": "3600"}

    def run_tool(self, *options, share=1.0):
        amount = ["--max-time", str(max(1, int(SECONDS * share)))] if SECONDS else ["--seed", "20261121", "--max-examples", "60"]
        done = subprocess.run(
            [TOOL, "run", f"{self.server.url}/openapi.json", "--checks", "all", "--continue-on-failure", "--no-color",
             "--generation-database", "none", *amount, *options],
            capture_output=True, text=True, timeout=SECONDS * share + 120, cwd=self.server.folder)
        self.assertEqual(done.returncode, 0, done.stdout[-8000:] + done.stderr[-2000:])
        self.assertNotIn("0 generated", done.stdout)
        self.assertTrue(self.server.is_alive())

    def setUp(self):
        # What JSON Schema cannot say (that a password is a common one, that a name has an invisible character)
        # refuses what the schema lets pass; the answer must still be as described.
        (self.server.folder / "schemathesis.toml").write_text(
            '[[operations]]\ninclude-path = "/api/auth/register"\n'
            'checks.positive_data_acceptance.expected-statuses = ["2xx", "400", "409", "503"]\n')

    def test_as_a_stranger(self):
        self.run_tool(share=0.4)

    def test_as_an_administrator(self):
        token = self.server.make_admin(password=PASSWORD)
        # Signing out would make all that follows a stranger's.
        self.run_tool("--header", f"Authorization: Bearer {token}", "--exclude-path", "/api/auth/logout", share=0.5)

    def test_signing_out(self):
        token = self.server.register("quentin", PASSWORD).json["token"]
        self.run_tool("--header", f"Authorization: Bearer {token}", "--include-path", "/api/auth/logout", share=0.1)


if __name__ == "__main__":
    unittest.main()
