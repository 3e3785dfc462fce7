"""The whole path: trajectories, then each equation by the stages of the pipeline, then the model."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from numpy.typing import ArrayLike
from threadpoolctl import threadpool_limits

from symdcrnn.checkpoint.engine import keeping
from symdcrnn.checkpoint.journal import Journal
from symdcrnn.collisions.reading import has_matrix
from symdcrnn.data.files.on_disk.reader import files_stay_open
from symdcrnn.data.files.stored import StoredTrajectory
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.data.units import in_same_units
from symdcrnn.engines.engine import Engine, opened
from symdcrnn.equation import LearnedEquation
from symdcrnn.errors import InputError, UnservedError
from symdcrnn.fitting.assemble import learned_equation
from symdcrnn.fitting.coefficients import fit_coefficients
from symdcrnn.fitting.imposed.evidence import evidence_of
from symdcrnn.fitting.imposed.full import full_kernels, with_matrices, with_moments
from symdcrnn.fitting.imposed.refined import refined
from symdcrnn.fitting.imposed.together import Learning, Proposal, alone, balances_in, together
from symdcrnn.fitting.inputs import (
    ansatz_of,
    check_combinations,
    check_names,
    check_targets,
    known_epsilons,
    known_in_all,
    merged_settings,
    shared_fields,
    sources_of,
)
from symdcrnn.fitting.kept import checkpointed, kept_equation, kept_frames
from symdcrnn.fitting.prepare import prepare_words
from symdcrnn.fitting.select import select_words
from symdcrnn.fitting.stages import Measured
from symdcrnn.fitting.stencil_choice.choice import with_forms
from symdcrnn.fitting.task import EquationTask, Progress, Tell, Watch, equation_task
from symdcrnn.fitting.train import refit_path, train
from symdcrnn.fitting.weak.given_variances import given_variances
from symdcrnn.fitting.weak.learn import learning_weakly
from symdcrnn.fitting.weak.measure import (
    Reading,
    asks_for_weak_form,
    can_be_measured,
    is_robust,
    may_take_weak_form,
    measure_weakly,
    reading_of,
    unserved,
    with_doubt,
)
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.model import Model
from symdcrnn.noise_setting import told_noise
from symdcrnn.preprocess.adjoint_check import check_adjoint
from symdcrnn.preprocess.phase_grid import gaps_of
from symdcrnn.preprocess.sources import frames_of, header_of, missing_in
from symdcrnn.regression.dictionary import check_nonlinear, further_words, own_operators, space_of
from symdcrnn.schemes.table import WEAK
from symdcrnn.settings import AUTO, FitSettings

COARSE = 1e-3
"""The residual of an equation by a multistep scheme from which on the weak form is tried too."""

SHARPER = 0.1
"""The residual of the weak form over that of such a scheme, for it to be taken."""

Given = Trajectory | StoredTrajectory | Sequence[Trajectory | StoredTrajectory]
Known = Mapping[str, ArrayLike] | Sequence[Mapping[str, ArrayLike]] | None

def fit(
    trajectory: Given,
    settings: FitSettings | None = None,
    *,
    known: Known = None,
    progress: Progress | None = None,
    watch: Watch | None = None,
    scheduler: str | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    resume: bool = False,
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
    watch : callable, optional
        Called with each equation as it stands, one line with its residual.
    scheduler : str, optional
        Where blocks of frames on disk, resamples and intervals of epsilon are worked on: a key of `ENGINES`, or the
        address of a Dask scheduler; by default in this process, but intervals by processes.  The answer does not depend
        on it.
    checkpoint : path, optional
        A file that keeps results while the fit goes on.
    resume : bool
        Whether the fit goes on with what such a file holds: it comes to the same bits.
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
    asked, tell = merged_settings(settings, changes), Tell(progress or _silent, watch or _unseen)
    trajectory = in_same_units(sources_of(trajectory))
    with (threadpool_limits(1, "blas"), files_stay_open(), opened(scheduler) as there,
          checkpointed(checkpoint, resume, trajectory, known, tell.progress) as journal):
        engine = keeping(there, journal)
        try:
            model = _fit(trajectory, asked, known, tell, engine, journal, started)
        except UnservedError as error:
            if asks_for_weak_form(asked) or any(map(missing_in, sources_of(trajectory))):
                raise
            return _fit(trajectory, asked, known, tell, engine, journal, started, f"this: {error}")
        done = model.settings.scheme == WEAK or (all(map(_is_told, model.equations)) and not _is_coarse(model))
        if done or asked.functions or has_matrix(asked.kernels):
            return model
        if not may_take_weak_form(asked, sources_of(trajectory)):
            return model
        # What is too coarse or too noisy for differences may be good enough for integrals.
        try:
            other = _fit(trajectory, replace(asked, scheme=WEAK), known, tell, engine, journal, started)
        except InputError:
            return model
        return other if _is_better(other, model) else model


def _certain(model: Model) -> int:
    return sum(equation.certain for equation in model.equations)


def _is_told(equation: LearnedEquation) -> bool:
    """Whether it is certain but for what the data does not tell apart, which no other form of the residual does."""
    return all(check.passed or check.name == "identifiability" for check in equation.checks)


def _is_coarse(model: Model) -> bool:
    """Whether differences leave so much that integrals may leave less."""
    return any(equation.residual > COARSE for equation in model.equations)


def _is_better(other: Model, model: Model) -> bool:
    """Whether more equations are certain, or as many and what they leave is much less."""
    more = _certain(other) - _certain(model)
    pairs = zip(other.equations, model.equations, strict=True)
    return more > 0 or (more == 0 and all(one.residual <= SHARPER * before.residual for one, before in pairs))


def _fit(
    given: Given, settings: FitSettings, known: Known, tell: Tell, engine: Engine, journal: Journal, started: float,
    lacking: str | None = None,
) -> Model:
    sources = sources_of(given)
    trajectories = tuple(header_of(one) for one in sources)
    fields = shared_fields(trajectories)
    check_names(fields)
    full = full_kernels(settings, trajectories[0])
    plain, settings = settings, with_moments(settings, full) if full else settings
    targets = settings.equations or trajectories[0].field_names
    check_targets(settings, targets)
    profiles = known_in_all(trajectories, known)
    epsilons = known_epsilons(trajectories)
    check_combinations(settings, trajectories, epsilons)
    space = space_of(trajectories[0], own_operators(settings), tuple(profiles[0]))
    check_nonlinear(settings, space, targets)
    data = [kept_frames(frames_of(one, found, engine, tell.progress, len(sources)), journal, number)
            for number, (one, found) in enumerate(zip(sources, profiles, strict=True))]
    asked = asks_for_weak_form(settings)
    lacking = lacking or unserved(settings, sources)
    measurable = asked or (settings.scheme == AUTO and can_be_measured(sources))
    robust = is_robust(settings) and (asked or lacking is None)
    told = told_noise(settings.noise)
    told.check_fields([field.name for field in fields])
    if measurable:
        tell.progress("measuring noise", 0, 0)
    readings = [reading_of(one, robust, given_variances(source, one), told)
                for one, source in zip(data, sources, strict=True)] if measurable else []
    disturbed = any(one.disturbed for one in readings)
    weak = asked or (disturbed and lacking is None)
    if not weak:
        _check_whole(sources, readings, lacking)
    tell.progress("comparing stencils", 0, 0)
    settings, judge = with_forms(settings, fields, targets, None if weak else data[0], space)
    stencils = Stencils.named(settings.transport_stencil, settings.central_stencil)
    for operator in own_operators(settings):
        check_adjoint(space.operators[operator.name], data[0].grid, stencils)
    measured = (measure_weakly(settings, readings, tuple(profiles[0]), epsilons) if weak
                else Measured(settings, {}, tuple(profiles[0]), epsilons, judge))

    def task_of(target: str) -> EquationTask:
        ansatz = ansatz_of(measured.settings, fields, target, space)
        further = further_words(settings, space, ansatz.target)
        return replace(equation_task(ansatz, data, measured, tell, engine, further, space), journal=journal)

    def begun(task: EquationTask) -> Learning:
        return learning_weakly(task, space, readings) if weak else learning(task)

    # What one task remembers is let go before the next one, unless their equations depend on each other.
    if balances := balances_in(measured.settings):
        equations = together([begun(task_of(target)) for target in targets], balances)
    else:
        equations = [_kept(task_of(target), weak, begun) for target in targets]
    if disturbed and not weak and lacking is not None:
        equations = [with_doubt(one, lacking) for one in equations]
    learned = measured.settings
    if full:
        equations, own = with_matrices(equations, full)
        learned = replace(learned, words=plain.words, functions=plain.functions, basis=plain.basis,
                          excluded=plain.excluded, own_operators=(*plain.own_operators, *own))
    return Model.of(trajectories, learned, measured.known, tuple(equations), time.perf_counter() - started,
                    measured.noise)


def _check_whole(
    sources: Sequence[Trajectory | StoredTrajectory], readings: Sequence[Reading], lacking: str | None
) -> None:
    """Refuse missing values where it is not the weak form that reads them."""
    for number, one in enumerate(sources):
        read = readings[number].gaps if readings else {}
        missing = missing_in(one) or {name: count for name, (count, _) in read.items()}
        if missing:
            way = ("take --scheme weak (scheme='weak' in Python), or leave the scheme to the data" if lacking is None
                   else f"it does not serve {lacking}")
            raise InputError(f"{gaps_of(missing, header_of(one))}, which the weak form alone leaves out: {way}")


def learn(task: EquationTask) -> LearnedEquation:
    """One equation, by all stages."""
    return alone(learning(task))


def _kept(task: EquationTask, weak: bool, begun: Callable[[EquationTask], Learning]) -> LearnedEquation:
    return kept_equation(task, weak, lambda: alone(begun(task)))


def learning(task: EquationTask) -> Learning:
    """One equation, by all stages; see `Learning`."""
    prepared = prepare_words(task)
    selected = select_words(task, prepared)
    fitted = fit_coefficients(task, prepared, selected)
    if has_matrix(task.settings.kernels, task.target.name):
        fitted = refined(task, prepared, selected, fitted)
    imposed = yield Proposal(task, prepared, selected, fitted,
                             partial(evidence_of, task, prepared, selected, fitted))
    selected, fitted = imposed.selected, imposed.fitted
    trained = train(task, prepared, selected, fitted)
    refitted = refit_path(task, prepared, selected, fitted)
    return imposed.on(learned_equation(task, prepared, selected, fitted, trained, refitted), task)


def _silent(stage: str, done: int, total: int) -> None:
    return None


def _unseen(equation: str) -> None:
    return None
