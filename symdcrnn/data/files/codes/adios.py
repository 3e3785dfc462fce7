"""openPMD files in ADIOS2, read by the openPMD-api, which is an extra: ``pip install 'symdcrnn[openpmd]'``.

What the library gives is put into groups with attributes, as an HDF5 file has them, and read as such.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from symdcrnn.data.axes import first_line
from symdcrnn.data.files.codes.openpmd import read_openpmd
from symdcrnn.data.files.codes.written import Arrays
from symdcrnn.data.files.places import Place
from symdcrnn.data.files.safety.rehearsal import rehearse
from symdcrnn.errors import InputError


@dataclass(frozen=True, eq=False)
class Group:
    """A group as those of HDF5: attributes and what is in it.

    Parameters
    ----------
    name : str
    attrs : dict
    inside : dict
        Groups and components by name.
    """

    name: str
    attrs: dict[str, Any]
    inside: dict[str, Any] = field(default_factory=dict)

    def __iter__(self) -> Iterator[str]:
        return iter(self.inside)

    def __contains__(self, name: str) -> bool:
        return name in self.inside

    def __getitem__(self, name: str) -> Any:
        return self.inside[name]

    def get(self, name: str) -> Any:
        """What is called so, or None."""
        return self.inside.get(name)


@dataclass(frozen=True, eq=False)
class Component:
    """An array as those of HDF5, with the attributes of its mesh where it is a scalar."""

    name: str
    attrs: dict[str, Any]
    shape: tuple[int, ...]
    values: Any

    def __getitem__(self, _: tuple[()]) -> Any:
        return self.values


def read_adios(place: Place, notices: list[str]) -> Arrays:
    """The meshes of all iterations of an ADIOS2 file that share the grid of the largest one.

    Raises
    ------
    InputError
        If openPMD-api is missing, or the file is damaged or none of openPMD.
    """
    try:
        import openpmd_api  # type: ignore[import-untyped, import-not-found, unused-ignore]
    except ImportError:
        raise InputError("is an ADIOS2 file, which the openPMD-api reads: install it, pip install 'symdcrnn[openpmd]'"
                         ) from None
    rehearse(place.file, _tree)
    try:
        tree = _tree(place.file)
    except (RuntimeError, openpmd_api.Error) as error:
        raise InputError(f"is no openPMD file, or damaged ({first_line(error)}): copy or write the file anew") from None
    return read_openpmd(tree, place, notices)


def _tree(path: str) -> Any:
    """All meshes of a file with their attributes."""
    import openpmd_api as io  # type: ignore[import-untyped, import-not-found, unused-ignore]

    series = io.Series(path, io.Access.read_only)
    iterations = Group("/data", {})
    for number, iteration in series.iterations.items():
        meshes = Group(f"/data/{number}/meshes", {})
        for name, mesh in iteration.meshes.items():
            attrs = _attributes(mesh)
            if mesh.scalar:
                meshes.inside[name] = _component(mesh[io.Mesh_Record_Component.SCALAR], f"{meshes.name}/{name}", attrs)
            else:
                of_mesh = {one: _component(part, f"{meshes.name}/{name}/{one}", {}) for one, part in mesh.items()}
                meshes.inside[name] = Group(f"{meshes.name}/{name}", attrs, of_mesh)
        inside: dict[str, Any] = {"meshes": meshes}
        if len(iteration.particles):
            inside["particles"] = Group(f"/data/{number}/particles", {})
        attrs = _attributes(iteration) | {"time": iteration.time, "timeUnitSI": iteration.time_unit_SI}
        iterations.inside[str(number)] = Group(f"/data/{number}", attrs, inside)
    series.flush()
    attrs = _attributes(series) | {"openPMD": series.openPMD, "basePath": "/data/%T/", "meshesPath": "meshes/"}
    series.close()
    return Group("/", attrs, {"data": iterations})


def _component(part: Any, name: str, attrs: dict[str, Any]) -> Component:
    values = part.load_chunk()
    part.series_flush()
    return Component(name, attrs | _attributes(part), tuple(part.shape), np.array(values))


def _attributes(found: Any) -> dict[str, Any]:
    return {name: found.get_attribute(name) for name in found.attributes}
