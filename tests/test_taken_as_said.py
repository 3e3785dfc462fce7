"""Data means what its owner has said of it; what is taken for granted is said, and doubt is the same everywhere."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import symdcrnn
from symdcrnn.errors import InputError
from symdcrnn.schemes.runge_kutta import read_tableau

Command = Callable[..., subprocess.CompletedProcess[str]]

T, X = 0.05 * np.arange(12), 2.0 * np.pi * np.arange(32) / 32
U = sum(np.exp(-(0.3 + 0.05 * k * k) * T[:, None]) * np.cos(k * (X - T[:, None]) + 0.7 * k) / k for k in (1, 2, 3))


def test_labelled_arrays_are_read_by_their_dims_on_a_square_grid() -> None:
    s = 2.0 * np.pi * np.arange(16) / 16
    u = xr.DataArray(np.cos(s[None] - 2.0 * s[:, None]), {"t": s, "x": s}, ("t", "x"))
    data = symdcrnn.Trajectory.from_arrays({"u": u.transpose("x", "t")}, t=s, x=s, periodic=True)
    np.testing.assert_array_equal(data.array("u"), u.values)


def test_arrays_that_do_not_say_whether_x_is_periodic() -> None:
    said = symdcrnn.Trajectory.from_arrays({"u": U}, t=T, x=X).notices
    assert [notice for notice in said if "periodic" in notice]
    assert not symdcrnn.Trajectory.from_arrays({"u": U}, t=T, x=X, periodic=True).notices


@pytest.mark.usefixtures("interpreted")
@pytest.mark.parametrize("name", ["source", "sigma_s"])
def test_fields_may_be_called_as_known_functions_are(name: str) -> None:
    data = symdcrnn.Trajectory.from_arrays({name: U}, t=T, x=X, periodic=True)
    model = symdcrnn.fit(data, words=[name, f"d_x {name}", f"d_xx {name}"], central_stencil="central8", bootstrap=0)
    assert model[name].coefficients == pytest.approx({name: -0.3, f"d_x {name}": -1.0, f"d_xx {name}": 0.05}, rel=1e-3)
    made = symdcrnn.simulate(model, data, steps=2).trajectory
    np.testing.assert_allclose(made.array(name), U[:3], atol=1e-4)


def test_a_field_that_stands_still_is_named_with_what_to_do() -> None:
    still = np.ones((T.size, 1)) * (1.0 + 0.3 * np.cos(X))
    data = symdcrnn.Trajectory.from_arrays({"u": U, "B": still}, t=T, x=X, periodic=True)
    with pytest.raises(InputError, match=r"^B does not change in time in this data: .*--equation NAME"):
        symdcrnn.fit(data, words=["u", "d_x u"], bootstrap=0)


def test_text_and_json_doubt_the_same_equation(workplace: Path, tmp_path: Path, command: Command) -> None:
    model = symdcrnn.load_model(workplace / "model.json")
    for certain in (True, False):
        doubted = replace(model, equations=(replace(model["g"], certain=certain),))
        doubted.save(tmp_path / f"{certain}.json")
        text = command(tmp_path, "inspect", f"{certain}.json").stdout
        found = json.loads(command(tmp_path, "inspect", f"{certain}.json", "--json").stdout)
        assert ("no equation stands out" not in text) == found["certain"]["g"] == certain


def test_whole_numbers_that_are_no_floats_are_refused(tmp_path: Path) -> None:
    """JSON has no largest number; math.isfinite has."""
    big = 10**400
    data = symdcrnn.Trajectory.from_arrays({"u": U}, t=T, x=X, periodic=True)
    with pytest.raises(InputError, match="exact"):
        symdcrnn.Trajectory.of(data.dataset.assign_attrs(exact=json.dumps({"u": {"u": big}})))
    path = tmp_path / "scheme.json"
    path.write_text(json.dumps({"explicit": [[0, 0], [1, 0]], "explicit_weights": [big, 0], "order": 1}))
    with pytest.raises(InputError, match="explicit_weights"):
        read_tableau(str(path))
