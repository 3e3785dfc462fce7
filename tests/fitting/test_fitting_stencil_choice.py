"""`auto` takes the stencils of the solver that made the data, or the most accurate ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import scipy.linalg
from numpy.typing import NDArray

from symdcrnn.data.trajectory import Trajectory
from symdcrnn.fitting.inputs import merged_settings
from symdcrnn.fitting.stencil_choice.choice import LARGE, PAIRS, with_forms
from symdcrnn.fitting.stencil_choice.residuals import Trial
from symdcrnn.fitting.stencil_choice.varying import Varying
from symdcrnn.kernels.runtime.interpret import evaluate
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.preprocess.loaded_frames import loaded_frames
from symdcrnn.preprocess.phase_grid import fields_of
from symdcrnn.regression.dictionary import space_of
from symdcrnn.schemes.multistep import SCHEMES
from symdcrnn.schemes.scheme import Scheme

Array = NDArray[np.float64]

NV, NX, NT = 4, 32, 14
V, WEIGHTS = np.polynomial.legendre.leggauss(NV)
X = 2 * np.pi * np.arange(NX) / NX
T = 0.02 * np.arange(NT)
WORDS = ("v_dx f", "d_xx f", "f", "<f>")


def symbol(offsets: range, coefficients: list[float], power: int, k: int) -> complex:
    """What a stencil makes of exp(i k x), divided by that."""
    dx = X[1]
    return sum(c * np.exp(1j * k * dx * o) for o, c in zip(offsets, coefficients, strict=True)) / dx**power


def marched(kind: str) -> Trajectory:
    """Exact in time, mode by mode: in space under upwind3 and central4, or central2, or exact."""
    f = np.full((NT, NV, NX), 2.0)
    for k in (1, 2, 3, 5):
        if kind == "upwind3":
            first = symbol(range(-2, 2), [1 / 6, -1.0, 1 / 2, 1 / 3], 1, k)
            slopes = np.where(V > 0, first, -np.conj(first))  # the mirror image on the other side
            second = symbol(range(-2, 3), [-1 / 12, 4 / 3, -5 / 2, 4 / 3, -1 / 12], 2, k)
        elif kind == "central2":
            slopes = np.full(NV, symbol(range(-1, 2), [-0.5, 0.0, 0.5], 1, k))
            second = symbol(range(-1, 2), [1.0, -2.0, 1.0], 2, k)
        else:
            slopes, second = np.full(NV, 1j * k), -complex(k) ** 2
        average = np.broadcast_to(WEIGHTS / 2, (NV, NV))
        generator = -np.diag(V * slopes) + (0.05 * second - 1.0) * np.eye(NV) + average
        modes = np.array([scipy.linalg.expm(time * generator) @ np.cos(k + V) for time in T]) / k
        f += np.real(modes[:, :, None] * np.exp(1j * k * X))
    return Trajectory.from_arrays({"f": f}, t=T, v=V, x=X, weights=WEIGHTS, periodic=True)


def chosen(trajectory: Trajectory, **asked: str) -> Stencils:
    settings = merged_settings(None, {"words": WORDS, **asked})
    frames = loaded_frames(trajectory)
    found, _ = with_forms(settings, fields_of(trajectory), ["f"], frames, space_of(trajectory))
    return Stencils(found.transport_stencil, found.central_stencil)


@pytest.mark.parametrize(("kind", "expected"), [
    ("upwind3", Stencils("upwind3", "central4")), ("central2", Stencils("central2", "central2")),
    ("exact", Stencils("central16", "central16")),
])
def test_data_has_the_stencils_of_its_solver(kind: str, expected: Stencils) -> None:
    assert chosen(marched(kind)) == expected


def test_noise_prefers_the_first_ones() -> None:
    noisy = marched("exact").array("f") + np.random.default_rng(0).standard_normal((NT, NV, NX))
    data = Trajectory.from_arrays({"f": noisy}, t=T, v=V, x=X, weights=WEIGHTS, periodic=True)
    assert chosen(data) == PAIRS[0]


def test_uneven_times_are_not_tried() -> None:
    uneven = Trajectory.from_arrays({"f": marched("upwind3").array("f")}, t=T + 0.3 * T**2, v=V, x=X, weights=WEIGHTS,
                                    periodic=True)
    assert chosen(uneven) == LARGE


def test_stencils_that_were_asked_for_stay() -> None:
    assert chosen(marched("exact"), central_stencil="central6") == Stencils("central16", "central6")
    asked = {"central_stencil": "central6", "transport_stencil": "upwind1"}
    assert chosen(marched("exact"), **asked) == Stencils("upwind1", "central6")


@pytest.mark.parametrize(("kind", "asked", "tried"), [
    ("upwind3", {}, [Stencils("upwind3", "central4")]),
    ("exact", {"central_stencil": "central6", "transport_stencil": "upwind1"}, [Stencils("upwind1", "central6")]),
])
def test_hopeless_stencils_are_not_tried_under_all_schemes(
    kind: str, asked: dict[str, str], tried: list[Stencils], monkeypatch: pytest.MonkeyPatch
) -> None:
    called, under = [], Trial.under

    def noted(self: Trial, stencils: Stencils, schemes: Sequence[Scheme]) -> list[float]:
        called.append(stencils)
        return under(self, stencils, schemes)

    monkeypatch.setattr(Trial, "under", noted)
    chosen(marched(kind), **asked)
    assert called == tried


def test_what_is_left_is_what_a_regression_leaves() -> None:
    trajectory = marched("exact")
    grid, space = loaded_frames(trajectory).grid, space_of(trajectory)
    words = tuple(space.word(one) for one in ("v_dx f", "f", "<f>", "d_x <f>"))
    scheme, stencils = SCHEMES["trapezoid"], Stencils("central2", "central2")
    windows = (grid.between(0, 2), grid.between(6, 8))
    every = tuple(np.indices((NV, NX)).reshape(2, -1))
    left = Trial(space.variables["f"], words, windows, 2, Varying(frozenset(), None), every).under(stencils, [scheme])
    columns = [np.concatenate([np.broadcast_to(evaluate(word, one, stencils, (0, 1)), (2, NV, NX)).mean(axis=0).ravel()
                               for one in windows]) for word in words]
    change = np.concatenate([np.diff(one.fields["f"], axis=0).ravel() for one in windows])
    matrix = np.stack(columns, axis=1)
    rest = change - matrix @ np.linalg.lstsq(matrix, change)[0]
    assert left[0] == pytest.approx(np.linalg.norm(rest) / np.linalg.norm(change), rel=1e-9)
