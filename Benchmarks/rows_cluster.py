"""How soon what ends on one server is refused by another: two of them on one PostgreSQL."""

import json
import time

from core import SERVER_PROCESSOR, Figure, Row, Server, log, on_processor
from harness import PGBOUNCER, segments, through_pooler
from nodes import Node, eventually, until_refused
from rows_http import PASSWORD

TRIES = 1_000


class OnAnotherNode(Row):
    """Something ends on one node, and somebody asks the other without a break until he is refused."""

    unit = "ms"
    note = (
        "two servers on one processor and PostgreSQL beside the client on the other; from the operator's answer on one server to the "
        "refusal by the other, which is asked again a millisecond after each answer; 1,000 tries")

    def open(self):
        self.scratch = Server("postgres")
        url = self.url(self.scratch.database)
        self.here = Node("here", url)
        self.there = None
        self.here.start(prepare=on_processor(SERVER_PROCESSOR))
        self.there = Node("there", url, self.here)
        self.there.start(prepare=on_processor(SERVER_PROCESSOR))
        assert self.here.register("ana", PASSWORD).status == 201
        self.asker = self.there.connect()

    def url(self, direct):
        return direct

    def close(self):
        for server in (self.there, self.here, self.scratch):
            if server is not None:
                server.remove()

    def figures(self):
        times = []
        for number in range(TRIES):
            times.append(self.once() * 1000)
            if number % 200 == 199:
                log(f"  {self.name}: {number + 1}, longest {max(times):.1f} ms")
        times.sort()
        p50, p99, longest = (times[int(TRIES * share) - 1] for share in (0.5, 0.99, 1))
        return [
            Figure(f"{self.what}, median", self.unit, p50, note=self.note),
            Figure(f"{self.what}, 99 of 100 below", self.unit, p99, goal="< 100 ms", met=p99 < 100, note=self.note),
            Figure(f"{self.what}, longest", self.unit, longest, goal="< 500 ms", met=longest < 500, note=self.note),
        ]

    def once(self):
        raise NotImplementedError

    def sign_in(self):
        answer = self.here.login("ana", PASSWORD)
        assert answer.status == 200, answer
        return answer.json["token"]


class SessionEnded(OnAnotherNode):
    name = "cluster-session"
    what = "A session ended on another node"

    def once(self):
        token = self.sign_in()
        assert self.asker.ask(token)[0] == 200
        self.here.control("session.end", session=segments(token)[1]["sid"])
        return until_refused(self.asker, token, time.monotonic())


class RoleTaken(OnAnotherNode):
    name = "cluster-role"
    what = "A role taken on another node"

    def open(self):
        super().open()
        self.here.control("role.create", name="editor", description="")
        self.token = self.sign_in()

    def once(self):
        def lacks(status, body):
            assert status == 200, status
            return "editor" not in json.loads(body)["roles"]

        self.here.control("grant.add", role="editor", to_user="ana")
        assert eventually(lambda: not lacks(*self.asker.ask(self.token)))
        self.here.control("grant.remove", role="editor", to_user="ana")
        return until_refused(self.asker, self.token, time.monotonic(), lacks)


class SessionEndedBehindPooler(SessionEnded):
    name = "cluster-pooled"
    what = "The same behind pgbouncer, where nobody is told"

    def url(self, direct):
        assert PGBOUNCER, "pgbouncer is not installed"
        return through_pooler(direct)


ROWS = [SessionEnded, RoleTaken, SessionEndedBehindPooler]
