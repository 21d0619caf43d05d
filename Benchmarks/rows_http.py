"""Requests that no database sees, beside nginx with an answer of the same bytes."""

import pathlib
import tempfile

from core import (
    SERVER_PROCESSOR, Row, Server, end, free_port, on_processor, start, wait_for_port, wrk)

PASSWORD = "correct horse battery staple"
NGINX = """
daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
    access_log off; keepalive_requests 100000000; default_type application/json; server_tokens off;
    client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
    uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
    server {{
        listen 127.0.0.1:{port};
        {more}
        location / {{ return 200 '{body}'; }}
    }}
}}
"""


class Nginx:
    """One worker that answers every path with the same body."""

    def __init__(self, body, more=""):
        self.folder = tempfile.TemporaryDirectory(prefix="aldrava-bench-")
        self.port = free_port()
        configuration = pathlib.Path(self.folder.name, "nginx.conf")
        configuration.write_text(NGINX.format(folder=self.folder.name, port=self.port, body=body, more=more))
        self.process = start(["nginx", "-p", self.folder.name, "-c", configuration])
        wait_for_port(self.port, self.process)

    def close(self):
        end(self.process)
        self.folder.cleanup()


class Constant(Row):
    name = "health"
    what = "`GET /health`"
    yardsticks = {"nginx": 1.3}
    path = "/health"

    def open(self):
        self.server = Server("sqlite", ALDRAVA_LOOPS="1").start(prepare=on_processor(SERVER_PROCESSOR))
        self.headers = self.prepare()
        body = self.server.call("GET", self.path, headers=self.headers).raw.decode()
        self.nginx = Nginx(body)

    def prepare(self):
        return {}

    def close(self):
        self.nginx.close()
        self.server.remove()

    def measure(self, who):
        port = self.server.port if who == "aldrava" else self.nginx.port
        fields = [word for name, value in self.headers.items() for word in ("-H", f"{name}: {value}")]
        return wrk(f"http://127.0.0.1:{port}{self.path}", self.options.seconds, *fields)


ROWS = [Constant]
