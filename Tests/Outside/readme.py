#!/usr/bin/env python3
"""The README's console lines answer as the README shows: same members, same words, other ids, tokens and times."""

import re
import subprocess
import unittest

from harness import ROOT, SHIPPED_HASHES, ServerTest, on_both_databases

MASKS = [
    (r'"(token|refresh_token)":"[^"]*"', r'"\1":"…"'),
    (r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", "<id>"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "<time>"),
]


def exchanges(text):
    """Pairs of a command and what the README shows for it."""
    for block in re.findall(r"```console\n(.*?)```", text, re.S):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, _, shown = part.partition("\n")
            yield command, shown.strip()


def masked(text):
    for pattern, replacement in MASKS:
        text = re.sub(pattern, replacement, text)
    return text.strip()


class Readme(ServerTest):
    environment = SHIPPED_HASHES

    def test_every_line_answers_as_shown(self):
        pairs = list(exchanges((ROOT / "README.md").read_text()))
        self.assertGreater(len(pairs), 5)
        end = "echo; echo ---end---\n"
        script = "".join(command.replace("127.0.0.1:8005", f"127.0.0.1:{self.server.port}") + "\n" + end
                         for command, _ in pairs)
        done = subprocess.run(
            ["bash", "-eu"], input=script, capture_output=True, text=True, timeout=60, cwd=self.server.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        answers = done.stdout.split("---end---\n")
        for (command, shown), answer in zip(pairs, answers):
            with self.subTest(command):
                self.assertEqual(masked(answer), masked(shown))


on_both_databases(globals(), Readme)

if __name__ == "__main__":
    unittest.main()
