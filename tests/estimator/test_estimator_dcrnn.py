"""The estimator: data of every kind, settings by name, splits in time, scores."""

from __future__ import annotations

import pickle
import pydoc
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
import xarray
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit, cross_val_score

import symdcrnn
from symdcrnn import DCRNN, InputError, Trajectory

X, T = np.arange(32) / 32, 0.02 * np.arange(30)
U = 2.0 + np.sin(2 * np.pi * (X[None, :] - T[:, None])) + 0.5 * np.cos(4 * np.pi * (X[None, :] - T[:, None]))
SPEED = {"u": {"d_x u": pytest.approx(-1.0, rel=1e-4)}}


def wave(**options: Any) -> DCRNN:
    return DCRNN(words=["d_x u"], excluded=["u:u"], bootstrap=0, **options)


def trajectory() -> Trajectory:
    return Trajectory.from_arrays({"u": U}, t=T, x=X, periodic=True)


def coefficients(estimator: DCRNN) -> dict[str, dict[str, float]]:
    return {equation.target: equation.coefficients for equation in estimator.model_.equations}


def dataset() -> xarray.Dataset:
    return xarray.Dataset({"u": (("x", "t"), U.T)}, {"x": ("x", X, {"periodic": 1}), "t": T})


def labelled() -> xarray.DataArray:
    return dataset()["u"]


def table() -> pandas.DataFrame:
    return pandas.DataFrame(U, pandas.Index(T, name="t"), X)


