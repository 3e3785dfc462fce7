"""The frames of a trajectory, in memory or on disk, as sums over time read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from symdcrnn.kernels.build import Kernel
from symdcrnn.kernels.lower import Stencils
from symdcrnn.kernels.runtime import BoundKernel, GridData
from symdcrnn.kernels.value_sizes import ValueSizes
from symdcrnn.leastsquares.objective import LeastSquares
from symdcrnn.preprocess.derived_fields import Definition, with_definitions
from symdcrnn.preprocess.grid import reads_unit, with_unit
from symdcrnn.preprocess.smoothing import Product, smoothed

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Block:
    """Some residuals in time with the frames they read.

    Parameters
    ----------
    data : GridData
        Frames ``first`` to ``stop + reach - 2`` of the whole.
    first, stop : int
        Its residuals.
    last : bool
        Whether it is the last block.
    raw : GridData
        The same frames before they were smoothed.
    """

    data: GridData
    first: int
    stop: int
    last: bool
    raw: GridData


class Part(Protocol):
    """What a block adds to a sum; a frozen dataclass of plain values, so that it can travel to another process."""

    def __call__(self, block: Block) -> Array: ...


class ResidualKernel(LeastSquares, Protocol):
    """A loss of the residuals of a multistep scheme."""

    @property
    def fitted(self) -> tuple[int, int]:
        """The indices of x whose stencils stay inside the data."""
        ...

    def sizes(self) -> ValueSizes:
        """How large the values that its columns are made of are in the data."""
        ...


class Frames(Protocol):
    """All frames of one trajectory."""

    @property
    def frames(self) -> int: ...

    @property
    def nx(self) -> int: ...

    @property
    def dt(self) -> float: ...

    @property
    def dx(self) -> float: ...

    @property
    def periodic(self) -> bool: ...

    @property
    def profiles(self) -> Mapping[str, Array]: ...

    @property
    def outline(self) -> GridData:
        """The shapes of all arrays; where the frames are on disk, zeros that take no memory."""
        ...

    @property
    def loaded(self) -> GridData | None:
        """All frames, where they are in memory."""
        ...

    def at(self, first: int, stop: int) -> GridData:
        """Frames ``first`` to ``stop - 1``, with the field that is one."""
        ...

    def sums(self, reach: int, part: Part) -> Array:
        """What all residuals add up to.

        Parameters
        ----------
        reach : int
            Frames that one residual reads.
        part : Part
            From some residuals to what they add.
        """
        ...

    def derived(self, definitions: tuple[Definition, ...], stencils: Stencils) -> Frames:
        """The frames with further fields."""
        ...

    def smoothed(self, width: float, products: Sequence[Product] = (), stencils: Stencils | None = None) -> Frames:
        """The frames smoothed in x.

        Parameters
        ----------
        width : float
            As that of `smooth`.
        products : sequence of Product
            Further fields: words of the frames as they are, smoothed.
        stencils : Stencils, optional
            Of these words.

        Raises
        ------
        InputError
            If they cannot be smoothed.
        """
        ...

    def bind(self, kernel: Kernel) -> ResidualKernel:
        """The loss of a kernel on these frames."""
        ...


@dataclass(frozen=True)
class LoadedFrames:
    """Frames in memory.

    Parameters
    ----------
    data : GridData
    raw : GridData
        Before they were smoothed.
    """

    data: GridData
    raw: GridData

    @classmethod
    def of(cls, data: GridData) -> LoadedFrames:
        """Frames as they are."""
        return cls(data, data)

    @property
    def frames(self) -> int:
        return self.data.frames

    @property
    def nx(self) -> int:
        return self.data.nx

    @property
    def dt(self) -> float:
        return self.data.dt

    @property
    def dx(self) -> float:
        return self.data.dx

    @property
    def periodic(self) -> bool:
        return self.data.periodic

    @property
    def profiles(self) -> Mapping[str, Array]:
        return self.data.profiles

    @property
    def outline(self) -> GridData:
        """The data itself."""
        return self.data

    @property
    def loaded(self) -> GridData:
        """The data itself."""
        return self.data

    def at(self, first: int, stop: int) -> GridData:
        """As `Frames.at`."""
        return with_unit(self.data.between(first, stop))

    def sums(self, reach: int, part: Part) -> Array:
        """As `Frames.sums`, in one block."""
        return part(Block(self.data, 0, self.frames - reach + 1, True, self.raw))

    def derived(self, definitions: tuple[Definition, ...], stencils: Stencils) -> LoadedFrames:
        """As `Frames.derived`, made now."""
        return LoadedFrames.of(with_definitions(self.data, definitions, stencils))

    def smoothed(
        self, width: float, products: Sequence[Product] = (), stencils: Stencils | None = None
    ) -> LoadedFrames:
        """As `Frames.smoothed`, made now."""
        return replace(self, data=smoothed(self.data, width, products, stencils or Stencils()))

    def bind(self, kernel: Kernel) -> BoundKernel:
        """As `Frames.bind`."""
        return BoundKernel(kernel, with_unit(self.data) if reads_unit(kernel.spec) else self.data)
