"""What must hold at the end: each verdict is a list of what does not, or `None` where nothing could be said."""

import asyncio
import collections
import glob
import json
import os
import sqlite3
import subprocess

import leak
from crowd import Reader
from world import ADMINISTRATOR

#: So many accounts, and ended sessions, are looked at again at the end.
LAST_LOOKS = 1500


async def of(world, crew):
    """Name of the verdict → problems. The load has ended, and the server is still running."""
    await world.until_ready()
    await last_looks(world)
    readers = [member for member in crew if isinstance(member, Reader)]
    await say_goodbye(world, crew, readers)
    verdicts = {"no leak": leaks(world)}
    lines, realms = await exported(world, "running")
    accounts = [*world.accounts, *(member for member in crew if hasattr(member, "logins"))]
    verdicts |= audit(world, lines, accounts, crew)
    verdicts["streams tell everything once and in order"] = streams(readers, lines)
    verdicts["logline.jsonl agrees with the database"] = await files(world, realms)
    verdicts["ends in good order"] = stopped(world)
    verdicts["the database is whole"] = whole(world)
    after, _ = await exported(world, "stopped")
    # The server's last words are refusals that it had not yet written.
    last = {line["did"] for line in after[len(lines):]} - {"request_refused", "login_failed"}
    verdicts["the audit stays what it was"] = (
        [] if after[:len(lines)] == lines and not last else [f"an export without a server differs: {last}"])
    deaths = [line for line in (world.server.folder / "output.txt").read_text(errors="replace").splitlines() if "was ended by" in line and "SIGKILL" not in line]
    verdicts["no death but by a kill"] = deaths[:5]
    kinds = collections.defaultdict(list)
    for text in world.violations:
        kinds[text.split(": ")[1]].append(text)
    verdicts["no answer that no fault explains"] = kinds.pop("unexpected answer", [])
    verdicts["refresh families are consistent"] = (
        kinds.pop("refresh family", []) + verdicts.pop("refresh families are consistent"))
    verdicts["streams tell everything once and in order"] += kinds.pop("stream", [])
    verdicts["every fault is survived"] = [text for kind in kinds.values() for text in kind]
    return verdicts


async def last_looks(world):
    """Whoever kept the newest token can go on, whoever signed out cannot, and everybody can sign in."""
    accounts = [account for account in world.accounts if account.is_registered]
    chosen = world.random.sample(accounts, min(LAST_LOOKS, len(accounts)))
    limit = asyncio.Semaphore(16)

    async def look(account):
        async with limit:
            if account.session:
                await account.refresh()
            if account.session:
                await account.me()
            else:
                await account.login()
            await account.try_what_is_over()
            account.connection.close()

    await asyncio.gather(*map(look, chosen))


async def say_goodbye(world, crew, readers):
    """A last event of all, which every reader must come to see."""
    application = crew[0]
    last = await application.write(1, is_last=True)
    for reader in readers:
        reader.until = last[0]
        if last[0] in reader.seen:
            reader.is_done.set()
    done, _ = await asyncio.wait([asyncio.create_task(reader.is_done.wait()) for reader in readers], timeout=60)
    if len(done) < len(readers):
        world.violate("stream", "the last event did not come within 60 s")


def leaks(world):
    """Problems of every life that was long enough, with a line of figures for each; `None` if none was."""
    judgements = [judgement for samples in world.lives.values() if (judgement := leak.judge(samples))]
    for judgement in judgements:
        memory = ", ".join(f"{value / 2**20:.1f}" for value in judgement.memory)
        world.remarks.append(
            f"one life of {judgement.seconds:.0f} s and {judgement.answers:,} answers: {memory} MB of its own, "
            f"{judgement.slope:.1f} bytes an answer, {judgement.remaining:.1f} beyond the caches; "
            f"descriptors {judgement.descriptors[0]} to {judgement.descriptors[1]}, "
            f"threads {judgement.threads[0]} to {judgement.threads[1]}")
    problems = [problem for judgement in judgements for problem in judgement.problems]
    if len(world.parent_memory) >= 40:
        quarter = len(world.parent_memory) // 4
        before, after = min(world.parent_memory[:quarter]), min(world.parent_memory[-quarter:])
        world.remarks.append(f"the parent: {before / 2**20:.2f} to {after / 2**20:.2f} MB of its own, {world.kills} kills")
        if after > before + leak.PARENT_BYTES:
            problems.append(f"the parent grew from {before:,} to {after:,} bytes")
    return problems if judgements or problems else None


