"""Files of data: damaged bytes, sound files with strange arrays, and contents of known codes."""

from __future__ import annotations

import json
import os
import random
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from scipy.io import savemat

from tests.soak import samples
from tests.soak.mutations import altered, damaged, strange_arrays
from tests.soak.target import Target, command


def _info(path: Path) -> None:
    axis = ("--axis", "t=0:1:4", "--axis", "x=0:1:16") if path.suffix == ".npy" else ()
    command("info", str(path), "--json", "--periodic", *axis)


@lru_cache
def samples_of_files() -> dict[str, bytes]:
    """The bytes of a valid file of each kind."""
    with tempfile.TemporaryDirectory() as folder:
        found = samples.written(Path(folder))
        for make in (samples.openpmd, samples.openmc, samples.osiris):
            make(Path(folder, "a.h5"))
            found[f"{make.__name__}.h5"] = Path(folder, "a.h5").read_bytes()
            os.unlink(Path(folder, "a.h5"))
        return found


def written_to(folder: Path, name: str, content: bytes) -> Path:
    """The path of a file of these bytes."""
    path = folder / name
    path.write_bytes(content)
    return path


def damaged_file(kind: str) -> Target:
    """A file with faults in its bytes."""
    name = kind if kind[0] != "." else f"data{kind}"

    def make(rng: random.Random, folder: Path) -> Path:
        return written_to(folder, name, damaged(samples_of_files()[kind], rng))

    return Target(f"bytes of {kind}", make, _info)


def arrays(suffix: str, write: Callable[[Path, dict[str, Any]], None]) -> Target:
    """Files of a format that are sound, with contents that are not."""

    def make(rng: random.Random, folder: Path) -> Path:
        path = folder / f"a{suffix}"
        path.unlink(missing_ok=True)
        write(path, strange_arrays(rng))
        return path

    return Target(f"arrays in {suffix}", make, _info)


def _write_npz(path: Path, named: dict[str, Any]) -> None:
    np.savez(path, **{name: array for name, array in named.items() if name and name != "file"})


def _write_mat(path: Path, named: dict[str, Any]) -> None:
    known = {name: array for name, array in named.items()
             if name.isidentifier() and array.dtype.kind not in "Mm" and array.dtype != np.float16}
    savemat(path, {name: str(array) if array.dtype.kind == "U" and not array.ndim else array
                   for name, array in known.items()})


OF_FILES = ("periodic", "epsilon", "attributes", "exact")
"""What HDF5 files say in attributes."""


def _write_hdf5(path: Path, named: dict[str, Any]) -> None:
    with h5py.File(path, "w") as file:
        for name, array in named.items():
            if name and name != "/" and array.dtype.kind not in "Mm":
                texts_as = h5py.string_dtype() if array.dtype.kind == "U" else array.dtype
                if array.dtype.kind == "U" and not array.ndim and name in OF_FILES:
                    file.attrs[name] = str(array)
                else:
                    file.create_dataset(name, data=array.astype(object) if array.dtype.kind == "U" else array,
                                        dtype=texts_as)


def _write_netcdf(path: Path, named: dict[str, Any]) -> None:
    import xarray

    made: dict[str, Any] = {}
    attributes: dict[str, Any] = {}
    names = {4: "t", 5: "t", 6: "x", 8: "x"}
    for name, array in named.items():
        if not name or not name.isidentifier() or array.dtype.kind in "cMm?" or array.dtype == np.float16:
            continue
        if not array.ndim:
            attributes[name] = str(array) if array.dtype.kind in "US?" else float(array)
            continue
        dims = [names.get(size, f"n{size}") for size in array.shape]
        if len(set(dims)) == len(dims):
            made[name] = (dims, array)
    sizes: dict[str, int] = {}
    kept: dict[str, Any] = {}
    for name, (dims, array) in made.items():
        if all(sizes.setdefault(dim, size) == size for dim, size in zip(dims, array.shape, strict=True)) \
                and not (name in sizes and dims != [name]) and not (name.startswith("n") and name in sizes):
            kept[name] = (dims, array)
    kept = {name: one for name, one in kept.items() if name not in sizes or one[0] == [name]}
    xarray.Dataset(kept, attrs=attributes).to_netcdf(path, engine="h5netcdf")


