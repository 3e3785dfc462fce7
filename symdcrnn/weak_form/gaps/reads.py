"""Where words read missing values: letters carry gaps to all points that read them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.rules import Quadrature, Rule, Stencil, Sum
from symdcrnn.algebra.words import Field, Function, Product, Word
from symdcrnn.kernels.ir.difference_weights import point_weights
from symdcrnn.kernels.ir.grid import FrameWindows, PhaseGrid
from symdcrnn.kernels.ir.lowering import stencil_formula
from symdcrnn.kernels.ir.offsets import central_offsets, leaning_offsets
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.weak_form.columns import frame_ranges
from symdcrnn.weak_form.gaps.mask import Gaps

Mask = NDArray[np.bool_]


def gaps_of(words: Collection[Word], target: Field, frames: FrameWindows, stencils: Stencils) -> Gaps:
    """The points at which any of some words reads a missing value.

    Parameters
    ----------
    words : collection of Word
        Those inside of integrals; the left-hand side is one too.
    target : Field
    frames : FrameWindows
        With NaN where values are missing; read once.
    stencils : Stencils
        Of derivatives that are left in words.
    """
    grid = frames.outline
    shape = tuple(axis.size if axis.name in target.axes else 1 for axis in grid.axes)
    read = {Word((), target), *words}
    packed, ranges = [], frame_ranges(grid)
    for (start, stop), some in zip(ranges, frames.runs(ranges), strict=True):
        missing = np.zeros((stop - start, *shape), dtype=np.bool_)
        masks = {name: mask for name, values in some.fields.items() if (mask := np.isnan(values)).any()}
        for word in read if masks else ():
            missing |= _missing_at(word, masks, some, stencils)
        packed.append(np.packbits(missing.reshape(stop - start, -1), axis=1))
    return Gaps(shape, np.concatenate(packed))


def _missing_at(word: Word, masks: Mapping[str, Mask], grid: PhaseGrid, stencils: Stencils) -> Mask:
    """Where a word reads a missing value, of a length of one along axes that it does not depend on."""
    if word.letters:
        missing = _missing_at(Word(word.letters[1:], word.base), masks, grid, stencils)
        for rule in reversed(word.letters[0].rules):
            missing = _carried(rule, missing, grid, stencils)
        return missing
    base = word.base
    if isinstance(base, Field):
        if base.name not in masks:
            return np.zeros((1,) * (1 + len(grid.axes)), dtype=np.bool_)
        place = [axis.name in base.axes for axis in grid.axes]
        return masks[base.name].reshape(-1, *(axis.size if own else 1 for axis, own in zip(
            grid.axes, place, strict=True)))
    assert isinstance(base, Product | Function)
    parts = base.factors if isinstance(base, Product) else base.arguments
    found = np.zeros((1,) * (1 + len(grid.axes)), dtype=np.bool_)
    for part in parts:
        found = found | _missing_at(part, masks, grid, stencils)
    return found


def _carried(rule: Rule, missing: Mask, grid: PhaseGrid, stencils: Stencils) -> Mask:
    """Where what a rule makes of values reads a missing one."""
    if isinstance(rule, Sum):
        found = np.zeros((1,) * missing.ndim, dtype=np.bool_)
        for term in rule.terms:
            part = missing
            for one in reversed(term):
                part = _carried(one, part, grid, stencils)
            found = found | part
        return found
    if not isinstance(rule, Quadrature | Stencil):
        return missing
    place = 1 + [axis.name for axis in grid.axes].index(rule.axis)
    if isinstance(rule, Quadrature):
        # All of an average is missing where one of its values is.
        return np.asarray(missing.any(axis=place, keepdims=True))
    if missing.shape[place] == 1:
        return missing
    axis, found = grid.axis(rule.axis), np.zeros_like(missing)
    sides = [central_offsets(stencils, rule)] if rule.lean is None else [
        offsets for side in rule.sides for offsets in leaning_offsets(stencils, rule, side)]
    for offsets in sides:
        points, _ = point_weights(stencil_formula(rule, offsets, axis.spacing is not None), axis)
        for tap in range(points.shape[1]):
            found |= np.take(missing, points[:, tap], axis=place)
    return found
