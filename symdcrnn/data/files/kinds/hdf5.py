"""Plain HDF5 files, and MATLAB's version 7.3, which are such: the arrays of one group."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from symdcrnn.data.attributes import plain
from symdcrnn.data.axes import first_line
from symdcrnn.data.files.codes import code_of
from symdcrnn.data.files.memory import check_memory, memory_error
from symdcrnn.data.files.places import ROOT, Place
from symdcrnn.data.files.safety.hdf5_links import check_hdf5
from symdcrnn.data.files.safety.rehearsal import rehearse
from symdcrnn.errors import InputError

if TYPE_CHECKING:
    import h5py  # type: ignore[import-untyped, unused-ignore]

Arrays = dict[str, NDArray[Any]]

PARTS = (("r", "i"), ("real", "imag"), ("re", "im"))
"""The names of the parts of complex numbers in compound types."""

HIDDEN = ("#refs#", "#subsystem#")
"""Groups of MATLAB's own."""

OF_LIBRARIES = ("MATLAB_", "DIMENSION_", "REFERENCE_LIST", "CLASS", "NAME", "_Netcdf4", "_NC", "H5PATH")
"""What the names of attributes begin with that say nothing of the data."""


def read_hdf5(place: Place, notices: list[str]) -> Arrays:
    """The arrays of a group of an HDF5 file, with those of one axis from the groups around it.

    Raises
    ------
    InputError
        If the file is damaged, reads others, or has no such group.
    """
    return _read(place, notices, matlab=False)


def read_matlab_73(place: Place, notices: list[str]) -> Arrays:
    """The arrays of a MATLAB file of version 7.3, whose axes stand in the file the other way round."""
    return _read(place, notices, matlab=True)


def _read(place: Place, notices: list[str], matlab: bool) -> Arrays:
    import h5py

    # The rehearsal ends without a word where reading fails, so that what is wrong is said here.
    rehearse(place.file, _rehearsed, place, matlab)
    try:
        if not h5py.is_hdf5(place.file):
            raise InputError("is no HDF5 file (it does not begin like one): give a file written by h5py or MATLAB")
        return _content(place.file, place, matlab, notices)
    except InputError:
        raise
    except Exception as error:  # a damaged file fails in any way of HDF5
        raise memory_error(error) or InputError(f"is damaged or cut short ({first_line(error)}): copy or write the "
                                                "file anew") from None


def _rehearsed(path: str, place: Place, matlab: bool) -> None:
    _content(path, place, matlab, [])


def _content(path: str, place: Place, matlab: bool, notices: list[str]) -> Arrays:
    import h5py

    check_hdf5(path)
    with h5py.File(path, "r") as file:
        code = code_of(file)
        if code is not None:
            return code.arrays(file, place, notices)
        group, only = group_and_variable(file, place, notices)
        return _arrays(group, only, notices, matlab)


def group_and_variable(file: h5py.File, place: Place, notices: list[str]) -> tuple[h5py.Group, str | None]:
    """The group that is meant, and its variable where one is.

    Raises
    ------
    InputError
        If there is no such thing; it lists the groups. If nothing is said and several groups have fields.
    """
    import h5py

    groups = [(name, group) for name, group in _groups(file["/"], ROOT, set()) if _has_field(group)]
    listed = ", ".join(f"{place.file}:{name}" for name, _ in groups[:8]) or "none with arrays of two axes"
    if place.steps:
        found = file.get(place.inside)
        if isinstance(found, h5py.Dataset):
            return found.parent, found.name.rpartition("/")[2]
        if found is None:
            raise InputError(f"has nothing called {place.inside!r}: its groups are {listed}")
        return found, None
    if _has_field(file["/"]) or not groups:
        return file["/"], None
    if len(groups) > 1:
        raise InputError(f"has fields in several groups: choose one of {listed}")
    notices.append(f"took the group {groups[0][0]}, the only one with fields")
    return groups[0][1], None


