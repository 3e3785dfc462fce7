"""What an HDF5 file may say about other files, and refused: links to them, values that are stored in them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from symdcrnn.errors import InputError

if TYPE_CHECKING:
    import h5py  # type: ignore[import-untyped, unused-ignore]

FILTERS = frozenset((1, 2, 3, 4, 5, 6, 307, 32000, 32001, 32004, 32008, 32015))
"""deflate, shuffle, fletcher32, szip, nbit, scaleoffset; bzip2, lzf, blosc, lz4, bitshuffle, zstd."""

PIECE = 2**21
"""Values that are read at once, about."""

MOST = 100_000
"""Objects of a file that are looked at."""


def check_hdf5(path: str | os.PathLike[str]) -> None:
    """Refuse a file whose values stand in other files, or whose filters are not on the list.

    Raises
    ------
    InputError
        Naming the object.
    OSError
        If it cannot be opened.
    """
    import h5py

    with h5py.File(os.fspath(path), "r") as file:
        # Opening does not read attributes, whose damage some wrappers only print.
        list(file.attrs)
        for number, (name, found) in enumerate(_objects(file)):
            if number >= MOST:
                raise InputError(f"has more than {MOST} objects: write the variables that are wanted to another "
                                 "file")
            if isinstance(found, h5py.Dataset):
                _check_dataset(name, found)


def read_all_of_hdf5(path: str) -> None:
    """Read every value and attribute of a file, some at a time; for `rehearse`.

    Raises
    ------
    Exception
        Whatever a damaged file makes of that.
    """
    import h5py

    check_hdf5(path)
    with h5py.File(path, "r") as file:
        for _, found in _objects(file):
            dict(found.attrs)
            if isinstance(found, h5py.Dataset) and found.shape is not None:
                step = max(1, PIECE // max(1, found.size // max(1, len(found)))) if found.shape else 1
                for first in range(0, len(found) if found.shape else 0, step):
                    found[first:first + step]


def _objects(file: h5py.File) -> Iterator[tuple[str, Any]]:
    """All objects that hard links lead to, each once."""
    import h5py

    seen = set()
    todo: list[tuple[str, Any]] = [("/", file["/"])]
    while todo:
        name, found = todo.pop()
        info = h5py.h5o.get_info(found.id)
        if (info.fileno, info.addr) in seen:
            continue
        seen.add((info.fileno, info.addr))
        yield name, found
        if not isinstance(found, h5py.Group):
            continue
        for child in found:
            place = f"{name.rstrip('/')}/{child}"
            kind = found.id.links.get_info(os.fsencode(child)).type
            if kind == h5py.h5l.TYPE_HARD:
                todo.append((place, found[child]))
            elif kind != h5py.h5l.TYPE_SOFT:
                # A soft link leads to something of this file, which is looked at by itself.
                raise InputError(f"has a link to another file, {place!r}: copy what it points to into this file")


def _check_dataset(name: str, dataset: h5py.Dataset) -> None:
    if dataset.is_virtual:
        raise InputError(f"variable {name!r} is a virtual dataset, whose values stand in other files: copy them into "
                         "this one")
    if dataset.external:
        raise InputError(f"variable {name!r} has external storage, its values stand in another file: copy them into "
                         "this one")
    created = dataset.id.get_create_plist()
    for number in range(created.get_nfilters()):
        code = created.get_filter(number)[0]
        if code not in FILTERS:
            raise InputError(f"variable {name!r} has the HDF5 filter {code}, which is not one of those that are read: "
                             "write it anew with deflate (zlib) or none")