# The audit -----------------------------------------------------------------------------------------------------------


async def exported(world, when):
    """The realm's events as `aldrava audit export` tells them, and those of each realm by their ids."""
    realms = {}
    for realm in ("default", "system"):
        file = world.server.folder / f"{realm}-{when}.jsonl"
        if not await world.cli("audit", "export", "--realm", realm, "--output", str(file), limit=300):
            raise AssertionError(f"the audit cannot be exported: {world.violations[-1]}")
        realms[realm] = [json.loads(line) for line in file.read_text().splitlines()]
    return realms["default"], {realm: [identifier(line) for line in lines] for realm, lines in realms.items()}


def identifier(line):
    return line["this"]["event"]


def audit(world, lines, accounts, crew):
    incomplete, disordered, families = [], [], []
    told = {name: collections.defaultdict(int) for name in ("login", "logout", "refresh_token_reuse")}
    of_name = collections.defaultdict(collections.Counter)
    surplus = collections.Counter()
    known = {session for account in accounts for session in account.logins}
    for line in lines:
        of_name[line["did"]][line["who"]] += 1
        if line["did"] in told:
            session = line["this"]["session"]
            told[line["did"]][session] += 1
            if line["did"] == "login" and session not in known:
                surplus[line["who"]] += 1
    # By acknowledgement: each once.
    for account in accounts:
        for did, sessions in (("login", account.logins), ("logout", account.logouts)):
            incomplete += [
                f"{told[did][session]} events {did} of {account.name}, session {session}"
                for session in sessions if told[did][session] != 1]
        families += [
            f"{told['refresh_token_reuse'][session]} events refresh_token_reuse of {account.name}, session {session}"
            for session in account.thefts if told["refresh_token_reuse"][session] != 1]
    incomplete += [
        f"{of_name['create_user'][account.name]} events create_user of {account.name}" for account in world.accounts
        if account.is_registered and of_name["create_user"][account.name] != 1]
    # Nothing that nobody asked for.
    unanswered = collections.Counter({ADMINISTRATOR: 1})
    for account in accounts:
        unanswered[account.name] += account.unanswered_logins
    incomplete += [
        f"{count} sign-ins of {name} that nobody asked for" for name, count in (surplus - unanswered).items()]
    asked_logouts = {session for account in accounts for session in account.asked_logouts}
    incomplete += [f"a sign-out of {session} that nobody asked for" for session in told["logout"].keys() - asked_logouts]
    asked_thefts = {session for account in accounts for session in account.asked_thefts}
    families += [
        f"session {session} was ended as stolen, and was not"
        for session in told["refresh_token_reuse"].keys() - asked_thefts]
    families += [
        f"{sum(of_name[did].values())} events {did}"
        for did in ("refresh_ahead_of_database", "refresh_replayed_elsewhere") if of_name[did]]
    incomplete += operators(world, of_name, crew)
    # Applications' events: each once, and in the order of writing.
    places = {identifier(line): place for place, line in enumerate(lines)}
    if len(places) != len(lines):
        disordered.append(f"{len(lines) - len(places)} events are there twice")
    written = [event for batch in crew[0].batches for event, _ in batch]
    incomplete += [f"no event {event} of the application" for event in written if event not in places]
    at = [places[event] for event in written if event in places]
    disordered += [f"the application's events are not in their order: {pair}" for pair in zip(at, at[1:]) if pair[0] >= pair[1]][:5]
    verbs = collections.Counter(line["did"] for line in lines if line["did"].startswith("app:"))
    incomplete += [f"{did} is there {count} times" for did, count in verbs.items() if count > 1]
    forged = [f"{identifier(line)} is forged" for line in lines if line["this"].get("forged")]
    world.remarks.append(f"{len(lines):,} events, {len(known):,} acknowledged sign-ins, {len(written):,} events of the application")
    return {
        "the audit is complete": incomplete, "the audit is in order": disordered, "every proof verifies": forged,
        "refresh families are consistent": families}


