"""The rules that letters are made of, and what follows from a rule by itself.

A letter holds a sequence of rules, the outermost first.  Where one operator is a sum of such sequences, as the
Laplacian is, its only rule is a `Sum`, whose terms are the sequences.

Two rules *commute* here if they do exactly under the stencils, on every operand: stencils along different axes or with
constant weights along the same one, products, and whatever does not touch the axes of the other.  A stencil that
leans by the sign of a coordinate touches the axes of that coordinate.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from symdcrnn.algebra.axes import TIME
from symdcrnn.errors import InputError
from symdcrnn.given import described, plain_scalar, real_number, whole_number

Side = Literal["upwind", "downwind"]
Axes = frozenset[str]

HIGHEST_ORDER = 16
"""Of a derivative: whatever is higher was not meant."""


@dataclass(frozen=True)
class Stencil:
    """u -> sign * d^order u / d axis^order by a finite difference.

    Parameters
    ----------
    axis : str
    order : int
    lean : str, optional
        The coordinate whose sign decides the side that the stencil leans to; None for a central one.
    sides : tuple of str
        The side where u depends on the axes of that coordinate, and where it does not.  The micro-macro schemes take
        opposite sides for the two, so that v d/dx of v d/dx rho is a compact second difference.
    sign : int
        1 or -1.
    accuracy : int, optional
        The order of accuracy; None for that of the settings.
    even : bool
        Whether the axis is evenly spaced; filled in when the rule is resolved.
    lean_axes : tuple of str
        The axes of the coordinate `lean`; filled in when the rule is resolved.  Until then it is the axis of its name.
    transposed : bool
        Whether it is the transpose of the matrix that it is otherwise, whatever the spacing and at the ends as well.
    """

    axis: str
    order: int
    lean: str | None = None
    sides: tuple[Side, Side] = ("upwind", "downwind")
    sign: int = 1
    accuracy: int | None = None
    even: bool = True
    lean_axes: tuple[str, ...] = ()
    transposed: bool = False

    def __post_init__(self) -> None:
        for name in ("order", "accuracy", "sign"):
            whole = whole_number(getattr(self, name))
            if whole is not None:
                object.__setattr__(self, name, whole)
        _check_axis("stencil", self.axis)
        if type(self.order) is not int or not 1 <= self.order <= HIGHEST_ORDER:
            raise InputError(f"a stencil along {self.axis!r} has the order {described(self.order)}: "
                             f"give a whole number from 1 to {HIGHEST_ORDER}")
        if self.axis == TIME:
            raise InputError("there is no stencil along 't': operators act along the other axes, a scheme along t")
        if self.accuracy is not None and (type(self.accuracy) is not int or self.accuracy < 1):
            raise InputError(f"a stencil along {self.axis!r} has the accuracy {self.accuracy!r}: "
                             "give a whole number of at least 1")
        if self.accuracy is not None and self.lean is None and self.accuracy % 2:
            lower = f" or {self.accuracy - 1}" if self.accuracy > 1 else ""
            raise InputError(f"a stencil along {self.axis!r} has the accuracy {self.accuracy}: those of central "
                             f"stencils are even, give {self.accuracy + 1}{lower}")
        if self.sign not in (1, -1) or not set(self.sides) <= {"upwind", "downwind"} or len(self.sides) != 2:
            raise InputError(f"a stencil along {self.axis!r} has the sign {self.sign!r} and the sides {self.sides!r}: "
                             "the sign is 1 or -1, the sides are two of 'upwind' and 'downwind'")
        if self.lean is not None and not self.lean_axes:
            object.__setattr__(self, "lean_axes", (self.lean,))

    @property
    def sided_by_operand(self) -> bool:
        """Whether the side depends on what it acts on."""
        return self.lean is not None and self.sides[0] != self.sides[1]


@dataclass(frozen=True)
class Profile:
    """u -> p u with a known function of coordinates and time.

    Parameters
    ----------
    expression : str
        Of coordinates and known functions, such as ``v``, ``1 - v^2`` or ``sigma_s``.
    axes : tuple of str
        What it depends on; filled in when the rule is resolved.
    """

    expression: str
    axes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.expression, str):
            raise InputError(f"a profile is {described(self.expression)}: give an expression of coordinates and known "
                             "functions as text, such as '1 - v^2'")


@dataclass(frozen=True)
class Quadrature:
    """A sum along an axis: an average, or an integral against a kernel.

    With neither kernel nor matrix it is the average <u> = sum_i w_i u_i, whose weights have the sum one.

    Parameters
    ----------
    axis : str
    kernel : str, optional
        An expression in the coordinates of the axis, primed for the one that is summed over, such as
        ``1 + 0.9*v*v'``: (K u)_i = sum_j k(v_i, v_j) w_j u_j.
    matrix : tuple of tuple of float, optional
        (K u)_i = sum_j matrix[i][j] u_j; the weights are in it.
    transposed : bool
        Whether it is the adjoint of that under the weights: of a kernel with v and v' exchanged, of a matrix with the
        elements w_j matrix[j][i] / w_i.
    """

    axis: str
    kernel: str | None = None
    matrix: tuple[tuple[float, ...], ...] | None = None
    transposed: bool = False

    def __post_init__(self) -> None:
        _check_axis("quadrature", self.axis)
        if self.kernel is not None and not isinstance(self.kernel, str):
            raise InputError(f"the kernel of a quadrature along {self.axis!r} is {described(self.kernel)}: give an "
                             "expression of the coordinate and the primed one as text, such as '1 + v*v\'', or numbers "
                             "as matrix=, with the weights in them")
        if self.kernel is not None and self.matrix is not None:
            raise InputError(f"a quadrature along {self.axis!r} has a kernel and a matrix: give one of both")
        if self.matrix is not None:
            if isinstance(self.matrix, str) or any(isinstance(row, str) or not isinstance(row, Iterable)
                                                   for row in self.matrix):
                raise InputError(f"the matrix of a quadrature along {self.axis!r} is {described(self.matrix)}: "
                                 "give its rows, each a list of numbers")
            object.__setattr__(self, "matrix", tuple(tuple(self._entry(entry) for entry in row) for row in self.matrix))
            if not self.matrix or any(len(row) != len(self.matrix) for row in self.matrix):
                raise InputError(f"the matrix of a quadrature along {self.axis!r} is not square: "
                                 "give as many rows as columns")

    def _entry(self, value: object) -> float:
        found = real_number(value)
        if found is None:
            raise InputError(f"the matrix of a quadrature along {self.axis!r} has {described(plain_scalar(value))}: "
                             "give finite numbers")
        return found

    @property
    def averages(self) -> bool:
        """Whether it is the average along its axis, which the result does not depend on."""
        return self.kernel is None and self.matrix is None


@dataclass(frozen=True)
class Pointwise:
    """u -> f(u, coordinates) at every point.

    Parameters
    ----------
    expression : str
        With ``u`` for what it acts on, such as ``u^3`` or ``exp(-v*u)``.
    axes : tuple of str
        Of the coordinates in it; filled in when the rule is resolved.
    known : tuple of (str, tuple of str)
        These coordinates, known functions and t by name, each with its axes; filled in likewise.
    """

    expression: str
    axes: tuple[str, ...] = ()
    known: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.expression, str):
            raise InputError(f"a function of what it acts on is {described(self.expression)}: give an expression of u "
                             "and coordinates as text, such as 'exp(-v*u)'")


@dataclass(frozen=True)
class Sum:
    """u -> the sum over terms of the rules of each, applied to u.

    Parameters
    ----------
    terms : tuple of tuple of Rule
        Each the outermost first.
    """

    terms: tuple[tuple[Rule, ...], ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "terms", tuple(tuple(term) for term in self.terms))
        if not self.terms:
            raise InputError("a sum of rules has no term: give at least one")

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules of all terms."""
        return tuple(rule for term in self.terms for rule in term)


