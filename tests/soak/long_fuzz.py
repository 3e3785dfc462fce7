"""Many cases of fuzzing in processes of their own, which may crash or hang."""

from __future__ import annotations

import os
import resource
import select
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.soak.fuzz import REFUSED, SECONDS, VALUE, outcome
from tests.soak.targets import TARGETS

BATCH = 10_000
"""Cases of one process."""

MEMORY = 6 * 2**30
"""Bytes that it may take."""


@dataclass
class Tally:
    """What cases of one target ended in."""

    cases: int = 0
    values: int = 0
    refused: int = 0
    faults: Counter[str] = field(default_factory=Counter)


def fuzzed(seconds: float, seed: int) -> dict[str, Tally]:
    """Run cases of all targets in turn until the time is over.

    Parameters
    ----------
    seconds : float
    seed : int
        The number of the first case.
    """
    found = {name: Tally() for name in TARGETS}
    # What a copy of this process would have to make again.
    with tempfile.TemporaryDirectory() as folder:
        for name in TARGETS:
            outcome(name, seed, Path(folder))
    part = max(0.2, seconds / len(TARGETS) / 4.0)
    ends, first = time.monotonic() + seconds, dict.fromkeys(TARGETS, seed)
    while time.monotonic() < ends:
        for name, tally in found.items():
            first[name] += _batch(name, first[name], tally, part)
            if time.monotonic() > ends:
                break
    return found


def _batch(name: str, first: int, tally: Tally, seconds: float) -> int:
    """Some cases in a copy of this process; how many there were."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _cases(name, first, writing, seconds)
    os.close(writing)
    done, text, late = 0, b"", False
    while not late:
        ready, _, _ = select.select([reading], [], [], 3.0 * SECONDS)
        late = not ready
        piece = os.read(reading, 2**16) if ready else b""
        if not piece:
            break
        text += piece
    if late:
        os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    os.close(reading)
    lines = text.decode("utf-8", "replace").split("\n")[:-1]
    for said in lines:
        done += 1
        tally.cases += 1
        if said == VALUE:
            tally.values += 1
        elif said == REFUSED:
            tally.refused += 1
        else:
            tally.faults[f"case {first + done - 1}: {said}"] += 1
    if status != 0:
        done += 1
        tally.cases += 1
        ended = "hangs" if late else f"ends the process (status {status})"
        tally.faults[f"case {first + done - 1}: {ended}"] += 1
    return done


def _cases(name: str, first: int, writing: int, seconds: float) -> None:
    code = 1
    try:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        ends = time.monotonic() + seconds
        with tempfile.TemporaryDirectory() as folder:
            for number in range(first, first + BATCH):
                said = outcome(name, number, Path(folder))
                os.write(writing, (" ".join(said.split()) + "\n").encode("utf-8", "backslashreplace"))
                if time.monotonic() > ends:
                    break
        code = 0
    finally:
        sys.stdout.flush()
        os._exit(code)
