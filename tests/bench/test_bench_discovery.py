"""Small cells of the table of discovered equations, and its refusals."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from bench.discovery.cells import Cell, score, summary, table  # noqa: E402
from bench.discovery.sets import OWN, PUBLIC, Snapshots, unreadable  # noqa: E402

EXACT = {"u": {"d_x(u^2)": -0.5, "d_xx u": 0.1}}
ANSWER = {"seconds": 1.0, "memory": 2.0, "certain": {"u": True}, "failed": [], "settings": "weak"}


def cell(found: dict[str, float]) -> Cell:
    return score("burgers", "symdcrnn", 0.1, 0, {**ANSWER, "equations": {"u": found}}, EXACT)


@pytest.mark.soak
def test_a_built_in_equation_is_found_under_noise(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run([sys.executable, "-m", "bench.discovery", "--sets", "own_burgers", "--levels", "0.2",
                           "--json", str(tmp_path / "cells.json")], cwd=ROOT, env=environment, capture_output=True,
                          text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "symdcrnn: 1 of 1 right, 0 wrong and certain" in done.stdout
    found = json.loads((tmp_path / "cells.json").read_text())[0]
    assert found["certain"]
    assert found["error"] < 0.01
    assert found["seconds"] > 0.0
    assert found["memory"] > 0.0


def test_a_word_too_many_or_too_few_is_wrong() -> None:
    right = cell({"d_x(u^2)": -0.51, "d_xx u": 0.1})
    assert right.right
    assert right.error == pytest.approx(0.02)
    assert not cell({"d_x(u^2)": -0.5}).right
    assert not cell({"d_x(u^2)": -0.5, "d_xx u": 0.1, "u": 1e-9}).right


def test_wrong_and_certain_is_marked() -> None:
    cells = [cell({"d_x(u^2)": -0.5}), cell({"d_x(u^2)": -0.5, "d_xx u": 0.11})]
    assert "| 1 of 2: 10 %! |" in table(cells, [0.1], {})
    assert summary(cells) == "symdcrnn: 1 of 2 right, 1 wrong and certain, 0 right and not certain"


def test_a_process_that_failed_is_no_right_cell() -> None:
    failed = score("burgers", "symdcrnn", 0.1, 0, {"error": "no answer within 5 s"}, EXACT)
    assert not failed.right
    assert "| - |" in table([failed], [0.1], {})


def test_pickled_arrays_are_skipped(tmp_path: Path) -> None:
    np.save(tmp_path / "objects.npy", np.array({"u": 1}, dtype=object), allow_pickle=True)
    np.save(tmp_path / "numbers.npy", np.zeros(3))
    assert "not unpacked" in str(unreadable(tmp_path / "objects.npy"))
    assert unreadable(tmp_path / "numbers.npy") is None


def test_names_are_told_apart() -> None:
    names = [one.name for one in (*PUBLIC, *OWN)]
    assert len(set(names)) == len(names)


def test_noise_is_that_of_the_root_mean_square() -> None:
    clean = OWN[0].load(Path())
    noise = clean.with_noise(0.2, 0).fields["u"] - clean.fields["u"]
    assert np.std(noise) == pytest.approx(0.2 * np.sqrt(np.mean(clean.fields["u"] ** 2)), rel=0.02)


def test_values_are_missing_here_and_there() -> None:
    whole = Snapshots({"u": np.ones((100, 60))}, np.arange(100.0), np.arange(60.0))
    assert np.mean(np.isnan(whole.with_gaps(0.1, 0).fields["u"])) == pytest.approx(0.1, abs=0.015)
    assert np.array_equal(whole.with_gaps(0.0, 0).fields["u"], whole.fields["u"])
