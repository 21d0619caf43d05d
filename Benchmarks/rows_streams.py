"""Connections that wait: thousands that say nothing, and a thousand that hear of every event."""

import json
import resource
import socket
import subprocess
import time

from core import (
    LOAD_PROCESSOR, SERVER_PROCESSOR, Figure, Row, Server, compiled, log, memory, on_processor, processor_seconds, run_on)

PASSWORD = "correct horse battery staple"


def local_address(number):
    """The server counts connections by network: 200 come from each."""
    return f"127.1.{number // 200}.1"


class Idle(Row):
    """What one more connection costs: the growth of the resident memory of both processes."""

    name = "idle"
    what = "memory of an idle connection, of {:,} that were kept after a request each"
    connections = 10_000
    goal = 4_096

    def open(self):
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        self.server = Server(
            "sqlite", ALDRAVA_LOOPS="1", ALDRAVA_MAX_CONNECTIONS=str(self.connections + 100),
            ALDRAVA_MAX_CONNECTIONS_PER_ADDRESS="1000", ALDRAVA_IDLE_TIMEOUT="600",
        ).start(prepare=on_processor(SERVER_PROCESSOR))
        token = self.server.register("ana", PASSWORD).json["token"]
        self.request = (
            "GET /api/auth/me HTTP/1.1\r\nHost: localhost\r\nUser-Agent: curl/8.5.0\r\nAccept: application/json\r\n"
            f"Authorization: Bearer {token}\r\n\r\n").encode()

    def close(self):
        self.server.remove()

    def measure(self, who):
        open_sockets = []
        # What the first requests leave behind is not the connections'.
        for number in range(100):
            open_sockets.append(self.connect(number))
        self.settle()
        before = memory(self.server.process.pid)[1]
        for number in range(self.connections):
            open_sockets.append(self.connect(number))
        grown = memory(self.server.process.pid)[1] - before
        # They are all still there, and each can go on.
        for connection in open_sockets[:: self.connections // 100]:
            self.ask(connection)
        for connection in open_sockets:
            connection.close()
        self.settle()
        return grown / self.connections

    def connect(self, number):
        connection = socket.socket()
        connection.setsockopt(socket.IPPROTO_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT
        connection.bind((local_address(number), 0))
        connection.connect(("127.0.0.1", self.server.port))
        connection.settimeout(10)
        self.ask(connection)
        return connection

    def ask(self, connection):
        connection.sendall(self.request)
        answer = connection.recv(65_536)
        if not answer.startswith(b"HTTP/1.1 200") or not answer.endswith(b"}"):
            raise AssertionError(f"an answer is incomplete: {answer[:300]!r}")

    def settle(self):
        time.sleep(0.5)

    def figures(self):
        # Once: the memory that the first thousands left is used again by those that follow.
        grown = self.measure("aldrava")
        log(f"  idle: {grown:,.0f} bytes a connection")
        return [
            Figure(
                self.what.format(self.connections), "bytes", grown, goal="< 4 kB", met=grown < self.goal,
                note="growth of the resident memory of both processes, in a server that had 100 such connections before")]


class Streams(Row):
    """A thousand readers of the live log while a thousand events a second are written."""

    name = "streams"
    what = "{:,} streams of `GET /api/audit/stream` at {:,} events/s"
    backend = "sqlite"
    readers = 1_000
    rate = 1_000
    batch = 25
    #: Not counted, while the first pieces find their pace.
    warmth = 2
    server = None

    def open(self):
        self.program = compiled("readers.c")
        self.floor = compiled("broadcast.c")
        self.server = Server(
            self.backend, ALDRAVA_LOOPS="1", ALDRAVA_MAX_CONNECTIONS_PER_ADDRESS="1000", ALDRAVA_STREAMS="5000",
            ALDRAVA_STREAMS_PER_USER="5000", ALDRAVA_EVENTS_PER_SECOND="100000", ALDRAVA_LOG_MAX_MIB="64",
        ).start(prepare=on_processor(SERVER_PROCESSOR))
        self.server.make_admin()
        for resource_, action in (("audit", "write"), ("application", "bench")):
            self.server.cli("permission", "create", resource_, action)
            self.server.cli("grant", "permission", f"{resource_}:{action}", "--user", "root-of-all")
        self.token = self.server.login("root-of-all", "a long first password").json["token"]

    def close(self):
        if self.server:
            self.server.remove()

    def run(self, readers, rate, seconds):
        """One run: what was measured, and the bytes and processor seconds that it took."""
        group = self.server.process.pid
        load = subprocess.Popen(
            [str(word) for word in (
                self.program, self.server.port, readers, rate * seconds // self.batch * self.batch, rate, self.batch,
                self.warmth)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=on_processor(LOAD_PROCESSOR))
        try:
            load.stdin.write(self.token + "\n")
            load.stdin.flush()
            if load.stdout.readline() != "open\n":
                raise AssertionError("not every reader could begin")
            used, start = processor_seconds(group), time.monotonic()
            load.stdin.write("go\n")
            load.stdin.flush()
            line = load.stdout.readline()
            if not line:
                raise AssertionError("the readers ended too early")
            measured = json.loads(line)
            measured["load"] = (processor_seconds(group) - used) / (time.monotonic() - start)
            measured["resident"] = memory(group)[1]
            return measured
        finally:
            load.stdin.close()
            load.stdout.close()
            try:
                load.wait(5)
            except subprocess.TimeoutExpired:
                load.kill()
                load.wait()

    def waiting(self):
        """What one more reader costs that waits for news, in bytes."""
        connections = [self.follow(number) for number in range(100)]
        time.sleep(0.5)
        before = memory(self.server.process.pid)[1]
        connections += [self.follow(number) for number in range(self.readers)]
        time.sleep(0.5)
        grown = memory(self.server.process.pid)[1] - before
        for connection in connections:
            connection.close()
        time.sleep(0.5)
        return grown / self.readers

    def follow(self, number):
        connection = socket.socket()
        connection.bind((local_address(number), 0))
        connection.connect(("127.0.0.1", self.server.port))
        connection.settimeout(10)
        connection.sendall(
            "GET /api/audit/stream?application=bench HTTP/1.1\r\nHost: localhost\r\nUser-Agent: readers\r\n"
            f"Accept: text/event-stream\r\nAuthorization: Bearer {self.token}\r\n\r\n".encode())
        answer = b""
        while b"retry: 1000\n" not in answer:
            more = connection.recv(65_536)
            if not more:
                raise AssertionError(f"not a stream: {answer[:300]!r}")
            answer += more
        return connection

    def figures(self):
        waiting = self.waiting()
        # What the window of the newest events and the log itself cost is there for however few readers.
        few = self.run(10, self.rate, 8)
        rounds = []
        for _ in range(self.options.rounds):
            rounds.append(self.run(self.readers, self.rate, 8))
            log(f"  {self.name}: {json.dumps(rounds[-1])}")
        loaded = (rounds[0]["resident"] - few["resident"]) / (self.readers - 10)
        floor = json.loads(run_on(LOAD_PROCESSOR, [
            self.floor, SERVER_PROCESSOR, LOAD_PROCESSOR, self.readers, 32_768, 2]))
        middle = sorted(rounds, key=lambda round: round["after_answer"]["p99"])[len(rounds) // 2]
        what = self.what.format(self.readers, self.rate)
        p99, heard = middle["after_answer"]["p99"], middle["heard_per_second"]
        return [
            Figure(
                f"{what}: memory of a reader", "bytes", waiting, goal="< 4 kB", met=max(waiting, loaded) < 4_096,
                note=f"while it waits; {loaded:,.0f} bytes at the end of the first round, beside 10 readers of as many events"),
            Figure(
                f"{what}: commit to reader, p99", "ms", p99, goal="< 100 ms",
                met=p99 < 100 and heard > 0.95 * self.readers * self.rate,
                note=(
                    f"{heard:,.0f} deliveries/s, with {middle['load']:.0%} of the server's processor; median "
                    f"{middle['after_answer']['median']} ms; from sending the request that wrote the event, p99 "
                    f"{middle['after_request']['p99']} ms. Bare sends of 32 KiB to as many connections: "
                    f"{floor['bytes_per_second'] / 1e6:,.0f} MB/s"))]


class StreamsOnPostgreSQL(Streams):
    name = "streams-postgres"
    what = "the same on PostgreSQL, {:,} streams at {:,} events/s"
    backend = "postgres"


ROWS = [Idle, Streams, StreamsOnPostgreSQL]
