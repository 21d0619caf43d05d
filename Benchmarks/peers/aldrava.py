"""The server itself, asked in the same way as its peers."""

import core
from peers.peer import PASSWORD, USERS, Peer, Refresh, Request, libraries, run


class Aldrava(Peer):
    name = "Aldrava"
    ready = "/health"

    def version(self):
        return run([core.BINARY, "--version"]).split()[-1]

    def command(self):
        return [core.BINARY, "serve"], {
            "ALDRAVA_LISTEN": f"127.0.0.1:{self.port}", "ALDRAVA_PUBLIC_URL": self.url,
            "ALDRAVA_DATA": str(self.folder / "data"), "ALDRAVA_LOOPS": "1"}

    def fill(self):
        for user in USERS:
            self.call(Request.json("POST", "/api/auth/register", {
                "username": user, "email": f"{user}@example.org", "password": PASSWORD}), expect=(200, 201))
        self.token = self._tokens(0)["token"]

    def _tokens(self, number):
        return self.call_json(self.login()[number % len(USERS)])

    def me(self):
        return Request("GET", "/api/auth/me", headers={"Authorization": f"Bearer {self.token}"})

    def login(self, cheap=False):
        return [
            Request.json("POST", "/api/auth/login", {"username_or_email": user, "password": PASSWORD})
            for user in USERS]

    def refresh(self, clients):
        return Refresh(
            Request.json("POST", "/api/auth/refresh", {"refresh_token": "TOKEN"}),
            [self._tokens(number)["refresh_token"] for number in range(clients)], '"refresh_token": ?"([^"]+)"')

    def installed(self):
        stripped = self.folder / "stripped"
        if not stripped.exists():
            run(["strip", "-o", stripped, core.BINARY])
        return [stripped, *libraries(core.BINARY)]
