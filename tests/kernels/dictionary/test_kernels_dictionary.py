"""Kernels of the whole dictionary of two layers against the reference, in all shapes of data.

All rules and norms are tested in `phase_space` and `letters`, on fewer words, which compile sooner.
"""

from __future__ import annotations

from collections.abc import Iterator

import numba
import numpy as np
import pytest

from symdcrnn.errors import InputError

SHAPES = {
    "two blocks": {},
    "not periodic": {"periodic": False},
    "even velocities": {"nv": 4, "nx": 61},
    "fewest points": {"nv": 2, "nx": 17, "frames": 3},
    "one point": {"nv": 3, "nx": 17, "frames": 4, "periodic": False},
    "many frames": {"nv": 2, "nx": 20, "frames": 140},
}
each_shape = pytest.mark.parametrize("shape", list(SHAPES))


@pytest.fixture
def threads() -> Iterator[None]:
    before = numba.get_num_threads()
    yield
    numba.set_num_threads(before)


def check_loss(bench, case, norm: str, data) -> None:
    c = bench.coefficients(case, data)
    columns, r, value, slope, _ = bench.penalty(norm, case, data, c)
    bound = bench.bind(case, "value_and_gradient", norm, data)
    loss, gradient = bound.value_and_gradient(c)
    assert bound.points == r.size
    assert loss == pytest.approx(value.mean(), rel=1e-12)
    size = np.abs(columns * slope).mean(axis=1)
    assert np.all(np.abs(gradient + columns @ slope / r.size) <= 1e-12 * size)


@each_shape
def test_loss_and_gradient(bench, shape: str) -> None:
    check_loss(bench, bench.case("g"), "l1", bench.data(**SHAPES[shape]))


@pytest.mark.usefixtures("interpreted")
@pytest.mark.parametrize("periodic", [True, False])
def test_loss_and_gradient_with_other_stencils_and_operators(bench, periodic: bool) -> None:
    check_loss(bench, bench.case("few", "upwind2", "central8"), "l2", bench.data(periodic=periodic))


@pytest.mark.usefixtures("interpreted")
@pytest.mark.parametrize("periodic", [True, False])
def test_loss_and_gradient_of_an_equation_without_v(bench, periodic: bool) -> None:
    check_loss(bench, bench.case("rho"), "l2", bench.data(periodic=periodic))


def check_gram(bench, case, norm: str, data, width: float) -> None:
    c = bench.coefficients(case, data)
    columns, r, value, _, omega = bench.penalty(norm, case, data, c, width)
    found = bench.bind(case, "normal_equations", norm, data).evaluate(c, width)
    gram = (columns * omega) @ columns.T / r.size
    scale = np.sqrt(np.diag(gram))
    assert found.loss == pytest.approx(value.mean(), rel=1e-12)
    assert np.all(np.abs(found.gram - gram) <= 1e-12 * np.outer(scale, scale))
    np.testing.assert_array_equal(found.gram, found.gram.T)
    size = np.abs(columns * omega * r).mean(axis=1)
    assert np.all(np.abs(found.gradient + columns @ (omega * r) / r.size) <= 1e-12 * size)


@each_shape
def test_normal_equations(bench, shape: str) -> None:
    check_gram(bench, bench.case("g"), "l2", bench.data(**SHAPES[shape]), 0.3)


def test_a_gauss_newton_step_is_the_least_squares_fit(bench) -> None:
    """With the l2 norm the Gram matrix and the gradient at zero hold the whole problem."""
    case, data = bench.case("g"), bench.data()
    found = bench.bind(case, "normal_equations", "l2", data).evaluate(np.zeros(len(case.form.columns)))
    step = np.linalg.lstsq(found.gram, -found.gradient, rcond=None)[0]
    y, columns = case.equations(data)
    best = np.linalg.lstsq(columns.T, y, rcond=None)[0]
    after = bench.bind(case, "normal_equations", "l2", data).evaluate(step)
    assert after.loss == pytest.approx(np.mean((y - best @ columns) ** 2), rel=1e-6)


