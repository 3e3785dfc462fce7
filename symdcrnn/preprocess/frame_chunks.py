"""Sums over time of data that stays on disk, in blocks of frames.

A loss, its gradient, its Gram matrix and the moments of the fields are sums over residuals in time, so they add up over
blocks of frames that overlap by the frames which one residual reads beyond its first.  Where the blocks begin depends
on the data alone, never on the memory or the engine; their sums are added in groups, in their order.  So the result has
the same bits for any budget, engine and number of workers.

While the kernel works on one block a thread reads the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from symdcrnn.data.files.memory import memory_text
from symdcrnn.data.files.on_disk.reader import FrameReader
from symdcrnn.data.files.stored import StoredTrajectory
from symdcrnn.engines.engine import Engine
from symdcrnn.errors import InputError
from symdcrnn.preprocess.residuals.block import Block, Part

Array = NDArray[np.float64]
Progress = Callable[[str, int, int], None]

SMALLEST_BLOCK, LARGEST_BLOCK = 2**20, 2**26
"""Bytes of all fields in a block; between them a block is 1/`BLOCKS` of the data."""

BLOCKS = 64
GROUP = 8
"""Blocks whose sums are one piece of work for an engine."""

AHEAD = 1
"""Blocks that are read while the kernel works on one."""


class Chunks(Protocol):
    """Frames on disk that are read in blocks."""

    @property
    def reader(self) -> FrameReader: ...

    @property
    def engine(self) -> Engine:
        """Where blocks are worked on."""
        ...

    @property
    def progress(self) -> Progress | None: ...

    def edges(self, reach: int) -> list[int]:
        """Where blocks begin, and the end, in residuals that read `reach` frames each."""
        ...

    def check_budget(self, reach: int) -> None:
        """Refuse a budget that does not hold a block."""
        ...

    def block(self, fields: Mapping[str, Array], first: int, stop: int, last: bool) -> Block:
        """Some residuals with their frames and what is made of them."""
        ...

    def alone(self) -> Chunks:
        """The same frames, worked on in this process."""
        ...


def block_edges(frames: int, wanted: int, reach: int) -> list[int]:
    """Where blocks begin, and the end, in residuals.

    Parameters
    ----------
    frames : int
        Of the data.
    wanted : int
        Frames of a block, about.
    reach : int
        Frames that one residual reads.
    """
    # At least as many residuals as frames overlap, so that no frame is read more than twice.
    step = max(1, reach - 1, wanted)
    residuals = frames - reach + 1
    return [*range(0, residuals, step), residuals]


def block_size(trajectory: StoredTrajectory) -> int:
    """Bytes of the fields of a block."""
    return min(LARGEST_BLOCK, max(SMALLEST_BLOCK, trajectory.header.frames * trajectory.frame_bytes // BLOCKS))


def check_memory_of(needed: int, memory: int) -> None:
    """Refuse a budget that does not hold what blocks need, in bytes.

    Raises
    ------
    InputError
        Saying how much is needed.
    """
    if needed > memory:
        raise InputError(f"a memory of {memory} bytes does not hold two blocks of frames with what is made of them: "
                         f"give at least {memory_text(needed)}")


def blocks(data: Chunks, reach: int, begin: int, end: int) -> Iterator[Block]:
    """Blocks number `begin` to `end - 1`, the next one read while one is worked on.

    Parameters
    ----------
    data : Chunks
    reach : int
        Frames that one residual reads.
    begin, end : int
    """
    edges = data.edges(reach)
    ranges = list(pairwise(edges))[begin:end]
    with data.reader.opened() as read, ThreadPoolExecutor(1, thread_name_prefix="symdcrnn-reader") as reading:
        coming = reading.submit(read, ranges[0][0], ranges[0][1] + reach - 1)
        for number, (first, stop) in enumerate(ranges):
            fields = coming.result()
            if number + 1 < len(ranges):
                following, after = ranges[number + 1]
                coming = reading.submit(read, following, after + reach - 1)
            yield data.block(fields, first, stop, stop == edges[-1])
            del fields


def block_sums(data: Chunks, reach: int, part: Part) -> Array:
    """The sum of what every block adds, by the engine of the data.

    Parameters
    ----------
    data : Chunks
    reach : int
        Frames that one residual reads.
    part : Part
        From a block to what it adds.

    Raises
    ------
    InputError
        If the memory does not hold a block, a block cannot be read, or the engine fails.
    """
    data.check_budget(reach)
    count = len(data.edges(reach)) - 1
    groups = [(first, min(first + GROUP, count)) for first in range(0, count, GROUP)]
    common = (data.alone(), reach, part)
    found = (chain.from_iterable(data.engine.map(sums_of, common, [[group] for group in groups]))
             if data.engine.divided else group_sums(common, groups))
    total: Array | None = None
    for done, added in enumerate(found):
        total = added if total is None else total + added
        if data.progress is not None:
            data.progress("reading blocks", done + 1, len(groups))
    assert total is not None
    return total


def group_sums(common: tuple[Chunks, int, Part], groups: list[tuple[int, int]]) -> Iterator[Array]:
    """The sum over every group of blocks, each in the order of its blocks.

    Parameters
    ----------
    common : tuple of (Chunks, int, Part)
        The arguments of `block_sums`.
    groups : list of (int, int)
        Adjoining: the first block of each and the one after its last.
    """
    data, reach, part = common
    ends = {end for _, end in groups}
    number, total = groups[0][0], None
    for block in blocks(data, reach, groups[0][0], groups[-1][1]):
        added = part(block)
        total = added if total is None else total + added
        number += 1
        del block
        if number in ends:
            yield total
            total = None


def sums_of(common: tuple[Chunks, int, Part], groups: list[tuple[int, int]]) -> list[Array]:
    """The same as a list, which can travel."""
    return list(group_sums(common, groups))
