"""Which axis of an array is which, where only the sizes can tell. What they leave open is never guessed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from symdcrnn.data.roles import Role, storage_order
from symdcrnn.errors import InputError

Axes = tuple[str, ...]

SAME_AS_X = ("y", "z")
"""Space axes that may share the coordinate of x, in the order in which they are taken."""


def axes_by_size(
    name: str, shape: tuple[int, ...], sizes: Mapping[str, int | None], roles: Mapping[str, Role],
    copies: Sequence[str] = (),
) -> Axes:
    """The axes of an array of two or more axes.

    Parameters
    ----------
    name : str
        Of the array, for the message.
    shape : tuple of int
        Its shape.
    sizes : mapping of str to int or None
        Of the axes there are; None where not known yet.
    roles : mapping of str to Role
        Of the axes beside t.
    copies : sequence of str
        Axes that have the coordinate of x: of those and x, x is the last one, then y, z before it.

    Returns
    -------
    tuple of str
        In the order of the array. Of several sets of axes, one with t comes before one without, then one with more
        space axes, then one with x.

    Raises
    ------
    InputError
        If no order of axes fits, or more than one.
    """
    backward = [axis for axis in ("x", *SAME_AS_X) if axis == "x" or axis in copies]
    fits = [axes for axes in _fits(shape, sizes)
            if not copies or _positions(axes, backward) == sorted(_positions(axes, backward), reverse=True)]
    known = ", ".join(f"{axis}: {size}" for axis, size in sizes.items() if size is not None)
    if not fits:
        raise InputError(f"variable {name!r} has shape {shape}, which does not fit the sizes {known or 'of any axis'}: "
                         f"add the coordinates of its other axes as arrays such as 'x', or a text variable "
                         f"axes_{name} that names its axes, or leave it out")

    def rank(axes: Axes) -> tuple[bool, int, bool]:
        return "t" in axes, sum(roles.get(axis) == "space" for axis in axes), "x" in axes

    best = max(rank(axes) for axes in fits)
    fits = [axes for axes in fits if rank(axes) == best]
    if len(fits) > 1:
        usual = ("t", *storage_order(roles))
        fits.sort(key=lambda axes: [usual.index(axis) for axis in axes])
        orders = " or ".join("(" + ", ".join(order) + ")" for order in fits[:4])
        raise InputError(f"variable {name!r} has shape {shape}, which can be read as {orders}: "
                         f"add a text variable axes_{name} = '{' '.join(fits[0])}' with the true order, or say it, "
                         f"--field '{name}({','.join(fits[0])})'")
    return fits[0]


def _positions(axes: Axes, names: Sequence[str]) -> list[int]:
    return [axes.index(name) if name in axes else -1 for name in names]


def _fits(shape: tuple[int, ...], sizes: Mapping[str, int | None], taken: Axes = ()) -> Iterator[Axes]:
    if len(taken) == len(shape):
        yield taken
        return
    for axis, size in sizes.items():
        if axis not in taken and size in (None, shape[len(taken)]):
            yield from _fits(shape, sizes, (*taken, axis))
