"""Forecasts: against data, with what is missing taken from it, and where they cannot go on."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from in_python import in_python

import symdcrnn
from symdcrnn import InputError, Model, Trajectory
from symdcrnn.cli.simulate import METHODS as NAMED_METHODS
from symdcrnn.embedding.pattern import pattern
from symdcrnn.imex.forecast import IMEX_METHODS
from symdcrnn.simulation import METHODS, simulate

Command = Callable[..., subprocess.CompletedProcess[str]]
EXACT = {"g": {"g": -65536.0, "v_dx g": -256.0, "<v_dx g>": 256.0, "v_dx rho": -65536.0}, "rho": {"<v_dx g>": -1.0}}


@pytest.fixture(scope="module")
def data(workplace: Path) -> Trajectory:
    return symdcrnn.read_trajectory(workplace / "data.nc")


@pytest.fixture(scope="module")
def exact(workplace: Path) -> Model:
    """The model of the file with the true coefficients, and the equation of rho beside that of g."""
    model = symdcrnn.load_model(workplace / "model.json")
    learned = model["g"]
    terms = tuple(replace(term, coefficient=EXACT["g"][term.word]) for term in learned.terms)
    second = replace(learned, target="rho", functions=(), terms=(replace(terms[0], word="<v_dx g>", coefficient=-1.0),))
    return replace(model, equations=(replace(learned, terms=terms), second))


@pytest.mark.parametrize("method", METHODS)
def test_every_method_agrees_with_the_data(exact: Model, data: Trajectory, method: str) -> None:
    with in_python() if method in IMEX_METHODS else nullcontext():
        made = simulate(exact, data, from_frame=3, steps=6, method=method)
    assert made.method == ("RK45" if method == "auto" else method)
    assert made.from_data == ()
    assert made.steps > 0
    np.testing.assert_array_equal(made.trajectory.t, data.t[3:10])
    for name, bound in (("g", 3e-4), ("rho", 1e-6)):
        assert made.errors[name].shape == (6,)
        assert made.total_errors[name] < bound
        np.testing.assert_array_equal(made.trajectory.array(name)[0], data.array(name)[3])


def test_stiff_equations_are_marched_implicitly(exact: Model, data: Trajectory) -> None:
    coarse = Trajectory(data.dataset.assign_coords(t=2000.0 * data.dataset["t"]))
    assert simulate(exact, coarse, steps=2, rtol=1e-3).method == "BDF"


def test_the_pattern_holds_every_entry_of_the_jacobian(exact: Model, data: Trajectory) -> None:
    rhs = exact.rhs(data)
    found = pattern(rhs.structure)
    random = np.random.default_rng(0)
    y = random.normal(size=rhs.size)
    for column in random.integers(0, rhs.size, 20):
        moved = y.copy()
        moved[column] += 1.0
        touched = np.flatnonzero(np.abs(rhs(0.0, moved) - rhs(0.0, y)) > 1e-3)
        assert set(touched) <= set(found[:, [column]].nonzero()[0])


def test_it_may_go_beyond_the_data(exact: Model, data: Trajectory) -> None:
    made = simulate(exact, data, from_frame=27, steps=8)
    assert made.trajectory.frames == 9
    assert made.trajectory.t[-1] == pytest.approx(data.t[27] + 8 * data.dt)
    assert {name: values.size for name, values in made.errors.items()} == {"g": 2, "rho": 2}
    same = simulate(exact, data, from_frame=27, until=float(data.t[27] + 8 * data.dt))
    np.testing.assert_array_equal(same.trajectory.array("g"), made.trajectory.array("g"))


def test_ends_that_are_not_periodic_come_from_the_data(exact: Model, data: Trajectory) -> None:
    cut = Trajectory.from_arrays({name: data.array(name)[..., 40:340] for name in data.field_names}, t=data.t,
                                 x=data.x[40:340], v=data.v, weights=data.weights, periodic=False)
    made = simulate(exact, cut, steps=6)
    assert not made.trajectory.periodic
    for name, bound in (("g", 2e-2), ("rho", 1e-5)):
        assert made.total_errors[name] < bound
        np.testing.assert_allclose(made.trajectory.array(name)[1:, ..., :2], cut.array(name)[1:7, ..., :2], rtol=1e-12)
    with pytest.raises(InputError, match="is known from t ="):
        simulate(exact, cut, from_frame=27, steps=8)


@pytest.mark.usefixtures("interpreted")
def test_a_field_without_v_alone() -> None:
    x = 2.0 * np.pi * np.arange(64) / 64
    t = 0.05 * np.arange(20)
    u = np.exp(-0.1 * t)[:, None] * np.sin(x - t[:, None]) + 2.0
    trajectory = Trajectory.from_arrays({"u": u}, t=t, x=x, periodic=True)
    model = symdcrnn.fit(trajectory, operators=("I", "d_x", "d_xx"), central_stencil="central8", layers=1, scales=0,
                         bootstrap=0, starts=1)
    made = symdcrnn.simulate(model, trajectory)
    assert made.total_errors["u"] < 1e-5


@pytest.mark.parametrize(("changes", "expected"), [
    ({"from_frame": 30}, "the data has frames 0 to 29"),
    ({"from_frame": 29}, "frame 29 is the last one"),
    ({"until": 0.0}, "give a time after"),
    ({"until": 1.0, "steps": 2}, "leave out one"),
    ({"steps": 0}, "whole number from 1"),
    ({"method": "euler"}, "unknown method 'euler'"),
    ({"rtol": 0.0}, "between 0 and 1"),
])
def test_wrong_requests_are_one_line(
    exact: Model, data: Trajectory, changes: dict[str, float], expected: str
) -> None:
    with pytest.raises(InputError, match=expected) as caught:
        simulate(exact, data, **changes)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("method", ["RK45", "LSODA", pytest.param("BDF", marks=pytest.mark.soak)])
def test_a_solution_that_blows_up_is_one_line(exact: Model, data: Trajectory, method: str) -> None:
    growing = replace(exact["g"], terms=tuple(replace(t, coefficient=-t.coefficient) for t in exact["g"].terms))
    model = replace(exact, equations=(growing, exact["rho"]))
    with pytest.raises(InputError, match="blew up") as caught:
        simulate(model, data, until=0.05, method=method, rtol=1e-2)
    assert "\n" not in str(caught.value)


def test_the_command(command: Command, workplace: Path, tmp_path: Path) -> None:
    files = (str(workplace / "model.json"), str(workplace / "data.nc"))
    done = command(tmp_path, "simulate", *files, "-o", "forecast.nc", "--json", "--steps", "4")
    assert done.returncode == 0, done.stderr
    assert "rho has no equation in the model: it was taken from the data" in done.stderr
    report = json.loads(done.stdout)
    assert report["frames"] == 5
    assert report["from_data"] == ["rho"]
    assert set(report["relative_error"]) == {"g"}
    assert report["relative_error"]["g"] < 0.01
    made = symdcrnn.read_trajectory(tmp_path / "forecast.nc")
    data = symdcrnn.read_trajectory(workplace / "data.nc")
    np.testing.assert_allclose(made.array("rho"), data.array("rho")[:5], rtol=1e-12, atol=1e-15)
    assert made.epsilon == data.epsilon
    assert made.exact is None
    again = command(tmp_path, "simulate", *files, "-o", "forecast.nc")
    assert again.returncode == 1
    assert "--force" in again.stderr
    shown = command(tmp_path, "simulate", *files, "-o", "forecast.nc", "--force", "--until", "1e-4")
    assert shown.returncode == 0, shown.stderr
    assert "relative L2 error" in shown.stdout
    both = command(tmp_path, "simulate", *files, "-o", "x.nc", "--until", "1", "--steps", "1")
    assert both.returncode == 2


def test_the_command_names_every_method() -> None:
    assert tuple(METHODS) == NAMED_METHODS
