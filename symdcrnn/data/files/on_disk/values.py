"""What fields are made of where a file has their values in another form: complex ones, and those in other units."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symdcrnn.data.axes import real_array
from symdcrnn.data.foreign.complex_values import PARTS, VANISHING, real_parts
from symdcrnn.data.units import multiplied
from symdcrnn.errors import InputError

Array = NDArray[np.float64]

ALONE = "alone"
"""The real part of complex values whose imaginary parts vanish."""


@dataclass(frozen=True)
class StoredValues:
    """How the values of a field follow from those of a variable in a file.

    Parameters
    ----------
    variable : str
    part : str or None
        Of complex values, one of `PARTS` or `ALONE`; None of real ones.
    largest : float
        The largest complex value of some frames, beside which imaginary parts vanish.
    factor : Fraction
        What the values are multiplied by.
    """

    variable: str
    part: str | None = None
    largest: float = 0.0
    factor: Fraction = Fraction(1)

    def of(self, raw: NDArray[Any]) -> NDArray[Any]:
        """The values of the field, of unchanged shape.

        Raises
        ------
        InputError
            If they are no real numbers, or have imaginary parts that are not to be there.
        """
        values = real_array(raw if self.part is None else self._part(raw), f"variable {self.variable!r}")
        return values if self.factor == 1 else multiplied(values, self.factor)

    def _part(self, raw: NDArray[Any]) -> NDArray[Any]:
        if self.part != ALONE:
            return raw.imag if self.part == PARTS[1] else raw.real
        known = np.isfinite(raw)
        sizes = np.abs(raw, where=known, out=np.zeros(raw.shape))
        imaginary = np.abs(raw.imag, where=known, out=np.zeros(raw.shape))
        if imaginary.size and imaginary.max() > VANISHING * max(self.largest, float(sizes.max())):
            raise InputError(f"the imaginary part of {self.variable!r} does not vanish, as it does in other frames: "
                             "store its parts as two variables")
        return np.where(known, raw.real, np.nan)


def values_of_complex(name: str, some: NDArray[Any], notices: list[str]) -> dict[str, StoredValues]:
    """By name, the fields that a complex variable is; see `real_parts`.

    Parameters
    ----------
    name : str
    some : ndarray
        Its values in some frames.
    notices : list of str
        What was done is added.
    """
    known = np.isfinite(some)
    largest = float(np.abs(some, where=known, out=np.zeros(some.shape)).max())
    parts = [ALONE] if len(made := real_parts(name, some, notices)) == 1 else PARTS
    return {field: StoredValues(name, part, largest) for field, part in zip(made, parts, strict=True)}
