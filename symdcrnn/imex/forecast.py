"""Frames of a forecast by steps of an IMEX scheme."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from symdcrnn.embedding.march import March
from symdcrnn.errors import InputError, SettingError
from symdcrnn.given import described, real_number
from symdcrnn.imex.steps import ImexMarch, Steps, imex_march
from symdcrnn.schemes.runge_kutta import TABLEAUS

Array = NDArray[np.float64]

LARGEST_VALUE = 1e50
"""A solution beyond this has blown up."""

SAME = 1e-9
"""How much intervals between frames may differ, relative to them, to be one; of a step that fits in them likewise."""

IMEX_METHODS: dict[str, str] = {
    name: f"{tableau.description}, steps of a fixed length" for name, tableau in TABLEAUS.items() if tableau.splits}
"""Pairs of an explicit and an implicit scheme by name."""


@dataclass(frozen=True, eq=False)
class ImexForecast:
    """Frames of a forecast, one after the other; each depends on the one before alone.

    Parameters
    ----------
    imex : ImexMarch
    times : ndarray, shape (frames,)
    cut : list of (int, float)
        By interval between frames how many steps of which length.
    """

    imex: ImexMarch
    times: Array
    cut: list[tuple[int, float]]

    @property
    def steps(self) -> int:
        """Of all frames."""
        return sum(count for count, _ in self.cut)

    @property
    def evaluations(self) -> int:
        """Of compiled functions, for all frames."""
        return self.steps * self.imex.evaluations

    def states(self, y: Array, first: int = 0) -> Iterator[Array]:
        """The packed states after a frame.

        Parameters
        ----------
        y : ndarray, shape (size,)
            At that frame.
        first : int
            Its number.

        Raises
        ------
        InputError
            If the solution blows up.
        """
        steps: Steps | None = None
        for number, (count, length) in enumerate(self.cut[first:], first):
            if steps is None or steps.dt != length:
                steps = Steps(self.imex, length)
            y, start = y.copy(), float(self.times[number])
            for n in range(count):
                steps.advance(y, start + n * length)
            # NaN is not below anything.
            if not np.max(np.abs(y)) < LARGEST_VALUE:
                raise InputError(_blown_up(self.imex, float(self.times[number + 1]), length))
            yield y


def imex_forecast(march: March, times: Array, method: str, dt: float | None) -> ImexForecast:
    """A forecast at some times.

    Parameters
    ----------
    march : March
    times : ndarray, shape (frames,)
    method : str
        One of `IMEX_METHODS`.
    dt : float or None
        The longest step: each interval between frames is cut into equal ones. That interval itself if None.

    Raises
    ------
    InputError
        If no word is one to be solved for.
    """
    return ImexForecast(imex_march(march, TABLEAUS[method]), times, _cut(times, dt))


def checked_step(dt: object) -> float | None:
    """The longest step that was asked for.

    Raises
    ------
    SettingError
        If it is no step.
    """
    step = real_number(dt)
    if dt is not None and (step is None or not 0.0 < step < np.inf):
        raise SettingError("dt", f"is {described(dt)}: give a positive time step")
    return step


def _cut(times: Array, dt: float | None) -> list[tuple[int, float]]:
    """By interval between frames how many steps of which length; all alike where the intervals are."""
    lengths = np.diff(times)
    if np.ptp(lengths) <= SAME * lengths.max():
        lengths = np.full(lengths.size, lengths.mean())
    counts = [1 if dt is None else max(1, ceil(length / dt * (1.0 - SAME))) for length in lengths]
    return [(count, float(length) / count) for count, length in zip(counts, lengths, strict=True)]


def _blown_up(imex: ImexMarch, t: float, dt: float) -> str:
    explicit = sorted({str(word) for words in imex.splitting.explicit.values() for word, _ in words})
    return (f"the solution blew up by t = {t:g}: steps of {dt:.3g} are too long for what {imex.scheme.name} treats "
            f"explicitly ({', '.join(explicit) or 'nothing'}): give a smaller dt, or take BDF")
