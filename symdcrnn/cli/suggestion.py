"""Which options of a fit suit some data."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from symdcrnn.errors import SettingError

if TYPE_CHECKING:
    from symdcrnn.cli.fitting import Asked
    from symdcrnn.data.trajectory import Trajectory

KINETIC = frozenset(("v", "x"))
"""The axes of the data that the default operators are of."""

OF_WORDS = ("operators", "operator_file", "words", "library", "groups", "kernels", "nonlinear", "layers")
"""What says which words an equation may have."""


def suggested_options(trajectory: Trajectory) -> str:
    """Options that suit the axes: a library in space alone, letters for networks where there are others."""
    roles = {axis.name: axis.role for axis in trajectory.axes}
    space = [f"d_{name}" for name, role in roles.items() if role == "space"]
    if len(space) == len(roles):
        # Equations of the parts of a complex field are of odd degree, as those of its amplitude are.
        paired = any(name.endswith("_re") and f"{name[:-3]}_im" in trajectory.field_names
                     for name in trajectory.field_names)
        rule = ", ".join([f"poly {3 if paired else 2}", *(f"{letter} 2" for letter in space)])
        return f"--library {shlex.quote(rule)}"
    if set(roles) == KINETIC:
        return ""
    letters = [name for name, (on, _) in trajectory.coordinates.items() if on and all(
        roles.get(axis) in ("velocity", "index") for axis in on) and (name not in roles or roles[name] == "velocity")]
    averages = ["mean"] if any(axis.weights is not None for axis in trajectory.axes) else []
    return f"--operators {','.join(['I', *letters, *averages, *space])} --layers 1 --scales 0"


def check_words_are_said(asked: Asked, trajectory: Trajectory) -> None:
    """Refuse the default operators on data without velocities.

    Raises
    ------
    SettingError
        With options that suit the data.
    """
    if all(asked.value(name) in (None, ()) for name in OF_WORDS) and "v" not in trajectory.dataset.dims:
        raise SettingError("operators", "is not given, and the default ones are for data with velocities v: add "
                           f"{suggested_options(trajectory)}, or other words")
