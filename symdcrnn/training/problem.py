"""From a trajectory and an ansatz to the regressions that the training works on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.operators import OPERATORS, multiplication
from symdcrnn.algebra.words import Field, Word
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.errors import InputError
from symdcrnn.kernels.build import build
from symdcrnn.kernels.emit import KernelSpec
from symdcrnn.kernels.lower import Stencils, lower
from symdcrnn.kernels.norms import Norm, find_norm
from symdcrnn.kernels.runtime import BoundKernel, GridData, fitted_range
from symdcrnn.schemes.multistep import Scheme, residual
from symdcrnn.schemes.residual import Column, Residual
from symdcrnn.training.regression import Regression

Array = NDArray[np.float64]

UNIT = Field("", False)
"""The field that is one everywhere: a source G(x) is the word that multiplies it by G."""

VANISHING_AVERAGE = 1e-4
"""<u> counts as zero where its rms is below this fraction of the rms of u."""


@dataclass(frozen=True)
class Term:
    """One word of a right-hand side.

    Parameters
    ----------
    word : Word
        The word.
    known : float or None
        Its coefficient where that is given, else None.
    """

    word: Word
    known: float | None = None


def fields_of(trajectory: Trajectory) -> tuple[Field, ...]:
    """The fields of a trajectory as the algebra sees them."""
    return tuple(Field(name, trajectory.depends_on_v(name)) for name in trajectory.field_names)


def grid_data(trajectory: Trajectory, profiles: Mapping[str, Array]) -> GridData:
    """The arrays that kernels read."""
    fields = {name: trajectory.array(name) for name in trajectory.field_names}
    fields[UNIT.name] = np.ones((trajectory.frames, trajectory.x.size))
    return GridData(
        fields=fields,
        v=np.ascontiguousarray(trajectory.v),
        quadrature=np.ascontiguousarray(trajectory.weights),
        dt=trajectory.dt,
        dx=trajectory.dx,
        periodic=trajectory.periodic,
        profiles={name: np.ascontiguousarray(profile) for name, profile in profiles.items()},
    )


def terms_of(target: Field, words: Sequence[Word], known: Sequence[str]) -> tuple[Term, ...]:
    """The words of an ansatz with the known functions of x put in, eqs. (2.1), (2.4), (2.5).

    Parameters
    ----------
    target : Field
        The field of the equation.
    words : sequence of Word
        Of the ansatz.
    known : sequence of str
        Which of sigma_s, sigma_a and source are given.

    Returns
    -------
    tuple of Term
        Where sigma_s is given, the damping of a target that depends on v is ``sigma_s g`` with a
        coefficient of its own, in the place of ``g``.  Absorption and source enter with their
        exact coefficients, -1 and 1; the source has no part in the equation of g, whose average is zero.
    """
    terms = []
    for word in words:
        damping = word.is_identity and word.field == target and target.v_dependent
        if damping and "sigma_s" in known:
            terms.append(Term(Word.of((multiplication("sigma_s"),), target)))
        else:
            terms.append(Term(word))
    if "sigma_a" in known:
        terms.append(Term(Word.of((multiplication("sigma_a"),), target), -1.0))
    if "source" in known and target.name != "g":
        terms.append(Term(Word.of((multiplication("source"),), UNIT), 1.0))
    return tuple(terms)


def vanishing(terms: Sequence[Term], gram: Array) -> dict[int, str]:
    """The terms whose column is zero in this data, or an average that vanishes, each with the reason.

    An average below `VANISHING_AVERAGE` of what it is taken of is left over by the discretisation,
    as <g> is: nothing can be learned from it, nor from words that end in it.

    Parameters
    ----------
    terms : sequence of Term
    gram : ndarray, shape (terms, terms)
        The Gram matrix of their columns.

    Returns
    -------
    dict of int to str
        By index of the term.
    """
    sizes = np.sqrt(np.diag(gram))
    places = {term.word: number for number, term in enumerate(terms)}
    roots: dict[Word, str] = {}
    for word, number in places.items():
        inner = Word(word.letters[1:], word.field)
        if word.letters and word.letters[0].averages and inner in places:
            whole = sizes[places[inner]]
            if whole > 0.0 and sizes[number] <= VANISHING_AVERAGE * whole:
                roots[word] = f"{word} vanishes: it is {sizes[number] / whole:.0e} of {inner}"
    found = {}
    for word, number in places.items():
        if sizes[number] == 0.0:
            found[number] = f"{word} is zero everywhere"
        for root, reason in roots.items():
            ends = word.field == root.field and word.letters[len(word.letters) - len(root.letters):] == root.letters
            if number not in found and ends and len(word.letters) >= len(root.letters):
                found[number] = reason
    return found


def regression_of(
    scheme: Scheme,
    target: Field,
    terms: Sequence[Term],
    data: GridData,
    stencils: Stencils,
    norm: Norm,
    zero_mean: float = 0.0,
) -> Regression:
    """The regression of one equation under one scheme.

    Parameters
    ----------
    scheme : Scheme
    target : Field
    terms : sequence of Term
        The right-hand side.
    data : GridData
    stencils : Stencils
    norm : Norm
    zero_mean : float
        The weight of the penalty on dt <F>, eq. (4.15); its norm is L2.

    Raises
    ------
    InputError
        If there are too few frames or points, or every point would be fitted exactly.
    """
    form = residual(scheme, target, [term.word for term in terms])
    bound = bind(form, data, stencils, norm)
    fixed = np.array([np.nan if term.known is None else term.known for term in terms])
    penalty = _zero_mean_penalty(form, data, stencils, norm, zero_mean) if zero_mean > 0.0 else None
    if bound.points < 2 * len(terms):
        raise InputError(
            f"the data gives {bound.points} equations for {len(terms)} words under {scheme.name}: "
            "give more frames or fewer layers"
        )
    return Regression(bound, data.dt, fixed, penalty)


def bind(form: Residual, data: GridData, stencils: Stencils, norm: Norm) -> BoundKernel:
    """Compile a residual and bind it to the data."""
    program = lower(form, stencils)
    fitted_range(program, data)
    title = tuple(f"    {coefficient} * {column.word}" for coefficient, column in enumerate(form.columns))
    head = (f"The {norm.name} loss of the residual of d/dt {form.target.name} = sum of coefficient * word:", "")
    return BoundKernel(build(KernelSpec("normal_equations", program, norm, (*head, *title))), data)


def _zero_mean_penalty(form: Residual, data: GridData, stencils: Stencils, norm: Norm, weight: float) -> Array:
    """The Gram matrix of the averaged columns, times 2 weight dt^2."""
    columns = tuple(Column(c.word.after((OPERATORS["mean"],)), c.level, c.time_weights) for c in form.columns)
    nothing = Residual(UNIT, tuple(0.0 for _ in form.time_weights), columns)
    bound = bind(nothing, data, stencils, find_norm("l2"))
    gram = bound.normal_equations(np.zeros(len(columns))).gram
    penalty: Array = weight * data.dt**2 * gram
    return penalty
