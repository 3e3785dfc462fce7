"""Compiled kernels against the slow reference: loss, gradient, Gram matrix and right-hand side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numba
import numpy as np
import pytest
import slow_reference as slow

from symdcrnn.algebra.calculus.adjoint import adjoint_word
from symdcrnn.algebra.operators import OPERATORS, multiplication
from symdcrnn.algebra.reading.word_parser import parse_word
from symdcrnn.algebra.words import Word, kinetic_field
from symdcrnn.errors import InputError
from symdcrnn.kernels import threads as kernel_threads
from symdcrnn.kernels.build import build
from symdcrnn.kernels.emit import KernelSpec, Kind
from symdcrnn.kernels.lower import Stencils, lower
from symdcrnn.kernels.norms import NORMS
from symdcrnn.kernels.runtime import BoundKernel, GridData
from symdcrnn.schemes.multistep import SCHEMES, residual
from symdcrnn.schemes.residual import Residual

Array = np.ndarray
FIELDS = {"g": kinetic_field("g", True), "rho": kinetic_field("rho", False)}
ALL = {**OPERATORS, "sigma_s": multiplication("sigma_s")}
WORDS = {
    "g": ("g", "sigma_s g", "v_dx g", "<v_dx g>", "v_dx <v_dx g>", "v_dx v_dx g", "rho", "v_dx rho", "v_dx v_dx rho",
          "d_xx rho", "<v_dx v_dx rho>", "d_x <v_dx g>", "sigma_s v_dx rho"),
    "rho": ("<v_dx g>", "rho", "d_xx rho", "<v_dx v_dx rho>", "sigma_s rho", "<v_dx v_dx g>", "<v_dx sigma_s g>"),
}
SCHEME = {"g": "imex-bdf2", "rho": "simpson"}
WIDTH = 0.8
RESULTS: dict[str, tuple[Callable[[Array], Array], ...]] = {
    "l2": (lambda r: r**2, lambda r: 2 * r, lambda r: np.full_like(r, 2.0)),
    "l1": (np.abs, np.sign, lambda r: 1 / np.maximum(np.abs(r), WIDTH)),
    "huber": (lambda r: np.where(np.abs(r) < WIDTH, r**2 / 2, WIDTH * (np.abs(r) - WIDTH / 2)),
              lambda r: np.clip(r, -WIDTH, WIDTH), lambda r: np.minimum(1.0, WIDTH / np.abs(r))),
}
GRIDS: dict[str, dict[str, int | bool]] = {
    "periodic": {}, "open": {"periodic": False}, "three blocks": {"nx": 600, "frames": 3},
    "open blocks": {"nx": 530, "frames": 4, "periodic": False, "nv": 4}, "one velocity": {"nv": 1},
    "just wide enough": {"nx": 9}, "one point": {"nx": 9, "periodic": False},
}


def words(target: str) -> tuple[Word, ...]:
    return tuple(parse_word(text, FIELDS, ALL) for text in WORDS[target])


def form_of(target: str) -> Residual:
    return residual(SCHEMES[SCHEME[target]], FIELDS[target], words(target))


def bound(kind: Kind, norm: str, data: GridData, target: str = "g") -> BoundKernel:
    return BoundKernel(build(KernelSpec(kind, lower(form_of(target), Stencils()), NORMS[norm])), data, WIDTH)


def setting(grid: str, target: str) -> tuple[GridData, Array, Array, Array]:
    """Data, coefficients, residual and columns, the last two flattened over the points."""
    data = slow.random_data(11, **GRIDS[grid])
    y, columns = slow.equations(form_of(target), data, slow.Grid.of(data))
    columns = columns.reshape(len(columns), -1)
    coefficients = np.random.default_rng(5).normal(size=len(columns)) / np.maximum(np.abs(columns).max(axis=1), 1e-3)
    return data, coefficients, y.reshape(-1) - coefficients @ columns, columns


def close(found: Array | float, expected: Array | float, size: Array | float | None = None) -> None:
    scale = np.abs(expected).max() if size is None else size
    assert (np.abs(np.asarray(found) - expected) <= 1e-12 * scale).all()


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("grid", GRIDS)
def test_loss_and_gradient(norm: str, grid: str):
    data, coefficients, r, columns = setting(grid, "g")
    value, slope, _ = RESULTS[norm]
    loss, gradient = bound("value_and_gradient", norm, data).value_and_gradient(coefficients)
    close(loss, value(r).mean())
    close(gradient, -(columns @ slope(r)) / r.size, (np.abs(columns) @ np.abs(slope(r))) / r.size)


@pytest.mark.parametrize(("norm", "target"), [("l2", "g"), ("l1", "g"), ("huber", "g"), ("l2", "rho")])
@pytest.mark.parametrize("grid", GRIDS)
def test_normal_equations(norm: str, target: str, grid: str):
    data, coefficients, r, columns = setting(grid, target)
    value, _, weight = RESULTS[norm]
    found = bound("normal_equations", norm, data, target).evaluate(coefficients)
    omega = weight(r)
    gram = (columns * omega) @ columns.T / r.size
    close(found.loss, value(r).mean())
    close(found.gradient, -(columns @ (omega * r)) / r.size, (np.abs(columns) @ np.abs(omega * r)) / r.size)
    size = np.sqrt(np.diag(gram))
    close(found.gram, gram, np.outer(size, size))
    assert (found.gram == found.gram.T).all()


@pytest.mark.parametrize("norm", ["l1", "huber"])
def test_width_given_at_the_call(norm: str):
    data, coefficients, _, _ = setting("periodic", "g")
    kernel = bound("normal_equations", norm, data)
    found = kernel.evaluate(coefficients, 1.7)
    expected = replace(kernel, width=1.7).evaluate(coefficients)
    assert found.loss == expected.loss
    assert (found.gram == expected.gram).all()
    assert (found.gram != kernel.evaluate(coefficients).gram).any()


@pytest.mark.parametrize("target", WORDS)
@pytest.mark.parametrize("grid", GRIDS)
def test_right_hand_side(target: str, grid: str):
    data, coefficients, _, columns = setting(grid, target)
    kernel = bound("apply", "l2", data, target)
    found = kernel.apply(coefficients)
    velocities = (data.v.size,) if target == "g" else ()
    assert found.shape == (data.frames - 2, *velocities, data.nx)
    first, last = (0, data.nx) if data.periodic else (4, data.nx - 4)
    assert np.isnan(found[..., :first]).all()
    assert np.isnan(found[..., last:]).all()
    expected = coefficients @ columns
    close(found[..., first:last].reshape(-1), expected, np.abs(columns * coefficients[:, None]).sum(axis=0).max())
    assert kernel.points == expected.size


@pytest.mark.parametrize("norm", NORMS)
def test_gradient_by_central_differences(norm: str):
    data, coefficients, _, columns = setting("periodic", "g")
    kernel = bound("value_and_gradient", norm, data)
    step = 1e-6 / np.abs(columns).max(axis=1)
    _, gradient = kernel.value_and_gradient(coefficients)
    for number, size in enumerate(step):
        moved = np.zeros_like(coefficients)
        moved[number] = size
        values = [kernel.value_and_gradient(coefficients + sign * moved)[0] for sign in (1.0, -1.0)]
        scale = np.abs(columns[number]).mean()
        assert abs((values[0] - values[1]) / (2 * size) - gradient[number]) <= 1e-7 * scale * (1 + abs(values[0]))


@pytest.mark.parametrize(("transport", "central"), [
    ("upwind1", "central2"), ("upwind2", "central8"), ("central2", "central2"), ("central4", "central4"),
    ("central8", "central8")])
def test_other_stencils(transport: str, central: str):
    texts = ("v_dx g", "v_dx rho", "v_dx <v_dx g>", "d_x g", "d_xx rho")
    form = residual(SCHEMES["forward-euler"], FIELDS["g"], [parse_word(text, FIELDS, ALL) for text in texts])
    kernel = build(KernelSpec("apply", lower(form, Stencils(transport, central)), NORMS["l2"]))
    for periodic in (True, False):
        data = slow.random_data(4, frames=2, nx=30, periodic=periodic)
        expected = slow.equations(form, data, slow.Grid.of(data, transport, central))[1]
        for number, column in enumerate(expected):
            values = BoundKernel(kernel, data).apply(np.eye(len(texts))[number])
            values = values[..., ~np.isnan(values).any(axis=(0, 1))]
            assert values.shape == column.shape
            close(values, column)


def test_adjoints_of_compiled_words():
    g, texts = FIELDS["g"], ("g", "v_dx g", "<v_dx g>", "v_dx <v_dx g>", "v_dx rho", "v_dx v_dx rho", "d_x <v_dx g>")
    forward = [parse_word(text, FIELDS, ALL) for text in texts]
    backward = [adjoint_word(word, g) for word in forward]
    both = lower(residual(SCHEMES["forward-euler"], g, [*forward, *backward]), Stencils())
    kernel, data = build(KernelSpec("apply", both, NORMS["l2"])), slow.random_data(7, frames=3)
    values = [BoundKernel(kernel, data).apply(unit) for unit in np.eye(2 * len(texts))]
    z = data.fields["g"][1]
    for number, word in enumerate(forward):
        left, right = values[number][0], values[len(texts) + number][1]
        source = np.broadcast_to(slow.combine([1.0], data.fields[word.base.name], 0), left.shape)
        products = data.quadrature[:, None] * np.array([left * z, source * right])
        close(products[0].sum(), products[1].sum(), np.abs(products).sum())


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("place", [("g", (2, 3, 17)), ("rho", (1, 4))])
def test_nothing_that_is_not_a_number_is_dropped(norm: str, place: tuple[str, tuple[int, ...]]):
    data, coefficients, _, _ = setting("periodic", "g")
    name, index = place
    spoiled = data.fields[name].copy()
    spoiled[index] = np.nan
    broken = replace(data, fields={**data.fields, name: spoiled})
    loss, gradient = bound("value_and_gradient", norm, broken).value_and_gradient(coefficients)
    assert np.isnan(loss)
    assert np.isnan(gradient).any()
    assert np.isnan(bound("normal_equations", norm, broken).evaluate(coefficients).loss)


@pytest.mark.parametrize("grid", ["periodic", "open blocks"])
def test_same_bits_for_any_number_of_threads(grid: str, monkeypatch: pytest.MonkeyPatch):
    data, coefficients, _, _ = setting(grid, "g")
    results = []
    for threads in (1, 2, 5):
        monkeypatch.setattr(kernel_threads, "thread_count", lambda threads=threads: threads)
        found = bound("normal_equations", "huber", data).evaluate(coefficients)
        right = bound("apply", "l2", data).apply(coefficients)
        results.append((found.loss, found.gradient.tobytes(), found.gram.tobytes(), right.tobytes()))
    assert results[0] == results[1] == results[2]


@pytest.mark.skipif(numba.config.NUMBA_NUM_THREADS < 2, reason="needs two threads")
def test_numbas_number_of_threads_is_used():
    data, coefficients, _, _ = setting("periodic", "g")
    before, results = numba.get_num_threads(), []
    try:
        for threads in (1, 2):
            numba.set_num_threads(threads)
            assert kernel_threads.thread_count() == threads
            results.append(bound("value_and_gradient", "l1", data).value_and_gradient(coefficients))
    finally:
        numba.set_num_threads(before)
    assert results[0][0] == results[1][0]
    assert (results[0][1] == results[1][1]).all()


@pytest.mark.parametrize(("sizes", "says"), [
    ({"frames": 2}, "2 frames, but the scheme reads 3"), ({"nx": 8}, "8 points in x"),
    ({"nx": 8, "periodic": False}, "8 points in x")])
def test_too_little_data(sizes: dict[str, int], says: str):
    data = slow.random_data(0, **sizes)
    kernel = bound("apply", "l2", data)
    for ask in (lambda: kernel.apply(np.zeros(len(WORDS["g"]))), lambda: kernel.points):
        with pytest.raises(InputError, match=says) as info:
            ask()
        assert "\n" not in str(info.value)
