"""Units as the data gives them: texts that are kept, and compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from symdcrnn.errors import InputError

if TYPE_CHECKING:
    from symdcrnn.data.trajectory import Trajectory


def check_same_units(trajectories: Sequence[Trajectory]) -> None:
    """Refuse trajectories of which one says other units of an axis or variable than the first one that says any.

    Raises
    ------
    InputError
        Naming the variable and both units.
    """
    known: dict[str, str] = {}
    for trajectory in trajectories:
        for name, variable in trajectory.dataset.variables.items():
            if "units" not in variable.attrs:
                continue
            # Times count from some date, which no equation depends on.
            units = str(variable.attrs["units"]).split(" since ")[0]
            if known.setdefault(str(name), units) != units:
                raise InputError(f"the trajectories have different units of {name}: {known[str(name)]!r} and "
                                 f"{units!r}: convert one of them")


def units_of(trajectory: Trajectory) -> dict[str, str]:
    """Units of axes, fields and functions by name, of those that have some, as the data gives them."""
    return {str(name): str(variable.attrs["units"]) for name, variable in trajectory.dataset.variables.items()
            if "units" in variable.attrs}
