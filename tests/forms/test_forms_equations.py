"""Learned equations by symbols: which words there are, their error bars, and what is refused."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from learned_models import MICRO_MACRO, F, X, learned

import symdcrnn
from symdcrnn import InputError, Model
from symdcrnn.equation import LearnedFunction
from symdcrnn.model import AxisSummary

Command = Callable[..., subprocess.CompletedProcess[str]]

TRANSPORT = {"v_dx f": (-64.0, 1e-5), "f": (-4096.5, 1e-4), "<f>": (4096.0, 3e-4)}
SIGMA = {"sigma": ("x",)}


def coefficients(model: Model) -> dict[str, dict[str, float]]:
    return {one.target: {term.text: term.coefficient for term in one.terms} for one in model.equations}


def test_transport_becomes_micro_macro() -> None:
    """(2.1) to (2.4) and (2.5), with absorption and error bars."""
    form = learned({"f": TRANSPORT}, F).form("micro-macro")
    assert coefficients(form) == {
        "g": pytest.approx({"v_dx rho": -4096.0, "v_dx g": -64.0, "g": -4096.5, "<v_dx g>": 64.0}),
        "rho": pytest.approx({"<v_dx g>": -1.0, "rho": -0.5})}
    errors = {term.word: term.error for one in form.equations for term in one.terms}
    assert errors == pytest.approx({"v_dx rho": 64e-5, "v_dx g": 1e-5, "g": 1e-4, "<v_dx g>": 1e-5 / 64,
                                    "rho": np.sqrt(10) * 1e-4})
    assert form.epsilon == pytest.approx(1 / 64, rel=1e-3)
    assert list(form.data.fields) == ["rho", "g"]
    assert "  derived from another equation" in repr(form)
    assert "residual" not in repr(form)


def test_there_and_back_is_the_identity() -> None:
    model = learned({"f": TRANSPORT}, F)
    back = model.form("micro-macro", epsilon=1 / 64).form("kinetic", epsilon=1 / 64)
    assert back["f"].coefficients == pytest.approx(model["f"].coefficients, rel=1e-12)
    model = learned({"g": {"v_dx rho": (-4096.0, 0.1), "v_dx g": (-64.0, 0.1), "<v_dx g>": (64.0, 0.1),
                           "g": (-4096.0, 0.1)}, "rho": {"<v_dx g>": (-1.0, 1e-4)}}, MICRO_MACRO)
    back = model.form("kinetic", epsilon=1 / 64).form("micro-macro", epsilon=1 / 64)
    assert coefficients(back) == {name: pytest.approx(one, rel=1e-12) for name, one in coefficients(model).items()}


def test_what_cancels_within_errors_is_left_out() -> None:
    """Equations of rho and g that were learned apart: <v_dx g> and v_dx <f> are none of the equation of f."""
    model = learned({"g": {"v_dx rho": (-4096.0001, 1e-3), "v_dx g": (-64.0001, 1e-3), "<v_dx g>": (64.0002, 1e-3),
                           "g": (-4095.999, 1e-3)}, "rho": {"<v_dx g>": (-1.00001, 1e-4)}}, MICRO_MACRO)
    assert list(model.form("kinetic", epsilon=1 / 64)["f"].coefficients) == ["v_dx f", "f", "<f>"]
    exact = {target: {term.word: (term.coefficient, 1e-9) for term in model[target].terms} for target in ("g", "rho")}
    kept = learned(exact, MICRO_MACRO).form("kinetic", epsilon=1 / 64)
    assert {"v_dx <f>", "<v_dx f>"} < set(kept["f"].coefficients)


def test_powers_of_epsilon_are_kept() -> None:
    model = learned({"f": {"v_dx f": (-1.0, 1e-9, 1), "f": (-1.0, 1e-9, 2), "<f>": (1.0, 1e-9, 2)}}, F)
    form = model.form("micro-macro")
    assert coefficients(form) == {
        "g": {"(1/eps^2) v_dx rho": -1.0, "(1/eps) v_dx g": -1.0, "(1/eps^2) g": -1.0, "(1/eps) <v_dx g>": 1.0},
        "rho": {"<v_dx g>": -1.0}}
    assert coefficients(form.form("kinetic")) == coefficients(model)


def test_profiles_and_functions() -> None:
    """sigma(x) that is known, and a source and an absorption that were learned."""
    x = tuple(np.arange(64) / 64)
    functions = [LearnedFunction("1", x, tuple(np.cos(x)), errors=(0.1,) * 64),
                 LearnedFunction("f", x, tuple(-1.0 - np.array(x)), errors=(0.2,) * 64)]
    model = learned({"f": {"v_dx f": (-2.0, 1e-9), "sigma f": (-4.0, 1e-9), "sigma <f>": (4.0, 1e-9)}}, F,
                    functions={"f": functions}, known=SIGMA)
    form = model.form("micro-macro", epsilon=0.5)
    assert coefficients(form)["rho"] == pytest.approx({"<v_dx g>": -1.0})
    assert [(one.word, one.values, one.errors) for one in form["rho"].functions] == [
        ("1", pytest.approx(np.cos(x)), pytest.approx(np.full(64, 0.1))),
        ("rho", pytest.approx(-1.0 - np.array(x)), pytest.approx(np.full(64, 0.2)))]
    assert [one.word for one in form["g"].functions] == ["g"]
    assert coefficients(form)["g"] == pytest.approx(
        {"v_dx rho": -4.0, "v_dx g": -2.0, "sigma g": -4.0, "<v_dx g>": 2.0})
    back = form.form("kinetic", epsilon=0.5)
    assert coefficients(back) == {"f": pytest.approx(coefficients(model)["f"])}
    assert {one.word for one in back["f"].functions} == {"1", "f"}


def test_functions_have_no_powers_of_epsilon() -> None:
    x = tuple(np.arange(64) / 64)
    model = learned({"f": {"v_dx f": (-1.0, 1e-9, 1)}}, F, functions={"f": [LearnedFunction("v f", x, x)]})
    with pytest.raises(InputError, match="a function times a power of epsilon: give epsilon its value"):
        model.form("micro-macro")
    form = model.form("micro-macro", epsilon=0.5)
    assert {one.word for one in form["g"].functions} == {"v rho", "v g", "<v g>"}
    assert form["rho"].functions[0].values == pytest.approx(0.5 * np.array(x))


def test_ordinates_in_the_plane() -> None:
    """Angles with two coordinates and fields in two dimensions."""
    axes = (AxisSummary("angle", "velocity", 8, None, True, True, False), replace(X, name="y"), X)
    model = learned({"f": {"c_dx f": (-2.0, 1e-9), "s_dy f": (-2.0, 1e-9), "f": (-4.0, 1e-9), "<f>": (4.0, 1e-9)}},
                    {"f": ("t", "angle", "y", "x")}, axes,
                    coordinates={"c": ("angle",), "s": ("angle",), "x": ("x",), "y": ("y",)})
    form = model.form("micro-macro", epsilon=0.5)
    assert coefficients(form) == {
        "g": pytest.approx({"c_dx rho": -4.0, "c_dx g": -2.0, "s_dy rho": -4.0, "s_dy g": -2.0, "g": -4.0,
                            "<c_dx g>": 2.0, "<s_dy g>": 2.0}),
        "rho": pytest.approx({"<c_dx g>": -1.0, "<s_dy g>": -1.0})}
    assert coefficients(form.form("kinetic", epsilon=0.5)) == {"f": pytest.approx(coefficients(model)["f"])}
    with pytest.raises(InputError, match="'f' has not one axis of velocities with one coordinate"):
        model.moments(1)


def test_other_fields_keep_their_equations() -> None:
    """Radiation and matter: f is replaced where matter absorbs it, too."""
    model = learned({"f": {"v_dx f": (-2.0, 1e-9), "f": (-1.0, 1e-9), "T^4": (1.0, 1e-9)},
                     "T": {"<f>": (3.0, 1e-9), "T^4": (-3.0, 1e-9)}}, {**F, "T": ("t", "x")})
    form = coefficients(model.form("micro-macro", epsilon=0.5))
    assert form["T"] == pytest.approx({"rho": 3.0, "T^4": -3.0})
    assert form["rho"] == pytest.approx({"<v_dx g>": -1.0, "rho": -1.0, "T^4": 1.0})
    assert form["g"] == pytest.approx({"v_dx rho": -4.0, "v_dx g": -2.0, "g": -1.0, "<v_dx g>": 2.0})
    moments = coefficients(model.moments(1))
    assert moments["T"] == pytest.approx({"m0": 3.0, "T^4": -3.0})
    assert moments["m0"] == pytest.approx({"d_x m1": -2.0, "m0": -1.0, "T^4": 1.0})


def test_products_are_multiplied_out() -> None:
    model = learned({"f": {"f^2": (2.0, None), "<f> f": (1.0, None), "exp(-<f>) f": (3.0, None)}}, F)
    form = coefficients(model.form("micro-macro", epsilon=0.5))
    assert form["rho"] == pytest.approx({"rho^2": 3.0, "<g^2>": 0.5, "rho exp(-rho)": 3.0})
    assert form["g"]["g rho"] == pytest.approx(5.0)


def test_collisions_have_the_averages_of_the_velocities() -> None:
    model = learned({"f": {"d_v((1 - v^2) d_v f)": (1.0, None), "v <v f>": (1.0, None), "v^2 <v^2 f>": (9.0, None)}}, F)
    form = coefficients(model.form("micro-macro", epsilon=1.0))
    assert form["rho"] == pytest.approx({"rho": 1.0, "<v^2 <v^2 g>>": 9.0})
    assert set(form["g"]) == {"d_v((1 - v^2) d_v g)", "v <v g>", "v^2 rho", "v^2 <v^2 g>", "rho", "<v^2 <v^2 g>>"}


def test_moments_of_collisions() -> None:
    model = learned({"f": {"v_dx f": (-1.0, 1e-3), "d_v((1 - v^2) d_v f)": (0.5, 1e-2), "sigma": (1.0, None)}}, F,
                    known=SIGMA)
    moments = coefficients(model.moments(2))
    assert moments == {"m0": pytest.approx({"d_x m1": -1.0, "sigma": 1.0}),
                       "m1": pytest.approx({"d_x m0": -1 / 3, "d_x m2": -2 / 3, "m1": -1.0}),
                       "m2": pytest.approx({"d_x m1": -2 / 5, "d_x m3": -3 / 5, "m2": -3.0})}
    assert {term.word: term.error for term in model.moments(2)["m2"].terms}["m2"] == pytest.approx(0.06)
    assert "d_x m3" not in coefficients(model.moments(2, close=True))["m2"]


def test_moments_on_a_line_are_those_of_powers() -> None:
    model = learned({"f": {"v_dx f": (-1.0, 1e-3), "E d_v f": (-1.0, 1e-2)}}, {**F, "E": ("t", "x")})
    moments = coefficients(model.moments(2, velocities={"v": "line"}))
    assert moments["m1"] == pytest.approx({"d_x m2": -1.0, "E m0": 1.0})
    assert moments["m2"] == pytest.approx({"d_x m3": -1.0, "E m1": 2.0})


def test_scales_are_powers() -> None:
    model = learned({"f": {"d_xx <f>": (2.0, 0.1), "f^2": (3.0, None), "v_dx f": (-1.0, 1e-3)}}, F)
    found = model.scaled(x=10.0, t=4.0, v=2.0, f=5.0)["f"]
    assert found.coefficients == pytest.approx({"d_xx <f>": 2 * 100 / 4, "f^2": 3 / 5 / 4, "v_dx f": -10 / 2 / 4})
    assert found.terms[0].error == pytest.approx(0.1 * 100 / 4)


@pytest.mark.parametrize(("call", "message"), [
    (lambda model: model.form("macro"), "form"),
    (lambda model: model.form("kinetic"), "no equation of 'rho': it has those of f"),
    (lambda model: model.form("micro-macro"), "the model says no epsilon: give it"),
    (lambda model: model.form("micro-macro", epsilon=0), "epsilon is 0"),
    (lambda model: model.form("micro-macro", epsilon=1), "exp(f) is no polynomial of what is replaced"),
    (lambda model: model.form("micro-macro", epsilon=1, density="E"), "'E' is the name of two things in the model"),
    (lambda model: model.moments(2), "is no polynomial of the velocity times a field"),
    (lambda model: model.moments(2, field="rho"), "no equation of 'rho'"),
    (lambda model: model.moments(99), "the highest moment is 99"),
    (lambda model: model.scaled(f=2), "exp(f) in the equation of f is no power of f"),
    (lambda model: model.scaled(q=2), "the model has no 'q' to scale"),
])
def test_refusals_are_one_line(call: Callable[[Model], Model], message: str) -> None:
    model = learned({"f": {"v_dx f": (-1.0, 1e-3), "exp(f)": (1.0, None)}}, {**F, "E": ("t", "x")}, scales=0)
    with pytest.raises(InputError) as error:
        call(model)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_functions_of_the_velocity_are_refused() -> None:
    v = tuple(np.polynomial.legendre.leggauss(16)[0])
    functions = {"f": [LearnedFunction("f", v, tuple(-1.0 - np.array(v)), "v")]}
    model = learned({"f": {"v_dx f": (-1.0, 1e-3)}}, F, functions=functions)
    for call in (lambda: model.form("micro-macro", epsilon=1), lambda: model.moments(1)):
        with pytest.raises(InputError, match=r"coefficient of (f|rho) is a function of v"):
            call()


def test_command(tmp_path: Path, command: Command) -> None:
    learned({"f": TRANSPORT}, F).save(tmp_path / "model.json")
    v, weights = np.polynomial.legendre.leggauss(16)
    x = np.arange(64) / 64
    data = symdcrnn.Trajectory.from_arrays({"f": np.tile(1 + v[:, None] * np.sin(2 * np.pi * x), (3, 1, 1))},
                                           t=np.arange(3.0), v=v, x=x, weights=weights, periodic=True)
    symdcrnn.write_trajectory(data, tmp_path / "data.nc")
    run = [command(tmp_path, "form", "model.json", *more) for more in (
        ("--to", "micro-macro", "-o", "mm.json", "--data", "data.nc", "--fields", "mm.nc"),
        ("--moments", "1", "--close"), ("--scale", "x=100", "--json"), ("--to", "macro"), ("--scale", "x=0"),
        ("--moments", "1", "--scale", "x=2"), ("--to", "kinetic"), ("--scale", "x"))]
    run += [command(tmp_path, "form", *more) for more in (
        ("--data", "data.nc", "--moments", "3", "--fields", "moments.nc"), ("--moments", "3"))]
    assert [one.returncode for one in run] == [0, 0, 0, 2, 1, 2, 1, 2, 0, 2]
    shown = [one.stdout for one in run]
    assert shown[0].splitlines()[-2] == "d_t rho = -1 <v_dx g> - 0.5 rho"
    assert "Note: epsilon = 0.015625, as the coefficients of the model tell" in run[0].stderr
    assert shown[1].startswith("d_t m0 = -64 d_x m1 - 0.5 m0\n")
    assert '"v_dx f": -6400' in shown[2].replace(".0", "")
    assert symdcrnn.load_model(tmp_path / "mm.json")["g"].coefficients["v_dx rho"] == pytest.approx(-4096)
    assert symdcrnn.read_trajectory(tmp_path / "mm.nc").epsilon == 1 / 64
    assert symdcrnn.read_trajectory(tmp_path / "moments.nc").field_names == ("m0", "m1", "m2", "m3")
    assert all(one.stderr.count("\n") == 1 for one in (*run[3:8], run[9]))
