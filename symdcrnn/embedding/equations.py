"""A model's equations as words, coefficients and known functions of x, all equations in one list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symdcrnn.algebra.operators import OPERATORS, Operator, multiplication
from symdcrnn.algebra.reading.word_parser import parse_word
from symdcrnn.algebra.words import UNIT, Field, Word
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.equation import LearnedEquation
from symdcrnn.errors import InputError
from symdcrnn.fitting.inputs import KNOWN_FUNCTIONS, known_profiles
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.model import Model
from symdcrnn.regression.terms import UNIT_WORD

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Equation:
    """d/dt target = sum of coefficients[first + k] words[k]."""

    target: Field
    first: int
    words: tuple[Word, ...]


@dataclass(frozen=True)
class Equations:
    """All that the structure of a model says; no number of it.

    Parameters
    ----------
    fields : tuple of Field
        All fields of the model, in their order.
    equations : tuple of Equation
        In the order of the fields.
    stencils : Stencils
    """

    fields: tuple[Field, ...]
    equations: tuple[Equation, ...]
    stencils: Stencils

    @classmethod
    def of(cls, model: Model, only: str | None = None) -> Equations:
        """The equations of a model, or the one of a field."""
        fields = tuple(Field(name, axes) for name, axes in model.data.fields.items())
        found = []
        first = 0
        for learned in ordered(model):
            words = words_of(model, learned)
            if learned.target not in model.data.fields:
                raise InputError(f"the model has an equation of {learned.target!r}, which is none of its fields")
            if only in (None, learned.target):
                target = Field(learned.target, model.data.fields[learned.target])
                found.append(Equation(target, first, words))
            first += len(words)
        stencils = Stencils.named(model.settings.transport_stencil, model.settings.central_stencil)
        return cls(fields, tuple(found), stencils)

    @property
    def missing(self) -> tuple[Field, ...]:
        """Fields without an equation."""
        targets = {equation.target for equation in self.equations}
        return tuple(field for field in self.fields if field not in targets)


def words_of(model: Model, learned: LearnedEquation) -> tuple[Word, ...]:
    """The words of an equation of a model: its terms, then its functions of x, each times its profile.

    Raises
    ------
    InputError
        If a word cannot be read.
    """
    fields = {name: Field(name, axes) for name, axes in model.data.fields.items()}
    operators: dict[str, Operator] = {**OPERATORS, **{name: multiplication(name) for name in KNOWN_FUNCTIONS
                                                   if name not in fields}}

    def word(text: str) -> Word:
        if text in KNOWN_FUNCTIONS and text not in fields:
            return Word.of((operators[text],), UNIT)
        return Word.of((), UNIT) if text == UNIT_WORD else parse_word(text, fields, operators)

    functions = [word(function.word).after((multiplication(function_name(learned.target, number)),))
                 for number, function in enumerate(learned.functions)]
    return (*(word(term.word) for term in learned.terms), *functions)


def ordered(model: Model) -> list[LearnedEquation]:
    """The learned equations in the order of the fields."""
    order = list(model.data.fields)
    return sorted(model.equations, key=lambda one: order.index(one.target) if one.target in order else len(order))


def function_name(target: str, number: int) -> str:
    """How the profile of a learned function is named."""
    return f"function_{target}_{number}"


def coefficients_of(model: Model, epsilon: float | None) -> Array:
    """The coefficients of all equations, shape (words,); those of functions of x are one.

    Raises
    ------
    InputError
        If they depend on epsilon and it is not known.
    """
    return np.array([value for learned in ordered(model)
                     for value in (*learned.at(epsilon).values(), *(1.0 for _ in learned.functions))], dtype=np.float64)


def known_profiles_of(
    model: Model, trajectory: Trajectory, known: Mapping[str, ArrayLike] | None
) -> dict[str, Array]:
    """Known functions of x on the grid of a trajectory.

    Raises
    ------
    InputError
        If one is missing.
    """
    profiles = known_profiles(trajectory, known or {})
    for name in model.data.known:
        if name not in profiles:
            raise InputError(f"the model was learned with {name} known: give it with the data")
    return profiles


def profiles_of(model: Model, trajectory: Trajectory, known: Mapping[str, ArrayLike] | None) -> dict[str, Array]:
    """Known and learned functions of x on the grid of a trajectory.

    Raises
    ------
    InputError
        If one is missing, or the grid is longer than the one a function was learned on.
    """
    profiles = known_profiles_of(model, trajectory, known)
    if not any(learned.functions for learned in model.equations):
        return profiles
    x = trajectory.x - trajectory.x[0]
    for learned in model.equations:
        for number, function in enumerate(learned.functions):
            if x[-1] > function.x[-1] + 1e-9 * abs(function.x[-1]):
                raise InputError(
                    f"the function of {function.word} is known only up to x = {function.x[-1]:g} from the left end"
                )
            profiles[function_name(learned.target, number)] = np.interp(x, function.x, function.values)
    return profiles
