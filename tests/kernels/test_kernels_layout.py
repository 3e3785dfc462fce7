"""Where values of a tile live, and which factors are summed together: numbers that results alone do not show."""

from __future__ import annotations

import numpy as np
import pytest

from symdcrnn.kernels.codegen.reduction.fused import written_out
from symdcrnn.kernels.codegen.reduction.moments import FEWEST, SUMS, together
from symdcrnn.kernels.codegen.storage import ALIGNMENT, Storage, Tile, values_bytes
from symdcrnn.kernels.ir.factors import SideOf
from symdcrnn.kernels.ir.values import Axes

TILE = Tile((("y", 5), ("x", 30)), (("y", 2), ("x", 3)))


def test_rows_of_a_tile_are_as_long_as_whole_vectors() -> None:
    assert TILE.extent("y") == 9
    row = -(-36 // ALIGNMENT) * ALIGNMENT
    assert TILE.extent("x") == row
    assert TILE.strides(("y", "x")) == {"x": 1, "y": row}
    assert TILE.strides(("y",)) == {"x": 0, "y": 1}
    assert TILE.strides(("x",)) == {"x": 1, "y": 0}
    assert TILE.width(("y", "x")) == 9 * row
    assert TILE.width(("x",)) == row
    assert TILE.width(("y",)) == -(-9 // ALIGNMENT) * ALIGNMENT
    assert TILE.width(()) == ALIGNMENT
    exact = Tile((("x", 4 * ALIGNMENT),), (("x", 0),))
    assert exact.extent("x") == exact.width(("x",)) == 4 * ALIGNMENT


def test_values_stand_one_after_the_other() -> None:
    storage = Storage(Axes(("w", "v"), ("y", "x"), frozenset()), TILE)
    first, second = storage.new(("x",), ()), storage.new(("y", "x"), ())
    kept, ring, alone = storage.new(("x",), ("w", "v")), storage.new(("x",), ("v",), True), storage.new((), (), True)
    assert [(place.array, place.offset) for place in (first, second, kept, ring, alone)] == [
        ("shared", 0), ("shared", TILE.width(("x",))), ("kept_w_v", 0), ("ring_v", 0), ("ring_all", 0)]
    assert storage.new(("x",), ("w", "v")).offset == TILE.width(("x",))
    assert storage.arrays == {"kept_w_v": (("w", "v"), False), "ring_v": (("v",), True), "ring_all": ((), True)}
    row = TILE.width(("x",))
    numbers = storage.widths["shared"] + 2 * row * 3 * 7 + row * 7 * 4 + ALIGNMENT * 4
    assert storage.widths["shared"] == row + TILE.width(("y", "x"))
    assert values_bytes(storage, {"w": 3, "v": 7}, 4) == 8 * numbers


@pytest.mark.parametrize(("columns", "found"), [(0, 0), (8, 8), (16, 16), (17, 9), (23, 15), (24, 16), (25, 9)])
def test_columns_that_are_not_written_out_come_in_whole_chunks(columns: int, found: int) -> None:
    assert written_out(columns) == found


@pytest.mark.parametrize("count", [0, 1, FEWEST - 1, FEWEST, SUMS, SUMS + 1, 2 * SUMS + FEWEST, 2 * SUMS + FEWEST - 1])
def test_factors_that_vanish_on_the_same_side_are_summed_together(count: int) -> None:
    plain = [()] * count
    groups, alone = together(plain)
    assert sorted([*alone, *(number for group in groups for number in group)]) == list(range(count))
    assert all(FEWEST <= len(group) <= SUMS for group in groups)
    left = count % SUMS
    assert alone == (list(range(count - left, count)) if left < FEWEST else [])
    positive, negative = (SideOf("v", ("v",), side) for side in (True, False))
    mixed = [factor for _ in range(FEWEST) for factor in ((positive,), (), (negative,))]
    groups, alone = together(mixed)
    assert groups == [list(range(side, 3 * FEWEST, 3)) for side in range(3)]
    assert alone == []
    assert np.all(np.array(groups) % 3 == [[0], [1], [2]])
