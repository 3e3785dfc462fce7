"""Frames whose passes over the data are kept in a journal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.words import Field, Word
from symdcrnn.checkpoint.journal import Journal
from symdcrnn.kernels.ir.grid import FrameWindows, PhaseGrid
from symdcrnn.kernels.norms import Norm
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.kernels.value_sizes import ValueSizes
from symdcrnn.leastsquares.objective import LeastSquares, LossNorm, Partition
from symdcrnn.leastsquares.quadratic import QuadraticModel
from symdcrnn.preprocess.frames import BoundWords, Frames
from symdcrnn.preprocess.residuals.block import Part
from symdcrnn.schemes.residual import Residual
from symdcrnn.schemes.runge_kutta import DoubleTableau

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class KeptFrames:
    """The frames of a trajectory; `Frames` says what each method does.

    Parameters
    ----------
    inner : Frames
    journal : Journal
    number : int
        Of the trajectory.
    """

    inner: Frames
    journal: Journal
    number: int

    @property
    def grid(self) -> PhaseGrid:
        return self.inner.grid

    @property
    def frames(self) -> int:
        return self.inner.frames

    @property
    def dt(self) -> float:
        return self.inner.dt

    def windows(self, words: Sequence[Word], gaps: bool = False) -> FrameWindows:
        """As those of the inner frames."""
        return self.inner.windows(words, gaps)

    def check_room(self, frames: int, values: int) -> None:
        """As that of the inner frames."""
        self.inner.check_room(frames, values)

    def sums(self, reach: int, part: Part) -> Array:
        """As those of the inner frames."""
        return self.journal.kept(("sums", self.number, reach, part), lambda: self.inner.sums(reach, part))

    def words(self, form: Residual, stencils: Stencils, norm: Norm, title: tuple[str, ...]) -> BoundWords:
        """As those of the inner frames, with a loss whose passes are kept."""
        bound = self.inner.words(form, stencils, norm, title)
        loss = KeptLoss(bound.loss, self.journal, (self.number, form, stencils, norm.name))
        return replace(bound, loss=loss, frames=self)

    def stages(
        self, scheme: DoubleTableau, target: Field, words: Sequence[Word], stencils: Stencils, norm: Norm
    ) -> LeastSquares:
        """As those of the inner frames, with a loss whose passes are kept."""
        return KeptLoss(self.inner.stages(scheme, target, words, stencils, norm), self.journal,
                        (self.number, scheme, target, tuple(words), stencils, norm.name))


@dataclass(frozen=True, eq=False)
class KeptLoss:
    """A loss whose passes are kept; `LeastSquares` says what each method does.

    Parameters
    ----------
    inner : LeastSquares
        A kernel that is bound to data.
    journal : Journal
    of : tuple
        What the loss is of.
    """

    inner: Any
    journal: Journal
    of: tuple[Any, ...]

    @property
    def columns(self) -> int:
        return int(self.inner.columns)

    @property
    def points(self) -> int:
        return int(self.inner.points)

    @property
    def linear(self) -> bool:
        return bool(self.inner.linear)

    @property
    def norm(self) -> LossNorm:
        found: LossNorm = self.inner.norm
        return found

    @property
    def width(self) -> float:
        return float(self.inner.width)

    @property
    def fitted(self) -> tuple[int, int]:
        found: tuple[int, int] = self.inner.fitted
        return found

    def sizes(self) -> ValueSizes:
        """As those of the inner loss."""
        found: ValueSizes = self.journal.kept(("sizes", self.of), self.inner.sizes)
        return found

    def evaluate(
        self, coefficients: Array, width: float | None = None, active: Sequence[int] | None = None
    ) -> QuadraticModel:
        """As that of the inner loss."""
        which = None if active is None else tuple(int(column) for column in active)
        found: QuadraticModel = self.journal.kept(("evaluate", self.of, coefficients, width, which),
                                                  lambda: self.inner.evaluate(coefficients, width, active))
        return found

    def cells(self, coefficients: Array, partition: Partition, width: float | None = None) -> list[QuadraticModel]:
        """As those of the inner loss."""
        found: list[QuadraticModel] = self.journal.kept(("cells", self.of, coefficients, partition, width),
                                                        lambda: self.inner.cells(coefficients, partition, width))
        return found

    def on_data(self, data: Sequence[Any]) -> Any:
        """As that of the inner loss: passes over other data are not kept."""
        return self.inner.on_data(data)
