"""What words leave of the left-hand side at some points of some frames, under stencils and schemes that are tried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.words import Field, Word
from symdcrnn.fitting.stencil_choice.varying import POWERS, Varying
from symdcrnn.kernels.ir.grid import PhaseGrid
from symdcrnn.kernels.runtime.interpret import Steps, each_value, steps_of
from symdcrnn.kernels.stencils import Stencils, stencil
from symdcrnn.schemes.scheme import Scheme

Array = NDArray[np.float64]

MOST_TOGETHER = 2**17
"""Points of some frames at which words are computed together."""


@dataclass(frozen=True)
class Trial:
    """Words that are to make up the change of a field, at some points of some windows of frames.

    Parameters
    ----------
    target : Field
    words : tuple of Word
    windows : tuple of PhaseGrid
        Of as many frames each.
    reads : int
        Frames of the longest scheme that is tried.
    varying : Varying
        Those of the words whose coefficient is a function.
    points : tuple of ndarray of int, shape (points,)
        Where residuals are formed: the indices along every axis of the grid, zero along those that the field lacks.
    """

    target: Field
    words: tuple[Word, ...]
    windows: tuple[PhaseGrid, ...]
    reads: int
    varying: Varying
    points: tuple[NDArray[np.int64], ...]

    def at_once(self, stencils: Stencils) -> float:
        """What the words leave of differences in time, for which they are computed at one frame of each window."""
        found: list[list[Array]] = [[] for _ in self._steps]
        for frames in self._together(range(len(self.windows))):
            for into, values in zip(found, each_value(self._steps, self._middles, stencils, frames), strict=True):
                into.append(self._drawn(values, len(frames)))
        whole = [np.concatenate(one)[:, None, None, None] for one in found]
        return self._rest([([one[window] for one in whole], self._slopes[window]) for window in
                           range(len(self.windows))])[0]

    def under(self, stencils: Stencils, schemes: Sequence[Scheme]) -> list[float]:
        """What the words leave of the left-hand side of each scheme, relative to it."""
        frames = self.windows[0].frames
        alpha, beta = np.zeros((2, len(schemes), frames - self.reads + 1, frames))
        for number, scheme in enumerate(schemes):
            for first in range(alpha.shape[1]):
                alpha[number, first, first:first + scheme.frames] = scheme.alpha
                beta[number, first, first:first + scheme.frames] = scheme.implicit
        time = np.linspace(-1.0, 1.0, frames)
        powers = np.stack([beta * time**power for power in range(POWERS if self.varying.in_time else 1)])
        return self._rest([(self._sums(window, stencils, powers), alpha @ self._target(window))
                           for window in self.windows])

    def values(self, stencils: Stencils, scheme: Scheme) -> dict[Word, Array]:
        """Each word as a scheme sums it over the frames, shape (windows, points).

        Raises
        ------
        InputError
            If an axis has fewer points than a stencil, or a word is not finite.
        """
        weights = np.array(scheme.implicit, dtype=float).reshape(1, 1, 1, -1)
        found = [self._sums(window, stencils, weights) for window in self.windows]
        return {word: np.stack([one[number][0, 0, 0] for one in found])
                for number, (word, _) in enumerate(self._steps) if word in self.words}

    def changes(self, scheme: Scheme) -> Array:
        """The left-hand side of a scheme, shape (windows, points)."""
        return np.stack([np.array(scheme.alpha, dtype=float) @ self._target(window) for window in self.windows])

    def _sums(self, window: PhaseGrid, stencils: Stencils, powers: Array) -> list[Array]:
        """Weighted sums of every step over frames.

        Parameters
        ----------
        window : PhaseGrid
        stencils : Stencils
        powers : ndarray, shape (powers, schemes, residuals, frames)
            Weights, times each power of time.

        Returns
        -------
        list of ndarray, shape (powers, schemes, residuals, points)
            Of words whose coefficient is no function of time the first power alone.
        """
        weights = [powers if self.varying.in_time and word in self.varying.words else powers[:1]
                   for word, _ in self._steps]
        sums = [np.zeros((*one.shape[:3], self.points[0].size)) for one in weights]
        for frames in self._together(range(powers.shape[-1])):
            for into, one, values in zip(sums, weights, each_value(self._steps, window, stencils, frames), strict=True):
                into += one[..., frames.start:frames.stop] @ self._drawn(values, len(frames))
        return sums

    def _rest(self, windows: Sequence[tuple[list[Array], Array]]) -> list[float]:
        """What a regression leaves, relative to its right-hand side, by scheme.

        Parameters
        ----------
        windows : sequence of (list of ndarray, ndarray)
            Of each the sums of every step, shape (powers, schemes, residuals, points), and the right-hand side, of all
            axes but the first.
        """
        triangles, squares = [], np.zeros(len(windows[0][1]))
        for sums, right in windows:
            own, shared = self._columns(sums)
            squares += np.sum(np.square(right), axis=(1, 2))
            columns = [one.reshape(len(right), -1) for one in (*own, *shared, right)]
            # But for its own columns, the rows of the triangle stand for those of a window, and are few.
            triangles.append(_triangle(np.stack(columns, axis=2))[:, len(own):, len(own):])
        whole = _triangle(np.concatenate(triangles, axis=1))
        rest = np.abs(whole[:, -1, -1]) if whole.shape[1] == whole.shape[2] else np.zeros(len(squares))
        return [float(one) for one in rest / np.sqrt(np.maximum(squares, np.finfo(float).tiny))]

    def _columns(self, sums: Sequence[Array]) -> tuple[list[Array], list[Array]]:
        """The columns that a window has for itself, and those that all share, from the sums of every step."""
        own, shared, asked = [], list[Array](), frozenset(self.words)
        for (word, _), found in zip(self._steps, sums, strict=True):
            if word not in asked:
                continue
            if word not in self.varying.words:
                shared += list(found)
            elif self.varying.factors is None:
                own += list(found)
            else:
                shared += [found[0] * self._drawn(factor, 1) for factor in self.varying.factors]
        return own, shared

    @cached_property
    def _steps(self) -> Steps:
        return steps_of(self.words)

    @cached_property
    def _middles(self) -> PhaseGrid:
        """The middle frame of each window."""
        middle = self._first + self.reads // 2
        parts = [window.between(middle, middle + 1) for window in self.windows]
        one = parts[0]
        fields = {name: np.concatenate([part.fields[name] for part in parts]) if "t" in one.field_axes[name] else values
                  for name, values in one.fields.items()}
        functions = {
            name: (axes, np.concatenate([part.functions[name][1] for part in parts]) if "t" in axes else values)
            for name, (axes, values) in one.functions.items()
        }
        return replace(one, t=np.concatenate([part.t for part in parts]), fields=fields, functions=functions)

    @cached_property
    def _slopes(self) -> Array:
        """Differences in time of the field there, shape (windows, 1, 1, points)."""
        middle = self.reads // 2
        formula = stencil(tuple(range(-middle, self.reads - middle)), 1)
        weights = np.zeros((1, 1, self.windows[0].frames))
        for offset, weight in zip(formula.offsets, formula.coefficients, strict=True):
            weights[..., self._first + middle + offset] = float(weight)
        return np.array([weights @ self._target(window) for window in self.windows])

    @property
    def _first(self) -> int:
        """Of the frames of a difference, in the middle of a window."""
        return (self.windows[0].frames - self.reads) // 2

    def _target(self, window: PhaseGrid) -> Array:
        """The field at the points, shape (frames, points)."""
        shape = [axis.size if axis.name in self.target.axes else 1 for axis in window.axes]
        return self._drawn(window.fields[self.target.name].reshape(window.frames, *shape), window.frames)

    def _drawn(self, values: Array, frames: int) -> Array:
        """What has axes (frame, axes of the grid), of length one where it does not depend on them, at the points."""
        shape = values.shape[1:]
        at = [points if size > 1 else np.zeros_like(points) for points, size in zip(self.points, shape, strict=True)]
        drawn = np.take(values.reshape(values.shape[0], -1), np.ravel_multi_index(at, shape), axis=1)
        return np.broadcast_to(drawn, (frames, drawn.shape[1]))

    def _together(self, frames: range) -> list[range]:
        """Runs of frames at which words are computed together."""
        points = int(np.prod([axis.size for axis in self.windows[0].axes if axis.name in self.target.axes]))
        step = max(1, MOST_TOGETHER // points)
        return [frames[first:first + step] for first in range(0, len(frames), step)]


def _triangle(matrix: Array) -> Array:
    """The triangular factors of the last two axes."""
    return np.asarray(np.linalg.qr(matrix, mode="r"))
