"""One equation from several trajectories, and what is known of its coefficients beforehand."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from small_problem import WORDS, data, regression

import symdcrnn
from symdcrnn import InputError, Trajectory
from symdcrnn.leastsquares.minimise import minimise
from symdcrnn.regression.constraints import Tie, tied, with_followers
from symdcrnn.regression.trajectories import epsilon_factors, joined
from symdcrnn.uncertainty.choosing import CELLS

TRUE_WORDS = {"g", "v_dx g", "<v_dx g>", "v_dx rho"}
COLUMNS = len(WORDS)
BOTH = {"norm": "l2", "layers": 1, "starts": 1}


@lru_cache(maxsize=4)
def made(inverse_epsilon: int, **changes: Any) -> Trajectory:
    return symdcrnn.generate(symdcrnn.preset("paper", epsilon=1 / inverse_epsilon, **{"nx": 400, **changes}))


def test_joint_loss_is_the_weighted_sum_of_relative_losses() -> None:
    parts = [regression(data(seed=1)), regression(data(seed=2, frames=7, nx=30))]
    whole = joined(parts, epsilon_factors(2, [1] * COLUMNS, (0.5, 0.25)))
    at = np.linspace(0.1, 0.2, COLUMNS)
    points = [part.loss.points for part in parts]
    expected = sum(
        n / sum(points) * part.evaluate(at / epsilon).loss / part.evaluate(part.start).loss
        for n, part, epsilon in zip(points, parts, (0.5, 0.25), strict=True)
    )
    assert whole.evaluate(at).loss == pytest.approx(expected, rel=1e-13)
    assert whole.loss.points == sum(points)
    assert joined(parts[:1], epsilon_factors(1, [0] * COLUMNS, None)) is parts[0]


@pytest.mark.parametrize("kind", ["joint", "tied", "tied and joint"])
def test_gradients_and_cells(kind: str) -> None:
    parts = [regression(data(seed=1)), regression(data(seed=2, frames=7, nx=30))]
    whole = joined(parts, epsilon_factors(2, range(COLUMNS), (0.5, 0.25))) if "joint" in kind else parts[0]
    if "tied" in kind:
        whole = tied(whole, (Tie(3, 1, -2.0),))
    at = 1e-2 * np.arange(1.0, COLUMNS + 1.0)
    found = whole.evaluate(at)
    step = 1e-6
    for k in range(COLUMNS):
        unit = step * np.eye(COLUMNS)[k]
        difference = (whole.evaluate(at + unit).loss - whole.evaluate(at - unit).loss) / (2 * step)
        assert found.gradient[k] == pytest.approx(difference, rel=1e-6, abs=1e-8 * np.abs(found.gradient).max())
        slope = (whole.evaluate(at + unit).gradient - whole.evaluate(at - unit).gradient) / (2 * step)
        np.testing.assert_allclose(found.gram[k], slope, rtol=1e-6, atol=1e-7 * np.abs(found.gram).max())
    cells = whole.loss.cells(at, CELLS)
    assert sum(cell.loss for cell in cells) == pytest.approx(found.loss, rel=1e-12)
    np.testing.assert_allclose(sum(cell.gradient for cell in cells), found.gradient, rtol=1e-9, atol=1e-12)


def test_ties_are_kept() -> None:
    free = regression(data())
    bound = tied(free, (Tie(2, 0, 3.0),))
    columns = [k for k in range(COLUMNS) if k != 2]
    found = with_followers(minimise(bound, columns).coefficients, (Tie(2, 0, 3.0),))
    assert found[2] == 3.0 * found[0]
    for k in columns:
        moved = np.zeros(COLUMNS)
        moved[k] = 1e-4
        if k == 0:
            moved[2] = 3e-4
        assert free.evaluate(found + moved).loss > free.evaluate(found).loss


@pytest.mark.soak
def test_dependence_on_epsilon_is_learned() -> None:
    fine = {"nx": 1000}
    model = symdcrnn.fit([made(16, **fine), made(64, **fine), made(128, **fine)], equations="g", **BOTH)
    terms = {term.word: (term.coefficient, term.power) for term in model["g"].terms}
    assert {word: power for word, (_, power) in terms.items()} == {
        "g": 2, "v_dx g": 1, "<v_dx g>": 1, "v_dx rho": 2}
    for word, (coefficient, _) in terms.items():
        assert abs(coefficient) == pytest.approx(1.0, rel=1e-5), word
    assert model.errors["g"][1] < 1e-3
    assert "- 1 (1/eps) v_dx g" in str(model)
    rate = symdcrnn.right_hand_side(model, made(64), "g")
    alone = symdcrnn.right_hand_side(symdcrnn.fit(made(64, **fine), equations="g", **BOTH), made(64), "g")
    np.testing.assert_allclose(rate, alone, atol=1e-5 * np.abs(alone).max())


def test_scales_of_several_trajectories_are_those_they_show() -> None:
    model = symdcrnn.fit([made(16), made(64)], equations="g", scales="auto", **BOTH)
    assert {term.power for term in model["g"].terms} == {1, 2}
    assert model["g"].scales == 2
    assert model["g"].scales_text() == "M = 2: the highest power of 1/epsilon that the trajectories show"


def test_grids_and_time_steps_may_differ() -> None:
    other = made(64, nx=500, dt=1e-6, frames=30, initial_rho="2 + sin(2*pi*x)")
    model = symdcrnn.fit([made(64), other], equations="g", **BOTH)
    assert set(model["g"].coefficients) == TRUE_WORDS
    assert model.errors["g"][1] < 1e-3
    assert all(term.power == 0 for term in model["g"].terms)
    assert model.data.trajectories == 2


def test_what_is_known_of_coefficients() -> None:
    model = symdcrnn.fit(made(64), equations="g", fixed=("g:v_dx g=-64",), tied=("g:v_dx rho=1*g",),
                         excluded=("g:rho",), **BOTH)
    found = model["g"].coefficients
    assert set(found) == TRUE_WORDS
    assert found["v_dx g"] == -64.0
    assert found["v_dx rho"] == found["g"]
    assert model.errors["g"][1] < 1e-3
    assert all("rho" not in step.words for step in model["g"].path)
    form = model["g"].scaled
    assert form is not None
    assert dict(zip(found, form.powers, strict=True)) == {"g": 2, "v_dx g": 1, "<v_dx g>": 1, "v_dx rho": 2}
    assert form.epsilon == pytest.approx(1 / 64, rel=1e-3)
    terms = {term.word: term for term in model["g"].terms}
    assert terms["v_dx rho"].error == terms["g"].error
    assert "v_dx rho" in (model["g"].terms_text() or "v_dx rho")


@pytest.mark.parametrize(("settings", "expected"), [
    ({"fixed": ("g:v_dx g",)}, "write EQUATION:WORD=NUMBER"),
    ({"fixed": ("g:v_dx g=x",)}, "x"),
    ({"fixed": ("g:h=1",)}, "'h' is no word of the g-equation"),
    ({"fixed": ("g:g=1",), "excluded": ("g:g",)}, "'g' of the g-equation is given twice"),
    ({"tied": ("g:g=2",)}, "without a ratio"),
    ({"tied": ("g:g=2*g",)}, "ties a word to itself"),
    ({"tied": ("g:g=0*rho",)}, "a ratio of zero"),
    ({"tied": ("g:v_dx g=1*<g>",)}, "'v_dx g' is tied to '<g>', whose coefficient this data does not tell"),
    ({"excluded": ("f:g",)}, "of no equation that is sought"),
    ({"excluded": ("g:rho", "g:rho")}, "one entry twice"),
    ({"excluded": ("g:rho=1",)}, "write EQUATION:WORD"),
])
def test_bad_constraints_are_one_line(settings: dict[str, Any], expected: str) -> None:
    with pytest.raises(InputError) as caught:
        symdcrnn.fit(made(64), equations="g", layers=1, **settings)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_trajectories_that_do_not_fit_together() -> None:
    plain = made(64)
    only = Trajectory.from_arrays({"f": plain.array("g")}, t=plain.t, v=plain.v, x=plain.x, weights=plain.weights,
                                  periodic=True)
    for trajectories, settings, expected in (
        ([], {}, "there is no trajectory"),
        ([plain, only], {}, "do not have the same fields: g, rho against f"),
        ([plain, made(16)], {"functions": ("g:g",)}, "which have different epsilons"),
        ([plain, made(64, nx=500)], {"functions": ("g:g",)}, "which have different points of x"),
    ):
        with pytest.raises(InputError, match=expected):
            symdcrnn.fit(trajectories, equations="g" if only not in trajectories else (), layers=1, **settings)
    model = symdcrnn.fit([plain, made(16)], equations="g", **BOTH)
    assert model["g"].terms[0].power > 0
    nameless = Trajectory.from_arrays(
        {name: plain.array(name) for name in plain.field_names}, t=plain.t, v=plain.v, x=plain.x,
        weights=plain.weights, periodic=True)
    with pytest.raises(InputError, match="depends on epsilon: give data whose epsilon is known"):
        symdcrnn.right_hand_side(model, nameless, "g")
