"""The server beside others of its kind, and beside the least that a server in Swift can be."""

import ctypes
import json
import os
import statistics
import time

from core import LOAD_PROCESSOR, RESULTS, ROOT, SERVER_PROCESSOR, Figure, Row, log
from peers import load
from peers.aldrava import Aldrava
from peers.django_allauth import DjangoAllauth
from peers.fastapi_users import FastAPIUsers
from peers.glewlwyd import Glewlwyd
from peers.hello import Hello
from peers.openbao import OpenBao
from peers.peer import ARGON2
from peers.pocketbase import PocketBase

PEERS = [PocketBase, OpenBao, FastAPIUsers, DjangoAllauth, Glewlwyd]
TABLE = RESULTS / "peers-table.json"
MEGABYTE = 1e6
ATTEMPTS, STARTS = 3, 7
#: Column → heading in the table of peers, whether less is better, and the goal beside the best peer.
COLUMNS = {
    "me": ("who-am-I, requests/s", False, 1.0),
    "login": ("sign-in at equal hash cost, requests/s", False, 1.0),
    "refresh": ("refresh, requests/s", False, 2.0),
    "start": ("start to the first 200, ms", True, 1.0),
    "idle": ("memory idle, MB", True, 1.0),
    "loaded": ("memory after the load, MB", True, 1.0),
    "disk": ("on disk, MB", True, 1.0),
}
NOTE = "Beside the best of {count} peers in this column; all of them are in the table of peers below."
TABLE_NOTE = (
    "Memory is that of all processes of a server: each page counted once (PSS) / in each process that has it (RSS). On "
    "disk: program and libraries without the system's C library, or the Python packages without Python. Sign-ins: "
    "Argon2id with 19 MiB and two passes; where a peer has another hash (bcrypt, PBKDF2), what its sign-in takes beside "
    "that hash was measured with a dear and a cheap one, and the time of our bare hash added.")


class Beside(Row):
    """A row whose own process stays away from the server's processor, as every request but wrk's comes from it."""

    def open(self):
        self.processors = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {LOAD_PROCESSOR})

    def close(self):
        os.sched_setaffinity(0, self.processors)


class Peers(Beside):
    """Everybody in turn on one processor: one worker each, on SQLite where there is a choice."""

    name = "peers"
    login_clients, refresh_clients, me_clients = 8, 64, 32

    def open(self):
        super().open()
        self.absent, self.everybody = {}, []
        self.seconds = min(self.options.seconds, 2)
        for kind in [Aldrava, *PEERS]:
            peer = kind()
            try:
                peer.open()
                peer.version_text = peer.version()
                self.everybody.append(peer)
            except Exception as problem:  # a peer that cannot run here is told in the table
                peer.close()
                if kind is Aldrava:
                    raise
                self._leave_out(peer, problem)

    def _leave_out(self, peer, problem):
        log(f"  {peer.name} is left out: {problem}")
        lines = str(problem).strip().splitlines() or [type(problem).__name__]
        self.absent[peer.name] = lines[0].replace(str(ROOT), "")[:200]

    def close(self):
        for peer in self.everybody:
            peer.close()
        super().close()

    def figures(self):
        self.values = {peer.name: {column: [] for column in COLUMNS} for peer in self.everybody}
        self._each("start", self._start, max(self.options.rounds, STARTS))
        time.sleep(1)
        self._each("idle", lambda peer: tuple(size / MEGABYTE for size in peer.memory()), 1)
        self._each("disk", lambda peer: peer.disk() / MEGABYTE, 1)
        for peer in self.everybody:
            self._attempt(peer, lambda peer: load.rate(peer, [peer.me()], 1, self.me_clients))
        for column, measure in (("me", self._me), ("login", self._login), ("refresh", self._refresh)):
            self._each(column, measure, self.options.rounds)
        self._each("loaded", lambda peer: tuple(size / MEGABYTE for size in peer.memory()), 1)
        self._write_table()
        return [figure for column in COLUMNS if (figure := self._figure(column))]

    def _each(self, column, measure, rounds):
        for _ in range(rounds):
            for peer in list(self.everybody):
                self._attempt(peer, measure, column)
            log(f"  {column}: " + ", ".join(
                f"{peer.name} {self._last(peer, column)}" for peer in self.everybody))

    def _attempt(self, peer, measure, column=None):
        """A measurement with an answer that is no success counts for nothing; a peer that gives three is left out."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                value = measure(peer)
                if column and value is not None:
                    self.values[peer.name][column].append(value)
                return
            except Exception as problem:
                log(f"  {peer.name}, attempt {attempt} of {ATTEMPTS}: {problem}")
                if attempt == ATTEMPTS:
                    if peer.name == Aldrava.name:
                        raise
                    self._leave_out(peer, problem)
        peer.close()
        self.everybody.remove(peer)
        del self.values[peer.name]  # half a comparison is none

    def _last(self, peer, column):
        values = self.values[peer.name][column]
        return f"{single(values[-1]):,.1f}" if values else "none"

    def _start(self, peer):
        peer.stop()
        return peer.start() * 1000

    def _me(self, peer):
        return load.rate(peer, [peer.me()], self.seconds, self.me_clients)

    def _login(self, peer):
        """Sign-ins per second, with the time of one hash of ours in place of its own where that is of another kind.

        From the rates with a dear and a cheap hash, whose costs are in a known proportion, follows what a sign-in takes
        beside its hash.
        """
        dear = self._login_rate(peer, peer.login())
        if peer.hash_ratio is None:
            return dear
        cheap = self._login_rate(peer, peer.login(cheap=True))
        beside = max(0, (peer.hash_ratio / cheap - 1 / dear) / (peer.hash_ratio - 1))
        return 1 / (beside + bare_hash())

    def _login_rate(self, peer, requests):
        """Longer where a busy machine did not come to one answer in the time."""
        for seconds in (self.seconds, 4 * self.seconds, 16 * self.seconds):
            if rate := load.rate(peer, requests, seconds, self.login_clients):
                return rate
        raise AssertionError(f"{peer.name} answered no sign-in in {seconds} s")

    def _refresh(self, peer):
        # One token for each connection, and some for the requests that wrk asks for before it begins.
        refresh = peer.refresh(self.refresh_clients + 8)
        return None if refresh is None else load.chained_rate(peer, refresh, self.seconds, self.refresh_clients)

    def _figure(self, column):
        """Ours beside the best peer's; the goal holds for all of them then."""
        what, is_less_better, goal = COLUMNS[column]
        medians = {name: median(values[column]) for name, values in self.values.items() if values[column]}
        ours = medians.pop(Aldrava.name)
        if not medians:  # none could be installed
            return None
        best = (min if is_less_better else max)(medians, key=medians.get)
        mine, theirs = ([single(value) for value in self.values[name][column]] for name in (Aldrava.name, best))
        ratios = [b / a if is_less_better else a / b for a, b in zip(mine, theirs)]
        name, unit = what.rsplit(", ", 1)
        return Figure(
            f"Beside peers: {name}", unit, ours, best, medians[best], ratios, f"≥ {goal:g} ×",
            statistics.median(ratios) >= goal, NOTE.format(count=len(medians)))

    def _write_table(self):
        rows = [{
            "name": peer.name, "version": peer.version_text, "cells": [
                [statistics.median(parts) for parts in zip(*map(parts_of, self.values[peer.name][column]))]
                for column in COLUMNS]} for peer in self.everybody]
        TABLE.write_text(json.dumps({
            "columns": [what for what, _, _ in COLUMNS.values()], "rows": rows, "absent": self.absent,
            "notes": [TABLE_NOTE, *(peer.note for peer in self.everybody if peer.note)]},
            indent=1, ensure_ascii=False))


