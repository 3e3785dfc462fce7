"""The table of bench/README.md from the JSON of pytest-benchmark: ``python bench/table.py results.json``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

HEAD = ("work", "contender", "time", "peak memory (base)", "ratio", "target", "met")


def row(work: str, contender: str, seconds: float | None = None, peak: float | None = None, base: float | None = None,
        ratio: float | None = None, target: str = "", met: bool | None = None, note: str = "") -> dict[str, Any]:
    """One row; ratio is how many times the time of symdcrnn this is, or what the target speaks of."""
    return {"work": work, "contender": contender, "seconds": seconds, "peak": peak, "base": base, "ratio": ratio,
            "target": target, "met": met, "note": note}


def markdown(rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows as a table, in the order in which they were measured."""
    lines = ["| " + " | ".join(HEAD) + " |", "|" + " --- |" * len(HEAD)]
    before = ""
    for one in rows:
        memory = "" if one["peak"] is None else f"{one['peak']:.0f} MB ({one['base']:.0f})"
        met = {None: "", True: "yes", False: "no"}[one["met"]]
        cells = ("" if one["work"] == before else one["work"], one["contender"], _time(one["seconds"]) or one["note"],
                 memory, "" if one["ratio"] is None else f"{one['ratio']:.3g}", one["target"], met)
        lines.append("| " + " | ".join(cells) + " |")
        before = one["work"]
    return "\n".join(lines)


def _time(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return f"{1e3 * seconds:.3g} ms" if seconds < 1.0 else f"{seconds:.3g} s"


def rows_of(benchmarks: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows that benchmarks left in their extra_info."""
    return [one for benchmark in benchmarks for one in benchmark["extra_info"].get("rows", [])]


def main() -> None:
    content = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    print(markdown(rows_of(content["benchmarks"])))


if __name__ == "__main__":
    main()
