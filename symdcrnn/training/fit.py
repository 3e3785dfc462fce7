"""The whole path: trajectory, ansatz, regression, choice of words, training, model."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from threadpoolctl import threadpool_limits

from symdcrnn.algebra.ansatz import Ansatz
from symdcrnn.data.files.stored import StoredTrajectory
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.engines.engine import Engine, opened
from symdcrnn.equation import LearnedEquation
from symdcrnn.errors import InputError, SettingError
from symdcrnn.kernels.build import build
from symdcrnn.kernels.lower import Stencils
from symdcrnn.kernels.norms import Norm, find_norm
from symdcrnn.kernels.runtime import GridData
from symdcrnn.kernels.value_sizes import ValueSizes
from symdcrnn.leastsquares.minimise import minimise
from symdcrnn.leastsquares.width import with_huber_width
from symdcrnn.model import Model
from symdcrnn.scaled_form import ScaleCandidate, scale_candidates, scaled_form
from symdcrnn.schemes.multistep import sharpest_scheme
from symdcrnn.schemes.runge_kutta import DoubleTableau
from symdcrnn.schemes.scheme import Scheme
from symdcrnn.schemes.table import find_scheme, is_weak
from symdcrnn.training.bootstrap import bootstrap
from symdcrnn.training.constraints import check_leaders, constrained, with_followers
from symdcrnn.training.equation_loss import (
    EquationLoss,
    constant_loss,
    functional_loss,
    pieces_of,
    ties_of_functions,
)
from symdcrnn.training.errors_in_variables import STREAM, Levels, correct, study_noise, synthetic_noise
from symdcrnn.training.frames import Frames, LoadedFrames
from symdcrnn.training.function_regression import Whole, whole_regression
from symdcrnn.training.function_selection import eliminate_functions
from symdcrnn.training.functions import function_space
from symdcrnn.training.halves import FEWEST, between_halves
from symdcrnn.training.inputs import (
    ansatz_of,
    check_combinations,
    check_names,
    known_epsilons,
    known_profiles,
    merged_settings,
    shared_fields,
    sources_of,
)
from symdcrnn.training.joint import epsilon_factors, powers_of_epsilon
from symdcrnn.training.learned import (
    collinearity,
    largest_damping,
    learned_functions,
    learned_terms,
    path_records,
    relative,
    with_function_sizes,
)
from symdcrnn.training.network_training import train_networks
from symdcrnn.training.noise import noise_levels, remedy_for
from symdcrnn.training.nonlinear import define
from symdcrnn.training.problem import (
    LIKE_ROUNDING,
    BoundEquation,
    Term,
    bind_equation,
    seen_functions,
    sought_functions,
    terms_of,
    vanishing,
    with_functions,
)
from symdcrnn.training.products import prepare
from symdcrnn.training.rates import fastest_rate
from symdcrnn.training.selection import STRONG_JUMP, WEAK_JUMP, eliminate, stands_out
from symdcrnn.training.settings import AUTO, BY_EQUATION, EVERY_WORD, FitSettings
from symdcrnn.training.smoothing import smoothed
from symdcrnn.training.sources import frames_of, header_of

Array = NDArray[np.float64]
Progress = Callable[[str, int, int], None]

def fit(
    trajectory: Trajectory | StoredTrajectory | Sequence[Trajectory | StoredTrajectory],
    settings: FitSettings | None = None,
    *,
    known: Mapping[str, ArrayLike] | Sequence[Mapping[str, ArrayLike]] | None = None,
    progress: Progress | None = None,
    scheduler: str | None = None,
    **changes: Any,
) -> Model:
    """Learn the equations of a trajectory.

    Parameters
    ----------
    trajectory : Trajectory or StoredTrajectory, or a sequence of them
        The snapshots, in memory or on disk; one equation is learned from all of them.  Where each of several has an
        epsilon of its own, the coefficients are c / epsilon^m with m found and c shared.
    settings : FitSettings, optional
        All settings at once.
    known : mapping of str to array_like, or sequence of those, optional
        sigma_s, sigma_a or source, as a number or as values at the points of x, for all trajectories or for each;
        those in the trajectory are known as well.
    progress : callable, optional
        Called with the name of the stage, the steps done and the steps there are.
    scheduler : str, optional
        Where blocks of frames on disk, resamples and intervals of epsilon are worked on: a key of `ENGINES`, or the
        address of a Dask scheduler; by default in this process, but intervals by processes.  The answer does not depend
        on it.
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
    # The matrices of words are small: threads of BLAS would wait for each other, and add in an order of their own.
    with threadpool_limits(1, "blas"), opened(scheduler) as engine:
        return _fit(trajectory, merged_settings(settings, changes), known, progress or _silent, engine, started)


