"""Smoothing in x, against noise.

A word with constant coefficients commutes with a convolution in x, so the smoothed fields solve the same discrete
equation: together with a weak form in time this is the weak form in space-time.  A word that multiplies by a function
of x does not commute.  It is computed on the data as it is, up to the multiplication, and smoothed then:

    sum_y kernel(x - y) p(y) (w u)(y) = sum_y (w* p kernel(x - .))(y) u(y)

By summation by parts, which is exact on a periodic grid, this puts the adjoint word onto the test function, the kernel
of the smoothing.  What stands left of the multiplication commutes again and acts on the smoothed product.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.operators import Multiplication
from symdcrnn.algebra.words import Field, Word
from symdcrnn.errors import InputError
from symdcrnn.kernels.interpret import interpret
from symdcrnn.kernels.lower import Stencils, lower
from symdcrnn.kernels.runtime import GridData
from symdcrnn.schemes.residual import Column, Residual
from symdcrnn.training.problem import Term

Array = NDArray[np.float64]

PRODUCT = "product_"
"""How the fields that hold smoothed products are named in kernels."""


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


def smoothed(data: GridData, width: float) -> GridData:
    """The data with every field smoothed in x.

    Parameters
    ----------
    data : GridData
        Periodic in x.
    width : float
        As that of `smooth`.

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
    return replace(data, fields={name: smooth(values, width) for name, values in data.fields.items()})


def prepare(
    terms: Sequence[Term], width: float, stencils: Stencils, raw: Sequence[GridData]
) -> tuple[tuple[Term, ...], tuple[GridData, ...]]:
    """What the kernels read: the data smoothed, with the products by functions of x; see `with_products`."""
    return with_products(terms, raw, [smoothed(one, width) for one in raw], width, stencils)


def with_products(
    terms: Sequence[Term], raw: Sequence[GridData], data: Sequence[GridData], width: float, stencils: Stencils
) -> tuple[tuple[Term, ...], tuple[GridData, ...]]:
    """The terms and the smoothed data, with the products by functions of x as further fields.

    Parameters
    ----------
    terms : sequence of Term
        Each that multiplies by a function which is not constant is read from a field of its own afterwards.
    raw, data : sequence of GridData
        Each trajectory as it is, and smoothed.
    width : float
        Of the smoothing.
    stencils : Stencils
        Of the words inside the multiplication.
    """
    if width == 0.0:
        return tuple(terms), tuple(data)
    varying = {name for one in raw for name, values in one.profiles.items() if np.ptp(values) > 0.0}
    fields = [dict(one.fields) for one in data]
    found = []
    for term in terms:
        outer, inner = _split(term.word, varying)
        if inner is None:
            found.append(term)
            continue
        field = Field(PRODUCT + inner.identifier, inner.v_dependent)
        for number, one in enumerate(raw):
            if field.name not in fields[number]:
                fields[number][field.name] = smooth(apply_word(inner, one, stencils), width)
        found.append(replace(term, read_as=Word.of(outer.letters, field)))
    return tuple(found), tuple(replace(one, fields=more) for one, more in zip(data, fields, strict=True))


def _split(word: Word, varying: set[str]) -> tuple[Word, Word | None]:
    """What is left of the outermost multiplication by a function that varies, and the word from there on."""
    for number, letter in enumerate(word.letters):
        if isinstance(letter.rule, Multiplication) and letter.rule.profile in varying:
            return Word(word.letters[:number], word.field), Word(word.letters[number:], word.field)
    return word, None


def apply_word(word: Word, data: GridData, stencils: Stencils) -> Array:
    """A word at every frame, shape (frames, [Nv,] Nx); x wraps around.

    Parameters
    ----------
    word : Word
    data : GridData
    stencils : Stencils
    """
    target = Field("result", word.v_dependent)
    program = lower(Residual(target, (0.0,), (Column(word, "now", (1.0,)),)), stencils)
    shape = (data.frames, data.v.size, data.nx) if word.v_dependent else (data.frames, data.nx)
    found = np.empty(shape)
    for frame in range(data.frames):
        value = interpret(program, data, frame)[program.columns[0]]
        found[frame] = value if word.v_dependent else value[0]
    return found
