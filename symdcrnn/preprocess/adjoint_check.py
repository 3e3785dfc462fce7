"""The adjoint of an operator of the user against the operator, on random fields."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.calculus.adjoint import adjoint_word
from symdcrnn.algebra.operators import Operator
from symdcrnn.algebra.rules import Stencil, Sum
from symdcrnn.algebra.words import Field, Word
from symdcrnn.errors import InputError
from symdcrnn.kernels.ir.factors import spread
from symdcrnn.kernels.ir.grid import GridAxis, PhaseGrid
from symdcrnn.kernels.ir.offsets import central_offsets, leaning_offsets
from symdcrnn.kernels.runtime.interpret import evaluate
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.preprocess.phase_grid import with_words

Array = NDArray[np.float64]

AGREEMENT = 1e-9
"""Largest difference of both products, relative to the sizes of what is multiplied."""

OPERAND, COTANGENT = "operand_", "cotangent_"


def check_adjoint(operator: Operator, grid: PhaseGrid, stencils: Stencils) -> None:
    """Refuse an operator for which <L u, w> = <u, L* w> does not hold, under the average over all axes.

    Fields are zero near open ends, as far as the stencils of the operator reach.  Operators without an adjoint, such
    as pointwise functions and stencils along uneven axes, are not asked, nor those that reach over the whole axis.

    Parameters
    ----------
    operator : Operator
        Resolved in the phase space of the grid.
    grid : PhaseGrid
        Of the data; its first frame is enough.
    stencils : Stencils

    Raises
    ------
    InputError
        Naming the operator and both products.
    """
    axes = tuple(axis.name for axis in grid.axes)
    operand = Field(OPERAND, axes)
    result = Field(COTANGENT, tuple(name for name in axes if name in operator.axes_after(frozenset(axes))))
    word = Word((operator,), operand)
    try:
        transposed = adjoint_word(word, result)
    except InputError:
        return
    reach = _reach(operator, stencils)
    if any(not axis.periodic and 2 * reach.get(axis.name, 0) >= axis.size for axis in grid.axes):
        return
    random = np.random.default_rng(0)
    fields = {field.name: _random(field, grid, reach, random) for field in (operand, result)}
    one = grid.between(0, 1)
    filled = with_words(PhaseGrid(one.axes, one.t, fields, {OPERAND: axes, COTANGENT: result.axes}, one.functions),
                        [word, transposed])
    products, sizes = [], []
    for one_word, other in ((word, COTANGENT), (transposed, OPERAND)):
        values = evaluate(one_word, filled, stencils, (0,))
        against = spread(filled.field_axes[other], fields[other], axes)[None]
        products.append(_average(values * against, grid))
        sizes.append(np.sqrt(_average(values**2, grid) * _average(against**2, grid)))
    if not abs(products[0] - products[1]) <= AGREEMENT * max(sizes):
        raise InputError(f"the operator {operator.name!r} does not pass the dot-product check of its adjoint: <L u, w> "
                         f"is {products[0]:.9g} and <u, L* w> is {products[1]:.9g} on random fields: along axes with "
                         "stencils quadrature weights should be all alike, and those of a matrix not zero")


def _reach(operator: Operator, stencils: Stencils) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in (part for rule in operator.rules for part in (rule.rules if isinstance(rule, Sum) else (rule,))):
        if isinstance(part, Stencil):
            offsets = central_offsets(stencils, part) if part.lean is None else sum(
                leaning_offsets(stencils, part, part.sides[0]), ())
            found[part.axis] = found.get(part.axis, 0) + max(map(abs, offsets))
    return found


def _random(field: Field, grid: PhaseGrid, reach: dict[str, int], random: np.random.Generator) -> Array:
    axes = [grid.axis(name) for name in field.axes]
    values = random.standard_normal(tuple(axis.size for axis in axes))
    for place, axis in enumerate(axes):
        margin = 0 if axis.periodic else reach.get(axis.name, 0)
        inside = np.zeros(axis.size)
        inside[margin:axis.size - margin] = 1.0
        values *= inside.reshape([-1 if number == place else 1 for number in range(len(axes))])
    return values


def _average(values: Array, grid: PhaseGrid) -> float:
    """Over all axes, by their weights."""
    wide = np.broadcast_to(values, (1, *(axis.size for axis in grid.axes)))
    for axis in reversed(grid.axes):
        wide = wide @ _weights(axis)
    return float(wide[0])


def _weights(axis: GridAxis) -> Array:
    return np.full(axis.size, 1.0 / axis.size) if axis.weights is None else axis.weights
