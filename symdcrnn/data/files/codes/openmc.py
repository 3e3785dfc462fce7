"""Tallies of OpenMC statepoint files, with the variances of their means.

A tally over a time filter and a regular mesh is a field of (t, ..., z, y, x): its scores are divided by the width of
every time bin and the volume of every mesh cell, and beside each score `NAME_std` is the standard deviation of its
mean.  Other filters become axes: `mu` a velocity with the widths of its bins as weights, all others an index.
Source: https://docs.openmc.org/en/stable/io_formats/statepoint.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from symdcrnn.data.attributes import plain
from symdcrnn.data.files.codes.written import Arrays, written
from symdcrnn.data.files.memory import check_memory
from symdcrnn.data.files.places import Place
from symdcrnn.data.roles import Role
from symdcrnn.errors import InputError

if TYPE_CHECKING:
    import h5py  # type: ignore[import-untyped, unused-ignore]

Array = NDArray[np.float64]

MAJOR_VERSIONS = (17, 18)
"""Of the format of statepoints."""

SPACE = ("x", "y", "z")


@dataclass(frozen=True)
class Binned:
    """An axis of a tally.

    Parameters
    ----------
    name : str
    points : ndarray, shape (bins,)
        The centres of the bins, or their numbers.
    widths : ndarray, shape (bins,), or None
        What scores are divided by; None for those that stay sums over a bin.
    role : {"space", "velocity", "index"} or None
        None for time.
    units : str
    """

    name: str
    points: Array
    widths: Array | None
    role: Role | None
    units: str = ""


def is_openmc(file: h5py.File) -> bool:
    """Whether an HDF5 file says that it is a statepoint."""
    return str(plain(file.attrs.get("filetype", ""))) == "statepoint"


def read_openmc(file: h5py.File, place: Place, notices: list[str]) -> Arrays:
    """The scores of a tally over time bins, and the standard deviations of their means.

    Raises
    ------
    InputError
        If the file is of a newer version, or no tally or several have a time filter and none is named.
    """
    version = np.asarray(file.attrs.get("version", [0])).reshape(-1)
    if int(version[0]) not in MAJOR_VERSIONS:
        known = " and ".join(map(str, MAJOR_VERSIONS))
        raise InputError(f"is of version {'.'.join(map(str, version))} of OpenMC's statepoints: versions {known} are "
                         "known")
    name, tally = _tally(file, place)
    realisations = int(np.asarray(tally["n_realizations"][()]))
    if realisations < 2:
        raise InputError(f"{name} has {realisations} realisation: run two batches or more, so that its error can be "
                         "told")
    axes = [axis for number in np.atleast_1d(tally["filters"][()]) for axis in _axes(file, int(number), name)]
    scores = [re.sub(r"\W+", "_", str(plain(score))) for score in np.atleast_1d(tally["score_bins"][()])]
    nuclides = [str(plain(one)) for one in np.atleast_1d(tally["nuclides"][()])] if "nuclides" in tally else ["total"]
    results = tally["results"]
    shape = tuple(axis.points.size for axis in axes)
    if results.shape != (int(np.prod(shape)), len(nuclides) * len(scores), 2):
        raise InputError(f"{name} has results of shape {results.shape}, but its filters, nuclides and scores make "
                         f"({int(np.prod(shape))}, {len(nuclides) * len(scores)}, 2): copy the file anew")
    check_memory(4 * 8 * results.size)
    sums = np.asarray(results[()], dtype=np.float64)
    means = sums[..., 0] / realisations
    errors = np.sqrt(np.maximum(sums[..., 1] / realisations - means**2, 0.0) / (realisations - 1))
    volume = np.ones(shape)
    for number, axis in enumerate(axes):
        if axis.widths is not None:
            volume *= axis.widths.reshape([-1 if i == number else 1 for i in range(len(axes))])
    names = [score if nuclide == "total" else f"{score}_{nuclide}" for nuclide in nuclides for score in scores]
    labels = [axis.name for axis in axes]
    variables: dict[str, tuple[list[str], NDArray[Any]]] = {}
    for column, score in enumerate(names):
        variables[score] = (labels, means[:, column].reshape(shape) / volume)
        variables[f"{score}_std"] = (labels, errors[:, column].reshape(shape) / volume)
    for axis in axes:
        if axis.role == "velocity" and axis.widths is not None:
            variables[f"weights_{axis.name}"] = ([axis.name], axis.widths / axis.widths.sum())
    notices.append(f"took {name} of the OpenMC statepoint, {realisations} realisations, with its standard deviations")
    return written({axis.name: axis.points for axis in axes}, variables, {axis.name: axis.units for axis in axes}, {},
                   {axis.name: axis.role for axis in axes if axis.role is not None})


def _tally(file: h5py.File, place: Place) -> tuple[str, Any]:
    """The tally that is named, or the only one over time."""
    group = file.get("tallies")
    tallies = {name: group[name] for name in group if re.fullmatch(r"tally \d+", name)} if group is not None else {}
    named = [step for step in place.steps if step in tallies]
    if named:
        return named[-1], tallies[named[-1]]
    timed = [name for name, one in tallies.items() if "filters" in one
             and any(_kind(file, int(number)) == "time" for number in np.atleast_1d(one["filters"][()]))]
    if not timed:
        raise InputError(f"has no tally with a time filter (tallies found: {', '.join(tallies) or 'none'}): an "
                         "equation in time needs one")
    if len(timed) > 1:
        raise InputError(f"has several tallies over time: choose one as "
                         f"{', '.join(f'{place.file}:/tallies/{name}' for name in timed)}")
    return timed[0], tallies[timed[0]]


def _filter(file: h5py.File, number: int) -> Any:
    found = file.get(f"tallies/filters/filter {number}")
    if found is None:
        raise InputError(f"has no filter {number}, which a tally is over: copy the file anew")
    return found


def _kind(file: h5py.File, number: int) -> str:
    return str(plain(_filter(file, number)["type"][()]))


def _axes(file: h5py.File, number: int, tally: str) -> list[Binned]:
    """What a filter of a tally is an axis of, those of a mesh from the slowest to the fastest."""
    kind, found = _kind(file, number), _filter(file, number)
    if kind == "mesh":
        return _mesh(file, int(np.asarray(found["bins"][()]).reshape(-1)[0]), tally)
    bins = np.asarray(found["bins"][()])
    if kind in ("time", "mu", "energy"):
        edges = bins.astype(np.float64).reshape(-1)
        centres, widths = 0.5 * (edges[1:] + edges[:-1]), np.diff(edges)
        if kind == "time":
            return [Binned("t", centres, widths, None, "s")]
        if kind == "mu":
            return [Binned("mu", centres, widths, "velocity")]
        return [Binned("group", np.arange(float(centres.size)), None, "index")]
    count = int(np.asarray(found["n_bins"][()]))
    return [Binned(re.sub(r"\W+", "_", kind), np.arange(float(count)), None, "index")]


def _mesh(file: h5py.File, number: int, tally: str) -> list[Binned]:
    mesh = file.get(f"tallies/meshes/mesh {number}")
    kind = "missing" if mesh is None else str(plain(mesh["type"][()]))
    if mesh is None or kind != "regular":
        raise InputError(f"{tally} is over mesh {number}, which is {kind}: a regular mesh is needed")
    dimension = np.atleast_1d(mesh["dimension"][()]).astype(int)
    low = np.atleast_1d(mesh["lower_left"][()]).astype(np.float64)
    width = np.atleast_1d(mesh["width"][()] if "width" in mesh
                          else (mesh["upper_right"][()] - low) / dimension).astype(np.float64)
    axes = [Binned(name, low[i] + (np.arange(size) + 0.5) * width[i], np.full(size, width[i]), "space", "cm")
            for i, (name, size) in enumerate(zip(SPACE, dimension.tolist(), strict=False)) if size > 1]
    flat = [(i, size) for i, size in enumerate(dimension.tolist()) if size == 1]
    if not axes:
        raise InputError(f"{tally} is over a mesh of one cell: there is no axis of space")
    # Cells along an axis of one are no axis, but their width is part of the volume.
    across = float(np.prod([width[i] for i, _ in flat])) if flat else 1.0
    first = axes[0]
    assert first.widths is not None
    axes[0] = Binned(first.name, first.points, first.widths * across, first.role, first.units)
    return axes[::-1]
