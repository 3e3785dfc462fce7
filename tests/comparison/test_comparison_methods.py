"""The rivals: each against what it minimises, and all on data whose equation is known."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

import symdcrnn
from symdcrnn import InputError
from symdcrnn.comparison.dictionary import Task, dictionary_of, task_of
from symdcrnn.comparison.lasso import lasso
from symdcrnn.comparison.methods import METHODS, compare, find_method
from symdcrnn.comparison.ms_hdl import FRAMES, ms_hdl, split_data
from symdcrnn.comparison.stridge import sequential, stridge
from symdcrnn.scoring import error_percent
from symdcrnn.settings import FitSettings

Command = Callable[..., subprocess.CompletedProcess[str]]
TRUE_WORDS = {"g", "v_dx g", "<v_dx g>", "v_dx rho"}


@lru_cache(maxsize=1)
def task() -> Task:
    problem = symdcrnn.preset("paper", epsilon=1 / 64, nx=200, frames=24, velocities=8, steps=192, dt=5e-7)
    return task_of(symdcrnn.generate(problem), "g", FitSettings(layers=1))


def unknown() -> Task:
    """The same data without its exact equation."""
    known = task()
    arrays = {name: known.trajectory.array(name) for name in known.trajectory.field_names}
    plain = symdcrnn.Trajectory.from_arrays(
        arrays, t=known.trajectory.t, v=known.trajectory.v, x=known.trajectory.x,
        weights=known.trajectory.weights, periodic=True)
    return replace(known, trajectory=plain)


@pytest.mark.usefixtures("interpreted")
def test_dictionary_holds_the_equation() -> None:
    dictionary = dictionary_of(task(), "simpson")
    assert dictionary.columns.shape[0] == len(dictionary.words)
    np.testing.assert_allclose(np.mean(dictionary.columns**2, axis=(1, 2)), 1.0, rtol=1e-12)
    exact = task().exact
    assert exact is not None
    scaled = np.array([exact.get(word, 0.0) for word in dictionary.words]) / dictionary.sizes
    left = dictionary.change - np.tensordot(scaled, dictionary.columns, axes=1)
    assert np.abs(left).max() < 1e-6
    assert dictionary.by_word(scaled) == pytest.approx(exact)


@pytest.mark.parametrize("method", [lasso, stridge])
@pytest.mark.parametrize("known", [True, False])
def test_matrix_methods_find_the_terms(method: Callable[[Task], object], known: bool) -> None:
    found = METHODS[method.__name__].run(task() if known else unknown())
    exact = task().exact
    assert exact is not None
    assert set(found.coefficients) >= TRUE_WORDS
    assert error_percent(found.coefficients, exact) < 0.05


def test_thresholds_set_coefficients_to_zero() -> None:
    generator = np.random.default_rng(3)
    matrix = generator.normal(size=(40, 5))
    truth = np.array([1.0, 0.0, -0.5, 0.0, 1e-3])
    q, r = np.linalg.qr(matrix)
    right = q.T @ (matrix @ truth)
    np.testing.assert_allclose(sequential(r, right, 0.0, 1e-6), truth, atol=1e-12)
    coarse = sequential(r, right, 1e-8, 0.1)
    np.testing.assert_array_equal(coarse != 0.0, [True, False, True, False, False])
    best = np.linalg.lstsq(matrix[:, [0, 2]], matrix @ truth, rcond=None)[0]
    np.testing.assert_allclose(coarse[[0, 2]], best, rtol=1e-10)


@pytest.mark.usefixtures("interpreted")
def test_split_data_solves_its_own_equation() -> None:
    whole = task()
    exact = whole.exact
    assert exact is not None
    fast = {word: exact[word] for word in ("g", "v_dx rho")}
    assert whole.data.dt is not None
    dt = whole.data.dt / 64**2
    data = split_data(whole, fast, dt)
    assert (data.dt, data.frames) == (pytest.approx(dt, rel=1e-12), FRAMES)
    middle = whole.data.frames // 2
    np.testing.assert_array_equal(data.fields["g"][0], whole.data.fields["g"][middle])
    found = ms_hdl(whole)
    assert error_percent(found.coefficients, exact) < 0.01


def test_split_data_needs_the_exact_equation() -> None:
    with pytest.raises(InputError, match="ms-hdl needs data split by scale"):
        ms_hdl(unknown())


def test_methods_that_there_are_not() -> None:
    with pytest.raises(InputError, match="unknown method 'sindy': choose from dcrnn, lasso"):
        compare(task().trajectory, "g", ("sindy",))
    with pytest.raises(InputError, match=r"^ms-hdl needs data split"):
        find_method("ms-hdl").run(unknown())


@pytest.mark.soak
def test_what_a_method_refuses_is_said_by_the_comparison() -> None:
    with pytest.raises(InputError, match=r"^ms-hdl needs data split"):
        compare(unknown().trajectory, "g", ("ms-hdl",), FitSettings(layers=1))


@pytest.mark.soak
def test_compare_from_the_shell(workplace: Path, command: Command) -> None:
    done = command(workplace, "compare", "data.nc", "--equation", "g", "--methods", "dcrnn", "--layers", "1",
                   "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert list(found) == ["dcrnn"]
    assert set(found["dcrnn"]["coefficients"]) == TRUE_WORDS
    assert found["dcrnn"]["error_with_spurious"] < 0.01
    assert found["dcrnn"]["settings"] == "newton-cotes8"
    for one in found.values():
        assert one["seconds"] > 0.0
        assert one["memory"] is None or one["memory"] >= 0.0


def test_what_cannot_be_compared_is_one_line(workplace: Path, command: Command) -> None:
    for arguments, code in ((("--equation", "h"), 1), ((), 2), (("--equation", "g", "--methods", "sindy"), 2)):
        failed = command(workplace, "compare", "data.nc", *arguments)
        assert (failed.returncode, failed.stdout) == (code, "")
        assert "Traceback" not in failed.stderr
