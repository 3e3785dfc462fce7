"""Files: what is written comes back, what is damaged is said in one line, and nothing is left behind."""

import os
import subprocess
import sys

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.io import savemat

from symdcrnn.data import FORMATS, Trajectory, find_format, gauss_legendre, read_trajectory, write_trajectory
from symdcrnn.data.files.atomic import replacing
from symdcrnn.errors import InputError

SUFFIXES = [".nc", ".zarr", ".mat", ".npz"]
FILES = [".nc", ".mat", ".npz"]  # the other one is a folder


def sample(nt=4, nv=3, nx=6, seed=0, **more) -> Trajectory:
    random = np.random.default_rng(seed)
    v, weights = gauss_legendre(nv)
    settings = {"epsilon": 1 / 256, "exact": {"g": {"<v_dx g>": 256.0}}, "attributes": {"solver": "none", "nx": nx},
                "profiles": {"sigma_s": random.random(nx)}, **more}
    return Trajectory.from_arrays({"g": random.normal(size=(nt, nv, nx)), "rho": random.normal(size=(nt, nx))},
                                  t=1e-6 * np.arange(nt), x=np.arange(nx) / nx, v=v, weights=weights, **settings)


def authors(nt=4, nv=3, nx=6):
    trajectory = sample(nt, nv, nx)
    v, weights = gauss_legendre(nv)
    return trajectory, {"x": trajectory.x, "u": trajectory.array("rho"), "g": trajectory.array("g"), "v": v,
                        "wv": 2 * weights, "dt": 1e-6, "hx": 1 / nx}


def refused(path, *says: str, **more) -> None:
    with pytest.raises(InputError) as info:
        read_trajectory(path, **more)
    message = str(info.value)
    assert "\n" not in message
    assert message.startswith(str(path))
    for text in says:
        assert text in message


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(nt=st.integers(2, 6), nv=st.integers(1, 6), nx=st.integers(5, 7), seed=st.integers(0, 9))
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_round_trip(tmp_path, suffix, nt, nv, nx, seed):
    path = tmp_path / f"data{suffix}"
    trajectory = sample(nt, nv, nx, seed, periodic=bool(seed % 2))
    write_trajectory(trajectory, path)
    again = read_trajectory(path)
    xr.testing.assert_identical(again.dataset, trajectory.dataset)
    assert again.notices == ()
    assert again.exact == trajectory.exact
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.usefixtures("strangers")
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_fields_without_v_and_without_epsilon(tmp_path, suffix):
    trajectory = Trajectory.from_arrays({"u": np.random.default_rng(0).random((3, 8))}, t=np.arange(3), x=np.arange(8))
    write_trajectory(trajectory, tmp_path / f"a{suffix}")
    assert read_trajectory(tmp_path / f"a{suffix}").dataset.identical(trajectory.dataset)


def test_u_without_a_g_is_a_u(tmp_path):
    np.savez(tmp_path / "a.npz", u=np.random.default_rng(0).random((3, 8)), t=np.arange(3.0), x=np.arange(8.0))
    assert read_trajectory(tmp_path / "a.npz").field_names == ("u",)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_periodic_can_be_overridden(tmp_path, suffix):
    write_trajectory(sample(), tmp_path / f"a{suffix}")
    assert not read_trajectory(tmp_path / f"a{suffix}", periodic=False).periodic


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (0, 2, 1)])
@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("suffix", [".mat", ".npz"])
def test_authors_layout(tmp_path, order, transposed, suffix):
    trajectory, arrays = authors()
    arrays["g"] = arrays["g"].transpose(order)
    arrays["u"] = arrays["u"].T if transposed else arrays["u"]
    path = tmp_path / f"a{suffix}"
    if suffix == ".mat":
        savemat(path, arrays)
    else:
        np.savez(path, **arrays)
    read = read_trajectory(path)
    for name in ("g", "rho"):
        np.testing.assert_array_equal(read.array(name), trajectory.array(name))
    np.testing.assert_allclose(read.weights, trajectory.weights)
    assert read.dt == pytest.approx(1e-6)
    assert any("sum 2" in notice for notice in read.notices)
    assert any("reordered" in notice for notice in read.notices) == (order != (0, 1, 2) or transposed)


@pytest.mark.parametrize(("sizes", "name"), [((4, 3, 4 + 2), None), ((6, 3, 6), "g"), ((4, 4, 6), None),
                                             ((4, 6, 6), "g")])
