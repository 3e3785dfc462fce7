"""The dictionary as a matrix: what methods other than ours start from, and what they give back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.phase_space import PhaseSpace
from symdcrnn.algebra.words import Field
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.errors import InputError
from symdcrnn.fitting.inputs import ansatz_of
from symdcrnn.fitting.stencil_choice.choice import with_forms
from symdcrnn.kernels.ir.grid import PhaseGrid
from symdcrnn.kernels.norms import find_norm
from symdcrnn.kernels.runtime.binding import bind
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.preprocess.loaded_frames import LoadedFrames, step_of
from symdcrnn.preprocess.phase_grid import fields_of, phase_grid
from symdcrnn.regression.bound_equation import bind_equation
from symdcrnn.regression.dictionary import space_of
from symdcrnn.regression.terms import Term
from symdcrnn.regression.vanishing import vanishing
from symdcrnn.schemes.multistep import SCHEMES, residual, sharpest_scheme
from symdcrnn.scoring import error_with_spurious_percent
from symdcrnn.settings import FitSettings

Array = NDArray[np.float64]

HELD_OUT = 0.2
"""The share of the residuals, the last ones, that judges settings where the exact equation is not known."""


@dataclass(frozen=True)
class Estimate:
    """An equation as a method found it.

    Parameters
    ----------
    coefficients : dict of str to float
        By word, zero ones left out.
    settings : str
        Those that were chosen, in words.
    """

    coefficients: dict[str, float]
    settings: str


@dataclass(frozen=True)
class Task:
    """What every method is given.

    Parameters
    ----------
    trajectory : Trajectory
    target : Field
        Of the equation that is sought.
    terms : tuple of Term
        The words that do not vanish in the data.
    space : PhaseSpace
        That words are written in.
    data : PhaseGrid
    stencils : Stencils
        Those under which the words leave the smallest residual, where none are asked for.
    settings : FitSettings
        Layers, operators and scales of the dictionary; only our own method reads the others.
    """

    trajectory: Trajectory
    target: Field
    terms: tuple[Term, ...]
    space: PhaseSpace
    data: PhaseGrid
    stencils: Stencils
    settings: FitSettings

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(str(term.word) for term in self.terms)

    @property
    def exact(self) -> dict[str, float] | None:
        """The exact equation, for scoring."""
        found = (self.trajectory.exact or {}).get(self.target.name)
        return None if found is None else dict(found)


@dataclass(frozen=True)
class Dictionary:
    """change = sum_w coefficient_w column_w at every point, under one time scheme.

    Parameters
    ----------
    words : tuple of str
    columns : ndarray, shape (words, residuals, points)
        Each divided by its rms.
    change : ndarray, shape (residuals, points)
        The left-hand side over dt, divided by its rms.
    sizes : ndarray, shape (words,)
        What turns coefficients of the scaled columns to those of the words.
    scheme : str
    """

    words: tuple[str, ...]
    columns: Array
    change: Array
    sizes: Array
    scheme: str

    def split(self, judged: bool) -> tuple[slice, slice]:
        """Residuals to learn from and residuals to judge by: all of them where the exact equation judges."""
        if judged:
            return slice(None), slice(None)
        first = max(1, int((1.0 - HELD_OUT) * self.change.shape[0]))
        return slice(0, first), slice(first, None)

    def by_word(self, scaled: Array) -> dict[str, float]:
        """Coefficients of the words from those of the scaled columns."""
        return {word: float(c * size) for word, c, size in zip(self.words, scaled, self.sizes, strict=True) if c != 0.0}


def task_of(trajectory: Trajectory, target: str, settings: FitSettings) -> Task:
    """The data and the words that all methods share.

    Parameters
    ----------
    trajectory : Trajectory
    target : str
        Name of the field whose equation is sought.
    settings : FitSettings
        Layers, scales, operators and stencils of the dictionary.

    Raises
    ------
    InputError
        If the words or the data cannot be used.
    """
    fields, space, data = fields_of(trajectory), space_of(trajectory), LoadedFrames(phase_grid(trajectory))
    if data.grid.dt is None:
        raise InputError("methods are compared on even times: `symdcrnn fit` learns from other data")
    ansatz = ansatz_of(settings, fields, target, space)
    chosen, _ = with_forms(settings, fields, [target], data, space)
    stencils = Stencils.named(chosen.transport_stencil, chosen.central_stencil)
    terms = [Term(word) for word in ansatz.words]
    scheme = sharpest_scheme(data.frames)
    judge = bind_equation(scheme, ansatz.target, terms, data, stencils, find_norm("l2"))
    assert judge.multistep is not None
    gone = vanishing(terms, judge.multistep.loss.sizes())
    kept = tuple(term for number, term in enumerate(terms) if number not in gone)
    if not kept:
        raise InputError(f"every word of the {target}-equation vanishes in this data: give others, or other data")
    return Task(trajectory, ansatz.target, kept, space, data.grid, stencils, settings)


def dictionary_of(task: Task, scheme: str) -> Dictionary:
    """The matrix of the words under a multistep scheme.

    Parameters
    ----------
    task : Task
    scheme : str
        A key of `SCHEMES`.
    """
    form = residual(SCHEMES[scheme], task.target, [term.word for term in task.terms])
    kernel = bind("columns", form, task.data, task.stencils, find_norm("l2"), title=("Each word by itself.",))
    inside = (slice(None), *(slice(*kernel.spans[name]) for name in task.target.axes if name != "t"))
    each = (slice(None), *inside)
    columns = kernel.each_column()[each].reshape(len(task.terms), kernel.residuals, -1)
    field = task.data.fields[task.target.name]
    weights = np.array(form.time_weights)
    moved = sum(weight * field[k:k + kernel.residuals] for k, weight in enumerate(weights)) / step_of(task.data)
    change = np.asarray(moved)[inside].reshape(kernel.residuals, -1)
    scale = float(np.sqrt(np.mean(change**2)))
    rms = np.sqrt(np.mean(columns**2, axis=(1, 2)))
    columns /= rms[:, None, None]
    return Dictionary(task.words, columns, change / scale, scale / rms, scheme)


def best_of(
    task: Task, found: Sequence[tuple[dict[str, float], str]], held_out: Callable[[dict[str, float]], float]
) -> Estimate:
    """The estimate with the least error of the exact equation, or else with the least held-out residual.

    A method whose settings are chosen by the exact equation is flattered: no real data would allow it.

    Parameters
    ----------
    task : Task
    found : sequence of (coefficients, settings)
    held_out : callable
        The relative residual on what was not learned from.
    """
    exact = task.exact

    def score(candidate: tuple[dict[str, float], str]) -> float:
        return held_out(candidate[0]) if exact is None else error_with_spurious_percent(candidate[0], exact)

    coefficients, settings = min(found, key=score)
    return Estimate(coefficients, settings)


def searched_schemes(task: Task) -> tuple[str, ...]:
    """The time schemes that rivals are searched over: the common one, the paper's, and the one we advise."""
    frames = task.data.frames
    usual = [name for name in ("forward-euler", "imex-bdf2") if SCHEMES[name].frames <= frames]
    return tuple(dict.fromkeys((*usual, sharpest_scheme(frames).name)))