def _fit(
    trajectory: Trajectory | StoredTrajectory | Sequence[Trajectory | StoredTrajectory], chosen: FitSettings,
    known: Mapping[str, ArrayLike] | Sequence[Mapping[str, ArrayLike]] | None, progress: Progress, engine: Engine,
    started: float,
) -> Model:
    sources = sources_of(trajectory)
    trajectories = tuple(header_of(one) for one in sources)
    fields = shared_fields(trajectories)
    check_names(fields)
    for name in BY_EQUATION:
        for asked in getattr(chosen, name):
            if asked.partition(":")[0].strip() not in (chosen.equations or trajectories[0].field_names):
                raise SettingError(name, f"has {asked!r}, of no equation that is sought: write {BY_EQUATION[name]}")
    given = [known or {}] * len(trajectories) if known is None or isinstance(known, Mapping) else list(known)
    profiles = [known_profiles(one, names) for one, names in zip(trajectories, given, strict=True)]
    if len({frozenset(found) for found in profiles}) > 1:
        raise InputError("the trajectories do not know the same functions of x: give them to all or to none")
    targets = chosen.equations or trajectories[0].field_names
    raw = [frames_of(one, found, engine, progress) for one, found in zip(sources, profiles, strict=True)]
    measured = remedy_for(raw) if chosen.scheme == AUTO or is_weak(chosen.scheme) else None
    remedy = measured if chosen.scheme == AUTO else None
    # What is not linear in the fields makes of their noise is not known, and synthetic noise is as large as the data.
    known_noise = measured and not chosen.nonlinear and all(one.loaded is not None for one in raw)
    levels = [noise_levels(one) for one in raw] if known_noise else None
    if remedy is not None:
        fixed_in_x = chosen.nonlinear or (chosen.functions and chosen.basis == "grid")
        width = 0.0 if fixed_in_x else remedy.smooth_x
        chosen = replace(chosen, scheme=remedy.scheme, smooth_x=chosen.smooth_x or width)
    definitions = define(chosen.nonlinear, fields)
    stencils = Stencils(chosen.transport_stencil, chosen.central_stencil)
    raw = [one.derived(definitions, stencils) for one in raw]
    fields = (*fields, *(definition.field for definition in definitions))
    epsilons = known_epsilons(trajectories)
    check_combinations(chosen, trajectories, epsilons)
    equations = []
    for target in targets:
        ansatz = ansatz_of(chosen, fields, target)
        equations.append(_fit_equation(ansatz, raw, epsilons, chosen, tuple(profiles[0]), levels, progress, engine))
    return Model.of(trajectories, chosen, tuple(profiles[0]), tuple(equations), time.perf_counter() - started,
                    remedy.noise if remedy else {})


