"""Models as a fit would have learned them, without a fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from symdcrnn.equation import LearnedEquation, LearnedFunction, LearnedTerm
from symdcrnn.limits.output.as_model import UNTRAINED
from symdcrnn.model import AxisSummary, DataSummary, Model
from symdcrnn.settings import FitSettings

X = AxisSummary("x", "space", 64, 1 / 64, True, False, True)
V = AxisSummary("v", "velocity", 16, None, False, True, True)

Terms = Mapping[str, tuple[float, float | None] | tuple[float, float | None, int]]
"""Coefficient, error and power of 1/epsilon by word."""


def learned(
    equations: Mapping[str, Terms], fields: Mapping[str, tuple[str, ...]], axes: Sequence[AxisSummary] = (V, X),
    functions: Mapping[str, Sequence[LearnedFunction]] | None = None, scales: int = 2,
    coordinates: Mapping[str, tuple[str, ...]] | None = None, known: Mapping[str, tuple[str, ...]] | None = None,
) -> Model:
    """A model of some terms."""
    made = tuple(
        LearnedEquation(
            target=target, terms=tuple(LearnedTerm(word, one[0], error=one[1], power=one[2] if len(one) > 2 else 0)
                                       for word, one in terms.items()),
            scales=scales, scheme="newton-cotes8", rate=0.1, judge="newton-cotes8", jump=1e3, runner_up=1.0, path=(),
            condition=1.0, collinear=(), vanishing={}, loss=0.0, residual=0.0, points=1000, converged=True,
            network=UNTRAINED, functions=tuple((functions or {}).get(target, ())))
        for target, terms in equations.items())
    data = DataSummary(dict(fields), tuple(axes), 10, 0.01, (), dict(coordinates or {"x": ("x",), "v": ("v",)}),
                       dict(known or {}))
    return Model(made, FitSettings(), data, {}, 1.0)


F = {"f": ("t", "v", "x")}
MICRO_MACRO = {"g": ("t", "v", "x"), "rho": ("t", "x")}
