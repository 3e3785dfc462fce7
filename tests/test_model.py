"""Models: saved, read again, scored, evaluated."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symdcrnn
from symdcrnn import InputError
from symdcrnn.equation_text import format_sum
from symdcrnn.model import model_from_dict
from symdcrnn.preprocess.residuals import interpreted
from symdcrnn.scaled_form import FLOOR, scale_candidates, scaled_form, scaled_form_with_functions
from symdcrnn.scoring import error_percent, error_with_spurious_percent


def test_a_model_survives_its_file(workplace: Path, tmp_path: Path) -> None:
    model = symdcrnn.load_model(workplace / "model.json")
    model.save(tmp_path / "again.json")
    assert symdcrnn.load_model(tmp_path / "again.json") == model
    assert [path.name for path in tmp_path.iterdir()] == ["again.json"]


@pytest.mark.parametrize("little", [interpreted.LITTLE, pytest.param(0, marks=pytest.mark.soak)])
def test_right_hand_side_is_the_sum_of_the_printed_terms(
    workplace: Path, monkeypatch: pytest.MonkeyPatch, little: int
) -> None:
    monkeypatch.setattr(interpreted, "LITTLE", little)
    model = symdcrnn.load_model(workplace / "model.json")
    data = symdcrnn.read_trajectory(workplace / "data.nc")
    rate = symdcrnn.right_hand_side(model, data, "g")
    g, rho = data.array("g"), data.array("rho")[:, None, :]
    v, dx = data.v[:, None], data.dx

    def upwind(u: np.ndarray, right: np.ndarray) -> np.ndarray:
        minus = (2 * np.roll(u, -1, -1) + 3 * u - 6 * np.roll(u, 1, -1) + np.roll(u, 2, -1)) / (6 * dx)
        plus = (-np.roll(u, -2, -1) + 6 * np.roll(u, -1, -1) - 3 * u - 2 * np.roll(u, 1, -1)) / (6 * dx)
        return v * np.where(right, minus, plus)

    transported = upwind(g, v > 0)
    words = {
        "g": g,
        "v_dx g": transported,
        "<v_dx g>": np.einsum("v,tvx->tx", data.weights, transported)[:, None, :],
        "v_dx rho": upwind(rho, v <= 0),
    }
    expected = sum(c * words[word] for word, c in model["g"].coefficients.items())
    assert np.max(np.abs(rate - expected)) <= 1e-12 * np.max(np.abs(expected))


def _without(name: str) -> Callable[[dict[str, Any]], None]:
    def damage(content: dict[str, Any]) -> None:
        del content["equations"][0][name]
    return damage


def _set(value: Any, *path: Any) -> Callable[[dict[str, Any]], None]:
    def damage(content: Any) -> None:
        for key in path[:-1]:
            content = content[key]
        content[path[-1]] = value
    return damage


@pytest.mark.parametrize(("damage", "expected"), [
    (_without("terms"), "terms"),
    (_set("x", "equations", 0, "terms", 0, "coefficient"), "coefficient"),
    (_set(float("nan"), "equations", 0, "terms", 1, "coefficient"), "coefficient"),
    (_set(3, "equations", 0, "target"), "target"),
    (_set([], "settings"), "settings"),
    (_set(-1, "settings", "layers"), "layers"),
    (_set(1, "version"), "version"),
    (_set("other", "format"), "not a symdcrnn model"),
    (_set(1, "surprise"), "surprise"),
    (_set("yes", "data", "axes", 0, "periodic"), "periodic"),
    (_set([1.0], "errors", "g"), "errors"),
])
def test_damaged_models_are_refused_in_one_line(
    workplace: Path, damage: Callable[[dict[str, Any]], None], expected: str
) -> None:
    content = copy.deepcopy(json.loads((workplace / "model.json").read_text()))
    damage(content)
    with pytest.raises(InputError, match=expected) as caught:
        model_from_dict(content)
    assert "\n" not in str(caught.value)


def test_names_in_a_model_file_never_become_source(workplace: Path) -> None:
    text = (workplace / "model.json").read_text()
    name = "rho_data): import os  #"
    content = json.loads(text)
    content["data"]["fields"][name] = ["t", "x"]
    content["equations"][0]["terms"][0]["word"] = name
    model = model_from_dict(content)
    with pytest.raises(InputError):
        symdcrnn.right_hand_side(model, symdcrnn.read_trajectory(workplace / "data.nc"), "g")


@pytest.mark.parametrize(("coefficients", "highest", "epsilon", "powers"), [
    ((-65536.0, -256.0, 256.0, -65536.0), 2, 1 / 256, (2, 1, 1, 2)),
    ((-65536.0, -65536.0), 2, 1 / 256, (2, 2)),
    ((-65536.0, -65536.0), 1, 1 / 65536, (1, 1)),
    ((-256.0, 256.0, -1.0), 2, 1 / 16, (2, 2, 0)),
])
def test_scaled_form(coefficients: tuple[float, ...], highest: int, epsilon: float, powers: tuple[int, ...]) -> None:
    form = scaled_form(coefficients, highest)
    assert form is not None
    assert form.epsilon == pytest.approx(epsilon)
    assert form.powers == powers
    assert form.spread == pytest.approx(0.0, abs=1e-9)
    for scaled, power, coefficient in zip(form.scaled, powers, coefficients, strict=True):
        assert scaled / form.epsilon**power == pytest.approx(coefficient)


WIDE = tuple(np.linspace(-1000.0, -1.0, 11))


@pytest.mark.parametrize(("coefficients", "functions", "epsilon", "powers"), [
    ((10.0, -10.0), ((-100.0, -110.0, -90.0), WIDE), 0.1, (1, 1, 2, 2)),
    ((-65536.0, -256.0, 256.0), ((-65536.0, -65000.0), (1.0, 1.5)), 1 / 256, (2, 1, 1, 2, 0)),
    ((-16.0, 1.0, -256.0), (WIDE,), 1 / 16, (1, 0, 2, 2)),
    ((-10.0, 10.0), ((-298.0, -100.0), (-100.0, -100.1)), 0.1, (1, 1, 2, 2)),
])
def test_scaled_form_with_functions(
    coefficients: tuple[float, ...], functions: tuple[tuple[float, ...], ...], epsilon: float, powers: tuple[int, ...]
) -> None:
    form = scaled_form_with_functions(coefficients, functions, 2)
    assert form is not None
    assert form.epsilon == pytest.approx(epsilon, rel=0.02)
    assert form.powers == powers


@pytest.mark.parametrize(("coefficients", "functions"), [
    ((10.0, -10.0), ()), ((10.0, -10.0), (WIDE,)), ((10.0, -10.0), ((-298.0, -100.0),)),
    ((-1.0, 1.0, -1.0), (WIDE,)), ((100.0, -100.0, 1.0), ()),
    ((1.0,), ((0.0, 0.0),)),
])
def test_no_scaled_form_where_no_epsilon_is_told(
    coefficients: tuple[float, ...], functions: tuple[tuple[float, ...], ...]
) -> None:
    assert scaled_form_with_functions(coefficients, functions, 2) is None


@pytest.mark.parametrize("coefficients", [(), (-1.0,), (0.5, 2.0), (0.0, 10.0), (float("inf"),)])
def test_no_scaled_form(coefficients: tuple[float, ...]) -> None:
    assert scaled_form(coefficients, 2) is None


@pytest.mark.parametrize(("coefficients", "expected"), [
    ((-65536.0, -256.0, 256.0, -65536.0), 2),
    ((-65900.0, -251.0, 262.0, -64900.0), 2),
    ((-16.0, -4.0, 4.0, -16.0), 2),
    ((-16.0, 16.0), 1),
    ((-256.0,), 1),
    ((-1.0,), 0),
    ((-1.02, 0.97, -1.0, 1.01), 0),
    ((-64.0**3, 64.0**2, 64.0, -64.0**3), 3),
    ((), 0),
])
def test_scales_are_chosen_by_the_equation(coefficients: tuple[float, ...], expected: int) -> None:
    found = scale_candidates(coefficients)
    assert min(found, key=lambda one: one.criterion).scales == expected


def test_criterion_is_the_length_of_a_description() -> None:
    sizes = (-100.0, -10.0, 3.0)
    for one in scale_candidates(sizes):
        form = scaled_form(sizes, one.scales)
        spread = form.spread if form else np.sqrt(np.mean(np.log(np.abs(sizes)) ** 2))
        likelihood = -3.0 * np.log(spread**2 + FLOOR**2)
        prior = -3.0 * np.log(one.scales + 1)
        assert one.criterion == pytest.approx(-likelihood - 2.0 * prior + (np.log(3.0) if one.scales else 0.0))
        assert one.spread == pytest.approx(spread)


def test_errors() -> None:
    exact = {"a": -2.0, "b": 2.0}
    assert error_percent({"a": -1.0, "b": 2.0, "c": 1.0}, exact) == pytest.approx(25.0)
    assert error_with_spurious_percent({"a": -1.0, "b": 2.0, "c": 1.0}, exact) == pytest.approx(50.0)
    assert error_percent({}, exact) == 100.0


def test_sums_read_as_a_person_writes_them() -> None:
    terms = [(-65536.25, "g"), (256.0, "<v_dx g>"), (-1e-9, "rho")]
    assert format_sum(terms) == "-65536.2 g + 256 <v_dx g> - 1.00000e-09 rho"
    assert format_sum([]) == "0"
