"""Whether memory grows with use: a robust line through what a process held at its calmest moments."""

import dataclasses
import re
import statistics
from pathlib import Path

#: Below this many bytes for each answer nothing is called a leak; one of 100 bytes a request takes 112 of the allocator.
#: What may grow is bounded and counted apart: the caches of sessions and tokens, by their entries.
BYTES_PER_ANSWER = 40
#: What an entry of the caches takes at most: a token's keyed name, ids and times; a session with its account; each in a
#: dictionary that may be two thirds empty.
BYTES_PER_TOKEN, BYTES_PER_SESSION = 240, 700
#: After a start, pools, page caches and the window of live events fill, and allocators find their size; that is no leak.
#: So the first third of a life is not looked at, and never less than this.
WARM_UP_SECONDS = 120
#: Less than this says nothing about a leak of that size: its growth would drown in pages and arenas.
ENOUGH_ANSWERS, ENOUGH_BLOCKS, BLOCK_SECONDS = 30_000, 12, 10
#: So many more than at the beginning are a leak: of open descriptors, and of bytes of the parent, which does next to nothing.
DESCRIPTORS, PARENT_BYTES = 12, 1 << 20


@dataclasses.dataclass
class Sample:
    """One look at the serving process."""

    time: float
    answers: int
    #: Bytes of memory that are the process's own (RssAnon); files it maps are not counted.
    memory: int
    descriptors: int
    threads: int
    tokens: int
    sessions: int
    #: No fault at this moment, nor shortly before.
    is_calm: bool

    @property
    def explained(self):
        return self.tokens * BYTES_PER_TOKEN + self.sessions * BYTES_PER_SESSION


@dataclasses.dataclass
class Judgement:
    answers: int
    seconds: float
    #: At the beginning, at a third, at two thirds and at the end.
    memory: list
    #: Bytes for each answer, as measured and after what the caches may have taken.
    slope: float
    remaining: float
    descriptors: tuple
    threads: tuple
    problems: list


def anonymous_memory(process):
    text = Path(f"/proc/{process}/status").read_text()
    return int(re.search(r"^RssAnon:\s+(\d+)", text, re.M).group(1)) * 1024


def judge(samples):
    """A ``Judgement`` about one life of a process, or `None` where it was too short to say anything."""
    warm_up = max(WARM_UP_SECONDS, (samples[-1].time - samples[0].time) / 3)
    samples = [sample for sample in samples if sample.time >= samples[0].time + warm_up]
    blocks = calm_minima(samples)
    if len(blocks) < ENOUGH_BLOCKS or blocks[-1].answers - blocks[0].answers < ENOUGH_ANSWERS:
        return None
    slope = theil_sen([(block.answers, block.memory) for block in blocks])
    answers = blocks[-1].answers - blocks[0].answers
    # Memory of entries that went is seldom given back, so only what came is set against the growth.
    explained = max(0, max(block.explained for block in blocks[1:]) - blocks[0].explained) / answers
    remaining = slope - explained
    problems = []
    if remaining > BYTES_PER_ANSWER:
        problems.append(
            f"memory grew by {slope:.0f} bytes an answer over {answers:,} answers, of which caches explain "
            f"{explained:.0f}; allowed are {BYTES_PER_ANSWER}")
    third = max(1, len(blocks) // 3)
    descriptors = least(blocks[:third], "descriptors"), least(blocks[-third:], "descriptors")
    threads = least(blocks[:third], "threads"), least(blocks[-third:], "threads")
    if descriptors[1] > descriptors[0] + DESCRIPTORS:
        problems.append(f"open descriptors grew from {descriptors[0]} to {descriptors[1]}")
    if threads[1] > threads[0]:
        problems.append(f"threads grew from {threads[0]} to {threads[1]}")
    memory = [blocks[at * (len(blocks) - 1) // 3].memory for at in range(4)]
    return Judgement(
        answers, blocks[-1].time - blocks[0].time, memory, slope, remaining, descriptors, threads, problems)


def least(blocks, field):
    return min(getattr(block, field) for block in blocks)


def calm_minima(samples):
    """Of each block of time the calm sample with the least memory: what a burst needed for a moment is no growth."""
    blocks = {}
    for sample in samples:
        if sample.is_calm:
            blocks.setdefault(int(sample.time // BLOCK_SECONDS), []).append(sample)
    return [min(block, key=lambda sample: sample.memory) for block in blocks.values()]


def theil_sen(points):
    """The median of the slopes between all pairs; steps and outliers in less than a quarter of them do not move it."""
    slopes = [
        (there[1] - here[1]) / (there[0] - here[0])
        for at, here in enumerate(points) for there in points[at + 1:] if there[0] > here[0]]
    return statistics.median(slopes) if slopes else 0.0
