"""Meshes of openPMD files (the standard for particle-in-cell and mesh data), version 1 and 2, in HDF5.

Every iteration of a file is a frame at its `time` times `timeUnitSI`.  Meshes, or their components such as E_x, are
fields; axes are called by `axisLabels` and stand at ``(gridGlobalOffset + (i + position) gridSpacing) gridUnitSI``.
All numbers are in the SI units that the file states.  Records of particles are left out.
Source: https://github.com/openPMD/openPMD-standard
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from symdcrnn.data.attributes import plain
from symdcrnn.data.files.codes.written import Arrays, written
from symdcrnn.data.files.memory import check_memory
from symdcrnn.data.files.places import Place
from symdcrnn.errors import InputError

if TYPE_CHECKING:
    import h5py  # type: ignore[import-untyped, unused-ignore]

Array = NDArray[np.float64]
Grid = tuple[tuple[str, ...], tuple[tuple[float, ...], ...]]
"""The names of the axes of a mesh, and their points."""

VERSIONS = ("1", "2")

SI = ("m", "kg", "s", "A", "K", "mol", "cd")
"""What the exponents of `unitDimension` belong to."""


def is_openpmd(file: h5py.File) -> bool:
    """Whether an HDF5 file says that it is of this standard."""
    return "openPMD" in file.attrs and "basePath" in file.attrs


def read_openpmd(file: h5py.File, place: Place, notices: list[str]) -> Arrays:
    """The meshes of all iterations of a file that share the grid of the largest one.

    Raises
    ------
    InputError
        If the file is of another version of the standard, or has no iteration with meshes.
    """
    version = str(plain(file.attrs["openPMD"]))
    if version.partition(".")[0] not in VERSIONS:
        raise InputError(f"is of version {version} of openPMD: versions {' and '.join(VERSIONS)} are known, convert it")
    iterations = _iterations(file)
    meshes_path = str(plain(file.attrs.get("meshesPath", "meshes/"))).strip("/")
    frames = [dict(_records(found.get(meshes_path))) for _, found in iterations]
    if not frames or not all(frames):
        raise InputError(f"has {len(iterations)} iterations of openPMD, and not all have meshes under {meshes_path!r}: "
                         "records of particles cannot be fitted")
    if any("particles" in found for _, found in iterations):
        notices.append("left out the particles of the openPMD file")
    grids = {name: _grid(mesh, component) for name, (mesh, component) in frames[0].items()}
    wanted = place.steps[-1] if place.steps and place.steps[-1] in grids else max(
        grids, key=lambda name: int(np.prod([len(points) for points in grids[name][1]])))
    chosen = [name for name in grids if grids[name] == grids[wanted] and all(name in frame for frame in frames)]
    others = [name for name in grids if name not in chosen]
    if others:
        notices.append(f"left out the meshes {', '.join(others)}, which stand on other points than {wanted}")
    labels, points = grids[wanted]
    check_memory(8 * len(frames) * len(chosen) * int(np.prod([len(one) for one in points])))
    fields: dict[str, tuple[Sequence[str], NDArray[Any]]] = {
        name: (("t", *labels), np.array([_values(*frame[name], labels) for frame in frames])) for name in chosen}
    times = np.array([_time(found) for _, found in iterations])
    units = {"t": "s"} | {name: _units(frames[0][name][0]) for name in chosen}
    units |= {label: "m" for label in labels if label in ("x", "y", "z", "r")}
    return written({"t": times} | dict(zip(labels, map(np.array, points), strict=True)), fields, units, _said(file))


def _iterations(file: h5py.File) -> list[tuple[int, Any]]:
    """Number and group of every iteration, in the order of their numbers."""
    base = str(plain(file.attrs["basePath"])).partition("%T")[0].strip("/")
    group = file.get(base)
    if group is None:
        raise InputError(f"has no group {base!r} of iterations, which its attribute basePath names: write it anew")
    numbered = [(int(name), group[name]) for name in group if re.fullmatch(r"\d+", name)]
    return sorted(numbered, key=lambda one: one[0])


def _records(meshes: Any) -> Iterator[tuple[str, tuple[Any, Any]]]:
    """By name the mesh and its component, which are one where it is a scalar."""
    for name in meshes if meshes is not None else ():
        mesh = meshes[name]
        if hasattr(mesh, "shape") or "shape" in mesh.attrs:
            yield name, (mesh, mesh)
        else:
            for component in mesh:
                yield f"{name}_{component}", (mesh, mesh[component])


def _shape(component: Any) -> tuple[int, ...]:
    """Of the values; those of a constant component are not stored."""
    return tuple(map(int, component.shape if hasattr(component, "shape") else np.atleast_1d(component.attrs["shape"])))


def _labels(mesh: Any) -> tuple[str, ...]:
    """The names of the axes in the order in which they are in the file."""
    labels = tuple(str(plain(label)) for label in np.atleast_1d(mesh.attrs["axisLabels"]))
    return labels[::-1] if str(plain(mesh.attrs.get("dataOrder", "C"))) == "F" else labels


def _grid(mesh: Any, component: Any) -> Grid:
    """Names and points of the axes."""
    try:
        labels, shape = _labels(mesh), _shape(component)
        spacing, offset = (np.asarray(mesh.attrs[name], dtype=np.float64).reshape(-1)
                           for name in ("gridSpacing", "gridGlobalOffset"))
        unit = np.broadcast_to(np.asarray(mesh.attrs.get("gridUnitSI", 1.0), dtype=np.float64), spacing.shape)
        position = np.asarray(component.attrs.get("position", np.zeros(len(shape))), dtype=np.float64).reshape(-1)
    except KeyError as error:
        raise InputError(f"{mesh.name} lacks the attribute {error.args[0]!s} of openPMD: write it anew") from None
    if str(plain(mesh.attrs.get("dataOrder", "C"))) == "F":
        spacing, offset, unit, position = spacing[::-1], offset[::-1], unit[::-1], position[::-1]
    if not len(labels) == len(shape) == spacing.size == offset.size == position.size:
        raise InputError(f"{component.name} has {len(shape)} axes, but its attributes of openPMD describe "
                         f"{len(labels)}: write it anew")
    points = tuple(tuple((unit[axis] * (offset[axis] + (np.arange(size) + position[axis]) * spacing[axis])).tolist())
                   for axis, size in enumerate(shape))
    return labels, points


def _values(mesh: Any, component: Any, labels: tuple[str, ...]) -> Array:
    unit = float(np.asarray(component.attrs.get("unitSI", 1.0)))
    if hasattr(component, "shape"):
        return np.asarray(component[()], dtype=np.float64) * unit
    return np.full(_shape(component), float(np.asarray(component.attrs["value"])) * unit)


def _time(iteration: Any) -> float:
    try:
        return float(np.asarray(iteration.attrs["time"])) * float(np.asarray(iteration.attrs.get("timeUnitSI", 1.0)))
    except KeyError:
        raise InputError(f"{iteration.name} lacks the attribute time of openPMD: write it anew") from None


def _units(mesh: Any) -> str:
    """The SI units of a mesh, from the exponents of its dimension."""
    exponents = np.asarray(mesh.attrs.get("unitDimension", np.zeros(len(SI)))).reshape(-1)
    if exponents.size != len(SI) or not np.array_equal(exponents, np.round(exponents)):
        return ""
    powers = {name: round(float(power)) for name, power in zip(SI, exponents, strict=True)}
    return " ".join(name if power == 1 else f"{name}{power}" for name, power in powers.items() if power)


def _said(file: h5py.File) -> dict[str, str | int | float]:
    found = {name: plain(file.attrs[name]) for name in ("software", "softwareVersion", "author", "date", "comment")
             if name in file.attrs}
    return {name: value for name, value in found.items() if isinstance(value, str | int | float)}
