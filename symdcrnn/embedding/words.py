"""The phase space, the words and the coefficients of a model, from what the model itself says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast, get_args

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.axes import Axis, Role
from symdcrnn.algebra.operators import multiplication
from symdcrnn.algebra.phase_space import PhaseSpace, phase_space
from symdcrnn.algebra.words import UNIT, Field, Word
from symdcrnn.equation import LearnedEquation
from symdcrnn.errors import InputError
from symdcrnn.kernels.lower import Stencils
from symdcrnn.model import Model
from symdcrnn.regression.dictionary import own_operators
from symdcrnn.regression.terms import UNIT_WORD
from symdcrnn.schemes.residual import Column, Residual

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Equation:
    """d/dt target = sum of coefficients times words.

    Parameters
    ----------
    target : Field
    words : tuple of Word
        Those of the terms, then those with a learned function.
    """

    target: Field
    words: tuple[Word, ...]

    @property
    def rate(self) -> Residual:
        """Its right-hand side as columns of one frame."""
        return Residual(self.target, (0.0,), tuple(Column(word, "now", (1.0,)) for word in self.words))


def space_of_model(model: Model, even: Mapping[str, bool] | None = None) -> PhaseSpace:
    """The phase space that the words of a model are written in, without the data and any file of operators.

    Parameters
    ----------
    model : Model
    even : mapping of str to bool, optional
        Which axes are evenly spaced in the data at hand; as in the data of the fit by default.

    Raises
    ------
    InputError
        If the model is damaged: a name is taken, or an operator does not fit the axes.
    """
    data, given = model.data, even or {}
    axes = [Axis(one.name, "velocity" if one.weighted else role_of(one.role), one.periodic,
                 given.get(one.name, one.spacing is not None), one.ordered) for one in data.axes]
    functions = {**dict.fromkeys(data.known, ("x",)), **data.functions}
    fields = [Field(name, axes_) for name, axes_ in {**data.fields, **functions}.items()]
    return phase_space(axes, fields, data.coordinates, own_operators(model.settings))


def ordered(model: Model) -> list[LearnedEquation]:
    """The learned equations in the order of the fields."""
    order = list(model.data.fields)
    return sorted(model.equations, key=lambda one: order.index(one.target) if one.target in order else len(order))


def function_name(target: str, number: int) -> str:
    """How a learned function is named among the known functions of a grid."""
    return f"function_{target}_{number}"


def coefficients_of(model: Model, epsilon: float | None) -> Array:
    """The coefficients of all equations, shape (words,); those of learned functions are one.

    Raises
    ------
    InputError
        If they depend on epsilon and it is not known.
    """
    return np.concatenate([np.zeros(0), *(coefficients_of_equation(learned, epsilon) for learned in ordered(model))])


def coefficients_of_equation(learned: LearnedEquation, epsilon: float | None) -> Array:
    """As `coefficients_of`, of one equation."""
    return np.array([*learned.at(epsilon).values(), *(1.0 for _ in learned.functions)], dtype=np.float64)


def equation_of(model: Model, learned: LearnedEquation, space: PhaseSpace) -> Equation:
    """A learned equation in words.

    Parameters
    ----------
    model : Model
    learned : LearnedEquation
        Of the model.
    space : PhaseSpace
        See `space_of_model`.

    Raises
    ------
    InputError
        If a word cannot be read, or the target is none of the fields.
    """
    if learned.target not in space.variables:
        raise InputError(f"the model has an equation of {learned.target!r}, which is none of its fields")

    def word(text: str) -> Word:
        return Word.of((), UNIT) if text == UNIT_WORD else space.word(text)

    factors = [multiplication(function_name(learned.target, number), tuple(function.points))
               for number, function in enumerate(learned.functions)]
    functions = [word(function.word).after((factor,))
                 for function, factor in zip(learned.functions, factors, strict=True)]
    return Equation(space.variables[learned.target], (*(word(term.word) for term in learned.terms), *functions))


def stencils_of(model: Model) -> Stencils:
    """The stencils of the words of a model."""
    return Stencils.named(model.settings.transport_stencil, model.settings.central_stencil)


def numbered_equations(model: Model, space: PhaseSpace) -> list[tuple[Equation, int]]:
    """All equations in the order of the fields, each with the number of its first coefficient; as `equation_of`.

    Raises
    ------
    InputError
        If there is none.
    """
    if not model.equations:
        raise InputError("the model has no equation: fit one")
    found, first = [], 0
    for learned in ordered(model):
        equation = equation_of(model, learned, space)
        found.append((equation, first))
        first += len(equation.words)
    return found


def role_of(text: str) -> Role:
    if text not in get_args(Role):
        raise InputError(f"the model has an axis of the role {text!r}: it is damaged, fit it again")
    return cast(Role, text)
