"""Fits of single words: the dictionary is what was asked for, and a series of words that breaks off is no equation."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg

import symdcrnn
from symdcrnn import Operator, Quadrature, Trajectory
from symdcrnn.regression.dictionary import operator_text

G, NODES = 0.7, 8
KERNEL = " + ".join(["1", *(f"{2 * n + 1}*{G}^{n}*legendre({n}, v)*legendre({n}, v')" for n in range(1, NODES))])


@pytest.fixture(scope="module")
def scattered() -> Trajectory:
    """d_t f + v d_x f = K f - f with the kernel of Henyey and Greenstein, by exact modes in x; rho stands beside f."""
    v, weights = np.polynomial.legendre.leggauss(NODES)
    x, t = 2 * np.pi * np.arange(32) / 32, 0.05 * np.arange(24)
    rows = np.polynomial.legendre.legvander(v, NODES - 1)
    kernel = (rows * (2 * np.arange(NODES) + 1) * G ** np.arange(NODES)) @ rows.T * weights / 2
    f = np.ones((t.size, NODES, x.size))
    for k in (1, 2, 3):
        generator = -1j * k * np.diag(v) - np.eye(NODES) + kernel
        modes = np.array([scipy.linalg.expm(time * generator) @ np.cos(k + 3 * v) for time in t])
        f += np.real(modes[:, :, None] * np.exp(1j * k * x)) / k**2
    rho = np.tensordot(weights / 2, f, axes=(0, 1))
    return Trajectory.from_arrays({"f": f, "rho": (("t", "x"), rho)}, t=t, v=v, x=x, weights=weights, periodic=True)


def test_only_words_that_were_asked_for(scattered: Trajectory) -> None:
    """rho is <f>, and would stand for it."""
    words = ["v d_x f", "f", "<f>", "K f", "v f"]
    own = operator_text(Operator("K", Quadrature("v", kernel=KERNEL)))
    model = symdcrnn.fit(scattered, equations="f", words=words, own_operators=(own,), bootstrap=0)
    assert model["f"].coefficients == pytest.approx({"v d_x f": -1.0, "f": -1.0, "K f": 1.0}, rel=1e-6)
    assert {word for step in model["f"].path for word in step.words} == set(words)
    assert model["f"].certain
    # Networks that compose nothing are not trained.
    assert (model["f"].network.starts, model["f"].network.converged) == (0, True)


def test_a_series_that_breaks_off_is_not_certain(scattered: Trajectory) -> None:
    words = ["v d_x f", "f", "<f>", *(f"P_{degree} <P_{degree} f>" for degree in (1, 2, 3))]
    equation = symdcrnn.fit(scattered, equations="f", words=words, bootstrap=0)["f"]
    assert equation.residual < 0.02
    assert not equation.certain


def test_moments_count_however_small_they_are(scattered: Trajectory) -> None:
    words = ["v d_x f", *(f"P_{degree} <P_{degree} f>" for degree in range(1, NODES))]
    equation = symdcrnn.fit(scattered, equations="f", words=words, bootstrap=0)["f"]
    expected = {f"P_{n} <P_{n} f>": -(2 * n + 1) * (1 - G**n) for n in range(1, NODES)}
    assert equation.coefficients == pytest.approx({"v d_x f": -1.0, **expected}, rel=1e-5)
    assert equation.certain
