"""Requests at a fixed rate, whatever becomes of those before: latencies count from when each was to be sent.

Everything happens in one thread on non-blocking sockets that are kept and used again, one set per source address.
"""

import collections
import dataclasses
import gc
import heapq
import itertools
import selectors
import socket
import time

#: Seconds.
COARSE = 0.003


@dataclasses.dataclass
class Stream:
    """Requests of one kind: `rate` a second, in even steps; `request(number)` gives source address and bytes."""

    name: str
    rate: float
    request: object


@dataclasses.dataclass
class Reply:
    #: 0 where the connection broke or nothing came before the end.
    status: int
    #: Seconds from the moment the request was to be sent to the last byte of the answer.
    took: float
    has_retry_after: bool = False


class Connection:
    def __init__(self, source, port):
        self.source = source
        self.socket = socket.socket()
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # The kernel chooses the port together with the peer: else one source could not have many.
        self.socket.setsockopt(socket.IPPROTO_IP, getattr(socket, "IP_BIND_ADDRESS_NO_PORT", 24), 1)
        self.socket.bind((source, 0))
        self.socket.connect(("127.0.0.1", port))
        self.socket.setblocking(False)
        self.received = b""
        self.stream = self.intended = None

    def answer(self):
        """(status, whether there is a Retry-After) once the answer is complete."""
        head, separator, body = self.received.partition(b"\r\n\r\n")
        if not separator:
            return None
        fields = {}
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            fields[name.lower()] = value.strip()
        if len(body) < int(fields.get(b"content-length", 0)):
            return None
        return int(head[9:12]), b"retry-after" in fields


class Storm:
    """Streams against one port, for some seconds, and `patience` more for what is under way then."""

    def __init__(self, port, streams, patience=12):
        self.port, self.streams, self.patience = port, streams, patience
        self.replies = {stream.name: [] for stream in streams}
        self.idle = collections.defaultdict(list)
        self.selector = selectors.DefaultSelector()
        self.under_way = set()

    def run(self, seconds):
        """Replies by the name of their stream."""
        gc.collect()
        gc.disable()  # a pause of ours would count as the server's
        try:
            self._run(seconds)
        finally:
            gc.enable()
            for connection in itertools.chain(self.under_way, *self.idle.values()):
                connection.socket.close()
            self.selector.close()
        return self.replies

    def _run(self, seconds):
        start = time.perf_counter()
        due = [(start + 0.5 / stream.rate, place, 0) for place, stream in enumerate(self.streams)]
        heapq.heapify(due)
        end, limit = start + seconds, start + seconds + self.patience
        while due or (self.under_way and time.perf_counter() < limit):
            now = time.perf_counter()
            while due and due[0][0] <= now:
                intended, place, number = heapq.heappop(due)
                stream = self.streams[place]
                self._send(stream, number, intended)
                if (next_one := intended + 1 / stream.rate) < end:
                    heapq.heappush(due, (next_one, place, number + 1))
            # The kernel's waits are coarse, and waking up takes its time: the last of them are spent asking.
            wait = max(0, (due[0][0] - COARSE if due else limit) - time.perf_counter())
            for key, _ in self.selector.select(wait):
                self._receive(key.data)
        for connection in self.under_way:
            self._note(connection, 0)

    def _send(self, stream, number, intended):
        source, request = stream.request(number)
        waiting = self.idle[source]
        connection = waiting.pop() if waiting else None
        if connection is None:
            connection = Connection(source, self.port)
            self.selector.register(connection.socket, selectors.EVENT_READ, connection)
        connection.stream, connection.intended, connection.received = stream, intended, b""
        self.under_way.add(connection)
        try:
            connection.socket.send(request)  # shorter than any socket's buffer
        except OSError:
            self._lose(connection)

    def _receive(self, connection):
        try:
            data = connection.socket.recv(65536)
        except OSError:
            data = b""
        if not data:
            return self._lose(connection)
        connection.received += data
        if (answer := connection.answer()) and connection in self.under_way:
            self.under_way.discard(connection)
            self._note(connection, *answer)
            self.idle[connection.source].append(connection)

    def _lose(self, connection):
        self.selector.unregister(connection.socket)
        connection.socket.close()
        if connection in self.under_way:
            self.under_way.discard(connection)
            self._note(connection, 0)
        else:
            self.idle[connection.source].remove(connection)

    def _note(self, connection, status, has_retry_after=False):
        took = time.perf_counter() - connection.intended
        self.replies[connection.stream.name].append(Reply(status, took, has_retry_after))


def percentile(values, percent):
    """The value that so many percent do not exceed; 0 of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else 0.0
