"""PocketBase: one program in Go with SQLite inside. Its passwords are bcrypt; its tokens are not kept."""

from peers.peer import INSTALLED, PASSWORD, USERS, Peer, Refresh, Request, run

PROGRAM = INSTALLED / "pocketbase/bin/pocketbase"
ADMIN = {"identity": "root@example.org", "password": PASSWORD}


class PocketBase(Peer):
    name = "PocketBase"
    installation = "pocketbase"
    note = (
        "PocketBase: who-am-I is the user's own record; a refresh signs another token and writes nothing, and neither "
        "can be revoked one by one.")
    hash_ratio = 2 ** (10 - 4)  # bcrypt's cost is the exponent
    ready = "/api/health"

    def version(self):
        return run([PROGRAM, "--version"]).split()[-1]

    def prepare(self):
        run([PROGRAM, "superuser", "upsert", *ADMIN.values(), "--dir", self.folder / "data"])

    def command(self):
        return [PROGRAM, "serve", "--http", f"127.0.0.1:{self.port}", "--dir", self.folder / "data"], {}

    def fill(self):
        token = self.call_json(Request.json(
            "POST", "/api/collections/_superusers/auth-with-password", ADMIN))["token"]
        administrator = {"Authorization": token}
        # The cost of the collection "users" is the default, 10; "cheap" is the same but for the cheapest there is.
        users = self.call_json(Request("GET", "/api/collections/users", headers=administrator))
        fields = [
            {"name": "password", "type": "password", "cost": 4, "required": True, "hidden": True, "system": True}
            if field["name"] == "password" else {key: value for key, value in field.items() if key != "id"}
            for field in users["fields"]]
        self.call(Request.json("POST", "/api/collections", {
            "name": "cheap", "type": "auth", "fields": fields, "passwordAuth": users["passwordAuth"]}, **administrator))
        for collection in ("users", "cheap"):
            for user in USERS:
                self.call(Request.json("POST", f"/api/collections/{collection}/records", {
                    "email": f"{user}@example.org", "password": PASSWORD, "passwordConfirm": PASSWORD,
                    "verified": True}, **administrator))
        self.signed_in = self.call_json(self.login()[0])

    def me(self):
        return Request(
            "GET", f"/api/collections/users/records/{self.signed_in['record']['id']}",
            headers={"Authorization": self.signed_in["token"]})

    def login(self, cheap=False):
        collection = "cheap" if cheap else "users"
        return [
            Request.json("POST", f"/api/collections/{collection}/auth-with-password", {
                "identity": f"{user}@example.org", "password": PASSWORD})
            for user in USERS]

    def refresh(self, clients):
        logins = self.login()
        tokens = [self.call_json(login)["token"] for login in logins]
        return Refresh(
            Request("POST", "/api/collections/users/auth-refresh", headers={"Authorization": "TOKEN"}),
            [tokens[number % len(tokens)] for number in range(clients)], '"token": ?"([^"]+)"')

    def installed(self):
        return [PROGRAM]
