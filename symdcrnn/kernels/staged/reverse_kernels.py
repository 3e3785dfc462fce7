"""What a backward pass through stages is made of: sums of words, products with cotangents, and transposed words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.words import UNIT, Field, Word
from symdcrnn.kernels.ir.grid import PhaseGrid
from symdcrnn.kernels.ir.linearised import WeightedWord, rate_words
from symdcrnn.kernels.norms import Norm
from symdcrnn.kernels.runtime.binding import bind
from symdcrnn.kernels.runtime.bound import PhaseKernel
from symdcrnn.kernels.staged.right_hand_side import Parts, numbers_of, with_field
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.schemes.residual import Column, Residual

Array = NDArray[np.float64]

PRODUCT = Norm("product", "r", "-r", "-1.0", True, False, "its gradient is the sum of the left-hand side times columns")


@dataclass(frozen=True, eq=False)
class Total:
    """A sum of words with coefficients.

    Parameters
    ----------
    kernel : PhaseKernel
    which : ndarray of int64, shape (words,)
        The coefficient that each is multiplied by.
    factors : ndarray, shape (words,)
        What it is multiplied by besides.
    target : Field
        Whose axes it has.
    """

    kernel: PhaseKernel
    which: NDArray[np.int64]
    factors: Array
    target: Field

    @property
    def steady(self) -> bool:
        """Whether it is the same at all times, of words that the target is not in."""
        return not any("t" in axes for name, axes in self.kernel.program.field_axes if name != self.target.name)

    def write(self, out: Array, grid: PhaseGrid, coefficients: Array) -> None:
        """Put the sum at every frame into an array; its points stay what they are where stencils leave the data.

        Parameters
        ----------
        out : ndarray, axes (frame, point)
            Points in the order of the target.
        grid : PhaseGrid
        coefficients : ndarray
            Of the whole equation.
        """
        kernel, known = self.kernel.on_frames(grid), self.factors * coefficients[self.which]
        names = (*kernel.program.target_whole, *kernel.target_tiled)
        row = grid.axis(names[-1]).size if names and names[-1] == kernel.program.axes.row else 1
        if names == self.target.axes[1:]:
            kernel.fill(out.reshape(-1, row), known)
            return
        places = [self.target.axes.index(name) for name in names]
        there = out.reshape(grid.frames, *(grid.axis(name).size for name in self.target.axes[1:]))
        there = there.transpose(0, *places)
        made = np.array(there, order="C")
        kernel.fill(made.reshape(-1, row), known)
        there[...] = made


@dataclass(frozen=True, eq=False)
class Products:
    """Sums over all points of a cotangent times words.

    Parameters
    ----------
    kernel : PhaseKernel
        Whose left-hand side is the cotangent.
    which : ndarray of int64, shape (words,)
        The numbers of the words in the equation; each once.
    """

    kernel: PhaseKernel
    which: NDArray[np.int64]

    def add(self, gradient: Array, grid: PhaseGrid) -> None:
        """Add the sums to the components of a gradient.

        Parameters
        ----------
        gradient : ndarray
            By the coefficients of the whole equation.
        grid : PhaseGrid
            With the cotangent.
        """
        sums = np.zeros((1, 1 + self.which.size))
        self.kernel.on_frames(grid).fill(sums)
        gradient[self.which] += sums[0, 1:]


@dataclass(frozen=True, eq=False)
class ReverseKernels:
    """All kernels of a backward pass; None for those without words.

    Parameters
    ----------
    cotangent : Field
        How the cotangent of slopes is named.
    explicit : Total
        The explicit words.
    explicit_products : Products
    transposed : Total
        The transposed derivative of the explicit words on a cotangent.
    stiffness : Total
        What stiff words multiply the field by.
    constant : Total
        Stiff words on other fields.
    damping_products, forcing_products : Products
        With what stiff words multiply the field by, and with stiff words on other fields.
    """

    cotangent: Field
    explicit: Total | None
    explicit_products: Products | None
    transposed: Total | None
    stiffness: Total | None
    constant: Total | None
    damping_products: Products | None
    forcing_products: Products | None

    @property
    def implicit(self) -> bool:
        """Whether there is a stiff word."""
        return self.stiffness is not None or self.constant is not None


def bind_reverse_kernels(
    target: Field, words: Sequence[Word], parts: Parts, grid: PhaseGrid, cotangent: Field,
    transposed: Sequence[WeightedWord], stencils: Stencils,
) -> ReverseKernels:
    """Compile what a backward pass needs.

    Parameters
    ----------
    target : Field
    words : sequence of Word
        Of the equation.
    parts : Parts
    grid : PhaseGrid
        With all functions of all words.
    cotangent : Field
        Of the axes of the target.
    transposed : sequence of WeightedWord
        The transposed derivative of the explicit words, on the cotangent.
    stencils : Stencils
    """
    grid = with_field(grid, cotangent, grid.fields[target.name])
    numbered = rate_words(words, 0)

    def total(made: Sequence[WeightedWord], everywhere: bool = False) -> Total | None:
        if not made:
            return None
        form = Residual(target, (0.0,), tuple(Column(one.word, "now", (1.0,)) for one in made))
        kernel = bind("apply", form, grid, stencils, PRODUCT)
        _ = kernel.spans
        if everywhere:
            kernel = kernel.with_spans({axis.name: (0, axis.size) for axis in kernel.grid.axes})
        return Total(kernel, *numbers_of(made), target)

    def products(made: Sequence[WeightedWord]) -> Products | None:
        if not made:
            return None
        form = Residual(cotangent, (1.0,), tuple(Column(one.word, "now", (1.0,)) for one in made))
        return Products(bind("products", form, grid, stencils, PRODUCT), numbers_of(made)[0])

    explicit, forcing = ([numbered[k] for k in chosen] for chosen in (parts.explicit, parts.forcing))
    damping = [WeightedWord(Word(words[k].letters, UNIT), k) for k in parts.damping]
    return ReverseKernels(cotangent, total(explicit), products(explicit), total(transposed, True), total(damping),
                          total(forcing), products(damping), products(forcing))
