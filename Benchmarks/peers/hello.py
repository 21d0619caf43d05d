"""The smallest server in Swift, which shows what the language costs by itself."""

import subprocess

from core import RESULTS
from peers.peer import Peer, run

SOURCE = __file__.removesuffix("py") + "swift"


class Hello(Peer):
    name = "static Swift hello-world"

    def prepare(self):
        RESULTS.mkdir(parents=True, exist_ok=True)
        self.program = RESULTS / "hello"
        subprocess.run(["swiftc", "-static-stdlib", "-O", SOURCE, "-o", self.program], check=True)

    def command(self):
        return [self.program, self.port], {}

    def fill(self):
        pass

    def installed(self):
        stripped = self.folder / "stripped"
        run(["strip", "-o", stripped, self.program])
        return [stripped]