def test_ambiguous_sizes_are_never_guessed(tmp_path, sizes, name):
    trajectory, arrays = authors(*sizes)
    if sizes == (4, 4, 6):
        arrays.pop("u")
        name = "g"
    path = tmp_path / "a.mat"
    savemat(path, arrays)
    if name is None:
        read_trajectory(path)
        return
    refused(path, "can be read as", f"axes_{name}")
    savemat(path, {**arrays, "axes_g": "t v x", "axes_rho": "t x"})
    np.testing.assert_array_equal(read_trajectory(path).array("g"), trajectory.array("g"))


@pytest.mark.parametrize(("change", "says"), [
    ({"x": None}, "'x'"), ({"v": None}, ""), ({"dt": None}, "'dt'"), ({"dt": -1.0}, "positive"),
    ({"dt": np.nan}, "finite"), ({"dt": np.ones(3)}, "one number"), ({"hx": 0.5}, "hx"), ({"t": np.arange(4.0)}, "dt"),
    ({"g": np.ones((4, 3, 7))}, "does not fit"), ({"g": np.ones((2, 2, 3, 6))}, "'g'"),
    ({"wv": np.ones(4)}, "sizes"), ({"rho": np.ones((4, 6))}, "two names"), ({"g": np.ones((5, 3, 6))}, "5"),
    ({"x": np.ones((2, 3))}, "one-dimensional"), ({"axes_g": "t v"}, "axes_g"), ({"axes_g": "t t x"}, "axes_g"),
    ({"attributes": "{"}, "JSON"), ({"attributes": "[]"}, "JSON"),
    ({"g": 1j * np.ones((4, 3, 6)), "g_re": 1.0}, "complex"),
    ({"u": None, "g": None}, "no field")])
@pytest.mark.parametrize("suffix", [".mat", ".npz"])
def test_bad_named_arrays(tmp_path, change, says, suffix):
    arrays = {name: value for name, value in {**authors()[1], **change}.items() if value is not None}
    path = tmp_path / f"a{suffix}"
    if suffix == ".mat":
        savemat(path, arrays)
    else:
        np.savez(path, **arrays)
    refused(path, says)


def test_missing_x_in_empty_archive_and_objects(tmp_path):
    np.savez(tmp_path / "a.npz")
    refused(tmp_path / "a.npz", "'x'")
    np.savez(tmp_path / "b.npz", x=np.array([{}], dtype=object))
    refused(tmp_path / "b.npz", "Object")


def test_what_is_no_array_of_numbers_is_left_out(tmp_path):
    _, arrays = authors()
    savemat(tmp_path / "a.mat", {**arrays, "note": "hello", "nothing": 3.0, "s": {"a": 1.0}})
    notices = read_trajectory(tmp_path / "a.mat").notices
    for name in ("note", "nothing", "s"):
        assert any(f"left out {name}," in notice for notice in notices)


@pytest.mark.usefixtures("strangers")
@pytest.mark.parametrize("suffix", FILES)
@pytest.mark.parametrize("keep", [0.0, 0.02, 0.3, 0.6, 0.95])
def test_truncated_file(tmp_path, suffix, keep):
    path = tmp_path / f"a{suffix}"
    write_trajectory(sample(20, 8, 64), path)
    data = path.read_bytes()
    path.write_bytes(data[:int(keep * len(data))])
    refused(path)


@pytest.mark.usefixtures("strangers")
@pytest.mark.parametrize("suffix", [*SUFFIXES, ".h5", ".npy", ".csv"])
@pytest.mark.parametrize("content", [b"", b"hello", b"\x89HDF\r\n\x1a\n", b"CDF\x01", b"CDF\x01" + bytes(100),
                                     b"MATLAB 5.0 MAT-file" + bytes(200), b"PK\x03\x04" + bytes(50), bytes(1000)])
def test_file_of_another_kind(tmp_path, suffix, content):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    refused(path)


