"""Requests that no database sees, beside servers that give the same bytes at once."""

import pathlib
import socket
import tempfile
import time

from core import (
    SERVER_PROCESSOR, Row, Server, compiled, end, free_port, on_processor, processor_seconds, start, wait_for_port, wrk)

PASSWORD = "correct horse battery staple"
NGINX = """
daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
    access_log {log}; keepalive_requests 100000000; default_type application/json; server_tokens off;
    client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
    uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
    server {{
        listen 127.0.0.1:{port} {listen};
        {more}
        location / {{ return 200 '{body}'; }}
    }}
}}
"""


class Nginx:
    """One worker that answers every path with the same body."""

    def __init__(self, body, more="", listen="", is_logging=False):
        self.folder = tempfile.TemporaryDirectory(prefix="aldrava-bench-")
        self.port = free_port()
        configuration = pathlib.Path(self.folder.name, "nginx.conf")
        log = f"{self.folder.name}/access.log combined buffer=64k flush=1s" if is_logging else "off"
        configuration.write_text(NGINX.format(
            folder=self.folder.name, port=self.port, body=body, more=more, listen=listen, log=log))
        self.process = start(["nginx", "-p", self.folder.name, "-c", configuration])
        wait_for_port(self.port, self.process)

    def close(self):
        end(self.process)
        self.folder.cleanup()


class Program:
    """A yardstick in C that listens on a port of its own."""

    def __init__(self, program, *arguments):
        self.port = free_port()
        self.process = start([program, self.port, *arguments])
        wait_for_port(self.port, self.process)

    def close(self):
        end(self.process)


class OnOneCore(Row):
    """Requests per second of the server's own processor time: what one core carries when it does nothing else.

    On a core that is busy all the time this is the rate itself. Where the load's core is the limit, the rate would say
    how quick the load is, which is the same for everybody.
    """

    unit = "requests/s on one core"

    def __init__(self, options):
        super().__init__(options)
        self.busy = {}

    def on_one_core(self, who, process, load):
        """`load` returns how many requests were answered in about `self.options.seconds`."""
        began, before = time.monotonic(), processor_seconds(process.pid)
        requests = load()
        used = processor_seconds(process.pid) - before
        self.busy.setdefault(who, []).append(used / (time.monotonic() - began))
        return requests / used

    def figures(self):
        figures = super().figures()
        shares = {who: sorted(values)[len(values) // 2] for who, values in self.busy.items()}
        note = "requests per second of the server's processor time; its core was busy for " + ", ".join(
            f"{share:.0%} ({who})" for who, share in shares.items())
        for figure in figures:
            figure.note = f"{note}; {self.note}" if self.note else note
        return figures


class Constant(OnOneCore):
    name = "health"
    what = "`GET /health`"
    yardsticks = {"nginx": 1.3, "libmicrohttpd": 0.95, "bare sockets": None}
    path = "/health"
    others = {}
    #: As nginx has none. Health checks are not in it anyway.
    environment = {"ALDRAVA_LOOPS": "1", "ALDRAVA_ACCESS_LOG": "off"}

    def open(self):
        self.server = Server("sqlite", **self.environment).start(prepare=on_processor(SERVER_PROCESSOR))
        self.headers = self.prepare()
        answer = self.server.call("GET", self.path, headers=self.headers)
        self.others = self.start_others(answer.raw.decode())

    def start_others(self, body):
        return {
            "nginx": Nginx(body),
            "libmicrohttpd": Program(compiled("microhttpd.c", "microhttpd"), "application/json", body),
            "bare sockets": Program(compiled("sockets.c"), self.whole_answer()),
        }

    def whole_answer(self):
        """The answer as it is on the wire."""
        with socket.create_connection(("127.0.0.1", self.server.port)) as client:
            client.sendall(f"GET {self.path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            text = b"".join(iter(lambda: client.recv(65_536), b""))
        return text.replace(b"Connection: close\r\n", b"").decode()

    def prepare(self):
        return {}

    def close(self):
        for other in self.others.values():
            other.close()
        self.server.remove()

    def measure(self, who):
        port = self.server.port if who == "aldrava" else self.others[who].port
        process = self.server.process if who == "aldrava" else self.others[who].process
        fields = [word for name, value in self.headers.items() for word in ("-H", f"{name}: {value}")]
        seconds = self.options.seconds
        return self.on_one_core(
            who, process, lambda: seconds * wrk(f"http://127.0.0.1:{port}{self.path}", seconds, *fields))


ROWS = [Constant]
