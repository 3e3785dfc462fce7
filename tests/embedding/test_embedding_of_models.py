"""Models on any axes after they are learned: right-hand sides, forecasts, kernels, reports and clear refusals."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from manufactured import burgers

import symdcrnn
from symdcrnn import InputError, Model, Trajectory
from symdcrnn.embedding.march import march_of
from symdcrnn.embedding.words import equation_of, space_of_model
from symdcrnn.imex.forecast import IMEX_METHODS
from symdcrnn.simulation import METHODS

Command = Callable[..., subprocess.CompletedProcess[str]]


def coefficients(model: Model, target: str) -> dict[str, float]:
    return {term.word: term.coefficient for term in model[target].terms}


@pytest.mark.usefixtures("interpreted")
def test_equations_are_found(burgers_model: Model, ordinates_model: Model) -> None:
    assert coefficients(burgers_model, "u") == pytest.approx({"u d_x u": -1.0, "d_xx u": 0.1}, rel=1e-5)
    assert coefficients(ordinates_model, "f") == pytest.approx(
        {"c d_x f": -1.0, "s d_y f": -1.0, "f": -1.0, "<f>": 1.0}, rel=1e-5)


def test_words_are_read_from_the_model_alone(ordinates_model: Model, tmp_path: Path) -> None:
    ordinates_model.save(tmp_path / "model.json")
    loaded = symdcrnn.load_model(tmp_path / "model.json")
    equation = equation_of(loaded, loaded["f"], space_of_model(loaded))
    assert [str(word) for word in equation.words] == [term.word for term in loaded["f"].terms]
    assert equation.target.axes == ("t", "angle", "y", "x")


@pytest.mark.usefixtures("interpreted")
def test_right_hand_side_is_the_exact_one(
    burgers_model: Model, burgers_data: Trajectory, ordinates_model: Model, ordinates_data: Trajectory
) -> None:
    u = burgers_data.array("u")
    wave = 1j * np.arange(u.shape[1] // 2 + 1)
    first, second = (np.fft.irfft(power * np.fft.rfft(u), u.shape[1]) for power in (wave, wave**2))
    rate = symdcrnn.right_hand_side(burgers_model, burgers_data, "u")
    early = slice(0, 20)  # later the front is steep, and differences are not the derivatives of Fourier sums
    np.testing.assert_allclose(rate[early], (-u * first + 0.1 * second)[early], rtol=0.0, atol=1e-5)
    f = ordinates_data.array("f")
    found = symdcrnn.right_hand_side(ordinates_model, ordinates_data, "f")
    assert found.shape == f.shape
    change = (f[2:] - f[:-2]) / (ordinates_data.t[2] - ordinates_data.t[0])
    np.testing.assert_allclose(found[1:-1], change, atol=1e-3)


def test_open_ends_have_no_rate(burgers_model: Model, burgers_data: Trajectory) -> None:
    cut = Trajectory.from_arrays({"u": burgers_data.array("u")[:, 20:80]}, t=burgers_data.t, x=burgers_data.x[20:80],
                                 periodic=False)
    rate = symdcrnn.right_hand_side(burgers_model, cut, "u")
    whole = symdcrnn.right_hand_side(burgers_model, burgers_data, "u")[:, 20:80]
    inside = np.isfinite(rate[0])
    assert not inside[0]
    assert not inside[-1]
    assert inside[20:40].all()
    np.testing.assert_allclose(rate[:, inside], whole[:, inside], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("method", [name for name in METHODS if name not in IMEX_METHODS])
def test_burgers_is_marched(burgers_model: Model, burgers_data: Trajectory, method: str) -> None:
    made = symdcrnn.simulate(burgers_model, burgers_data, method=method, rtol=1e-6)
    assert made.total_errors["u"] < 1e-4
    assert made.method == ("RK45" if method == "auto" else method)
    np.testing.assert_array_equal(made.trajectory.t, burgers_data.t)


@pytest.mark.soak
def test_ordinates_are_marched(ordinates_model: Model, ordinates_data: Trajectory) -> None:
    made = symdcrnn.simulate(ordinates_model, ordinates_data, rtol=1e-6)
    assert made.total_errors["f"] < 1e-4
    assert made.trajectory.axes_of("f") == ("t", "angle", "y", "x")
    assert made.trajectory.coordinates["c"][0] == ("angle",)
    np.testing.assert_array_equal(made.trajectory.axes[0].weights, ordinates_data.axes[0].weights)


def test_points_near_open_ends_come_from_the_data(burgers_model: Model, burgers_data: Trajectory) -> None:
    cut = Trajectory.from_arrays({"u": burgers_data.array("u")[:, 20:80]}, t=burgers_data.t, x=burgers_data.x[20:80],
                                 periodic=False)
    made = symdcrnn.simulate(burgers_model, cut, rtol=1e-6)
    assert made.total_errors["u"] < 1e-4
    np.testing.assert_allclose(made.trajectory.array("u")[:, 0], cut.array("u")[:, 0], rtol=1e-9)
    with pytest.raises(InputError, match=r"field 'u' is known from t = 0 to 0\.8, not at"):
        symdcrnn.simulate(burgers_model, cut, steps=60)


def test_frames_may_be_uneven(burgers_model: Model) -> None:
    t = 0.5 * np.linspace(0.0, 1.0, 21) ** 1.5
    data = burgers(t=t)
    made = symdcrnn.simulate(burgers_model, data, rtol=1e-6)
    np.testing.assert_array_equal(made.trajectory.t, t)
    assert made.total_errors["u"] < 1e-4
    assert symdcrnn.simulate(burgers_model, data, until=float(t[5]), rtol=1e-5).trajectory.frames == 6
    with pytest.raises(InputError, match=r"unevenly spaced and reach from t = 0 to 0\.5, 20 steps"):
        symdcrnn.simulate(burgers_model, data, steps=21)


@pytest.mark.usefixtures("interpreted")
def test_functions_of_time_are_those_of_the_stage() -> None:
    t, x = np.linspace(0.0, 1.0, 41), 2.0 * np.pi * np.arange(32) / 32
    u = np.exp(np.sin(3.0 * t) / 3.0)[:, None] * (2.0 + np.sin(x)) / 2.0
    data = Trajectory.from_arrays({"u": u}, t=t, x=x, periodic=True)
    model = symdcrnn.fit(data, words=["cos(3*t) u", "u"], bootstrap=0)
    assert symdcrnn.simulate(model, data, rtol=1e-9).total_errors["u"] < 1e-6


@pytest.mark.usefixtures("interpreted")
def test_fields_without_equation_come_from_between_frames(burgers_data: Trajectory) -> None:
    t, x, u = burgers_data.t, burgers_data.x, burgers_data.array("u")
    force = np.cos(x[None, :] - 3.0 * t[:, None])
    w = 1.0 - (np.sin(x[None, :] - 3.0 * t[:, None]) - np.sin(x[None, :])) / 3.0
    data = Trajectory.from_arrays({"w": w, "E": force, "u": u}, t=t, x=x, periodic=True)
    model = symdcrnn.fit(data, equations=["w"], words=["E", "E^2"], operators=["I"], layers=0, bootstrap=0)
    made = symdcrnn.simulate(model, data, rtol=1e-7)
    assert made.from_data == ("E", "u")
    assert made.total_errors["w"] < 1e-5


@pytest.mark.usefixtures("interpreted")
def test_the_pattern_holds_every_entry_of_the_jacobian(ordinates_model: Model, ordinates_data: Trajectory) -> None:
    march = march_of(ordinates_model, ordinates_data)
    y = march.pack({"f": ordinates_data.array("f")[0]})
    pattern, rate = march.pattern(), march.rate(0.0, y)
    for column in np.random.default_rng(0).integers(0, y.size, 10):
        moved = y.copy()
        moved[column] += 1.0
        touched = np.flatnonzero(np.abs(march.rate(0.0, moved) - rate) > 1e-9)
        assert touched.size > 1
        assert set(touched) <= set(pattern[:, [column]].nonzero()[0])


def test_stiff_equations_are_marched_implicitly(burgers_model: Model, burgers_data: Trajectory) -> None:
    terms = tuple(replace(term, coefficient=1e4 * term.coefficient if term.word == "d_xx u" else term.coefficient)
                  for term in burgers_model["u"].terms)
    model = replace(burgers_model, equations=(replace(burgers_model["u"], terms=terms),))
    assert symdcrnn.simulate(model, burgers_data, steps=2, rtol=1e-3).method == "BDF"


@pytest.mark.parametrize(("change", "message"), [
    (lambda data: Trajectory.from_arrays({"w": data.array("u")}, t=data.t, x=data.x, periodic=True),
     "the field 'u' of the fit is missing: the data has w"),
    (lambda data: Trajectory.from_arrays({"u": (("t", "y"), data.array("u"))}, t=data.t, y=data.x, periodic=True),
     "the data has no axis 'x'"),
    (lambda data: Trajectory.from_arrays(
        {"u": (("t", "y", "x"), np.repeat(data.array("u")[:, None], 6, axis=1))}, t=data.t, y=np.arange(6.0), x=data.x,
        periodic=True), r"the field 'u' has the axes t, y, x, in the model it has t, x"),
])
def test_unlike_data_is_refused_in_one_line(
    burgers_model: Model, burgers_data: Trajectory, change: Callable[[Trajectory], Trajectory], message: str
) -> None:
    for use in (lambda data: symdcrnn.right_hand_side(burgers_model, data, "u"),
                lambda data: symdcrnn.simulate(burgers_model, data)):
        with pytest.raises(InputError, match=message) as caught:
            use(change(burgers_data))
        assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("interpreted")
def test_a_known_function_of_the_fit_is_asked_for(burgers_data: Trajectory) -> None:
    t, x = burgers_data.t, burgers_data.x
    slope = 1.0 + 0.5 * np.cos(x)
    u = np.exp(-slope[None, :] * t[:, None])
    data = Trajectory.from_arrays({"u": u}, t=t, x=x, profiles={"S": slope}, periodic=True)
    model = symdcrnn.fit(data, words=["S u", "d_x u"], bootstrap=0)
    assert coefficients(model, "u") == pytest.approx({"S u": -1.0}, rel=1e-6)
    assert symdcrnn.simulate(model, data, rtol=1e-8).total_errors["u"] < 1e-6
    without = Trajectory.from_arrays({"u": u}, t=t, x=x, periodic=True)
    with pytest.raises(InputError, match="the known function 'S' of the fit is missing"):
        symdcrnn.right_hand_side(model, without, "u")


@pytest.mark.usefixtures("undrawn")
def test_from_the_shell(burgers_model: Model, burgers_data: Trajectory, tmp_path: Path, command: Command) -> None:
    burgers_model.save(tmp_path / "model.json")
    symdcrnn.write_trajectory(burgers_data, tmp_path / "data.nc")

    def run(*arguments: str) -> str:
        done = command(tmp_path, *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def refused(*arguments: str) -> str:
        done = command(tmp_path, *arguments)
        assert done.returncode == 2 - (not done.stderr.startswith("Usage"))
        assert len(done.stderr.strip().splitlines()) == 1
        return done.stderr

    made = json.loads(run("simulate", "model.json", "data.nc", "-o", "out.nc", "--steps", "5", "--json"))
    assert made["frames"] == 6
    assert made["relative_error"]["u"] < 1e-4
    assert "coefficients[0]" in run("inspect", "model.json", "--kernel")
    shown = json.loads(run("inspect", "model.json", "--kernel", "apply", "--json"))
    assert shown["source"].startswith('"""Generated')
    assert shown["signature"].startswith("void(")
    assert "dropped next" in run("inspect", "model.json", "--path")
    assert "w_1_1_1" in run("inspect", "model.json", "--polynomial", "--field", "u")
    assert "set by" in run("inspect", "model.json", "--kernel", "--cost")
    embedded = json.loads(run("inspect", "model.json", "--kernel", "rhs", "--json"))
    rhs = burgers_model.rhs(burgers_data)
    assert embedded["source"] == rhs.compiled.source
    assert (embedded["signature"], embedded["prototype"]) == (rhs.compiled.signature, rhs.compiled.prototype)
    assert embedded["path"] == str(rhs.compiled.path)
    assert "cotangent_u" in run("inspect", "model.json", "--kernel", "rhs-adjoint")
    run("report", "model.json", "data.nc", "-o", "report.html")
    assert "Against the data" in (tmp_path / "report.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("interpreted", "undrawn")
def test_reports_show_data_on_several_axes(
    ordinates_model: Model, ordinates_data: Trajectory, tmp_path: Path, command: Command
) -> None:
    ordinates_model.save(tmp_path / "model.json")
    symdcrnn.write_trajectory(ordinates_data, tmp_path / "data.nc")
    done = command(tmp_path, "report", "model.json", "data.nc", "-o", "report.html")
    assert done.returncode == 0, done.stderr
    assert "6 points of angle, 24 points of y" in (tmp_path / "report.html").read_text(encoding="utf-8")
