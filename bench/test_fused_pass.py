"""One pass over the data of the paper preset: compiled, and in numpy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import pytest
from conftest import reference_by_word, reference_shared
from numpy.typing import NDArray

from symdcrnn.kernels.runtime.bound import PhaseKernel

Reference = Callable[[PhaseKernel, NDArray[np.float64]], tuple[float, NDArray[np.float64]]]
COEFFICIENTS = 1e-9 * np.arange(1.0, 32.0)


@pytest.mark.parametrize("threads", [1, 2])
def test_fused_loss_and_gradient(benchmark: Any, fused: PhaseKernel, threads: int) -> None:
    before = numba.get_num_threads()
    if threads > before:
        pytest.skip(f"{threads} threads are not to be had here")
    numba.set_num_threads(threads)
    benchmark.group = f"loss and gradient, {fused.norm.name}"
    fused.value_and_gradient(COEFFICIENTS)
    benchmark.pedantic(fused.value_and_gradient, args=(COEFFICIENTS,), rounds=25, warmup_rounds=3)
    numba.set_num_threads(before)


@pytest.mark.parametrize("reference", [reference_by_word, reference_shared])
def test_numpy_loss_and_gradient(benchmark: Any, fused: PhaseKernel, reference: Reference) -> None:
    benchmark.group = f"loss and gradient, {fused.norm.name}"
    loss, gradient = benchmark.pedantic(reference, args=(fused, COEFFICIENTS), rounds=3)
    fast_loss, fast_gradient = fused.value_and_gradient(COEFFICIENTS)
    assert abs(fast_loss - loss) <= 1e-12 * loss
    assert np.max(np.abs(fast_gradient - gradient)) <= 1e-12 * np.max(np.abs(gradient))


def test_gram_matrix(benchmark: Any, gram: PhaseKernel) -> None:
    benchmark.group = "loss, gradient and Gram matrix, l2"
    gram.evaluate(COEFFICIENTS)
    benchmark.pedantic(gram.evaluate, args=(COEFFICIENTS,), rounds=15, warmup_rounds=2)
