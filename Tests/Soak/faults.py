"""Faults from a seeded schedule: each is a few seconds of a server's worst days."""

import asyncio
import json
import os
import resource
import signal

from supervise import status_fields
from wire import now
from world import CLOSED, CUT, READ_ONLY, UNAVAILABLE

CONTROL = os.environ.get("ALDRAVA_TEST_POSTGRES_CONTROL")


async def schedule(world, storm_ends, ends):
    """Deals one deck of faults after another. From `storm_ends` on nothing replaces the serving process any more."""
    while now() < ends:
        deck = [
            fault for fault in FAULTS
            if world.backend in fault.backends and not (fault.replaces and now() > storm_ends)]
        world.random.shuffle(deck)
        for fault in deck:
            low, high = (0.3, 1.0) if world.hurry else (2, 7)
            await asyncio.sleep(world.random.uniform(low, high))
            if now() > ends or (fault.replaces and now() > storm_ends):
                break
            world.faults[fault.name] += 1
            await fault(world)


def fault(name, *effects, replaces=False, backends=("sqlite", "postgres")):
    """A fault with what it may do to requests; it is over when the server says that it can do everything again."""
    def wrap(body):
        async def run(world):
            before = world.serving
            async with world.window(name, *effects):
                await body(world)
                await world.until_ready()
            after = world.serving
            if (before == after) == replaces:
                world.violate("wrong process", f"{name}: process {before} was followed by {after}")
        run.name, run.replaces, run.backends = name, replaces, backends
        return run
    return wrap


async def control(verb):
    process = await asyncio.create_subprocess_exec(CONTROL, verb)
    if await process.wait() != 0:
        raise AssertionError(f"PostgreSQL could not be told to {verb}")


@fault("PostgreSQL restarts", UNAVAILABLE, backends=("postgres",))
async def restart_postgres(world):
    await control("restart")
    # Readiness is looked up once a second.
    await asyncio.sleep(1.2)


@fault("PostgreSQL is killed", UNAVAILABLE, backends=("postgres",))
async def kill_postgres(world):
    await control("kill")
    await asyncio.sleep(world.random.uniform(0, 3))
    await control("start")
    await asyncio.sleep(1.2)


@fault("SIGHUP", "none")
async def reload(world):
    for _ in range(world.random.randint(1, 3)):
        os.kill(world.server.process.pid, signal.SIGHUP)
        await asyncio.sleep(world.random.uniform(0, 0.3))


@fault("certificates change", "none")
async def change_certificates(world):
    """Sometimes by way of files that cannot be used: then everything stays as it was."""
    certificates = world.certificates
    if world.random.random() < 0.5:
        before = certificates.expected
        certificates.files[0].write_text("no certificate")
        os.kill(world.server.process.pid, signal.SIGHUP)
        await asyncio.sleep(0.5)
        if await shown_certificate(world) != before:
            world.violate("TLS", "a file that is no certificate changed what is shown")
    certificates.use(1 - certificates.at)
    os.kill(world.server.process.pid, signal.SIGHUP)
    end = now() + 10
    while await shown_certificate(world) != certificates.expected:
        if now() > end:
            world.violate("TLS", "the certificate was not changed within 10 s")
            return
        await asyncio.sleep(0.1)


async def shown_certificate(world):
    _, writer = await asyncio.open_connection(
        "127.0.0.1", world.tls_port, ssl=world.certificates.context, server_hostname="127.0.0.1")
    shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return shown


async def until_replaced(world, before, limit=20):
    end = now() + limit
    while world.serving in (before, None):
        if now() > end:
            world.violate("no recovery", f"no other server after {limit} s")
            return
        await asyncio.sleep(0.01)


@fault("the server is killed", CUT, CLOSED, replaces=True)
async def kill_server(world):
    before = world.serving
    world.kills += 1
    os.kill(before, signal.SIGKILL)
    await until_replaced(world, before)


@fault("the server is told to stop", CLOSED, replaces=True)
async def stop_server(world):
    before = world.serving
    os.kill(before, signal.SIGTERM)
    await until_replaced(world, before)