def parts_of(value):
    return value if isinstance(value, tuple) else (value,)


def single(value):
    """What is compared where a measurement has parts."""
    return parts_of(value)[0]


def median(values):
    return statistics.median(map(single, values))


def bare_hash(count=15):
    """Seconds that one Argon2id takes on the server's processor, by the library that the server uses."""
    library = ctypes.CDLL("libsodium.so.23")
    library.sodium_init()
    result, password = ctypes.create_string_buffer(32), b"correct horse battery staple"
    times = []
    os.sched_setaffinity(0, {SERVER_PROCESSOR})
    try:
        for _ in range(count):
            began = time.perf_counter()
            library.crypto_pwhash(
                result, ctypes.c_ulonglong(32), password, ctypes.c_ulonglong(len(password)), b"0123456789abcdef",
                ctypes.c_ulonglong(ARGON2["time_cost"]), ctypes.c_size_t(ARGON2["memory_cost"] * 1024),
                ctypes.c_int(2))
            times.append(time.perf_counter() - began)
    finally:
        os.sched_setaffinity(0, {LOAD_PROCESSOR})
    return statistics.median(times)


class Footprint(Beside):
    """What one server takes before anybody asks it something."""

    name = "footprint"
    starts = 20

    def open(self):
        super().open()
        self.server, self.hello = Aldrava(), Hello()
        for peer in (self.server, self.hello):
            peer.open()

    def close(self):
        for peer in (self.server, self.hello):
            peer.close()
        super().close()

    def figures(self):
        times = {peer: [] for peer in (self.server, self.hello)}
        for _ in range(self.starts):
            for peer in times:
                peer.stop()
                times[peer].append(peer.start() * 1000)
        time.sleep(1)
        ours, theirs = (statistics.median(values) for values in times.values())
        log(f"  start {ours:.1f} ms, {self.hello.name} {theirs:.1f} ms")
        ratios = [b / a for a, b in zip(*times.values())]
        figures = [Figure(
            "Start to the first 200", "ms", ours, self.hello.name, theirs, ratios, "< 15 ms", ours < 15,
            f"Median of {self.starts} starts on a data folder that is there, from the making of the process on.")]
        (ours_once, ours_each), (theirs_once, theirs_each) = (
            [size / MEGABYTE for size in peer.memory()] for peer in times)
        figures.append(Figure(
            "Memory of both processes, idle, each page once (PSS)", "MB", ours_once, self.hello.name, theirs_once,
            [theirs_once / ours_once], "< 16 MB", ours_once < 16))
        figures.append(Figure(
            "Memory of both processes, idle, in each that has it (RSS)", "MB", ours_each, self.hello.name, theirs_each,
            [theirs_each / ours_each]))
        ours, theirs = (peer.installed()[0].stat().st_size / MEGABYTE for peer in times)
        figures.append(Figure("Program, stripped", "MB", ours, self.hello.name, theirs, [theirs / ours]))
        return figures


ROWS = [Peers, Footprint]
