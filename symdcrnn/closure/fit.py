"""From f, or from moments, to equations of moments in one step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from symdcrnn.closure.hyperbolicity import hyperbolicity, moment_system
from symdcrnn.closure.moments import moment_data, moment_words
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.fitting.fit import fit
from symdcrnn.forms.of_data import moment_names, moment_number
from symdcrnn.model import Model
from symdcrnn.setting_entries import with_dictionary_alone


def fit_moments(
    trajectories: Trajectory | Sequence[Trajectory], order: int, close: bool = False, **settings: Any
) -> Model:
    """Learn the equations of the moments m0 to mN.

    Parameters
    ----------
    trajectories : Trajectory or sequence of Trajectory
        Of f, whose moments m_l = <P_l(v) f> (or <v^l f>, see `moments_of`) are taken, or of moments.
    order : int
        N.
    close : bool
        Whether the last equation has to do without the moment beyond it: a closure, whose words are m_N, its first and
        second derivatives and the gradient of m_{N-1}, so that the system can be symmetric hyperbolic. The check
        ``hyperbolicity`` says whether it is, and dissipates.
    **settings
        What else `fit` takes by name; ``words`` are further ones, such as ``"m0:exp(-x^2)"`` for a source.

    Returns
    -------
    Model

    Raises
    ------
    InputError
        If the data has no moments of that number, or as `fit`.
    """
    given = [trajectories] if isinstance(trajectories, Trajectory) else list(trajectories)
    count, data = moment_number(order), moment_data(given, order, close)
    model = fit(data, **with_dictionary_alone(moment_settings(data, count, close, settings)))
    return with_hyperbolicity(model, data, count) if close else model


def moment_settings(data: Sequence[Trajectory], order: int, close: bool, given: dict[str, Any]) -> dict[str, Any]:
    """Settings with the words of equations of moments before those that were given.

    Parameters
    ----------
    data : sequence of Trajectory
        Of moments.
    order : int
    close : bool
    given : dict
        Settings by name.
    """
    return {"equations": tuple(moment_names(order)), **given,
            "words": (*moment_words(data[0], order, close), *(given.get("words") or ()))}


def with_hyperbolicity(model: Model, data: Sequence[Trajectory], order: int) -> Model:
    """A model whose equation of the last moment says whether all of them are symmetric hyperbolic.

    Parameters
    ----------
    model : Model
        Unchanged where an equation of a moment is missing.
    data : sequence of Trajectory
        That it was learned from.
    order : int
    """
    by_name = {one.target: one for one in model.equations}
    names = moment_names(order)
    if not set(names) <= by_name.keys():
        return model
    axis = next(axis.name for axis in data[0].axes if axis.role == "space" and axis.name in data[0].axes_of("m0"))
    found = [hyperbolicity(moment_system([by_name[name] for name in names], axis, epsilon))
             for epsilon in dict.fromkeys(one.epsilon for one in data)]
    # Of several epsilon the one that fails, if one does.
    check = next((one for one in found if not one.passed), found[0])
    last = by_name[names[-1]]
    closed = replace(last, checks=(*last.checks, check), certain=last.certain and check.passed)
    return replace(model, equations=tuple(closed if one is last else one for one in model.equations))
