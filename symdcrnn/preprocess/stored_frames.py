"""Frames that stay on disk, in blocks; see `symdcrnn.preprocess.frame_chunks`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.words import Field, Word
from symdcrnn.data.files.on_disk.reader import FrameReader
from symdcrnn.data.files.stored import StoredTrajectory
from symdcrnn.engines.engine import IN_PROCESS, Engine
from symdcrnn.errors import InputError
from symdcrnn.kernels.ir.grid import PhaseGrid
from symdcrnn.kernels.norms import Norm
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.leastsquares.objective import LeastSquares
from symdcrnn.preprocess.frame_chunks import AHEAD, Progress, block_edges, block_size, block_sums, check_memory_of
from symdcrnn.preprocess.frames import BoundWords
from symdcrnn.preprocess.loaded_frames import bound_words, columns_of, step_of
from symdcrnn.preprocess.out_of_core import StreamedKernel
from symdcrnn.preprocess.phase_grid import check_sizes, phase_outline, with_words
from symdcrnn.preprocess.residuals.block import Block, Part
from symdcrnn.schemes.multistep import sharpest_scheme
from symdcrnn.schemes.residual import Residual
from symdcrnn.schemes.runge_kutta import DoubleTableau

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class StoredGrid:
    """Frames on disk, of which some are asked for; see `FrameWindows`.

    Parameters
    ----------
    reader : FrameReader
    outline : PhaseGrid
        All but the values of the fields.
    """

    reader: FrameReader
    outline: PhaseGrid

    @property
    def frames(self) -> int:
        return self.outline.frames

    def between(self, first: int, stop: int) -> PhaseGrid:
        """As `FrameWindows.between`, read now."""
        with self.reader.opened() as read:
            fields = read(first, stop)
        check_sizes(fields, whole=False)
        return replace(self.outline.between(first, stop), fields=fields)

    def runs(self, ranges: Sequence[tuple[int, int]]) -> Iterator[PhaseGrid]:
        """As `FrameWindows.runs`, the next one read while one is worked on."""
        with self.reader.opened() as read, ThreadPoolExecutor(1, thread_name_prefix="symdcrnn-reader") as reading:
            coming = [reading.submit(read, *one) for one in ranges[:1]]
            for number, one in enumerate(ranges):
                fields = coming.pop().result()
                coming = [reading.submit(read, *following) for following in ranges[number + 1:number + 2]]
                check_sizes(fields, whole=False)
                yield replace(self.outline.between(*one), fields=fields)
                del fields


@dataclass(frozen=True, eq=False)
class FrameBlocks:
    """Frames on disk; see `Frames`.

    Parameters
    ----------
    reader : FrameReader
    grid : PhaseGrid
        All but the values of the fields.
    memory : int
        Bytes that the blocks of one worker may take.
    frame_bytes : int
        Of the fields on disk at one time.
    block_bytes : int
        Of the fields of a block, about.
    copies : int
        Arrays of its size that a block takes while it is read.
    engine : Engine
        Where blocks are worked on.
    progress : callable, optional
        Called with the name of the stage, the groups of blocks that are done and all of them.
    together : int
        Trajectories that are worked on together.
    """

    reader: FrameReader
    grid: PhaseGrid
    memory: int
    frame_bytes: int
    block_bytes: int
    copies: int
    engine: Engine = IN_PROCESS
    progress: Progress | None = None
    together: int = 1

    @property
    def frames(self) -> int:
        return self.grid.frames

    @property
    def dt(self) -> float:
        """As `step_of`."""
        return step_of(self.grid)

    def windows(self, words: Sequence[Word], gaps: bool = False) -> StoredGrid:
        """As `Frames.windows`."""
        return StoredGrid(replace(self.reader, gaps=gaps), with_words(self.grid, words))

    def check_room(self, frames: int, values: int) -> None:
        """As `Frames.check_room`."""
        check_memory_of(bytes_needed(self.frame_bytes, self.copies, frames, values), self.memory)

    def filled(self, outline: PhaseGrid) -> StoredGrid:
        """As `StoredFrames.filled`."""
        return StoredGrid(self.reader, outline)

    def edges(self, reach: int) -> list[int]:
        """As `block_edges`."""
        return block_edges(self.frames, self.block_bytes // self.frame_bytes, reach)

    def check_budget(self, reach: int) -> None:
        """As `Chunks.check_budget`."""
        longest = max(stop - first for first, stop in pairwise(self.edges(reach))) + reach - 1
        check_memory_of(bytes_needed(self.frame_bytes, self.copies, longest), self.memory)

    def block(self, fields: Mapping[str, Array], first: int, stop: int, last: bool) -> Block:
        """As `Chunks.block`."""
        check_sizes(fields, whole=False)
        frames = next(iter(fields.values())).shape[0]
        grid = replace(self.grid.between(first, first + frames), fields=fields)
        return Block(grid, first, stop, last)

    def alone(self) -> FrameBlocks:
        """As `Chunks.alone`."""
        return replace(self, engine=IN_PROCESS, progress=None)

    def sums(self, reach: int, part: Part) -> Array:
        """As `Frames.sums`, by the engine of the data; see `block_sums`."""
        return block_sums(self, reach, part)

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
        reads = len(form.time_weights)
        kernel = bound_words(self.grid, form, stencils, norm, title)
        self.check_budget(reads)
        return BoundWords(StreamedKernel(kernel, self), reads, self, columns_of(kernel, self.together))


def needs_all_frames(scheme: DoubleTableau) -> InputError:
    """What is said where a scheme with stages is asked for."""
    return InputError(f"{scheme.name} has stages, which needs all frames in memory: choose a multistep scheme, or "
                      "leave --memory and --scheduler out")


def bytes_needed(frame_bytes: int, copies: int, frames: int, values: int = 0) -> int:
    """What blocks of so many frames take with other values that are made of them.

    Parameters
    ----------
    frame_bytes, copies : int
        As those of `FrameBlocks`.
    frames, values : int
    """
    return frames * frame_bytes * (1 + AHEAD + copies) + 8 * values


def frame_blocks(
    trajectory: StoredTrajectory, profiles: Mapping[str, Array], engine: Engine, progress: Progress | None = None,
    together: int = 1,
) -> FrameBlocks:
    """The blocks of a trajectory on disk.

    Parameters
    ----------
    trajectory : StoredTrajectory
    profiles : mapping of str to ndarray, shape (Nx,)
        Known functions of x beside those of the trajectory.
    engine : Engine
    progress : callable, optional
    together : int
        Trajectories that are worked on together.

    Raises
    ------
    InputError
        If the memory does not hold a block of the residuals that words are chosen by.
    """
    made = FrameBlocks(trajectory.reader, phase_outline(trajectory.header, profiles), trajectory.memory,
                       trajectory.frame_bytes, block_size(trajectory), trajectory.copies, engine, progress, together)
    made.check_budget(sharpest_scheme(made.frames).frames)
    return made
