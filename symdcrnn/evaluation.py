"""The right-hand side of a learned equation, evaluated by the same kernels that learned it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symdcrnn.algebra.operators import OPERATORS, Operator, multiplication
from symdcrnn.algebra.words import Field, Word, parse_word
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.equation import LearnedEquation
from symdcrnn.errors import InputError
from symdcrnn.kernels.build import build
from symdcrnn.kernels.emit import KernelSpec, Kind
from symdcrnn.kernels.lower import Stencils, lower
from symdcrnn.kernels.norms import find_norm
from symdcrnn.kernels.runtime import BoundKernel
from symdcrnn.model import Model
from symdcrnn.schemes.multistep import residual
from symdcrnn.schemes.residual import Column, Residual
from symdcrnn.schemes.runge_kutta import DoubleTableau
from symdcrnn.schemes.table import find_scheme
from symdcrnn.training.grid import with_unit
from symdcrnn.training.inputs import KNOWN_FUNCTIONS, known_profiles
from symdcrnn.training.nonlinear import define, with_definitions
from symdcrnn.training.problem import UNIT, UNIT_WORD, fields_of, grid_data

Array = NDArray[np.float64]

FUNCTION = "function_"
"""How the profiles of learned functions of x are named in kernels."""


def right_hand_side(
    model: Model, trajectory: Trajectory, target: str, known: Mapping[str, ArrayLike] | None = None
) -> Array:
    """d/dt of the target at every frame, as the model has it.

    Parameters
    ----------
    model : Model
    trajectory : Trajectory
        With the fields of the model.
    target : str
        Whose equation.
    known : mapping, optional
        sigma_s, sigma_a or source, if the model was learned with them.

    Returns
    -------
    ndarray, shape (Nt, [Nv,] Nx)
        NaN at points whose stencils leave data that is not periodic.

    Raises
    ------
    InputError
        If a field or function that the equation needs is missing.
    """
    equation = model[target]
    for name, varies in model.data.fields.items():
        if trajectory.depends_on_v(name) != varies:
            raise InputError(f"the field {name!r} {'has no' if varies else 'has an'} axis v, unlike that of the model")
    profiles = known_profiles(trajectory, known or {})
    for name in model.data.known:
        if name not in profiles:
            raise InputError(f"the model was learned with {name} known: give it with the data")
    kernel = build(kernel_spec(model, equation, "apply"))
    x = trajectory.x - trajectory.x[0]
    for number, function in enumerate(equation.functions):
        if x[-1] > function.x[-1] + 1e-9 * abs(function.x[-1]):
            raise InputError(
                f"the function of {function.word} is known only up to x = {function.x[-1]:g} from the left end"
            )
        profiles[f"{FUNCTION}{number}"] = np.interp(x, function.x, function.values)
    coefficients = np.array([*equation.at(trajectory.epsilon).values(), *(1.0 for _ in equation.functions)])
    definitions = define(model.settings.nonlinear, fields_of(trajectory))
    data = with_definitions(grid_data(trajectory, profiles), definitions, _stencils(model))
    reads_unit = UNIT.name in dict(kernel.spec.program.fields)
    return BoundKernel(kernel, with_unit(data) if reads_unit else data).apply(coefficients)


def _stencils(model: Model) -> Stencils:
    return Stencils(model.settings.transport_stencil, model.settings.central_stencil)


def kernel_spec(model: Model, equation: LearnedEquation, kind: Kind) -> KernelSpec:
    """The kernel of a learned equation: its right-hand side, or the loss of its residual.

    Parameters
    ----------
    model : Model
    equation : LearnedEquation
        Of the model.
    kind : str
        See `KernelSpec`.
    """
    fields = {name: Field(name, varies) for name, varies in model.data.fields.items()}
    fields |= {one.field.name: one.field for one in define(model.settings.nonlinear, tuple(fields.values()))}
    fields[UNIT.name] = UNIT
    operators: dict[str, Operator] = {**OPERATORS, **{name: multiplication(name) for name in KNOWN_FUNCTIONS}}
    words = [parse_word(term.word, fields, operators) for term in equation.terms]
    for number, function in enumerate(equation.functions):
        word = Word.of((), UNIT) if function.word == UNIT_WORD else parse_word(function.word, fields, operators)
        words.append(word.after((multiplication(f"{FUNCTION}{number}"),)))
    target = fields[equation.target]
    if kind == "apply":
        columns = tuple(Column(word, "now", (1.0,)) for word in words)
        form = Residual(target, (0.0,), columns)
        head = f"d/dt {target.name} = sum of coefficient * word:"
    else:
        scheme = find_scheme(equation.scheme)
        if isinstance(scheme, DoubleTableau):
            raise InputError(f"{scheme.name} has stages, so its loss is not one kernel: ask for the right-hand side")
        form = residual(scheme, target, words)
        head = f"The {model.settings.norm} loss of d/dt {target.name} = sum of coefficient * word:"
    title = (head, "", *(f"    coefficients[{number}] * {word}" for number, word in enumerate(words)))
    return KernelSpec(kind, lower(form, _stencils(model)), find_norm(model.settings.norm), title)
