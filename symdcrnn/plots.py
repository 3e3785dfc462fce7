"""All pictures by name: of data, of a model, and of both together. A new picture is one new entry in `PICTURES`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symdcrnn.data.trajectory import Trajectory
from symdcrnn.data.units import units_of
from symdcrnn.errors import InputError, lookup
from symdcrnn.report.pictures.canvas import WIDEST

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from symdcrnn.equation import LearnedEquation
    from symdcrnn.model import Model

Array = NDArray[np.float64]
Known = Mapping[str, ArrayLike]

MOST_FRAMES = 60
"""So many frames at most tell how alike terms are."""


class NothingToDrawError(InputError):
    """A model or data has nothing that a picture would show."""


@dataclass(frozen=True)
class Plots:
    """The pictures of a model, each a figure of matplotlib: ``model.plot.path().savefig("path.png")``.

    Parameters
    ----------
    model : Model

    Raises
    ------
    InputError
        By each method where the model or the data has nothing to show, or not what is needed.
    """

    model: Model

    def data(self, trajectory: Trajectory) -> Figure:
        """The fields of some data."""
        from symdcrnn.report.pictures.fields import draw_data

        return draw_data(trajectory)

    def forecast(self, trajectory: Trajectory, known: Known | None = None) -> Figure:
        """Data, the forecast from its first frame, and their difference."""
        from symdcrnn.report.pictures.fields import draw_forecast
        from symdcrnn.simulation import simulate

        made = simulate(self.model, trajectory, known=known)
        fields = [equation.target for equation in self.model.equations]
        return _there(draw_forecast(trajectory, made.trajectory, fields, WIDEST), "no frame that the data has too")

    def coefficients(self, target: str | None = None) -> Figure:
        """Coefficients with error bars."""
        from symdcrnn.report.pictures.coefficients import draw_coefficients

        return _there(draw_coefficients(self._one(target)), "no coefficient that is a number")

    def functions(self, target: str | None = None, trajectory: Trajectory | None = None) -> Figure:
        """Coefficients that are functions with their bands; over the x of some data, else from its left end."""
        from symdcrnn.report.pictures.functions import draw_functions

        equations = self.model.equations if target is None else [self.model[target]]
        start = float(trajectory.x[0]) if trajectory is not None and "x" in trajectory.dataset.dims else None
        return _there(draw_functions(equations, WIDEST, start), "no coefficient that is a function")

    def path(self, target: str | None = None) -> Figure:
        """The selection of terms."""
        from symdcrnn.report.pictures.selection import draw_path

        return _there(draw_path(self._one(target)), "no selection of terms")

    def residual(self, trajectory: Trajectory, target: str | None = None, known: Known | None = None) -> Figure:
        """A map of what the equation leaves."""
        from symdcrnn.changes import changes
        from symdcrnn.report.pictures.residuals import draw_residual

        name = self._one(target).target
        return draw_residual(name, changes(self.model, trajectory, name, known), units_of(trajectory))

    def spectrum(self, trajectory: Trajectory, target: str | None = None, known: Known | None = None) -> Figure:
        """Spectra of the rate and of what the equation leaves of it."""
        from symdcrnn.changes import changes
        from symdcrnn.report.pictures.residuals import draw_spectrum

        name = self._one(target).target
        return _there(draw_spectrum(name, changes(self.model, trajectory, name, known), units_of(trajectory)),
                      "too few points for a spectrum")

    def rates(self, trajectory: Trajectory, target: str | None = None, known: Known | None = None) -> Figure:
        """The right-hand side on the difference of frames, at one time."""
        from symdcrnn.report.pictures.residuals import draw_comparison
        from symdcrnn.report.rates import compare_rates

        name = self._one(target).target
        return draw_comparison(name, compare_rates(self.model, trajectory, name, known), units_of(trajectory))

    def collinearity(self, trajectory: Trajectory, target: str | None = None, known: Known | None = None) -> Figure:
        """How alike the terms of an equation are in some data."""
        from symdcrnn.report.pictures.collinearity import draw_collinearity

        learned = self._one(target)
        words, correlations = correlations_of(self.model, learned, trajectory, known)
        return _there(draw_collinearity(learned.target, words, correlations), "fewer than two terms")

    def network(self, target: str | None = None) -> Figure:
        """The trained networks as trees."""
        from symdcrnn.report.pictures.network import draw_network

        learned, settings = self._one(target), self.model.settings
        bases = [*self.model.data.fields, *settings.nonlinear]
        found = None if settings.dictionary_alone else draw_network(
            learned.target, learned.network, settings.operators, bases, settings.layers)
        return _there(found, "no networks")

    def _one(self, target: str | None) -> LearnedEquation:
        if target is not None:
            return self.model[target]
        if len(self.model.equations) > 1:
            names = ", ".join(equation.target for equation in self.model.equations)
            raise InputError(f"the model has equations of {names}: name one")
        return self.model.equations[0]


def _there(figure: Figure | None, lacking: str) -> Figure:
    if figure is None:
        raise NothingToDrawError(f"there is nothing to draw: {lacking}")
    return figure


def correlations_of(
    model: Model, learned: LearnedEquation, trajectory: Trajectory, known: Known | None = None
) -> tuple[list[str], Array]:
    """The terms of an equation, and the correlations of their values in some data.

    Parameters
    ----------
    model : Model
    learned : LearnedEquation
        Of the model.
    trajectory : Trajectory
    known : mapping, optional
        As that of `right_hand_side`.

    Raises
    ------
    InputError
        If the data does not have what the terms need.
    """
    from symdcrnn.evaluation import right_hand_side

    few = trajectory.select(0, None, max(-(-trajectory.frames // MOST_FRAMES), 1))
    columns = []
    for alone in _alone(learned):
        own = replace(model, equations=tuple(alone if one is learned else one for one in model.equations))
        values = right_hand_side(own, few, learned.target, known).ravel()
        columns.append(values)
    table = np.array(columns)
    table = table[:, np.isfinite(table).all(axis=0)] if columns else table
    sizes = np.sqrt(np.sum(table**2, axis=1)) if columns else np.zeros(0)
    scaled = table / np.maximum(sizes, np.finfo(float).tiny)[:, None] if columns else table
    words = [*(term.word for term in learned.terms), *(one.word for one in learned.functions)]
    return words, scaled @ scaled.T if columns else np.zeros((0, 0))


def _alone(learned: LearnedEquation) -> Iterator[LearnedEquation]:
    """The equation with the coefficients of all terms but one zero, for each of them: its kernel stays the same."""
    none = tuple(replace(term, coefficient=0.0) for term in learned.terms)
    gone = tuple(replace(one, values=(0.0,) * len(one.values)) for one in learned.functions)
    for place in range(len(none)):
        yield replace(learned, terms=(*none[:place], learned.terms[place], *none[place + 1:]), functions=gone)
    for place in range(len(gone)):
        yield replace(learned, terms=none, functions=(*gone[:place], learned.functions[place], *gone[place + 1:]))


@dataclass(frozen=True)
class Wanted:
    """What a picture is drawn of.

    Parameters
    ----------
    model : Model or None
    trajectory : Trajectory or None
    target : str or None
        Whose equation; None for that of a picture that shows all.
    known : mapping of str to array_like
    """

    model: Model | None
    trajectory: Trajectory | None
    target: str | None
    known: Known

    @property
    def plots(self) -> Plots:
        """The pictures of the model."""
        if self.model is None:
            raise NothingToDrawError("this picture needs a model: give a file that `symdcrnn fit -o` has written")
        return Plots(self.model)

    @property
    def data(self) -> Trajectory:
        """The data."""
        if self.trajectory is None:
            raise NothingToDrawError("this picture needs data: give a file of snapshots as well")
        return self.trajectory


@dataclass(frozen=True)
class Picture:
    """One picture.

    Parameters
    ----------
    draw : callable
    by_equation : bool
        Whether there is one for each equation.
    """

    draw: Callable[[Wanted], Figure]
    by_equation: bool = True


def _data(one: Wanted) -> Figure:
    from symdcrnn.report.pictures.fields import draw_data

    return draw_data(one.data)


PICTURES: dict[str, Picture] = {
    "data": Picture(_data, False),
    "coefficients": Picture(lambda one: one.plots.coefficients(one.target)),
    "functions": Picture(lambda one: one.plots.functions(one.target, one.trajectory)),
    "path": Picture(lambda one: one.plots.path(one.target)),
    "network": Picture(lambda one: one.plots.network(one.target)),
    "rates": Picture(lambda one: one.plots.rates(one.data, one.target, one.known)),
    "residual": Picture(lambda one: one.plots.residual(one.data, one.target, one.known)),
    "spectrum": Picture(lambda one: one.plots.spectrum(one.data, one.target, one.known)),
    "collinearity": Picture(lambda one: one.plots.collinearity(one.data, one.target, one.known)),
    "forecast": Picture(lambda one: one.plots.forecast(one.data, one.known), False),
}
"""By name, in the order in which they are drawn."""


def draw_pictures(
    model: Model | None, trajectory: Trajectory | None, names: Sequence[str] | None = None,
    target: str | None = None, known: Known | None = None,
) -> tuple[dict[str, Figure], dict[str, str]]:
    """Pictures of a model, of data, or of both.

    Parameters
    ----------
    model : Model or None
    trajectory : Trajectory or None
    names : sequence of str, optional
        Of `PICTURES`; all that there is something to draw of by default.
    target : str, optional
        Whose equation; every one by default.
    known : mapping, optional
        As that of `right_hand_side`.

    Returns
    -------
    figures : dict of str to Figure
        By the name of the picture, and of the equation where there are several.
    left_out : dict of str to str
        Of pictures that were not asked for by name, why they could not be drawn though there is a model and data.

    Raises
    ------
    InputError
        If a picture that was asked for cannot be drawn, or there is none.
    """
    found: dict[str, Figure] = {}
    left_out: dict[str, str] = {}
    targets: list[str | None] = ([] if model is None else [one.target for one in model.equations] if target is None
                                 else [target])
    for name in names or PICTURES:
        picture = lookup(PICTURES, name, "picture")
        for own in (targets or [None]) if picture.by_equation else [target]:
            key = f"{name}-{own}" if picture.by_equation and len(targets) > 1 else name
            try:
                found[key] = picture.draw(Wanted(model, trajectory, own, known or {}))
            except InputError as error:
                if names:
                    raise InputError(f"{key}: {error}") from None
                if not isinstance(error, NothingToDrawError):
                    left_out[key] = str(error)
    if not found:
        raise InputError("there is nothing to draw")
    return found, left_out
