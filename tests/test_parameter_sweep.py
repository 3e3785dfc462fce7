"""Sweeps: every combination on any engine gives what a fit gives, and what they agree on is counted."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import Any

import pytest

import symdcrnn
from symdcrnn import InputError, Trajectory
from symdcrnn.engines.engine import ENGINES
from symdcrnn.errors import SettingError
from symdcrnn.parameter_sweep import WordRange, combinations, word_ranges

QUICK: dict[str, Any] = {"equations": "g", "layers": 1, "starts": 1, "bootstrap": 0}


@pytest.fixture(scope="module")
def trajectory() -> Trajectory:
    return symdcrnn.generate(symdcrnn.preset("paper", epsilon=1 / 16, frames=7))


def test_combinations_come_with_the_last_setting_changing_first() -> None:
    assert combinations({"a": [1, 2], "b": ["x", "y"]}) == [
        {"a": 1, "b": "x"}, {"a": 1, "b": "y"}, {"a": 2, "b": "x"}, {"a": 2, "b": "y"}]


@pytest.mark.parametrize("engine", [
    None, *(pytest.param(name, marks=pytest.mark.soak if name == "processes" else ()) for name in ENGINES
            if name != "in-process")])
def test_a_sweep_is_what_single_fits_are(trajectory: Trajectory, engine: str | None) -> None:
    schemes = ["imex-bdf2", "newton-cotes8", "imex-bdf4"]
    seen: list[tuple[str, int, int]] = []
    found = symdcrnn.sweep(trajectory, {"scheme": schemes}, scheduler=engine,
                           progress=lambda *step: seen.append(step), **QUICK)
    assert [one.varied for one in found] == [{"scheme": scheme} for scheme in schemes]
    assert seen == [("fits", 1, 3), ("fits", 2, 3), ("fits", 3, 3)]
    for number in (0, 2):
        model = found[number].model
        assert model is not None
        assert found[number].problem is None
        assert model.equations == symdcrnn.fit(trajectory, scheme=schemes[number], **QUICK).equations
    assert found[1].model is None
    assert "reads 9 at a time" in str(found[1].problem)


def test_words_are_counted_and_their_coefficients_bounded(trajectory: Trajectory) -> None:
    model = symdcrnn.fit(trajectory, scheme="imex-bdf2", **QUICK)
    equation = model["g"]
    other = replace(equation, terms=tuple(
        replace(term, coefficient=2.0 * term.coefficient) for term in equation.terms if term.word != "v_dx rho"))
    ranges = word_ranges([model, replace(model, equations=(other,))])["g"]
    values = equation.coefficients
    assert set(ranges) == set(values)
    assert list(ranges)[-1] == "v_dx rho"
    assert ranges["v_dx rho"] == WordRange(1, values["v_dx rho"], values["v_dx rho"])
    assert ranges["v_dx g"] == WordRange(2, 2.0 * values["v_dx g"], values["v_dx g"])


def test_functions_of_x_are_bounded_by_all_their_values(trajectory: Trajectory) -> None:
    found = symdcrnn.sweep(trajectory, {"functions": [(), ("g:g",)]}, **QUICK)
    models = [one.model for one in found if one.model is not None]
    function = models[1]["g"].functions[0]
    constant = models[0]["g"].coefficients["g"]
    assert word_ranges(models)["g"]["g"] == WordRange(
        2, min(constant, *function.values), max(constant, *function.values))


@pytest.mark.parametrize(("vary", "changes", "message"), [
    ({}, {}, "nothing is varied"),
    ({"layers": []}, {}, r"layers is varied over \[\]: give a list"),
    ({"scheme": "imex-bdf2"}, {}, "scheme is varied over 'imex-bdf2': give a list"),
    ({"layers": 2}, {}, "layers is varied over 2: give a list"),
    ({"layers": [1, 1]}, {}, "layers is varied over 1 twice"),
    ({"layers": [1]}, {"layers": 2}, "layers is given and varied"),
    ({"depth": [1]}, {}, "unknown setting 'depth'"),
    ({"layers": [1, 9]}, {}, "layers is 9: give a whole number from 0 to 8"),
])
def test_what_cannot_be_varied_is_one_line(
    trajectory: Trajectory, vary: dict[str, Any], changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=f"^{message}"):
        symdcrnn.sweep(trajectory, vary, **changes)


def test_a_path_is_no_trajectory() -> None:
    for given in ("data.nc", ["data.nc"], 3):
        with pytest.raises(InputError, match=r"is no trajectory: read a file by read_trajectory"):
            symdcrnn.sweep(given, {"layers": [1]})  # type: ignore[arg-type]


def test_a_fit_prints_what_was_varied_and_its_equation(trajectory: Trajectory) -> None:
    found = symdcrnn.sweep(trajectory, {"scheme": ["imex-bdf2", "newton-cotes8"]}, **QUICK)
    assert str(found[0]) == f"scheme = 'imex-bdf2': {found[0].model}"
    assert str(found[1]).startswith("scheme = 'newton-cotes8': the data has 7 frames")
    assert len(repr(found[0])) < 200


def test_errors_of_settings_travel_between_processes() -> None:
    again = pickle.loads(pickle.dumps(SettingError("layers", "is 9")))
    assert (again.setting, again.problem, str(again)) == ("layers", "is 9", "layers is 9")
