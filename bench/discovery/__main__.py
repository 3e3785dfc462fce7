"""``python -m bench.discovery FOLDER``: fit data sets at levels of noise, and print what was found."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from bench.discovery.cells import Cell, score, summary, table
from bench.discovery.processes import Answering
from bench.discovery.sets import OWN, PUBLIC, DataSet, unreadable

HERE = Path(__file__).parent
PEERS = {"PySINDy": "strong", "PySINDy, weak": "weak"}
OURS = {"symdcrnn": "symdcrnn", "Lasso": "lasso", "STRidge": "stridge"}
LEVELS = "0,0.01,0.05,0.1,0.2,0.5"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.discovery", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", help="of the public sets; without it the built-in ones alone")
    parser.add_argument("--levels", default=LEVELS, help="of noise, as parts of the root mean square")
    parser.add_argument("--seeds", type=int, default=1, help="how often noise is drawn in each cell")
    parser.add_argument("--missing", type=float, default=0.0, help="the part of the values that are missing")
    parser.add_argument("--sets", default="", help="names of some sets, such as burgers,kdv; all without it")
    parser.add_argument("--methods", default="symdcrnn", help="of " + ", ".join([*OURS, *PEERS]) + ", with ; between "
                        "them, or all")
    parser.add_argument("--peer-python", default=sys.executable, help="an interpreter that has PySINDy")
    parser.add_argument("--limit", type=float, default=120.0, help="seconds that a fit may take")
    parser.add_argument("--json", type=Path, help="a file for all cells")
    return parser.parse_args()


def chosen_sets(folder: Path | None, names: str) -> list[DataSet]:
    """The sets that are asked for and there."""
    wanted = {name for name in names.split(",") if name}
    known = {one.name for one in (*PUBLIC, *OWN)}
    if wanted - known:
        unknown = ", ".join(sorted(wanted - known))
        raise SystemExit(f"there is no data set {unknown}: name some of {', '.join(sorted(known))}")
    if folder is not None:
        for path in sorted(folder.iterdir()):
            reason = unreadable(path)
            if reason:
                print(f"{path.name} {reason}: skipped", file=sys.stderr)
    public = PUBLIC if folder is not None else ()
    return [one for one in (*public, *OWN) if not wanted or one.name in wanted]


def chosen_methods(names: str, python: str) -> list[str]:
    """The methods that are asked for and installed."""
    known = [*OURS, *PEERS]
    wanted = known if names == "all" else [name.strip() for name in names.split(";")]
    if set(wanted) - set(known):
        raise SystemExit(f"there is no method {', '.join(set(wanted) - set(known))}: name some of {'; '.join(known)}")
    if any(name in PEERS for name in wanted):
        found = subprocess.run([python, "-c", "import pysindy"], capture_output=True, check=False)
        if found.returncode != 0:
            print(f"{python} has no PySINDy, which is left out", file=sys.stderr)
            wanted = [name for name in wanted if name not in PEERS]
    return wanted


def command(method: str, python: str) -> list[str]:
    if method in PEERS:
        return [python, str(HERE / "sindy.py"), PEERS[method]]
    return [sys.executable, "-m", "bench.discovery.worker", OURS[method]]


def takes(method: str, data: DataSet) -> bool:
    """Whether a method can be given the words of a set."""
    if method in PEERS:
        return bool(data.rival)
    return method == "symdcrnn" or (set(data.exact) == {"u"} and not data.words and data.periodic)


def order(data: DataSet, file: Path) -> dict[str, Any]:
    return {"file": str(file), "fields": list(data.exact), "periodic": data.periodic, "library": list(data.library),
            "words": list(data.words), "exact": data.exact, "rival": data.rival, "derivatives": data.derivatives}


def exact_of(method: str, data: DataSet) -> Mapping[str, Mapping[str, float]]:
    return data.rival if method in PEERS else data.exact


def main() -> None:
    asked = arguments()
    levels = [float(level) for level in asked.levels.split(",")]
    sets, methods = chosen_sets(asked.folder, asked.sets), chosen_methods(asked.methods, asked.peer_python)
    cells: list[Cell] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="discovery-")))
        processes = {method: stack.enter_context(Answering(command(method, asked.peer_python), asked.limit))
                     for method in methods}
        for data in sets:
            clean = data.load(asked.folder)
            for level in levels:
                for seed in range(asked.seeds if level > 0.0 else 1):
                    noisy = clean.with_noise(level, seed).with_gaps(asked.missing, seed)
                    file = folder / "cell.npz"
                    np.savez(file, t=noisy.t, x=noisy.x, **noisy.fields)
                    for method in methods:
                        if takes(method, data):
                            answer = processes[method].ask(order(data, file))
                            cells.append(score(data.name, method, level, seed, answer, exact_of(method, data)))
                            print(line_of(cells[-1]), file=sys.stderr, flush=True)
    cells.sort(key=lambda one: ([data.name for data in sets].index(one.data), methods.index(one.method)))
    print(table(cells, levels, {one.name: one.title for one in sets}))
    print()
    print(summary(cells))
    if asked.json is not None:
        asked.json.write_text(json.dumps([asdict(one) for one in cells], indent=1), encoding="utf-8")


def line_of(cell: Cell) -> str:
    """What is said of a cell while the others are still measured."""
    if cell.message:
        return f"{cell.data} {cell.noise:g} {cell.method}: {cell.message}"
    right = f"right, error {cell.error:.2g}" if cell.error is not None else f"wrong: {cell.equations}"
    verdict = {True: ", certain", False: f", not certain: {'; '.join(cell.failed)}", None: ""}[cell.certain]
    return f"{cell.data} {cell.noise:g} {cell.method}: {right}{verdict}, {cell.seconds:.2g} s"


if __name__ == "__main__":
    main()
