"""nginx and Caddy with the configurations of docs/forward-auth: only names, ports and paths are replaced."""

import os
import re
import shutil
import socket
import subprocess
import time

from harness import ROOT

NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log notice; {user}
events {{ worker_connections 256; }}
http {{
    access_log off; client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
    uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
    {documented}
}}
"""
CADDY = """
{{
    admin off
    auto_https disable_redirects
    skip_install_trust
    storage file_system {folder}/storage
    default_bind 127.0.0.1
    log {{
        output file {folder}/error.log
    }}
}}
{documented}
"""


class Proxy:
    """A documented configuration at work."""

    def __init__(self, kind, setup, folder, port, aldrava, application):
        self.folder, self.port = folder, port
        name = {"nginx": f"nginx-{setup}-host.conf", "caddy": f"Caddyfile-{setup}-host"}[kind]
        documented = (ROOT / "docs/forward-auth" / name).read_text()
        documented = re.sub(r"^\s*#.*\n", "", documented, flags=re.MULTILINE)
        for old, new in (("127.0.0.1:8005", f"127.0.0.1:{aldrava}"), ("127.0.0.1:8000", f"127.0.0.1:{application}"),
                         ("/etc/ssl/", f"{folder}/")):
            assert old in documented, old
            documented = documented.replace(old, new)
        if kind == "nginx":
            documented = re.sub(r"\blisten 443\b", f"listen 127.0.0.1:{port}", documented)
            documented = re.sub(r"(Host +)id\.example\.com;", rf"\1id.example.com:{port};", documented)
            user = "user root;" if os.geteuid() == 0 else ""
            # Debian keeps it where only root looks.
            program = shutil.which("nginx") or "/usr/sbin/nginx"
            text, command = NGINX, [program, "-p", folder, "-c", f"{folder}/proxy.conf"]
        else:
            documented = re.sub(r"(?<!/)\b((?:app|id)\.example\.\w+)\b(?!\.)", rf"\1:{port}", documented)
            documented = re.sub(r"^:443\b", f":{port}", documented, flags=re.MULTILINE)
            user = ""
            text, command = CADDY, ["caddy", "run", "--adapter", "caddyfile", "--config", f"{folder}/proxy.conf"]
        assert not re.search(r"\b443\b", documented), documented
        with open(f"{folder}/proxy.conf", "w") as file:
            file.write(text.format(folder=folder, documented=documented, user=user))
        home = {"HOME": folder, "XDG_DATA_HOME": folder, "XDG_CONFIG_HOME": folder}
        self.output = open(f"{folder}/output.txt", "wb")
        self.process = subprocess.Popen(
            command, cwd=folder, env=os.environ | home, stdin=subprocess.DEVNULL, stdout=self.output,
            stderr=self.output)
        deadline = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError(f"{kind} does not start: {self.printed()}") from None
                time.sleep(0.02)

    def printed(self):
        with open(f"{self.folder}/output.txt", errors="replace") as file:
            return file.read()[-3000:]

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.output.close()
