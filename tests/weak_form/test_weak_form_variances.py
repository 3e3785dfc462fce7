"""Data with a variance for each value: what rows weigh, what the noise does, and equations with their error bars."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from test_weak_form_gaps import FUNCTIONS, burgers, with_gaps
from waves import heat_and_reaction, weak_data, with_fields

import symdcrnn
from symdcrnn.algebra.calculus.mean_values import without_bias
from symdcrnn.errors import InputError
from symdcrnn.weak_form import columns
from symdcrnn.weak_form.columns import values_of
from symdcrnn.weak_form.noise.covariances import covariance
from symdcrnn.weak_form.noise.precision import variance_letter, variance_name
from symdcrnn.weak_form.rows import weak_columns
from symdcrnn.weak_form.study import WeakData

Array = NDArray[np.float64]


def with_variances(data: WeakData, deviations: dict[str, Array]) -> WeakData:
    """The same data, whose values have standard deviations of their own."""
    grid = data.grid.outline
    functions = {**grid.functions, **{variance_name(name): (grid.field_axes[name], values**2)
                                      for name, values in deviations.items()}}
    return replace(data, grid=replace(grid, functions=functions), variances=frozenset(deviations), usual=0.02)


@pytest.fixture(scope="module")
def uneven(kinetic: WeakData) -> WeakData:
    """f and rho with noise that grows from one side to the other by a factor of five."""
    grid = kinetic.grid.outline
    return with_variances(kinetic, {name: 0.02 * np.exp(np.linspace(-0.8, 0.8, grid.fields[name].size)).reshape(
        grid.fields[name].shape) for name in ("f", "rho")})


def samples(data: WeakData, moved: WeakData, count: int) -> list[Array]:
    """What small noise of these standard deviations adds to the columns, for several samples."""
    [integrals] = data.integrals([FUNCTIONS])
    grid, found = moved.grid.outline, []
    for seed in range(count):
        rng = np.random.default_rng(seed)
        noise = {name: 0.1 * np.sqrt(grid.functions[variance_name(name)][1]) * rng.standard_normal(values.shape)
                 for name, values in grid.fields.items()}
        up, down = (weak_columns(data.words, with_fields(moved, {
            name: grid.fields[name] + sign * noise[name] for name in noise}).grid, [integrals], data.stencils)[0]
            for sign in (1.0, -1.0))
        found.append(5.0 * (up - down))
    return found


@pytest.mark.parametrize("hole", [False, True])
def test_noise_of_the_normal_equations_is_the_mean_of_that_of_samples(uneven: WeakData, hole: bool) -> None:
    data = with_gaps(uneven, {"f": (12, 1, 20)}) if hole else uneven
    [exact] = data.noise_gram(data.integrals([FUNCTIONS]))
    drawn = [moved.T @ moved for moved in samples(data, uneven, 60)]
    mean, spread = np.mean(drawn, axis=0), np.std(drawn, axis=0) / np.sqrt(len(drawn))
    assert np.all(np.abs(exact - mean) < 4.5 * spread + 1e-12 * np.max(exact))


def test_covariance_is_that_of_samples(uneven: WeakData) -> None:
    pilot = np.array([0.5, -1.0, 2.0, 0.3, -0.7, 0.9, 1.1, 0.05])
    found = covariance([uneven], FUNCTIONS, pilot, range(8))
    [integrals] = uneven.integrals([FUNCTIONS])
    [columns] = weak_columns(uneven.words, uneven.grid, [integrals], uneven.stencils, uneven.means)
    right = [columns[:, :-1].T @ (moved @ np.append(-pilot, 1.0)) for moved in samples(uneven, uneven, 300)]
    assert np.diag(np.cov(np.array(right).T)) == pytest.approx(np.diag(found), rel=0.35)


def test_rows_weigh_by_the_inverse_of_their_deviation(uneven: WeakData) -> None:
    [integrals] = uneven.integrals([FUNCTIONS])
    weights = integrals.weights(0, integrals.time.rows)
    assert weights is not None
    deviations = np.std([moved[:, -1] for moved in samples(uneven, uneven, 200)], axis=0)
    # What samples add is weighted already, so all rows have about the same.
    assert np.std(deviations) < 0.15 * np.mean(deviations)
    assert weights.max() > 2.0 * weights.min()


def test_means_without_bias_take_the_variance_of_each_value() -> None:
    data = weak_data(heat_and_reaction(20, 40), "u", ["u"], {"u": 0.1})
    grid = data.grid.outline
    deviations = 0.1 + 0.3 * np.arange(800.0).reshape(20, 40) / 800.0
    data = with_variances(data, {"u": deviations})
    letter, some = variance_letter("u", data.grid.outline), data.grid.outline
    u = grid.fields["u"]
    for text, expected in (("u^2", u**2 - deviations**2), ("u^3", u**3 - 3.0 * u * deviations**2),
                           ("u^4", u**4 - 6.0 * u**2 * deviations**2 + 3.0 * deviations**4)):
        parts = without_bias(data.space.word(text), {data.space.variables["u"]: letter})
        found = sum(factor * values_of(word, some, data.stencils) for factor, word in parts)
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


def of_two_sensors(seed: int, name: str = "u_std", square: bool = False) -> symdcrnn.Trajectory:
    """Burgers' equation, one half of x measured thirty times better than the other."""
    u, t, x = burgers(0, 0.0)
    deviations = np.std(u) * np.where(np.arange(x.size) < 40, 0.01, 0.3) * np.ones((t.size, 1))
    u = u + deviations * np.random.default_rng(seed).standard_normal(u.shape)
    return symdcrnn.Trajectory.from_arrays({"u": u, name: deviations**2 if square else deviations}, t=t, x=x,
                                           periodic=True)


