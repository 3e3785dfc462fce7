"""The whole path: trajectory, ansatz, regression, choice of words, training, model."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symdcrnn.algebra.ansatz import Ansatz, build_ansatz
from symdcrnn.algebra.operators import OPERATORS, find_operator
from symdcrnn.algebra.rnn import count_compositions
from symdcrnn.algebra.words import Field
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.equation import LearnedEquation, NetworkRecord
from symdcrnn.errors import InputError
from symdcrnn.kernels.lower import Stencils
from symdcrnn.kernels.norms import Norm, find_norm
from symdcrnn.kernels.runtime import BoundKernel, GridData
from symdcrnn.model import Model
from symdcrnn.scaled_form import scaled_form
from symdcrnn.schemes.multistep import is_stiff, sharpest_scheme
from symdcrnn.schemes.runge_kutta import DoubleTableau
from symdcrnn.schemes.scheme import Scheme
from symdcrnn.schemes.table import find_scheme
from symdcrnn.training.bootstrap import bootstrap
from symdcrnn.training.functions import FunctionSpace, project
from symdcrnn.training.learned import (
    collinearity,
    largest_damping,
    learned_functions,
    learned_terms,
    path_records,
    relative,
)
from symdcrnn.training.networks import build_networks
from symdcrnn.training.problem import (
    Term,
    fields_of,
    grid_data,
    regression_of,
    terms_of,
    vanishing,
    with_functions,
)
from symdcrnn.training.reachable import linear_hull, minimise_over
from symdcrnn.training.regression import Minimum, Regression, minimise, with_huber_width
from symdcrnn.training.regularisers import REGULARISERS
from symdcrnn.training.selection import STRONG_JUMP, WEAK_JUMP, eliminate
from symdcrnn.training.settings import AUTO, FitSettings
from symdcrnn.training.smoothing import smoothed
from symdcrnn.training.train import train

Array = NDArray[np.float64]
Progress = Callable[[str, int, int], None]

KNOWN_FUNCTIONS = ("sigma_s", "sigma_a", "source")
"""Functions of x that a trajectory, or the caller, may give."""

LARGEST_DICTIONARY = 1500
"""Words of one equation at most: its Gram matrix is stored."""


MOST_COMPOSITIONS = 1_000_000
"""Compositions of operators, before the relations, that are expanded at all."""


def fit(
    trajectory: Trajectory,
    settings: FitSettings | None = None,
    *,
    known: Mapping[str, ArrayLike] | None = None,
    progress: Progress | None = None,
    **changes: Any,
) -> Model:
    """Learn the equations of a trajectory.

    Parameters
    ----------
    trajectory : Trajectory
        The snapshots.
    settings : FitSettings, optional
        All settings at once.
    known : mapping of str to array_like, optional
        sigma_s, sigma_a or source, as a number or as values at the points of x; those in the
        trajectory are known as well.
    progress : callable, optional
        Called with the name of the stage, the steps done and the steps there are.
    **changes
        Single settings by name, such as ``scheme="imex-bdf2"`` or ``equations=("g",)``.

    Returns
    -------
    Model

    Raises
    ------
    InputError
        If something in the data or the settings cannot be used, in one line.

    Examples
    --------
    >>> model = fit(read_trajectory("data.nc"), equations=("g",), scheme="imex-bdf2")  # doctest: +SKIP
    """
    started = time.perf_counter()
    chosen = _settings(settings, changes)
    fields = fields_of(trajectory)
    _check_names(fields)
    for asked in chosen.functions:
        if asked.partition(":")[0].strip() not in (chosen.equations or trajectory.field_names):
            raise InputError(f"the function {asked!r} is of no equation that is sought: write EQUATION:WORD")
    profiles = known_profiles(trajectory, known or {})
    targets = chosen.equations or tuple(field.name for field in fields)
    data = smoothed(grid_data(trajectory, profiles), chosen.smooth_x)
    equations = []
    for target in targets:
        ansatz = ansatz_of(chosen, fields, target)
        equations.append(_fit_equation(ansatz, data, chosen, tuple(profiles), progress or _silent))
    return Model.of(trajectory, chosen, tuple(profiles), tuple(equations), time.perf_counter() - started)


def ansatz_of(settings: FitSettings, fields: Sequence[Field], target: str) -> Ansatz:
    """The ansatz of one equation.

    Raises
    ------
    InputError
        If an operator or the field is unknown, or the dictionary too large to be fitted.
    """
    operators = [find_operator(name) for name in settings.operators]
    ansatz = build_ansatz(target, fields, operators, settings.layers, settings.scales)
    compositions = count_compositions(operators, settings.layers)
    if compositions > MOST_COMPOSITIONS:
        raise InputError(
            f"{settings.layers} layers of {len(operators)} operators compose {compositions:.1e} words: "
            "use fewer layers or operators"
        )
    words = len(ansatz.words)
    if words > LARGEST_DICTIONARY:
        raise InputError(
            f"{settings.layers} layers of {len(operators)} operators make {words} words, more than a fit can "
            f"tell apart (at most {LARGEST_DICTIONARY}): use fewer layers or operators"
        )
    return ansatz


def known_profiles(trajectory: Trajectory, known: Mapping[str, ArrayLike]) -> dict[str, Array]:
    """The known functions of x, those of the caller before those of the trajectory.

    Raises
    ------
    InputError
        If a name is not one of `KNOWN_FUNCTIONS`, or values do not fit the grid.
    """
    profiles = {
        name: trajectory.profile(name) for name in trajectory.profile_names if name in KNOWN_FUNCTIONS
    }
    for name, values in known.items():
        if name not in KNOWN_FUNCTIONS:
            raise InputError(f"unknown function {name!r}: it must be one of {', '.join(KNOWN_FUNCTIONS)}")
        array = np.asarray(values, dtype=np.float64)
        if array.shape not in ((), trajectory.x.shape):
            raise InputError(
                f"{name} has shape {array.shape}: give one number or {trajectory.x.size} values, one per x"
            )
        if not np.all(np.isfinite(array)):
            raise InputError(f"{name} has a value that is not finite: give finite numbers")
        profiles[name] = np.ascontiguousarray(np.broadcast_to(array, trajectory.x.shape))
    return profiles


def _fit_equation(
    ansatz: Ansatz, data: GridData, settings: FitSettings, known: Sequence[str], progress: Progress
) -> LearnedEquation:
    target = ansatz.target
    asked = None if settings.scheme == AUTO else find_scheme(settings.scheme)
    judging = asked if isinstance(asked, Scheme) and asked.window else sharpest_scheme(data.frames)
    norm = find_norm(settings.norm)
    stencils = Stencils(settings.transport_stencil, settings.central_stencil)
    terms, functional = with_functions(terms_of(target, ansatz.words, known), target, settings, known)
    zero_mean = settings.zero_mean if target.v_dependent else 0.0
    stage = f"{target.name}-equation: "
    progress(stage + "compiling", 0, 2)

    @cache
    def regress(scheme: Scheme | DoubleTableau, norm: Norm) -> Regression:
        return regression_of(scheme, target, terms, data, stencils, norm, zero_mean)

    def projected(regression: Regression) -> Regression:
        if not functional:
            return regression
        if not isinstance(regression.kernel, BoundKernel):
            raise InputError(f"functions of x need a multistep scheme, not {settings.scheme}: choose another one")
        space = FunctionSpace(settings.basis, settings.knots, settings.continuity)
        return replace(regression, kernel=project(regression.kernel, functional, space))

    if asked is not None:
        regress(asked, norm)
    progress(stage + "compiling", 1, 2)
    judge = regress(judging, find_norm("l2"))
    progress(stage + "compiling", 2, 2)
    if judge.equations(judge.start).loss == 0.0:
        raise InputError(f"{target.name} does not change in time in this data: give frames in which it does")
    gone = vanishing(terms, judge)
    judge = projected(judge)
    candidates = tuple(number for number in judge.sought if number not in gone and number not in functional)
    if not candidates:
        raise InputError(f"every word of the {target.name}-equation vanishes in this data: give others, or other data")
    smallest_jump = WEAK_JUMP if judging.window else STRONG_JUMP
    path = eliminate(judge, candidates, lambda done, all_: progress(stage + "choosing words", done, all_),
                     smallest_jump)
    progress(stage + "fitting", 0, 1)
    sharp = minimise(judge, path.chosen)
    rate = data.dt * max(_fastest_rate(judging, target, sharp, data), largest_damping(judge, sharp, terms, target))
    scheme = sharpest_scheme(data.frames, rate) if asked is None else asked
    same = scheme == judging and norm.name == "l2"
    regression = judge if same else with_huber_width(projected(regress(scheme, norm)), candidates)
    refit = not same and regression.linear
    best = sharp if same else minimise(regression, path.chosen, sharp.coefficients)
    progress(stage + "fitting", 1, 1)
    progress(stage + "resampling", 0, 1)
    uncertainty = bootstrap(
        judge, regression, sharp, best, path.chosen, candidates, smallest_jump, settings.bootstrap, settings.seed,
        settings.smooth_x,
    ) if settings.bootstrap else None
    progress(stage + "resampling", 1, 1)
    condition, collinear = collinearity(terms, path.chosen, sharp.equations.gram)
    nothing = regression.equations(regression.start, active=()).loss
    scaled = scaled_form([float(best.coefficients[i]) for i in path.chosen], ansatz.scales)
    network = _train(
        ansatz, regression, scheme, terms, candidates, best.coefficients, nothing, scaled.epsilon if scaled else None,
        settings, lambda done, all_: progress(stage + "training networks", done, all_),
    )
    return LearnedEquation(
        target=target.name,
        terms=learned_terms(terms, path.chosen, best, uncertainty),
        scales=ansatz.scales,
        scheme=scheme.name,
        rate=rate,
        judge=judging.name,
        jump=path.jump,
        runner_up=path.runner_up,
        path=path_records(path, terms, regression if refit else None, nothing, progress, stage),
        condition=condition,
        collinear=collinear,
        vanishing={str(terms[number].word): reason for number, reason in gone.items()},
        loss=best.loss,
        residual=relative(best.loss, nothing, norm.quadratic),
        points=regression.kernel.points,
        converged=best.converged,
        network=network,
        functions=learned_functions(regression, best, terms, data),
    )


def _fastest_rate(scheme: Scheme, target: Field, found: Minimum, data: GridData) -> float:
    """The largest rms of one term of an equation, relative to that of its field."""
    values = data.fields[target.name]
    size = float(np.sqrt(np.mean(values**2)))
    columns = np.sqrt(np.diag(found.equations.gram)) / data.dt / float(sum(scheme.implicit))
    return float(np.max(np.abs(found.coefficients) * columns)) / size


def _train(
    ansatz: Ansatz, regression: Regression, scheme: Scheme | DoubleTableau, terms: Sequence[Term],
    kept: tuple[int, ...], found: Array, nothing: float, epsilon: float | None, settings: FitSettings,
    progress: Callable[[int, int], None],
) -> NetworkRecord:
    own = tuple(
        number for number in kept
        if (scheme.splits and ansatz.target.v_dependent and is_stiff(terms[number].word, ansatz.target))
        or (number < len(ansatz.words) and terms[number].word != ansatz.words[number])
    )
    sizes = np.sqrt(np.diag(regression.equations(regression.start).gram) / nothing)
    networks = build_networks(
        ansatz, settings.interval, regression.columns, own, tuple(1.0 / float(sizes[number]) for number in own)
    )
    hull = linear_hull(networks, kept)
    least = minimise_over(regression, hull, 8 if regression.quadratic else 100, None if regression.linear else found)
    gammas = {"weights": settings.weight_sparsity, "coefficients": settings.coefficient_sparsity}
    regularisers = tuple((REGULARISERS[name], gamma) for name, gamma in gammas.items() if gamma > 0.0)

    def loss(coefficients: Array) -> float:
        """Without the words that vanish in this data, whose coefficients mean nothing."""
        counted = regression.start
        counted[list(kept)] = coefficients[list(kept)]
        return regression.equations(counted, active=()).loss

    trained = train(networks, least, kept, nothing, loss, _inside(settings, epsilon), regularisers, settings.starts,
                    settings.seed, settings.iterations, progress)
    return NetworkRecord(
        theta=tuple(tuple(tuple(map(float, row)) for row in field) for field in networks.theta(trained.parameters)),
        epsilon_pred=networks.epsilon(trained.parameters),
        own={str(terms[number].word): float(value) for number, value in
             zip(own, networks.coefficients(trained.parameters)[list(own)], strict=True)},
        loss=trained.loss,
        least_loss=least.loss,
        starts=trained.starts,
        iterations=trained.iterations,
        converged=trained.converged,
    )


def _inside(settings: FitSettings, epsilon: float | None) -> float:
    """Where eps_pred starts: at the epsilon of the scaled form, or in the middle of its interval."""
    lower, upper = settings.epsilon_lower, settings.epsilon_upper
    margin = 1e-6 * (upper - lower)
    middle = 0.5 * (lower + upper)
    return middle if epsilon is None or not lower + margin < epsilon < upper - margin else epsilon


def _settings(settings: FitSettings | None, changes: Mapping[str, Any]) -> FitSettings:
    names = set(FitSettings.__dataclass_fields__)
    for name in changes:
        if name not in names:
            raise InputError(f"unknown setting {name!r}: choose from {', '.join(sorted(names))}")
    listed = {"equations", "operators"}
    tidy: dict[str, Any] = {
        name: ((value,) if isinstance(value, str) else tuple(value)) if name in listed else value
        for name, value in changes.items()
    }
    return replace(settings or FitSettings(), **tidy)


def _check_names(fields: Sequence[Field]) -> None:
    """A field of the name of an operator would make printed words ambiguous."""
    for field in fields:
        if field.name in OPERATORS:
            raise InputError(f"the field {field.name!r} has the name of an operator: rename it in the data")


def _silent(stage: str, done: int, total: int) -> None:
    return None
