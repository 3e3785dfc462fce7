"""What all peers share: the combined frames, the tables of the stencils, and words as arrays by slicing alone.

A residual is r = target - sum_c coefficient_c column_c.  The frames are combined once, outside of what is timed, and so
is the halo of x: both are what a careful user of any array library would do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.operators import Operator
from symdcrnn.algebra.rules import Profile, Stencil
from symdcrnn.algebra.words import Word
from symdcrnn.kernels.ir.grid import PhaseGrid
from symdcrnn.kernels.stencils import transport_stencil
from symdcrnn.schemes.residual import Residual

Array = NDArray[np.float64]
Table = tuple[tuple[int, Array], ...]

TRANSPORT = "upwind3"


@dataclass(frozen=True)
class Frames:
    """The arrays of one pass.

    Parameters
    ----------
    form : Residual
        Of a left-hand side that depends on v, of words whose letters are v d/dx and averages over v.
    target : ndarray, shape (residuals, Nv, Nx)
    loads : mapping of str to ndarray, shape (residuals, Nv or 1, Nx)
        By `load_name`.
    tables : mapping of (Operator, bool) to Table
        By a letter and whether what it acts on depends on v: offsets, and for each coefficients of shape (Nv, 1).
    v, quadrature : ndarray, shape (Nv, 1)
    """

    form: Residual
    target: Array
    loads: Mapping[str, Array]
    tables: Mapping[tuple[Operator, bool], Table]
    v: Array
    quadrature: Array

    @property
    def points(self) -> int:
        return self.target.size

    @property
    def columns(self) -> int:
        return len(self.form.columns)

    @property
    def halo(self) -> int:
        """How far the words reach."""
        return max(reach(word, self.tables) for word in self.form.words)

    def padded(self) -> dict[str, Array]:
        """The loads with a halo on either side."""
        halo = self.halo
        return {name: np.concatenate([u[..., u.shape[-1] - halo:], u, u[..., :halo]], axis=-1)
                for name, u in self.loads.items()}


def load_name(field: str, level: str) -> str:
    """Of a combination of the frames of a field, such as ``g_explicit``."""
    return f"{field}_{level}"


def frames_of(form: Residual, grid: PhaseGrid) -> Frames:
    """Combine the frames of data that are periodic in x."""
    steps = grid.frames - len(form.time_weights) + 1

    def combined(field: str, weights: Sequence[float]) -> Array:
        total: Array = np.zeros((steps, *grid.fields[field].shape[1:]))
        for number, weight in enumerate(weights):
            if weight:
                total += weight * grid.fields[field][number:number + steps]
        return total if total.ndim == 3 else total[:, None, :]

    v, spacing = grid.axis("v").coordinate, grid.axis("x").spacing
    assert spacing is not None
    letters = {letter for word in form.words for letter in word.letters if not letter.averages}
    return Frames(
        form,
        combined(form.target.name, form.time_weights),
        {load_name(*key): combined(key[0], weights) for key, weights in
         {(column.word.base.name, column.level): column.time_weights for column in form.columns}.items()},
        {(letter, by_v): difference_table(letter, by_v, v, spacing) for letter in letters for by_v in (False, True)},
        v[:, None],
        grid.weights("v")[:, None],
    )


def difference_table(letter: Operator, by_v: bool, v: Array, dx: float) -> Table:
    """v d/dx of one stencil for v > 0 and another for v < 0, as one coefficient per offset and v.

    Parameters
    ----------
    letter : Operator
    by_v : bool
        Whether what it acts on depends on v, which decides the side of the stencil.
    v : ndarray, shape (Nv,)
    dx : float
    """
    profile, stencil = letter.rules
    if not isinstance(profile, Profile) or profile.expression != "v" or not isinstance(stencil, Stencil) \
            or (stencil.axis, stencil.order, stencil.lean) != ("x", 1, "v"):
        raise TypeError(f"no peer has the letter {letter.name}")
    upwind = stencil.sides[0 if by_v else 1] == "upwind"
    right, left = (transport_stencil(TRANSPORT, from_the_left) for from_the_left in (upwind, not upwind))
    sides = [dict(zip(s.offsets, map(float, s.coefficients), strict=True)) for s in (right, left)]
    scale, widest = stencil.sign / dx * v, max(right.reach, left.reach)
    return tuple(
        (offset, (scale * np.where(v > 0.0, sides[0].get(offset, 0.0), sides[1].get(offset, 0.0)))[:, None])
        for offset in range(-widest, widest + 1)
    )


def reach(word: Word, tables: Mapping[tuple[Operator, bool], Table]) -> int:
    """How far a word reads along x."""
    return sum(tables[letter, True][-1][0] for letter in word.letters if not letter.averages)


def walked(form: Residual, load: Callable[[str, str], Any], apply: Callable[[Operator, bool, Any], Any]) -> list[Any]:
    """Every column of a residual, shared suffixes computed once.

    Parameters
    ----------
    form : Residual
    load : callable
        ``load(field, level)`` gives a field on a combination of frames.
    apply : callable
        ``apply(letter, by_v, value)`` applies a letter to a value; by_v says whether that depends on v.
    """
    values: dict[tuple[Word, str], Any] = {}

    def value(word: Word, level: str) -> Any:
        if (word, level) not in values:
            if word.letters:
                inner = Word(word.letters[1:], word.base)
                values[word, level] = apply(word.letters[0], inner.v_dependent, value(inner, level))
            else:
                values[word, level] = load(word.base.name, level)
        return values[word, level]

    return [value(column.word, column.level) for column in form.columns]


def word_columns(
    frames: Frames, loads: Mapping[str, Any], difference: Callable[[Any, Table], Any], mean: Callable[[Any], Any]
) -> list[Any]:
    """Every column as an array of any library.

    Parameters
    ----------
    frames : Frames
        For its words and tables; loads may be those of some frames only.
    loads : mapping of str to array
    difference : callable
        A stencil on an array, see `sliced`.
    mean : callable
        The average over v, its axis kept.
    """
    def apply(letter: Operator, by_v: bool, value: Any) -> Any:
        return mean(value) if letter.averages else difference(value, frames.tables[letter, by_v])

    return walked(frames.form, lambda field, level: loads[load_name(field, level)], apply)


def sliced(u: Any, table: Table) -> Any:
    """A stencil on an array with a halo, which it shortens."""
    reach, size = table[-1][0], u.shape[-1]
    total = None
    for offset, coefficient in table:
        term = coefficient * u[..., reach + offset:size - reach + offset]
        total = term if total is None else total + term
    return total


def cropped(u: Any, nx: int) -> Any:
    """Without what is left of the halo."""
    rest = (u.shape[-1] - nx) // 2
    return u[..., rest:rest + nx]
