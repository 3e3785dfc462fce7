"""Learned equations marched forward in time by scipy's solvers or IMEX schemes, on compiled functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symdcrnn.boundaries.march import march_between_walls
from symdcrnn.boundaries.reading import CELLS, POINTS, WALLS, conditions_of, described_ends
from symdcrnn.data.axes import gaps_text, is_finite
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.embedding.grids import check_model_and_data
from symdcrnn.embedding.march import March
from symdcrnn.errors import InputError, SettingError, lookup
from symdcrnn.forecast_times import forecast_times
from symdcrnn.given import described, real_number, whole_number
from symdcrnn.imex.forecast import IMEX_METHODS, LARGEST_VALUE, checked_step, imex_forecast
from symdcrnn.model import Model

Array = NDArray[np.float64]

METHODS: dict[str, str] = {
    "auto": "RK45, or BDF where the equations are stiff",
    "RK45": "explicit Runge-Kutta of order 5",
    "DOP853": "explicit Runge-Kutta of order 8",
    "LSODA": "Adams, or BDF with a dense Jacobian",
    "BDF": "implicit, of order up to 5",
    "Radau": "implicit Runge-Kutta of order 5",
    **IMEX_METHODS,
}
"""Solvers of scipy.integrate by name, and IMEX schemes, whose steps have a fixed length."""

IMPLICIT = ("BDF", "Radau")

STIFF = 300.0
"""From so many times the time between frames, in units of the fastest rate, an implicit step costs less."""

POWER_STEPS = 12
"""Products with the Jacobian that the fastest rate is estimated from."""


@dataclass(frozen=True)
class Simulation:
    """A forecast.

    Parameters
    ----------
    trajectory : Trajectory
        All fields of the model at the times asked for; the first frame is that of the data.
    method : str
        The solver that was used.
    steps, evaluations : int
        That it took, of the right-hand side.
    from_data : tuple of str
        Fields without an equation, which were taken from the data.
    errors : dict of str to ndarray
        By field with an equation, the relative L2 error of each frame after the first that the data has.
    total_errors : dict of str to float
        The same over all those frames.
    """

    trajectory: Trajectory
    method: str
    steps: int
    evaluations: int
    from_data: tuple[str, ...]
    errors: dict[str, Array]
    total_errors: dict[str, float]


def simulate(
    model: Model,
    trajectory: Trajectory,
    from_frame: int = 0,
    steps: int | None = None,
    until: float | None = None,
    method: str = "auto",
    rtol: float = 1e-7,
    known: Mapping[str, ArrayLike] | None = None,
    progress: Callable[[int, int], None] | None = None,
    dt: float | None = None,
    boundary: Mapping[str, str] | None = None,
    walls: str = POINTS,
) -> Simulation:
    """March the equations of a model from a frame of a trajectory.

    A field without an equation is interpolated between the frames of the data, and where an axis is not periodic so are
    the points at its ends, whose stencils leave the grid, unless a boundary condition is given.

    Parameters
    ----------
    model : Model
    trajectory : Trajectory
        Its frame is the initial state; its times are those of the forecast.
    from_frame : int
        Which frame.
    steps : int, optional
        Frames after that one, spaced as the data is; they may reach beyond it. As many as the data has by default.
    until : float, optional
        The same by the time of the last frame.
    method : str
        One of `METHODS`.
    rtol : float
        Tolerance of each step relative to the size of each field; IMEX schemes have none.
    known : mapping, optional
        sigma_s, sigma_a or source, if the model was learned with them.
    progress : callable, optional
        Called as ``progress(done, total)`` with frames; may raise to stop.
    dt : float, optional
        The longest step of an IMEX scheme; the time between frames by default.
    boundary : mapping of str to str, optional
        By axis of space inflow, vacuum, reflecting or periodic, or those of the lower and the upper end as
        ``"inflow:vacuum"``. ``"inflow exp(-v^2)"`` says what comes in, which is what the data has there by default,
        ``"reflecting, m1 odd"`` which fields change their sign.
    walls : str
        Where they stand: at the first and the last of the ``points``, or half a step beyond them, where points are the
        centres of ``cells``.

    Raises
    ------
    InputError
        If something that the equations need is missing or out of range, or the solution blows up.
    """
    run = prepared(model, trajectory, from_frame, steps, until, method, rtol, known, dt, boundary, walls)
    march, times, chosen = run.march, run.times, run.method
    if chosen in IMEX_METHODS:
        forecast = imex_forecast(march, times, chosen, run.dt)
        states, taken, evaluations = [run.start], forecast.steps, forecast.evaluations
        for state in forecast.states(run.start):
            states.append(state)
            if progress is not None:
                progress(len(states) - 1, times.size - 1)
    else:
        states, taken, evaluations = _solve(march, run.start, times, chosen, run.rtol, progress)
    fields = run.fields(times, states)
    errors = errors_of(trajectory, run.from_frame, {name: fields[name] for name in march.unpack(run.start)})
    return Simulation(forecast_of(trajectory, times, fields, run.settings), chosen, taken, evaluations, march.missing,
                      *errors)


@dataclass(frozen=True, eq=False)
class Run:
    """A forecast that was asked for, checked.

    Parameters
    ----------
    march : March
    times : ndarray, shape (frames,)
    from_frame : int
    method : str
        One of `METHODS` but auto.
    rtol : float
    dt : float or None
    start : ndarray, shape (size,)
        The packed state at the first time.
    boundary : str
        The boundary conditions in words; empty where there are none.
    walls : str
        One of `WALLS`.
    """

    march: March
    times: Array
    from_frame: int
    method: str
    rtol: float
    dt: float | None
    start: Array
    boundary: str = ""
    walls: str = POINTS

    @property
    def settings(self) -> dict[str, str | float]:
        """What a forecast says of how it was made."""
        imex = {} if self.dt is None else {"dt": self.dt}
        walls = {"boundary": self.boundary} if self.boundary else {}
        if self.walls != POINTS:
            walls["walls"] = self.walls
        return {"simulated_by": f"symdcrnn, {self.method}", **walls,
                **(imex if self.method in IMEX_METHODS else {"rtol": self.rtol})}

    def fields(self, times: Array, states: Sequence[Array]) -> dict[str, Array]:
        """All fields of the model at some times, from the packed states there."""
        found = [self.march.fields(float(t), y) for t, y in zip(times, states, strict=True)]
        return {name: np.stack([one[name] for one in found]) for name in found[0]}


def prepared(
    model: Model, trajectory: Trajectory, from_frame: int, steps: int | None, until: float | None, method: str,
    rtol: float, known: Mapping[str, ArrayLike] | None, dt: float | None, boundary: Mapping[str, str] | None = None,
    walls: str = POINTS,
) -> Run:
    """What `simulate` is asked for, checked; arguments and errors as there."""
    check_model_and_data(model, trajectory, "simulate")
    lookup(METHODS, method, "method")
    tolerance = real_number(rtol)
    if tolerance is None or not 0.0 < tolerance < 1.0:
        raise SettingError("rtol", f"is {described(rtol)}: give a number between 0 and 1, such as 1e-7")
    step = checked_step(dt)
    if step is not None and method not in IMEX_METHODS:
        raise SettingError("dt", f"is given, but {method} chooses its steps by itself: set the method to "
                           f"{' or '.join(IMEX_METHODS)}")
    times = forecast_times(trajectory, from_frame, steps, until)
    from_frame = whole_number(from_frame) or 0
    conditions = conditions_of(boundary, trajectory)
    if walls not in WALLS or (walls != POINTS and not conditions):
        raise SettingError("walls", f"is {described(walls)}: give points or cells, and a boundary that they are of")
    march = march_between_walls(model, trajectory, known, conditions, walls == CELLS)
    start = {name: trajectory.array(name)[from_frame] for name in trajectory.field_names}
    for name in start:
        if name not in march.missing and not is_finite(start[name]):
            count = int(np.isnan(start[name]).sum())
            raise InputError(f"{gaps_text(count, start[name].size, name)} in frame {from_frame}, where the simulation "
                             "starts: choose a frame without gaps")
    chosen = method
    if method == "auto":
        chosen = _choose(march, march.pack(start), float(times[0]), float(np.diff(times).mean()))
    return Run(march, times, from_frame, chosen, tolerance, step, march.pack(start), described_ends(conditions),
               walls)


def forecast_of(
    trajectory: Trajectory, times: Array, fields: Mapping[str, Array], attributes: Mapping[str, str | float]
) -> Trajectory:
    """A trajectory on the axes of another one, with its known functions and units."""
    given = trajectory.dataset
    kept = {name: given.attrs[name] for name in ("epsilon", "periodic") if name in given.attrs}
    made = given.drop_dims("t").assign_coords(t=("t", times, given["t"].attrs))
    made = made.assign({name: (given[name].dims, values, given[name].attrs) for name, values in fields.items()})
    return Trajectory(made.drop_attrs(deep=False).assign_attrs({**kept, **attributes}))


def _checked(march: March, t: float, y: Array) -> Array:
    """The rate; refused where the solution has blown up."""
    rate = march.rate(t, y)
    # A finite sum proves that all is finite; solvers given NaN may never return.
    if not np.isfinite(rate.sum()) or np.max(np.abs(y)) > LARGEST_VALUE:
        raise InputError(f"the solution blew up at t = {t:g}: the equations of the model are unstable on this "
                         "grid: learn them from more data, or march for a shorter time")
    return rate


def _choose(march: March, y: Array, t: float, dt: float) -> str:
    """RK45 or BDF, by the fastest rate: a few products of the Jacobian with a rough vector."""
    rate = _checked(march, t, y)
    scale = np.maximum(_sizes(march, y), 1e-300)
    direction = np.random.default_rng(0).standard_normal(y.size)
    fastest = 0.0
    for _ in range(POWER_STEPS):
        size = float(np.sqrt(np.mean(direction * direction)))
        if size == 0.0 or not np.isfinite(size):
            break
        step = 1e-6 * scale * direction / size
        direction = (_checked(march, t, y + step) - rate) / (1e-6 * scale)
        fastest = float(np.sqrt(np.mean(direction * direction)))
    return "BDF" if fastest * dt > STIFF else "RK45"


def _sizes(march: March, y: Array) -> Array:
    """The largest value of the field that each number of a packed state belongs to; one where all are zero."""
    return np.concatenate([np.full(values.size, np.max(np.abs(values)) or 1.0) for values in march.unpack(y).values()])


def _solve(
    march: March, y: Array, times: Array, method: str, rtol: float, progress: Callable[[int, int], None] | None
) -> tuple[list[Array], int, int]:
    """The packed state at every time, steps and evaluations."""
    import scipy.integrate

    options: dict[str, Any] = {"rtol": rtol, "atol": rtol * _sizes(march, y)}
    if method in IMPLICIT:
        options["jac_sparsity"] = march.pattern()
    solver = getattr(scipy.integrate, method)(partial(_checked, march), float(times[0]), y, float(times[-1]), **options)
    states, steps = [y], 0
    while solver.status == "running":
        message = solver.step()
        steps += 1
        if solver.status == "failed" or not np.all(np.isfinite(solver.y)):
            raise InputError(f"the solution blew up or became too rough for {method} at t = {solver.t:g}"
                             f"{f' ({message})' if message else ''}: try another method, or march for a shorter time")
        between = None
        while len(states) < times.size and times[len(states)] <= solver.t:
            between = between or solver.dense_output()
            t = float(times[len(states)])
            states.append(np.array(solver.y if t == solver.t else between(t)))
        if progress is not None:
            progress(len(states) - 1, times.size - 1)
    return states, steps, int(solver.nfev)


def errors_of(
    trajectory: Trajectory, first: int, fields: Mapping[str, Array]
) -> tuple[dict[str, Array], dict[str, float]]:
    """Relative L2 errors against the data, of each frame and of all."""
    by_frame, total = {}, {}
    for name, values in fields.items():
        truth = trajectory.array(name)[first + 1:]
        shared = min(truth.shape[0], values.shape[0] - 1)
        if shared:
            truth, off = truth[:shared], values[1:shared + 1] - truth[:shared]
            # Where values are missing there is nothing to compare.
            truth, off = np.nan_to_num(truth), np.nan_to_num(off)
            axes = tuple(range(1, truth.ndim))
            sizes = np.sqrt((truth * truth).sum(axis=axes))
            by_frame[name] = np.sqrt((off * off).sum(axis=axes)) / np.where(sizes > 0.0, sizes, 1.0)
            whole = float(np.sqrt((truth * truth).sum()))
            total[name] = float(np.sqrt((off * off).sum())) / (whole or 1.0)
    return by_frame, total