Rule = Stencil | Profile | Quadrature | Pointwise | Sum


def _check_axis(what: str, axis: object) -> None:
    if not isinstance(axis, str):
        raise InputError(f"a {what} is along {described(axis)}: give the name of an axis, such as 'x'")


def axes_effect(rules: tuple[Rule, ...]) -> tuple[Axes, Axes]:
    """Which axes the result of rules lacks and which it has, whatever they act on.

    Returns
    -------
    removed, added : frozenset of str
        What acts on axes A gives a result of the axes (A - removed) | added.
    """
    removed: Axes = frozenset()
    added: Axes = frozenset()
    for rule in reversed(rules):
        less, more = _effect(rule)
        removed, added = (removed - more) | less, (added - less) | more
    return removed, added


def _effect(rule: Rule) -> tuple[Axes, Axes]:
    none: Axes = frozenset()
    if isinstance(rule, Stencil):
        return none, frozenset(rule.lean_axes)
    if isinstance(rule, Profile | Pointwise):
        return none, frozenset(rule.axes)
    if isinstance(rule, Quadrature):
        axis = frozenset((rule.axis,))
        return (axis, none) if rule.averages else (none, axis)
    terms = [axes_effect(term) for term in rule.terms]
    return frozenset.intersection(*(less for less, _ in terms)), frozenset().union(*(more for _, more in terms))


