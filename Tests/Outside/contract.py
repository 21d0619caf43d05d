#!/usr/bin/env python3
"""schemathesis reads /openapi.json and sends what it allows, and what it does not: every answer is as described.

ALDRAVA_TEST_SECONDS asks for a long run with new inputs each time; without it the run is short and always the same.
"""

import json
import os
import pathlib
import re
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
# Where more is asked for than a schema can say.
PARTICULAR = [
    "^/api/auth/register$", "/auth/login$", "/auth/refresh$", "/audit/logs$", "/admin/api-keys", "^/api/system/realms",
    "/auth/verify$", "/auth/(register|change-email|delete-account)/", "/auth/(verify-email|reset-password|reactivate)$",
    "/auth/(change-password|change-email|forgot-password|deactivate|delete-account|my-data|consents|profile)$",
    "/api/(system/)?admin/", "/organisations", "/auth/invitations/", "/auth/check$", "/auth/break-glass$"]
# In the short run an administrator goes through everything, and a stranger asks each operation a few times; what the others
# are let do is in the short run what the matrix of routes and callers looks at.
FEW = [] if SECONDS else ["--phases", "examples,fuzzing"]
LONG = "runs where ALDRAVA_TEST_SECONDS gives it time"


class Contract(ServerTest):
    backend = "sqlite"
    # Long tokens and no limit per address: it is the answers that are looked at.
    environment = {"ALDRAVA_ACCESS_LIFETIME": "3600"}

    def run_tool(self, *options, share=1.0, keepers=None):
        long, short = ["--max-time", str(max(1, int(SECONDS * share)))], ["--seed", "20261121", "--max-examples", "3" if FEW and FEW[0] in options else "15"]
        amount = long if SECONDS else short
        done = subprocess.run(
            [TOOL, "run", f"{self.server.url}/openapi.json", "--continue-on-failure", "--no-color",
             "--generation-database", "none", *amount, *options],
            capture_output=True, text=True, timeout=SECONDS * share + 600, cwd=self.server.folder,
            env=os.environ | ({"SCHEMATHESIS_HOOKS": "contract_hooks", "CONTRACT_KEEPERS": json.dumps(keepers),
                               "PYTHONPATH": str(pathlib.Path(__file__).resolve().parent)}
                              if keepers else {}))
        self.assertEqual(done.returncode, 0, done.stdout[-30000:] + done.stderr[-2000:])
        self.assertRegex(done.stdout, r"\b[1-9]\d* generated")
        self.assertTrue(self.server.is_alive())
        return done.stdout

    def setUp(self):
        # What is too large is refused for that, whatever else is right or wrong with it: a body with 413, a query that
        # makes the request line longer than 8 KiB with 414, fields with 431.
        # What JSON Schema cannot say (that a password is a common one, that a name has an invisible character, that
        # `after` goes with one order only) refuses what the schema lets pass; the answer must still be as described.
        # A path that another one's parameter fits too (`/users/bulk`, `/users/{id}`) has that one's methods in `Allow` besides,
        # which the tool takes for a mistake: so that field is not compared.
        (self.server.folder / "schemathesis.toml").write_text(f"""
[checks]
allow_header_conformance.enabled = false
negative_data_rejection.expected-statuses = {[*REFUSED, *TOO_LARGE]}
positive_data_acceptance.expected-statuses = {[*ACCEPTED, *TOO_LARGE]}
# Of several that fit, the first counts. The names of these two fit `/users/(id)` too, and are asked as that where the method is
# that one's. Each of many items is judged by itself, and the answer says of each what was wrong with it.
[[operations]]
include-path-regex = "/admin/users/bulk$"
checks.unsupported_method.enabled = false
checks.negative_data_rejection.enabled = false
checks.positive_data_acceptance.expected-statuses = {[*ACCEPTED, "400", *TOO_LARGE]}
[[operations]]
include-path-regex = "/admin/users/export$"
checks.unsupported_method.enabled = false
checks.positive_data_acceptance.expected-statuses = {[*ACCEPTED, "400", *TOO_LARGE]}
[[operations]]
include-path-regex = "{'|'.join(PARTICULAR)}"
checks.positive_data_acceptance.expected-statuses = {[*ACCEPTED, "400", "410", "412", "422", *TOO_LARGE]}
""")

    def test_as_a_stranger(self):
        self.run_tool(*FEW, share=0.2)

    def test_as_an_administrator(self):
        self.run_tool_as_keepers("default", "/api", "^/api/(?!system)", share=0.3)

    @unittest.skipUnless(SECONDS, LONG)
    def test_as_an_operator(self):
        self.run_tool_as_keepers("system", "/api/system", "^/api/system", *FEW, share=0.2)

    @unittest.skipUnless(SECONDS, LONG)
    def test_as_a_plain_user(self):
        self.run_tool_as(self.server.register("rosalind", PASSWORD).json["token"], *FEW, share=0.2)

    @unittest.skipUnless(SECONDS, LONG)
    def test_as_the_administrator_of_another_realm(self):
        self.server.cli("realm", "create", "keepers")
        self.run_tool_as_keepers(
            "keepers", "/realms/keepers/api", "^/api/(auth|admin|audit)", "--url", f"{self.server.url}/realms/keepers",
            *FEW, share=0.2)

    def run_tool_as_keepers(self, realm, prefix, paths, *options, share):
        """As administrators of a realm, one after the other; most of what they ask has to be let in."""
        names = [f"keeper{number}" for number in range(12)]
        for name in names:
            self.server.cli("admin", "create", name, f"{name}@example.com", "--realm", realm, stdin=PASSWORD + "\n")
        path = "/api/system/admin" if realm == "system" else "/api/admin"
        said = self.run_tool_as(
            None, "--include-path-regex", paths, *options, share=share,
            keepers={"url": self.server.url + prefix, "path": path, "names": names, "password": PASSWORD})
        refused = re.search(r"(\d+) operations returned only 401/403", said)
        self.assertLess(int(refused[1]) if refused else 0, 20, said[-6000:])

    def run_tool_as(self, token, *options, share, keepers=None):
        # Signing out, here or everywhere, or ending the account would make all that follows a stranger's. A stream has no end that the tool could wait for;
        # as a stranger it asks for those as well.
        left_out = [
            "/api/auth/logout", "/api/auth/logout-all", "/api/auth/deactivate", "/api/auth/delete-account",
            "/api/auth/change-password", "/api/auth/change-email", *self.streams()]
        if keepers:
            # A realm whose settings are drawn at random lets nobody sign in before long; see test_the_settings_at_last.
            left_out.append("/api/admin/settings")
            left_out += [path.replace("/api/auth", "/api/system/auth", 1) for path in left_out if "/auth/" in path]
            left_out.append("/api/system/admin/settings")
        return self.run_tool(
            *(["--header", f"Authorization: Bearer {token}"] if token else []),
            *(word for path in left_out for word in ("--exclude-path", path)), *options, share=share, keepers=keepers)

    def streams(self):
        for path, item in self.server.call("GET", "/openapi.json").json["paths"].items():
            if any("text/event-stream" in one.get("content", {})
                   for operation in item.values() for one in operation["responses"].values()):
                yield path

    def test_the_settings_at_last(self):
        """Nobody can sign up after it, with settings that were drawn at random."""
        token = self.server.make_admin("setter", PASSWORD)
        self.run_tool("--header", f"Authorization: Bearer {token}", "--include-path", "/api/admin/settings", share=0.1)

    def test_signing_out(self):
        token = self.server.register("quentin", PASSWORD).json["token"]
        self.run_tool("--header", f"Authorization: Bearer {token}", "--include-path", "/api/auth/logout", share=0.1)


if __name__ == "__main__":
    unittest.main()
