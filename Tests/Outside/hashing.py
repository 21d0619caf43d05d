"""What hashing passwords takes from the machine, seen from outside: /proc of the running server."""

import pathlib
import re
import threading
import unittest

from harness import ServerTest, on_both_databases

PASSWORD = "correct horse battery staple"
LARGE_PAGES = pathlib.Path("/sys/kernel/mm/transparent_hugepage/enabled")


class Hashing(ServerTest):
    # A hash that takes long enough to be looked at.
    environment = {"ALDRAVA_ARGON2_MEMORY_KIB": "262144", "ALDRAVA_ARGON2_PASSES": "2"}

    def children(self):
        leader = self.server.process.pid
        return pathlib.Path(f"/proc/{leader}/task/{leader}/children").read_text().split()

    def test_the_memory_of_a_hash_comes_in_large_pages_and_is_given_back(self):
        if not LARGE_PAGES.exists() or "[never]" in LARGE_PAGES.read_text():
            self.skipTest("this kernel gives no large pages")
        self.server.register("ana", PASSWORD)
        [child] = self.children()

        def large():
            text = pathlib.Path(f"/proc/{child}/smaps_rollup").read_text()
            return int(re.search(r"^AnonHugePages:\s+(\d+) kB", text, re.M).group(1))

        most = 0
        # One look may miss it on a busy machine.
        for _ in range(20):
            signing_in = threading.Thread(target=self.server.login, args=("ana", PASSWORD))
            signing_in.start()
            while signing_in.is_alive():
                most = max(most, large())
            if most > 128 * 1024:
                break
        self.assertGreater(most, 128 * 1024)
        self.assertLess(large(), 16 * 1024)

    def test_hashing_lets_the_event_loops_go_first(self):
        [child] = self.children()
        nice = {}
        for task in pathlib.Path(f"/proc/{child}/task").iterdir():
            name, fields = re.fullmatch(r"\d+ \((.*)\) (.*)\n", (task / "stat").read_text()).groups()
            nice[name] = int(fields.split()[16])
        self.assertEqual(nice["hash"], min(nice["loop-0"] + 10, 19))


on_both_databases(globals(), Hashing)

if __name__ == "__main__":
    unittest.main()
