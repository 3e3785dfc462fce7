"""The generated sources of a model, without any data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from symdcrnn.embedding.right_hand_side import adjoint_of, rate_of
from symdcrnn.embedding.state_parts import Structure, state_function
from symdcrnn.embedding.words import equation_of, numbered_equations, role_of, space_of_model, stencils_of
from symdcrnn.equation import LearnedEquation
from symdcrnn.errors import InputError
from symdcrnn.kernels.codegen.emit import Kind, emit
from symdcrnn.kernels.cost import Stage, stages
from symdcrnn.kernels.ir.grid import GridAxis, PhaseGrid
from symdcrnn.kernels.ir.lowering import lower_words
from symdcrnn.kernels.norms import find_norm
from symdcrnn.kernels.one_state.c_function import c_prototype
from symdcrnn.kernels.one_state.emit import emit_state
from symdcrnn.kernels.runtime.binding import spec_of
from symdcrnn.model import Model
from symdcrnn.schemes.multistep import residual
from symdcrnn.schemes.residual import Residual
from symdcrnn.schemes.runge_kutta import DoubleTableau
from symdcrnn.schemes.table import find_scheme

Embedded = Literal["rhs", "rhs-adjoint"]


@dataclass(frozen=True)
class KernelSource:
    """A generated source.

    Parameters
    ----------
    text : str
    signature : str
        Of its compiled function.
    prototype : str or None
        Its declaration in C, of a function that solvers call.
    """

    text: str
    signature: str
    prototype: str | None = None


def embedded_source(model: Model, kind: Embedded, target: str | None = None) -> KernelSource:
    """The source of the function of all equations, or of its transposed Jacobian.

    The weights of quadratures are in no model: a transpose is that for weights that are not all alike.

    Parameters
    ----------
    model : Model
    kind : str
        ``rhs`` or ``rhs-adjoint``.
    target : str, optional
        Of one equation alone; coefficients are numbered as those of all.

    Raises
    ------
    InputError
        If a word cannot be read, or there is no equation.
    """
    space = space_of_model(model)
    numbered = numbered_equations(model, space)
    count = sum(len(equation.words) for equation, _ in numbered)
    chosen = tuple(one for one in numbered if target in (None, one[0].target.name))
    structure = Structure(chosen, space, outline_of(model), stencils_of(model), np.zeros(count), {})
    fields = [space.variables[name] for name in model.data.fields]
    made = state_function((adjoint_of if kind == "rhs-adjoint" else rate_of)(structure, fields))
    source = emit_state(made)
    return KernelSource(source.text, source.signature,
                        c_prototype(made, dict(source.arguments), f"symdcrnn_{made.name}"))


def kernel_source(model: Model, learned: LearnedEquation, kind: Kind) -> KernelSource:
    """The source of the kernel of a learned equation: its right-hand side, or the loss of its residual.

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
    form = form_of(model, learned, kind)
    head = f"d/dt {learned.target} = sum of coefficient * word:"
    if kind != "apply":
        head = f"The {model.settings.norm} loss of {head}"
    title = (head, "", *(f"    coefficients[{number}] * {word}" for number, word in enumerate(form.words)))
    made = emit(spec_of(kind, form, outline_of(model), stencils_of(model), find_norm(model.settings.norm), title))
    return KernelSource(made.text, made.signature)


def kernel_stages(model: Model, learned: LearnedEquation, kind: Kind) -> list[Stage]:
    """The program of the kernel of a learned equation and its cost on data of the size of the model's, at each rewrite.

    Parameters
    ----------
    model, learned, kind
        As those of `kernel_source`.
    """
    form, outline, stencils = form_of(model, learned, kind), outline_of(model), stencils_of(model)
    spec = spec_of(kind, form, outline, stencils, find_norm(model.settings.norm))
    sizes = {"t": model.data.frames, **{axis.name: axis.size for axis in model.data.axes}}
    return stages(spec, lower_words(form, spec.program.axes, stencils), sizes)


def form_of(model: Model, learned: LearnedEquation, kind: Kind) -> Residual:
    """The residual whose columns the kernel of a learned equation makes; arguments as those of `kernel_source`."""
    equation = equation_of(model, learned, space_of_model(model))
    if not equation.words:
        raise InputError(f"the equation of {learned.target!r} has no term, so there is no kernel of it")
    if kind == "apply":
        return equation.rate
    scheme = find_scheme(learned.scheme)
    if isinstance(scheme, DoubleTableau):
        raise InputError(f"{scheme.name} has stages, so its loss is not one kernel: ask for the right-hand side")
    return residual(scheme, equation.target, equation.words)


def outline_of(model: Model) -> PhaseGrid:
    """A grid of the structure of the data, without its values: all that the source of a kernel depends on.

    Points of even axes have their distance; others, which no model holds, are uneven in some way.
    """
    axes = []
    for one in model.data.axes:
        points = np.arange(one.size, dtype=np.float64)
        weights = 1.0 + points if one.weighted else None
        places = points**2 if one.spacing is None else one.spacing * points
        axes.append(GridAxis(one.name, role_of(one.role), places, one.periodic, weights))
    return PhaseGrid(tuple(axes), np.zeros(1), {}, dict(model.data.fields))
