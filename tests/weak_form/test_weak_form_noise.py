"""What noise does to the weak form: its covariance, its bias, its level."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from waves import data_with_functions, heat_and_reaction, kinetic_data, plane_data, weak_data, with_fields

import symdcrnn
from symdcrnn.algebra.calculus.mean_values import without_bias
from symdcrnn.kernels.ir.grid import PhaseGrid
from symdcrnn.weak_form import columns
from symdcrnn.weak_form.columns import Integrals, Multiplied
from symdcrnn.weak_form.noise.correlations import Correlations, correlation_matrix
from symdcrnn.weak_form.noise.level import noise_levels
from symdcrnn.weak_form.noise.precision import variance_name
from symdcrnn.weak_form.noise.response import Response, _in_time, combined
from symdcrnn.weak_form.rows import weak_columns
from symdcrnn.weak_form.study import WeakData, study
from symdcrnn.weak_form.test_functions import TestFunction

FUNCTIONS = {"t": TestFunction(6, 8), "x": TestFunction(9, 8)}
COEFFICIENTS = np.array([0.5, -1.0, 2.0, 0.3, -0.7, 0.9, 1.1, 0.05])


WIDTHS = [{"t": TestFunction(4, 8), "x": TestFunction(4, 8)}, {"t": TestFunction(4, 8), "x": TestFunction(3, 8)}]


@dataclass(frozen=True)
class Moved:
    """Words on a few values, and how much each column moves in each row by a change of each value of a field."""

    data: WeakData
    integrals: list[Integrals]
    by_field: list[dict[str, np.ndarray]]
    """By test functions, shape (columns, rows, values)."""


@pytest.fixture(scope="module", params=[
    pytest.param("f", marks=pytest.mark.soak), "rho", "plane", "functions"])
def moved(request: pytest.FixtureRequest) -> Moved:
    """By differences, one value of noise at a time; no word is of more than the second degree, so they are exact."""
    if request.param == "plane":
        data, widths = plane_data(), [dict.fromkeys("txy", TestFunction(2, 8))]
    elif request.param == "functions":
        data, widths = data_with_functions(), [{"t": TestFunction(3, 8), "x": TestFunction(2, 8)}]
    else:
        data, widths = kinetic_data(2, 10, 9, request.param), WIDTHS
    integrals = data.integrals(widths)
    found: list[dict[str, np.ndarray]] = [{} for _ in integrals]

    def columns(name: str, values: np.ndarray) -> list[np.ndarray]:
        return weak_columns(data.words, with_fields(data, {name: values}).grid, integrals, data.stencils)

    for name in data.levels:
        values = data.grid.fields[name]
        parts = []
        for place in np.ndindex(values.shape):
            change = np.zeros(values.shape)
            change[place] = 0.5
            parts.append([(up - down).T for up, down in zip(columns(name, values + change),
                                                            columns(name, values - change), strict=True)])
        for number, by_name in enumerate(found):
            by_name[name] = np.stack([part[number] for part in parts], axis=-1)
    return Moved(data, integrals, found)


def test_covariance_is_that_of_the_linearised_residual(moved: Moved, monkeypatch: pytest.MonkeyPatch) -> None:
    """L^T by the adjoint gives the sums that L itself does, of each field alone and of both."""
    data = moved.data
    for integrals, by_field in zip(moved.integrals, moved.by_field, strict=True):
        weights = np.random.default_rng(3).standard_normal((3, integrals.rows))
        response = Response(data.words, data.space, integrals, data.stencils)
        expected = {}
        for name, change in by_field.items():
            sums = weights @ np.tensordot(np.append(-COEFFICIENTS, 1.0), change, 1)
            expected[name] = data.levels[name]**2 * sums @ sums.T
            alone = response.covariance(data.grid, [weights], COEFFICIENTS, {name: data.levels[name]})
            np.testing.assert_allclose(alone, expected[name], rtol=1e-9, atol=1e-10 * np.max(expected[name]))
        each = integrals.rows // integrals.time.rows
        parts = [weights[:, :each], weights[:, each:]]
        single = [weights[:, first:first + each] for first in range(0, integrals.rows, each)]
        points = max(field[0].size for field in data.grid.fields.values())
        for frames in (1, 3, 100):
            monkeypatch.setattr(columns, "AT_ONCE", frames * points)
            for given in ([weights], parts, single):
                found = response.covariance(data.grid, given, COEFFICIENTS, data.levels)
                np.testing.assert_allclose(found, sum(expected.values()), rtol=1e-9, atol=1e-10 * np.max(found))


def test_covariance_of_noise_that_has_variances_of_its_own_or_that_neighbours_share(
    moved: Moved, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, random = moved.data, np.random.default_rng(5)
    if "f" not in data.levels:
        pytest.skip("the axes of f are looked at")
    shape = data.grid.fields["f"].shape
    variances = random.uniform(0.5, 2.0, size=shape)
    shared = {"t": np.array([0.4, 0.1]), "x": np.array([0.3])}
    functions = {**data.grid.functions, variance_name("f"): (("t", "v", "x"), variances)}
    own = replace(data.grid, functions=functions)
    in_t, in_x = (np.asarray(correlation_matrix(shared[name], size, False).todense())
                  for name, size in (("t", shape[0]), ("x", shape[2])))
    for integrals, by_field in zip(moved.integrals, moved.by_field, strict=True):
        weights = random.standard_normal((2, integrals.rows))
        sums = weights @ np.tensordot(np.append(-COEFFICIENTS, 1.0), by_field["f"], 1)
        response = Response(data.words, data.space, integrals, data.stencils)

        def covariance(grid: PhaseGrid, correlations: Correlations, of: Response = response,
                       weights: np.ndarray = weights) -> np.ndarray:
            return of.covariance(grid, [weights], COEFFICIENTS, {"f": 0.02}, correlations)

        scaled = sums * np.sqrt(variances).reshape(-1)
        close = {"rtol": 1e-9, "atol": 1e-9 * np.max(np.abs(scaled @ scaled.T))}
        np.testing.assert_allclose(covariance(own, {}), scaled @ scaled.T, **close)
        for taken in (shared, {"t": shared["t"]}, {"x": shared["x"]}):
            for part, factor, grid in ((sums, 0.02**2, data.grid), (scaled, 1.0, own)):
                wide = part.reshape(-1, *shape)
                if "x" in taken:
                    wide = wide @ in_x
                if "t" in taken:
                    wide = np.einsum("nm,smvx->snvx", in_t, wide)
                expected = factor * part @ wide.reshape(len(part), -1).T
                for frames in (2, 100):
                    monkeypatch.setattr(columns, "AT_ONCE", frames * shape[1] * shape[2])
                    np.testing.assert_allclose(covariance(grid, {"f": taken}), expected, **close)


@pytest.mark.parametrize("frames", [2, 100])
def test_noise_of_the_normal_equations_is_that_of_every_value(
    moved: Moved, frames: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = moved.data
    monkeypatch.setattr(columns, "AT_ONCE", frames * 20)
    for levels in (data.levels, *({name: level} for name, level in data.levels.items())):
        changed = replace(data, levels=levels)
        for found, by_field in zip(changed.noise_gram(moved.integrals), moved.by_field, strict=True):
            parts = [levels[name] * by_field[name].reshape(len(found), -1) for name in levels]
            expected = sum(part @ part.T for part in parts)
            size = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
            assert np.all(np.abs(found - expected) <= 1e-10 * size)


def test_rows_that_read_none_of_some_frames_give_them_nothing() -> None:
    data = kinetic_data(2, 10, 12)
    [integrals] = data.integrals([{"t": TestFunction(2, 8), "x": TestFunction(4, 8)}])
    sums = np.random.default_rng(2).normal(size=(3, 2, 1))
    near = _in_time(integrals, range(1), range(4), sums, 3, 0)
    far = _in_time(integrals, range(1), range(8, 12), sums, 3, 0)
    assert near.shape == far.shape == (3, 4, 2, 1)
    weights = np.asarray(integrals.time.sums[0][:1, :4].toarray())[0]
    np.testing.assert_allclose(near, sums[:, None] * weights[:, None, None], rtol=1e-12)
    assert weights.any()
    assert not far.any()


@pytest.mark.parametrize("axis", ["t", "x"])
def test_what_is_multiplied_by_basis_functions_is_one_sum(axis: str) -> None:
    data = kinetic_data(2, 10, 9)
    [integrals] = data.integrals(WIDTHS[:1])
    sums = integrals.time if axis == "t" else integrals.along[axis]
    own = np.asarray(sums.sums[0].toarray() if hasattr(sums.sums[0], "toarray") else sums.sums[0])
    more = replace(sums, sums={**sums.sums, (0, 0): own, (0, 1): 2.0 * own, (1, 0): own**2})
    changed = (replace(integrals, time=more) if axis == "t"
               else replace(integrals, along={**integrals.along, axis: more}))
    word, other = list(data.words.uses)[:2]
    rest = (("y", 1),)
    uses = {word: {((axis, (0, 0)),): 3.0, ((axis, (0, 1)),): -0.5, ((axis, (1, 0)),): 4.0, ((axis, 1),): 7.0},
            other: {((axis, (0, 1)), *rest): 1.5, rest: 2.0}}
    found, together = combined(uses, changed, Multiplied(axis, 2, (0, 1)))
    made = (together.time if axis == "t" else together.along[axis]).sums
    [one] = [orders for orders in found[word] if orders != ((axis, 1),)]
    [two] = [orders for orders in found[other] if orders != rest]
    assert found[word] == {((axis, 1),): 7.0, one: 1.0}
    assert found[other] == {rest: 2.0, two: 1.0}
    np.testing.assert_allclose(made[dict(one)[axis]], 3.0 * own - own + 4.0 * own**2)
    np.testing.assert_allclose(made[dict(two)[axis]], 3.0 * own)
    assert dict(two)["y"] == 1
    assert combined(uses, changed, None) == (uses, changed)


def test_noise_of_the_normal_equations_is_the_mean_of_that_of_samples(kinetic: WeakData) -> None:
    [integrals] = kinetic.integrals([FUNCTIONS])
    [exact] = kinetic.noise_gram([integrals])
    samples = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        noise = {name: 0.1 * level * rng.standard_normal(kinetic.grid.fields[name].shape)
                 for name, level in kinetic.levels.items()}
        up, down = (weak_columns(kinetic.words, with_fields(kinetic, {
            name: kinetic.grid.fields[name] + sign * noise[name] for name in noise}).grid, [integrals],
            kinetic.stencils)[0] for sign in (1.0, -1.0))
        moved = 0.5 * (up - down) / 0.1
        samples.append(moved.T @ moved)
    mean, spread = np.mean(samples, axis=0), np.std(samples, axis=0) / np.sqrt(len(samples))
    assert np.all(np.abs(exact - mean) < 4.5 * spread + 1e-12 * np.max(exact))
    assert np.all(np.diag(spread) < 0.1 * np.diag(mean) + 1e-30)


def test_noise_of_each_half_of_the_time_is_that_of_its_rows() -> None:
    """Noise of u^2 decays with u; samples of noise agree, under test functions of several widths along t too."""
    data = weak_data(heat_and_reaction(), "u", ["u", "d_x(u^2)"], {"u": 0.05})
    widths = [FUNCTIONS, {**FUNCTIONS, "t": TestFunction(12, 8)}]
    integrals = data.integrals(widths)
    exact = data.noise_in_halves(integrals)
    drawn = [replace(data, drawn=True, seed=seed).noise_in_halves(integrals) for seed in range(4)]
    for place, (first, second) in enumerate(exact):
        assert first[1, 1] > 2.0 * second[1, 1]
        assert first[0, 0] == pytest.approx(second[0, 0], rel=0.15)
        for half, mean in enumerate(np.mean([one[place] for one in drawn], axis=0)):
            assert np.diag(mean) == pytest.approx(np.diag(exact[place][half]), rel=0.25)
    [one, other] = study([data], widths)
    for found, halves in zip((one, other), exact, strict=True):
        np.testing.assert_allclose(found.noises, halves, rtol=1e-12)
        np.testing.assert_allclose(found.halves[0] + found.halves[1], found.signal, rtol=1e-9)


@pytest.mark.parametrize("text", ["u^2", "u^3", "u^4", "u^2*w", "exp(-u)", "sin(2*u)"])
def test_means_without_bias_are_those_without_noise(text: str) -> None:
    import symdcrnn

    rng = np.random.default_rng(1)
    clean = {"u": 0.7, "w": -0.4}
    level = 0.1
    size = 400_000
    fields = {name: (value + level * rng.standard_normal(size)).reshape(2, -1) for name, value in clean.items()}
    x = np.arange(size // 2) / (size // 2)
    trajectory = symdcrnn.Trajectory.from_arrays(fields, t=[0.0, 1.0], x=x, periodic=True)
    data = weak_data(trajectory, "u", [text], {})
    from symdcrnn.weak_form.columns import values_of

    word = data.space.word(text)
    plain = np.mean(values_of(word, data.grid, data.stencils))
    parts = without_bias(word, {data.space.variables[name]: level**2 for name in fields})
    better = sum(factor * np.mean(values_of(one, data.grid, data.stencils)) for factor, one in parts)
    exact = {"u^2": 0.49, "u^3": 0.343, "u^4": 0.2401, "u^2*w": -0.196, "exp(-u)": np.exp(-0.7),
             "sin(2*u)": np.sin(1.4)}[text]
    allowed = 4.0 * level / np.sqrt(size)
    assert abs(better - exact) < allowed < 0.5 * abs(plain - exact)


@pytest.mark.parametrize("noise", [0.001, 0.05, 0.5])
def test_the_level_of_noise_is_found(noise: float) -> None:
    trajectory = heat_and_reaction(60, 96, noise)
    clean = heat_and_reaction(60, 96)
    from symdcrnn.preprocess.phase_grid import phase_grid

    exact = noise * np.std(clean.array("u"))
    assert noise_levels(phase_grid(trajectory))["u"] == pytest.approx(exact, rel=0.06)
    assert noise_levels(phase_grid(clean))["u"] < 1e-5 * np.std(clean.array("u"))


def test_a_kernel_of_ones_own_is_read_backwards_for_the_covariance_of_noise() -> None:
    """Its transposed matrix is none of those that words are made of."""
    trajectory = symdcrnn.generate(symdcrnn.problem("anisotropic", nx=32, velocities=8, frames=60), noise=0.01)
    own = symdcrnn.Operator("K", symdcrnn.Quadrature("v", kernel="1 + 1.5*v*v'"))
    model = symdcrnn.fit(trajectory, words=["v_dx f", "f", "K f", "<f>"], operators=[own], layers=1, scales=0,
                         bootstrap=0)
    for word, exact in {"v_dx f": -1.0, "f": -1.0, "K f": 1.0}.items():
        [term] = [one for one in model["f"].terms if one.word == word]
        assert term.error is not None
        assert abs(term.coefficient - exact) < 4.0 * term.error < 0.2
