"""Missing values: which rows they take, what noise does to those that are left, and equations of data with gaps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from waves import heat_and_reaction, weak_data, with_fields

import symdcrnn
from symdcrnn.errors import InputError
from symdcrnn.preprocess.loaded_frames import loaded_frames
from symdcrnn.varying_coefficients.bases import spline_derivatives
from symdcrnn.weak_form.columns import Multiplied
from symdcrnn.weak_form.gaps.filled import filled
from symdcrnn.weak_form.gaps.mask import Gaps
from symdcrnn.weak_form.gaps.reads import gaps_of
from symdcrnn.weak_form.multiplied import BasisValues
from symdcrnn.weak_form.noise.level import field_sizes
from symdcrnn.weak_form.noise.outliers import outliers
from symdcrnn.weak_form.rows import weak_columns
from symdcrnn.weak_form.study import WeakData, study
from symdcrnn.weak_form.test_functions import TestFunction

Array = NDArray[np.float64]

FUNCTIONS = {"t": TestFunction(6, 8), "x": TestFunction(9, 8)}
EXACT = {"u": -0.5, "d_x u": -0.7, "d_xx u": 0.02}


def with_gaps(data: WeakData, holes: dict[str, tuple[slice | int, ...]], fill: float = 1.0) -> WeakData:
    """The same data without some values."""
    fields = {name: values.copy() for name, values in data.grid.fields.items()}
    for name, hole in holes.items():
        fields[name][hole] = np.nan
    spoiled = with_fields(data, fields)
    gaps = gaps_of(data.words.uses, data.words.target, spoiled.grid, data.stencils)
    return replace(spoiled, grid=filled(spoiled.grid, dict.fromkeys(holes, fill)), gaps=gaps)


def burgers(seed: int, noise: float, frames: int = 70, points: int = 80) -> tuple[Array, Array, Array]:
    """A solution of d_t u = -d_x(u^2)/2 + 0.1 d_xx u by Cole and Hopf, with noise."""
    t, x = 0.04 * np.arange(frames), 2.0 * np.pi * np.arange(points) / points
    heat, slope = 4.0 * np.ones((frames, points)), np.zeros((frames, points))
    for k, size in ((1, 1.5), (2, 1.0), (3, 0.4)):
        decay = size * np.exp(-0.1 * k**2 * t)[:, None]
        heat += decay * np.cos(k * x + k)
        slope -= decay * k * np.sin(k * x + k)
    u = -0.2 * slope / heat
    return u + noise * np.std(u) * np.random.default_rng(seed).standard_normal(u.shape), t, x


def spoiled_waves(noise: float, seed: int = 0) -> Array:
    u = heat_and_reaction(80, 96, noise, seed).array("u").copy()
    u[30:36, 10:30] = np.nan
    u[:3], u[50], u[70, 5] = np.nan, np.nan, np.nan
    return u


def trajectory_of(u: Array, **more: object) -> symdcrnn.Trajectory:
    frames, points = u.shape
    return symdcrnn.Trajectory.from_arrays({"u": u}, t=0.05 * np.arange(frames),
                                           x=2.0 * np.pi * np.arange(points) / points, periodic=True, **more)


@pytest.mark.parametrize("hole", [{"f": (13, 2, 20)}, {"f": (slice(9, 11), slice(None), 4)}, {"rho": (17, 30)},
                                  {"f": (1,), "rho": (28, 7)}])
def test_rows_that_read_what_is_missing_are_left_out_and_no_others(
    kinetic: WeakData, hole: dict[str, tuple[slice | int, ...]]
) -> None:
    [integrals] = with_gaps(kinetic, hole).integrals([FUNCTIONS])
    kept = np.concatenate([np.asarray(integrals.weights(first, first + 1)).ravel()
                           for first in range(integrals.time.rows)]) > 0.5
    assert kept.sum() == integrals.kept.sum()
    [whole] = kinetic.integrals([FUNCTIONS])
    one, other = (weak_columns(kinetic.words, with_gaps(kinetic, hole, fill).grid, [whole], kinetic.stencils)[0]
                  for fill in (1.0, -200.0))
    # A test function is zero at its ends up to the rounding of the points.
    np.testing.assert_allclose(one[kept], other[kept], rtol=0.0, atol=1e-10)
    assert np.all(np.abs(one - other)[~kept].max(axis=1) > 1e-10)
    assert 0 < kept.sum() < kept.size
    [found] = weak_columns(kinetic.words, with_gaps(kinetic, hole).grid, [integrals], kinetic.stencils)
    np.testing.assert_allclose(found[kept], one[kept], rtol=0.0, atol=1e-10)
    assert not found[~kept].any()


def test_derivatives_inside_of_words_carry_gaps_to_all_points_that_read_them() -> None:
    data = weak_data(heat_and_reaction(40, 60), "u", ["(d_x u)^2", "u"], {"u": 0.01})
    assert any(part.has_derivatives for parts in data.words.words for part in parts)
    missing = with_gaps(data, {"u": (20, 30)}).gaps
    assert missing is not None
    found = np.unpackbits(missing.packed, axis=1, count=60)
    reach = int(found[20].sum()) // 2
    assert found.sum() == found[20].sum()
    assert set(np.flatnonzero(found[20])) == set(range(30 - reach, 31 + reach))
    assert 1 <= reach <= 4


def multiplied(data: WeakData, axis: str) -> WeakData:
    """The same with two words times splines of an axis."""
    grid = data.grid.outline
    points = grid.t if axis == "t" else grid.axis(axis).coordinate
    basis = BasisValues(axis, spline_derivatives(points, float(points[0]), float(points[-1]), 3, 2))
    words = replace(data.words, multiplied=Multiplied(axis, basis.size, (0, 7)))
    return replace(data, words=words, basis=basis, transform=np.eye(words.columns + 1))


@pytest.mark.parametrize("axis", [None, "x", "t"])
def test_noise_of_all_rows_is_that_of_single_axes(kinetic: WeakData, axis: str | None) -> None:
    data = kinetic if axis is None else multiplied(kinetic, axis)
    shape = (4, 40)
    nothing = replace(data, gaps=Gaps(shape, np.zeros((30, 20), np.uint8)))
    several = [FUNCTIONS, {"t": TestFunction(5, 8), "x": TestFunction(9, 8)}]
    for one, other in zip(nothing.noise_gram(nothing.integrals(several)), data.noise_gram(data.integrals(several)),
                          strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-11, atol=1e-13 * np.abs(other).max())


@pytest.mark.parametrize("axis", [None, "x", "t"])
def test_noise_of_the_rows_that_are_kept_is_the_mean_of_that_of_samples(kinetic: WeakData, axis: str | None) -> None:
    data = with_gaps(kinetic if axis is None else multiplied(kinetic, axis), {"f": (12, 1, 20), "rho": (20, 33)})
    [integrals] = data.integrals([FUNCTIONS])
    [exact] = data.noise_gram([integrals])
    samples = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        noise = {name: 0.1 * level * rng.standard_normal(kinetic.grid.fields[name].shape)
                 for name, level in kinetic.levels.items()}
        up, down = (weak_columns(data.words, with_fields(kinetic, {
            name: kinetic.grid.fields[name] + sign * noise[name] for name in noise}).grid, [integrals],
            kinetic.stencils)[0] for sign in (1.0, -1.0))
        moved = 0.5 * (up - down) / 0.1
        samples.append(moved.T @ moved)
    mean, spread = np.mean(samples, axis=0), np.std(samples, axis=0) / np.sqrt(len(samples))
    assert np.all(np.abs(exact - mean) < 5.0 * spread + 1e-12 * np.max(exact))
    [before] = kinetic.noise_gram(kinetic.integrals([FUNCTIONS]))
    assert np.all(np.diag(exact)[:7] < 0.9 * np.diag(before)[:7])


def test_halves_hold_as_many_rows_as_each_other() -> None:
    data = weak_data(heat_and_reaction(80, 60), "u", ["u", "d_x u"], {"u": 0.01})
    [integrals] = with_gaps(data, {"u": (slice(0, 40), 30)}).integrals([FUNCTIONS])
    kept = integrals.kept
    assert abs(kept[:integrals.middle].sum() - kept.sum() / 2) <= kept.max()
    [found] = study([with_gaps(data, {"u": (slice(0, 40), 30)})], [FUNCTIONS])
    assert found.rows == kept.sum()
    assert found.rows + found.left_out == integrals.rows


def test_sizes_and_noise_are_those_of_the_values_that_exist() -> None:
    whole, gappy = heat_and_reaction(80, 96, 0.05), trajectory_of(spoiled_waves(0.05))
    one = field_sizes(loaded_frames(whole).windows(()))["u"]
    other = field_sizes(loaded_frames(gappy).windows((), gaps=True))["u"]
    assert (one.missing, other.missing, other.values) == (0, 120 + 4 * 96 + 1, 80 * 96)
    assert other.level == pytest.approx(one.level, rel=0.05)
    u = gappy.array("u")
    assert other.root_mean_square == pytest.approx(np.sqrt(np.nanmean(u**2)), rel=1e-12)
    assert other.deviation == pytest.approx(np.nanstd(u), rel=1e-12)
    assert other.change == pytest.approx(np.sqrt(np.nanmean(np.diff(u, axis=0) ** 2)), rel=1e-12)
    assert outliers(loaded_frames(gappy).windows((), gaps=True))["u"].part < 5e-4


@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_the_equation_of_data_with_gaps_is_found_and_the_gaps_are_counted(noise: float, tmp_path: Path) -> None:
    model = symdcrnn.fit(trajectory_of(spoiled_waves(noise)), library=["poly 2, d_x 3"])
    equation = model["u"]
    assert set(equation.coefficients) == set(EXACT)
    assert equation.certain
    assert equation.weak is not None
    assert equation.weak.gaps == {"u": (120 + 4 * 96 + 1, 80 * 96)}
    assert equation.weak.left_out > 0
    for term in equation.terms:
        assert term.error is not None
        assert abs(term.coefficient - EXACT[term.word]) < max(4.0 * term.error, 1e-5 * abs(EXACT[term.word]))
    model.save(tmp_path / "model.json")
    assert symdcrnn.load_model(tmp_path / "model.json")["u"].weak == equation.weak


def test_clean_burgers_with_gaps_is_exact() -> None:
    u, t, x = burgers(0, 0.0)
    u[20:28, 30:45], u[50] = np.nan, np.nan
    mask = np.isnan(u)
    masked = np.ma.array(np.where(mask, 0.0, u), mask=mask)
    trajectory = symdcrnn.Trajectory.from_arrays({"u": masked}, t=t, x=x, periodic=True)
    assert trajectory.notices == (f"gaps: {mask.sum()} of {mask.size} values of u are missing",)
    equation = symdcrnn.fit(trajectory, library=["poly 2, d_x 3"])["u"]
    assert set(equation.coefficients) == {"d_x(u^2)", "d_xx u"}
    assert equation.coefficients["d_x(u^2)"] == pytest.approx(-0.5, rel=1e-5)
    assert equation.coefficients["d_xx u"] == pytest.approx(0.1, rel=1e-5)


@pytest.mark.soak
def test_error_bars_of_data_with_gaps_cover() -> None:
    far = []
    for seed in range(30):
        u, t, x = burgers(seed, 0.1)
        u[20:28, 30:45], u[50], u[:4] = np.nan, np.nan, np.nan
        trajectory = symdcrnn.Trajectory.from_arrays({"u": u}, t=t, x=x, periodic=True)
        equation = symdcrnn.fit(trajectory, words=["d_x(u^2)", "d_xx u"], excluded=("u:u",),
                                test_functions=("t=9", "x=10"))["u"]
        for term in equation.terms:
            assert term.error is not None
            far.append((term.coefficient - {"d_x(u^2)": -0.5, "d_xx u": 0.1}[term.word]) / term.error)
    inside = np.mean(np.abs(far) < 1.0)
    assert 0.55 < inside < 0.82
    assert np.mean(np.abs(far) < 2.0) > 0.86


def test_gaps_on_disk_are_those_in_memory(tmp_path: Path) -> None:
    trajectory = trajectory_of(spoiled_waves(0.05))
    symdcrnn.write_trajectory(trajectory, tmp_path / "gaps.nc")
    stored = symdcrnn.open_trajectory(tmp_path / "gaps.nc", memory="60MB")
    assert not isinstance(stored.in_memory_if_it_fits(), type(stored))
    asked = {"words": ["d_x u", "d_xx u"], "test_functions": ("t=9", "x=10")}
    one, other = (symdcrnn.fit(data, **asked)["u"] for data in (trajectory, stored))
    assert one.coefficients == other.coefficients
    assert one.weak == other.weak
    with pytest.raises(InputError, match=r"gaps\.nc: variable 'u' has missing values, which the weak form alone .* "
                                         r"at index \[t=0, x=0\]"):
        symdcrnn.fit(stored, scheme="imex-bdf2", words=["d_x u"])


def test_several_trajectories_may_have_gaps() -> None:
    first, second = trajectory_of(spoiled_waves(0.02)), heat_and_reaction(80, 96, 0.02, 1)
    equation = symdcrnn.fit([first, second], words=["d_x u", "d_xx u", "u^2"])["u"]
    assert set(equation.coefficients) == set(EXACT)
    assert equation.weak is not None
    assert equation.weak.gaps == {"u": (120 + 4 * 96 + 1, 2 * 80 * 96)}


@pytest.mark.soak
def test_functions_are_sought_in_data_with_gaps() -> None:
    x, t = 2.0 * np.pi * np.arange(96) / 96, 0.02 * np.arange(100)
    u = np.exp(-np.outer(t, 1.0 + 0.5 * np.sin(x))) * (2.0 + np.cos(2.0 * x))
    u += 0.01 * np.std(u) * np.random.default_rng(0).standard_normal(u.shape)
    u[40:45, 20:30], u[70] = np.nan, np.nan
    trajectory = symdcrnn.Trajectory.from_arrays({"u": u}, t=t, x=x, periodic=True)
    [found] = symdcrnn.fit(trajectory, words=["u"], functions=["u:u"])["u"].functions
    assert np.sqrt(np.mean((np.array(found.values) + 1.0 + 0.5 * np.sin(x)) ** 2)) < 0.02


def test_what_cannot_do_with_gaps_says_so() -> None:
    trajectory = trajectory_of(spoiled_waves(0.0))
    start = "^505 of 7680 values of u are missing, which the weak form alone leaves out: "
    for asked, text in (({"scheme": "imex-bdf2"}, r"take --scheme weak \(scheme='weak' in Python\)"),
                        ({"scheme": "rk4"}, "take --scheme weak"),
                        ({"norm": "l1"}, "it does not serve the norm l1"), ({"zero_mean": 1.0}, "it does not serve a")):
        with pytest.raises(InputError, match=start + text):
            symdcrnn.fit(trajectory, words=["d_x u"], **asked)
    short = symdcrnn.Trajectory.of(trajectory.dataset.isel(t=slice(0, 12)))
    with pytest.raises(InputError, match="it does not serve fewer than 13 frames: give more"):
        symdcrnn.fit(short, words=["d_x u"], scheme="rk4")
    u = heat_and_reaction(80, 96).array("u").copy()
    u[::6] = np.nan
    with pytest.raises(InputError, match="0 test functions that read no missing value"):
        symdcrnn.fit(trajectory_of(u), words=["d_x u"])


@pytest.mark.usefixtures("interpreted")
def test_simulations_start_from_frames_without_gaps() -> None:
    trajectory = trajectory_of(spoiled_waves(0.0))
    model = symdcrnn.fit(trajectory, words=["d_x u", "d_xx u"])
    with pytest.raises(InputError, match=r"^96 of 96 values of u are missing in frame 0, where the simulation starts"):
        symdcrnn.simulate(model, trajectory)
    found = symdcrnn.simulate(model, trajectory, from_frame=3, steps=40)
    assert found.total_errors["u"] < 1e-3
    with pytest.raises(InputError, match=r"^505 of 7680 values of u are missing, and this reads every one of them"):
        symdcrnn.right_hand_side(model, trajectory, "u")


def test_a_field_that_no_word_reads_takes_no_part() -> None:
    u = spoiled_waves(0.05)
    x, t = 2.0 * np.pi * np.arange(96) / 96, 0.05 * np.arange(80)
    other = np.sin(x - t[:, None]) + 0.1 * np.random.default_rng(1).standard_normal(u.shape)
    other[5, 7] = np.nan
    both = symdcrnn.Trajectory.from_arrays({"u": u, "w": other}, t=t, x=x, periodic=True)
    asked = {"words": ["d_x u", "d_xx u"], "equations": ("u",)}
    one, two = (symdcrnn.fit(data, **asked)["u"] for data in (trajectory_of(u), both))
    assert one.coefficients == pytest.approx(two.coefficients, rel=1e-9)
    assert two.weak is not None
    assert one.weak is not None
    assert two.weak.left_out == one.weak.left_out


def test_what_is_missing_is_found_beside_gaps() -> None:
    x, t = 2.0 * np.pi * np.arange(96) / 96, 0.05 * np.arange(100)
    u = np.exp(-0.5 * t)[:, None] * np.sin(x - 0.7 * t[:, None]) + 2.0 * t[:, None]
    u += 0.01 * np.std(u) * np.random.default_rng(0).standard_normal(u.shape)
    u[40:44, 20:28], u[70] = np.nan, np.nan
    trajectory = symdcrnn.Trajectory.from_arrays({"u": u}, t=t, x=x, periodic=True)
    equation = symdcrnn.fit(trajectory, words=["d_x u", "d_xx u"], excluded=("u:u",))["u"]
    [fit] = [check for check in equation.checks if check.name == "fit"]
    assert not fit.passed
    assert "; with " in fit.text
