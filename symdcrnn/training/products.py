"""Products by functions of x in smoothed data.

A word that multiplies by a function of x does not commute with a convolution in x.  It is computed on the data as it
is, up to the multiplication, and smoothed then:

    sum_y kernel(x - y) p(y) (w u)(y) = sum_y (w* p kernel(x - .))(y) u(y)

By summation by parts, which is exact on a periodic grid, this puts the adjoint word onto the test function, the kernel
of the smoothing.  What stands left of the multiplication commutes again and acts on the smoothed product.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.words import UNIT, Field, Word
from symdcrnn.errors import InputError
from symdcrnn.kernels.interpret import interpret
from symdcrnn.kernels.lower import Stencils, lower
from symdcrnn.kernels.runtime import GridData
from symdcrnn.schemes.residual import Column, Residual
from symdcrnn.training.blocks import FrameBlocks, smoothed_data
from symdcrnn.training.grid import with_unit
from symdcrnn.training.problem import Term
from symdcrnn.training.smoothing import smooth

Array = NDArray[np.float64]

PRODUCT = "product_"
"""How the fields that hold smoothed products are named in kernels."""


def prepare(
    terms: Sequence[Term], width: float, stencils: Stencils, raw: Sequence[GridData | FrameBlocks]
) -> tuple[tuple[Term, ...], tuple[GridData | FrameBlocks, ...]]:
    """What the kernels read: the data smoothed, with the products by functions of x; see `with_products`."""
    return with_products(terms, raw, [smoothed_data(one, width) for one in raw], width, stencils)


def prepare_loaded(
    terms: Sequence[Term], width: float, stencils: Stencils, raw: Sequence[GridData]
) -> tuple[GridData, ...]:
    """The same data where it is in memory."""
    return tuple(_in_memory(prepare(terms, width, stencils, raw)[1]))


def with_products(
    terms: Sequence[Term], raw: Sequence[GridData | FrameBlocks], data: Sequence[GridData | FrameBlocks], width: float,
    stencils: Stencils,
) -> tuple[tuple[Term, ...], tuple[GridData | FrameBlocks, ...]]:
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
    parts = [_split(term.word, varying) for term in terms]
    if all(inner is None for _, inner in parts):
        return tuple(terms), tuple(data)
    rough, smooth_ = _in_memory(raw), _in_memory(data)
    fields = [dict(one.fields) for one in smooth_]
    found = []
    for term, (outer, inner) in zip(terms, parts, strict=True):
        if inner is None:
            found.append(term)
            continue
        field = Field(PRODUCT + inner.identifier, inner.axes)
        for number, one in enumerate(rough):
            if field.name not in fields[number]:
                fields[number][field.name] = smooth(apply_word(inner, one, stencils), width)
        found.append(replace(term, read_as=Word.of(outer.letters, field)))
    return tuple(found), tuple(replace(one, fields=more) for one, more in zip(smooth_, fields, strict=True))


def _in_memory(data: Sequence[GridData | FrameBlocks]) -> list[GridData]:
    found = [one for one in data if isinstance(one, GridData)]
    if len(found) < len(data):
        raise InputError("products by functions of x can be smoothed only where all frames are in memory: set smooth_x "
                         "to 0, or leave --memory and --scheduler out")
    return found


def _split(word: Word, varying: set[str]) -> tuple[Word, Word | None]:
    """What is left of the outermost multiplication by a function that varies, and the word from there on."""
    for number, letter in enumerate(word.letters):
        if letter.multiplies and letter.name in varying:
            return Word(word.letters[:number], word.base), Word(word.letters[number:], word.base)
    return word, None


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
