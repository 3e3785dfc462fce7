"""Smoothing in x, against noise.

A word with constant coefficients commutes with a convolution in x, so the smoothed fields solve the same discrete
equation: together with a weak form in time this is the weak form in space-time.  `products` are words that do not
commute.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.words import UNIT, Field, Word
from symdcrnn.errors import InputError
from symdcrnn.kernels.interpret import interpret
from symdcrnn.kernels.lower import Stencils, lower
from symdcrnn.kernels.runtime import GridData
from symdcrnn.preprocess.grid import with_unit
from symdcrnn.schemes.residual import Column, Residual

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Product:
    """A word that is made before the fields are smoothed.

    Parameters
    ----------
    field : Field
        That holds it, smoothed.
    word : Word
    """

    field: Field
    word: Word


def smooth(values: Array, width: float) -> Array:
    """Convolve along the last axis, which wraps around, with a Gaussian.

    Parameters
    ----------
    values : ndarray, shape (..., Nx)
    width : float
        The standard deviation in points of x; 0 leaves the values as they are.
    """
    if width == 0.0:
        return values
    # A fit of clean data does without the time this takes to import.
    from scipy import fft

    points = values.shape[-1]
    waves = 2.0 * np.pi * fft.rfftfreq(points)
    found: Array = fft.irfft(fft.rfft(values, axis=-1) * np.exp(-0.5 * (width * waves) ** 2), points, axis=-1)
    return found


def smoothed(
    data: GridData, width: float, products: Sequence[Product] = (), stencils: Stencils | None = None
) -> GridData:
    """The data with every field smoothed in x.

    Parameters
    ----------
    data : GridData
        Periodic in x.
    width : float
        As that of `smooth`.
    products : sequence of Product
        Further fields: words of the data as it is, smoothed.
    stencils : Stencils, optional
        Of these words.

    Raises
    ------
    InputError
        If x is not periodic, or the width is that of the domain.
    """
    if width == 0.0:
        return data
    if not data.periodic:
        raise InputError("smoothing in x needs data that is periodic in x: set smooth_x to 0")
    if width > data.nx / 8.0:
        raise InputError(f"smooth_x is {width:g}, too wide for {data.nx} points of x: give at most {data.nx / 8.0:g}")
    fields = {name: smooth(values, width) for name, values in data.fields.items()}
    for product in products:
        fields[product.field.name] = smooth(apply_word(product.word, data, stencils or Stencils()), width)
    return replace(data, fields=fields)


def apply_word(word: Word, data: GridData, stencils: Stencils) -> Array:
    """A word at every frame, shape (frames, [Nv,] Nx); x wraps around.

    Parameters
    ----------
    word : Word
    data : GridData
    stencils : Stencils
    """
    target = Field("result", word.axes)
    program = lower(Residual(target, (0.0,), (Column(word, "now", (1.0,)),)), stencils)
    data = with_unit(data) if word.base == UNIT else data
    shape = (data.frames, data.v.size, data.nx) if word.v_dependent else (data.frames, data.nx)
    found = np.empty(shape)
    for frame in range(data.frames):
        value = interpret(program, data, frame)[program.columns[0]]
        found[frame] = value if word.v_dependent else value[0]
    return found
