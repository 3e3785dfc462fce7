"""The right-hand side of a learned equation, evaluated by the same kernels that learned it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symdcrnn.algebra.words import UNIT, Field
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.embedding.equations import profiles_of, words_of
from symdcrnn.equation import LearnedEquation
from symdcrnn.errors import InputError
from symdcrnn.kernels.build import build
from symdcrnn.kernels.cost import Grid, Stage, stages
from symdcrnn.kernels.emit import KernelSpec, emit, signature
from symdcrnn.kernels.lower import Stencils, lower, lower_words
from symdcrnn.kernels.norms import find_norm
from symdcrnn.kernels.phase_space.codegen.emit import Kind
from symdcrnn.kernels.phase_space.codegen.emit import emit as emit_on_axes
from symdcrnn.kernels.runtime import BoundKernel
from symdcrnn.model import Model
from symdcrnn.phase_models.rates import right_hand_side_on_axes
from symdcrnn.phase_models.words import phase_kernel_spec
from symdcrnn.preprocess.grid import with_unit
from symdcrnn.preprocess.loading import grid_data
from symdcrnn.schemes.multistep import residual
from symdcrnn.schemes.residual import Column, Residual
from symdcrnn.schemes.runge_kutta import DoubleTableau
from symdcrnn.schemes.table import find_scheme

Array = NDArray[np.float64]


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
    ndarray, axes those of the field, t first
        NaN at points whose stencils leave data that is not periodic.

    Raises
    ------
    InputError
        If a field or function that the equation needs is missing.
    """
    equation = model[target]
    if not model.data.kinetic:
        return right_hand_side_on_axes(model, trajectory, target, known)
    for name, axes in model.data.fields.items():
        if trajectory.axes_of(name) != axes:
            found = ", ".join(trajectory.axes_of(name))
            raise InputError(f"the field {name!r} has the axes {found}, in the model it has "
                             f"{', '.join(axes)}: give data like that of the fit")
    profiles = profiles_of(model, trajectory, known)
    kernel = build(kernel_spec(model, equation, "apply"))
    coefficients = np.array([*equation.at(trajectory.epsilon).values(), *(1.0 for _ in equation.functions)])
    data = grid_data(trajectory, profiles)
    reads_unit = UNIT.name in dict(kernel.spec.program.fields)
    return BoundKernel(kernel, with_unit(data) if reads_unit else data).apply(coefficients)


@dataclass(frozen=True)
class KernelSource:
    """The generated source of a kernel.

    Parameters
    ----------
    text : str
    signature : str
        Of its compiled function.
    """

    text: str
    signature: str


def kernel_source(model: Model, equation: LearnedEquation, kind: Kind) -> KernelSource:
    """The source of the kernel of a learned equation; arguments as those of `kernel_spec`."""
    if model.data.kinetic:
        spec = kernel_spec(model, equation, kind)
        return KernelSource(emit(spec), signature(spec))
    made = emit_on_axes(phase_kernel_spec(model, equation, kind))
    return KernelSource(made.text, made.signature)


def _stencils(model: Model) -> Stencils:
    return Stencils.named(model.settings.transport_stencil, model.settings.central_stencil)


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
    form = _form(model, equation, kind)
    head = f"d/dt {form.target.name} = sum of coefficient * word:"
    if kind != "apply":
        head = f"The {model.settings.norm} loss of {head}"
    title = (head, "", *(f"    coefficients[{number}] * {word}" for number, word in enumerate(form.words)))
    return KernelSpec(kind, lower(form, _stencils(model)), find_norm(model.settings.norm), title)


def kernel_stages(model: Model, equation: LearnedEquation, kind: Kind) -> list[Stage]:
    """What that kernel costs on data of the size of the model's, before and after each rewrite of its program.

    Parameters
    ----------
    model, equation, kind
        As those of `kernel_spec`.
    """
    if not model.data.kinetic:
        raise InputError("what a kernel costs is counted for data on even t and x, and v, with the operators of the "
                         "paper: leave --cost out to see the source of this one")
    grid = Grid(model.data.frames, model.data.size("v"), model.data.size("x"))
    unshared = lower_words(_form(model, equation, kind), _stencils(model))
    return stages(kernel_spec(model, equation, kind), grid, unshared)


def _form(model: Model, equation: LearnedEquation, kind: Kind) -> Residual:
    """The residual whose columns the kernel of a learned equation makes."""
    words = words_of(model, equation)
    target = Field(equation.target, model.data.fields[equation.target])
    if kind == "apply":
        return Residual(target, (0.0,), tuple(Column(word, "now", (1.0,)) for word in words))
    scheme = find_scheme(equation.scheme)
    if isinstance(scheme, DoubleTableau):
        raise InputError(f"{scheme.name} has stages, so its loss is not one kernel: ask for the right-hand side")
    return residual(scheme, target, words)