def operators(world, of_name, crew):
    """Changes by the command line: at least those that were acknowledged, at most those that were asked for."""
    operator = crew[1]
    bounds = {f"{verb}_role": (done, operator.asked) for verb, done in operator.done.items()}
    bounds["disable_user"] = tuple(
        sum(getattr(account, field) for account in world.accounts) for field in ("shut_out", "asked_shut_out"))
    bounds["retire_signing_key"] = sum(end is not None for _, end in world.retired.values()), len(world.retired)
    # The first steps granted the administrator's role.
    bounds["grant_role"] = bounds["grant_role"][0] + 1, bounds["grant_role"][1] + 1
    counts = {did: sum(of_name[did].values()) for did in bounds}
    return [
        f"{counts[did]} events {did}, {low} were acknowledged and {high} asked for"
        for did, (low, high) in bounds.items() if not low <= counts[did] <= high]


def streams(readers, lines):
    problems = []
    for reader in readers:
        wanted = [
            identifier(line) for line in lines if not reader.query or line["did"].startswith("app:erp:")]
        if not reader.seen:
            problems.append("a reader saw nothing")
            continue
        try:
            start, end = wanted.index(reader.seen[0]), wanted.index(reader.seen[-1])
        except ValueError:
            problems.append("a reader saw what is not in the audit")
            continue
        if wanted[start:end + 1] != reader.seen:
            missing = len(set(wanted[start:end + 1]) - set(reader.seen))
            problems.append(
                f"a reader saw {len(reader.seen)} events of {end + 1 - start}: {missing} are missing, "
                f"{len(reader.seen) - len(set(reader.seen))} came twice, or the order is another")
    return problems


async def files(world, realms):
    """All files of the audit, one after another, against what the database exports."""
    for _ in range(100):
        told = collections.defaultdict(list)
        for line in world.log_lines("logline.jsonl"):
            told[line["this"]["realm"]].append(identifier(line))
        # Refusals are written all the time.
        if all(told[realm][:len(ids)] == ids for realm, ids in realms.items()):
            return []
        await asyncio.sleep(0.2)
    problems = []
    for realm, ids in realms.items():
        counts = collections.Counter(told[realm])
        twice = sum(count > 1 for count in counts.values())
        missing, more = len(set(ids) - counts.keys()), len(counts.keys() - set(ids))
        if told[realm][:len(ids)] != ids:
            problems.append(
                f"realm {realm}: {len(told[realm])} lines, {len(ids)} events; {missing} missing, {twice} twice, {more} unknown, "
                "or another order")
    return problems


# The end -------------------------------------------------------------------------------------------------------------


def stopped(world):
    code = world.server.stop()
    return [] if code == 0 else [f"exit code {code}"]


def whole(world):
    if world.backend == "postgres":
        done = subprocess.run(
            ["pg_amcheck", "--install-missing", "--heapallindexed", world.server.database],
            capture_output=True, text=True, env=os.environ | {"PATH": postgres_path()})
        return [] if done.returncode == 0 else [f"pg_amcheck ended with {done.returncode}: {done.stdout}{done.stderr}"[:1000]]
    database = sqlite3.connect(world.server.data / "aldrava.db")
    try:
        found = [row for row in database.execute("PRAGMA integrity_check") if row != ("ok",)]
        return [str(row) for row in found + database.execute("PRAGMA foreign_key_check").fetchall()][:20]
    finally:
        database.close()


def postgres_path():
    return ":".join([*sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True), os.environ["PATH"]])
