"""Grids and phase spaces that OSIRIS dumps, one file a frame, in HDF5.

The attribute TIME is the time of the frame; AXIS/AXIS1 are the ends of the last axis, AXIS/AXIS2 those of the one
before it, and so on; their attributes give names and units.  x1, x2, x3 are called x, y, z; momenta are velocities.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from symdcrnn.data.attributes import plain
from symdcrnn.data.files.codes.written import Arrays, written
from symdcrnn.data.files.memory import check_memory
from symdcrnn.data.files.places import Place
from symdcrnn.data.roles import Role
from symdcrnn.errors import InputError

if TYPE_CHECKING:
    import h5py  # type: ignore[import-untyped, unused-ignore]

IN_SPACE = {"x1": "x", "x2": "y", "x3": "z"}


def is_osiris(file: h5py.File) -> bool:
    """Whether an HDF5 file has the attributes and the group of axes that OSIRIS writes."""
    return "TIME" in file.attrs and "ITER" in file.attrs and ("AXIS" in file or "SIMULATION" in file)


def read_osiris(file: h5py.File, place: Place, notices: list[str]) -> Arrays:
    """The field of a dump, with its axes and its time.

    Raises
    ------
    InputError
        If it holds particles, or is no grid with two ends for every axis.
    """
    import h5py

    if str(plain(file.attrs.get("TYPE", "grid"))).strip().lower() != "grid" or "AXIS" not in file:
        raise InputError("holds particles of OSIRIS, which cannot be fitted: give a grid or a phase space of them")
    found = {name: one for name, one in file.items() if isinstance(one, h5py.Dataset) and one.ndim > 0
             and place.steps in ((), (name,))}
    if not found:
        raise InputError("has no grid of OSIRIS: it may have been cut short, copy it anew")
    shapes = {one.shape for one in found.values()}
    if len(shapes) > 1:
        raise InputError(f"has grids of several shapes ({', '.join(found)}): name one as "
                         f"{place.file}:/{next(iter(found))}")
    (shape,) = shapes
    check_memory(8 * len(found) * int(np.prod(shape)))
    coordinates: dict[str, Any] = {"t": np.asarray(file.attrs["TIME"], dtype=np.float64).reshape(-1)}
    units, roles = {"t": _text(file, "TIME UNITS")}, dict[str, Role]()
    labels = []
    for number, size in enumerate(reversed(shape), 1):
        axis = file["AXIS"].get(f"AXIS{number}")
        if axis is None or axis.size != 2:
            raise InputError(f"has a grid of {len(shape)} axes, but no AXIS/AXIS{number} with its two ends: copy it "
                             "anew")
        own = _text(axis, "NAME") or f"x{number}"
        name = IN_SPACE.get(own, own)
        low, high = (float(end) for end in axis[()])
        coordinates[name] = low + (high - low) / size * np.arange(size)
        units[name] = _text(axis, "UNITS")
        if own not in IN_SPACE:
            roles[name] = "velocity" if own[:1] in "pv" else "space"
        labels.append(name)
    fields = {name.replace(" ", "_"): (("t", *reversed(labels)), np.asarray(one[()], dtype=np.float64)[None])
              for name, one in found.items()}
    units |= {name.replace(" ", "_"): _text(one, "UNITS") for name, one in found.items()}
    notices.append(f"took the time and the axes {', '.join(reversed(labels))} of OSIRIS dumps")
    return written(coordinates, fields, units, {}, roles)


def _text(found: Any, name: str) -> str:
    value = plain(np.atleast_1d(found.attrs[name])[0]) if name in found.attrs else ""
    return str(value).strip()
