"""What regressions with functions of an axis ask of the columns of residuals, along any axis and along time.

A function p(s) of an axis that residuals are spread along meets each residual at one point.  A function of time meets
it at all frames that a residual reads: sum_k kappa_k p(t_{n+k}) w(u^{n+k}).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from symdcrnn.preprocess.residuals.block import Block

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class AxisPoints:
    """The points of an axis that functions are sought of.

    Parameters
    ----------
    name : str
    points : ndarray, shape (n,)
        All of them.
    first, last : int
        The range that residuals reach.
    periodic : bool
    role : str
        ``time``, or that of the axis.
    band : int
        So many neighbouring points one residual reads: one, but along time.
    """

    name: str
    points: Array
    first: int
    last: int
    periodic: bool
    role: str
    band: int = 1

    @property
    def reached(self) -> Array:
        """The points that residuals reach."""
        return self.points[self.first:self.last]


@dataclass(frozen=True, eq=False)
class Along:
    """What functions are of: one axis, or several in storage order, whose points count as those of one.

    Parameters
    ----------
    parts : tuple of AxisPoints
    """

    parts: tuple[AxisPoints, ...]

    @property
    def name(self) -> str:
        """The names, such as ``y,x``."""
        return ",".join(part.name for part in self.parts)

    @property
    def band(self) -> int:
        """See `AxisPoints`."""
        return self.parts[0].band if len(self.parts) == 1 else 1

    @property
    def shape(self) -> tuple[int, ...]:
        """All points."""
        return tuple(part.points.size for part in self.parts)

    @property
    def reached(self) -> int:
        """How many points residuals reach."""
        return prod(part.last - part.first for part in self.parts)


class ResidualValues(Protocol):
    """Some residuals with their columns, and with what functions of the axis multiply."""

    @property
    def columns(self) -> Array:
        """Shape (columns, ...)."""
        ...

    @property
    def left(self) -> Array:
        """The left-hand side, of the shape of a column."""
        ...

    @property
    def place(self) -> slice:
        """The points of the axis that they read, counted from the first that any residual reaches."""
        ...

    def products(self) -> Array:
        """The products of functions' columns with each other, with all columns and with the left-hand side.

        Returns
        -------
        ndarray, shape (functions, functions * band + columns + 1, points)
            Entry (a, b * band + l, i) is that of a at point i and b at point i + l.
        """
        ...

    def rest(self, known: Array, functions: Array) -> Array:
        """The residuals for constant coefficients, shape (columns,), and functions, shape (functions, points)."""
        ...

    def onto(self, rest: Array) -> Array:
        """The products of functions' columns with residuals, shape (functions, points)."""
        ...


class ColumnValues(Protocol):
    """The columns of residuals; plain values, so that it can travel to another process."""

    @property
    def columns(self) -> int: ...

    @property
    def time_weights(self) -> tuple[float, ...]:
        """Of the left-hand side."""
        ...

    def along(self, names: str) -> Along:
        """An axis of the left-hand side, or several with commas between them.

        Raises
        ------
        InputError
            If it has none of that name.
        """
        ...

    def of(self, block: Block, axis: str, chosen: Sequence[int]) -> Iterator[ResidualValues]:
        """The residuals of a block, some at a time.

        Parameters
        ----------
        block : Block
        axis : str
            The name of `along`.
        chosen : sequence of int
            The columns that functions multiply.
        """
        ...


@dataclass(frozen=True)
class Spread:
    """Residuals that are spread along the axis.

    Parameters
    ----------
    columns : ndarray, shape (columns, others, points)
    left : ndarray, shape (others, points)
    chosen : tuple of int
    """

    columns: Array
    left: Array
    chosen: tuple[int, ...]

    @property
    def place(self) -> slice:
        return slice(0, self.left.shape[-1])

    def products(self) -> Array:
        """As `ResidualValues.products`."""
        count, functions = self.columns.shape[0], len(self.chosen)
        out = np.empty((functions, functions + count + 1, self.left.shape[-1]))
        for number, column in enumerate(self.chosen):
            out[number, functions:-1] = np.einsum("pvx,vx->px", self.columns, self.columns[column])
            out[number, :functions] = out[number, [functions + other for other in self.chosen]]
            out[number, -1] = np.einsum("vx,vx->x", self.left, self.columns[column])
        return out

    def rest(self, known: Array, functions: Array) -> Array:
        """As `ResidualValues.rest`."""
        away = self.left - np.einsum("c,cvx->vx", known, self.columns)
        for function, column in zip(functions, self.chosen, strict=True):
            away = away - function * self.columns[column]
        return np.asarray(away)

    def onto(self, rest: Array) -> Array:
        """As `ResidualValues.onto`."""
        found: Array = np.array([np.einsum("vx,vx->x", rest, self.columns[column]) for column in self.chosen])
        return found


@dataclass(frozen=True)
class AtFrames:
    """One residual in time, with what functions of time multiply at each of its frames.

    Parameters
    ----------
    columns : ndarray, shape (columns, values)
    left : ndarray, shape (values,)
    frames : ndarray, shape (functions, band, values)
        The words at each frame, times its weight.
    first : int
        The first of these frames.
    """

    columns: Array
    left: Array
    frames: Array
    first: int

    @property
    def place(self) -> slice:
        return slice(self.first, self.first + self.frames.shape[1])

    def products(self) -> Array:
        """As `ResidualValues.products`."""
        functions, band, _ = self.frames.shape
        count = self.columns.shape[0]
        rows = self.frames.reshape(functions * band, -1)
        inner = (rows @ rows.T).reshape(functions, band, functions, band)
        out = np.zeros((functions, functions * band + count + 1, band))
        for first in range(band):
            for further in range(band - first):
                out[:, further:functions * band:band, first] = inner[:, first, :, first + further]
        out[:, functions * band:-1] = np.swapaxes((rows @ self.columns.T).reshape(functions, band, count), 1, 2)
        out[:, -1] = (rows @ self.left).reshape(functions, band)
        return out

    def rest(self, known: Array, functions: Array) -> Array:
        """As `ResidualValues.rest`."""
        found: Array = self.left - known @ self.columns - np.einsum("fk,fkv->v", functions, self.frames)
        return found

    def onto(self, rest: Array) -> Array:
        """As `ResidualValues.onto`."""
        found: Array = self.frames @ rest
        return found
