"""Cells of the table of kinetic equations, and its files and refusals."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

import symdcrnn

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from bench.kinetic.__main__ import fitted, main  # noqa: E402
from bench.kinetic.cases import OWN, angular  # noqa: E402
from bench.kinetic.files import FILES, cases_of  # noqa: E402

CASES = {case.name: case for case in OWN}


def test_an_equation_is_scored_by_its_words_and_its_worst_coefficient() -> None:
    cell = fitted(CASES["goldstein-taylor"], 0.01)
    assert cell.right
    assert cell.error is not None
    assert 1e-6 < cell.error < 0.01
    assert cell.row.startswith("| Goldstein-Taylor | 1 % | right | 0.0")
    assert " | certain | " in cell.row
    wrong = fitted(replace(CASES["goldstein-taylor"], exact={"f": {"f": -1.0, "d_x f": 1.0}}), 0.01)
    assert not wrong.right
    assert wrong.error is None
    assert "v_dx f" in wrong.text


def test_what_is_refused_is_a_row_too() -> None:
    case = replace(CASES["goldstein-taylor"], fit={"words": ("d_y f",)})
    cell = fitted(case, 0.0)
    assert cell.verdict == "refused"
    assert "d_y" in cell.text


def test_a_kernel_is_its_series() -> None:
    kernel = angular(0.5, 2).rules[0].kernel
    assert kernel == "1 + 1.5*legendre(1, v)*legendre(1, v') + 1.25*legendre(2, v)*legendre(2, v')"


def test_files_are_known_by_name_and_get_noise(tmp_path: Path) -> None:
    trajectory = symdcrnn.generate(symdcrnn.problem("goldstein-taylor", nx=16, frames=20))
    symdcrnn.write_trajectory(trajectory, tmp_path / "goldstein_1.nc")
    (tmp_path / "other.txt").write_text("")
    [case] = cases_of(tmp_path)
    assert case.name == "goldstein_1.nc"
    assert case.exact == FILES["goldstein_1.nc"][1]
    noise = case.load(0.1).array("f") - case.load(0.0).array("f")
    assert noise.std() == pytest.approx(0.1 * trajectory.array("f").std(), rel=0.1)


def test_unknown_cases_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["bench.kinetic", "gas"])
    with pytest.raises(SystemExit, match="there is no case gas: name some of slab, "):
        main()
