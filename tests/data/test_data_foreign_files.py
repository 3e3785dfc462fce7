"""Files of strangers run no code and read no other file: codecs, filters and links that could are refused by name."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Callable
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from symdcrnn import InputError, Trajectory, open_trajectory, read_trajectory, write_trajectory
from symdcrnn.data.files.safety.hdf5_links import check_hdf5

pytestmark = pytest.mark.usefixtures("strangers")

U = np.random.default_rng(0).normal(size=(6, 8))

SECRET = np.random.default_rng(1).normal(size=(6, 8))


def write(path: Path) -> Path:
    write_trajectory(Trajectory.from_arrays({"u": U}, t=np.arange(6.0), x=np.arange(8.0), periodic=True), path)
    return path


def check_refused(path: Path, message: str) -> None:
    for read in (read_trajectory, open_trajectory):
        with pytest.raises(InputError, match=message) as caught:
            read(path)
        assert "\n" not in str(caught.value)


class Code:
    """What makes a folder when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return os.mkdir, (str(self.folder),)


@pytest.mark.parametrize("consolidated", [True, False])
@pytest.mark.parametrize("change", [
    {"filters": [{"id": "vlen-utf8"}, {"id": "pickle"}], "dtype": "|O", "fill_value": "", "compressor": None},
    {"filters": [{"id": "json2"}]}, {"compressor": {"id": "pickle"}}, {"filters": {"id": "pickle"}},
    {"compressor": {"id": ["zlib"]}}, {"compressor": "pickle"}, {"filters": [{"name": "zlib"}]},
])
def test_codecs_of_version_2(tmp_path: Path, change: dict[str, Any], consolidated: bool) -> None:
    path = write(tmp_path / "a.zarr")
    own, whole = path / "x" / ".zarray", path / ".zmetadata"
    meta, all_of_it = json.loads(own.read_text()), json.loads(whole.read_text())
    meta |= change
    all_of_it["metadata"]["x/.zarray"] = meta
    if consolidated:
        whole.write_text(json.dumps(all_of_it))
    else:
        own.write_text(json.dumps(meta))
        whole.unlink()
    (path / "x" / "0").write_bytes(pickle.dumps(Code(tmp_path / "RAN")))
    check_refused(path, "has the codec")
    assert not (tmp_path / "RAN").exists()


@pytest.mark.parametrize("codecs", [
    [{"name": "bytes"}, {"name": "numcodecs.pickle"}], ["numcodecs.pickle"], [{"name": "own"}], {"name": "own"},
    [{"name": "sharding_indexed", "configuration": {"codecs": [{"name": "numcodecs.pickle"}], "index_codecs": []}}],
    [{"name": "sharding_indexed", "configuration": {"codecs": [], "index_codecs": [{"name": "own"}]}}],
])
def test_codecs_of_version_3(tmp_path: Path, codecs: Any) -> None:
    path = tmp_path / "a.zarr"
    (path / "x").mkdir(parents=True)
    array = {"zarr_format": 3, "node_type": "array", "shape": [8], "data_type": "float64", "codecs": codecs}
    group: dict[str, Any] = {"zarr_format": 3, "node_type": "group"}
    (path / "zarr.json").write_text(json.dumps(group))
    (path / "x" / "zarr.json").write_text(json.dumps(array))
    check_refused(path, "has the codec")
    (path / "x" / "zarr.json").unlink()
    (path / "zarr.json").write_text(json.dumps({**group, "consolidated_metadata": {"metadata": {"x": array}}}))
    check_refused(path, "has the codec")
    (path / "zarr.json").write_text("[" * 100_000)
    check_refused(path, "is damaged")


def test_links_in_a_zarr_folder(tmp_path: Path) -> None:
    path = write(tmp_path / "a.zarr")
    (path / "u" / "0.0").rename(tmp_path / "secret")
    (path / "u" / "0.0").symlink_to(tmp_path / "secret")
    check_refused(path, "has a link to another file, 'u/0.0'")
    (tmp_path / "b.zarr").symlink_to(write(tmp_path / "c.zarr"))
    assert read_trajectory(tmp_path / "b.zarr").field_names == ("u",)


def external(file: h5py.File, folder: Path) -> None:
    SECRET.tofile(folder / "secret.bin")
    file.create_dataset("u", shape=(6, 8), dtype="f8", external=[(str(folder / "secret.bin"), 0, 384)])


def virtual(file: h5py.File, folder: Path) -> None:
    layout = h5py.VirtualLayout(shape=(6, 8), dtype="f8")
    layout[:] = h5py.VirtualSource(str(folder / "secret.h5"), "d", shape=(6, 8))
    file.create_virtual_dataset("u", layout)


def linked(file: h5py.File, folder: Path) -> None:
    file["u"] = h5py.ExternalLink(str(folder / "secret.h5"), "d")


def linked_softly(file: h5py.File, folder: Path) -> None:
    file.create_group("inner")["there"] = h5py.ExternalLink(str(folder / "secret.h5"), "/")
    file["u"] = h5py.SoftLink("/inner/there/d")


@pytest.mark.parametrize(("change", "message"), [
    (external, "has external storage"), (virtual, "is a virtual dataset"), (linked, "link to another file, '/u'"),
    (linked_softly, "link to another file, '/inner/there'"),
])
def test_values_of_other_hdf5_files(tmp_path: Path, change: Callable[[h5py.File, Path], None], message: str) -> None:
    path = write(tmp_path / "a.nc")
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["d"] = SECRET
    with h5py.File(path, "r+") as file:
        del file["u"]
        change(file, tmp_path)
        if change in (external, virtual):
            for number, axis in enumerate(("t", "x")):
                file["u"].dims[number].attach_scale(file[axis])
    check_refused(path, message)
    with pytest.raises(InputError, match=message):
        read_trajectory(path.rename(tmp_path / "a.h5"))


def test_links_inside_a_file_are_followed(tmp_path: Path) -> None:
    path = write(tmp_path / "a.nc")
    with h5py.File(path, "r+") as file:
        file["again"] = file["/"]
        file["dangling"] = h5py.SoftLink("/nowhere")
    check_hdf5(path)
    with h5py.File(path, "r+") as file:
        del file["dangling"]
    assert np.array_equal(read_trajectory(path).array("u"), U)


def test_the_requirements_leave_out_codecs_that_unpickle() -> None:
    found = [one for one in requires("symdcrnn") or () if one.startswith("numcodecs")]
    if not found:
        pytest.skip("installed before this was required")
    assert ">=0.16.6" in found[0]
