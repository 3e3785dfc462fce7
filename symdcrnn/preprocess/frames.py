"""The frames of a trajectory, in memory or on disk, as sums over time read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.words import Field, Word
from symdcrnn.kernels.build import Kernel, build
from symdcrnn.kernels.emit import KernelSpec
from symdcrnn.kernels.lower import Stencils, lower
from symdcrnn.kernels.norms import Norm
from symdcrnn.kernels.runtime import BoundKernel, GridData, fitted_range
from symdcrnn.kernels.stages import BoundStages, bind_stages
from symdcrnn.kernels.value_sizes import ValueSizes
from symdcrnn.leastsquares.objective import LeastSquares
from symdcrnn.preprocess.grid import reads_unit, with_unit
from symdcrnn.preprocess.residuals.block import Block, Part
from symdcrnn.preprocess.residuals.kinetic import KineticColumns
from symdcrnn.preprocess.residuals.values import ColumnValues
from symdcrnn.preprocess.smoothing import Product, smoothed
from symdcrnn.schemes.residual import Residual
from symdcrnn.schemes.runge_kutta import DoubleTableau

Array = NDArray[np.float64]


class ResidualKernel(LeastSquares, Protocol):
    """A loss of the residuals of a multistep scheme."""

    @property
    def fitted(self) -> tuple[int, int]:
        """The indices of x whose stencils stay inside the data."""
        ...

    def sizes(self) -> ValueSizes:
        """How large the values that its columns are made of are in the data."""
        ...

    def on_data(self, data: Sequence[Any]) -> ResidualKernel:
        """As `LeastSquares.on_data`; there always is one."""
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

    def words(self, form: Residual, stencils: Stencils, norm: Norm, title: tuple[str, ...]) -> BoundWords:
        """The loss of a residual on these frames.

        Parameters
        ----------
        form : Residual
        stencils : Stencils
        norm : Norm
        title : tuple of str
            Lines for the head of the kernel.
        """
        ...

    def stages(
        self, scheme: DoubleTableau, target: Field, words: Sequence[Word], stencils: Stencils, norm: Norm
    ) -> LeastSquares:
        """The loss of an equation under a scheme with stages, by the coefficients times dt.

        Parameters
        ----------
        scheme : DoubleTableau
        target : Field
        words : sequence of Word
            The right-hand side, in the order of the coefficients.
        stencils : Stencils
        norm : Norm

        Raises
        ------
        InputError
            If the frames are not in memory, or too few, or there are too few points.
        """
        ...


@dataclass(frozen=True)
class BoundWords:
    """Words under a multistep scheme, with the frames of one trajectory.

    Parameters
    ----------
    loss : ResidualKernel
        By the coefficients times dt.
    reads : int
        Frames that one residual reads.
    frames : Frames
    values : ColumnValues
        The columns one by one.
    """

    loss: ResidualKernel
    reads: int
    frames: Frames
    values: ColumnValues

    def sums(self, part: Part) -> Array:
        """What all residuals add up to."""
        return self.frames.sums(self.reads, part)


def compiled(form: Residual, outline: GridData, stencils: Stencils, norm: Norm, title: tuple[str, ...]) -> Kernel:
    """The kernel of a residual on data of t, v and x.

    Parameters
    ----------
    form : Residual
    outline : GridData
        The shapes of the data.
    stencils : Stencils
    norm : Norm
    title : tuple of str

    Raises
    ------
    InputError
        If there are fewer frames or points than the residual reads.
    """
    program = lower(form, stencils)
    fitted_range(program, outline)
    return build(KernelSpec("normal_equations", program, norm, title))


def columns_of(kernel: Kernel, outline: GridData) -> KineticColumns:
    """The columns of a kernel one by one.

    Parameters
    ----------
    kernel : Kernel
    outline : GridData
        The shapes of the data.
    """
    fitted = fitted_range(kernel.spec.program, outline)
    return KineticColumns(kernel.spec, outline.nx, outline.dx, *fitted, outline.periodic)


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

    def smoothed(
        self, width: float, products: Sequence[Product] = (), stencils: Stencils | None = None
    ) -> LoadedFrames:
        """As `Frames.smoothed`, made now."""
        return replace(self, data=smoothed(self.data, width, products, stencils or Stencils()))

    def words(self, form: Residual, stencils: Stencils, norm: Norm, title: tuple[str, ...]) -> BoundWords:
        """As `Frames.words`."""
        kernel = compiled(form, self.data, stencils, norm, title)
        return BoundWords(self.bind(kernel), kernel.spec.program.frames, self, columns_of(kernel, self.data))

    def stages(
        self, scheme: DoubleTableau, target: Field, words: Sequence[Word], stencils: Stencils, norm: Norm
    ) -> BoundStages:
        """As `Frames.stages`."""
        return bind_stages(scheme, target, words, with_unit(self.data), stencils, norm)

    def bind(self, kernel: Kernel) -> BoundKernel:
        """A kernel on these frames."""
        return BoundKernel(kernel, with_unit(self.data) if reads_unit(kernel.spec) else self.data)