@pytest.mark.soak
def test_error_bars_cover_and_are_those_of_the_better_values() -> None:
    far, errors = [], []
    for seed in range(30):
        equation = symdcrnn.fit(of_two_sensors(seed), words=["d_x(u^2)", "d_xx u"], excluded=("u:u",),
                                test_functions=("t=9", "x=10"))["u"]
        for term in equation.terms:
            assert term.error is not None
            far.append((term.coefficient - {"d_x(u^2)": -0.5, "d_xx u": 0.1}[term.word]) / term.error)
        errors.append(equation.terms[0].error)
    assert 0.55 < np.mean(np.abs(far) < 1.0) < 0.82
    assert np.mean(np.abs(far) < 2.0) > 0.86
    assert np.median(errors) < 0.02


def test_one_deviation_is_that_of_all_values() -> None:
    dataset = of_two_sensors(0).dataset.drop_vars("u_std").assign(u_std=0.3)
    trajectory = symdcrnn.Trajectory.of(dataset)
    assert trajectory.uncertainties == {"u": "u_std"}
    assert trajectory.variances("u")[1] == pytest.approx(0.09)


def test_variances_are_taken_by_name_or_by_being_told(tmp_path: Path) -> None:
    by_name = of_two_sensors(0)
    assert by_name.field_names == ("u",)
    assert by_name.uncertainties == {"u": "u_std"}
    assert "took u_std as the standard deviation of u, value by value" in by_name.notices
    asked = {"words": ["d_x(u^2)", "d_xx u"], "test_functions": ("t=9", "x=10")}
    model = symdcrnn.fit(by_name, **asked)
    equation = model["u"]
    assert equation.certain
    assert equation.weak is not None
    assert equation.weak.kinds == {"u": "the data has a variance for each value"}
    told = of_two_sensors(0, "spread", square=True)
    assert told.field_names == ("u", "spread")
    told = told.with_variance("u", "spread")
    assert told.field_names == ("u",)
    np.testing.assert_allclose([symdcrnn.fit(told, **asked)["u"].coefficients[word] for word in equation.coefficients],
                               list(equation.coefficients.values()), rtol=1e-9)
    symdcrnn.write_trajectory(by_name, tmp_path / "a.nc")
    stored = symdcrnn.open_trajectory(tmp_path / "a.nc")
    assert stored.header.field_names == ("u",)
    again = stored.in_memory_if_it_fits()
    assert symdcrnn.fit(again, **asked)["u"].coefficients == equation.coefficients


def test_what_cannot_be_a_variance_is_refused() -> None:
    trajectory = of_two_sensors(0)
    for values, text in ((-1.0, r"'u_std' is negative at index \[t=0, x=0\]"), (0.0, "'u_std' is zero everywhere")):
        bad = trajectory.dataset.copy(deep=True)
        bad["u_std"][:] = values
        with pytest.raises(InputError, match=text):
            symdcrnn.fit(symdcrnn.Trajectory.of(bad), words=["d_xx u"])
    with pytest.raises(InputError, match="there is no variable 'w' for the variances of u"):
        trajectory.with_variance("u", "w")


def test_a_value_whose_variance_is_missing_is_missing() -> None:
    dataset = of_two_sensors(0).dataset.copy(deep=True)
    dataset["u_std"][30, 20:24] = np.nan
    equation = symdcrnn.fit(symdcrnn.Trajectory.of(dataset), words=["d_x(u^2)", "d_xx u"])["u"]
    assert equation.weak is not None
    assert equation.weak.gaps == {"u": (4, 70 * 80)}
    assert equation.weak.left_out > 0