def _fit_equation(
    ansatz: Ansatz, raw: Sequence[Frames], epsilons: Sequence[float] | None, settings: FitSettings,
    known: Sequence[str], levels: Sequence[Levels] | None, progress: Progress, engine: Engine,
) -> LearnedEquation:
    target = ansatz.target
    frames = min(one.frames for one in raw)
    asked = None if settings.scheme == AUTO else find_scheme(settings.scheme)
    judging = asked if isinstance(asked, Scheme) and asked.window else sharpest_scheme(frames)
    norm = find_norm(settings.norm)
    terms, functional = with_functions(terms_of(target, ansatz.words, known), target, settings, known)
    terms, ties = constrained(terms, target.name, settings)
    everything = EVERY_WORD in settings.functions_of(target.name)
    followers = {tie.follower for tie in ties}
    functional = sought_functions(terms, functional, followers, everything, target)
    zero_mean = settings.zero_mean if target.v_dependent else 0.0
    stencils = Stencils(settings.transport_stencil, settings.central_stencil)
    terms, products, data = prepare(terms, settings.smooth_x, stencils, raw)
    stage = f"{target.name}-equation: "
    progress(stage + "compiling", 0, 2)
    powers = (0,) * len(terms)

    @cache
    def parts(scheme: Scheme | DoubleTableau, norm: Norm) -> tuple[BoundEquation, ...]:
        return tuple(bind_equation(scheme, target, terms, one, stencils, norm, zero_mean) for one in data)

    def with_unknown_functions(scheme: Scheme | DoubleTableau) -> Whole:
        pieces = pieces_of(parts(scheme, find_norm("l2")), factors, scheme.name)
        space = function_space(settings, scheme.window > 0, everything)
        return whole_regression(pieces, functional, space, settings.smooth_x, ties_of_functions(ties, len(terms)))

    def regress(scheme: Scheme | DoubleTableau, norm: Norm) -> EquationLoss:
        if functional:
            whole = with_unknown_functions(scheme)
            return functional_loss(parts(scheme, norm), factors, ties, whole)
        return constant_loss(parts(scheme, norm), factors, ties, data[0].nx)

    if asked is not None:
        parts(asked, norm)
    progress(stage + "compiling", 1, 2)
    bound = parts(judging, find_norm("l2"))
    judges = [part.regression for part in bound]
    progress(stage + "compiling", 2, 2)
    sizes = [_sizes(part) for part in bound]
    if any(one.change.rms <= LIKE_ROUNDING * one.change.rounding for one in sizes):
        raise InputError(f"{target.name} does not change in time in this data: ask for the equations of other fields "
                         "alone (--equation NAME), or give frames in which it does")
    rough = [one.loaded for one in raw if one.loaded is not None]

    def again(some: Sequence[GridData]) -> list[GridData]:
        return [smoothed(one, settings.smooth_x, products, stencils) for one in some]

    noise = again(synthetic_noise(rough, levels, (settings.seed, STREAM))) if levels else None
    gone = _vanishing_everywhere(terms, bound, sizes, noise)
    smallest_jump = WEAK_JUMP if judging.window else STRONG_JUMP
    if epsilons is not None:
        seen = [number for number in judges[0].sought if number not in gone]
        powers = powers_of_epsilon(judges, seen, epsilons, ansatz.scales, smallest_jump)
    factors = epsilon_factors(len(judges), powers, epsilons)

    def choosing(done: int, all_: int) -> None:
        progress(stage + "choosing words", done, all_)

    check_leaders(terms, ties, gone)
    functional = seen_functions(terms, functional, gone, everything, target)
    candidates = tuple(number for number in judges[0].sought if number not in {*gone, *functional, *followers})
    if not candidates and not functional:
        raise InputError(f"every word of the {target.name}-equation vanishes in this data: give others, or other data")
    if everything:
        whole, start = with_unknown_functions(judging), judges[0].start
        exact = None if settings.smooth_x else partial(whole.loss_and_gradient, start)
        path = eliminate_functions(whole, start, smallest_jump, exact, choosing)
        functional = path.chosen
        chosen: tuple[int, ...] = ()
        judged = regress(judging, find_norm("l2"))
    else:
        judged = regress(judging, find_norm("l2"))
        path = eliminate(judged.regression, candidates, choosing, smallest_jump)
        chosen = path.chosen
    judge = judged.regression
    progress(stage + "fitting", 0, 1)
    sharp = minimise(judge, chosen)
    effective = with_function_sizes(judged.functions, with_followers(sharp.coefficients, ties))
    rate = fastest_rate(judging, target, judges, list(factors * effective), data)
    rate = max(rate, data[0].dt * largest_damping(judged.functions, sharp.coefficients, terms, target))
    scheme = sharpest_scheme(frames, rate) if asked is None else asked
    same = scheme == judging and norm.name == "l2"
    fitted = judged if same else regress(scheme, norm)
    regression = judge if same else with_huber_width(fitted.regression, candidates)
    refit = not same and not everything and regression.linear
    best = sharp if same else minimise(regression, chosen, sharp.coefficients)
    corrected = None
    if levels and chosen:
        loaded = [one.loaded for one in data if one.loaded is not None]
        study = study_noise(regression, rough, loaded, levels, again, settings.seed)
        corrected = correct(study, best, chosen) if study else None
        best = corrected.minimum if corrected else best
    progress(stage + "fitting", 1, 1)
    progress(stage + "resampling", 0, 1)
    several = sum(one.frames - judging.frames + 1 for one in raw) >= FEWEST
    uncertainty = bootstrap(
        judge, regression, sharp, best, chosen, candidates, smallest_jump, settings.bootstrap, settings.seed,
        settings.smooth_x, engine,
    ) if settings.bootstrap and chosen and several else None
    if uncertainty and corrected:
        uncertainty = replace(uncertainty, errors=corrected.errors)
    elif uncertainty:
        drift = between_halves(judge, chosen)
        uncertainty = replace(uncertainty, errors=np.hypot(uncertainty.errors, 0.0 if drift is None else drift))
    progress(stage + "resampling", 1, 1)
    condition, collinear = collinearity(terms, chosen, sharp.model.gram)
    nothing = regression.evaluate(regression.start, active=()).loss
    equation_terms = learned_terms(terms, chosen, best, uncertainty, powers, ties)
    found = [term.coefficient for term in equation_terms] if chosen else []
    left = relative(best.loss, regression.null, norm.quadratic)
    included = [float(uncertainty.inclusion[i]) for i in chosen] if uncertainty else []
    scale_choice: tuple[ScaleCandidate, ...] = ()
    if settings.scales == AUTO:
        scale_choice = scale_candidates(found) if epsilons is None else ()
        scales = (min(scale_choice, key=lambda one: one.criterion).scales if scale_choice
                  else max((powers[column] for column in chosen), default=0))
        ansatz = replace(ansatz, scales=scales)
    scaled = scaled_form(found, ansatz.scales)
    network = train_networks(
        ansatz, regression, scheme, terms, candidates, best.coefficients, nothing, scaled.epsilon if scaled else None,
        settings, min(one.frames for one in raw) - scheme.frames + 1,
        lambda done, all_: progress(stage + "training networks", done, all_), engine,
    )
    return LearnedEquation(
        target=target.name,
        terms=equation_terms,
        scales=ansatz.scales,
        scheme=scheme.name,
        rate=rate,
        judge=judging.name,
        jump=path.jump,
        runner_up=path.runner_up,
        path=path_records(path, terms, regression if refit else None, regression.null, progress, stage),
        condition=condition,
        collinear=collinear,
        vanishing={str(terms[number].word): reason for number, reason in gone.items()},
        loss=best.loss,
        residual=left,
        points=regression.loss.points,
        converged=best.converged,
        network=network,
        functions=learned_functions(fitted.functions, best, terms, data[0]),
        candidates=scale_choice,
        certain=several and stands_out(path, left, included),
    )


def _sizes(part: BoundEquation) -> ValueSizes:
    assert part.multistep is not None
    return part.multistep.loss.sizes()


def _sizes_on(part: BoundEquation, data: GridData) -> ValueSizes:
    assert part.multistep is not None
    return LoadedFrames.of(data).bind(build(part.multistep.spec)).sizes()


def _vanishing_everywhere(
    terms: Sequence[Term], parts: Sequence[BoundEquation], sizes: Sequence[ValueSizes],
    noise: Sequence[GridData] | None,
) -> dict[int, str]:
    """Terms that vanish in every trajectory, and why in the first."""
    lifted = [_sizes_on(part, one) for part, one in zip(parts, noise, strict=True)] if noise else [None] * len(parts)
    found = [vanishing(terms, *pair) for pair in zip(sizes, lifted, strict=True)]
    return {number: reason for number, reason in found[0].items() if all(number in other for other in found)}


def _silent(stage: str, done: int, total: int) -> None:
    return None
