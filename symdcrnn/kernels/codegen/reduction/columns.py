"""The columns of a program, sorted by how they enter sums, and the loops over what they are summed over.

A column is a sum of items, factors times values. Items whose values have whole axes are *full*: their rows are there
for every point of the whole axes. The others are *separable*, a factor of the whole axes times a profile: they enter
sums through moments, so that they cost one operation per point of the tiled axes, however many the whole ones have.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from symdcrnn.kernels.codegen.reduction.sums import GROUP
from symdcrnn.kernels.codegen.schedule import Schedule
from symdcrnn.kernels.codegen.statements import Writer
from symdcrnn.kernels.ir import factors as fac
from symdcrnn.kernels.ir.factors import ONE, Factor
from symdcrnn.kernels.ir.values import Item, Value
from symdcrnn.kernels.source import indent


@dataclass(frozen=True)
class Columns:
    """The items of the columns, sorted by how they enter sums.

    Parameters
    ----------
    schedule : Schedule
    """

    schedule: Schedule

    @cached_property
    def full(self) -> tuple[Item, ...]:
        """Items with a row for every point of the whole axes."""
        program = self.schedule.program
        alone = not program.target_whole
        return tuple(item for item in program.items if alone or program.whole(program.by_name[item.value]))

    @cached_property
    def rows(self) -> tuple[str, ...]:
        """The values of the full items, each once."""
        direct = {value.name for value in self.schedule.direct}
        return tuple(sorted(dict.fromkeys(item.value for item in self.full), key=lambda name: name in direct))

    @cached_property
    def stored(self) -> tuple[str, ...]:
        """Those that are not read in the data; they come first."""
        direct = {value.name for value in self.schedule.direct}
        return tuple(name for name in self.rows if name not in direct)

    @cached_property
    def scaled(self) -> bool:
        """Whether a full item has a factor."""
        return any(item.factor != ONE for item in self.full)

    @cached_property
    def separable(self) -> tuple[tuple[Factor, tuple[Item, ...]], ...]:
        """The other items by their factor."""
        others = [item for item in self.schedule.program.items if item not in self.full]
        found: dict[Factor, list[Item]] = {}
        for item in others:
            found.setdefault(item.factor, []).append(item)
        return tuple((factor, tuple(items)) for factor, items in found.items())

    @cached_property
    def positions(self) -> tuple[tuple[int, int], ...]:
        """Of each factor's separable items in their table, which is padded to whole groups: from, to."""
        found, position = [], 0
        for _, items in self.separable:
            size = -(-len(items) // GROUP) * GROUP
            found.append((position, position + size))
            position += size
        return tuple(found)

    @cached_property
    def together(self) -> int:
        """How many factors of separable columns are at most not zero at one point of the whole axes."""
        sides = [{(atom.coordinate, atom.positive) for atom in fac.sides_in(factor)} for factor, _ in self.separable]
        coordinates = sorted({coordinate for found in sides for coordinate, _ in found})
        signs = product((True, False), repeat=len(coordinates))
        choices = [set(zip(coordinates, chosen, strict=True)) for chosen in signs]
        return max(sum(found <= choice for found in sides) for choice in choices)

    @cached_property
    def products(self) -> tuple[Factor, ...]:
        """Products of two factors that sums over the whole axes need, each once."""
        found: dict[Factor, None] = {}
        for first in {ONE, *(item.factor for item in self.full), *(factor for factor, _ in self.separable)}:
            for second, _ in self.separable:
                both = fac.times(first, second)
                if not fac.is_zero(both):
                    found[both] = None
        return tuple(sorted(found, key=repr))


def over_whole(writer: Writer, schedule: Schedule) -> Iterator[str]:
    """The head of the loop over the fitted points of the whole axes, and the late values in it."""
    whole = schedule.program.target_whole
    yield "for p in range(fitted.size):"
    yield "    flat = fitted[p]"
    rest = "flat"
    for axis in reversed(whole):
        yield f"    i_{axis} = {rest} % n_{axis}" if axis != whole[0] else f"    i_{axis} = {rest}"
        rest = f"({rest} // n_{axis})"
    yield from indent(writer.views(whole))
    for value in schedule.late:
        yield from indent(writer.value(value))


def over_rows(writer: Writer, lines: Iterable[str], values: Sequence[Value] = ()) -> Iterator[str]:
    """Lines for every row of a tile of the left-hand side, with its place in ``base``, after values of that row."""
    program = writer.program
    target = program.by_name[program.target]
    level = 0
    for axis in program.axes.tiled[:-1]:
        if axis in target.axes:
            low = program.halo[axis]
            yield from indent([f"for j_{axis} in range({low}, size_{axis} + {low}):"], level)
            level += 1
    made = [line for value in values for line in writer.operation(value.operation, value)]
    size = f"size_{program.axes.row}" if program.axes.row in target.axes else "1"
    yield from indent([*made, f"base = {base_of(writer)}", f"size = {size}", *lines], level)


def base_of(writer: Writer) -> str:
    """Where the rows of a tile of the left-hand side are, from the beginning of a tile."""
    program = writer.program
    target = program.by_name[program.target]
    strides = writer.storage.tile.strides(target.axes)
    text = " + ".join(f"j_{axis} * {strides[axis]}" for axis in program.axes.tiled[:-1] if axis in target.axes)
    row = program.axes.row
    return " + ".join(part for part in (text, str(program.halo[row]) if row in target.axes else "") if part) or "0"
