"""The phase space and the words of a model, from what the model itself says."""

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
from symdcrnn.embedding.equations import function_name
from symdcrnn.equation import LearnedEquation
from symdcrnn.errors import InputError
from symdcrnn.kernels.norms import find_norm
from symdcrnn.kernels.phase_space.codegen.emit import KernelSpec, Kind
from symdcrnn.kernels.phase_space.ir.grid import GridAxis, PhaseGrid
from symdcrnn.kernels.phase_space.runtime.binding import spec_of
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.model import Model
from symdcrnn.regression.dictionary import own_operators
from symdcrnn.regression.terms import UNIT_WORD
from symdcrnn.schemes.multistep import residual
from symdcrnn.schemes.residual import Column, Residual
from symdcrnn.schemes.runge_kutta import DoubleTableau
from symdcrnn.schemes.table import find_scheme

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
    axes = [Axis(one.name, "velocity" if one.weighted else _role(one.role), one.periodic,
                 given.get(one.name, one.spacing is not None), one.ordered) for one in data.axes]
    functions = {**dict.fromkeys(data.known, ("x",)), **data.functions}
    fields = [Field(name, axes_) for name, axes_ in {**data.fields, **functions}.items()]
    return phase_space(axes, fields, data.coordinates, own_operators(model.settings))


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


def phase_kernel_spec(model: Model, learned: LearnedEquation, kind: Kind) -> KernelSpec:
    """The kernel of a learned equation on any axes: its right-hand side, or the loss of its residual.

    Parameters
    ----------
    model : Model
    learned : LearnedEquation
        Of the model.
    kind : str
        See `KernelSpec`.

    Raises
    ------
    InputError
        If the equation has no term, or its scheme has stages and a loss is asked for.
    """
    equation = equation_of(model, learned, space_of_model(model))
    if not equation.words:
        raise InputError(f"the equation of {learned.target!r} has no term, so there is no kernel of it")
    form, head = equation.rate, f"d/dt {learned.target} = sum of coefficient * word:"
    if kind != "apply":
        scheme = find_scheme(learned.scheme)
        if isinstance(scheme, DoubleTableau):
            raise InputError(f"{scheme.name} has stages, so its loss is not one kernel: ask for the right-hand side")
        form, head = residual(scheme, equation.target, equation.words), f"The {model.settings.norm} loss of {head}"
    title = (head, "", *(f"    coefficients[{number}] * {word}" for number, word in enumerate(equation.words)))
    return spec_of(kind, form, _outline(model), stencils_of(model), find_norm(model.settings.norm), title)


def _role(text: str) -> Role:
    if text not in get_args(Role):
        raise InputError(f"the model has an axis of the role {text!r}: it is damaged, fit it again")
    return cast(Role, text)


def _outline(model: Model) -> PhaseGrid:
    """A grid of the structure of the data, without its values: all that the source of a kernel depends on."""
    axes = []
    for one in model.data.axes:
        points = np.arange(one.size, dtype=np.float64)
        weights = np.full(one.size, 1.0 / one.size) if one.weighted else None
        axes.append(GridAxis(one.name, _role(one.role), points if one.spacing is not None else points**2,
                             one.periodic, weights))
    return PhaseGrid(tuple(axes), np.zeros(1), {}, dict(model.data.fields))
