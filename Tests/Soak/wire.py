"""Clients of HTTP/1.1 that say how a request ended: with an answer, or on which kind of connection without one."""

import asyncio
import json
import ssl
import time

from harness import Answer, local_address

#: Nobody may wait for an answer for longer, whatever happens meanwhile.
PATIENCE = 40


class Gone(Exception):
    """No answer. `is_kept`: the connection had carried requests before, so it may have been closed between two."""

    def __init__(self, is_kept, reason):
        super().__init__(reason)
        self.is_kept = is_kept


class Connection:
    """One keep-alive connection from a network of its own, with TLS if a context is given."""

    def __init__(self, port, number, context=None):
        self.port, self.source, self.context = port, local_address(number), context
        self.reader = self.writer = None
        self.requests = 0

    async def open(self):
        """Connects unless a connection is there; one that the server has closed meanwhile is replaced unseen."""
        if self.writer is not None and (self.reader.at_eof() or self.reader.exception() or self.writer.is_closing()):
            self.close()
        if self.writer is None:
            name = "127.0.0.1" if self.context else None
            self.reader, self.writer = await asyncio.open_connection(
                "127.0.0.1", self.port, local_addr=(self.source, 0), ssl=self.context, server_hostname=name)
            self.requests = 0

    @staticmethod
    def request(method, path, body=None, token=None, headers=None):
        content = json.dumps(body).encode() if body is not None else b""
        fields = {"Host": "127.0.0.1", "Content-Length": str(len(content))} | (headers or {})
        if content:
            fields["Content-Type"] = "application/json"
        if token:
            fields["Authorization"] = f"Bearer {token}"
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + content

    async def call(self, method, path, body=None, token=None, headers=None, pieces=1, pause=0.0):
        """One request, written in so many pieces with a pause between them, and its answer.

        Raises ``Gone`` where the connection ends first, or nothing comes for ``PATIENCE`` seconds.
        """
        content = self.request(method, path, body, token, headers)
        is_kept = False
        try:
            async with asyncio.timeout(PATIENCE):
                await self.open()
                is_kept = self.requests > 0
                size = -(-len(content) // pieces)
                for at in range(0, len(content), size):
                    self.writer.write(content[at:at + size])
                    if at + size < len(content):
                        await self.writer.drain()
                        await asyncio.sleep(pause)
                return await self._answer()
        except (OSError, EOFError, asyncio.IncompleteReadError, ssl.SSLError) as error:
            self.close()
            raise Gone(is_kept, f"{type(error).__name__} {error}") from error
        except asyncio.CancelledError:
            self.close()
            raise

    async def _answer(self):
        lines = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines[1:] if line)
        headers = {name.lower(): value for name, value in headers.items()}
        raw = await self.reader.readexactly(int(headers.get("content-length", 0)))
        self.requests += 1
        if headers.get("connection") == "close":
            self.close()
        return Answer(int(lines[0].split()[1]), headers, raw)

    async def vanish(self, *request):
        """Sends a request and resets the connection without waiting for the answer."""
        try:
            await self.open()
            self.writer.write(self.request(*request))
            await self.writer.drain()
        except (OSError, ssl.SSLError):
            pass
        self.reset()

    def reset(self):
        """Ends the connection with RST instead of an orderly end."""
        if self.writer:
            self.writer.transport.abort()
        self.reader = self.writer = None

    def close(self):
        if self.writer:
            self.writer.close()
        self.reader = self.writer = None


async def exchange(port, number, content, limit=20):
    """Raw bytes on a connection of their own: what comes back until its end, or until one whole answer is there."""
    received = b""
    try:
        async with asyncio.timeout(limit):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(local_address(number), 0))
            try:
                writer.write(content)
                while True:
                    head, separator, rest = received.partition(b"\r\n\r\n")
                    fields = head.lower().split(b"\r\n")
                    length = next((int(line.split(b":")[1]) for line in fields if line.startswith(b"content-length:")), 0)
                    if separator and len(rest) >= length and b"connection: close" not in head.lower():
                        return received
                    part = await reader.read(65_536)
                    if not part:
                        return received
                    received += part
            finally:
                writer.transport.abort()
    except (OSError, TimeoutError):
        return received


class EventStream:
    """A reader of Server-Sent Events (WHATWG HTML, section 9.2.6) over chunks; knows its place in the log."""

    def __init__(self, port, number, token, query="", last=None):
        self.port, self.number, self.token, self.query = port, number, token, query
        self.last = last
        self.status = None
        self.writer = None

    async def events(self):
        """Yields (name, data) until the stream ends; raises OSError or EOFError where it is cut off."""
        reader, self.writer = await asyncio.open_connection(
            "127.0.0.1", self.port, local_addr=(local_address(self.number), 0), limit=1 << 22)
        fields = {"Last-Event-ID": self.last} if self.last else {}
        self.writer.write(Connection.request("GET", f"/api/audit/stream{self.query}", None, self.token, fields))
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
        self.status = int(head.split()[1])
        if self.status != 200:
            return
        rest, name, data = b"", "message", b""
        # A comment comes every 15 seconds where there is no news.
        while size := int(await asyncio.wait_for(reader.readuntil(b"\r\n"), PATIENCE), 16):
            rest += (await reader.readexactly(size + 2))[:-2]
            *lines, rest = rest.split(b"\n")
            for line in lines:
                field, _, value = line.partition(b": ")
                if not line:
                    if data:
                        yield name, json.loads(data)
                    name, data = "message", b""
                elif field == b"event":
                    name = value.decode()
                elif field == b"data":
                    data += value
                elif field == b"id":
                    self.last = value.decode()

    def close(self):
        if self.writer:
            self.writer.transport.abort()
        self.writer = None


def now():
    """Seconds of the clock that every moment of a run is told by."""
    return time.time()
