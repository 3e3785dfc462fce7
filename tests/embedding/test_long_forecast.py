"""Forecasts that are written block by block, and go on where they were ended."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from stiff_models import frames, micro_macro, start

from symdcrnn import InputError, read_trajectory, simulate, write_trajectory
from symdcrnn.long_forecast import simulate_to_folder, unfinished


class EndedError(Exception):
    """As if the process had been ended."""


@pytest.mark.parametrize("ended_after", [None, 3, 7])
def test_a_forecast_goes_on_with_the_same_bits(tmp_path: Path, ended_after: int | None) -> None:
    made, data, path = micro_macro(1 / 16), frames(start(1 / 16), 4e-3, 5), tmp_path / "forecast.zarr"
    options = {"steps": 10, "method": "imex-ars222", "dt": 4e-4}
    whole = simulate(made, data, **options)  # type: ignore[arg-type]

    def end(done: int, _: int) -> None:
        if ended_after is not None and done >= ended_after:
            raise EndedError

    if ended_after is not None:
        with pytest.raises(EndedError):
            simulate_to_folder(made, data, path, progress=end, block=4, **options)  # type: ignore[arg-type]
        assert not path.exists()
        with pytest.raises(InputError, match="add resume to go on, or force to begin anew"):
            simulate_to_folder(made, data, path, block=4, **options)  # type: ignore[arg-type]
        with pytest.raises(InputError, match="another model, data, time or step"):
            simulate_to_folder(made, data, path, resume=True, block=4, **{**options, "dt": 2e-4})  # type: ignore[arg-type]
    found = simulate_to_folder(made, data, path, resume=True, block=4, **options)  # type: ignore[arg-type]
    again = read_trajectory(path)
    assert not unfinished(path).exists()
    np.testing.assert_array_equal(again.t, whole.trajectory.t)
    for name in data.field_names:
        np.testing.assert_array_equal(again.array(name), whole.trajectory.array(name))
    assert found.total_errors == whole.total_errors
    assert (found.steps, found.evaluations) == (whole.steps, whole.evaluations)
    assert sorted(one.name for one in (path / "rho").iterdir() if one.name[0].isdigit()) == ["0.0", "1.0", "2.0"]
    assert again.dataset.attrs == whole.trajectory.dataset.attrs


def test_only_schemes_of_fixed_steps_are_written_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="frames of BDF are not written as they come"):
        simulate_to_folder(micro_macro(1.0), frames(start(), 0.1), tmp_path / "forecast.zarr", method="BDF")


def test_the_command(command: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path) -> None:
    micro_macro(1 / 16).save(tmp_path / "model.json")
    write_trajectory(frames(start(1 / 16), 4e-3, 5), tmp_path / "data.nc")
    words = ("simulate", "model.json", "data.nc", "--method", "imex-ars222", "--dt", "4e-4", "--json")
    made = [command(tmp_path, *words, "-o", name) for name in ("forecast.nc", "forecast.zarr")]
    reports = [json.loads(one.stdout) for one in made]
    assert reports[0] | {"file": "forecast.zarr"} == reports[1]
    assert reports[0]["steps"] == 12
    assert reports[0]["method"] == "imex-ars222"
    np.testing.assert_array_equal(*(read_trajectory(tmp_path / one["file"]).array("g") for one in reports))
    assert command(tmp_path, *words, "-o", "again.nc", "--resume").returncode == 2
    resumed = command(tmp_path, *words, "-o", "again.zarr", "--resume")
    assert json.loads(resumed.stdout)["frames"] == 5
