"""The report as a browser lays it out, and what is written in pictures, which ends where they do."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from html import escape, unescape
from pathlib import Path

import numpy as np
import pytest

import symdcrnn
from symdcrnn.changes import Changes
from symdcrnn.report.page import POLICY, report_page
from symdcrnn.report.pictures.canvas import canvas, draw_map
from symdcrnn.report.pictures.coefficients import draw_coefficients
from symdcrnn.report.pictures.collinearity import draw_collinearity
from symdcrnn.report.pictures.residuals import draw_residual

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
WIDTHS = (360, 1400)

MEASURE = """<script>
window.onload = () => {
  const found = Array.from(document.querySelectorAll("iframe")).map(frame => {
    const page = frame.contentDocument, root = page.documentElement, wide = frame.clientWidth;
    const outside = Array.from(page.body.querySelectorAll("*")).filter(one =>
      one.getBoundingClientRect().right > wide + 0.5 || one.getBoundingClientRect().left < -0.5);
    const clipped = Array.from(page.querySelectorAll(".wide, .equation, pre")).filter(one =>
      one.scrollWidth > one.clientWidth);
    return {wide, page: root.scrollWidth, elements: page.body.querySelectorAll("*").length,
            outside: outside.map(one => one.outerHTML.slice(0, 90)),
            clipped: clipped.map(one => one.outerHTML.slice(0, 90))};
  });
  document.body.dataset.found = JSON.stringify(found);
};
</script>"""


def laid_out(text: str, tmp_path: Path) -> list[dict[str, object]]:
    """What a browser says of a page at each of the widths."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        pytest.skip(f"needs a browser that lays pages out without a window: {', '.join(BROWSERS)}")
    plain = escape(text.replace(escape(POLICY), ""))
    frames = "".join(f'<iframe style="border: 0; width: {wide}px; height: 900px" srcdoc="{plain}"></iframe>'
                     for wide in WIDTHS)
    page = tmp_path / "page.html"
    page.write_text(f"<!DOCTYPE html><meta charset='utf-8'><body style='width: 2000px'>{frames}{MEASURE}</body>")
    done = subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
         f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", page.as_uri()],
        capture_output=True, text=True, timeout=60, check=False)
    found = re.search(r'data-found="([^"]*)"', done.stdout)
    assert found is not None, done.stderr[-2000:]
    return list(json.loads(unescape(found[1])))


@pytest.mark.soak
def test_nothing_is_wider_than_the_window(with_functions: symdcrnn.Model, report_text: str, tmp_path: Path) -> None:
    terms = tuple(replace(term, units="kg m-2 s-1") for term in with_functions["g"].terms)
    with_units = replace(with_functions, equations=(replace(with_functions["g"], terms=terms),))
    found = laid_out(report_text + report_page(with_units), tmp_path)
    assert [one["wide"] for one in found] == list(WIDTHS)
    for one in found:
        assert one["page"] == one["wide"]
        assert one["elements"] > 200
        assert one["outside"] == []
        assert one["clipped"] == []


@pytest.mark.soak
def test_what_is_written_stays_inside_of_pictures(with_functions: symdcrnn.Model) -> None:
    from matplotlib.text import Annotation

    name = "concentration_of_the_second_tracer"
    words = (f"d_x({name}^2 rho)", "maxwellian(<f>, <v f>, <v^2 f>, v)", "g")
    one = replace(with_functions["g"].terms[0], units="kg m-2 s-1")
    terms = tuple(replace(one, word=word, coefficient=size, error=0.1 * size)
                  for word, size in zip(words, (1.5e-9, 3.0, 2.1e7), strict=True))
    equation = replace(with_functions["g"], target=name, terms=terms)
    places = {"t": np.linspace(0.0, 1e-4, 5), "v": np.arange(3.0), "x": np.linspace(0.0, 1.0, 8)}
    left = 1e-7 * np.ones((5, 3, 8)) * np.cos(places["x"])
    units = {name: "kg m-3", "x": "m", "t": "s"}
    found = Changes(left + 1.0, left, places, np.ones(5))
    for figure in (draw_coefficients(equation, 1), draw_residual(name, found, units),
                   draw_collinearity(name, words, np.eye(3))):
        assert figure is not None
        figure.draw_without_rendering()
        assert all(panel.bbox.width > 0.2 * figure.bbox.width for panel in figure.axes if panel.get_title())
        width, height = figure.bbox.width, figure.bbox.height
        said = [panel.title for panel in figure.axes] + [axis.label for panel in figure.axes
                                                         for axis in (panel.xaxis, panel.yaxis)]
        said += [text for panel in figure.axes for text in panel.texts if isinstance(text, Annotation)]
        said += [text for panel in figure.axes for text in panel.get_yticklabels() if " " in text.get_text()]
        for text in filter(lambda one: one.get_text(), said):
            box = text.get_window_extent()
            assert -1.0 <= box.x0 <= box.x1 <= width + 1.0, text.get_text()
            assert -1.0 <= box.y0 <= box.y1 <= height + 1.0, text.get_text()


def test_titles_stand_above_the_common_factors_of_numbers() -> None:
    figure, (panel,) = canvas(1)
    x = np.linspace(0.0, 1.0, 6)
    draw_map(panel, "a title that is as long as the panel is wide, and the scale beside it",
             ("x", x), ("t", x), 1e-6 * np.outer(x, x - 0.5), "difference")
    figure.draw_without_rendering()
    title, factor = panel.title.get_window_extent(), figure.axes[1].yaxis.get_offset_text()
    assert factor.get_text() == "1e\N{MINUS SIGN}7"
    assert not title.overlaps(factor.get_window_extent())
