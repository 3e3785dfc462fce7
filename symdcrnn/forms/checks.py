"""What is asked of data and of models before they are moved."""

from __future__ import annotations

from collections.abc import Collection

from symdcrnn.data.trajectory import Trajectory
from symdcrnn.errors import InputError
from symdcrnn.given import check_kind, described, real_number


def scale_of(epsilon: object, known: float | None, where: str) -> float:
    """The epsilon of f = rho + epsilon g.

    Parameters
    ----------
    epsilon : float or None
        As it is asked for.
    known : float or None
        That of the data or of the model, where none is asked for.
    where : str
        What does not know it.

    Raises
    ------
    InputError
        If it is not known, or no positive number.
    """
    if epsilon is None and known is None:
        raise InputError(f"{where} says no epsilon: give it, such as epsilon=1/64, or 1 where nothing is small")
    value = real_number(known if epsilon is None else epsilon)
    if value is None or value <= 0.0:
        raise InputError(f"epsilon is {described(epsilon)}: give a positive number, such as 1/64")
    return value


def check_trajectory(trajectory: object, where: str) -> None:
    """Refuse all but a trajectory."""
    check_kind(trajectory, Trajectory, f"{where}, as its data", "give a Trajectory, such as read_trajectory reads")


def check_new(names: Collection[str], taken: Collection[str], what: str) -> None:
    """Refuse names of new fields that are taken.

    Raises
    ------
    InputError
        Naming the first.
    """
    twice = [name for name in names if name in taken]
    if twice or len(set(names)) < len(names):
        raise InputError(f"{(twice or list(names))[0]!r} is the name of two things in the {what}: choose another name "
                         "for the new field")
