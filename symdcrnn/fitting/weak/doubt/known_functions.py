"""Words times known functions of an axis, which stand for a coefficient that is any function of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.operators import Operator, multiplication
from symdcrnn.algebra.words import Word
from symdcrnn.kernels.ir.grid import GridAxis
from symdcrnn.regression.missing_kinds import Kind

Array = NDArray[np.float64]
Letters = tuple[tuple[Operator, ...], ...]


def of_time(t: Array, highest: int) -> Letters:
    """Powers of the time, which goes from -1 to 1.

    Parameters
    ----------
    t : ndarray, shape (frames,)
    highest : int
        The last of the powers; the first is one.
    """
    middle, half = 0.5 * float(t[0] + t[-1]), 0.5 * float(t[-1] - t[0])
    scaled = f"(({_less('t', middle)})/{half!r})"
    return tuple((multiplication(f"{scaled}^{power}", ("t",)),) for power in range(1, highest + 1))


def powers(axis: GridAxis, highest: int) -> Letters:
    """Powers of a coordinate, which goes from -1 to 1.

    Parameters
    ----------
    axis : GridAxis
    highest : int
        The last of the powers; the first is one.
    """
    low, high = float(axis.coordinate.min()), float(axis.coordinate.max())
    scaled = f"(({_less(axis.name, 0.5 * (low + high))})/{0.5 * (high - low)!r})"
    return tuple((multiplication(f"{scaled}^{power}", (axis.name,)),) for power in range(1, highest + 1))


def waves(axis: GridAxis, count: int) -> Letters:
    """Cosines and sines of a coordinate that repeats, the longest first.

    Parameters
    ----------
    axis : GridAxis
    count : int
        Of each.
    """
    start, rates = float(axis.coordinate[0]), [2.0 * np.pi * wave / axis.period for wave in range(1, count + 1)]
    return tuple((multiplication(f"{function}({rate!r}*({_less(axis.name, start)}))", (axis.name,)),)
                 for rate in rates for function in ("cos", "sin"))


def _less(name: str, value: float) -> str:
    """A difference, as formulas are written: no sign follows another one."""
    return f"{name} - {value!r}" if value >= 0.0 else f"{name} + {-value!r}"


def times_functions(word: Word, axis: GridAxis, highest: int) -> Iterator[Word]:
    """A word, and it times powers of a coordinate up to the highest, or half as many waves where it repeats.

    Parameters
    ----------
    word : Word
    axis : GridAxis
    highest : int
    """
    yield word
    letters = waves(axis, highest // 2) if axis.periodic else powers(axis, highest)
    yield from (word.after(one) for one in letters)


def words_of_kind(kind: Kind, axes: Mapping[str, GridAxis], highest: int) -> tuple[Word, ...]:
    """The words of a kind, those with a function of an axis times some that can stand for it.

    Parameters
    ----------
    kind : Kind
    axes : mapping of str to GridAxis
        A kind with a function of another axis has no words.
    highest : int
        As for `times_functions`.
    """
    if kind.axis is None:
        return tuple(kind.words)
    return tuple(one for word in kind.words if kind.axis in axes
                 for one in times_functions(word, axes[kind.axis], highest))
