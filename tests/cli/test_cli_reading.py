"""Options that say what a file's names stand for: every command that reads data takes them, files of settings too."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import click
import numpy as np
import pytest

import symdcrnn
from symdcrnn.cli.config import read_config
from symdcrnn.cli.fit import fit_command
from symdcrnn.cli.reading import naming_from, reading_text

Command = Callable[..., subprocess.CompletedProcess[str]]

NAMES = ("--axis", "t=moment,x=place,v=cosine", "--field", "g=f,rho=n", "--weights", "gauss")


@pytest.fixture(scope="module")
def foreign(workplace: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of the workplace under other names, with a variable that is no field."""
    folder = tmp_path_factory.mktemp("foreign")
    dataset = symdcrnn.read_trajectory(workplace / "data.nc").dataset
    names = {"t": "moment", "x": "place", "v": "cosine", "g": "f", "rho": "n", "weights": "gauss"}
    other = dataset.rename(names).assign(twice=2.0 * dataset["rho"].rename(t="moment", x="place"))
    other.to_netcdf(folder / "a.nc", engine="h5netcdf")
    return folder


def test_names_are_understood_from_options_and_files(command: Command, workplace: Path, foreign: Path) -> None:
    settings = ("--equation", "g", "--layers", "1", "--bootstrap", "0", "--json")
    (foreign / "fit.toml").write_text(
        'axis = {t = "moment", x = "place", v = "cosine"}\nfield = ["g=f", "rho=n"]\nweights = "gauss"\n')
    same = json.loads(command(workplace, "fit", "data.nc", *settings).stdout)["equations"]
    for more in (NAMES, ("--config", "fit.toml")):
        done = command(foreign, "fit", "a.nc", *more, *settings)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["equations"] == same
        assert "Note: left out twice, as the fields are named" in done.stderr
        assert "left out twice, as the fields are named" in json.loads(done.stdout)["notes"]


def test_info_shows_what_was_understood_and_the_command_that_fits_it(command: Command, foreign: Path) -> None:
    content = json.loads(command(foreign, "info", "a.nc", *NAMES, "--json").stdout)
    assert list(content["axes"]) == ["t", "v", "x"]
    assert list(content["fields"]) == ["g", "rho"]
    assert content["axes"]["v"]["weights"] is True
    assert content["notes"] == ["left out twice, as the fields are named"]
    assert content["try"] == f"symdcrnn fit a.nc {' '.join(NAMES)}"
    assert reading_text({"roles": ("xi=velocity",), "periodic": False}) == ["--role xi=velocity", "--not-periodic"]


@pytest.mark.parametrize("words", [("info", "a.nc"), ("fit", "a.nc"), ("sweep", "a.nc", "--vary", "layers=1,2"),
                                   ("compare", "a.nc", "--equation", "g")])
@pytest.mark.parametrize(("given", "says", "code"), [
    (("--axis", "t="), "--axis has 't=': write AXIS=NAME", 2), (("--field", "u=a,u=b"), "--field names 'u' twice", 2),
    (("--axis", "t=0:1"), "--axis has '0:1' for t: write FROM:TO:POINTS", 2),
    (("--role", "v=here", "--axis", "t=moment,x=place,v=cosine"), "must be one of space, velocity, index", 1),
    (("--axis", "t=time"), "there is no 'time' in the data that could be t", 1),
    (("--weights", "=a"), "--weights has '=a'", 2)])
def test_mistakes_end_in_one_line(command: Command, foreign: Path, words: tuple[str, ...], given: tuple[str, ...],
                                  says: str, code: int) -> None:
    done = command(foreign, *words, *given)
    (line,) = (line for line in done.stderr.splitlines() if not line.startswith("Note:"))
    assert says in line
    assert done.returncode == code