@fault("upgrade", CLOSED, replaces=True)
async def upgrade(world):
    """The same program takes over, by the command or by the signal; no connection is refused or cut."""
    before = world.serving
    await asyncio.to_thread(world.server.install, world.server.program)
    if world.random.random() < 0.5:
        await world.cli("upgrade")
    else:
        os.kill(world.server.process.pid, signal.SIGUSR2)
    await until_replaced(world, before)


@fault("the server stands still", "none")
async def freeze(world):
    process = world.serving
    os.kill(process, signal.SIGSTOP)
    try:
        await asyncio.sleep(world.random.uniform(0.2, 2))
    finally:
        os.kill(process, signal.SIGCONT)


@fault("signing key rotates", "none")
async def rotate_key(world):
    # Refused with 1 while the next key waits for its time.
    await world.cli("keys", "rotate", expect=(0, 1))


@fault("signing key is retired", "none")
async def retire_key(world):
    """Its tokens are refused from the next request on; sessions go on by refreshing."""
    listed = await world.cli("keys", "list", "--json")
    if not listed:
        return
    kid = next(key["kid"] for key in json.loads(listed[1])["result"]["keys"] if key["state"] == "signing")
    world.retired[kid] = now(), None
    if await world.cli("keys", "retire", kid, "--now"):
        world.retired[kid] = world.retired[kid][0], now()


class Full:
    """The file system of the data folder has no room: filled where it is our own, else a limit on the size of files."""

    def __init__(self, world):
        self.world, self.filler = world, world.server.data / "filler"

    async def __aenter__(self):
        if self.world.is_mounted:
            await asyncio.to_thread(self.fill)
        else:
            self.limited = self.world.serving
            resource.prlimit(self.limited, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))

    def fill(self):
        with open(self.filler, "wb", buffering=0) as file:
            for piece in (bytes(1 << 20), bytes(4096)):
                try:
                    while file.write(piece):
                        pass
                except OSError:
                    pass

    async def __aexit__(self, *_):
        if self.world.is_mounted:
            self.filler.unlink()
        elif status_fields(self.limited):
            resource.prlimit(self.limited, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


@fault("the disk is full", READ_ONLY, backends=("sqlite",))
async def fill_disk(world):
    async with Full(world):
        await asyncio.sleep(world.random.uniform(1, 8) if not world.hurry else 1.5)


@fault("the disk is full", "none", backends=("postgres",))
async def fill_folder(world):
    """Where the database is elsewhere, only logs are late, and no client sees it."""
    async with Full(world):
        await asyncio.sleep(world.random.uniform(1, 8) if not world.hurry else 1.5)


@fault("the server is killed on a full disk", CUT, CLOSED, READ_ONLY, UNAVAILABLE, replaces=True)
async def kill_on_full_disk(world):
    before = world.serving
    async with Full(world):
        await asyncio.sleep(world.random.uniform(0.2, 1))
        world.kills += 1
        os.kill(before, signal.SIGKILL)
        await asyncio.sleep(world.random.uniform(0.2, 3))
    await until_replaced(world, before)


@fault("logs are moved away", "none", backends=("postgres",))
async def move_logs(world):
    number = world.faults["logs are moved away"]
    for name in ("logline.jsonl", "access.jsonl", "logline.system.jsonl"):
        file = world.server.data / name
        if file.exists():
            file.rename(world.server.data / f"{name}.{number:04}")
    os.kill(world.server.process.pid, signal.SIGHUP)
    end = now() + 10
    while not (world.server.data / "logline.jsonl").exists():
        if now() > end:
            world.violate("logs", "logline.jsonl was not begun again within 10 s")
            return
        await asyncio.sleep(0.05)
    (world.server.data / f"access.jsonl.{number:04}").unlink(missing_ok=True)


@fault("old access logs go", "none", backends=("sqlite",))
async def remove_logs(world):
    for file in world.server.data.glob("access.jsonl.*.gz"):
        file.unlink(missing_ok=True)


FAULTS = [
    restart_postgres, kill_postgres, reload, change_certificates, kill_server, stop_server, upgrade, freeze, rotate_key,
    retire_key, fill_disk, fill_folder, kill_on_full_disk, move_logs, remove_logs]