def _groups(group: h5py.Group, name: str, seen: set[tuple[int, int]]) -> Iterator[tuple[str, Any]]:
    """All groups that hard links lead to, each once."""
    import h5py

    info = h5py.h5o.get_info(group.id)
    if (info.fileno, info.addr) in seen:
        return
    seen.add((info.fileno, info.addr))
    yield name, group
    for child in group:
        if child not in HIDDEN and group.get(child, getclass=True, getlink=True) is h5py.HardLink:
            inner = group[child]
            if isinstance(inner, h5py.Group):
                yield from _groups(inner, f"{name.rstrip('/')}/{child}", seen)


def _has_field(group: h5py.Group) -> bool:
    import h5py

    return any(isinstance(one, h5py.Dataset) and one.shape is not None and sum(size > 1 for size in one.shape) > 1
               for one in _members(group).values())


def _members(group: h5py.Group) -> dict[str, Any]:
    """What is in a group, without links that lead nowhere."""
    found = {name: group.get(name) for name in group if name not in HIDDEN}
    return {name: one for name, one in found.items() if one is not None}


def _arrays(group: h5py.Group, only: str | None, notices: list[str], matlab: bool) -> Arrays:
    import h5py

    members = _members(group)
    inner = [name for name, one in members.items() if not isinstance(one, h5py.Dataset)]
    if inner:
        notices.append(f"left out the groups {', '.join(inner)}: name one as {group.file.filename}:"
                       f"{group.name.rstrip('/')}/{inner[0]}")
    chosen = {name: one for name, one in members.items() if isinstance(one, h5py.Dataset) and one.shape is not None}
    if only is not None:
        others = [name for name, one in chosen.items() if name != only and sum(size > 1 for size in one.shape) > 1]
        chosen = {name: one for name, one in chosen.items() if name not in others}
        if others:
            notices.append(f"left out {', '.join(others)}, as {only} is named")
    around = group
    while around.name != ROOT:
        around = around.parent
        chosen = {name: one for name, one in _members(around).items() if isinstance(one, h5py.Dataset)
                  and one.shape is not None and sum(size > 1 for size in one.shape) <= 1} | chosen
    check_memory(sum(8 * one.size for one in chosen.values()))
    arrays: Arrays = {}
    for name, dataset in chosen.items():
        array = _values(dataset, matlab)
        if array is None:
            notices.append(f"left out {name}, which is no array of numbers")
            continue
        arrays[name] = array
        axes = _axes(dataset)
        if axes and not matlab:
            arrays[f"axes_{name}"] = np.array(" ".join(axes))
    of_variables = {name: attrs for name in arrays if name in chosen and (attrs := _attributes(chosen[name]))}
    return {"attributes": np.array(json.dumps(_attributes(group.file["/"]) | _attributes(group))),
            "variable_attributes": np.array(json.dumps(of_variables)), **arrays}


def _values(dataset: h5py.Dataset, matlab: bool) -> NDArray[Any] | None:
    """Numbers or a text; None of anything else."""
    import h5py

    kind = plain(dataset.attrs.get("MATLAB_class", ""))
    if "MATLAB_empty" in dataset.attrs or kind in ("cell", "struct", "function_handle"):
        return None
    if h5py.check_string_dtype(dataset.dtype) is not None:
        return np.array(str(np.asarray(dataset.asstr()[()]).reshape(-1)[0])) if dataset.size == 1 else None
    if kind == "char":
        return np.array("".join(map(chr, np.asarray(dataset[()]).T.reshape(-1).tolist())))
    found = np.asarray(dataset[()])
    if found.dtype.names is not None:
        parts = next((parts for parts in PARTS if tuple(found.dtype.names) == parts), None)
        if parts is None:
            return None
        found = found[parts[0]] + 1j * found[parts[1]]
    if found.dtype.kind not in "iufcb":
        return None
    return found.T if matlab else found


def _axes(dataset: h5py.Dataset) -> list[str]:
    """The names of the axes, where all have scales or labels."""
    named = [dim.label or (dim[0].name.rpartition("/")[2] if len(dim) else "") for dim in dataset.dims]
    return named if all(name.isidentifier() for name in named) and len(set(named)) == len(named) else []


def _attributes(found: Any) -> dict[str, str | int | float]:
    attributes = {name: plain(value) for name, value in found.attrs.items() if not name.startswith(OF_LIBRARIES)}
    return {name: value for name, value in attributes.items() if isinstance(value, str | int | float)}
