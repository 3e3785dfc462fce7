"""Noise that is not white: recognised, told, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import scipy.ndimage
from numpy.typing import NDArray
from test_weak_form_gaps import FUNCTIONS, burgers
from waves import heat_and_reaction, with_fields

import symdcrnn
from symdcrnn.errors import InputError
from symdcrnn.preprocess.loaded_frames import loaded_frames
from symdcrnn.weak_form import columns
from symdcrnn.weak_form.noise.correlations import correlation_matrix, possible
from symdcrnn.weak_form.noise.covariances import covariance
from symdcrnn.weak_form.noise.kinds import Kind, kind_of, scale_of
from symdcrnn.weak_form.noise.synthetic import SyntheticNoise
from symdcrnn.weak_form.rows import weak_columns
from symdcrnn.weak_form.study import WeakData

Array = NDArray[np.float64]
Random = np.random.Generator

T, X = 0.04 * np.arange(100), 2.0 * np.pi * np.arange(128) / 128
WORDS = ["d_x u", "d_xx u", "d_x(u^2)", "u^2"]
EXACT = {"d_x u": -0.7, "d_xx u": 0.05}
ASKED = {"words": WORDS, "test_functions": ("t=11", "x=12")}


def wave() -> Array:
    """Positive, of d_t u = -0.7 d_x u + 0.05 d_xx u."""
    u = 2.0 * np.ones((T.size, X.size))
    for k, size in ((1, 1.2), (2, 0.5)):
        u += size * np.exp(-0.05 * k**2 * T)[:, None] * np.cos(k * (X - 0.7 * T[:, None]) + k)
    return u


def smoothed(random: Random, axes: tuple[int, ...], width: float = 1.0) -> Array:
    noise = random.standard_normal((T.size, X.size))
    return np.asarray(scipy.ndimage.gaussian_filter(noise, width, axes=axes, mode="wrap"))


U = wave()
KINDS: dict[str, Callable[[Random], Array]] = {
    "white": lambda random: U + 0.05 * random.standard_normal(U.shape),
    "poisson": lambda random: random.poisson(400.0 * U) / 400.0,
    "proportional": lambda random: U * (1.0 + 0.05 * random.standard_normal(U.shape)),
    "along x": lambda random: U + 0.05 * smoothed(random, (1,)),
    "along t": lambda random: U + 0.05 * smoothed(random, (0,)),
    "along both": lambda random: U + 0.05 * smoothed(random, (0, 1), 0.7),
    "outliers": lambda random: np.where(random.random(U.shape) < 0.01, 5.0, U + 0.02 * random.standard_normal(U.shape)),
    "two sensors": lambda random: U + np.where(X < 3.0, 0.01, 0.1) * random.standard_normal(U.shape),
}


def trajectory_of(name: str, seed: int) -> symdcrnn.Trajectory:
    u = KINDS[name](np.random.default_rng(seed))
    return symdcrnn.Trajectory.from_arrays({"u": u}, t=T, x=X, periodic=True)


def recognised(name: str, seed: int = 0) -> Kind:
    return kind_of(loaded_frames(trajectory_of(name, seed)).windows(()), "u")


def test_kinds_of_noise_are_recognised() -> None:
    for seed in range(3):
        white = recognised("white", seed)
        assert (white.law, white.uneven, dict(white.correlations), white.outlying) == (None, None, {}, 0.0)
        assert recognised("poisson", seed).law == "poisson"
        assert recognised("proportional", seed).law == "proportional"
        assert recognised("two sensors", seed).uneven is not None
        assert 0.005 < recognised("outliers", seed).outlying < 0.012
        for name, axes in (("along x", {"x"}), ("along t", {"t"}), ("along both", {"t", "x"})):
            found = recognised(name, seed)
            assert set(found.correlations) == axes
            exact = np.std(KINDS[name](np.random.default_rng(seed)) - U)
            assert found.level == pytest.approx(exact, rel=0.1)
    # A Gauss filter of width s has the correlation exp(-k^2 / 4 s^2).
    assert recognised("along x").correlations["x"][:2] == pytest.approx(np.exp([-0.25, -1.0]), abs=0.05)


@pytest.mark.parametrize("offset", [0.2, 1.0])
def test_a_faulty_sensor_is_named(offset: float) -> None:
    values = KINDS["white"](np.random.default_rng(0))
    values[:, 20] += offset
    data = symdcrnn.Trajectory.from_arrays({"u": values}, t=T, x=X, periodic=True)
    seen = kind_of(loaded_frames(data).windows(()), "u")
    assert seen.apart == f"x = {X[20]:.4g}"
    assert not seen.correlations
    values = KINDS["white"](np.random.default_rng(0))
    values[30] += offset
    data = symdcrnn.Trajectory.from_arrays({"u": values}, t=T, x=X, periodic=True)
    assert str(kind_of(loaded_frames(data).windows(()), "u").apart).startswith("t = ")


def test_white_noise_on_other_fields_is_white() -> None:
    for trajectory in (heat_and_reaction(80, 96, 0.02), heat_and_reaction(80, 96, 0.5),
                       symdcrnn.Trajectory.from_arrays({"u": burgers(1, 0.01)[0]}, t=burgers(1, 0.0)[1],
                                                       x=burgers(1, 0.0)[2], periodic=True)):
        found = kind_of(loaded_frames(trajectory).windows(()), "u")
        assert (found.law, found.uneven, dict(found.correlations), found.outlying) == (None, None, {}, 0.0)


def test_the_scale_of_counts_is_found() -> None:
    frames = loaded_frames(trajectory_of("poisson", 0)).windows(())
    assert scale_of(frames, "u", "poisson") == pytest.approx(1.0 / 20.0, rel=0.06)
    frames = loaded_frames(trajectory_of("proportional", 0)).windows(())
    assert scale_of(frames, "u", "proportional") == pytest.approx(0.05, rel=0.06)


@pytest.mark.soak
@pytest.mark.parametrize("name", ["poisson", "proportional", "along both", "along x", "along t"])
def test_error_bars_of_noise_that_is_recognised_cover(name: str) -> None:
    far, certain = [], 0
    for seed in range(20):
        equation = symdcrnn.fit(trajectory_of(name, seed), **ASKED)["u"]
        assert set(equation.coefficients) == set(EXACT)
        certain += equation.certain
        assert equation.weak is not None
        assert ("neighbours along" in equation.weak.kinds["u"]) == name.startswith("along")
        far += [abs(term.coefficient - EXACT[term.word]) / (term.error or np.nan) for term in equation.terms]
    assert certain >= 17
    assert 0.5 < np.mean(np.array(far) < 1.0) < 0.86
    assert np.mean(np.array(far) < 2.0) > 0.85


def test_noise_that_is_told_wrongly_is_not_certain() -> None:
    for name in ("along x", "along t"):
        equation = symdcrnn.fit(trajectory_of(name, 0), noise="white", **ASKED)["u"]
        assert not equation.certain


def test_noise_that_is_recognised_and_not_modelled_is_said() -> None:
    for name, text in (("two sensors", "give a variance for each value"), ("outliers", "take --noise outliers")):
        equation = symdcrnn.fit(trajectory_of(name, 0), **ASKED)["u"]
        assert not equation.certain
        [check] = [check for check in equation.checks if check.name == "noise"]
        assert not check.passed
        assert text in check.text
    told = symdcrnn.fit(trajectory_of("outliers", 0), noise="outliers", **ASKED)["u"]
    assert told.certain
    assert set(told.coefficients) == set(EXACT)
    same = symdcrnn.fit(trajectory_of("outliers", 0), norm="huber", **ASKED)["u"]
    assert same.coefficients == told.coefficients


def test_noise_that_is_told() -> None:
    trajectory = trajectory_of("white", 0)
    level = 0.05 / float(np.std(trajectory.array("u")))
    model = symdcrnn.fit(trajectory, noise=f"white:{level}", **ASKED)
    assert model.data.noise["u"] == pytest.approx(level)
    assert model["u"].certain
    assert model["u"].weak is not None
    assert model["u"].weak.kinds == {"u": "white, of the level that was told"}
    assert not symdcrnn.fit(trajectory, noise=f"white:{level / 5.0}", **ASKED)["u"].certain
    told, seen = (symdcrnn.fit(trajectory_of("poisson", 0), noise=noise, **ASKED)["u"] for noise in ("poisson", "auto"))
    assert told.coefficients == seen.coefficients
    clean = symdcrnn.Trajectory.from_arrays({"u": U}, t=T, x=X, periodic=True)
    assert symdcrnn.fit(clean, noise="none", scheme="weak", words=WORDS)["u"].certain
    assert symdcrnn.fit(clean, noise="none", words=WORDS).settings.scheme != "weak"


def test_noise_of_each_field_is_told_by_its_name() -> None:
    """Counts in u, beside a field without noise, which takes no variances from them."""
    both = trajectory_of("poisson", 0).dataset.assign(E=(("t", "x"), np.cos(X - 0.7 * T[:, None])))
    model = symdcrnn.fit(symdcrnn.Trajectory.of(both), equations="u", noise="poisson,E=none", **ASKED)["u"]
    assert model.weak is not None
    assert model.weak.kinds == {"u": "its variance is proportional to the value, as told", "E": "none, as told"}
    assert set(model.coefficients) == set(EXACT)
    with pytest.raises(InputError, match=r"noise is said of 'q', which is no field of this data: it has u"):
        symdcrnn.fit(trajectory_of("white", 0), noise="q=white", **ASKED)


@pytest.mark.parametrize(("noise", "message"), [
    ("white,poisson", "give one kind for all fields, and others as FIELD=KIND"),
    ("u=white,u=none", "say of each field once what its noise is"), ("=white", "say of each field once"),
    ("u=outliers", "outliers are looked for in all fields, so give outliers alone"), ("u=loud", "give one of auto"),
])
def test_what_is_said_twice_or_not_of_one_field(noise: str, message: str) -> None:
    with pytest.raises(InputError, match=f"^noise is .*: {message}"):
        symdcrnn.FitSettings(noise=noise)


@pytest.mark.parametrize("noise", ["loud", "white:", "white:x", "white:-1", "poisson:3", ""])
def test_what_says_nothing_of_noise(noise: str) -> None:
    with pytest.raises(InputError, match=r"^noise is .*: give one of auto, none, white, poisson"):
        symdcrnn.FitSettings(noise=noise)


def test_noise_needs_the_weak_form() -> None:
    with pytest.raises(InputError, match=r"^noise is 'white', and imex-bdf2 is no weak form"):
        symdcrnn.FitSettings(noise="white", scheme="imex-bdf2")
    assert symdcrnn.FitSettings(noise="none", scheme="imex-bdf2").noise == "none"


CORRELATIONS = {"f": {"t": np.array([0.5, 0.2]), "x": np.array([0.4])}, "rho": {"x": np.array([0.6, 0.3])}}


def correlated_samples(kinetic: WeakData, count: int) -> list[Array]:
    """What noise of these correlations adds to the columns, for several samples."""
    [integrals] = kinetic.integrals([FUNCTIONS])
    grid, found = kinetic.grid.outline, []
    roots = {(name, axis): np.linalg.cholesky(correlation_matrix(
        values, 30 if axis == "t" else 40, False).toarray()) for name, there in CORRELATIONS.items()
        for axis, values in there.items()}
    for seed in range(count):
        rng = np.random.default_rng(seed)
        noise = {name: 0.1 * kinetic.levels[name] * rng.standard_normal(values.shape)
                 for name, values in grid.fields.items()}
        for (name, axis), root in roots.items():
            noise[name] = root @ noise[name].reshape(30, -1) if axis == "t" else noise[name] @ root.T
            noise[name] = noise[name].reshape(grid.fields[name].shape)
        up, down = (weak_columns(kinetic.words, with_fields(kinetic, {
            name: grid.fields[name] + sign * noise[name] for name in noise}).grid, [integrals], kinetic.stencils)[0]
            for sign in (1.0, -1.0))
        found.append(5.0 * (up - down))
    return found


def test_correlated_noise_of_the_normal_equations_is_the_mean_of_that_of_samples(kinetic: WeakData) -> None:
    data = replace(kinetic, correlations=CORRELATIONS)
    [exact] = data.noise_gram(data.integrals([FUNCTIONS]))
    drawn = [moved.T @ moved for moved in correlated_samples(kinetic, 100)]
    mean, spread = np.mean(drawn, axis=0), np.std(drawn, axis=0) / np.sqrt(len(drawn))
    size = np.sqrt(np.outer(np.diag(exact), np.diag(exact)))
    assert np.all(np.abs(exact - mean) < 4.5 * spread + 0.02 * size)
    [white] = kinetic.noise_gram(kinetic.integrals([FUNCTIONS]))
    assert np.all(np.diag(exact) > 1.3 * np.diag(white))


def test_covariance_of_correlated_noise_is_that_of_samples_however_frames_are_cut(
    kinetic: WeakData, monkeypatch: pytest.MonkeyPatch
) -> None:
    pilot = np.array([0.5, -1.0, 2.0, 0.3, -0.7, 0.9, 1.1, 0.05])
    data = replace(kinetic, correlations=CORRELATIONS)
    found = covariance([data], FUNCTIONS, pilot, range(8))
    [integrals] = kinetic.integrals([FUNCTIONS])
    [plain] = weak_columns(kinetic.words, kinetic.grid, [integrals], kinetic.stencils, kinetic.means)
    right = [plain[:, :-1].T @ (moved @ np.append(-pilot, 1.0)) for moved in correlated_samples(kinetic, 300)]
    assert np.diag(np.cov(np.array(right).T)) == pytest.approx(np.diag(found), rel=0.35)
    white = covariance([kinetic], FUNCTIONS, pilot, range(8))
    assert np.all(np.diag(found) > 1.3 * np.diag(white))
    monkeypatch.setattr(columns, "AT_ONCE", 2**9)
    again = covariance([data], FUNCTIONS, pilot, range(8))
    np.testing.assert_allclose(again, found, rtol=1e-10, atol=1e-12 * np.abs(found).max())


def test_samples_of_noise_have_its_correlation_however_frames_are_cut(kinetic: WeakData) -> None:
    noise = SyntheticNoise(kinetic.grid, {"f": 1.0, "rho": 1.0}, 3, correlations=CORRELATIONS)
    drawn = [replace(noise, seed=seed).between(0, 30).fields for seed in range(40)]
    f = np.array([one["f"] for one in drawn])
    rho = np.array([one["rho"] for one in drawn])
    assert np.std(f) == pytest.approx(1.0, abs=0.01)
    for values, place, lag, expected in ((f, 1, 1, 0.5), (f, 1, 2, 0.2), (f, 1, 3, 0.0), (f, 3, 1, 0.4), (f, 3, 2, 0.0),
                                         (f, 2, 1, 0.0), (rho, 2, 1, 0.6), (rho, 2, 2, 0.3), (rho, 1, 1, 0.0)):
        count = values.shape[place]
        pairs = np.take(values, range(count - lag), place) * np.take(values, range(lag, count), place)
        assert np.mean(pairs) == pytest.approx(expected, abs=0.03)
    parts = [noise.between(first, first + 10).fields["f"] for first in (0, 10, 20)]
    np.testing.assert_array_equal(np.concatenate(parts), noise.between(0, 30).fields["f"])


@pytest.mark.parametrize("kind", ["white", pytest.param("correlated", marks=pytest.mark.soak)])
def test_noise_in_words_with_a_derivative_inside(kind: str) -> None:
    """The mean of (d_x u)^2 grows by the noise of d_x u, and its noise is seen in samples."""
    t, x = 0.04 * np.arange(100), 2.0 * np.pi * np.arange(96) / 96
    heat = 3.0 + np.exp(-0.1 * t)[:, None] * np.sin(x) + 0.8 * np.exp(-0.4 * t)[:, None] * np.cos(2.0 * x + 1.0)
    u, exact = 2.0 * np.log(heat), {"d_xx u": 0.1, "(d_x u)^2": 0.05}
    far = []
    for seed in range(12):
        noise = np.random.default_rng(seed).standard_normal((100, 97))
        noise = noise[:, 1:] if kind == "white" else (noise[:, 1:] + noise[:, :-1]) / np.sqrt(2.0)
        data = symdcrnn.Trajectory.from_arrays({"u": u + 0.03 * noise}, t=t, x=x, periodic=True)
        equation = symdcrnn.fit(data, words=list(exact), excluded=("u:u",), noise=kind,
                                test_functions=("t=12", "x=16"))["u"]
        assert set(equation.coefficients) == set(exact)
        assert "noise" not in [check.name for check in equation.checks]
        far.append([(term.coefficient - exact[term.word]) / (term.error or 0.0) for term in equation.terms])
    assert np.all(np.abs(np.mean(far, axis=0)) < 0.9)
    assert np.mean(np.abs(far) < 2.0) > 0.86


@pytest.mark.parametrize("values", [[0.5, 0.2], [0.9], [-0.7, 0.5, -0.4, 0.3], [0.9, 0.9, 0.9]])
def test_a_correlation_that_no_noise_has_is_made_smaller(values: list[float]) -> None:
    found = possible(np.array(values))
    matrix = correlation_matrix(found, 80, False).toarray()
    assert np.linalg.eigvalsh(matrix)[0] > 0.0
    whole = np.linalg.eigvalsh(correlation_matrix(np.array(values), 80, False).toarray())[0]
    assert np.array_equal(found, values) == (whole > 0.0)


def test_a_field_that_is_noise_alone_has_no_equation() -> None:
    """Its neighbours have so much in common that their correlation is none at first sight."""
    t, x = 0.1 * np.arange(120), 2.0 * np.pi * np.arange(64) / 64
    noise = np.random.default_rng(0).standard_normal((123, 64))
    w = 1e-6 * (noise[3:] - noise[2:-1] + noise[1:-2] - noise[:-3])
    u = np.sin(x - t[:, None]) + 0.5 * np.cos(2.0 * x - 2.0 * t[:, None])
    data = symdcrnn.Trajectory.from_arrays({"u": u, "w": w}, t=t, x=x, periodic=True)
    assert not symdcrnn.fit(data, library="poly 2, d_x 2", equations="w", scheme="weak")["w"].certain
