"""All methods by name, each run in a process of its own so that its time and memory can be told.

A new method is one new entry in `METHODS`.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from symdcrnn.comparison.dictionary import Estimate, Task, task_of
from symdcrnn.comparison.lasso import lasso
from symdcrnn.comparison.ms_hdl import ms_hdl
from symdcrnn.comparison.pinn import pinn, pinn_expansion
from symdcrnn.comparison.stridge import stridge
from symdcrnn.data.files.formats import write_trajectory
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.engines.isolation import isolated_command, isolated_environment
from symdcrnn.equation_text import format_sum
from symdcrnn.errors import InputError, lookup
from symdcrnn.fitting.fit import fit
from symdcrnn.given import check_kind, described, text_tuple
from symdcrnn.scoring import error_percent, error_with_spurious_percent
from symdcrnn.settings import FitSettings


@dataclass(frozen=True)
class Method:
    """One way to find an equation.

    Parameters
    ----------
    name : str
        How it is named on the command line.
    description : str
        What it is, and where the paper has it.
    run : callable
        From a `Task` to an `Estimate`.
    """

    name: str
    description: str
    run: Callable[[Task], Estimate]


def dcrnn(task: Task) -> Estimate:
    """Our own fit."""
    model = fit(task.trajectory, task.settings, equations=task.target.name)
    equation = model[task.target.name]
    return Estimate(dict(equation.coefficients), equation.scheme)


METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Method("dcrnn", "symdcrnn fit", dcrnn),
        Method("lasso", "Lasso by scikit-learn, example 6.6", lasso),
        Method("stridge", "sequential thresholded ridge regression, example 6.7", stridge),
        Method("ms-hdl", "one dictionary per time scale on split data, example 6.9", ms_hdl),
        Method("pinn", "physics-informed networks, eq. (6.8)", pinn),
        Method("pinn-expansion", "physics-informed networks with powers of 1/epsilon, eq. (6.10)", pinn_expansion),
    )
}


@dataclass(frozen=True)
class Comparison:
    """What one method found and what it took.

    Parameters
    ----------
    method : str
    coefficients : dict of str to float
    settings : str
        Those that were chosen.
    error, error_with_spurious : float or None
        Eq. (6.2) in percent, where the exact equation is known.
    seconds : float
        Wall time of the method alone, compilation and search of its settings included.
    memory : float or None
        Peak memory beyond that of the loaded data in MiB, where the system tells it.
    """

    method: str
    coefficients: dict[str, float]
    settings: str
    error: float | None
    error_with_spurious: float | None
    seconds: float
    memory: float | None

    def to_dict(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)

    def equation(self, target: str) -> str:
        """What was found, as ``d_t g = ...``."""
        return f"d_t {target} = {format_sum([(value, word) for word, value in self.coefficients.items()])}"


def find_method(name: str) -> Method:
    """The method of that name.

    Raises
    ------
    InputError
        If there is none.
    """
    return lookup(METHODS, name, "method")


def compare(
    trajectory: Trajectory,
    target: str,
    methods: Sequence[str] = tuple(METHODS),
    settings: FitSettings | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> tuple[Comparison, ...]:
    """Run methods on the same data and dictionary.

    Parameters
    ----------
    trajectory : Trajectory
    target : str
        The field whose equation is sought.
    methods : sequence of str
        Keys of `METHODS`.
    settings : FitSettings, optional
        Layers, scales, operators and stencils of the dictionary.
    progress : callable, optional
        Called with the name of the method, the methods done and the methods there are.

    Raises
    ------
    InputError
        If a method is unknown, or the data or settings cannot be used by one of them.
    """
    check_kind(trajectory, Trajectory, "compare", "give a Trajectory: read_trajectory of a file, or "
               "Trajectory.from_arrays")
    if settings is not None:
        check_kind(settings, FitSettings, "compare, as its settings,", "give FitSettings(...)")
    named_methods = text_tuple(methods)
    if named_methods is None:
        raise InputError(f"methods is {described(methods)}: give a list of names of {', '.join(METHODS)}")
    methods = named_methods
    chosen = [find_method(name).name for name in dict.fromkeys(methods)]
    shared = settings or FitSettings()
    exact = (trajectory.exact or {}).get(target)
    found = []
    task_of(trajectory, target, shared)
    with tempfile.TemporaryDirectory(prefix="symdcrnn-") as folder:
        write_trajectory(trajectory, Path(folder, "data.nc"))
        for number, name in enumerate(chosen):
            if progress is not None:
                progress(name, number, len(chosen))
            result = _in_a_process(Path(folder), name, target, shared)
            coefficients = {str(word): float(value) for word, value in result["coefficients"].items()}
            found.append(Comparison(
                method=name, coefficients=coefficients, settings=str(result["settings"]),
                error=None if exact is None else error_percent(coefficients, exact),
                error_with_spurious=None if exact is None else error_with_spurious_percent(coefficients, exact),
                seconds=float(result["seconds"]), memory=result["memory"],
            ))
            if progress is not None:
                progress(name, number + 1, len(chosen))
    return tuple(found)


def _in_a_process(folder: Path, method: str, target: str, settings: FitSettings) -> Mapping[str, Any]:
    order = {"method": method, "target": target, "settings": asdict(settings)}
    done = subprocess.run(isolated_command("symdcrnn.comparison.worker", [str(folder)]), input=json.dumps(order),
                          capture_output=True, text=True, check=False, env=isolated_environment())
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or ["it ended without a word"]
        message = lines[-1].removeprefix("Error: ")
        raise InputError(message if message.startswith(method) else f"{method}: {message}")
    result: Mapping[str, Any] = json.loads(Path(folder, f"{method}.json").read_text(encoding="utf-8"))
    return result
