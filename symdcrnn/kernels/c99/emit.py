"""From programs on one frame to a function in C: every value in a loop of its own over the axes that it depends on.

Arrays lie in storage order whatever the order in which a kernel walks through them. What a model does not hold, such as
coordinates and weights, are arguments.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import singledispatchmethod
from math import prod

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.reading.formulas import parse_formula
from symdcrnn.algebra.reading.syntax import names_in
from symdcrnn.algebra.rules import Quadrature
from symdcrnn.algebra.words import Field
from symdcrnn.errors import InputError
from symdcrnn.kernels.c99.expressions import c_expression
from symdcrnn.kernels.ir.difference_weights import Formula, even_weights, point_weights
from symdcrnn.kernels.ir.factors import Atom, Factor, Known, Moment, Number, SideOf, Slope
from symdcrnn.kernels.ir.grid import GridAxis
from symdcrnn.kernels.ir.scalar_source import scalar_source
from symdcrnn.kernels.ir.values import (
    Average,
    Difference,
    Load,
    Map,
    Operation,
    Program,
    Scale,
    Spread,
    Transform,
    Value,
)

Names = Mapping[str, str]
"""The index along each axis where that is not its loop variable."""

HERE: Names = {}


@dataclass(frozen=True)
class CEquation:
    """One result.

    Parameters
    ----------
    target : Field
    program : Program
        On one frame.
    coefficients : tuple of str
        Of its columns, in C.
    """

    target: Field
    program: Program
    coefficients: tuple[str, ...]


@dataclass
class Writer:
    """Writes the loops, and remembers what they read.

    Parameters
    ----------
    axes : mapping of str to GridAxis
        In storage order; the coordinates of even ones need not be true but for their spacing.
    fields : tuple of str
        The names of the states.
    known : mapping of str to tuple of str
        Coordinates and known functions, and what they depend on; ``t`` where they change in time.
    matrices : mapping of (str, str) to Quadrature
        What the kernels of the programs are, by axis and name.
    """

    axes: Mapping[str, GridAxis]
    fields: tuple[str, ...]
    known: Mapping[str, tuple[str, ...]]
    matrices: Mapping[tuple[str, str], Quadrature]
    lines: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    read: dict[str, None] = field(default_factory=dict)
    work: int = 0
    _values: dict[str, Value] = field(default_factory=dict)
    _stored: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    _depth: int = 1

    def equation(self, one: CEquation) -> None:
        """The loops of one result."""
        self._values, self._stored = one.program.by_name, {}
        for value in one.program.values:
            if value.name != one.program.target or any(item.value == value.name for item in one.program.items):
                self._write(value.operation, value)
        target = self.ordered(one.target.axes)
        out = f"out_{one.target.name}"
        self.lines += [f"    /* d_t {one.target.name} */",
                       f"    for (i = 0; i < {self.count(target)}; ++i) {out}[i] = 0.0;"]
        spans = {axis: (0, self.axes[axis].size) if self.axes[axis].periodic else
                 (one.program.margin[axis], self.axes[axis].size - one.program.margin[axis]) for axis in target}
        for axis, (first, stop) in spans.items():
            if stop <= first:
                raise InputError(f"the axis {axis!r} has {self.axes[axis].size} points, fewer than the stencils of the "
                                 f"{one.target.name}-equation reach over")
        parts = [(one.coefficients[item.column], self.factor(item.factor), self.value(item.value))
                 for item in one.program.items]
        with self.loops(target, spans):
            self.say(f"{out}[{self.index(target)}] =")
            for place, part in enumerate(parts):
                end = ";" if place == len(parts) - 1 else ""
                text = " * ".join(text for text in part if text != "1.0") or "1.0"
                self.say(f"    {'+ ' if place else ''}{text}{end}")

    def ordered(self, axes: Sequence[str] | frozenset[str]) -> tuple[str, ...]:
        """Axes in storage order, without t."""
        return tuple(name for name in self.axes if name in axes)

    def count(self, axes: Sequence[str]) -> int:
        """How many numbers an array over axes has."""
        return prod(self.axes[name].size for name in axes)

    def index(self, axes: Sequence[str], names: Names = HERE) -> str:
        """The place of a point in an array over some axes."""
        text = ""
        for name in self.ordered(tuple(axes)):
            here = names.get(name, f"i_{name}")
            text = f"({text}) * {self.axes[name].size} + {here}" if text else here
        return text or "0"

    def say(self, text: str) -> None:
        """A line at the depth of the loops."""
        self.lines.append("    " * self._depth + text)

    @contextmanager
    def loops(self, axes: Sequence[str], spans: Mapping[str, tuple[int, int]] | None = None) -> Iterator[None]:
        """Loops over axes around what is written inside."""
        for name in axes:
            first, stop = (spans or {}).get(name, (0, self.axes[name].size))
            self.say(f"for (ptrdiff_t i_{name} = {first}; i_{name} < {stop}; ++i_{name}) {{")
            self._depth += 1
        yield
        for _ in axes:
            self._depth -= 1
            self.say("}")

    @contextmanager
    def summed(self, axis: str, letter: str) -> Iterator[None]:
        """A loop that adds up in ``sum``."""
        self.say("double sum = 0.0;")
        self.say(f"for (ptrdiff_t {letter}_{axis} = 0; {letter}_{axis} < {self.axes[axis].size}; ++{letter}_{axis})")
        self._depth += 1
        yield
        self._depth -= 1

    def room(self, name: str, axes: Sequence[str]) -> str:
        """A part of the scratch array for a value."""
        place = self.ordered(tuple(axes))
        pointer = f"r{len(self._stored)}_{self.work}"
        self.say(f"double *const {pointer} = work + {self.work};")
        self.work += self.count(place)
        self._stored[name] = (pointer, place)
        return pointer

    def table(self, kind: str, values: NDArray[np.float64] | NDArray[np.int64]) -> str:
        """Numbers that stand in the source."""
        name = f"table_{len(self.tables)}"
        texts = [repr(value) for value in values.reshape(-1).tolist()]
        rows = [", ".join(texts[first:first + 6]) for first in range(0, len(texts), 6)]
        body = ",\n    ".join(rows)
        self.tables.append(f"static const {kind} {name}[{values.size}] = {{\n    {body}}};")
        return name

    def value(self, name: str, names: Names = HERE) -> str:
        """A value at a point."""
        if name in self._stored:
            pointer, axes = self._stored[name]
            return f"{pointer}[{self.index(axes, names)}]"
        value = self._values[name]
        if isinstance(value.operation, Spread):
            return self.value(value.sources[0], names)
        assert isinstance(value.operation, Load)
        if not value.operation.field:
            return "1.0"
        if value.operation.field in self.fields:
            return f"state_{value.operation.field}[{self.index(value.axes, names)}]"
        return self.formula(value.operation.field, names)

    def formula(self, text: str, names: Names = HERE, primed: Names | None = None) -> str:
        """A formula of coordinates and known functions at a point; names with a prime are those at another one."""
        places = {"": names} if primed is None else {"": names, "'": primed}
        found = {f"{name}{mark}": self.function(name, where) for mark, where in places.items()
                 for name in names_in(text) if name in self.known or name == "t"}
        tokens = {name: f"k{number}" for number, name in enumerate(found)}
        source = scalar_source(parse_formula(text, tuple(found)), tokens)
        return c_expression(source, {token: found[name] for name, token in tokens.items()})

    def function(self, name: str, names: Names) -> str:
        """A coordinate or a known function at a point."""
        if name == "t":
            return "t"
        if "t" in self.known[name]:
            raise InputError(f"{name!r} is known at the frames of the data alone: there is no C source of it")
        self.read[name] = None
        return f"at_{name}[{self.index(self.known[name], names)}]"

    def weight(self, axis: str, names: Names = HERE) -> str:
        """The quadrature weight at a point."""
        self.read[f"weights {axis}"] = None
        return f"weights_{axis}[{names.get(axis, f'i_{axis}')}]"

    def factor(self, factor: Factor, names: Names = HERE) -> str:
        """A factor at a point; called outside of loops it writes the loops that it needs."""
        parts = [self.atom(atom, names) for atom in factor]
        return " * ".join(parts) if parts else "1.0"

    def atom(self, atom: Atom, names: Names) -> str:
        if isinstance(atom, Known):
            return self.formula(atom.expression, names)
        if isinstance(atom, Number):
            return f"({atom.value!r})"
        if isinstance(atom, SideOf):
            return f"({self.formula(atom.coordinate, names)} {'>' if atom.positive else '<='} 0.0 ? 1.0 : 0.0)"
        key = repr(atom)
        if key not in self._stored:
            self._helper(key, atom)
        pointer, axes = self._stored[key]
        return f"{pointer}[{self.index(axes, names)}]"

    def _helper(self, key: str, atom: Moment | Slope) -> None:
        """A quadrature or difference of a factor, computed once."""
        axes = self.ordered(atom.axes)
        if isinstance(atom, Slope):
            self.factor(atom.factor)
            taps = self.taps(atom.formula)
            pointer = self.room(key, axes)
            with self.loops(axes):
                terms = [f"{weight} * {self.factor(atom.factor, {atom.formula.axis: place})}" for weight, place in taps]
                self.say(f"{pointer}[{self.index(axes)}] = {' + '.join(terms)};")
            return
        self.factor(atom.factor)
        pointer = self.room(key, axes)
        letter = "i" if atom.kernel is None else "j"
        names = {atom.axis: f"{letter}_{atom.axis}"}
        with self.loops(axes):
            with self.summed(atom.axis, letter):
                weight = self.weight(atom.axis, names) if atom.kernel is None else self.kernel(atom.axis, atom.kernel)
                self.say(f"sum += {weight} * {self.factor(atom.factor, names)};")
            self.say(f"{pointer}[{self.index(axes)}] = sum;")

    def kernel(self, axis: str, name: str) -> str:
        """What a sum along an axis weighs the point j by for the point i, its weights in it."""
        rule, other = self.matrices[(axis, name)], {axis: f"j_{axis}"}
        if rule.matrix is not None:
            table = self._matrix(axis, rule.matrix)
            size = self.axes[axis].size
            if not rule.transposed:
                return f"{table}[i_{axis} * {size} + j_{axis}]"
            return (f"{table}[j_{axis} * {size} + i_{axis}] * {self.weight(axis, other)} / {self.weight(axis)}")
        assert rule.kernel is not None
        places = (other, HERE) if rule.transposed else (HERE, other)
        return f"{self.formula(rule.kernel, *places)} * {self.weight(axis, other)}"

    def _matrix(self, axis: str, rows: tuple[tuple[float, ...], ...]) -> str:
        if len(rows) != self.axes[axis].size:
            raise InputError(f"a matrix along {axis!r} has {len(rows)} rows, the axis {self.axes[axis].size} points")
        return self.table("double", np.array(rows))

    def taps(self, one: Formula) -> list[tuple[str, str]]:
        """Weights of a formula at a point, and the places along its axis that they stand at."""
        axis, here = self.axes[one.axis], f"i_{one.axis}"
        if axis.spacing is None:
            raise InputError(f"the axis {one.axis!r} is unevenly spaced, and the model holds no points of it: C source "
                             "has derivatives along even axes alone")
        if axis.periodic and not one.transposed:
            point_weights(one, axis)  # An axis of too few points is refused.
            weights = even_weights(one, axis.spacing)
            return [(f"({float(weight)!r})", here if not offset else f"wrapped({here} {'+' if offset > 0 else '-'} "
                     f"{abs(offset)}, {axis.size})") for offset, weight in zip(one.offsets, weights, strict=True)]
        points, by_point = point_weights(one, axis)
        places, weights_at = self.table("ptrdiff_t", points), self.table("double", by_point)
        count = points.shape[1]
        return [(f"{weights_at}[{here} * {count} + {tap}]", f"{places}[{here} * {count} + {tap}]")
                for tap in range(count)]

    @singledispatchmethod
    def _write(self, operation: Operation, value: Value) -> None:
        raise TypeError(f"no C source for the operation {type(operation).__name__}")

    @_write.register
    def _(self, operation: Load, value: Value) -> None:
        return None

    @_write.register
    def _(self, operation: Spread, value: Value) -> None:
        return None

    @_write.register
    def _(self, operation: Difference, value: Value) -> None:
        right = self.taps(operation.right)
        left = self.taps(operation.left) if operation.left is not None else []
        axes = self.ordered(value.axes)
        pointer = self.room(value.name, axes)

        def sum_of(taps: list[tuple[str, str]]) -> str:
            return " + ".join(f"{weight} * {self.value(value.sources[0], {operation.axis: place})}"
                              for weight, place in taps)

        with self.loops(axes):
            at = f"{pointer}[{self.index(axes)}]"
            if operation.left is None or operation.lean is None:
                self.say(f"{at} = {sum_of(right)};")
            else:
                self.say(f"{at} = {self.formula(operation.lean)} > 0.0")
                self.say(f"    ? {sum_of(right)}")
                self.say(f"    : {sum_of(left)};")

    @_write.register
    def _(self, operation: Average, value: Value) -> None:
        factor = self.factor(operation.factor)
        axes = self.ordered(value.axes)
        pointer = self.room(value.name, axes)
        with self.loops(axes):
            with self.summed(operation.axis, "i"):
                self.say(f"sum += {self.weight(operation.axis)} * {factor} * {self.value(value.sources[0])};")
            self.say(f"{pointer}[{self.index(axes)}] = sum;")

    @_write.register
    def _(self, operation: Transform, value: Value) -> None:
        other = {operation.axis: f"j_{operation.axis}"}
        self.factor(operation.factor)
        axes = self.ordered(value.axes)
        pointer = self.room(value.name, axes)
        with self.loops(axes):
            with self.summed(operation.axis, "j"):
                self.say(f"sum += {self.kernel(operation.axis, operation.kernel)} * "
                         f"{self.factor(operation.factor, other)} * {self.value(value.sources[0], other)};")
            self.say(f"{pointer}[{self.index(axes)}] = sum;")

    @_write.register
    def _(self, operation: Scale, value: Value) -> None:
        parts = [f"{self.factor(factor)} * {self.value(source)}"
                 for factor, source in zip(operation.factors, value.sources, strict=True)]
        axes = self.ordered(value.axes)
        pointer = self.room(value.name, axes)
        with self.loops(axes):
            self.say(f"{pointer}[{self.index(axes)}] = {' + '.join(parts)};")

    @_write.register
    def _(self, operation: Map, value: Value) -> None:
        tokens = [f"s{number}" for number in range(len(value.sources))]
        text = operation.expression.format(*tokens)
        found = c_expression(text, {token: self.value(source)
                                    for token, source in zip(tokens, value.sources, strict=True)})
        axes = self.ordered(value.axes)
        pointer = self.room(value.name, axes)
        with self.loops(axes):
            self.say(f"{pointer}[{self.index(axes)}] = {found};")
