"""Which values come in at a wall: those of a field that is carried inwards there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.rules import Pointwise, Profile, Quadrature, Stencil
from symdcrnn.algebra.word_rules import letter_rules
from symdcrnn.algebra.words import Field, Word
from symdcrnn.boundaries.reach import reaches
from symdcrnn.embedding.state_parts import Structure
from symdcrnn.errors import InputError
from symdcrnn.kernels.runtime.interpret import evaluate
from symdcrnn.preprocess.phase_grid import with_words

Array = NDArray[np.float64]


def speeds(structure: Structure, axis: str, asked: str) -> dict[Field, Array]:
    """How fast each field is carried along an axis.

    Parameters
    ----------
    structure : Structure
    axis : str
    asked : str
        The boundary condition, for messages.

    Returns
    -------
    dict of Field to ndarray
        Of the shape of the field; fields that are not carried along the axis have none.

    Raises
    ------
    InputError
        If a word is none of transport of its field by itself.
    """
    found = {}
    for equation, first in structure.numbered:
        carried = None
        for number, word in enumerate(equation.words):
            if reaches(word, axis):
                if not _carries(word, equation.target, axis):
                    name = equation.target.name
                    raise InputError(f"{axis}={asked} says what comes in with a velocity, but the equation of {name} "
                                     f"has {word}, which is no transport of {name} by itself: take {axis}=reflecting, "
                                     f"or an equation of f with v d_{axis} f ('symdcrnn form --to kinetic' makes one "
                                     "of those of g and rho)")
                rate = structure.coefficients[first + number] * _of_slope_one(word, equation.target, axis, structure)
                carried = rate if carried is None else carried + rate
        if carried is not None:
            found[equation.target] = -carried
    return found


def _carries(word: Word, target: Field, axis: str) -> bool:
    """Whether a word is a steady factor times the first derivative of a field."""
    if word.base != target:
        return False
    derived = False
    # The outermost rule stands first.
    for rule in letter_rules(word):
        if isinstance(rule, Stencil):
            if derived or rule.axis != axis or rule.order != 1:
                return False
            derived = True
        elif isinstance(rule, Quadrature | Pointwise) or (isinstance(rule, Profile) and (
                "t" in rule.axes or (derived and axis in rule.axes))):
            return False
    return derived


def _of_slope_one(word: Word, target: Field, axis: str, structure: Structure) -> Array:
    """A word of a field that grows along an axis as its coordinate does."""
    grid, shape = with_words(structure.grid, [word]), structure.shape(target)
    points = grid.axis(axis).coordinate
    ramp = np.broadcast_to(points.reshape([-1 if name == axis else 1 for name in target.axes[1:]]), shape)
    frame = replace(grid, t=np.zeros(1), fields={target.name: ramp[None]}, field_axes={target.name: target.axes})
    values = evaluate(word, frame, structure.stencils, [0])[0]
    kept = values.reshape([one.size if one.name in target.axes and size > 1 else 1
                           for one, size in zip(grid.axes, values.shape, strict=True) if one.name in target.axes])
    return np.broadcast_to(kept, shape)
