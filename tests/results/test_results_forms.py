"""Equations in the forms of other programs: LaTeX, sympy, JSON, numba."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import numpy as np
import pytest
import sympy
import written_models
from matplotlib.mathtext import MathTextParser

import symdcrnn
from symdcrnn import InputError, Model, Trajectory
from symdcrnn.algebra.operators import latex_name
from symdcrnn.equation import LearnedFunction

Command = Callable[..., CompletedProcess[str]]

MACROS = {"partial", "left", "right", "langle", "rangle", "mathrm", "cdot", "varepsilon", "cos", "sin", "frac", "sqrt",
          "pi", "phi", "Delta", "mathcal", "rho", "sigma", "begin", "end", "mu", "epsilon", "operatorname"}


def check_latex(text: str) -> None:
    """Refuse what LaTeX would: braces and delimiters that do not match, unknown macros, double indices."""
    assert set(re.findall(r"\\([A-Za-z]+)", text)) <= MACROS, text
    depth = 0
    for sign in re.findall(r"(?<!\\)[{}]", text):
        depth += 1 if sign == "{" else -1
        assert depth >= 0, text
    assert depth == 0, text
    assert text.count(r"\left") == text.count(r"\right") + text.count(r"\leftarrow")
    body = re.sub(r"\\(begin|end)\{aligned\}", "", text).replace("&", "")
    for line in body.split(r"\\"):
        MathTextParser("path").parse(f"${line.strip()}$")


def models() -> list[Model]:
    kinetic, _ = written_models.kinetic(True, True)
    plane, _ = written_models.plane()
    return [kinetic, plane]


@pytest.mark.parametrize("model", models(), ids=["kinetic", "plane"])
def test_latex_can_be_typeset(model: Model) -> None:
    check_latex(model.latex())
    for equation in model.equations:
        line = model.latex(equation.target)
        check_latex(line)
        assert line.replace(" = ", " &= ", 1) in model.latex()


@pytest.mark.parametrize("name", ["u_a_b", "sigmoid", "sigma_max", "u_12", "mu", "_u", "u1", "sigma_", "phi_0_1", "q_",
                                  "Tau"])
def test_names_can_be_typeset(name: str) -> None:
    check_latex(latex_name(name))
    x, t = 0.1 * np.arange(12), 0.2 * np.arange(6)
    data = Trajectory.from_arrays({name: np.ones((6, 12)), "h": np.ones((6, 12))}, t=t, x=x, periodic=True,
                                  profiles={f"{name}k": ("x", np.ones(12))})
    words = {name: {name: 1.0, f"d_x({name}^2)": -2.0, f"{name}k {name}": 1e-9, f"{name} h": 2.0,
                    f"{name}^2 d_x h": 3.0, f"cos({name})": 1.0}}
    check_latex(written_models.model(words, data).latex())


def run(source: str) -> dict[str, Any]:
    """What Python text makes."""
    made: dict[str, Any] = {}
    exec(source, made)
    return made


@pytest.mark.parametrize("model", models(), ids=["kinetic", "plane"])
def test_the_text_for_sympy_makes_the_same_equations(model: Model) -> None:
    made = run(model.written("sympy"))["equations"]
    expected = model.sympy()
    assert list(made) == list(expected)
    for name, equation in expected.items():
        assert made[name].lhs == equation.lhs
        # Terms may come in another order, numbers must not change.
        assert made[name].rhs.doit(deep=False).as_ordered_terms() == equation.rhs.doit(deep=False).as_ordered_terms()


def test_sympy_equations_hold_where_the_model_does() -> None:
    """A travelling wave satisfies the learned equation, inserted by sympy itself."""
    t, x = sympy.symbols("t x")
    grid, times = 2.0 * np.pi * np.arange(24) / 24, 0.1 * np.arange(8)
    data = Trajectory.from_arrays({"u": np.sin(grid[None, :] - times[:, None])}, t=times, x=grid, periodic=True)
    words = {"d_x u": -1.0, "d_xx u": 0.25, "u": 0.25, "u d_x u": 0.5, "d_x(u^2)": -0.25}
    model = written_models.model({"u": words}, data)
    equation = model.sympy("u")["u"]
    left, right = (side.subs(sympy.Function("u")(t, x), sympy.sin(x - t)).doit() for side in equation.args)
    assert sympy.simplify(left - right) == 0
    assert left == -sympy.cos(x - t)


def test_averages_are_integrals_with_weights() -> None:
    model, _ = written_models.kinetic(True, True)
    t, x, v = sympy.symbols("t x v")
    right = model.sympy("u")["u"].rhs
    average = sympy.Integral(sympy.Function("w_v")(v) * v * sympy.Function("f")(t, v, x), (v, -sympy.oo, sympy.oo))
    assert right.coeff(average) == 0.3
    assert v not in right.free_symbols
    kernel = model.sympy("f")["f"].rhs
    assert {str(one) for one in kernel.free_symbols} == {"t", "v", "x"}
    assert sympy.Symbol("v_prime") in kernel.atoms(sympy.Symbol)
    with pytest.raises(InputError, match="no equation of 'w'"):
        model.sympy("w")


def test_powers_of_epsilon_and_functions_are_written(workplace: Path) -> None:
    model = symdcrnn.load_model(workplace / "model.json")
    equation = model["g"]
    terms = tuple(replace(term, power=2) for term in equation.terms)
    function = LearnedFunction("1", (0.0, 1.0), (1.0, 2.0))
    changed = replace(model, equations=(replace(equation, terms=terms, functions=(function,)),))
    check_latex(changed.latex())
    assert r"\varepsilon^{-2}" in changed.latex()
    right = changed.sympy()["g"].rhs
    assert sympy.Function("S")(sympy.Symbol("x")) in right.args
    assert sympy.Symbol("epsilon", positive=True) in right.free_symbols
    made = run(changed.written("sympy"))["equations"]["g"]
    assert made.rhs == right


def test_every_form_is_printed_by_inspect(command: Command, workplace: Path) -> None:
    model = symdcrnn.load_model(workplace / "model.json")

    def shown(*arguments: str) -> str:
        done = command(workplace, "inspect", "model.json", *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert shown("--format", "latex") == f"{model.latex()}\n"
    assert shown("--format", "sympy", "--equation", "g") == f"{model.written('sympy')}\n"
    assert json.loads(shown("--format", "json")) == json.loads(shown("--json")) == model.report()
    assert shown("--format", "numba").rstrip() == shown("--kernel", "rhs").rstrip()
    assert shown("--format", "text").startswith("d_t g = ")


@pytest.mark.parametrize(("arguments", "expected"), [
    (["--format", "latex", "--kernel"], "--format says nothing of kernels"),
    (["--kernel", "--path"], "--path says nothing of kernels"),
    (["--polynomial", "--path"], "--path says nothing of polynomials"),
    (["--polynomial", "--equation", "g"], "--equation says nothing of polynomials"),
    (["--polynomial", "--format", "numba"], "--format numba is that of a model's equations"),
    (["--field", "g"], "--field says nothing of equations, which are to be shown: add --polynomial"),
    (["--factored"], "--factored says nothing of equations"),
    (["--json", "--format", "latex"], "--json and --format latex are two forms"),
    (["--path", "--format", "sympy"], "--path is printed as text and in JSON"),
])
def test_no_option_is_ignored(command: Command, workplace: Path, arguments: list[str], expected: str) -> None:
    done = command(workplace, "inspect", "model.json", *arguments)
    assert done.returncode == 2
    assert expected in done.stderr


def test_models_are_json_that_is_read_again(workplace: Path) -> None:
    model = symdcrnn.load_model(workplace / "model.json")
    assert symdcrnn.model.model_from_dict(json.loads(model.to_json())) == model
    with pytest.raises(InputError, match="unknown form 'fortran': choose from latex, sympy, json, numba, c99"):
        model.written("fortran")
