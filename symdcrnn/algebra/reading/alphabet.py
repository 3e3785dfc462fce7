"""The letters that come with the axes of data: nothing here is a list of operators for one phase space."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import sympy

from symdcrnn.algebra.axes import TIME, Axis
from symdcrnn.algebra.operators import Operator, latex_name
from symdcrnn.algebra.reading.formulas import polynomial, written
from symdcrnn.algebra.reading.written import ATOM, Written
from symdcrnn.algebra.rules import Profile, Quadrature, Stencil, Sum
from symdcrnn.errors import named

HIGHEST_DERIVATIVE = 6
"""Of those that have names of their own: d_x .. d_xxxxxx."""


def alphabet(axes: Sequence[Axis], coordinates: Mapping[str, tuple[str, ...]]) -> Iterator[Operator]:
    """Every letter that follows from axes and coordinates, in the order in which they are listed.

    Parameters
    ----------
    axes : sequence of Axis
    coordinates : mapping of str to tuple of str
        Names of functions of axes, and what they depend on.
    """
    yield Operator("I", (), "{}", "{}")
    space = [axis for axis in axes if axis.role == "space" and axis.ordered]
    other = {axis.name for axis in axes if axis.role != "space"}
    for name, on in coordinates.items():
        if on and set(on) <= other:
            for axis in reversed(space):
                yield transport(name, on, axis)
    yield from averages([axis.name for axis in axes if axis.role == "velocity"])
    for axis in sorted((axis for axis in axes if axis.ordered), key=lambda one: (one.role != "space", one.name)):
        for order in range(1, HIGHEST_DERIVATIVE + 1):
            yield derivative({axis: order})
    if space:
        yield laplacian(space)
    for name, on in coordinates.items():
        yield coordinate(name, on)


def derivative(orders: Mapping[Axis, int]) -> Operator:
    """A derivative by one axis, or a mixed one: d_xx, d_xy, d_vx_vx.

    Parameters
    ----------
    orders : mapping of Axis to int
    """
    chosen = sorted(orders.items(), key=lambda item: item[0].name)
    names = [axis.name for axis, order in chosen for _ in range(order)]
    joined = ("" if all(len(name) == 1 for name in names) else "_").join(names)
    if len(joined) == len(names):
        typeset = joined if len(joined) == 1 else f"{{{joined}}}"
    else:
        typeset = f"{{{' '.join(latex_name(name) for name in names)}}}"
    return Operator(f"d_{joined}", [Stencil(axis.name, order, even=axis.even) for axis, order in chosen],
                    latex=rf"\partial_{typeset} {{}}")


def transport(coordinate: str, on: tuple[str, ...], axis: Axis) -> Operator:
    """A coordinate times a derivative that leans by its sign, such as v_dx."""
    rules = (Profile(coordinate, on), Stencil(axis.name, 1, lean=coordinate, even=axis.even, lean_axes=on))
    typeset = axis.name if len(axis.name) == 1 else f"{{{latex_name(axis.name)}}}"
    return Operator(f"{coordinate}_d{axis.name}", rules, latex=rf"{latex_name(coordinate)}\partial_{typeset} {{}}")


def averages(axes: Sequence[str]) -> Iterator[Operator]:
    """The average over all velocity axes, and over each where there are several."""
    if axes:
        yield Operator("mean", [Quadrature(axis) for axis in axes], "<{}>", r"\left\langle {} \right\rangle")
    if len(axes) > 1:
        for axis in axes:
            yield Operator(f"mean_{axis}", Quadrature(axis),
                           latex=rf"\left\langle {{}} \right\rangle_{{{latex_name(axis)}}}")


def laplacian(space: Sequence[Axis]) -> Operator:
    """The sum of the second derivatives by all space axes."""
    terms = [(Stencil(axis.name, 2, even=axis.even),) for axis in sorted(space, key=lambda one: one.name)]
    return Operator("laplacian", terms[0] if len(terms) == 1 else Sum(tuple(terms)), latex=r"\Delta {}")


def coordinate(name: str, on: tuple[str, ...]) -> Operator:
    """The product with a coordinate."""
    return Operator(name, Profile(name, on), latex=f"{latex_name(name)} {{}}")


def legendre_letter(name: str, axes: Sequence[Axis]) -> Operator | None:
    """The product with a Legendre polynomial of the only velocity, such as P_2; None if the name is no such one.

    Raises
    ------
    InputError
        If its degree is too high.
    """
    velocities = [axis.name for axis in axes if axis.role == "velocity"]
    spelled = re.fullmatch(r"P_(0|[1-9]\d?)", name)
    if spelled is None or len(velocities) != 1 or not all(axis.ordered for axis in axes if axis.role == "velocity"):
        return None
    degree, [velocity] = int(spelled[1]), velocities
    symbol = sympy.Symbol(velocity)
    with named(f"the operator {name!r}"):
        value = polynomial("legendre", (sympy.Integer(degree), symbol))
    rule = Profile(written(value, {symbol: Written(velocity, ATOM)}).text, (velocity,))
    return Operator(name, rule if degree else (), latex=f"P_{{{degree}}} {{}}")


def derivative_orders(name: str, axes: Sequence[Axis]) -> dict[Axis, int] | None:
    """The axes and orders that the name of a derivative spells, such as d_xxy; None if it spells none."""
    if not name.startswith("d_"):
        return None
    spelled = _spelled(name[2:], {axis.name: axis for axis in axes if axis.name != TIME})
    if not spelled:
        return None
    return {axis: spelled.count(axis) for axis in dict.fromkeys(spelled)}


def _spelled(text: str, axes: Mapping[str, Axis]) -> list[Axis] | None:
    if not text:
        return []
    for name in sorted(axes, key=len, reverse=True):
        if text.startswith(name):
            rest = _spelled(text[len(name):].removeprefix("_"), axes)
            if rest is not None:
                return [axes[name], *rest]
    return None
