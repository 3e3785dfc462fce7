"""One equation that is sought: its words, the frames, and what has been compiled for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.ansatz import Ansatz
from symdcrnn.algebra.phase_space import PhaseSpace
from symdcrnn.algebra.words import Field, Word
from symdcrnn.checkpoint.journal import NO_JOURNAL, Journal
from symdcrnn.collisions.quadrature import check_quadrature
from symdcrnn.collisions.reading import Kernel, kernels_of
from symdcrnn.engines.engine import Engine
from symdcrnn.equation_text import ONE, format_sum
from symdcrnn.errors import InputError
from symdcrnn.fitting.stages import Measured
from symdcrnn.kernels.norms import Norm, find_norm
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.preprocess.frames import Frames
from symdcrnn.regression.bound_equation import BoundEquation, bind_equation
from symdcrnn.regression.constraints import Tie, constrained, tie_matrix
from symdcrnn.regression.declared import declared_of
from symdcrnn.regression.dictionary import groups_of, twins_of
from symdcrnn.regression.invariances import NOTHING_IMPOSED, Invariances, invariances_of, with_pairs
from symdcrnn.regression.terms import Term, function_axis, sought_functions, terms_of, with_functions, with_further
from symdcrnn.regression.trajectories import epsilon_factors
from symdcrnn.schemes.multistep import MODERATE_RATE, SCHEMES, sharpest_scheme
from symdcrnn.schemes.runge_kutta import DoubleTableau
from symdcrnn.schemes.scheme import Scheme
from symdcrnn.schemes.table import WEAK, find_scheme
from symdcrnn.settings import AUTO, EVERY_WORD, FitSettings
from symdcrnn.varying_coefficients.bases import function_space
from symdcrnn.varying_coefficients.equation_loss import EquationLoss, constant_loss, functional_loss, pieces_of
from symdcrnn.varying_coefficients.regression import Whole, whole_regression

Array = NDArray[np.float64]
Progress = Callable[[str, int, int], None]
Watch = Callable[[str], None]

L2 = find_norm("l2")
"""The norm that words are chosen by."""


@dataclass(frozen=True)
class Tell:
    """Who is told how far a fit is.

    Parameters
    ----------
    progress : callable
        Called with the name of the stage, what is done and all there is, 0 where that is not known.
    watch : callable
        Called with an equation as it stands.
    """

    progress: Progress
    watch: Watch


@dataclass
class Memory:
    """What has been compiled, and the losses with the passes they remember: they grow while a task is worked on."""

    equations: dict[tuple[str, str], tuple[BoundEquation, ...]] = field(default_factory=dict)
    losses: dict[tuple[str, str, tuple[int, ...], tuple[int, ...]], EquationLoss] = field(default_factory=dict)


@dataclass(frozen=True)
class EquationTask:
    """One equation that is sought, with the data and all that follows from the settings alone.

    Parameters
    ----------
    ansatz : Ansatz
    terms : tuple of Term
        By column.
    ties : tuple of Tie
    asked : tuple of int
        Columns whose coefficient is asked for as a function.
    axis : str
        What it is a function of; several axes with commas between them.
    measured : Measured
    stencils : Stencils
    data : tuple of Frames
        All trajectories.
    tell : Tell
    engine : Engine
    space : PhaseSpace
        What words are made of.
    groups : mapping of str to tuple of int
        By name, columns that are in the equation together or not at all.
    kernels : tuple of (Kernel, tuple of int)
        Those of the angle, and the columns of their words.
    invariances : Invariances
        What the equation conserves and is invariant under.
    twins : mapping of Word to Word or None
        Words that are others in the continuum up to a factor, and those, which are computed more accurately; None for
        what is zero there.
    memory : Memory
    journal : Journal
        What keeps results while the fit goes on.
    """

    ansatz: Ansatz
    terms: tuple[Term, ...]
    ties: tuple[Tie, ...]
    asked: tuple[int, ...]
    axis: str
    measured: Measured
    stencils: Stencils
    data: tuple[Frames, ...]
    tell: Tell
    engine: Engine
    space: PhaseSpace
    groups: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    kernels: tuple[tuple[Kernel, tuple[int, ...]], ...] = ()
    invariances: Invariances = NOTHING_IMPOSED
    twins: Mapping[Word, Word | None] = field(default_factory=dict)
    memory: Memory = field(default_factory=Memory)
    journal: Journal = NO_JOURNAL

    @property
    def settings(self) -> FitSettings:
        return self.measured.settings

    @property
    def target(self) -> Field:
        return self.ansatz.target

    @property
    def frames(self) -> int:
        """Of the shortest trajectory."""
        return min(one.frames for one in self.data)

    @property
    def everything(self) -> bool:
        """Whether every coefficient is a function."""
        return EVERY_WORD in self.settings.functions_of(self.target.name)

    @property
    def followers(self) -> frozenset[int]:
        """Columns whose coefficients follow others."""
        return frozenset(tie.follower for tie in self.ties)

    @property
    def columns_of_groups(self) -> tuple[tuple[int, ...], ...]:
        return tuple(self.groups.values())

    def alone(self, columns: Sequence[int]) -> list[int]:
        """Those of some columns that are in no group."""
        together = {column for group in self.groups.values() for column in group}
        return [column for column in columns if column not in together]

    def dropped(self, column: int) -> str:
        """The word of a column that was dropped, or the name of its group."""
        return next((name for name, columns in self.groups.items() if column in columns),
                    str(self.terms[column].word))

    @property
    def asked_scheme(self) -> Scheme | DoubleTableau | None:
        """The scheme that was asked for, if any."""
        return None if self.settings.scheme == AUTO else find_scheme(self.settings.scheme)

    @property
    def judging(self) -> Scheme:
        """The scheme that words are chosen by: the sharpest that the frames allow."""
        return self.sharpest()

    def sharpest(self, rate: float = MODERATE_RATE) -> Scheme:
        """The multistep scheme of the smallest residual, or of the smallest truncation error for a rate."""
        judge = self.measured.judge
        return sharpest_scheme(self.frames, rate) if judge is None else SCHEMES[judge]

    def report(self, stage: str, done: int, all_: int) -> None:
        """Tell how far a stage of this equation is."""
        self.tell.progress(f"{self.target.name}-equation: {stage}", done, all_)

    def show(self, chosen: Sequence[int], coefficients: Sequence[float], residual: float) -> None:
        """Tell the equation as it stands.

        Parameters
        ----------
        chosen : sequence of int
            Columns.
        coefficients : sequence of float
            Theirs.
        residual : float
            Relative to the left-hand side.
        """
        right = format_sum([(value, str(self.terms[column].word) or ONE)
                            for column, value in zip(chosen, coefficients, strict=True)])
        self.tell.watch(f"d_t {self.target.name} = {right}  (relative residual {residual:.2g})")


def equation_task(
    ansatz: Ansatz, data: Sequence[Frames], measured: Measured, tell: Tell, engine: Engine,
    further: Sequence[Word], space: PhaseSpace,
) -> EquationTask:
    """The task of one equation.

    Parameters
    ----------
    ansatz : Ansatz
    data : sequence of Frames
        All trajectories.
    measured : Measured
    tell : Tell
    engine : Engine
    further : sequence of Word
        Of the dictionary, beside those of the ansatz.
    space : PhaseSpace
        Whose relations tell words that are equal in the continuum.

    Raises
    ------
    InputError
        If what is asked of words does not fit the equation, or functions are sought under a scheme with stages.
    """
    settings, target = measured.settings, ansatz.target
    stencils = Stencils.named(settings.transport_stencil, settings.central_stencil)
    terms = with_further(terms_of(target, ansatz.words, measured.known), further)
    terms, functional = with_functions(terms, target, settings, measured.known)
    terms, ties = constrained(terms, target.name, settings)
    imposed = NOTHING_IMPOSED
    if settings.kernels or settings.conserved or settings.decaying or settings.symmetries:
        imposed = invariances_of([term.word for term in terms], target, settings, space, data[0].grid)
        terms = tuple(replace(term, known=0.0) if column in imposed.barred and term.known is None else term
                      for column, term in enumerate(terms))
    everything = EVERY_WORD in settings.functions_of(target.name)
    asked = sought_functions(terms, functional, {tie.follower for tie in ties}, everything, target)
    if asked and settings.scheme not in (AUTO, WEAK) and isinstance(find_scheme(settings.scheme), DoubleTableau):
        raise InputError(f"functions of x need a multistep scheme, not {settings.scheme}: choose another one")
    axis = function_axis(settings, target, [one.name for one in space.axes if one.role == "space"])
    unknown = [term.word for term in terms if term.known is None]
    twins = twins_of(unknown, space, declared_of(settings, space), settings.distinct)
    number = {term.word: column for column, term in enumerate(terms)}
    kernels = tuple((kernel, tuple(number[space.word(text)] for text in kernel.texts))
                    for kernel in kernels_of(settings.kernels) if kernel.field == target.name and kernel.texts)
    for kernel, columns in kernels:
        # There are Legendre polynomials of the only velocity alone.
        [velocity] = [axis for axis in data[0].grid.axes if axis.weights is not None]
        check_quadrature(kernel, velocity.coordinate, data[0].grid.weights(velocity.name))
        given = [column for column in columns if terms[column].known is not None]
        if given:
            raise InputError(f"{terms[given[0]].word!s} is given, and is a word of the kernel {kernel.name}: leave out "
                             "one of both")
    groups = {name: tuple(number[word] for word in words if word in number and terms[number[word]].known is None)
              for name, words in groups_of(settings, space, target).items()}
    groups = with_pairs(groups, imposed.together, terms)
    return EquationTask(ansatz, terms, ties, asked, axis, measured, stencils, tuple(data), tell, engine, space,
                        groups, kernels, imposed, twins)


def bound_equations(task: EquationTask, scheme: Scheme | DoubleTableau, norm: Norm) -> tuple[BoundEquation, ...]:
    """The equation compiled for a scheme and a norm, for each trajectory; once."""
    key = (scheme.name, norm.name)
    if key not in task.memory.equations:
        zero_mean = task.settings.zero_mean if task.target.v_dependent else 0.0
        task.memory.equations[key] = tuple(
            bind_equation(scheme, task.target, task.terms, one, task.stencils, norm, zero_mean) for one in task.data)
    return task.memory.equations[key]


def factors_of(task: EquationTask, powers: Sequence[int]) -> Array:
    """epsilon^-m, shape (trajectories, columns)."""
    return epsilon_factors(len(task.data), powers, task.measured.epsilons)


def whole_of(
    task: EquationTask, scheme: Scheme | DoubleTableau, functions: Sequence[int], powers: Sequence[int]
) -> Whole:
    """The regression with functions as further unknowns.

    Raises
    ------
    InputError
        If the data does not tell so many values.
    """
    pieces = pieces_of(bound_equations(task, scheme, L2), factors_of(task, powers))
    parts = pieces[0].words.values.along(task.axis).parts
    spaces = [function_space(task.settings, False, part.reached.size, task.everything, part.periodic,
                             part.role, len(parts) == 1) for part in parts]
    ties = tie_matrix(task.ties, len(task.terms)) if task.ties else None
    return whole_regression(pieces, functions, spaces, ties, task.axis)


def loss_of(
    task: EquationTask, scheme: Scheme | DoubleTableau, norm: Norm, functions: tuple[int, ...], powers: tuple[int, ...]
) -> EquationLoss:
    """The loss of the equation by its constant coefficients; made once.

    Parameters
    ----------
    task : EquationTask
    scheme : Scheme or DoubleTableau
    norm : Norm
    functions : tuple of int
        Columns whose coefficient is a function.
    powers : tuple of int
        m by column.
    """
    key = (scheme.name, norm.name, functions, powers)
    if key not in task.memory.losses:
        parts, factors = bound_equations(task, scheme, norm), factors_of(task, powers)
        task.memory.losses[key] = (
            functional_loss(parts, factors, task.ties, whole_of(task, scheme, functions, powers)) if functions
            else constant_loss(parts, factors, task.ties))
    return task.memory.losses[key]
