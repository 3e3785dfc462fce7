"""What callers hand in: numbers and names of NumPy are welcome, what is something else is refused in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, fields
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symdcrnn
from symdcrnn.data.files.memory import parse_memory
from symdcrnn.embedding.residuals import model_residual
from symdcrnn.embedding.right_hand_side import model_rhs
from symdcrnn.given import described, real_number, text_tuple, whole_number
from symdcrnn.model import model_from_dict
from symdcrnn.problems import solve
from symdcrnn.report.page import report_page
from symdcrnn.report.rates import compare_rates
from symdcrnn.settings import FitSettings

OPTIONS: dict[str, Any] = {"operators": ("I", "d_x", "d_xx"), "central_stencil": "central8", "layers": 1, "scales": 0,
                           "bootstrap": 0}
BIG = 10**400


@pytest.fixture(scope="module")
def data() -> symdcrnn.Trajectory:
    t, x = 0.05 * np.arange(12), 2.0 * np.pi * np.arange(32) / 32
    u = sum(np.exp(-(0.3 + 0.05 * k * k) * t[:, None]) * np.cos(k * (x - t[:, None]) + 0.7 * k) / k for k in (1, 2, 3))
    return symdcrnn.Trajectory.from_arrays({"u": u}, t=t, x=x, periodic=True)


@pytest.fixture(scope="module")
def model(data: symdcrnn.Trajectory) -> symdcrnn.Model:
    options = {**OPTIONS, "operators": np.array(OPTIONS["operators"]), "layers": np.int64(1), "scales": np.array(0)}
    return symdcrnn.fit(data, **options)


def test_settings_of_numpy_are_kept_as_plain_ones() -> None:
    plain = FitSettings(operators=("I", "d_x"), layers=2, scales=1, zero_mean=0.5, epsilon_lower=0.25, knots=12,
                        functions=("u:u",), seed=3)
    found = FitSettings(operators=np.array(["I", "d_x"]), layers=np.uint8(2), scales=np.array(1),  # type: ignore
                        zero_mean=np.float32(0.5), epsilon_lower=Fraction(1, 4), knots=np.int16(12),  # type: ignore
                        functions=["u:u"], seed=np.int64(3), exact_choice=np.False_)  # type: ignore
    assert found == plain
    assert json.loads(json.dumps(asdict(found))) == json.loads(json.dumps(asdict(plain)))
    for one in fields(found):
        value = getattr(found, one.name)
        assert type(value) in (bool, int, float, str, tuple)
        assert type(value) is not tuple or all(type(item) is str for item in value)


@pytest.mark.parametrize("name", [one.name for one in fields(FitSettings)])
def test_settings_of_another_type_are_refused_in_one_line(name: str) -> None:
    for value in (BIG, -BIG, None, b"a", {"a": 1}, float("nan"), [1], np.zeros((2, 2)), 1 + 1j):
        with pytest.raises(symdcrnn.InputError) as caught:
            FitSettings(**{name: value})
        assert name in str(caught.value)
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 300
    if name not in ("exact_choice", "distinct"):
        with pytest.raises(symdcrnn.InputError, match=name):
            FitSettings(**{name: np.True_})


def test_huge_numbers_are_no_counts_and_no_numbers() -> None:
    assert real_number(BIG) is None
    assert whole_number(BIG) == BIG
    assert whole_number(np.bool_(True)) is None
    assert real_number(np.float64("inf")) is None
    assert text_tuple({"a"}) is None
    assert text_tuple("a") == ("a",)
    assert described(10**9000) == "a whole number of thousands of digits"
    assert len(described(BIG)) == 60
    assert described(np.zeros((2, 3))) == "a ndarray of shape (2, 3)"
    for text in ("9" * 400 + "GB", "0.1", "²GB"):
        with pytest.raises(symdcrnn.InputError, match="memory"):
            parse_memory(text)


@pytest.mark.usefixtures("interpreted")
def test_a_model_of_such_settings_is_saved_and_simulated(
    model: symdcrnn.Model, data: symdcrnn.Trajectory, tmp_path: Path
) -> None:
    model.save(tmp_path / "m.json")
    assert symdcrnn.load_model(tmp_path / "m.json") == model
    made = symdcrnn.simulate(model, data, from_frame=np.int64(3), steps=np.int32(2), rtol=np.float32(1e-5))  # type: ignore
    assert made.trajectory.frames == 3
    until = symdcrnn.simulate(model, data, until=np.float64(0.1))
    assert until.trajectory.frames == 3
    assert data.select(np.int8(1), np.int64(4), np.uint16(2)).frames == 4  # type: ignore
    assert symdcrnn.preset("notebook", nx=np.int64(80)) == symdcrnn.preset("notebook", nx=80)
    swept = symdcrnn.sweep(data, {"layers": np.arange(2)}, **{k: v for k, v in OPTIONS.items() if k != "layers"})
    assert [one.varied for one in swept] == [{"layers": 0}, {"layers": 1}]


@pytest.mark.parametrize("call", [
    lambda model, data: symdcrnn.right_hand_side(model, data.array("u"), "u"),
    lambda model, data: symdcrnn.right_hand_side(None, data, "u"),
    lambda model, data: symdcrnn.right_hand_side(model, data, None),
    lambda model, data: symdcrnn.simulate(model, data.array("u")),
    lambda model, data: symdcrnn.simulate("m.json", data),
    lambda model, data: symdcrnn.simulate(model, data, steps=1.5),
    lambda model, data: symdcrnn.simulate(model, data, until="later"),
    lambda model, data: symdcrnn.simulate(model, data, method=3),
    lambda model, data: symdcrnn.simulate(model, data, rtol=BIG),
    lambda model, data: symdcrnn.simulate(model, data, from_frame=BIG),
    lambda model, data: symdcrnn.fit({"a": data}),
    lambda model, data: symdcrnn.fit(None),
    lambda model, data: symdcrnn.fit([data, data.dataset]),
    lambda model, data: symdcrnn.fit(data.array("u")),
    lambda model, data: symdcrnn.fit(data, {"layers": 1}),
    lambda model, data: symdcrnn.fit(data, operators=3),
    lambda model, data: symdcrnn.fit(data, scheduler=3),
    lambda model, data: symdcrnn.fit(data, known=3, **OPTIONS),
    lambda model, data: symdcrnn.fit(data, known={"source": "sin"}, **OPTIONS),
    lambda model, data: symdcrnn.sweep(data.array("u"), {"layers": [1]}),
    lambda model, data: symdcrnn.sweep(data, ["layers"]),
    lambda model, data: symdcrnn.sweep(data, {"layers": 3}),
    lambda model, data: symdcrnn.compare(data.array("u"), "u"),
    lambda model, data: symdcrnn.compare(data, "u", methods=3),
    lambda model, data: symdcrnn.compare(data, "u", settings={"layers": 1}),
    lambda model, data: symdcrnn.generate("transport"),
    lambda model, data: symdcrnn.generate(symdcrnn.preset("notebook"), noise=BIG),
    lambda model, data: symdcrnn.preset("notebook", nx=BIG),
    lambda model, data: symdcrnn.preset("notebook", dt=BIG),
    lambda model, data: symdcrnn.preset(3),
    lambda model, data: solve(None),
    lambda model, data: symdcrnn.read_trajectory(None),
    lambda model, data: symdcrnn.read_trajectory(3),
    lambda model, data: symdcrnn.read_trajectory(data),
    lambda model, data: symdcrnn.read_trajectory(b"a.nc"),
    lambda model, data: symdcrnn.open_trajectory(data),
    lambda model, data: symdcrnn.open_trajectory("a\0.nc"),
    lambda model, data: symdcrnn.write_trajectory(data, None),
    lambda model, data: symdcrnn.write_trajectory(data.dataset, "a.nc"),
    lambda model, data: symdcrnn.load_model(None),
    lambda model, data: symdcrnn.load_model(model),
    lambda model, data: symdcrnn.load_model("a\0.json"),
    lambda model, data: model_from_dict([1]),
    lambda model, data: model.save(None),
    lambda model, data: model["f"],
    lambda model, data: model.rhs(data.array("u")),
    lambda model, data: model.residual(data.array("u"), "u"),
    lambda model, data: model_rhs(data, model),
    lambda model, data: model_residual(data, model, "u"),
    lambda model, data: compare_rates(model, data.dataset, "u"),
    lambda model, data: report_page(data),
    lambda model, data: symdcrnn.Trajectory.of(data.array("u")),
    lambda model, data: symdcrnn.Trajectory.from_arrays(data.array("u"), t=data.t, x=data.x),
    lambda model, data: symdcrnn.Trajectory.from_arrays({"u": data.array("u")}, t=data.t, x=data.x, exact=[1]),
    lambda model, data: symdcrnn.Trajectory.from_arrays({"u": data.array("u")}, t=data.t, x=data.x, epsilon=BIG),
    lambda model, data: symdcrnn.Trajectory.from_arrays({"u": data.array("u")}, t=data.t, x=data.x,
                                                        period={"x": BIG}),
    lambda model, data: symdcrnn.Trajectory.from_arrays({"u": data.array("u")}, t=data.t, x=data.x, periodic="x"),
    lambda model, data: symdcrnn.Trajectory.from_arrays({1: data.array("u")}, t=data.t, x=data.x),
    lambda model, data: data.select(BIG),
    lambda model, data: data.select(0, 2.5),
    lambda model, data: symdcrnn.build_ansatz("u", data, (), 1, 0),
    lambda model, data: symdcrnn.network(data, 1),
    lambda model, data: symdcrnn.network([symdcrnn.OPERATORS["I"]], 1.5),
    lambda model, data: symdcrnn.phase_space(data, ["u"]),
    lambda model, data: symdcrnn.Stencil("x", BIG),
    lambda model, data: symdcrnn.Quadrature("v", matrix=((BIG,),)),
])
def test_what_is_something_else_is_refused_in_one_line(
    call: Callable[[Any, Any], Any], model: symdcrnn.Model, data: symdcrnn.Trajectory
) -> None:
    with pytest.raises(symdcrnn.InputError) as caught:
        call(model, data)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_whole_numbers_of_any_size_in_a_model_are_refused(model: symdcrnn.Model) -> None:
    content = json.loads(json.dumps(model.to_dict()))
    for name in ("seconds", "version"):
        with pytest.raises(symdcrnn.InputError):
            model_from_dict({**content, name: BIG})
    with pytest.raises(symdcrnn.InputError, match="layers"):
        model_from_dict({**content, "settings": {**content["settings"], "layers": BIG}})
