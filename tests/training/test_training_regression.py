"""The minimum over the coefficients, against dense least squares and linear programming, and the elimination."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import slow_reference as slow
import small_problem as small

from symdcrnn.algebra.operators import OPERATORS, multiplication
from symdcrnn.algebra.reading.word_parser import parse_word
from symdcrnn.algebra.words import UNIT, Word
from symdcrnn.errors import InputError
from symdcrnn.kernels.norms import find_norm
from symdcrnn.kernels.runtime.bound import built
from symdcrnn.kernels.value_sizes import ValueSizes
from symdcrnn.leastsquares.minimise import minimise, minimise_over
from symdcrnn.leastsquares.newton import newton_step, scaled_inverse
from symdcrnn.leastsquares.width import with_huber_width
from symdcrnn.preprocess.loaded_frames import LoadedFrames
from symdcrnn.regression.bound_equation import bind_equation
from symdcrnn.regression.terms import Term, terms_of
from symdcrnn.regression.vanishing import LIKE_ROUNDING, vanishing
from symdcrnn.selection.backward_elimination import eliminate

EQUATION = {"g": -1.5, "v_dx g": -0.7, "<v_dx g>": 0.6, "v_dx rho": -2.0}
ALL = tuple(range(len(small.WORDS)))
PLACES = tuple(small.TEXTS.index(text) for text in EQUATION)


def noisy(seed: int = 5):
    """An equation with heavy-tailed noise on the last frame of g."""
    data = small.planted(EQUATION, seed, frames=3)
    g = data.fields["g"].copy()
    g[-1] += 0.05 * np.random.default_rng(seed).standard_t(2, size=g[-1].shape)
    return replace(data, fields={**data.fields, "g": g})


@pytest.mark.parametrize("active", [ALL, PLACES, (0,), ()])
def test_least_squares(active: tuple[int, ...]):
    data = small.data(1)
    matrix, side = small.system(data)
    expected = np.zeros(len(ALL))
    expected[list(active)] = np.linalg.lstsq(matrix[:, active], side, rcond=None)[0]
    found = minimise(small.regression(data), active)
    assert found.coefficients == pytest.approx(expected, abs=1e-8 * max(np.abs(expected).max(), 1e-300))
    assert found.loss == pytest.approx(np.mean((side - matrix @ expected) ** 2), rel=1e-12)
    assert found.converged
    assert np.abs(found.model.gradient[list(active)]).max(initial=0.0) <= 1e-10


def test_equations_are_those_of_the_matrix():
    data = small.data(2)
    matrix, side = small.system(data)
    at = np.random.default_rng(0).normal(size=len(ALL))
    found = small.regression(data).evaluate(at)
    r = side - matrix @ at
    assert found.loss == pytest.approx(np.mean(r**2), rel=1e-12)
    assert found.gradient == pytest.approx(-2 * matrix.T @ r / r.size, rel=1e-10)
    assert found.gram == pytest.approx(2 * matrix.T @ matrix / r.size, rel=1e-9, abs=1e-12)


def test_known_coefficients_stay():
    data = small.data(3)
    matrix, side = small.system(data)
    problem = small.regression(data, known={"v_dx rho": -2.0, "g": 0.5})
    rest = [i for i in ALL if small.TEXTS[i] not in ("g", "v_dx rho")]
    assert problem.sought == tuple(rest)
    side = side - matrix @ problem.start
    found = minimise(problem, problem.sought)
    assert found.coefficients[rest] == pytest.approx(np.linalg.lstsq(matrix[:, rest], side, rcond=None)[0], rel=1e-8)
    assert found.coefficients[small.TEXTS.index("v_dx rho")] == -2.0


def test_penalty_on_the_average_of_the_right_hand_side():
    """Eq. (4.15): the penalty is the weight times the mean of (dt <F>)^2."""
    data, weight = small.data(4), 3.0
    matrix, side = small.system(data)
    blocks = matrix.reshape(data.frames - 1, data.v.size, data.nx, len(ALL))
    averages = np.einsum("i,nixc->nxc", data.quadrature, blocks).reshape(-1, len(ALL))
    problem = small.regression(data, zero_mean=weight)
    at = np.random.default_rng(1).normal(size=len(ALL))
    expected = np.mean((side - matrix @ at) ** 2) + weight * np.mean((averages @ at) ** 2)
    assert problem.evaluate(at).loss == pytest.approx(expected, rel=1e-12)
    rows = np.vstack([matrix / np.sqrt(side.size), averages * np.sqrt(weight / len(averages))])
    sides = np.concatenate([side / np.sqrt(side.size), np.zeros(len(averages))])
    assert minimise(problem, ALL).coefficients == pytest.approx(np.linalg.lstsq(rows, sides, rcond=None)[0], rel=1e-8)


@pytest.mark.usefixtures("interpreted")
@pytest.mark.parametrize("active", [ALL, PLACES])
def test_least_absolute_deviations(active: tuple[int, ...]):
    from scipy.optimize import linprog

    data = noisy()
    matrix, side = small.system(data)
    matrix, (n, k) = matrix[:, active], matrix[:, active].shape
    objective = np.concatenate([np.zeros(k), np.full(n, 1.0 / n)])
    rows = np.block([[matrix, -np.eye(n)], [-matrix, -np.eye(n)]])
    exact = linprog(objective, rows, np.concatenate([side, -side]), bounds=[(None, None)] * k + [(0, None)] * n)
    found = minimise(small.regression(data, "l1"), active)
    assert exact.fun <= found.loss * (1 + 1e-9)
    assert found.loss <= 1.001 * exact.fun
    assert found.converged


@pytest.mark.usefixtures("interpreted")
def test_huber_never_grows_and_ends_at_the_minimum():
    problem = with_huber_width(small.regression(noisy(), "huber"), ALL)
    losses = [problem.evaluate(problem.start).loss, *(minimise(problem, ALL, limit=k).loss for k in range(1, 12))]
    assert all(after <= before * (1 + 1e-12) for before, after in pairwise(losses))
    end = minimise(problem, ALL)
    scale = np.sqrt(np.diag(end.model.gram) * end.loss)
    assert (np.abs(end.model.gradient) <= 1e-3 * scale).all()
    assert end.loss <= losses[-1] * (1 + 1e-12)


def test_huber_width_is_that_of_the_l2_residual():
    data = noisy()
    rms = np.sqrt(minimise(small.regression(data), ALL).loss)
    assert with_huber_width(small.regression(data, "huber"), ALL).loss.width == pytest.approx(1.345 * rms, rel=1e-6)
    for norm in ("l2", "l1"):
        problem = small.regression(data, norm)
        assert with_huber_width(problem, ALL) is problem


def with_outliers(seed: int):
    """An equation that one value of g in twenty of the last frame misses by far."""
    data, random = small.planted(EQUATION, seed, frames=3), np.random.default_rng(seed)
    g = data.fields["g"].copy()
    g[-1] += 10.0 * (random.random(g[-1].shape) < 0.05)
    return replace(data, fields={**data.fields, "g": g})


@pytest.mark.parametrize("norm", ["l1", "huber"])
def test_robust_norms_are_closer_to_the_equation(norm: str):
    truth = np.array([EQUATION.get(text, 0.0) for text in small.TEXTS])
    away = {"l2": 0.0, norm: 0.0}
    for seed in range(5):
        for name in away:
            problem = with_huber_width(small.regression(with_outliers(seed), name), PLACES)
            away[name] += np.abs(minimise(problem, PLACES).coefficients - truth).sum()
    assert away[norm] < {"l1": 1e-2, "huber": 0.7}[norm] * away["l2"]


def test_minimum_over_a_span():
    data = small.data(6)
    matrix, side = small.system(data)
    basis = np.random.default_rng(0).normal(size=(len(ALL), 4))
    inside = np.linalg.lstsq(matrix @ basis, side, rcond=None)[0]
    found = minimise_over(small.regression(data), basis, 10)
    assert found.coefficients == pytest.approx(basis @ inside, rel=1e-8)
    assert found.converged


def test_least_absolute_deviations_over_a_span_that_is_everything():
    problem = small.regression(noisy(), "l1")
    whole = minimise(problem, ALL)
    for near in (None, whole.coefficients):
        found = minimise_over(problem, np.eye(len(ALL)), 100, near)
        assert found.converged
        assert abs(found.loss - whole.loss) <= 1e-5 * whole.loss


def test_reweighting_ends_where_the_loss_creeps_down():
    found = minimise(small.regression(small.data(1, 30, 4, 60), "l1"), ALL)
    assert found.converged
    assert found.passes < 100


def test_newton_steps():
    random = np.random.default_rng(0)
    rows = random.normal(size=(9, 5)) * np.array([1e-6, 1.0, 1e6, 1.0, 1.0])
    gram, gradient = rows.T @ rows, random.normal(size=5)
    assert newton_step(gram, gradient, range(5)) == pytest.approx(-np.linalg.solve(gram, gradient), rel=1e-6)
    assert newton_step(gram, gradient, ()).tolist() == [0.0] * 5
    assert np.flatnonzero(newton_step(gram, gradient, (1, 4))).tolist() == [1, 4]
    found = scaled_inverse(gram, (1, 3))
    inverse, scale = found.inverse, found.scale
    block = gram[np.ix_([1, 3], [1, 3])]
    assert inverse @ (block / np.outer(scale, scale)) == pytest.approx(np.eye(2), abs=1e-10)


def test_newton_step_through_equal_columns():
    gram = np.ones((2, 2))
    assert newton_step(gram, np.array([1.0, 1.0]), (0, 1)) == pytest.approx([-0.5, -0.5])


def test_elimination_finds_the_equation():
    data = small.planted(EQUATION)
    calls: list[tuple[int, int]] = []
    path = eliminate(small.regression(data), ALL, lambda done, of: calls.append((done, of)))
    assert path.chosen == tuple(sorted(PLACES))
    assert path.jump > 1e10
    assert path.runner_up < 1e3
    assert [len(step.active) for step in path.steps] == list(range(len(ALL), -1, -1))
    assert all(set(after.active) == set(before.active) - {before.dropped}
               for before, after in pairwise(path.steps))
    residuals = [step.residual for step in path.steps]
    assert max(residuals[:path.knee + 1]) < 1e-13
    assert min(residuals[path.knee + 1:]) > 1e-3
    assert residuals[-1] == 1.0
    assert calls == [(k, len(ALL)) for k in range(1, len(ALL) + 1)]
    found = minimise(small.regression(data), path.chosen).coefficients
    assert found[list(PLACES)] == pytest.approx(list(EQUATION.values()), rel=1e-11)


@pytest.mark.parametrize("equation", [{"g": -2.0}, {"v_dx v_dx rho": 0.3, "<v_dx rho>": 1.0},
                                      {"<g>": 1.0, "v_dx <g>": -0.5, "rho": 0.1, "v_dx v_dx g": 0.2, "v_dx g": 1.0}])
def test_elimination_of_other_equations(equation: dict[str, float]):
    path = eliminate(small.regression(small.planted(equation)), ALL)
    assert {small.TEXTS[i] for i in path.chosen} == set(equation)


def test_elimination_goes_around_known_coefficients():
    problem = small.regression(small.planted(EQUATION), known={"v_dx rho": -2.0})
    path = eliminate(problem, problem.sought)
    assert path.chosen == tuple(i for i in sorted(PLACES) if small.TEXTS[i] != "v_dx rho")


def test_terms_with_known_functions():
    terms = terms_of(small.G, small.WORDS, ["sigma_s", "sigma_a"])
    assert str(terms[0].word) == "sigma_s g"
    assert terms[1:-1] == tuple(Term(word) for word in small.WORDS[1:])
    assert terms[-1] == Term(Word.of((multiplication("sigma_a"),), small.G), -1.0)
    density = terms_of(small.RHO, small.ansatz(target="rho").words, ["sigma_s", "source"])
    assert density[-1] == Term(Word.of((multiplication("source"),), UNIT), 1.0)
    assert [term.word for term in density[:-1]] == list(small.ansatz(target="rho").words)


def sizes(data: slow.Data) -> ValueSizes:
    kernel = small.bound(data).multistep
    assert kernel is not None
    return kernel.loss.sizes()


def without_average() -> slow.Data:
    data = small.data(7)
    g = data.fields["g"]
    clean = g - np.einsum("i,nix->nx", data.quadrature, g)[:, None]
    return replace(data, fields={**data.fields, "g": clean})


def test_vanishing_words_are_named():
    terms = [Term(word) for word in small.WORDS]
    found = vanishing(terms, sizes(without_average()))
    assert {small.TEXTS[i] for i in found} == {"<g>", "v_dx <g>"}
    assert all(reason.startswith("<g> vanishes") for reason in found.values())
    assert vanishing(terms, sizes(small.data(7))) == {}


def test_words_of_a_field_that_is_zero_vanish():
    data = small.data(7)
    empty = replace(data, fields={**data.fields, "rho": np.zeros_like(data.fields["rho"])})
    found = vanishing([Term(word) for word in small.WORDS], sizes(empty))
    assert {small.TEXTS[i] for i in found} == {text for text in small.TEXTS if "rho" in text}


@pytest.mark.parametrize("central", ["central2", "central4", "central8"])
def test_derivatives_of_what_is_uniform_in_x_vanish(central: str):
    """What rounding leaves of them is not zero, and the larger the wider the stencil and the larger the field."""
    data = small.data(7, nx=32)
    uniform = 1e3 * np.random.default_rng(1).random((data.frames, 1)) * np.ones(data.nx)
    data = replace(data, fields={**data.fields, "rho": uniform})
    words = [parse_word(text, {"rho": small.RHO, "g": small.G}, dict(OPERATORS))
             for text in ("rho", "d_x rho", "d_xx rho", "d_x d_xx rho", "<d_xx rho>", "g", "d_xx g", "d_x d_x d_xx g")]
    bound = bind_equation(small.EULER, small.G, [Term(word) for word in words], LoadedFrames(data.grid),
                          replace(small.STENCILS, central=central), find_norm("l2"))
    assert bound.multistep is not None
    sizes = bound.multistep.loss.sizes()
    found = vanishing([Term(word) for word in words], sizes)
    assert set(found) == {1, 2, 3, 4}
    assert all(reason.endswith("is identically zero") for reason in found.values())
    by_name = {value.name: value for value in sizes.values}
    if central != "central2":
        assert any(by_name[sizes.columns[number]].rms > 0.0 for number in found)
    assert sizes.change.rms > 1e6 * sizes.change.rounding


def test_rounding_is_told_from_small_values():
    """A field with a ripple of a billionth has derivatives that mean something, one of rounding errors has not."""
    data = small.data(7, nx=64)
    x = 2.0 * np.pi * np.arange(data.nx) / data.nx
    for ripple, expected in ((1e-9, set()), (1e-16, {0, 1})):
        rho = np.exp(-np.arange(data.frames))[:, None] * (1.0 + ripple * np.sin(3.0 * x))
        there = replace(data, fields={**data.fields, "rho": rho})
        words = [parse_word(text, {"rho": small.RHO}, dict(OPERATORS)) for text in ("d_x rho", "d_xx rho", "rho")]
        bound = bind_equation(small.EULER, small.RHO, [Term(word) for word in words], LoadedFrames(there.grid),
                              small.STENCILS, find_norm("l2"))
        assert bound.multistep is not None
        assert set(vanishing([Term(word) for word in words], bound.multistep.loss.sizes())) == expected


def test_a_field_that_is_frozen_does_not_change():
    data = small.data(7)
    frozen = np.tile(np.random.default_rng(2).random(data.nx) * 1e5, (data.frames, 1))
    sizes_of = small.bound(replace(data, fields={**data.fields, "g": frozen[:, None] * np.ones((data.v.size, 1))}))
    assert sizes_of.multistep is not None
    change = sizes_of.multistep.loss.sizes().change
    assert change.rms <= LIKE_ROUNDING * change.rounding


@pytest.mark.usefixtures("interpreted")
def test_the_source_of_a_kernel_says_what_it_computes():
    head = built(small.bound(small.data()).kernel.kernel.spec)[0].text.split('"""')[1]
    assert "l2 loss of the residual of d/dt g" in head
    assert all(f"    {number} * {text}\n" in head for number, text in enumerate(small.TEXTS))


def test_too_few_equations():
    with pytest.raises(InputError, match="equations for 10 words"):
        small.regression(small.data(frames=2, nv=2, nx=9))


def test_reference_of_the_planted_data():
    matrix, side = small.system(small.planted(EQUATION))
    truth = np.array([EQUATION.get(text, 0.0) for text in small.TEXTS])
    assert np.abs(side - matrix @ truth).max() <= 1e-14 * np.abs(side).max()
    assert slow.FROM_THE_LEFT[small.STENCILS.transport] == {-1: -1, 0: 1}
