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

from symdcrnn.algebra.words import Field, Word
from symdcrnn.kernels.lower import Stencils
from symdcrnn.preprocess.frames import Frames
from symdcrnn.preprocess.smoothing import Product
from symdcrnn.regression.terms import Term

PRODUCT = "product_"
"""How the fields that hold smoothed products are named in kernels."""


def prepare(
    terms: Sequence[Term], width: float, stencils: Stencils, raw: Sequence[Frames]
) -> tuple[tuple[Term, ...], tuple[Product, ...], tuple[Frames, ...]]:
    """What the kernels read: the data smoothed, with the products by functions of x as further fields.

    Parameters
    ----------
    terms : sequence of Term
        Each that multiplies by a function which is not constant is read from a field of its own afterwards.
    width : float
        Of the smoothing.
    stencils : Stencils
        Of the words inside the multiplication.
    raw : sequence of Frames
        Each trajectory as it is.

    Returns
    -------
    tuple of Term
    tuple of Product
        The further fields.
    tuple of Frames
    """
    terms, products = with_products(terms, width, raw)
    return terms, products, tuple(one.smoothed(width, products, stencils) for one in raw)


def with_products(
    terms: Sequence[Term], width: float, raw: Sequence[Frames]
) -> tuple[tuple[Term, ...], tuple[Product, ...]]:
    """The terms, and the products by functions of x that they are read from; arguments as those of `prepare`."""
    if width == 0.0:
        return tuple(terms), ()
    varying = {name for one in raw for name, values in one.profiles.items() if np.ptp(values) > 0.0}
    found, products = [], {}
    for term in terms:
        outer, inner = _split(term.word, varying)
        if inner is None:
            found.append(term)
            continue
        field = Field(PRODUCT + inner.identifier, inner.axes)
        products[field.name] = Product(field, inner)
        found.append(replace(term, read_as=Word.of(outer.letters, field)))
    return tuple(found), tuple(products.values())


def _split(word: Word, varying: set[str]) -> tuple[Word, Word | None]:
    """What is left of the outermost multiplication by a function that varies, and the word from there on."""
    for number, letter in enumerate(word.letters):
        if letter.multiplies and letter.name in varying:
            return Word(word.letters[:number], word.base), Word(word.letters[number:], word.base)
    return word, None
