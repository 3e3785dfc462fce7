"""Noisy data with settings that the weak form does not serve: refused where it was asked for, in doubt where not."""

from __future__ import annotations

import numpy as np
import pytest
from waves import heat_and_reaction

import symdcrnn
from symdcrnn.errors import InputError

ASKED = [
    ({"norm": "l1"}, "the norm l1: take l2, or huber for outliers", "take --norm huber"),
    ({"zero_mean": 1.0}, "leave --zero-mean out", "leave --zero-mean out"),
    ({"functions": ("u:u",), "continuity": 1.0}, "--continuity, as the noise tells", "leave --continuity out"),
    ({"functions": ("u:*",)}, "functions of every word: name some words", "not of every one: name them"),
    ({"functions": ("u:d_x u",), "basis": "grid"}, "take the spline basis", "take the spline basis"),
]
IDS = ["l1", "zero mean", "continuity", "every word", "value per point"]


@pytest.mark.usefixtures("interpreted")
@pytest.mark.parametrize(("settings", "text"), [(one, text) for one, text, _ in ASKED], ids=IDS)
def test_differences_of_noisy_frames_are_in_doubt(settings: dict[str, object], text: str) -> None:
    noisy = heat_and_reaction(40, 32, 0.01)
    model = symdcrnn.fit(noisy, words=["u", "d_x u"], bootstrap=0, starts=1, knots=4 if "functions" in settings and
                         settings.get("basis") != "grid" else "auto", **settings)
    assert model.settings.scheme != "weak"
    equation = model["u"]
    assert not equation.certain
    [check] = [check for check in equation.checks if check.name == "fit"]
    assert not check.passed
    assert text in check.text


@pytest.mark.parametrize(("settings", "text"), [(one, text) for one, _, text in ASKED], ids=IDS)
def test_what_was_asked_for_is_refused_with_what_to_do(settings: dict[str, object], text: str) -> None:
    with pytest.raises(InputError, match=text):
        symdcrnn.fit(heat_and_reaction(40, 32, 0.01), words=["u", "d_x u"], scheme="weak", **settings)


def test_functions_of_two_axes() -> None:
    t, y, x = 0.1 * np.arange(20), 2.0 * np.pi * np.arange(12) / 12, 2.0 * np.pi * np.arange(16) / 16
    rate = 1.0 + 0.3 * np.sin(x) * np.cos(y[:, None])
    u = np.exp(-rate * t[:, None, None]) * (1.0 + 0.01 * np.random.default_rng(0).standard_normal((20, 12, 16)))
    noisy = symdcrnn.Trajectory.from_arrays({"u": (("t", "y", "x"), u)}, t=t, y=y, x=x, periodic=True)
    asked = {"words": ["u"], "functions": ("u:u@x,y",), "knots": 4, "bootstrap": 0}
    with pytest.raises(InputError, match="has functions of one axis, not of"):
        symdcrnn.fit(noisy, scheme="weak", **asked)
    equation = symdcrnn.fit(noisy, **asked)["u"]
    assert not equation.certain
    assert "functions of two axes: name one" in next(check for check in equation.checks if check.name == "fit").text


def test_clean_data_is_not_in_doubt() -> None:
    checks = symdcrnn.fit(heat_and_reaction(60, 96), words=["u", "d_x u", "d_xx u"], norm="l1", bootstrap=0)["u"].checks
    assert all("noisy" not in check.text for check in checks)
