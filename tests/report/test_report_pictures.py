"""Pictures of learned functions."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np

import symdcrnn
from symdcrnn.report.pictures import draw_functions, empty_figure, png

Command = Callable[..., subprocess.CompletedProcess[str]]
SIGNATURE = b"\x89PNG\r\n"


def test_one_panel_per_function(with_functions: symdcrnn.Model) -> None:
    figure = draw_functions(with_functions.equations)
    assert figure is not None
    assert [panel.get_ylabel() for panel in figure.axes] == ["coefficient of g", "source"]
    assert {panel.get_xlabel() for panel in figure.axes} == {"x, from the left end"}
    for panel, function in zip(figure.axes, with_functions["g"].functions, strict=True):
        (line,) = panel.lines
        np.testing.assert_array_equal(line.get_ydata(), function.values)
    assert png(figure).startswith(SIGNATURE)
    assert png(figure) == png(figure)


def test_many_panels_fill_rows() -> None:
    figure, panels = empty_figure(4)
    assert len(panels) == 4
    assert len(figure.axes) == 6


def test_inspect_draws_a_file(
    command: Command, workplace: Path, tmp_path: Path, with_functions: symdcrnn.Model
) -> None:
    with_functions.save(tmp_path / "model.json")
    done = command(tmp_path, "inspect", "model.json", "--plot", "functions.png")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("d_t g = ")
    assert (tmp_path / "functions.png").read_bytes().startswith(SIGNATURE)
    for arguments, code, expected in (
        (("model.json", "--plot", "functions.png"), 1, "--force"),
        (("model.json", "--plot", "functions.txt"), 1, "ends in .png"),
        (("model.json", "--plot", "none/functions.png"), 1, "does not exist"),
        (("--plot", "functions.png"), 2, "need a model"),
        ((str(workplace / "model.json"), "--plot", "other.png"), 1, "no coefficient that is a function of x"),
        (("model.json", "--equation", "rho", "--plot", "other.png"), 1, "no equation of 'rho'"),
    ):
        done = command(tmp_path, "inspect", *arguments)
        assert done.returncode == code, done.stderr
        assert done.stdout == ""
        assert expected in done.stderr
    assert command(tmp_path, "inspect", "model.json", "--plot", "functions.png", "--force").returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["functions.png", "model.json"]
