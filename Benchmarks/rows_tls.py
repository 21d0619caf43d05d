"""TLS 1.3, beside nginx with the same certificate, group and cipher: new connections, and requests over kept ones."""

import pathlib
import tempfile

from core import LOAD_PROCESSOR, SERVER_PROCESSOR, Server, compiled, free_port, on_processor, run_on, wrk
from rows_http import Constant, Nginx, OnOneCore, PASSWORD

#: What Aldrava prefers anyway; both send two tickets, as OpenSSL does unless it is told otherwise.
NGINX_TLS = """
        ssl_certificate {certificate}; ssl_certificate_key {key}; ssl_protocols TLSv1.3; ssl_ecdh_curve X25519;
        ssl_prefer_server_ciphers on; ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256; ssl_session_cache none;
"""


class TLSRow(OnOneCore):
    path = "/health"
    yardsticks = {"nginx": 0.9}

    def open(self):
        self.folder = tempfile.TemporaryDirectory(prefix="aldrava-bench-")
        certificate, key = (pathlib.Path(self.folder.name, name) for name in ("certificate.pem", "key.pem"))
        run_on(LOAD_PROCESSOR, [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key,
            "-out", certificate])
        key.chmod(0o600)
        self.port = free_port()
        self.server = Server(
            "sqlite", **Constant.environment, ALDRAVA_TLS_LISTEN=f"127.0.0.1:{self.port}",
            ALDRAVA_TLS_CERTIFICATES=f"{certificate}:{key}"
        ).start(prepare=on_processor(SERVER_PROCESSOR))
        self.headers = self.prepare()
        body = self.server.call("GET", self.path, headers=self.headers).raw.decode()
        self.nginx = Nginx(body, NGINX_TLS.format(certificate=certificate, key=key), listen="ssl")

    def prepare(self):
        return {}

    def close(self):
        self.nginx.close()
        self.server.remove()
        self.folder.cleanup()

    def measure(self, who):
        port, process = (
            (self.port, self.server.process) if who == "aldrava" else (self.nginx.port, self.nginx.process))
        return self.on_one_core(who, process, lambda: self.load(port))


class Handshakes(TLSRow):
    name = "tls-handshakes"
    what = "full TLS 1.3 handshakes, each with one request"
    unit = "handshakes/s on one core"
    clients = 16

    def open(self):
        self.program = compiled("handshakes.c", "ssl", "crypto", "pthread")
        super().open()

    def load(self, port):
        return int(run_on(LOAD_PROCESSOR, [self.program, port, self.options.seconds, self.clients]))


class MeOverTLS(TLSRow):
    name = "tls-me"
    what = "`GET /api/auth/me` over kept TLS connections"
    path = "/api/auth/me"

    def prepare(self):
        token = self.server.register("ana", PASSWORD).json["token"]
        return {"Authorization": f"Bearer {token}"}

    def load(self, port):
        seconds = self.options.seconds
        fields = [word for name, value in self.headers.items() for word in ("-H", f"{name}: {value}")]
        return seconds * wrk(f"https://127.0.0.1:{port}{self.path}", seconds, *fields)


ROWS = [Handshakes, MeOverTLS]