def axes_after(rules: tuple[Rule, ...], axes: Axes) -> Axes:
    """The axes that the result of rules depends on, by those of what they act on."""
    removed, added = axes_effect(rules)
    return (axes - removed) | added


def touched_axes(rule: Rule) -> Axes:
    """The axes along which a rule differs from point to point or reads other points."""
    if isinstance(rule, Stencil):
        return frozenset((rule.axis, *rule.lean_axes))
    if isinstance(rule, Profile | Pointwise):
        return frozenset(rule.axes)
    if isinstance(rule, Quadrature):
        return frozenset((rule.axis,))
    return frozenset().union(*map(touched_axes, rule.rules))


def vanishes(rules: tuple[Rule, ...], axes: Axes) -> bool:
    """Whether the result is zero because a stencil acts along an axis that its operand does not depend on."""
    for rule in reversed(rules):
        if isinstance(rule, Stencil) and rule.axis not in axes:
            return True
        if isinstance(rule, Sum) and all(vanishes(term, axes) for term in rule.terms):
            return True
        axes = axes_after((rule,), axes)
    return False


def rules_commute(first: Rule, second: Rule) -> bool:
    """Whether two rules commute exactly under the stencils, whatever they act on."""
    for one, other in ((first, second), (second, first)):
        if isinstance(one, Pointwise):
            return False
        if isinstance(one, Sum):
            return all(rules_commute(part, other) for part in one.rules)
        if isinstance(one, Stencil) and one.sided_by_operand and set(one.lean_axes) & _changed_axes(other):
            return False
    if isinstance(first, Profile) and isinstance(second, Profile):
        return True
    if isinstance(first, Quadrature) and first == second:
        return True
    shared = touched_axes(first) & touched_axes(second)
    if isinstance(first, Stencil) and isinstance(second, Stencil):
        if first.axis in second.lean_axes or second.axis in first.lean_axes:
            return False
        constant = first.even and second.even and not (first.transposed or second.transposed)
        return first.axis != second.axis or constant
    if isinstance(first, Stencil) and isinstance(second, Profile):
        return first.axis not in second.axes
    if isinstance(first, Profile) and isinstance(second, Stencil):
        return second.axis not in first.axes
    return not shared


def _changed_axes(rule: Rule) -> Axes:
    """The axes that the result may depend on though the operand does not, or the other way around."""
    if isinstance(rule, Stencil):
        return frozenset(rule.lean_axes)
    return touched_axes(rule)
