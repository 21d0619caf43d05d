"""Several servers on one PostgreSQL, as one starts them and asks them."""

import http.client
import json
import socket
import time
import urllib.parse

from harness import CHEAP_HASHES, Server

ME = "/api/auth/me"
#: What is promised, in seconds.
LEASE = 0.5


class Node(Server):
    """One of several servers; all have the same public URL, so that a proxy could choose any."""

    def __init__(self, name, database, first=None):
        environment = CHEAP_HASHES | {"ALDRAVA_DATABASE": database, "ALDRAVA_NODE": name}
        if first:
            environment |= {
                "ALDRAVA_PUBLIC_URL": first.url, "ALDRAVA_MASTER_KEY_FILE": str(first.data / "master.key")}
        super().__init__("one of several", **environment)
        self.host = urllib.parse.urlsplit((first or self).url).netloc

    def call(self, method, path, body=None, headers=None, **options):
        return super().call(method, path, body, headers={"Host": self.host} | (headers or {}), **options)

    def connect(self):
        return Asker(self)

    def control(self, command, **members):
        """One command over the control socket, which takes less time than a process of its own."""
        body = json.dumps({"realm": "default", "command": command} | members).encode()
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(self.data / "control.sock"))
            client.sendall(b"POST /control HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                           b"Content-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(body), body))
            answer = b""
            while part := client.recv(65_536):
                answer += part
        head, _, content = answer.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise AssertionError(f"{command}: {answer!r}")
        reply = json.loads(content)
        if reply["outcome"] != "done":
            raise AssertionError(f"{command}: {reply}")
        return reply["result"]

    def events(self, did):
        log = self.data / "logline.system.jsonl"
        lines = [json.loads(line) for line in log.read_bytes().splitlines() if line.endswith(b"}")]
        return [line for line in lines if line.get("did") == did]


class Asker:
    """A connection that is kept, as a proxy keeps one."""

    def __init__(self, node):
        self.host = node.host
        self.connection = http.client.HTTPConnection("127.0.0.1", node.port, timeout=30)

    def send(self, token):
        self.connection.request("GET", ME, headers={"Host": self.host, "Authorization": f"Bearer {token}"})

    def receive(self):
        response = self.connection.getresponse()
        return response.status, response.read()

    def ask(self, token):
        self.send(token)
        return self.receive()

    def close(self):
        self.connection.close()


def until_refused(asker, token, since, is_refused=lambda status, body: status == 401, limit=5):
    """Seconds from `since` to the first answer that says no; a request sent after the lease must not be let in."""
    while True:
        sent = time.monotonic() - since
        if is_refused(*asker.ask(token)):
            return time.monotonic() - since
        if sent > LEASE:
            raise AssertionError(f"let in {sent * 1000:.0f} ms later")
        time.sleep(0.001)


def eventually(condition, limit=10):
    deadline = time.monotonic() + limit
    while not (value := condition()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return value


def in_words(times):
    times = sorted(times)
    at = lambda share: times[min(len(times) - 1, int(len(times) * share))] * 1000
    return f"{len(times)} tries: p50 {at(0.5):.1f} ms, p99 {at(0.99):.1f} ms, longest {times[-1] * 1000:.1f} ms"
