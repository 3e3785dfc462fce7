"""How large words are in some data, against what they are made of and what rounding makes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.operators import Operator
from symdcrnn.algebra.rules import Profile, Quadrature, Rule, Stencil, Sum
from symdcrnn.algebra.words import Field, Function, Word
from symdcrnn.kernels.ir.difference_weights import formula, point_weights
from symdcrnn.kernels.ir.factors import function
from symdcrnn.kernels.ir.grid import FrameWindows, PhaseGrid
from symdcrnn.kernels.ir.lowering import kernel_name
from symdcrnn.kernels.ir.offsets import central_offsets, leaning_offsets
from symdcrnn.kernels.runtime.interpret import each_value, steps_of
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.kernels.value_sizes import EPSILON, ValueSize, ValueSizes, sampled_residuals
from symdcrnn.schemes.residual import Residual

Array = NDArray[np.float64]


def word_sizes(form: Residual, grid: FrameWindows, stencils: Stencils) -> ValueSizes:
    """The sizes of all words of a residual and of what they are made from, at the first, middle and last frame.

    Parameters
    ----------
    form : Residual
    grid : FrameWindows
        With all functions of the words.
    stencils : Stencils
    """
    samples = tuple(grid.runs([(frame, frame + 1) for frame in sampled_residuals(grid.frames)]))
    sizes = _Sizes(samples, stencils, _values(form.words, samples, stencils))
    columns = tuple(sizes.of(column.word).name for column in form.columns)
    return ValueSizes(tuple(sizes.known.values()), columns, _change(form, grid))


def _values(words: Sequence[Word], samples: Sequence[PhaseGrid], stencils: Stencils) -> dict[Word, float]:
    """The root mean square of words and of all that they are made of."""
    steps = steps_of(words)
    squares = np.array([[np.mean(np.square(values)) for values in each_value(steps, one, stencils, (0,))]
                        for one in samples])
    return {word: float(one) for (word, _), one in zip(steps, np.sqrt(np.mean(squares, axis=0)), strict=True)}


@dataclass
class _Sizes:
    """The sizes found so far, each after its source; of frames that are grids of their own."""

    samples: tuple[PhaseGrid, ...]
    stencils: Stencils
    values: Mapping[Word, float]
    known: dict[Word, ValueSize] = field(default_factory=dict)

    def of(self, word: Word) -> ValueSize:
        """The size of a word."""
        if word not in self.known:
            self.known[word] = self._measured(word)
        return self.known[word]

    def _measured(self, word: Word) -> ValueSize:
        rms = self.values[word]
        if not word.letters:
            return ValueSize(str(word), None, rms, rms, max(self._of_base(word), EPSILON * rms), False)
        letter, inner = word.letters[0], Word(word.letters[1:], word.base)
        source = self.of(inner)
        grown = self._gain(letter) * max(source.rounding, EPSILON * source.rms)
        weighted = any(one.multiplies and one.touched & letter.averaged_axes for one in inner.letters[:1])
        return ValueSize(str(word), source.name, rms, source.rms, grown, letter.averages, letter.averages and weighted)

    def _of_base(self, word: Word) -> float:
        """What rounding makes of a field, a product or a function of words."""
        base = word.base
        if isinstance(base, Field):
            return 0.0
        parts = [self.of(one) for one in word.inner]
        whole = self.values[word]
        if isinstance(base, Function):
            return EPSILON * whole
        return sum(part.rounding * whole / part.rms for part in parts if part.rms > 0.0)

    def _gain(self, letter: Operator) -> float:
        """How many times an error grows at most."""
        gain = 1.0
        for rule in letter.rules:
            gain *= self._gain_of(rule)
        return gain

    def _gain_of(self, rule: Rule) -> float:
        if isinstance(rule, Sum):
            gains = []
            for term in rule.terms:
                gains.append(float(np.prod([self._gain_of(part) for part in term])))
            return sum(gains)
        if isinstance(rule, Profile):
            return max(float(np.max(np.abs(function(one, rule.expression)[1]))) for one in self.samples)
        if isinstance(rule, Quadrature):
            name = kernel_name(rule)
            if name is None:
                return 1.0
            return float(np.max(np.sum(np.abs(self.samples[0].matrices[(rule.axis, name)]), axis=1)))
        if not isinstance(rule, Stencil):
            return 1.0
        axis = self.samples[0].axis(rule.axis)
        offsets = (central_offsets(self.stencils, rule) if rule.lean is None
                   else leaning_offsets(self.stencils, rule, rule.sides[0])[0])
        _, weights = point_weights(formula(rule.axis, rule.order, offsets, axis.spacing is not None), axis)
        return float(np.max(np.sum(np.abs(weights), axis=1)))


def _change(form: Residual, grid: FrameWindows) -> ValueSize:
    """The size of the left-hand side."""
    weights = form.time_weights
    found = []
    firsts = sampled_residuals(grid.frames - len(weights) + 1)
    for some in grid.runs([(first, first + len(weights)) for first in firsts]):
        frames = some.fields[form.target.name]
        sizes = [_rms(frame) for frame in frames]
        rounding = EPSILON * sum(abs(weight) * size for weight, size in zip(weights, sizes, strict=True))
        found.append((_rms(np.tensordot(weights, frames, axes=1)), max(sizes), rounding))
    rms, whole, rounding = (max(column) for column in zip(*found, strict=True))
    return ValueSize(form.target.name, None, rms, whole, rounding, False)


def _rms(values: Array) -> float:
    return float(np.sqrt(np.mean(np.square(values))))
