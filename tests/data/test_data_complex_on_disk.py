"""Complex values that stay on disk: two real fields, or real ones where their imaginary parts vanish."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import symdcrnn
from symdcrnn.data import StoredTrajectory, Trajectory, open_trajectory, read_trajectory
from symdcrnn.errors import InputError
from symdcrnn.preprocess import frame_chunks

T, X = 0.05 * np.arange(40), 2.0 * np.pi * np.arange(24) / 24
Q = sum(np.exp(-1j * k**2 * T[:, None] / 2.0) * np.cos(k * X + k) / k for k in (1, 2, 3))
"""i q_t = -q_xx/2."""


def written(path: Path, q: np.ndarray, dtype: str = "complex128", points: np.ndarray = X) -> Path:
    dataset = xr.Dataset({"q": (("x", "t"), q.T.astype(dtype), {"units": "m-1"}), "u": (("t", "x"), q.imag + 0.5)},
                         {"t": T, "x": points}, {"periodic": 1})
    dataset.to_zarr(path, zarr_format=2, consolidated=True)
    return path


def frames(stored: StoredTrajectory, first: int, stop: int) -> dict[str, np.ndarray]:
    with stored.reader.opened() as read:
        return read(first, stop)


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_both_parts_are_read_in_blocks(tmp_path: Path, dtype: str) -> None:
    path = written(tmp_path / "a.zarr", Q, dtype)
    stored, whole = open_trajectory(path), read_trajectory(path)
    assert stored.header.field_names == whole.field_names
    assert set(whole.field_names) == {"q_re", "q_im", "u"}
    assert "took the complex q as two real variables, q_re and q_im" in stored.notices
    assert stored.header.dataset["q_im"].attrs == whole.dataset["q_im"].attrs == {"units": "m-1"}
    part = frames(stored.select(3, 18, 2), 2, 5)
    for name in whole.field_names:
        np.testing.assert_array_equal(part[name], whole.array(name)[[7, 9, 11]])
    loaded = stored.in_memory_if_it_fits()
    assert isinstance(loaded, Trajectory)
    xr.testing.assert_equal(loaded.dataset, whole.dataset)
    assert set(open_trajectory(path, fields={"psi": "q"}).header.field_names) == {"psi_re", "psi_im"}


def test_imaginary_parts_that_vanish_are_looked_at_in_every_block(tmp_path: Path) -> None:
    values = Q.real + 1e-9j * Q.imag
    values[4, 2] = np.nan
    stored = open_trajectory(written(tmp_path / "a.zarr", values))
    assert set(stored.header.field_names) == {"q", "u"}
    assert any(notice.startswith("took q as real") for notice in stored.notices)
    np.testing.assert_array_equal(frames(stored, 5, 9)["q"], Q.real[5:9])
    with pytest.raises(InputError, match=r"a.zarr: variable 'q' has missing values, .* at index \[t=4, x=2\]"):
        frames(stored, 3, 9)
    values[7, 5] += 1j
    later = open_trajectory(written(tmp_path / "b.zarr", values))
    with pytest.raises(InputError, match=r"b.zarr: in frames 5 to 8 the imaginary part of 'q' does not vanish"):
        frames(later, 5, 9)


def test_points_that_repeat_others_are_left_out_of_both_parts(tmp_path: Path) -> None:
    around = np.concatenate([Q, Q[:, :1]], axis=1)
    stored = open_trajectory(written(tmp_path / "a.zarr", around, points=np.append(X, 2.0 * np.pi)))
    assert stored.header.dataset.sizes["x"] == 24
    np.testing.assert_array_equal(frames(stored, 0, 3)["q_im"], Q.imag[:3])


def test_names_of_parts_that_are_taken(tmp_path: Path) -> None:
    xr.Dataset({"q": (("t", "x"), Q), "q_re": (("t", "x"), Q.real)}, {"t": T, "x": X}).to_zarr(
        tmp_path / "a.zarr", zarr_format=2, consolidated=True)
    with pytest.raises(InputError, match="the complex 'q' is to be read as q_re and q_im, but there is a 'q_re'"):
        open_trajectory(tmp_path / "a.zarr")


@pytest.mark.usefixtures("interpreted")
def test_an_equation_of_one_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame_chunks, "SMALLEST_BLOCK", 2**12)
    stored = open_trajectory(written(tmp_path / "a.zarr", Q))
    model = symdcrnn.fit(stored, equations="q_re", words=("q_re", "d_xx q_im"), central_stencil="central8", bootstrap=0)
    assert model["q_re"].coefficients == pytest.approx({"d_xx q_im": -0.5}, rel=1e-4)
