"""Values as lines of a kernel: every operation of the intermediate representation is one entry here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import singledispatchmethod

from symdcrnn.kernels.codegen import differences
from symdcrnn.kernels.codegen import functions as make
from symdcrnn.kernels.codegen.arguments import Scratch, Table
from symdcrnn.kernels.codegen.schedule import Loop
from symdcrnn.kernels.codegen.single_frame import gather_rows, load_frame
from symdcrnn.kernels.codegen.storage import Place, Storage
from symdcrnn.kernels.ir.difference_weights import Formula
from symdcrnn.kernels.ir.factors import Factor
from symdcrnn.kernels.ir.values import (
    Average,
    Combine,
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
from symdcrnn.kernels.source import KernelFunction, indent

NAMED: dict[type[Operation], str] = {Scale: "scaled_sum", Spread: "spread"}
"""What functions are called that many modules have."""


@dataclass
class Writer:
    """Writes lines, and remembers which functions and tables they need.

    Parameters
    ----------
    program : Program
    storage : Storage
    single : bool
        Whether there is a single frame of weight one, so that nothing is combined.
    """

    program: Program
    storage: Storage
    functions: dict[str, KernelFunction] = field(default_factory=dict)
    tables: dict[tuple[object, ...], Table] = field(default_factory=dict)
    scratch: dict[str, Scratch] = field(default_factory=dict)
    packed: dict[tuple[object, ...], int] = field(default_factory=dict)
    single: bool = False

    def table(self, kind: str, type_: str, *content: object) -> str:
        """The name of the argument that holds some numbers."""
        key = (kind, *content)
        if key not in self.tables:
            self.tables[key] = Table(f"{kind}_{len(self.tables)}", type_, key)
        return self.tables[key].name

    def numbers(self, kind: str, count: int, *content: object) -> int:
        """Where in the argument ``weights`` some numbers are, of which structure alone says how many they are."""
        key, end = (kind, *content), self.packed.get(("end",), 0)
        if key not in self.packed:
            self.packed.update({key: end, ("end",): end + count})
        return self.packed[key]

    def works_in(self, name: str, *shape: int | tuple[int | str, ...], integers: bool = False) -> None:
        """Have an argument to work in."""
        lengths = tuple(length if isinstance(length, tuple) else (length,) for length in shape)
        self.scratch[name] = Scratch(name, integers, lengths)

    def function(self, stem: str, made: KernelFunction) -> str:
        """The name of a function of the module; one that is there already is not made again."""
        number = 0
        while True:
            name = f"{stem}_{number}" if number else stem
            renamed = KernelFunction(made.signature, made.source.replace(f"def {stem}(", f"def {name}(", 1))
            if self.functions.setdefault(name, renamed) == renamed:
                return name
            number += 1

    def loop(self, loop: Loop) -> Iterator[str]:
        """A loop over whole axes with all its values."""
        level = 0
        for axis in loop.whole:
            yield from indent([f"for i_{axis} in range(n_{axis}):"], level)
            level += 1
        body = [*self.views(loop.whole), *(line for value in loop.values for line in self.value(value))]
        yield from indent(body, level)

    def views(self, whole: tuple[str, ...]) -> Iterator[str]:
        """The rows of all arrays at one point of whole axes."""
        for array, (axes, ring) in self.storage.arrays.items():
            if set(axes) <= set(whole):
                point = self.flat(axes)
                yield f"at_{array} = {array}[{f'slot * {self.count(axes)} + {point}' if ring else point}]"

    def flat(self, axes: tuple[str, ...], fixed: str | None = None) -> str:
        """The number of a point of whole axes; 0 along the fixed one."""
        text = "0"
        for axis in axes:
            index = "0" if axis == fixed else f"i_{axis}"
            text = index if text == "0" else f"({text} * n_{axis} + {index})"
        return text

    def count(self, axes: tuple[str, ...]) -> str:
        """How many points whole axes have."""
        return " * ".join(f"n_{axis}" for axis in axes) or "1"

    def stride(self, axes: tuple[str, ...], axis: str) -> str:
        """How far apart neighbours along a whole axis are among all points of some."""
        return self.count(axes[axes.index(axis) + 1:])

    def array(self, place: Place) -> str:
        """The row of the array that a value is in."""
        return "shared" if place.array == "shared" else f"at_{place.array}"

    def at(self, value: Value, halo: int, shift: str = "") -> str:
        """The place of the first point of a row of a value, inside loops over the outer tiled axes."""
        place, tile = self.storage.places[value.name], self.storage.tile
        strides = tile.strides(place.axes)
        text = str(place.offset)
        for axis in self.program.axes.tiled[:-1]:
            if strides[axis]:
                text += f" + j_{axis} * {strides[axis]}"
        row = self.program.axes.row
        return f"{text} + {dict(tile.halos)[row] - halo}{shift}" if row in value.axes else text

    def point(self, place: Place) -> str:
        """The place of the first point of a row that is reduced."""
        return f"{place.offset} + {self.start(place)}"

    def start(self, place: Place) -> str:
        """How far its first point is from the beginning of its place: ``base`` where it has all rows of a tile."""
        outer = set(self.program.by_name[self.program.target].axes) & set(self.program.axes.tiled[:-1])
        if outer <= set(place.axes):
            return "base"
        row = self.program.axes.row
        return str(self.program.halo[row]) if row in place.axes else "0"

    def value(self, value: Value) -> Iterator[str]:
        """The lines that compute one value."""
        halos = self.program.halos[value.name]
        level = 0
        for axis in self.program.axes.tiled[:-1]:
            if axis in value.axes:
                halo = self.program.halo[axis]
                low, high = halo - halos[axis], halo + halos[axis]
                yield from indent([f"for j_{axis} in range({low}, size_{axis} + {high}):"], level)
                level += 1
        yield from indent(self.operation(value.operation, value), level)

    def size(self, value: Value) -> tuple[int, str]:
        """The halo of a row and how long it is."""
        row = self.program.axes.row
        if row not in value.axes:
            return 0, "1"
        halo = self.program.halos[value.name][row]
        return halo, f"size_{row} + {2 * halo}" if halo else f"size_{row}"

    def source(self, value: Value, number: int = 0) -> Value:
        return self.program.by_name[value.sources[number]]

    @singledispatchmethod
    def operation(self, operation: Operation, value: Value) -> Iterator[str]:
        raise TypeError(f"no lines for {type(operation).__name__}")

    @operation.register
    def _(self, operation: Load, value: Value) -> Iterator[str]:
        halo, _ = self.size(value)
        place = self.storage.places[value.name]
        yield self.loaded(operation, value, f"{self.array(place)}, {self.at(value, halo)}")

    def loaded(self, operation: Load, value: Value, target: str) -> str:
        """The line that puts a combination of frames into a row."""
        first, step = self.frame(operation)
        halo, _ = self.size(value)
        row = self.program.axes.row
        span = f"start_{row} - {halo}, start_{row} + size_{row} + {halo}" if row in value.axes else "0, 1"
        if self.single:
            self.functions["load"] = load_frame()
            return f"load({target}, {data_name(self.program, operation.field)}, {first}, {span})"
        data, level = data_name(self.program, operation.field), operation.level
        if level is None or operation.steady:
            self.functions["load_row"] = make.load_row()
            weight = "1.0" if level is None else f"level_sums[n * varying, {level}]"
            return f"load_row({target}, {data}, {first}, {weight}, {span})"
        self.functions["gather"], self.functions["load"] = make.gather(), make.load()
        count = len(self.program.reads[level])
        return (f"load({target}, {data}, {first}, {step}, level_frames, level_weights, {level}, n * varying, {count}, "
                f"{span})")

    def frame(self, operation: Load) -> tuple[str, str]:
        """Which row of the data is that of the first frame of a field, and how far apart those of two frames are."""
        text, step = "0" if operation.steady else ("m" if operation.level is None else "n"), []
        for axis in dict(self.program.field_axes)[operation.field]:
            if axis in ("t", self.program.axes.row):
                continue
            if axis in self.program.axes.whole:
                index = f"i_{axis}"
            else:
                index = f"(start_{axis} + j_{axis} - {self.program.halo[axis]} + n_{axis}) % n_{axis}"
            text = f"({text}) * n_{axis} + {index}"
            step.append(f"n_{axis}")
        return text, " * ".join(step) or "1"

    @operation.register
    def _(self, operation: Combine, value: Value) -> Iterator[str]:
        self.functions["gather"] = gather_rows() if self.single else make.gather()
        self.functions["combine"] = make.combine()
        halo, size = self.size(value)
        source = self.storage.places[self.source(value).name]
        level = operation.level
        yield (f"combine({self.array(self.storage.places[value.name])}, {self.at(value, halo)}, {source.array}, "
               f"{self.at(self.source(value), halo)}, {self.flat(source.whole)}, {self.count(source.whole)}, "
               f"slots, level_weights, {level}, n * varying, {len(self.program.reads[level])}, {size})")

    @operation.register
    def _(self, operation: Difference, value: Value) -> Iterator[str]:
        if operation.axis in self.program.axes.whole:
            yield self.whole_difference(operation.right, value)
        elif operation.left is None:
            yield self.tiled_difference(operation.right, value)
        else:
            assert operation.lean is not None
            axes = self.program.axes.sorted(set(self.lean_axes(operation.lean)))
            side = self.table("side", make.ROW, operation.lean)
            one, other, where = operation.right, operation.left, f"{side}[{self.flat(axes)}]"
            if one.axis in self.program.axes.uneven:
                yield f"if {where} > 0.0:"
                yield f"    {self.tiled_difference(one, value)}"
                yield "else:"
                yield f"    {self.tiled_difference(other, value)}"
                return
            rows = self.rows_of(value, one.axis)
            name = self.function(*differences.leaning(rows, one.offsets, other.offsets))
            first = ", ".join(str(self.numbers("weights", len(each.offsets), each)) for each in (one, other))
            yield f"{name}({rows.arguments}, weights, {where}, {first}, {rows.size})"

    def lean_axes(self, coordinate: str) -> tuple[str, ...]:
        """The axes of a coordinate that a stencil leans by."""
        return dict(self.program.leans)[coordinate]

    def whole_difference(self, one: Formula, value: Value) -> str:
        """A difference along an axis of which all points are there."""
        self.functions["gather"] = gather_rows() if self.single else make.gather()
        halo, size = self.size(value)
        source = self.storage.places[self.source(value).name]
        points = self.table("points", "int64[:, ::1]", one)
        weights = self.table("point_weights", make.ROWS, one)
        axis = one.axis
        return (f"gather({self.array(self.storage.places[value.name])}, {self.at(value, halo)}, {source.array}, "
                f"{self.at(self.source(value), halo)}, {self.flat(source.whole, axis)}, "
                f"{self.stride(source.whole, axis)}, {points}[i_{axis}], {weights}[i_{axis}], {size})")

    def tiled_difference(self, one: Formula, value: Value) -> str:
        """A difference along an axis that is cut into tiles."""
        rows, widest = self.rows_of(value, one.axis), self.program.halo[one.axis]
        if one.axis not in self.program.axes.uneven:
            name = self.function(*differences.even(rows, one.offsets))
            return f"{name}({rows.arguments}, weights, {self.numbers('weights', len(one.offsets), one)}, {rows.size})"
        if rows.stride is not None:
            name = self.function(*differences.even(rows, one.offsets))
            weights = f"{self.table('line_weights', make.ROWS, one, widest)}[start_{one.axis} + j_{one.axis}]"
            return f"{name}({rows.arguments}, {weights}, 0, {rows.size})"
        name = self.function(*differences.by_points(rows, one.offsets))
        weights = self.table("row_weights", make.ROWS, one, widest)
        return f"{name}({rows.arguments}, {weights}, start_{one.axis} + {widest - self.size(value)[0]}, {rows.size})"

    def rows_of(self, value: Value, axis: str) -> differences.Rows:
        """The rows of a difference along an axis and of its source."""
        halo, size = self.size(value)
        source, places = self.source(value), self.storage.places
        strides = self.storage.tile.strides(places[source.name].axes)
        return differences.Rows(
            self.array(places[value.name]), self.array(places[source.name]), self.at(value, halo),
            self.at(source, halo), size, None if axis == self.program.axes.row else strides[axis])

    @operation.register
    def _(self, operation: Average, value: Value) -> Iterator[str]:
        weights = self.table("average", make.ROW, operation.axis, operation.factor)
        yield self.along_whole(operation.axis, value, weights)

    @operation.register
    def _(self, operation: Transform, value: Value) -> Iterator[str]:
        matrix = self.table("matrix", make.ROWS, operation.axis, operation.kernel, operation.factor)
        yield self.along_whole(operation.axis, value, f"{matrix}[i_{operation.axis}]")

    def along_whole(self, axis: str, value: Value, weights: str) -> str:
        """A sum over all points of a whole axis."""
        self.functions["gather"] = gather_rows() if self.single else make.gather()
        halo, size = self.size(value)
        source = self.storage.places[self.source(value).name]
        every = self.table("every", make.INDICES, axis)
        return (f"gather({self.array(self.storage.places[value.name])}, {self.at(value, halo)}, {source.array}, "
                f"{self.at(self.source(value), halo)}, {self.flat(source.whole, axis)}, "
                f"{self.stride(source.whole, axis)}, {every}, {weights}, {size})")

    @operation.register
    def _(self, operation: Scale, value: Value) -> Iterator[str]:
        factors = [self.factor(factor, value) for factor in operation.factors]
        text = " + ".join(f"f{number} * {{{number}}}" for number in range(len(factors)))
        yield self.pointwise(value, text, factors)

    @operation.register
    def _(self, operation: Map, value: Value) -> Iterator[str]:
        yield self.pointwise(value, operation.expression, [])

    @operation.register
    def _(self, operation: Spread, value: Value) -> Iterator[str]:
        yield self.pointwise(value, "{0}", [])

    def factor(self, factor: Factor, value: Value) -> str:
        """A factor at one point of the whole axes of a value."""
        whole = self.program.whole(value)
        if not whole:
            return f"weights[{self.numbers('factor', 1, factor, whole)}]"
        return f"{self.table('factor', make.ROW, factor, whole)}[{self.flat(whole)}]"

    def pointwise(self, value: Value, text: str, factors: list[str]) -> str:
        """A function of the sources at every point."""
        halo, size = self.size(value)
        row = self.program.axes.row
        sources = [self.program.by_name[name] for name in value.sources]
        rows = [row in source.axes or row not in value.axes for source in sources]
        arrays = [self.array(self.storage.places[one.name]) for one in (value, *sources)]
        distinct = list(dict.fromkeys(arrays))
        numbered = [distinct.index(one) for one in arrays[1:]]
        stem = make.pointwise_name(NAMED.get(type(value.operation), "pointwise"), rows, numbered)
        name = self.function(stem, make.pointwise(stem, text, list(zip(rows, numbered, strict=True)), len(factors)))
        places = [self.at(one, halo) for one in (value, *sources)]
        return f"{name}({', '.join((*distinct, *places, *factors, size))})"


def data_name(program: Program, field: str) -> str:
    """The argument that holds a field or a known function."""
    names = [name for name, _ in program.field_axes]
    return f"data_{names.index(field)}"