GIVEN: dict[str, Callable[[], Any]] = {
    "trajectory": trajectory, "dataset": dataset, "labelled array": labelled,
    "array without a name": lambda: labelled().rename(None), "table": table,
    "several": lambda: [trajectory()[:15], dataset().isel(t=slice(15, None))],
    "file": lambda: "data.nc",
    "file on disk": lambda: symdcrnn.open_trajectory("data.nc"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("estimator")
    symdcrnn.write_trajectory(trajectory(), place / "data.nc")
    return place


@pytest.mark.usefixtures("interpreted")
@pytest.mark.parametrize("kind", GIVEN)
def test_data_of_every_kind(kind: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    given = GIVEN[kind]()
    estimator = wave(periodic=True) if kind == "table" else wave()
    assert estimator.fit(given) is estimator
    assert coefficients(estimator) == SPEED
    assert list(estimator.equations_.index) == [("u", "d_x u")]
    rates = estimator.predict(given)
    exact = -2 * np.pi * (np.cos(2 * np.pi * (X - T[:, None])) - np.sin(4 * np.pi * (X - T[:, None])))
    found = np.concatenate([one["u"].transpose("t", "x") for one in rates]) if kind == "several" else (
        rates if kind == "table" else rates["u"].transpose("t", "x"))
    np.testing.assert_allclose(np.asarray(found), exact, atol=2e-2)
    assert estimator.score(given) > 0.9999


def test_arrays_have_axes_by_name() -> None:
    estimator = wave(axes={"x": X, "t": T[1]}, periodic=True).fit(U.T)
    assert coefficients(estimator) == SPEED
    assert estimator.n_features_in_ == T.size
    rates = estimator.predict(U.T)
    assert rates.shape == U.T.shape
    ordered = wave(axes={"t": T, "x": X}, periodic=True).fit(U)
    np.testing.assert_allclose(ordered.predict(U).T, rates, atol=1e-9)
    assert ordered.n_features_in_ == X.size
    # A single state has a rate as well.
    np.testing.assert_allclose(ordered.predict(U[:1]), ordered.predict(U)[:1], atol=1e-9)
    assumed = wave(axes=("t", "x")).fit(U)
    assert "took the points of t as 0, 1, 2, ..." in assumed.notices_
    assert any("periodic" in line for line in assumed.notices_)


def test_masks_and_fill_values_are_missing_values() -> None:
    hidden = np.zeros(U.shape, bool)
    hidden[12, 5] = True
    filled = np.where(hidden, -999.0, U)
    masked = np.ma.MaskedArray(filled, hidden)
    by_mask = wave(axes={"t": T[1], "x": X}, periodic=True).fit(masked)
    by_fill = wave().fit(xarray.DataArray(filled, {"t": T, "x": ("x", X, {"periodic": 1})}, ("t", "x"), "u",
                                          {"_FillValue": -999.0}))
    for estimator in (by_mask, by_fill):
        assert estimator.model_["u"].weak.gaps == {"u": (1, U.size)}
        assert coefficients(estimator)["u"]["d_x u"] == pytest.approx(-1.0, rel=1e-3)


@pytest.mark.usefixtures("interpreted")
def test_columns_with_names_are_quantities() -> None:
    decay = pandas.DataFrame({"a": np.exp(-2.0 * T), "b": np.exp(-T)}, pandas.Index(T, name="t"))
    estimator = DCRNN(words=["a", "b"], bootstrap=0).fit(decay)
    assert estimator.model_["a"].coefficients["a"] == pytest.approx(-2.0, rel=1e-6)
    assert list(estimator.feature_names_in_) == ["a", "b"]
    rates = estimator.predict(decay)
    assert list(rates.columns) == ["a", "b"]
    np.testing.assert_allclose(rates["b"], -decay["b"], rtol=1e-5)
    dated = decay.set_index(pandas.Timestamp("2020-01-01") + pandas.to_timedelta(T, unit="s"))
    again = DCRNN(words=["a", "b"], bootstrap=0).fit(dated.rename_axis("t"))
    assert again.model_["a"].coefficients["a"] == pytest.approx(-2.0, rel=1e-6)


@pytest.mark.usefixtures("interpreted")
def test_parameters_are_settings() -> None:
    estimator = DCRNN(words=np.array(["d_x u"]), excluded=["u:u"], bootstrap=np.int64(0), knots="auto",
                      equations=["u"], continuity=np.float32(0.0))
    assert estimator.get_params()["equations"] == ["u"]
    copied = clone(estimator)
    assert all(copied.get_params()[name] is not None for name in ("words", "equations", "bootstrap"))
    estimator.set_params(scheme="simpson", equations=("u",)).fit(trajectory())
    assert estimator.model_.settings.scheme == "simpson"
    assert (estimator.model_.settings.operators, estimator.model_.settings.layers) == (("I",), 0)
    assert estimator.equations() == [str(estimator.model_["u"])]
    composed = DCRNN(operators=("I", "d_x"), layers=1, scales=0, words=["u^2"], bootstrap=0, starts=1).fit(trajectory())
    assert composed.model_.settings.layers == 1
    assert repr(DCRNN(layers=1)) == "DCRNN(layers=1)"


@pytest.mark.parametrize("say", [lambda: DCRNN(layer=3), lambda: wave().set_params(layer=2),
                                 lambda: symdcrnn.fit(trajectory(), layer=1)])
def test_names_that_are_none_get_the_nearest(say: Callable[[], object]) -> None:
    with pytest.raises(InputError, match="unknown setting 'layer': the nearest is layers"):
        say()


def test_estimators_travel_and_print(capsys: pytest.CaptureFixture[str]) -> None:
    estimator = wave().fit(trajectory())
    again = pickle.loads(pickle.dumps(estimator))
    assert again.model_ == estimator.model_
    np.testing.assert_array_equal(again.predict(trajectory())["u"], estimator.predict(trajectory())["u"])
    again.print()
    assert capsys.readouterr().out == f"{estimator.model_}\n"
    forecast = again.simulate(trajectory(), from_frame=2, steps=5)
    assert forecast.total_errors["u"] < 1e-3
    assert forecast.trajectory.frames == 6


@pytest.mark.usefixtures("interpreted")
def test_searches_over_splits_in_time() -> None:
    search = GridSearchCV(wave(), {"central_stencil": ["central2", "central8"]}, cv=TimeSeriesSplit(2))
    search.fit(trajectory())
    assert search.best_params_ == {"central_stencil": "central8"}
    assert coefficients(search.best_estimator_) == SPEED
    scores = search.cv_results_["mean_test_score"]
    assert 0.9 < scores[0] < scores[1] <= 1.0
    for data, axes in ((U, {"t": T[1], "x": X}), (table(), None)):
        assert min(cross_val_score(wave(axes=axes, periodic=True), data, cv=TimeSeriesSplit(2))) > 0.9999


def test_frames_are_taken_by_their_numbers() -> None:
    data = trajectory()
    assert (len(data), data.shape) == (30, (30,))
    for chosen in (slice(3, 9, 2), np.array([3, 5, 7]), [3, 5, 7], (np.array([3, 5, 7]), ...)):
        np.testing.assert_array_equal(data[chosen].t, T[[3, 5, 7]])
    np.testing.assert_array_equal(data[-4:].t, T[-4:])
    np.testing.assert_array_equal(data[T > 0.49].t, T[T > 0.49])


@pytest.mark.parametrize(("frames", "expected"), [
    ([0, 1, 3], "frame 3 comes after frame 1: give frames one after the other at even distances"),
    ([3, 2, 1], "frame 2 comes after frame 3"),
    ([4], "give at least two"),
    (4, "give at least two"),
    ([28, 29, 30], "give a slice, or numbers from 0 to 29"),
    ("u", "frames were asked for by 'u'"),
])
def test_frames_that_are_no_part_in_time_are_refused(frames: object, expected: str) -> None:
    with pytest.raises(InputError, match=expected):
        trajectory()[frames]


def test_scores_are_what_is_explained() -> None:
    """Of a wave with the wrong speed the share (c - 1)^2 is left; noise counts little where it was known of."""
    estimator = wave(scheme="simpson", central_stencil="central8").fit(trajectory())
    equation = estimator.model_["u"]
    for speed, share in ((-1.0, 1.0), (-0.5, 0.75), (1e-9, 0.0), (1.0, -3.0)):
        terms = (replace(equation.terms[0], coefficient=speed),)
        estimator.model_ = replace(estimator.model_, equations=(replace(equation, terms=terms),))
        assert estimator.score(trajectory()) == pytest.approx(share, abs=1e-4)
    noise = 0.02 * np.random.default_rng(1).standard_normal(U.shape)
    noisy = Trajectory.from_arrays({"u": U + noise}, t=T, x=X, periodic=True)
    weak = wave().fit(noisy)
    assert weak.model_["u"].weak is not None
    assert weak.score(noisy) > 0.98
    frozen = Trajectory.from_arrays({"u": np.ones_like(U)}, t=T, x=X, periodic=True)
    with pytest.raises(InputError, match="the field 'u' does not change in this data"):
        weak.score(frozen)


@pytest.mark.parametrize(("given", "options", "expected"), [
    (U, {}, "whose axes have no names: give a Trajectory, an xarray.Dataset"),
    (U, {"axes": ("t", "x", "y")}, r"Expected an array of the axes \(t, x, y\), got one with 2 axes"),
    (U, {"axes": ("y", "x")}, "axes names y, x, and no t"),
    (U, {"axes": {"t": T[:5], "x": X}}, r"axis 't' has points of shape \(5,\), the array 30 along it.*need a step"),
    (U, {"axes": {"t": -0.1, "x": X}}, "the step of t is -0.1"),
    (U, {"axes": 3}, "axes is 3: give the names of the axes in order"),
    (U + 0j, {"axes": ("t", "x")}, "Complex data not supported"),
    (U[:1], {"axes": ("t", "x")}, "n_samples = 1: give at least 2 frames"),
    ("nothing.nc", {}, "nothing.nc"),
    ([], {}, "whose axes have no names"),
    (pandas.DataFrame(), {}, "n_samples = 0"),
    (dataset().rename(x="q"), {}, "the role of axis 'q' cannot be told"),
])
def test_what_is_no_data_is_said(given: object, options: dict[str, Any], expected: str) -> None:
    with pytest.raises(InputError, match=expected) as caught:
        wave(**options).fit(given)
    assert "\n" not in str(caught.value)


def test_an_estimator_is_fitted_first() -> None:
    for use in (wave().predict, wave().score, wave().simulate):
        with pytest.raises(NotFittedError):
            use(trajectory())
    with pytest.raises(NotFittedError):
        wave().equations()
    estimator = wave(axes={"t": T[1], "x": None}, periodic=True).fit(U)
    with pytest.raises(InputError, match="X has 16 features, but DCRNN is expecting 32 features as input"):
        estimator.predict(U[:, ::2])
    with pytest.raises(InputError, match="2 trajectories were given, and one is marched at a time"):
        estimator.simulate([trajectory(), trajectory()])


def test_public_names_are_found_without_loading_anything() -> None:
    assert "DCRNN" in dir(symdcrnn)
    assert set(symdcrnn.__all__) <= set(dir(symdcrnn))
    text = pydoc.plain(pydoc.render_doc(symdcrnn))
    for name in ("class DCRNN", "fit(trajectory", "simulate(model", "load_model(path", "class Trajectory"):
        assert name in text
    script = ("import sys, symdcrnn; dir(symdcrnn); "
              "print(sorted({'sklearn', 'numba', 'sympy', 'pandas', 'scipy', 'xarray'} & set(sys.modules)))")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "[]\n"
