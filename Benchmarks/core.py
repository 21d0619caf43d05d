"""What every row of the table needs: rounds that take turns, processors of their own, and medians."""

import dataclasses
import json
import os
import pathlib
import re
import socket
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Tests/Outside"))
from harness import BINARY, POSTGRES, Server, free_port  # noqa: E402, F401

#: Where each row leaves what it measured; the table is made from all that is there.
RESULTS = ROOT / ".build/bench"
#: What is measured has one processor to itself, and whoever asks it the other.
SERVER_PROCESSOR, LOAD_PROCESSOR = 0, 1


@dataclasses.dataclass
class Figure:
    """One line of the table: what was measured, beside what, and what it should have been."""

    what: str
    unit: str
    ours: float
    #: The name of the yardstick; empty where there is none, and then the goal is about `ours` itself.
    yardstick: str = ""
    theirs: float | None = None
    #: `ours / theirs` of each round for rates, `theirs / ours` where less is better: above 1 is ahead.
    ratios: list = dataclasses.field(default_factory=list)
    #: As the table says it, such as "≥ 1.3 ×" or "< 60 MB"; empty for what is only reported.
    goal: str = ""
    #: Whether the goal was reached; `None` where there is none.
    met: bool | None = None
    #: One sentence on how it was measured, or why a goal was missed.
    note: str = ""

    @property
    def ratio(self):
        return statistics.median(self.ratios) if self.ratios else None


class Row:
    """A thing to measure beside its yardsticks.

    A row of rates sets `yardsticks` (name → goal as a ratio, or `None`) and writes ``measure``; one of another kind
    overrides ``figures``. ``open`` and ``close`` are called once, around all rounds.
    """

    #: What `make bench ROWS=…` selects it by.
    name = ""
    what = ""
    unit = "requests/s"
    #: Name of each yardstick → the ratio that is the goal, `None` for a comparison without one.
    yardsticks = {}
    is_less_better = False
    note = ""

    def __init__(self, options):
        self.options = options

    def open(self):
        pass

    def close(self):
        pass

    def measure(self, who):
        """One measurement of "aldrava" or of a yardstick, of about `self.options.seconds`."""
        raise NotImplementedError

    def figures(self):
        """Measures everybody once for warmth, then in turns."""
        everybody = ["aldrava", *self.yardsticks]
        for who in everybody:
            self.measure(who)
        rounds = []
        for _ in range(self.options.rounds):
            rounds.append({who: self.measure(who) for who in everybody})
            log(f"  {self.name}: " + ", ".join(f"{who} {value:,.1f}" for who, value in rounds[-1].items()))
        ours = statistics.median(values["aldrava"] for values in rounds)
        if not self.yardsticks:
            return [Figure(self.what, self.unit, ours, note=self.note)]
        return [self._compared(rounds, ours, *pair) for pair in self.yardsticks.items()]

    def _compared(self, rounds, ours, yardstick, goal):
        ratios = [
            values[yardstick] / values["aldrava"] if self.is_less_better else values["aldrava"] / values[yardstick]
            for values in rounds]
        theirs = statistics.median(values[yardstick] for values in rounds)
        return Figure(
            self.what, self.unit, ours, yardstick, theirs, ratios, f"≥ {goal} ×" if goal else "",
            statistics.median(ratios) >= goal if goal else None, self.note)


def save(row, figures, options):
    """Keeps a row's figures with the circumstances they were measured in."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    content = {
        "figures": [dataclasses.asdict(figure) for figure in figures], "rounds": options.rounds,
        "seconds": options.seconds, "date": time.strftime("%Y-%m-%d", time.gmtime())}
    (RESULTS / f"{row}.json").write_text(json.dumps(content, indent=1, ensure_ascii=False))


def log(text):
    print(text, file=sys.stderr, flush=True)


# Processes ---------------------------------------------------------------------------------------------------------


def on_processor(number):
    return lambda: os.sched_setaffinity(0, {number})


def start(command, processor=SERVER_PROCESSOR, **options):
    """Starts something in a group of its own, on one processor."""
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL} | options
    return subprocess.Popen(
        [str(word) for word in command], preexec_fn=on_processor(processor), start_new_session=True, **options)


def end(process):
    """Ends a process and everything it started."""
    if process is None:
        return
    try:
        os.killpg(process.pid, 9)
    except ProcessLookupError:
        pass
    process.wait()


def wait_for_port(port, process=None, limit=30):
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        if process is not None and process.poll() is not None:
            raise AssertionError(f"{process.args[0]} ended with {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.01)
    raise AssertionError(f"nothing listens on port {port}")


def run_on(processor, command, **options):
    """What a command printed that ran on one processor."""
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, preexec_fn=on_processor(processor), **options)
    if done.returncode != 0:
        raise AssertionError(f"{command[0]} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def wrk(url, seconds, *more, connections=32):
    """Requests per second; anything but 2xx is a failure of the measurement."""
    text = run_on(LOAD_PROCESSOR, ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", *more, url])
    if "Non-2xx" in text or "Socket errors" in text:
        raise AssertionError(f"{url} did not answer every request:\n{text}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1))


def compiled(source, *libraries):
    """A yardstick in C, built with the toolchain's own compiler."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    source = ROOT / "Benchmarks/yardsticks" / source
    program = RESULTS / source.stem
    subprocess.run(
        ["clang", "-O2", "-Wall", "-Werror", "-o", program, source, *(f"-l{name}" for name in libraries)], check=True)
    return program


def memory(group):
    """Of all processes of a group, in bytes: (PSS: each page counted once, RSS: once in each process that has it)."""
    shared = resident = 0
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(entry.name)) == group:
                text = (entry / "smaps_rollup").read_text()
                shared += int(re.search(r"^Pss:\s+(\d+)", text, re.M).group(1))
                resident += int(re.search(r"^Rss:\s+(\d+)", text, re.M).group(1))
        except (OSError, AttributeError):
            continue
    return shared * 1024, resident * 1024


def processor_seconds(group):
    """What all processes of a group have used so far, of user's and kernel's time."""
    total = 0
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(entry.name)) == group:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
                total += int(fields[11]) + int(fields[12])
        except OSError:
            continue
    return total / os.sysconf("SC_CLK_TCK")
