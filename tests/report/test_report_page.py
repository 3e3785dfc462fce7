"""The report: one HTML file, nothing of which is run or fetched."""

from __future__ import annotations

import json
import re
import subprocess
from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import symdcrnn
from symdcrnn.changes import changes
from symdcrnn.model import model_from_dict
from symdcrnn.report.mathml import equation_in_mathml, number_in_mathml, word_in_mathml
from symdcrnn.report.page import STYLE, report_page
from symdcrnn.report.pictures.canvas import DPI, SMALL
from symdcrnn.report.rates import compare_rates
from symdcrnn.weak_record import WeakRecord

Command = Callable[..., subprocess.CompletedProcess[str]]
VOID = {"meta", "img"}


class Tags(HTMLParser):
    """Tags that are balanced, and all attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.sources: list[str] = []
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.names |= {name for name, _ in attrs}
        self.sources += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def parsed(text: str) -> Tags:
    tags = Tags()
    tags.feed(text)
    tags.close()
    assert tags.open == []
    return tags


def test_report_stands_alone(report_text: str) -> None:
    text = report_text
    tags = parsed(text)
    assert "script" not in tags.seen
    assert len(tags.sources) == 6
    for source in tags.sources:
        assert source.startswith("data:image/png;base64,")
        assert b64decode(source.split(",")[1]).startswith(b"\x89PNG")
    assert "http" not in re.sub(r"base64,[^\"]*|http-equiv", "", text)
    assert tags.seen.count("math") == 7
    for part in ("standard error", "dropping any one raises the residual", "imex-bdf2", "nearly collinear", "-644"):
        assert part in text


@pytest.mark.usefixtures("undrawn")
def test_what_comes_from_files_is_escaped(workplace: Path) -> None:
    evil = '<script>alert("x")</script><img/src=y/onerror=z>&'
    content = json.loads((workplace / "model.json").read_text())
    equation = content["equations"][0]
    equation["target"] = evil
    equation["terms"][0]["word"] = evil
    equation["path"][0]["words"][0] = evil
    equation["scheme"] = equation["judge"] = evil + "$x_{"
    equation["vanishing"] = {evil: evil}
    equation["collinear"] = [[evil, evil, 0.5]]
    equation["functions"] = [{"word": evil, "x": [0.0, 1.0], "values": [1.0, 2.0]}]
    content["data"]["fields"] = {evil: ["t", "x"]}
    content["data"]["known"] = [evil]
    content["data"]["noise"] = {evil: 0.1}
    content["settings"]["nonlinear"] = [evil]
    content["errors"] = {evil: [1.0, 2.0]}
    text = report_page(model_from_dict(content))
    tags = parsed(text)
    assert "script" not in tags.seen
    assert tags.seen.count("img") == 3
    assert "onerror" not in tags.names
    assert "<script" not in text


@pytest.mark.parametrize(("word", "expected"), [
    ("<v_dx g>", "⟨v∂xg⟩"), ("v_dx v_dx rho", "v∂xv∂xρ"), ("sigma_s g", "σsg"), ("d_xx u", "∂xxu"), ("a&b", "a&amp;b"),
    ("d_x(u^2)", "∂x(u2)"), ("u d_x u", "u∂xu"), ("c_dx f", "c∂xf"), ("d_vx_vx f", "∂vxvxf"), ("laplacian h", "Δh"),
    ("density", "density"), ("u_down", "udown"), ("exp(-u^2) f", "exp(−u2)f"), ("sin(8*t) <f>", "sin(8t)⟨f⟩"),
    ("max(u, v)/2", "max(u,v)/2"), ("<<f>", "&lt;&lt;f&gt;"),
])
def test_words_in_mathml(word: str, expected: str) -> None:
    assert re.sub(r"<[^>]*>", "", word_in_mathml(word)) == expected


@pytest.mark.parametrize(("value", "expected"), [
    (0.25, "0.25"), (2.123456e7, "2.12346×107"), (1.5e-9, "1.50000×10−9"),
])
def test_numbers_in_mathml(value: float, expected: str) -> None:
    assert re.sub(r"<[^>]*>", "", number_in_mathml(value)) == expected


@pytest.mark.soak
def test_a_report_has_the_same_bytes_again(with_functions: symdcrnn.Model, workplace: Path, report_text: str) -> None:
    assert report_text == report_page(with_functions, symdcrnn.read_trajectory(workplace / "data.nc"))


def test_equation_in_mathml(with_functions: symdcrnn.Model) -> None:
    text = re.sub(r"<[^>]*>", "", equation_in_mathml(with_functions["g"]))
    coefficients = with_functions["g"].coefficients
    assert text.startswith(f"∂tg=−{abs(coefficients['g']):.6g}g−")
    assert text.endswith("+a1(x)g+S(x)")


@pytest.mark.parametrize("frames", [2, 3, 30])
def test_rates_are_those_of_the_data(workplace: Path, frames: int) -> None:
    trajectory = symdcrnn.read_trajectory(workplace / "data.nc").select(0, frames)
    found = compare_rates(symdcrnn.load_model(workplace / "model.json"), trajectory, "g")
    assert found.difference.shape == found.rate.shape == (2, 400)
    assert found.relative < 0.1
    g, n = trajectory.array("g"), frames // 2
    expected = (g[1] - g[0]) / trajectory.dt if frames == 2 else (g[n + 1] - g[n - 1]) / (2.0 * trajectory.dt)
    np.testing.assert_allclose(found.difference, expected[[4, 12]], rtol=1e-9)
    assert [label.startswith("v = ") for label in found.labels] == [True, True]


def test_rates_under_the_weak_form_are_averages(workplace: Path) -> None:
    model, trajectory = symdcrnn.load_model(workplace / "model.json"), symdcrnn.read_trajectory(workplace / "data.nc")
    weak = WeakRecord({"t": 3, "x": 8}, {"t": 2, "x": 2}, {}, (), True)
    averaged = replace(model, equations=(replace(model["g"], weak=weak),))
    moved = changes(averaged, trajectory, "g")
    found = compare_rates(averaged, trajectory, "g")
    n = moved.steps.size // 2
    assert found.time == moved.places["t"][n]
    assert found.relative < 0.1
    np.testing.assert_array_equal(found.difference, (moved.change[n] / moved.steps[n])[[4, 12]])
    again = compare_rates(averaged, trajectory, "g", found=replace(moved, change=2.0 * moved.change))
    np.testing.assert_array_equal(again.difference, 2.0 * found.difference)


@pytest.mark.usefixtures("undrawn")
def test_report_of_the_command(command: Command, workplace: Path, tmp_path: Path) -> None:
    model, data = str(workplace / "model.json"), str(workplace / "data.nc")
    done = command(tmp_path, "report", model, data, "-o", "report.html", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["report"] == "report.html"
    assert (tmp_path / "report.html").stat().st_size == json.loads(done.stdout)["bytes"]
    for arguments, code, expected in (
        ((model, "-o", "report.html"), 1, "--force"),
        ((model,), 2, "--output"),
        ((data, "-o", "other.html"), 1, "not a model"),
        ((model, "missing.nc", "-o", "other.html"), 1, "missing.nc"),
        ((model, "--sigma-s", "1", "-o", "other.html"), 1, "only with data"),
        ((model, data, "--sigma-s", "1/x", "-o", "other.html"), 1, "sigma_s: '1/x' is inf"),
    ):
        done = command(tmp_path, "report", *arguments)
        assert done.returncode == code, done.stderr
        assert expected in done.stderr
        assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_the_page_fits_narrow_screens(report_text: str) -> None:
    """Nothing is wider than 360 pixels by itself; what may be wide moves inside of its own box."""
    text = report_text
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in text
    sizes = [float(size) * (16.0 if unit == "rem" else 1.0)
             for size, unit in re.findall(r"(?<!max-)(?:width|flex|basis):[^;{}]*?([\d.]+)(px|rem)", STYLE)]
    assert sizes
    assert max(sizes) <= 328.0
    assert "img { width: 100%; height: auto; }" in STYLE
    assert text.count("<table") == text.count('<div class="wide"><table')
    assert ".wide { overflow-x: auto; }" in STYLE
    assert re.search(r"\.equation \{[^}]*overflow-x: auto", STYLE)
    assert re.search(r"pre \{[^}]*white-space: pre-wrap; overflow-wrap: anywhere", STYLE)
    images = re.findall(r"<img [^>]*?src=", text)
    assert images
    assert all(re.match(r'<img alt="[^"]{10,}"', image) for image in images)


def test_pictures_stay_legible_on_narrow_screens(report_text: str) -> None:
    """One column of panels: at 328 pixels letters of 9 points are 9 pixels high at least."""
    for content in re.findall(r'src="data:image/png;base64,([^"]*)"', report_text):
        wide = int.from_bytes(b64decode(content)[16:20], "big")
        assert 328.0 / wide * SMALL * DPI / 72.0 >= 8.0


@pytest.mark.usefixtures("undrawn")
def test_the_report_says_how_it_was_made(command: Command, workplace: Path, tmp_path: Path) -> None:
    done = command(tmp_path, "report", str(workplace / "model.json"), "-o", "report.html")
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "report.html").read_text()
    said = re.sub(r"</?span[^>]*>", "", text)
    assert "--equation g --scheme imex-bdf2 --stencil upwind3 --central-stencil central4\nsymdcrnn report " in said
    for part in ("<td>numba</td>", "<td>Python</td>", "<td>noise</td>", "<h3>Verdict</h3>", "passed"):
        assert part in text