@pytest.mark.usefixtures("strangers")
def test_damaged_netcdf_prints_nothing(tmp_path):
    path = tmp_path / "a.nc"
    write_trajectory(sample(20, 8, 64), path)
    path.write_bytes(path.read_bytes()[:5000])
    code = f"""
import gc
from symdcrnn.data import read_trajectory
try:
    read_trajectory({str(path)!r})
except ValueError as error:
    print(error)
gc.collect()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1


@pytest.mark.usefixtures("strangers")
def test_matlab_73(tmp_path):
    header = b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + bytes([0, 2]) + b"IM"
    (tmp_path / "a.mat").write_bytes(header + bytes(384) + b"\x89HDF\r\n\x1a\n" + bytes(100))
    refused(tmp_path / "a.mat", "damaged")


def test_classic_netcdf_is_read(tmp_path):
    trajectory = sample()
    trajectory.dataset.to_netcdf(tmp_path / "a.nc", engine="scipy")
    np.testing.assert_array_equal(read_trajectory(tmp_path / "a.nc").array("g"), trajectory.array("g"))


def test_units_of_time_do_not_make_dates(tmp_path):
    dataset = sample().dataset.copy()
    dataset["t"].attrs["units"] = "seconds since 2000-01-01"
    dataset.to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    assert read_trajectory(tmp_path / "a.nc").frames == 4


def test_read_closes_the_file(tmp_path):
    path = tmp_path / "a.nc"
    write_trajectory(sample(), path)
    trajectory = read_trajectory(path)
    path.unlink()
    assert np.isfinite(trajectory.array("g")).all()
    write_trajectory(trajectory, path)


def test_paths_that_cannot_be_read(tmp_path):
    refused(tmp_path / "none.nc", "no such file", ".npz")
    refused(tmp_path, "folder")
    (tmp_path / "a.xyz").write_text("1")
    refused(tmp_path / "a.xyz", "'.xyz'", *SUFFIXES)
    (tmp_path / "a").write_text("1")
    refused(tmp_path / "a", *SUFFIXES)
    with pytest.raises(InputError):
        read_trajectory("a\0.nc")
    with pytest.raises(InputError) as info:
        read_trajectory("a\nb.nc")
    assert "\n" not in str(info.value)
    with pytest.raises(InputError):
        read_trajectory("a" * 5000 + ".nc")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may do anything")
def test_permission(tmp_path):
    path = tmp_path / "a.nc"
    write_trajectory(sample(), path)
    path.chmod(0)
    refused(path, "permission")


def test_paths_that_cannot_be_written(tmp_path):
    (tmp_path / "d.nc").mkdir()
    (tmp_path / "f").write_text("")
    for path in (tmp_path / "no" / "a.nc", tmp_path / "d.nc", tmp_path / "a.txt", tmp_path / "f" / "a.nc",
                 tmp_path / ("a" * 300 + ".npz"), "a\0.nc"):
        with pytest.raises(InputError) as info:
            write_trajectory(sample(), path)
        assert "\n" not in str(info.value)
    assert sorted(os.listdir(tmp_path)) == ["d.nc", "f"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError, MemoryError])
def test_failed_write_keeps_the_old_file(tmp_path, error):
    path = tmp_path / "a.nc"
    path.write_text("old")

    def write():
        with replacing(path) as temporary:
            temporary.write_text("half")
            raise error

    with pytest.raises(error):
        write()
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.nc"]


@pytest.mark.parametrize("suffix", FILES)
def test_interrupted_write_leaves_nothing(tmp_path, suffix, monkeypatch):
    def interrupted(source, target):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_trajectory(sample(), tmp_path / f"a{suffix}")
    assert os.listdir(tmp_path) == []


def test_link_stays_a_link(tmp_path):
    write_trajectory(sample(), tmp_path / "a.npz")
    (tmp_path / "b.npz").symlink_to(tmp_path / "a.npz")
    write_trajectory(sample(seed=5), tmp_path / "b.npz")
    assert (tmp_path / "b.npz").is_symlink()
    assert read_trajectory(tmp_path / "a.npz").dataset.identical(sample(seed=5).dataset)


@pytest.mark.parametrize("suffix", [".mat", ".npz"])
def test_reserved_names_are_refused(tmp_path, suffix):
    dataset = sample().dataset
    with pytest.raises(InputError, match="hx"):
        write_trajectory(Trajectory.of(dataset.rename(rho="hx")), tmp_path / f"a{suffix}")
    assert os.listdir(tmp_path) == []


def test_attribute_that_netcdf_cannot_hold(tmp_path):
    dataset = sample().dataset.assign_attrs(what={"a": 1})
    with pytest.raises(InputError, match="attributes"):
        write_trajectory(Trajectory.of(dataset), tmp_path / "a.nc")
    assert os.listdir(tmp_path) == []


def test_registry_and_cheap_import():
    assert list(FORMATS) == [*SUFFIXES, ".h5", ".hdf5", ".bp", ".bp4", ".bp5", ".npy", ".csv", ".tsv"]
    assert find_format("A.NC").name == "NetCDF"
    code = ("import sys, symdcrnn.data, symdcrnn.problems; "
            "print(sorted({'xarray', 'scipy', 'numba', 'h5netcdf', 'sympy'} & set(sys.modules)))")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
