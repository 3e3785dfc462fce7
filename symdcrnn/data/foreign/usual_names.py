"""Names that people give to t, x, v and u, which are taken as these where nothing else can be meant."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

AXES: dict[str, tuple[str, ...]] = {
    "t": ("time", "times", "tt", "ts", "T", "tspan", "t_grid", "frame", "frames", "snapshot", "snapshots"),
    "x": ("xx", "xs", "X", "pos", "position", "positions", "space", "x_grid"),
    "y": ("yy", "ys", "Y", "y_grid"),
    "z": ("zz", "zs", "Z", "z_grid"),
    "v": ("vv", "vs", "V", "vel", "velocity", "velocities", "v_grid"),
}
"""By axis, what else it is called."""

FIELDS: dict[str, tuple[str, ...]] = {"u": ("usol", "uu", "sol", "solution", "u_sol", "U")}
"""By field, what the only one of a file is called."""

SCALARS_IN_TIME = ("norm", "norms", "mass", "energy", "entropy", "momentum", "error", "errors", "residual", "residuals",
                   "iterations", "steps", "cfl")
"""What programs write beside their fields, one number for each frame."""


def usual_axes(candidates: Collection[str], taken: Collection[str]) -> dict[str, str]:
    """By name in the data, the axis that it stands for; where two could be one axis none of them is.

    Parameters
    ----------
    candidates : collection of str
        What may be an axis.
    taken : collection of str
        Names that mean something already.
    """
    found: dict[str, str] = {}
    for axis, names in AXES.items():
        here = [name for name in names if name in candidates]
        if axis not in taken and len(here) == 1:
            found[here[0]] = axis
    return found


def usual_fields(candidates: Collection[str], taken: Collection[str]) -> dict[str, str]:
    """By name in the data, the field that the only candidate stands for."""
    found: dict[str, str] = {}
    for field, names in FIELDS.items():
        found |= {name: field for name in candidates if len(candidates) == 1 and name in names and field not in taken}
    return found


def taken_as(found: Mapping[str, str]) -> list[str]:
    """That names were taken as others, a line for each."""
    return [f"took {old} as {new}, by its name" for old, new in found.items()]


def is_scalar_in_time(name: str) -> bool:
    """Whether a function of t alone is what a program reports of its fields, by its name."""
    parts: Sequence[str] = name.lower().split("_")
    return any(part in SCALARS_IN_TIME for part in parts)
