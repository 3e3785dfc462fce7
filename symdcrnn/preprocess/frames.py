"""The frames of a trajectory, in memory or on disk, as sums over time read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.words import Field, Word
from symdcrnn.kernels.ir.grid import FrameWindows, PhaseGrid
from symdcrnn.kernels.norms import Norm
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.kernels.value_sizes import ValueSizes
from symdcrnn.leastsquares.objective import LeastSquares
from symdcrnn.preprocess.residuals.block import Part
from symdcrnn.preprocess.residuals.values import ColumnValues
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
    def grid(self) -> PhaseGrid:
        """The axes and known functions, and where they are in memory the fields."""
        ...

    @property
    def frames(self) -> int: ...

    @property
    def dt(self) -> float:
        """Their distance; one where they are uneven, whose weights have their distances in them."""
        ...

    def windows(self, words: Sequence[Word], gaps: bool = False) -> FrameWindows:
        """The frames with every known function and every kernel that words multiply by.

        Parameters
        ----------
        words : sequence of Word
        gaps : bool
            Whether missing values are handed on as NaN.

        Raises
        ------
        InputError
            If values are missing and may not be, here or when they are read.
        """
        ...

    def check_room(self, frames: int, values: int) -> None:
        """Refuse what the memory does not hold.

        Parameters
        ----------
        frames : int
            That are read at a time.
        values : int
            That are made of them.

        Raises
        ------
        InputError
            Saying how much is needed.
        """
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
