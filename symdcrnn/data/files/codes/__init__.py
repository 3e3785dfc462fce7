"""HDF5 files as the field's own codes write them. A new code is one new entry in `CODES`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from symdcrnn.data.files.codes.openmc import is_openmc, read_openmc
from symdcrnn.data.files.codes.openpmd import is_openpmd, read_openpmd
from symdcrnn.data.files.codes.osiris import is_osiris, read_osiris
from symdcrnn.data.files.codes.written import Arrays
from symdcrnn.data.files.places import Place

if TYPE_CHECKING:
    import h5py  # type: ignore[import-untyped, unused-ignore]

__all__ = ["CODES", "Code", "code_of"]


@dataclass(frozen=True)
class Code:
    """What some code or standard writes into HDF5.

    Parameters
    ----------
    name : str
        For notices.
    is_one : callable
        Whether an open file is of that kind.
    arrays : callable
        From the file, the place that is meant in it and a list of notices to named arrays; raises InputError.
    """

    name: str
    is_one: Callable[[Any], bool]
    arrays: Callable[[Any, Place, list[str]], Arrays]


CODES: tuple[Code, ...] = (
    Code("openPMD", is_openpmd, read_openpmd),
    Code("OSIRIS", is_osiris, read_osiris),
    Code("OpenMC statepoint", is_openmc, read_openmc),
)


def code_of(file: h5py.File) -> Code | None:
    """The code that has written a file, if it is known."""
    return next((code for code in CODES if code.is_one(file)), None)