@each_shape
def test_right_hand_side(bench, shape: str) -> None:
    case, data = bench.case("g"), bench.data(**SHAPES[shape])
    c = bench.coefficients(case, data)
    _, columns = case.equations(data)
    found = bench.bind(case, "apply", "l2", data).apply(c)
    assert found.shape == (data.frames - case.program.frames + 1, data.v.size, data.nx)
    halo = 0 if data.periodic else case.program.margin["x"]
    inside = found[..., halo:data.nx - halo]
    assert np.abs(inside.ravel() - c @ columns).max() <= 1e-12 * np.abs(c[:, None] * columns).sum(axis=0).max()
    assert np.isnan(found).sum() == found.size - inside.size


@pytest.mark.parametrize("kind", [pytest.param("normal_equations", marks=pytest.mark.soak), "apply"])
def test_single_precision(bench, kind: str) -> None:
    """All arrays are float32; what comes out is that of float64 to the digits that are left."""
    case, data = bench.case("two"), bench.data()
    c = bench.coefficients(case, data)
    double = bench.bind(case, kind, "l2", data)
    single = bench.bind(case, kind, "l2", data, scalar="float32")
    if kind == "apply":
        expected, found = double.apply(c), single.apply(c)
        assert found.dtype == np.float32
        size = np.abs(c[:, None] * case.equations(data)[1]).sum(axis=0).max()
        assert 0.0 < np.abs(found - expected).max() <= 1e-5 * size
        return
    expected, found = double.evaluate(c), single.evaluate(c)
    assert found.gram.dtype == np.float64
    assert found.loss == pytest.approx(expected.loss, rel=1e-5)
    scale = np.sqrt(np.diag(expected.gram))
    assert 0.0 < np.abs((found.gram - expected.gram) / np.outer(scale, scale)).max() <= 1e-5
    assert np.abs((found.gradient - expected.gradient) / scale).max() <= 1e-5 * np.sqrt(expected.loss)


@pytest.mark.usefixtures("threads")
def test_same_bits_for_any_number_of_threads(bench) -> None:
    if numba.config.NUMBA_NUM_THREADS < 2:
        pytest.skip("there is one processor")
    case, data = bench.case("g"), bench.data()
    c = bench.coefficients(case, data)
    found = []
    for count in (1, 2, 1):
        numba.set_num_threads(count)
        loss, gradient = bench.bind(case, "value_and_gradient", "l1", data).value_and_gradient(c)
        normal = bench.bind(case, "normal_equations", "l2", data).evaluate(c)
        right = bench.bind(case, "apply", "l2", data).apply(c)
        arrays = (np.array(loss), gradient, np.array(normal.loss), normal.gradient, normal.gram, right)
        found.append(tuple(array.tobytes() for array in arrays))
    assert found[0] == found[1] == found[2]


def test_what_is_not_a_number_stays_near_in_the_right_hand_side(bench) -> None:
    case, data = bench.case("g"), bench.data()
    found = bench.bind(case, "apply", "l2", bench.poisoned(data, "rho")).apply(bench.coefficients(case, data))
    assert np.isnan(found).any()
    assert not np.isnan(found).all()


def test_too_few_frames(bench) -> None:
    case = bench.case("g")
    with pytest.raises(InputError) as caught:
        _ = bench.bind(case, "columns", "l2", bench.data(frames=2)).spans
    assert str(caught.value).startswith("the data has 2 frames, but the scheme reads 3 at a time: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("periodic", "needed"), [(True, 8), (False, 17)])
def test_too_few_points(bench, periodic: bool, needed: int) -> None:
    case = bench.case("g")
    assert case.program.margin["x"] == 8
    with pytest.raises(InputError) as caught:
        _ = bench.bind(case, "columns", "l2", bench.data(nx=needed - 1, periodic=periodic)).spans
    assert str(caught.value).startswith(
        f"the data has {needed - 1} points along 'x', but the stencils of the words need {needed}: ")
    assert "\n" not in str(caught.value)
    bound = bench.bind(case, "columns", "l2", bench.data(nx=needed, periodic=periodic))
    assert bound.spans["x"] == ((0, needed) if periodic else (8, 9))
