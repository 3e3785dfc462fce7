"""Coefficients as labelled arrays."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

import numpy as np

from symdcrnn.errors import InputError

if TYPE_CHECKING:
    import xarray

    from symdcrnn.equation import LearnedEquation


def coefficient_array(equation: LearnedEquation, word: str) -> xarray.DataArray:
    """The coefficient of a word.

    Parameters
    ----------
    equation : LearnedEquation
    word : str
        As it is printed; ``1`` for a source.

    Returns
    -------
    xarray.DataArray
        Without axes where it is a number; else on the axes that it is a function of, at the points of the fit, those of
        x counted from its left end. The coordinate ``error`` holds standard errors where they are known, the
        attributes ``units`` and ``long_name`` what it is, ``power`` the power of 1/epsilon that it is multiplied by.

    Raises
    ------
    InputError
        If the equation has no such word.
    """
    import xarray

    asked = " ".join(word.split()) if isinstance(word, str) else ""
    for term in equation.terms:
        if term.word == asked:
            # An error that is not known is no coordinate.
            errors = {} if term.error is None else {"error": term.error}
            more = {"power": term.power} if term.power else {}
            return xarray.DataArray(term.coefficient, errors, name=asked,
                                    attrs={**_attributes(equation, asked, term.units), **more})
    for one in equation.functions:
        if one.word == asked:
            axes = tuple(one.points)
            shape = tuple(len(points) for points in one.points.values())
            coordinates = {axis: (axis, np.array(points), {"units": one.axis_units[axis]} if axis in one.axis_units
                                  else {}) for axis, points in one.points.items()}
            bands = {"error": (axes, np.reshape(one.errors, shape))} if one.errors else {}
            return xarray.DataArray(np.reshape(one.values, shape), {**coordinates, **bands}, axes, asked,
                                    _attributes(equation, asked, one.units))
    words = [*(term.word for term in equation.terms), *(one.word for one in equation.functions)]
    close = get_close_matches(asked, words) or words
    raise InputError(f"the {equation.target}-equation has no term {word!r}: it has {', '.join(close) or 'none'}")


def _attributes(equation: LearnedEquation, word: str, units: str | None) -> dict[str, str]:
    said = {"long_name": f"coefficient of {word} in d_t {equation.target}"}
    return said if units is None else {**said, "units": units}