def on_disk(data: symdcrnn.Trajectory, path: Path) -> symdcrnn.StoredTrajectory:
    symdcrnn.write_trajectory(data, path)
    return symdcrnn.open_trajectory(path)


@pytest.mark.parametrize("kind", [
    *(pytest.param(kind, marks=pytest.mark.soak) for kind in ("standard deviations", "variances")), "of x alone"])
def test_variances_stay_on_disk_with_the_frames(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows weigh by means over some frames, and variances do not change in time: all agrees with data in memory."""
    data = of_two_sensors(0, "u_var" if kind == "variances" else "u_std", square=kind == "variances")
    if kind == "of x alone":
        dataset = data.dataset.copy(deep=True)
        dataset["u_std"] = dataset["u_std"].isel(t=0, drop=True)
        data = symdcrnn.Trajectory.of(dataset)
    asked = {"words": ["d_x(u^2)", "d_xx u", "u"], "test_functions": ("t=9", "x=10")}
    expected = symdcrnn.fit(data, **asked)["u"]
    monkeypatch.setattr(columns, "AT_ONCE", 80 * 9)
    found = symdcrnn.fit(on_disk(data, tmp_path / "u.nc"), **asked)["u"]
    assert found.coefficients == pytest.approx(expected.coefficients, rel=1e-9)
    assert [term.error for term in found.terms] == pytest.approx([term.error for term in expected.terms], rel=1e-9)
    assert found.weak is not None
    assert found.weak.kinds == {"u": "the data has a variance for each value"}


def test_a_value_on_disk_whose_variance_is_missing_is_missing(tmp_path: Path) -> None:
    dataset = of_two_sensors(0).dataset.copy(deep=True)
    dataset["u_std"][30, 20:24] = np.nan
    stored = on_disk(symdcrnn.Trajectory.of(dataset), tmp_path / "u.nc")
    equation = symdcrnn.fit(stored, words=["d_x(u^2)", "d_xx u"])["u"]
    assert equation.weak is not None
    assert equation.weak.gaps == {"u": (4, 70 * 80)}
    dataset["u_std"][3, 7] = -1.0
    with pytest.raises(InputError, match="'u_std' is negative in frame 3"):
        symdcrnn.fit(on_disk(symdcrnn.Trajectory.of(dataset), tmp_path / "v.nc"), words=["d_xx u"])


@pytest.mark.soak
@pytest.mark.parametrize("law", ["poisson", "proportional"])
def test_noise_that_follows_the_value_is_seen_on_disk(
    law: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    t, x = 0.05 * np.arange(90), 2.0 * np.pi * np.arange(96) / 96
    u = 400.0 * (1.1 + np.sin(x - 0.7 * t[:, None])) ** 2 * np.exp(-0.3 * t)[:, None]
    random = np.random.default_rng(3)
    u = random.poisson(u).astype(float) if law == "poisson" else u * (1.0 + 0.05 * random.standard_normal(u.shape))
    data = symdcrnn.Trajectory.from_arrays({"u": u}, t=t, x=x, periodic=True)
    asked = {"words": ["u", "d_x u"], "test_functions": ("t=9", "x=10"), "noise": law}
    expected = symdcrnn.fit(data, **asked)["u"]
    found = symdcrnn.fit(on_disk(data, tmp_path / "u.nc"), **asked)["u"]
    assert found.weak is not None
    assert expected.weak is not None
    assert found.weak.kinds == expected.weak.kinds
    assert found.weak.noise == pytest.approx(expected.weak.noise, rel=1e-9)
    assert found.coefficients == pytest.approx(expected.coefficients, rel=1e-9)
    # In small chunks rows weigh by means over runs of frames, and error bars are those of these weights.
    monkeypatch.setattr(columns, "AT_ONCE", 96 * 20)
    again = symdcrnn.fit(on_disk(data, tmp_path / "v.nc"), **asked)["u"]
    for term, other, exact in zip(again.terms, expected.terms, (-0.3, -0.7), strict=True):
        assert 1.0 < (term.error or 0.0) / (other.error or 1.0) < 1.5
        assert abs(term.coefficient - exact) < 3.5 * (term.error or 0.0)
    plain = symdcrnn.fit(on_disk(data, tmp_path / "w.nc"), words=["u", "d_x u"])["u"]
    assert plain.weak is not None
    assert "proportional to the value" in plain.weak.kinds["u"]
