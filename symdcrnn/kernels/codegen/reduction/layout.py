"""Where a reduction finds the rows of its columns, and the rows that it works with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from symdcrnn.kernels.codegen import functions as make
from symdcrnn.kernels.codegen.reduction.columns import Columns
from symdcrnn.kernels.codegen.reduction.fused import APART, Frames, Spot, written_out
from symdcrnn.kernels.codegen.statements import Writer
from symdcrnn.kernels.codegen.storage import Place
from symdcrnn.kernels.ir.values import Load


@dataclass(frozen=True)
class Layout:
    """The rows of a reduction.

    Parameters
    ----------
    columns : Columns
    writer : Writer
    gram : bool
        Whether the Gram matrix is asked for.
    quadratic : bool
        Whether its weights are the same at all points.
    """

    columns: Columns
    writer: Writer
    gram: bool
    quadratic: bool

    @cached_property
    def names(self) -> dict[str, Place]:
        """The rows that it works with."""
        program, storage = self.columns.schedule.program, self.writer.storage
        axes = tuple(axis for axis in program.by_name[program.target].axes if axis in program.axes.tiled)
        line = tuple(axis for axis in axes if axis == program.axes.row)
        own, whole = (axes, program.target_whole) if self.kept else (line, ())
        found = {"slope": storage.new(own, whole)}
        if self.weighted:
            found["omega"] = storage.new(own, whole)
        for number in range(make.SUMS if self.kept else 0):
            found[f"moments_{number}"] = storage.new(line, ())
        found["zero"] = storage.new(axes, ())
        if self.kept or self.columns.schedule.keep:
            found["zero_kept"] = storage.new(axes, program.target_whole)
        for number in range(len(self.columns.separable)):
            found[f"sum_{number}"] = storage.new(axes, ())
            if not self.kept:
                found[f"moment_{number}"] = storage.new(axes, ())
        return found

    @property
    def kept(self) -> bool:
        """Whether the slopes of all points of the whole axes are kept for moments."""
        return self.columns.schedule.keep and bool(self.columns.separable)

    @property
    def weighted(self) -> bool:
        """Whether the weights of the Gram matrix differ from point to point."""
        return self.gram and not self.quadratic

    @property
    def before(self) -> int:
        """How many full columns are added by loops over tables, before those that are written out."""
        return len(self.columns.rows) - written_out(len(self.columns.rows))

    @cached_property
    def frames(self) -> dict[str, Frames]:
        """What is read in the data, by value."""
        return {value.name: Frames(value.operation.level, self.columns.schedule.program.reads[value.operation.level])
                for value in self.columns.schedule.direct
                if isinstance(value.operation, Load) and value.operation.level is not None}

    @property
    def rows_array(self) -> str:
        """The array that the full rows are in."""
        program = self.columns.schedule.program
        if self.columns.schedule.keep and program.target_whole:
            return f"at_kept_{'_'.join(program.target_whole)}"
        return "shared"

    def constants(self) -> Iterator[str]:
        """Tables of the module: where rows are, and which column each of them belongs to."""
        columns, places = self.columns, self.writer.storage.places
        zero = self.names["zero_kept" if self.rows_array != "shared" else "zero"].offset
        rows = [self.spot(places[name]) for name in columns.stored]
        if self.gram or self.before:
            yield table("FULL", padded([row.offset for row in rows], zero), "where the rows of the full columns are")
            yield table("FULL_STEP", padded([int(row.tiled) for row in rows], 1), "1 for those of all rows of a tile")
        numbers = {name: number for number, name in enumerate(columns.rows)}
        yield table("FULL_ROW", [numbers[item.value] for item in columns.full])
        yield table("FULL_COLUMN", [item.column for item in columns.full])
        owners, factors = [], []
        for number, ((begin, end), (_, items)) in enumerate(zip(columns.positions, columns.separable, strict=True)):
            owners += [item.column for item in items] + [-1] * (end - begin - len(items))
            factors += [number] * (end - begin)
        yield table("PROFILE_COLUMN", owners)
        yield table("PROFILE_FACTOR", factors)
        yield table("BEGIN", [0, *(end for _, end in columns.positions)], "of each factor")

    @property
    def profiles(self) -> dict[str, list[int]]:
        """Where the profiles of the separable columns, their sums and their moments are, by factor."""
        places, zero = self.writer.storage.places, self.names["zero"].offset
        count = range(len(self.columns.separable))
        found = {
            "profile": [offset for _, items in self.columns.separable
                        for offset in padded([places[item.value].offset for item in items], zero)],
            "sums": [*(self.names[f"sum_{number}"].offset for number in count), zero],
        }
        if not self.kept:
            found["moments"] = [self.names[f"moment_{number}"].offset for number in count]
        return found

    def spot(self, place: Place) -> Spot:
        tiled = self.writer.start(place) == "base"
        return Spot(place.offset if tiled else place.offset + int(self.writer.start(place)), tiled)

    def source(self, name: str) -> Spot | Frames:
        """Where the loop that is written out reads a value."""
        return self.frames[name] if name in self.frames else self.spot(self.writer.storage.places[name])

    @cached_property
    def sums_written_out(self) -> int:
        read = {frame for one in self.frames.values() for frame in one.reads}
        return max(0, min(self.columns.together, APART - len(read))) if self.columns.separable else 0

    @cached_property
    def places(self) -> int:
        """How many sums of separable columns a point of the whole axes reads; those not written out in whole groups."""
        if not self.columns.separable:
            return 0
        more = self.columns.together - self.sums_written_out
        return self.sums_written_out - (-more // make.GROUP) * make.GROUP

    @cached_property
    def left(self) -> Spot | Frames:
        """Where the loop that is written out finds what the residual begins with."""
        more = self.places - self.sums_written_out
        name, slope = self.columns.schedule.program.target, self.names["slope"]
        if name in self.frames:
            apart = len(self.frames[name].reads) > APART
        else:
            apart = self.writer.storage.places[name].array != slope.array
        return self.spot(slope) if self.before + more > 0 or apart else self.source(name)


def padded(slots: list[int], zero: int) -> list[int]:
    """Slots in whole groups, with a row of zeros for what is missing."""
    return slots + [zero] * (-len(slots) % make.GROUP)


def table(name: str, content: list[int], comment: str = "", width: int = 0) -> str:
    """A line that makes a table of whole numbers, with rows of some width."""
    shape = f".reshape(-1, {width})" if width else ""
    return f"{name} = np.array({content!r}, dtype=np.int64){shape}{f'  # {comment}' if comment else ''}"
