"""``python -m tests.soak --minutes N``: kills, fuzzing, fits at once, full disks, and one table of what came of it."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.soak.kills import kills, prepared
from tests.soak.long_fuzz import fuzzed
from tests.soak.together import at_once, full

FUZZ, KILLS = 0.4, 0.4
"""Of the time; fits at once and full disks take what they take."""

FUZZED = "fuzzed: "


def main() -> int:
    """Run everything; 1 if there was a fault."""
    asked = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    asked.add_argument("--minutes", type=float, default=20.0)
    asked.add_argument("--seed", type=int, default=0, help="Of the moments of kills, and the first case of fuzzing.")
    given = asked.parse_args()
    faults: list[str] = []
    print("| what is done | times | faults |\n| --- | ---: | ---: |", flush=True)
    cases = 0
    for name, times, seen in _rows(60.0 * given.minutes, given.seed):
        print(f"| {name} | {times} | {len(seen)} |", flush=True)
        faults += [f"{name}: {one}" for one in seen]
        cases += times if name.startswith(FUZZED) else 0
    print(f"\n{cases} cases of fuzzing in all")
    for one in faults:
        print(one, file=sys.stderr)
    return 1 if faults else 0


def _rows(seconds: float, seed: int) -> Iterator[tuple[str, int, list[str]]]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        counted: Counter[str] = Counter()
        seen: dict[str, list[str]] = {}
        for what, fault in kills(folder, KILLS * seconds, seed):
            counted[what] += 1
            seen.setdefault(what, []).extend([fault] if fault else [])
        for what, times in counted.items():
            yield f"killed: `{what}`", times, seen[what]
    with tempfile.TemporaryDirectory() as name:
        folder = prepared(Path(name))
        for what, found in (("fits at once on a cold cache", list(at_once(folder, folder / "cold"))),
                            ("files that may not grow", list(full(folder)))):
            yield what, len(found), [one for one in found if one]
    for what, tally in fuzzed(FUZZ * seconds, seed).items():
        yield f"{FUZZED}{what}", tally.cases, [f"{fault} ({times} times)" for fault, times in tally.faults.items()]


if __name__ == "__main__":
    started = time.monotonic()
    code = main()
    print(f"\n{(time.monotonic() - started) / 60.0:.1f} minutes", file=sys.stderr)
    sys.exit(code)
