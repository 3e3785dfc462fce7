"""Our own methods in a process: one order a line on stdin, one answer a line on stdout.

An order names a file of fields, t and x, and says what is fitted.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

import symdcrnn
from bench.discovery.memory import peak, start_over
from symdcrnn.comparison.methods import compare
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.errors import InputError
from symdcrnn.schemes.table import WEAK
from symdcrnn.settings import FitSettings

Found = dict[str, Any]
Equations = Mapping[str, Mapping[str, float]]


def trajectory_of(order: Mapping[str, Any], powers: int = 1, exact: Equations | None = None) -> Trajectory:
    """The data of an order, with fields u2 = u^2, ... up to a power."""
    content = np.load(order["file"], allow_pickle=False)
    fields = {name: content[name] for name in order["fields"]}
    fields |= {f"u{power}": content["u"]**power for power in range(2, powers + 1)}
    return Trajectory.from_arrays(fields, t=content["t"], x=content["x"], periodic=order["periodic"], exact=exact)


def ours(order: Mapping[str, Any]) -> Found:
    """`symdcrnn fit` at its defaults."""
    trajectory = trajectory_of(order)
    for _ in range(2):
        start_over()
        before, started = peak(), time.perf_counter()
        model = symdcrnn.fit(trajectory, library=order["library"], words=order["words"])
        seconds = time.perf_counter() - started
        if all(model[name].scheme == WEAK for name in order["fields"]):
            break  # The weak form compiles nothing; other schemes are timed when their kernels are there.
    equations = {name: dict(model[name].coefficients) for name in order["fields"]}
    certain = {name: model[name].certain for name in order["fields"]}
    scheme = ", ".join(sorted({model[name].scheme for name in order["fields"]}))
    failed = [check.text for name in order["fields"] for check in model[name].checks if not check.passed]
    return {"equations": equations, "seconds": seconds, "memory": peak() - before, "certain": certain,
            "settings": scheme, "failed": failed}


def section_six(method: str) -> Callable[[Mapping[str, Any]], Found]:
    """A method of `symdcrnn compare`, on u, u^2 and u^3 under up to two of d_x and d_xx; the exact equation chooses its
    settings."""

    def run(order: Mapping[str, Any]) -> Found:
        settings = FitSettings(operators=("I", "d_x", "d_xx"), layers=1, scales=0)
        exact = {"u": {_composed(word): value for word, value in order["exact"]["u"].items()}}
        result = compare(trajectory_of(order, 3, exact), "u", [method], settings)[0]
        found: dict[str, float] = {}
        for word, value in result.coefficients.items():
            found[_plain(word)] = found.get(_plain(word), 0.0) + value
        return {"equations": {"u": found}, "seconds": result.seconds, "memory": 1.048576 * (result.memory or 0.0),
                "certain": {}, "settings": result.settings, "failed": []}

    return run


COMPOSED = {0: "", 1: "d_x ", 2: "d_xx ", 3: "d_x d_xx ", 4: "d_xx d_xx "}


def _composed(word: str) -> str:
    """``d_xxx(u^2)`` as such a dictionary writes it, ``d_x d_xx u2``."""
    derivative, _, rest = word.replace("(", " ").replace(")", "").rpartition(" ")
    return COMPOSED[derivative.count("x")] + rest.replace("^", "")


def _plain(word: str) -> str:
    """The other way."""
    *letters, last = word.split()
    order = sum(letter.count("x") for letter in letters)
    derivative = f"d_{'x' * order}" if order else ""
    if last == "u":
        return f"{derivative} u".strip()
    return f"{derivative}(u^{last[1:]})" if order else f"u^{last[1:]}"


METHODS: dict[str, Callable[[Mapping[str, Any]], Found]] = {
    "symdcrnn": ours, "lasso": section_six("lasso"), "stridge": section_six("stridge"),
}


def main() -> None:
    run = METHODS[sys.argv[1]]
    for line in sys.stdin:
        order = json.loads(line)
        try:
            answer = run(order)
        except InputError as error:
            answer = {"error": str(error)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
