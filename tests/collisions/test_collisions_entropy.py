"""Decay of the integral of f log f: positive rates from velocity to velocity, and words that are left out."""

from __future__ import annotations

import numpy as np
import pytest
from scattering import FORWARD, NODES, V, W, data, matrix_of

import symdcrnn
from symdcrnn import InputError, LearnedEquation, Trajectory
from symdcrnn.collisions.shaped import Normal, is_held

ENTROPY = "<f log(f)>"
FLAT = matrix_of(4.0 * (np.eye(NODES)[0] - 1.0))


def fit(trajectory: Trajectory, *decaying: str, kernel: str = "", **changes: object) -> LearnedEquation:
    options: dict[str, object] = {"words": ["v d_x f"], "kernels": [kernel] if kernel else [], "scheme": "weak",
                                  "bootstrap": 0, **changes}
    return symdcrnn.fit(trajectory, decaying=decaying, **options)["f"]


def collisions(equation: LearnedEquation) -> np.ndarray:
    """The matrix that all words but transport are, on the nodes."""
    found, legendre = np.zeros((NODES, NODES)), np.polynomial.legendre.legvander(V, NODES - 1)
    for word, value in equation.coefficients.items():
        if word == "f":
            found += value * np.eye(NODES)
        elif word != "v d_x f":
            degree = 0 if word == "<f>" else 1 if word == "v <v f>" else int(word[2])
            found += value * np.outer(legendre[:, degree], legendre[:, degree] * W)
    return found


def production(matrix: np.ndarray, f: np.ndarray) -> float:
    """d/dt of <f log f>."""
    return float(W @ ((1.0 + np.log(f)) * (matrix @ f)))


@pytest.mark.usefixtures("interpreted")
def test_the_entropy_decays_whatever_the_noise_makes_of_rates() -> None:
    trajectory = data(matrix_of(4.0 * (0.8 ** np.arange(NODES) - 1.0)), 0.3)
    free, held = (fit(trajectory, *decaying, kernel="Q = isotropic <= 7 of f") for decaying in ((), (ENTROPY,)))
    own, apart = collisions(held), ~np.eye(NODES, dtype=bool)
    assert (collisions(free) / W)[apart].min() < -0.1
    assert (own / W)[apart].min() > -1e-8
    assert max(np.abs(W @ own).max(), np.abs(own.sum(axis=1)).max()) < 1e-12
    random = np.random.default_rng(0)
    for _ in range(200):
        assert production(own, np.exp(5.0 * random.standard_normal(NODES))) < 1e-6
    row, column = np.unravel_index(np.argmin(np.where(apart, collisions(free) / W, 0.0)), apart.shape)
    f = np.full(NODES, 1e-3)
    f[column], f[row] = 1.0, 1e-300
    assert production(collisions(free), f) > 0.0 > production(own, f)
    [check] = [one for one in held.checks if one.name == "constraints"]
    assert check.passed
    assert check.text.startswith("<f log(f)> decaying: the residual is 1.000")


def test_words_that_let_it_grow_are_left_out() -> None:
    words = ["v d_x f", "d_x f", "<f>", "d_xx f", "f^2", "<d_x f>", "v <f>", "1", "f d_x f"]
    found = fit(data(FLAT, 0.02), ENTROPY, words=words)
    assert set(found.coefficients) == {"f", "v d_x f", "<f>"}
    assert found.coefficients["f"] == pytest.approx(-found.coefficients["<f>"], rel=1e-14)
    assert {word for word, reason in found.vanishing.items() if reason.endswith(f"{ENTROPY} decaying")} == {
        "f^2", "1", "d_x <f>", "v <f>"}
    absorbing = fit(data(matrix_of(4.0 * np.eye(NODES)[0] - 5.0)), ENTROPY, words=words)
    assert not absorbing.certain
    assert "the data contradicts it" in absorbing.checks[-1].text


def test_a_field_without_velocity_diffuses_and_is_carried() -> None:
    x, t = 2.0 * np.pi * np.arange(64) / 64, 0.02 * np.arange(40)
    waves = np.arange(1, 4)
    u = 3.0 + np.sum(np.exp(-0.1 * waves**2 * t[:, None, None]) * np.sin(waves * (x[:, None] - t[:, None, None]))
                     / waves, axis=2)
    trajectory = Trajectory.from_arrays({"u": u}, t=t, x=x, periodic=True)
    found = symdcrnn.fit(trajectory, words=["u", "d_x u", "d_xx u", "u d_x u", "u d_xx u", "d_xxx u"], scheme="weak",
                         decaying=["u log(u)"], bootstrap=0)["u"]
    assert found.coefficients == pytest.approx({"d_x u": -1.0, "d_xx u": 0.1}, rel=1e-4)
    assert set(found.vanishing) == {"u", "u d_xx u", "d_xxx u"}
    growing = Trajectory.from_arrays({"u": u[::-1].copy()}, t=t, x=x, periodic=True)
    back = symdcrnn.fit(growing, words=["d_x u", "d_xx u"], scheme="weak", decaying=["u log(u)"], bootstrap=0)["u"]
    assert not back.certain
    assert back.coefficients.get("d_xx u", 0.0) >= -1e-12


def test_what_cannot_decay_is_one_line() -> None:
    with pytest.raises(InputError, match=r"decay is that of coefficients that are free: .* v <v f>"):
        fit(data(FLAT), ENTROPY, words=["v d_x f", "<f>", "v <v f>"], fixed=["f:v <v f>=30"])
    with pytest.raises(InputError, match="average it, as in <f log"):
        fit(data(matrix_of(FORWARD)), "f log(f)")


def test_a_sum_of_squares_without_a_minimum_is_made_convex() -> None:
    turned, _ = np.linalg.qr(np.random.default_rng(1).standard_normal((4, 4)))
    whole = Normal(turned @ np.diag([1.0, 2.0, 3.0, 4.0]) @ turned.T, np.ones(4))
    assert whole.convex is whole
    lost = Normal(turned @ np.diag([-1.0, 2.0, 3.0, 4.0]) @ turned.T, turned @ np.array([5.0, 2.0, 3.0, 4.0]))
    size = np.sqrt(np.abs(np.diag(lost.gram)))
    found = lost.convex
    values = np.linalg.eigvalsh(found.gram / np.outer(size, size))
    assert abs(values[0]) < 1e-14
    assert values[1] == pytest.approx(np.linalg.eigvalsh(lost.gram / np.outer(size, size))[1])
    form = np.stack([np.diag([-1.0, 0.0]), np.diag([0.0, 1.0])])
    assert is_held([form], np.array([1.0, 0.0]))
    assert is_held([form], np.array([1.0, 1e-10]))
    assert not is_held([form], np.array([1.0, 1e-3]))
    best = np.linalg.lstsq(found.gram, found.right, rcond=1e-12)[0]
    np.testing.assert_allclose(found.gram @ best, found.right, atol=1e-12)
