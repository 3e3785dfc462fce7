"""What the equations of a model read from a trajectory: its grid with functions on it, fields between its frames."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symdcrnn.data.trajectory import Trajectory
from symdcrnn.data.units import differing_units
from symdcrnn.embedding.functions import learned_functions_on
from symdcrnn.errors import InputError
from symdcrnn.fitting.inputs import known_profiles
from symdcrnn.given import check_kind
from symdcrnn.kernels.interpolation import LONGEST
from symdcrnn.kernels.ir.grid import PhaseGrid
from symdcrnn.kernels.runtime.binding import with_functions
from symdcrnn.model import Model
from symdcrnn.preprocess.phase_grid import phase_grid

Array = NDArray[np.float64]


def check_model_and_data(model: object, trajectory: object, where: str) -> None:
    """Refuse what is no model, or no trajectory in memory.

    Parameters
    ----------
    model, trajectory : object
    where : str
        The function that they were given to.

    Raises
    ------
    InputError
        Naming what was given, or the units that differ.
    """
    check_kind(model, Model, f"{where}, as its model,", "give a Model: what fit returns, or load_model of its file")
    check_kind(trajectory, Trajectory, f"{where}, as its trajectory,", "give a Trajectory: read_trajectory of a file, "
               "or Trajectory.from_arrays")
    assert isinstance(model, Model)
    assert isinstance(trajectory, Trajectory)
    for name, (own, _) in differing_units(trajectory, model.data.units).items():
        raise InputError(f"{where} was given data with {name} in {own!r}, but the model has learned it in "
                         f"{model.data.units[name]!r}: convert it by symdcrnn.in_units(trajectory, model.data.units)")


def grid_of(
    model: Model, trajectory: Trajectory, known: Mapping[str, ArrayLike] | None, given: Sequence[str] = (),
    gaps: bool = False,
) -> PhaseGrid:
    """The axes and fields of a trajectory, and known and learned functions on them.

    Parameters
    ----------
    model : Model
    trajectory : Trajectory
    known : mapping or None
        sigma_s, sigma_a or source, if the model was learned with them.
    given : sequence of str
        Fields that come from elsewhere.
    gaps : bool
        Whether values of the fields may be missing.

    Raises
    ------
    InputError
        If a field, an axis or a function that the equations need is missing, or values of fields are.
    """
    check_like(model, trajectory, (*(known or ()), *given))
    profiles = known_profiles(trajectory, known or {})
    for name in model.data.known:
        if name not in profiles:
            raise InputError(f"the model was learned with {name} known: give it with the data")
    grid = phase_grid(trajectory, profiles, gaps)
    return with_functions(grid, learned_functions_on(model, grid))


def check_like(model: Model, trajectory: Trajectory, given: Sequence[str] = ()) -> None:
    """Refuse a trajectory that lacks what the words of a model read.

    Parameters
    ----------
    model : Model
    trajectory : Trajectory
    given : sequence of str
        Known functions that come beside it.

    Raises
    ------
    InputError
        Naming the first field, axis or function that is missing or has other axes.
    """
    axes = {axis.name: axis for axis in trajectory.axes}
    for one in model.data.axes:
        if one.name not in axes:
            raise InputError(f"the data has no axis {one.name!r}: that of the fit had "
                             f"{', '.join(axis.name for axis in model.data.axes)}, give data like that")
        if one.ordered and not axes[one.name].ordered:
            raise InputError(f"the axis {one.name!r} of the data has no order, that of the fit had one: "
                             "give its points")
        if one.weighted and axes[one.name].weights is None:
            raise InputError(f"the axis {one.name!r} of the data has no quadrature weights, that of the fit had some: "
                             f"add an array 'weights' with axis {one.name!r}")
    here = (*trajectory.field_names, *trajectory.profile_names, *trajectory.coordinates)
    needed = [("field", model.data.fields), ("known function", model.data.functions),
              ("known function", model.data.coordinates)]
    for kind, names in needed:
        for name, on in names.items():
            if name in axes or name in given:
                continue
            if name not in here:
                raise InputError(f"the {kind} {name!r} of the fit is missing: the data has {', '.join(here)}")
            if trajectory.axes_of(name) != on:
                raise InputError(f"the {kind} {name!r} has the axes {', '.join(trajectory.axes_of(name))}, in the "
                                 f"model it has {', '.join(on)}: give data like that of the fit")


def between_frames(trajectory: Trajectory) -> Callable[[str, float], Array]:
    """The fields of a trajectory at any time, by polynomials through the frames around it, even or not.

    Returns
    -------
    callable
        ``field(name, t)``, axes those of the field without t; raises InputError outside the times of the trajectory,
        and where values of the frames around are missing.
    """
    times, arrays = trajectory.t, {name: trajectory.array(name) for name in trajectory.field_names}
    used = min(times.size, LONGEST)
    beyond = 1e-6 * float(times[-1] - times[0]) / max(times.size - 1, 1)

    def field(name: str, t: float) -> Array:
        if not times[0] - beyond <= t <= times[-1] + beyond:
            raise InputError(f"the field {name!r} is known from t = {times[0]:g} to {times[-1]:g}, not at {t:g}: give "
                             f"data that reaches further, or a model with an equation of {name!r}")
        after = int(np.searchsorted(times, t, side="right"))
        start = min(max(after - used // 2, 0), times.size - used)
        nodes = times[start:start + used]
        others = [np.delete(nodes, number) for number in range(used)]
        weights = [np.prod((t - rest) / (node - rest)) for node, rest in zip(nodes, others, strict=True)]
        found = np.asarray(np.tensordot(weights, arrays[name][start:start + used], axes=1))
        if np.isnan(found.sum()):
            raise InputError(f"values of {name} are missing in the frames around t = {t:g}: give data without gaps "
                             f"there, or a model with an equation of {name!r}")
        return found

    return field
