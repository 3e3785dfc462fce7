"""Pictures of data and models, their labels and their files."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import symdcrnn
from symdcrnn.cli.plot import NAMES
from symdcrnn.equation import LearnedFunction
from symdcrnn.errors import InputError
from symdcrnn.plots import PICTURES, correlations_of
from symdcrnn.report.pictures.canvas import canvas, png, write_picture
from symdcrnn.report.pictures.fields import draw_data
from symdcrnn.report.pictures.functions import draw_functions

Command = Callable[..., subprocess.CompletedProcess[str]]
SIGNATURE = b"\x89PNG\r\n"


def test_one_panel_per_function(with_functions: symdcrnn.Model) -> None:
    figure = draw_functions(with_functions.equations)
    assert figure is not None
    assert [panel.get_ylabel() for panel in figure.axes] == ["a1", "S"]
    assert [panel.get_title() for panel in figure.axes] == ["a1(x) in d_t g: coefficient of g", "S(x) in d_t g: source"]
    assert {panel.get_xlabel() for panel in figure.axes} == {"x, from the left end"}
    for panel, function in zip(figure.axes, with_functions["g"].functions, strict=True):
        (line,) = panel.lines
        np.testing.assert_array_equal(line.get_ydata(), function.values)
    assert png(figure).startswith(SIGNATURE)
    assert png(figure) == png(figure)


def test_many_panels_fill_rows() -> None:
    figure, panels = canvas(4)
    assert len(panels) == 4
    assert len(figure.axes) == 6


def test_plot_draws_a_file(
    command: Command, workplace: Path, tmp_path: Path, with_functions: symdcrnn.Model
) -> None:
    with_functions.save(tmp_path / "model.json")
    functions = ("--what", "functions")
    done = command(tmp_path, "plot", "model.json", *functions, "-o", "functions.png")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "functions.png\n"
    assert (tmp_path / "functions.png").read_bytes().startswith(SIGNATURE)
    for arguments, code, expected in (
        (("model.json", *functions, "-o", "functions.png"), 1, "--force"),
        (("model.json", *functions, "-o", "functions.txt"), 1, "ends in .png"),
        (("model.json", *functions, "-o", "none/functions.png"), 1, "does not exist"),
        (("model.json", *functions), 2, "--output"),
        (("model.json", "--what", "function", "-o", "other.png"), 2, "--what has 'function': choose from data"),
        (("model.json", "-o", "other.png"), 1, "there are 4 pictures, coefficients, functions, path, network"),
        (("model.json", "--what", "residual", "-o", "other.png"), 1, "residual: this picture needs data"),
        ((str(workplace / "model.json"), *functions, "-o", "other.png"), 1, "no coefficient that is a function"),
        (("model.json", "--equation", "rho", *functions, "-o", "other.png"), 1, "no equation of 'rho'"),
        ((str(workplace / "data.nc"), "--what", "path", "-o", "other.png"), 1, "path: this picture needs a model"),
        ((str(workplace / "data.nc"), "model.json", "-o", "other.png"), 1, "give the model first"),
    ):
        done = command(tmp_path, "plot", *arguments)
        assert done.returncode == code, done.stderr
        assert done.stdout == ""
        assert expected in done.stderr
    assert command(tmp_path, "plot", "model.json", *functions, "-o", "functions.png", "--force").returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["functions.png", "model.json"]


def test_the_shell_takes_every_name() -> None:
    """The guide draws all that there is of a model and data."""
    assert set(NAMES) == set(PICTURES)


def test_terms_of_an_equation_are_as_alike_as_they_are(workplace: Path) -> None:
    model = symdcrnn.load_model(workplace / "model.json")
    data = symdcrnn.read_trajectory(workplace / "data.nc")
    words, found = correlations_of(model, model["g"], data[10:20])
    place = {word: number for number, word in enumerate(words)}
    np.testing.assert_allclose(np.diag(found), 1.0, rtol=1e-12)
    # Beside their sign: g is -v_dx rho but for epsilon.
    assert found[place["g"], place["v_dx rho"]] < -0.99 or found[place["g"], place["v_dx rho"]] > 0.99
    [(_, _, expected)] = model["g"].collinear
    assert abs(found[place["g"], place["v_dx rho"]]) == pytest.approx(abs(expected), abs=0.01)
    assert abs(found[place["v_dx g"], place["<v_dx g>"]]) < 0.95


def test_labels_have_units_and_axes_their_own_points() -> None:
    x = 2.0 + 0.1 * np.arange(16)
    t = 0.5 * np.arange(6)
    data = symdcrnn.Trajectory.from_arrays({"u": np.sin(x) * np.exp(-t)[:, None]}, t=t, x=x, periodic=False,
                                           units={"u": "K", "x": "m", "t": "s"})
    figure = draw_data(data)
    panel, bar = figure.axes
    assert (panel.get_xlabel(), panel.get_ylabel(), bar.get_ylabel()) == ("x [m]", "t [s]", "u [K]")
    assert panel.get_xlim()[0] == pytest.approx(1.95)
    function = LearnedFunction("u", tuple(x - 2.0), tuple(x), units="s-1", axis_units={"x": "m"})
    model = symdcrnn.fit(data, words=["u"], bootstrap=0)
    with_one = replace(model, equations=(replace(model["u"], functions=(function,)),))
    panel, = with_one.plot.functions(trajectory=data).axes
    assert (panel.get_xlabel(), panel.get_ylabel()) == ("x [m]", "a1 [s-1]")
    assert panel.lines[0].get_xdata()[0] == pytest.approx(2.0)
    with pytest.raises(InputError, match="no networks"):
        model.plot.network()


@pytest.mark.parametrize("ending", [".png", ".pdf", ".svg"])
def test_pictures_are_written_as_they_are_named(tmp_path: Path, ending: str) -> None:
    figure, (panel,) = canvas(1)
    panel.plot([0.0, 1.0])
    write_picture(figure, tmp_path / f"one{ending}")
    write_picture(figure, tmp_path / f"two{ending}")
    content = (tmp_path / f"one{ending}").read_bytes()
    assert content == (tmp_path / f"two{ending}").read_bytes()
    assert content[:5] in (b"\x89PNG\r", b"%PDF-", b"<?xml")
