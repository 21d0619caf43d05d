"""fastapi-users: a library, in the shape of its documentation's full example (``applications/fastapi_users_application.py``)."""

from peers.peer import APPLICATIONS, INSTALLED, PASSWORD, USERS, Peer, Request, packages, run

PYTHON = INSTALLED / "fastapi-users/bin/python"


class FastAPIUsers(Peer):
    name = "fastapi-users"
    installation = "fastapi-users"
    note = (
        "fastapi-users has no refresh. It runs under uvicorn with uvloop and httptools, without an access log; its "
        "tokens are not kept and cannot be revoked.")
    ready = "/openapi.json"

    def version(self):
        return run([PYTHON, "-c", "import fastapi_users; print(fastapi_users.__version__)"]).strip()

    def command(self):
        return [
            PYTHON, "-m", "uvicorn", "fastapi_users_application:app", "--app-dir", APPLICATIONS, "--host", "127.0.0.1",
            "--port", self.port, "--workers", "1", "--loop", "uvloop", "--http", "httptools", "--no-access-log",
        ], {"PEER_DATABASE": str(self.folder / "users.db")}

    def fill(self):
        for user in USERS:
            self.call(Request.json("POST", "/auth/register", {
                "email": f"{user}@example.org", "password": PASSWORD}), expect=(201,))
        self.token = self.call_json(self.login()[0])["access_token"]

    def me(self):
        return Request("GET", "/users/me", headers={"Authorization": f"Bearer {self.token}"})

    def login(self, cheap=False):
        secret = PASSWORD.replace(" ", "+")
        return [
            Request(
                "POST", "/auth/jwt/login", f"username={user}%40example.org&password={secret}",
                {"Content-Type": "application/x-www-form-urlencoded"})
            for user in USERS]

    def installed(self):
        return packages(PYTHON.parents[1])