def zarr_target() -> Target:
    """A Zarr folder with a fault in one of its files."""

    def make(rng: random.Random, folder: Path) -> Path:
        import shutil

        path = folder / "a.zarr"
        shutil.rmtree(path, ignore_errors=True)
        samples.zarr_folder(path)
        files = sorted(file for file in path.rglob("*") if file.is_file())
        for _ in range(rng.choice((1, 1, 2))):
            file = rng.choice(files)
            if file.name.startswith(".z") and rng.random() < 0.8:
                changed = json.dumps(altered(json.loads(file.read_bytes()), rng)).encode("utf-8", "surrogatepass")
                files = [one for one in files if one != file] or files
            else:
                changed = damaged(file.read_bytes(), rng)
            file.write_bytes(changed)
            if file.name != ".zmetadata" and rng.random() < 0.7:
                (path / ".zmetadata").unlink(missing_ok=True)
                files = [one for one in files if one.name != ".zmetadata"] or files
        return path

    return Target("files of .zarr", make, _info)


def hdf5_of(kind: str) -> Target:
    """HDF5 of a known code, sound as HDF5, with attributes and arrays replaced, renamed or missing."""

    def make(rng: random.Random, folder: Path) -> Path:
        path = written_to(folder, "a.h5", samples_of_files()[kind])
        with h5py.File(path, "r+") as file:
            for _ in range(rng.choice((1, 1, 2, 3))):
                names = ["/"]
                file.visit(names.append)
                _alter_object(file[rng.choice(names)], rng)
        return path

    return Target(f"contents of {kind}", make, _info)


def _alter_object(found: Any, rng: random.Random) -> None:
    odd: Any = rng.choice((0, -1, 1e308, float("nan"), 2**40, b"", b"x", "\u00e9", [], [1.0], [1, 2, 3, 4], [b"a"],
                           [b"x", b"x"], np.zeros((2, 2)), np.bytes_("thetaMode"), True, np.array([], dtype="S1"),
                           h5py.Empty("f8"), [0.0, 0.0], [1e-320, -1.0], np.bytes_("%T"), np.uint64(2**64 - 1)))
    if len(found.attrs) and rng.random() < (0.5 if isinstance(found, h5py.Group) else 0.7):
        name = rng.choice(list(found.attrs))
        if rng.random() < 0.2:
            del found.attrs[name]
        else:
            found.attrs[name] = odd
    elif isinstance(found, h5py.Dataset):
        parent, name = found.parent, found.name.rpartition("/")[2]
        kept, values = dict(found.attrs), found[()]
        del parent[name]
        kind = rng.randrange(5)
        if kind == 0 and np.ndim(values):
            odd = values[:rng.randrange(len(values) + 1)]
        elif kind == 1 and np.ndim(values):
            odd = np.asarray(values)[None]
        elif kind == 2:
            odd = np.asarray(values).astype("S4")
        try:
            parent[name] = odd
        except (TypeError, ValueError):
            return
        for key, value in kept.items():
            parent[name].attrs[key] = value
    elif len(found):
        name = rng.choice(list(found))
        if rng.random() < 0.5:
            found[rng.choice(("0", "a", "t", "-5", "10" * 20, "1e3", "u", "\u00e9")) + name] = found[name]
        del found[name]



OF_FILES_OF_DATA = (
    *(damaged_file(kind) for kind in (".npz", ".npy", ".mat", ".nc", "classic.nc", ".h5", ".csv", "long.csv",
                                      "openpmd.h5", "osiris.h5", "openmc.h5")),
    zarr_target(),
    arrays(".npz", _write_npz), arrays(".mat", _write_mat), arrays(".h5", _write_hdf5), arrays(".nc", _write_netcdf),
    *(hdf5_of(kind) for kind in ("openpmd.h5", "osiris.h5", "openmc.h5")),
)
