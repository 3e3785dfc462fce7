"""``python -m bench.kinetic [FOLDER] [NAMES]``: fit kinetic equations, clean and noisy, and print what was found."""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import symdcrnn
from bench.kinetic.cases import OWN, Case
from bench.kinetic.files import cases_of
from symdcrnn import InputError, LearnedEquation, Model


@dataclass(frozen=True)
class Cell:
    """What was made of a case at one level of noise.

    Parameters
    ----------
    case : Case
    noise : float
    right : bool
        Whether all equations have the right words and no others.
    error : float or None
        The largest relative error of a coefficient, where the words are right.
    verdict : str
    seconds : float
    text : str
        The equations, or why there are none.
    """

    case: Case
    noise: float
    right: bool
    error: float | None
    verdict: str
    seconds: float
    text: str

    @property
    def row(self) -> str:
        """One line of the table."""
        error = "" if self.error is None else f"{self.error:.0e}" if self.error < 1e-4 else f"{100 * self.error:.2g} %"
        noise = "its own" if self.case.noisy else f"{100 * self.noise:g} %"
        return (f"| {self.case.title} | {noise} | {'right' if self.right else 'wrong'} | {error} | "
                f"{self.verdict} | {self.seconds:.1f} |")


HEAD = "| data | noise | words | worst error | verdict | seconds |\n| --- | --- | --- | --- | --- | --- |"


def fitted(case: Case, noise: float) -> Cell:
    """Fit a case, and compare with the right equations."""
    trajectory = case.load(noise)
    exact, started = case.exact or trajectory.exact or {}, time.perf_counter()
    try:
        model: Model = symdcrnn.fit(trajectory, **{"equations": tuple(exact), **case.fit})
    except InputError as error:
        return Cell(case, noise, False, None, "refused", time.perf_counter() - started, str(error))
    seconds = time.perf_counter() - started
    found = {name: numbers_of(model[name]) for name in exact}
    right = all(set(found[name]) == set(exact[name]) for name in exact)
    error = max(abs(found[name][word] / value - 1.0) for name in exact for word, value in exact[name].items()) \
        if right else None
    failed = sorted({check.name for name in exact for check in model[name].checks if not check.passed})
    certain = all(model[name].certain for name in exact)
    return Cell(case, noise, right, error, "certain" if certain else f"not certain ({', '.join(failed)})", seconds,
                str(model))


def numbers_of(equation: LearnedEquation) -> dict[str, float]:
    """Coefficients by word; of words that a kernel of a family consists of, the parameters of the kernel instead."""
    inside = {word for kernel in equation.kernels for word in kernel.words}
    alone = {word: value for word, value in equation.coefficients.items() if word not in inside}
    return alone | {one.name: one.value for kernel in equation.kernels for one in kernel.parameters}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.kinetic", description=__doc__)
    parser.add_argument("names", nargs="*", help="a folder of files of other solvers, and names of some cases")
    parser.add_argument("--noise", default="0,0.01", help="parts of each field's standard deviation")
    asked = parser.parse_args()
    folders = [Path(name) for name in asked.names if Path(name).is_dir()]
    cases = [*OWN, *(case for folder in folders for case in cases_of(folder))]
    wanted = {name for name in asked.names if not Path(name).is_dir()}
    unknown = wanted - {case.name for case in cases}
    if unknown:
        raise SystemExit(f"there is no case {', '.join(sorted(unknown))}: name some of "
                         f"{', '.join(case.name for case in cases)}")
    levels = [float(level) for level in asked.noise.split(",")]
    print(HEAD, flush=True)
    for case in cases:
        if not wanted or case.name in wanted:
            for level in [0.0] if case.noisy else levels:
                cell = fitted(case, level)
                print(cell.row, flush=True)
                if not cell.right:
                    print(cell.text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