def test_tables_and_ranges(tmp_path: Path) -> None:
    (tmp_path / "fit.toml").write_text('[axis]\nt = "time"\nx = "0:1:3"\n[role]\nxi = "velocity"\n')
    found = read_config(tmp_path / "fit.toml", click.Context(fit_command))
    naming = naming_from(found)
    assert naming.axes == {"t": "time", "x": (0.0, 0.5, 1.0)}
    assert naming.roles == {"xi": "velocity"}
    (tmp_path / "bad.toml").write_text("[axis]\nt = 3\n")
    with pytest.raises(symdcrnn.InputError, match=r'axis should be a list of texts: write axis = \["t=time"'):
        read_config(tmp_path / "bad.toml", click.Context(fit_command))


@pytest.mark.usefixtures("undrawn")
def test_simulate_and_report_take_the_options(command: Command, foreign: Path) -> None:
    model = symdcrnn.fit(symdcrnn.read_trajectory(foreign / "a.nc", axes={"t": "moment", "x": "place", "v": "cosine"},
                                                  fields={"g": "f", "rho": "n"}, weights="gauss"),
                         equations=("g",), layers=1, bootstrap=0)
    model.save(foreign / "m.json")
    for words in (("simulate", "m.json", "a.nc", "-o", "b.nc", "--steps", "1"),
                  ("report", "m.json", "a.nc", "-o", "r.html")):
        assert command(foreign, *words).returncode == 1
        done = command(foreign, *words, *NAMES)
        assert done.returncode == 0, done.stderr
    assert np.isfinite(symdcrnn.read_trajectory(foreign / "b.nc").array("g")).all()


@pytest.mark.usefixtures("interpreted")
def test_series_of_files(command: Command, tmp_path: Path) -> None:
    x, t = 2 * np.pi * np.arange(24) / 24, 0.1 * np.arange(12)
    for number, time in enumerate(t):
        np.savez(tmp_path / f"f_{number:02d}.npz", x=x, u=np.exp(-time) * (2 + np.sin(x)), time=time, periodic=1)
    content = json.loads(command(tmp_path, "info", "f_*.npz", "--series", "--json").stdout)
    assert content["axes"]["t"]["points"] == 12
    assert content["try"].startswith("symdcrnn fit 'f_*.npz' --series --library")
    settings = ("--word", "u", "--scheme", "simpson", "--bootstrap", "0", "--json")
    for words in (("f_*.npz",), tuple(f"f_{number:02d}.npz" for number in range(12))):
        done = command(tmp_path, "fit", *words, "--series", *settings)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["equations"]["u"]["u"] == pytest.approx(-1.0, rel=1e-2)
    assert "leave --memory out" in command(tmp_path, "fit", "f_*.npz", "--series", "--memory", "1GB").stderr
    refused = command(tmp_path, "fit", "g_*.npz", "--series")
    assert refused.stderr == "Error: g_*.npz: there is no such file: give the names of files\n"


def test_an_output_never_replaces_the_file_of_a_group(command: Command, tmp_path: Path) -> None:
    (tmp_path / "a.h5").write_text("")
    done = command(tmp_path, "fit", "a.h5:/run", "-o", "a.h5", "--force")
    assert "is read by this command and would be replaced" in done.stderr


def test_data_without_velocities_is_told_what_suits_it(command: Command, tmp_path: Path) -> None:
    x, t = 2 * np.pi * np.arange(24) / 24, 0.1 * np.arange(12)
    u = np.exp(-t)[:, None] * np.exp(1j * x)
    np.savez(tmp_path / "a.npz", x=x, t=t, usol=u, periodic=1)
    done = command(tmp_path, "fit", "a.npz")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == (
        "Error: --operators is not given, and the default ones are for data with velocities v: add --library 'poly 3, "
        "d_x 2', or other words")
    assert json.loads(command(tmp_path, "info", "a.npz", "--json").stdout)["try"] == (
        "symdcrnn fit a.npz --library 'poly 3, d_x 2'")
