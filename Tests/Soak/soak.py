#!/usr/bin/env python3
"""Mixed load on SQLite and on PostgreSQL, side by side, with a fault every few seconds, for SOAK_MINUTES (20).

In the first half of the time servers are killed, stopped and upgraded as well; in the second one process must live
through all other faults, so that what it keeps is seen to stay the same. SOAK_SEED repeats a schedule of faults,
SOAK_DATABASES names which of the two to run.
"""

import asyncio
import collections
import os
import pathlib
import random
import resource
import shutil
import sys
import tempfile
import time
import traceback

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests/Outside"))
from harness import BINARY, POSTGRES  # noqa: E402
import faults  # noqa: E402
import verdicts  # noqa: E402
from crowd import Application, Auditor, Misfit, Operator, Reader  # noqa: E402
from people import lives  # noqa: E402
from wire import now  # noqa: E402
from world import LATENESS, World  # noqa: E402

MINUTES = float(os.environ.get("SOAK_MINUTES") or 20)
SEED = os.environ.get("SOAK_SEED") or f"{random.SystemRandom().randrange(10**9)}"
DATABASES = (os.environ.get("SOAK_DATABASES") or "sqlite postgres").split()
KEPT = ROOT / ".build/soak"
PEOPLE = 40


async def run(world, seconds):
    """The whole story of one server; returns its verdicts."""
    began = now()
    storm = seconds * (0.5 if seconds >= 300 else 0.75)
    crew = [Application(world), Operator(world), Auditor(world), Reader(world, 203), Reader(world, 204, "?application=erp")]
    readers = [asyncio.create_task(member.live()) for member in crew[3:]]
    load = [asyncio.create_task(member.live()) for member in crew[:3]]
    load += [asyncio.create_task(Misfit(world, number).live()) for number in (205, 206, 207)]
    load += [asyncio.create_task(lives(world, number)) for number in range(PEOPLE)]
    load.append(asyncio.create_task(world.watch()))
    watchers = [asyncio.create_task(report(world, began)), asyncio.create_task(world.beat())]
    try:
        days = asyncio.create_task(faults.schedule(world, began + storm, began + seconds))
        done, _ = await asyncio.wait([days, *load, *readers], return_when=asyncio.FIRST_COMPLETED, timeout=seconds + 120)
        if days not in done:
            for task in done:
                task.result()
            raise AssertionError("a part of the load, or the schedule, did not end as it should")
        days.result()
        world.is_ending = True
        await asyncio.wait_for(asyncio.gather(*load), 120)
        found = await verdicts.of(world, crew)
        await asyncio.wait_for(asyncio.gather(*readers), 60)
        return found
    finally:
        for task in (*watchers, *load, *readers):
            task.cancel()


async def report(world, began):
    last = 0
    while True:
        await asyncio.sleep(60)
        samples = [life[-1] for life in world.lives.values()]
        memory = samples[-1].memory / 2**20 if samples else 0
        print(
            f"{(now() - began) / 60:4.0f} min {world.backend:8}: {world.answers:,} answers ({(world.answers - last) / 60:.0f}/s), "
            f"{sum(world.faults.values())} faults, {sum(world.excused.values())} requests lost to them, "
            f"{len(world.violations)} unexplained; {len(world.accounts)} people, {memory:.1f} MB", flush=True)
        last = world.answers


def table(worlds, results):
    """One line a verdict, a column for each database; then the figures, the faults, and what is wrong."""
    names = list(dict.fromkeys(name for found in results for name in found))
    print(f"\n{'':44}" + "".join(f"{world.backend:>12}" for world in worlds))
    for name in names:
        cells = ("too short" if found.get(name, None) is None else "FAILED" if found[name] else "good" for found in results)
        print(f"{name:44}" + "".join(f"{cell:>12}" for cell in cells))
    for world in worlds:
        print(f"\n{world.backend}: {world.answers:,} answers")
        if world.lateness:
            print(f"  {LATENESS} {len(world.lateness)} times, for {sum(world.lateness):.1f} s in all: "
                  f"{world.excused[LATENESS]} requests are laid to that. Run it where it has the machine for itself.")
        for remark in world.remarks:
            print(f"  {remark}")
        print("  " + ", ".join(f"{what} {count:,}" for what, count in world.kinds.most_common()))
        for fault, count in sorted(world.faults.items()):
            print(f"  {count:4} × {fault}, {world.excused[fault]} requests lost")
    for world, found in zip(worlds, results):
        for name, problems in found.items():
            if problems:
                print(f"\n{world.backend}: not so: {name}; {len(problems)} reasons")
                print("\n".join(f"  {problem}" for problem in problems[:12]))


async def everything(worlds):
    results = await asyncio.gather(*(run(world, MINUTES * 60) for world in worlds), return_exceptions=True)
    for at, found in enumerate(results):
        if isinstance(found, BaseException):
            text = "".join(traceback.format_exception(found))
            results[at] = {"the run comes to its end": [text, *worlds[at].violations[:20]]}
    return results


def main():
    if "postgres" in DATABASES and not POSTGRES:
        sys.exit("ALDRAVA_TEST_POSTGRES is not set: run this beside Scripts/with-postgres, as make soak does")
    if not BINARY.exists():
        sys.exit(f"{BINARY} is missing: make build")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(65_536, hard) if hard > 0 else 65_536, hard))
    folder = pathlib.Path(tempfile.mkdtemp(prefix="aldrava-soak-"))
    # The program that runs stays the same, whatever is built meanwhile.
    program = shutil.copy(BINARY, folder / "aldrava")
    print(f"soak: {MINUTES:g} minutes on {' and '.join(DATABASES)}, SOAK_SEED={SEED}", flush=True)
    worlds = [World(backend, program, SEED, hurry=MINUTES < 5) for backend in DATABASES]
    is_good = False
    try:
        for world in worlds:
            world.start()
        results = asyncio.run(everything(worlds))
        table(worlds, results)
        is_good = not any(problems for found in results for problems in found.values())
    finally:
        shutil.rmtree(KEPT, ignore_errors=True)
        for world in worlds:
            if not is_good:
                world.keep(KEPT)
            world.remove()
        shutil.rmtree(folder, ignore_errors=True)
    if not is_good:
        sys.exit(f"\nsoak: failed; logs and data are in {KEPT.relative_to(ROOT)}, the schedule was SOAK_SEED={SEED}")
    print("\nsoak: everything held")


if __name__ == "__main__":
    main()
