"""Results as tables and labelled arrays, with units where the data has them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import written_models
import xarray

import symdcrnn
from symdcrnn import InputError, Trajectory
from symdcrnn.equation import LearnedFunction
from symdcrnn.results.units import parse_units, units_text, with_units

SPEED = "m s-1"


def burgers() -> Trajectory:
    x, t = 0.1 * np.arange(12), 0.2 * np.arange(6)
    u = 2.0 + np.sin(x[None, :] - t[:, None])
    return Trajectory.from_arrays({"u": u}, t=t, x=x, periodic=True, units={"u": SPEED, "x": "m", "t": "s"})


def test_terms_are_a_table_with_their_errors(workplace: Path) -> None:
    equation = symdcrnn.load_model(workplace / "model.json")["g"]
    table = equation.terms_frame
    assert list(table.index) == [term.word for term in equation.terms]
    assert dict(table["coefficient"]) == equation.coefficients
    assert list(table["error"]) == [term.error for term in equation.terms]
    assert list(table["inclusion"]) == [term.inclusion for term in equation.terms]
    assert not table["known"].any()


def test_the_path_is_a_table_of_candidates(workplace: Path) -> None:
    equation = symdcrnn.load_model(workplace / "model.json")["g"]
    table = equation.path_frame
    assert list(table.index) == [len(step.words) for step in equation.path]
    chosen = table[table["chosen"]]
    assert list(chosen.index) == [4]
    assert set(chosen["words"].iloc[0]) == set(equation.coefficients)
    # One word less than the equation multiplies the residual by the jump that it was chosen by.
    assert table["growth"].loc[3] == pytest.approx(equation.jump)
    assert np.isnan(table["growth"].iloc[0])


def test_units_of_coefficients_follow_from_those_of_the_data() -> None:
    data = burgers()
    words = {"u": {"u d_x u": -1.0, "d_xx u": 0.1, "u": 0.3, "u^3": 0.2, "exp(-u)": 0.1, "cos(x) u": 0.1}}
    table = with_units(written_models.model(words, data))["u"].terms_frame
    assert dict(table["units"]) == {"u d_x u": "1", "d_xx u": "m2 s-1", "u": "s-1", "u^3": "s m-2", "exp(-u)": "",
                                    "cos(x) u": ""}
    averaged, _ = written_models.kinetic(True, True)
    assert set(averaged["f"].terms_frame["units"]) == {""}


def test_units_are_learned_with_the_model_and_saved(tmp_path: Path) -> None:
    model = symdcrnn.fit(burgers(), words=["d_x u"], excluded=["u:u"], bootstrap=0)
    model.save(tmp_path / "model.json")
    again = symdcrnn.load_model(tmp_path / "model.json")
    assert again == model
    assert again["u"].coefficient("d_x u").attrs["units"] == SPEED
    assert again.report()["details"]["u"]["units"] == {"d_x u": SPEED}


@pytest.mark.parametrize(("text", "expected"), [
    ("m/s", "m s-1"), ("m s**-1", SPEED), ("m.s^-2", "m s-2"), ("kg*m^2/s/s", "kg m2 s-2"), ("1", "1"), ("1/s", "s-1"),
    ("s since 1990-01-01", "s"), ("%", "%"), ("m/m", "1"),
])
def test_units_are_read_and_written(text: str, expected: str) -> None:
    powers = parse_units(text)
    assert powers is not None
    assert units_text(powers) == expected
    assert parse_units(expected) == powers


@pytest.mark.parametrize("text", ["J/(kg K)", "10 m", "m^0.5"])
def test_other_texts_are_no_units(text: str) -> None:
    assert parse_units(text) is None


def test_a_coefficient_is_a_labelled_array(workplace: Path) -> None:
    equation = symdcrnn.load_model(workplace / "model.json")["g"]
    number = equation.coefficient("v_dx  g")
    assert float(number) == equation.coefficients["v_dx g"]
    assert float(number["error"]) == equation.terms[1].error
    assert "units" not in number.attrs
    x = np.linspace(0.0, 1.0, 5)
    function = LearnedFunction("1", tuple(x), tuple(x**2), errors=tuple(0.1 * x), units="s-1", axis_units={"x": "m"})
    plane = LearnedFunction("rho", (), tuple(map(float, range(6))), "y,x", {"y": (0.0, 1.0), "x": (0.0, 1.0, 2.0)})
    both = replace(equation, functions=(function, plane))
    array = both.coefficient("1")
    expected = xarray.DataArray(x**2, {"x": x, "error": ("x", 0.1 * x)}, ["x"])
    xarray.testing.assert_equal(array, expected)
    assert (array.attrs["units"], array["x"].attrs["units"]) == ("s-1", "m")
    assert both.coefficient("rho").dims == ("y", "x")
    assert float(both.coefficient("rho").sel(y=1.0, x=2.0)) == 5.0
    row = both.terms_frame.loc["1"]
    assert (row["axes"], row["minimum"], row["maximum"]) == ("x", 0.0, 1.0)
    assert row["coefficient"] == pytest.approx(float(np.mean(x**2)))


def test_a_word_that_is_not_there_is_named_with_the_nearest(workplace: Path) -> None:
    equation = symdcrnn.load_model(workplace / "model.json")["g"]
    with pytest.raises(InputError, match=r"has no term 'v_dx h': it has .*v_dx g"):
        equation.coefficient("v_dx h")


def test_models_are_shown_in_a_few_lines(workplace: Path) -> None:
    model = symdcrnn.load_model(workplace / "model.json")
    lines = repr(model).splitlines()
    assert lines[0] == "Model of g(t, v, x), rho(t, x): 30 frames, 16 points of v, 400 points of x"
    assert lines[1] == str(model["g"])
    assert repr(model["g"]).splitlines() == lines[1:]
    doubtful = replace(model["g"], certain=False)
    assert repr(doubtful).startswith("d_t g: no equation stands out")
    assert str(doubtful) == f"d_t g: no equation stands out in this data\n  best guess  {model['g'].text}"
    page = replace(model, equations=(replace(doubtful, target="<b>"),))._repr_html_()
    assert "best guess" in page
    assert "<b>" not in page
    assert "<math" in page
    assert page.count("<tr>") == 5
