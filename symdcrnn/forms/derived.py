"""Models of equations that were derived from those of another model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from symdcrnn.equation import LearnedEquation, LearnedFunction, LearnedTerm
from symdcrnn.limits.output.as_model import UNTRAINED
from symdcrnn.model import DataSummary, Model
from symdcrnn.results.units import with_units
from symdcrnn.settings import FitSettings

SCHEME = "newton-cotes8"
"""Of residuals, where they are asked for."""

Sums = tuple[tuple[LearnedTerm, ...], tuple[LearnedFunction, ...]]


def derived_model(
    model: Model, data: DataSummary, equations: Mapping[str, Sums], sources: Sequence[LearnedEquation]
) -> Model:
    """A model with the stencils and the own letters of another one.

    Parameters
    ----------
    model : Model
        What it was derived from.
    data : DataSummary
        With the fields of the new equations.
    equations : mapping of str to tuple
        Terms and functions by target.
    sources : sequence of LearnedEquation
        The equations that these were made of.
    """
    certain = all(one.certain for one in sources)
    made = tuple(
        LearnedEquation(
            target=target, terms=terms, functions=functions, scales=max((one.scales for one in sources), default=0),
            scheme=SCHEME, rate=0.0, judge=SCHEME, jump=1.0, runner_up=1.0, path=(), condition=1.0,
            collinear=(), vanishing={}, loss=0.0, residual=0.0, points=0, converged=True, network=UNTRAINED,
            certain=certain)
        for target, (terms, functions) in equations.items())
    old = model.settings
    named = [[*(term.word for term in terms), *(one.word for one in functions)]
             for terms, functions in equations.values()]
    settings = FitSettings(
        equations=tuple(equations), operators=("I",), layers=0, scales=0,
        words=tuple(dict.fromkeys(word for words in named for word in words)),
        own_operators=old.own_operators, transport_stencil=old.transport_stencil, central_stencil=old.central_stencil)
    return with_units(Model(made, settings, replace(data, noise={}), {}, 0.0))
