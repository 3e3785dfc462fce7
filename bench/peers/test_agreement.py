"""Every peer computes what symdcrnn computes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from passes import ars222, kinetic_pass, networks_of_the_paper, paper_ansatz, paper_residual

import symdcrnn
from symdcrnn.kernels.ir.grid import PhaseGrid
from symdcrnn.preprocess.phase_grid import phase_grid

TOLERANCE = 1e-8


@pytest.fixture(scope="module")
def data() -> PhaseGrid:
    """14 residuals of 16 x 100 points."""
    return phase_grid(symdcrnn.generate(symdcrnn.preset("paper", nx=100, frames=16, first=2, epsilon=1 / 16)))


def agree(found: tuple[float, Any], ours: tuple[float, Any]) -> None:
    assert abs(found[0] - ours[0]) <= TOLERANCE * abs(ours[0])
    assert np.max(np.abs(found[1] - ours[1])) <= TOLERANCE * np.max(np.abs(ours[1]))


def coefficients(columns: int) -> Any:
    return 1e-7 * np.random.default_rng(0).standard_normal(columns)


@pytest.mark.parametrize("norm", ["l2", "l1"])
@pytest.mark.parametrize(("module", "form"), [
    ("jax_words", "untuned"), ("jax_words", "tuned"), ("jax_words", "profiles"), ("torch_words", "eager"),
    ("torch_words", "tuned"), ("blas_words", "whole"), ("blas_words", "blocked"),
])
def test_words(data: PhaseGrid, module: str, form: str, norm: str) -> None:
    if module != "blas_words":
        pytest.importorskip(module.partition("_")[0])
    from importlib import import_module

    from peers.words import frames_of

    bound = kinetic_pass(data, norm)
    run = getattr(import_module(f"peers.{module}"), form)(frames_of(paper_residual(), data), norm)
    c = coefficients(31)
    agree(run(c), bound.value_and_gradient(c))


@pytest.mark.parametrize("norm", ["l2", "l1"])
def test_training_step(data: PhaseGrid, norm: str) -> None:
    pytest.importorskip("jax")
    from peers.networks import training_step
    from peers.words import frames_of

    bound, networks = kinetic_pass(data, norm), networks_of_the_paper()
    run = training_step(frames_of(paper_residual(), data), networks, 2, data.dt, norm)
    p = networks.initial(1 / 16, np.array([-200.0]), 3)
    loss, gradient = bound.value_and_gradient(data.dt * networks.coefficients(p))
    agree(run(p), (loss, networks.pullback(p, data.dt * gradient)))


@pytest.mark.parametrize("norm", ["l2", "l1"])
def test_stages(data: PhaseGrid, norm: str) -> None:
    pytest.importorskip("jax")
    from peers.jax_stages import stages

    bound = ars222(data, norm)
    c = coefficients(bound.columns)
    c[0] = -0.3
    # Below this width there is no residual, so the corner of L1 stays as it is.
    agree(stages(bound, paper_ansatz().words, norm)(c), bound.value_and_gradient(c, 1e-200))
