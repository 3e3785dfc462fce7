"""Sums over time of data that stays on disk, in blocks of frames.

A loss, its gradient, its Gram matrix and the moments of the fields are sums over residuals in time, so they add up over
blocks of frames that overlap by the frames which one residual reads beyond its first.  Where the blocks begin depends
on the data alone, never on the memory or the engine; their sums are added in groups, in their order.  So the result has
the same bits for any budget, engine and number of workers.

While the kernel works on one block a thread reads the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import chain, pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.words import Field, Word
from symdcrnn.data.files.memory import memory_text
from symdcrnn.data.files.stored import FrameReader, StoredTrajectory
from symdcrnn.engines.engine import IN_PROCESS, Engine
from symdcrnn.errors import InputError
from symdcrnn.kernels.lower import Stencils
from symdcrnn.kernels.norms import Norm
from symdcrnn.kernels.runtime import GridData
from symdcrnn.leastsquares.objective import LeastSquares
from symdcrnn.preprocess.frames import BoundWords, columns_of, compiled
from symdcrnn.preprocess.grid import check_sizes, plain, with_unit
from symdcrnn.preprocess.out_of_core import StreamedKernel
from symdcrnn.preprocess.residuals.block import Block, Part
from symdcrnn.preprocess.smoothing import Product, smoothed
from symdcrnn.schemes.multistep import sharpest_scheme
from symdcrnn.schemes.residual import Residual
from symdcrnn.schemes.runge_kutta import DoubleTableau

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


@dataclass(frozen=True)
class FrameBlocks:
    """Frames on disk; see `Frames`.

    Parameters
    ----------
    reader : FrameReader
    frames, nx : int
    v, quadrature : ndarray, shape (Nv,)
    dt, dx : float
    periodic : bool
    profiles : mapping of str to ndarray, shape (Nx,)
    memory : int
        Bytes that the blocks of one worker may take.
    frame_bytes : int
        Of the fields on disk at one time.
    block_bytes : int
        Of the fields of a block, about.
    copies : int
        Arrays of its size that a block takes while it is read.
    smooth_x : float
        Width of the smoothing, done block by block.
    products : tuple of Product
        Further fields that are made before the smoothing.
    stencils : Stencils
        Of products that are words.
    engine : Engine
        Where blocks are worked on.
    progress : callable, optional
        Called with the name of the stage, the groups of blocks that are done and all of them.
    """

    reader: FrameReader
    frames: int
    nx: int
    v: Array
    quadrature: Array
    dt: float
    dx: float
    periodic: bool
    profiles: Mapping[str, Array]
    memory: int
    frame_bytes: int
    block_bytes: int
    copies: int = 1
    smooth_x: float = 0.0
    products: tuple[Product, ...] = ()
    stencils: Stencils = field(default_factory=Stencils)
    engine: Engine = IN_PROCESS
    progress: Progress | None = None

    def edges(self, reach: int) -> list[int]:
        """As `block_edges`."""
        return block_edges(self.frames, self.block_bytes // self.frame_bytes, reach)

    def needed(self, reach: int) -> int:
        """Bytes that one worker needs for blocks of residuals that read `reach` frames."""
        edges = self.edges(reach)
        longest = max(stop - first for first, stop in pairwise(edges)) + reach - 1
        extra = sum(8 * self.nx * (self.v.size if one.field.v_dependent else 1) for one in self.products)
        ready = self.frame_bytes + 8 * self.nx + extra
        working = self.frame_bytes * (self.copies + (3 if self.smooth_x else 0)) + 3 * extra
        return longest * ((1 + AHEAD) * ready + working)

    def check_budget(self, reach: int) -> None:
        """Refuse a budget that does not hold a block.

        Raises
        ------
        InputError
            Saying how much is needed.
        """
        check_memory_of(self.needed(reach), self.memory)

    def alone(self) -> FrameBlocks:
        """As `Chunks.alone`."""
        return replace(self, engine=IN_PROCESS, progress=None)

    def block(self, fields: Mapping[str, Array], first: int, stop: int, last: bool) -> Block:
        """Some residuals with their frames and what is made of them.

        Raises
        ------
        InputError
            If a value is too large, or a field cannot be made.
        """
        check_sizes(fields, whole=False)
        raw = GridData(fields, self.v, self.quadrature, self.dt, self.dx, self.periodic, self.profiles)
        return Block(smoothed(raw, self.smooth_x, self.products, self.stencils), first, stop, last, raw)

    @property
    def outline(self) -> GridData:
        """The grid data with zeros that take no memory for values: all that sizes are asked of."""
        fields = {name: np.broadcast_to(0.0, (self.frames, *((self.v.size,) if "v" in axes else ()), self.nx))
                  for name, axes in self.reader.axes.items()}
        return GridData(fields, self.v, self.quadrature, self.dt, self.dx, self.periodic, self.profiles)

    @property
    def loaded(self) -> None:
        """They are not in memory."""
        return None

    def at(self, first: int, stop: int) -> GridData:
        """As `Frames.at`."""
        with self.reader.opened() as read:
            return with_unit(self.block(read(first, stop), first, stop, False).data)

    def sums(self, reach: int, part: Part) -> Array:
        """As `Frames.sums`, by the engine of the data; see `block_sums`."""
        return block_sums(self, reach, part)

    def smoothed(self, width: float, products: Sequence[Product] = (), stencils: Stencils | None = None) -> FrameBlocks:
        """As `Frames.smoothed`, made whenever a block is read, and now for one frame."""
        if width == 0.0:
            return self
        made = replace(self, smooth_x=width, products=tuple(products), stencils=stencils or self.stencils)
        return made._tried()

    def _tried(self) -> FrameBlocks:
        self.check_budget(sharpest_scheme(self.frames).frames)
        self.at(0, 1)
        return self

    def stages(
        self, scheme: DoubleTableau, target: Field, words: Sequence[Word], stencils: Stencils, norm: Norm
    ) -> LeastSquares:
        """As `Frames.stages`.

        Raises
        ------
        InputError
            Whatever is asked.
        """
        raise needs_all_frames(scheme)

    def words(self, form: Residual, stencils: Stencils, norm: Norm, title: tuple[str, ...]) -> BoundWords:
        """As `Frames.words`."""
        kernel = compiled(form, self.outline, stencils, norm, title)
        self.check_budget(kernel.spec.program.frames)
        return BoundWords(StreamedKernel(kernel, self), kernel.spec.program.frames, self,
                          columns_of(kernel, self.outline))


def needs_all_frames(scheme: DoubleTableau) -> InputError:
    """What is said where a scheme with stages is asked for."""
    return InputError(f"{scheme.name} has stages, which needs all frames in memory: choose a multistep scheme, or "
                      "leave --memory and --scheduler out")


def frame_blocks(
    trajectory: StoredTrajectory, profiles: Mapping[str, Array], engine: Engine, progress: Progress | None = None
) -> FrameBlocks:
    """The blocks of a trajectory on disk.

    Parameters
    ----------
    trajectory : StoredTrajectory
    profiles : mapping of str to ndarray, shape (Nx,)
        Known functions of x.
    engine : Engine
    progress : callable, optional

    Raises
    ------
    InputError
        If the memory does not hold a block of the residuals that words are chosen by.
    """
    header, size = trajectory.header, block_size(trajectory)
    made = FrameBlocks(
        trajectory.reader, header.frames, int(header.x.size), plain(header.v), plain(header.weights), header.dt,
        header.dx, header.periodic, {name: plain(profile) for name, profile in profiles.items()}, trajectory.memory,
        trajectory.frame_bytes, size, trajectory.copies, engine=engine,
        progress=progress,
    )
    made.check_budget(sharpest_scheme(made.frames).frames)
    return made


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
