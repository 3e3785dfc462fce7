"""The exact equations that data may carry, in the form that the data is moved to."""

from __future__ import annotations

import json
from collections.abc import Callable

import xarray

from symdcrnn.data.trajectory import Trajectory
from symdcrnn.equation import LearnedTerm
from symdcrnn.errors import InputError
from symdcrnn.forms.derived import derived_model
from symdcrnn.model import DataSummary, Model
from symdcrnn.settings import FitSettings

EXACT = "exact"
"""The attribute of the data."""


def with_exact(
    before: Trajectory, dataset: xarray.Dataset, move: Callable[[Model], Model]
) -> tuple[xarray.Dataset, tuple[str, ...]]:
    """A dataset with the exact equations of other data moved, and a notice where they cannot be.

    Parameters
    ----------
    before : Trajectory
        As it was.
    dataset : xarray.Dataset
        As it is now.
    move : callable
        What is done to equations.
    """
    kept = {name: value for name, value in dataset.attrs.items() if name != EXACT}
    known = before.exact
    if known is None:
        return dataset.assign_attrs(kept), ()
    made = dataset.copy()
    try:
        moved = move(_model(before, known))
    except InputError as error:
        made.attrs = kept
        return made, (f"left out the exact equations, which cannot be moved: {error}",)
    exact = {one.target: one.coefficients for one in moved.equations}
    made.attrs = {**kept, EXACT: json.dumps(exact)}
    return made, ()


def _model(trajectory: Trajectory, known: dict[str, dict[str, float]]) -> Model:
    summary = DataSummary.of([trajectory], (), {})
    sums = {target: (tuple(LearnedTerm(word, value, error=0.0) for word, value in words.items()), ())
            for target, words in known.items()}
    return derived_model(Model((), FitSettings(), summary, {}, 0.0), summary, sums, ())
