"""Where a reduction finds the rows of its columns, and the rows that it works with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from symdcrnn.kernels.codegen.reduction.columns import Columns
from symdcrnn.kernels.codegen.reduction.fused import APART, Frames, Spot, written_out
from symdcrnn.kernels.codegen.reduction.moment_functions import SUMS
from symdcrnn.kernels.codegen.reduction.sums import GROUP
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
        for number in range(SUMS if self.kept else 0):
            found[f"moments_{number}"] = storage.new(line, ())
        found["zero"] = storage.new(axes, ())
        if self.columns.schedule.keep:
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

    def tables(self) -> dict[str, list[int]]:
        """Whole numbers: where rows are, and which column each of them belongs to; see `whole_numbers`."""
        columns, places = self.columns, self.writer.storage.places
        zero = self.names["zero_kept" if self.rows_array != "shared" else "zero"].offset
        rows = [self.spot(places[name]) for name in columns.stored] if self.gram or self.before else []
        numbers = {name: number for number, name in enumerate(columns.rows)}
        found = {
            "full_at": padded([row.offset for row in rows], zero),
            "full_step": padded([int(row.tiled) for row in rows], 1),
            "full_row": [numbers[item.value] for item in columns.full],
            "full_column": [item.column for item in columns.full],
            **profile_tables(columns, places, [self.names[name].offset for name in self.names if name[:4] == "sum_"],
                             self.names["zero"].offset),
        }
        if not self.kept:
            found["slope_sums"] = [self.names[f"moment_{number}"].offset for number in range(len(columns.separable))]
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
        return self.sums_written_out - (-more // GROUP) * GROUP

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
    return slots + [zero] * (-len(slots) % GROUP)


def profile_tables(columns: Columns, places: Mapping[str, Place], sums: list[int], zero: int) -> dict[str, list[int]]:
    """Whole numbers of separable columns; see `whole_numbers`.

    Parameters
    ----------
    columns : Columns
    places : mapping of str to Place
        By value.
    sums : list of int
        Where the sum of the profiles of each factor goes.
    zero : int
        Where zeros are.
    """
    if not columns.separable:
        return {}
    owners, factors, profiles = [], [], []
    for number, ((begin, end), (_, items)) in enumerate(zip(columns.positions, columns.separable, strict=True)):
        owners += [item.column for item in items] + [-1] * (end - begin - len(items))
        factors += [number] * (end - begin)
        profiles += padded([places[item.value].offset for item in items], zero)
    return {"profile": profiles, "profile_column": owners, "profile_factor": factors,
            "begin": [0, *(end for _, end in columns.positions)], "sums": [*sums, zero]}
