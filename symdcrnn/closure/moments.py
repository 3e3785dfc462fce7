"""Data of moments, and the words that equations of moments may have."""

from __future__ import annotations

import re
from collections.abc import Sequence

from symdcrnn.data.files.stored import StoredTrajectory
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.errors import InputError
from symdcrnn.forms.of_data import moment_names, moment_number, moments_of

MOMENT = re.compile(r"m(0|[1-9]\d?)", re.ASCII)


def moment_data(
    trajectories: Sequence[Trajectory | StoredTrajectory], order: object, close: bool
) -> list[Trajectory]:
    """Moments m0, m1, ... of every trajectory.

    Parameters
    ----------
    trajectories : sequence of Trajectory
        Of one field with a velocity, or of moments already; other fields are kept.
    order : int
        The highest moment that has an equation.
    close : bool
        Whether that equation reads no moment beyond; otherwise the data has one more.

    Raises
    ------
    InputError
        If there is no such field, the moments are too few, or data is on disk.
    """
    highest = moment_number(order) + (not close)
    found = []
    for one in trajectories:
        if isinstance(one, StoredTrajectory):
            raise InputError("moments are made of data in memory: leave --memory and --scheduler out, or write them to "
                             "a file first, by symdcrnn form --data FILE --moments N --fields OUT")
        given = [name for name in one.field_names if MOMENT.fullmatch(name)]
        velocities = {axis.name for axis in one.axes if axis.role == "velocity"}
        kinetic = [name for name in one.field_names if velocities & set(one.axes_of(name))]
        if given and not kinetic:
            wanted = moment_names(highest)
            lacking = [name for name in wanted if name not in given]
            if lacking:
                raise InputError(f"the data has the moments {', '.join(given)}, and {', '.join(lacking)} are needed as "
                                 "well: ask for fewer, or give f")
            found.append(Trajectory(one.dataset.drop_vars([name for name in given if name not in wanted]),
                                    one.notices))
        elif len(kinetic) == 1:
            found.append(moments_of(one, highest, kinetic[0]))
        else:
            raise InputError(f"moments are those of one field with a velocity, and the data has "
                             f"{', '.join(kinetic) or 'none'}: give f alone, or moments m0, m1, ...")
    return found


def moment_words(trajectory: Trajectory, order: int, close: bool) -> tuple[str, ...]:
    """The words that equations of moments may have, each with the equation that it is for.

    All moments and their gradients, but in the equation of the last moment under a closure: that moment, its first and
    second derivatives and the gradient of the one before are what a symmetric system can have.

    Parameters
    ----------
    trajectory : Trajectory
        Of moments.
    order : int
        The highest moment that has an equation.
    close : bool

    Raises
    ------
    InputError
        If the moments do not depend on one axis of space.
    """
    space = [axis.name for axis in trajectory.axes if axis.role == "space" and axis.name in trajectory.axes_of("m0")]
    if len(space) != 1:
        raise InputError("moments here are those along one axis of space, and the data has "
                         f"{', '.join(space) or 'none'}")
    [x], every = space, moment_names(order + (not close))
    whole = moment_names(order - 1 if close else order)
    words = [f"{target}:{word}" for target in whole for moment in every for word in (moment, f"d_{x} {moment}")
             if word != target]
    if close:
        last = every[-1]
        before = [f"{last}:d_{x} {every[-2]}"] if order else []
        words += [*before, f"{last}:d_{x} {last}", f"{last}:{second_derivative(x)} {last}"]
    return tuple(words)


def second_derivative(axis: str) -> str:
    """How the second derivative along an axis is written."""
    return f"d_{axis}{'' if len(axis) == 1 else '_'}{axis}"
