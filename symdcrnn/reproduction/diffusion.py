"""Table 15: the rho-equation is kinetic or diffusive, and at small epsilon the data does not tell which."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

import symdcrnn
from symdcrnn.data.expressions import parse_number
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.kernels.norms import find_norm
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.leastsquares.minimise import minimise
from symdcrnn.networks.objective import square_root
from symdcrnn.preprocess.loaded_frames import loaded_frames
from symdcrnn.regression.bound_equation import regression_of
from symdcrnn.regression.dictionary import space_of
from symdcrnn.regression.terms import Term
from symdcrnn.reproduction.item import Column, Computed
from symdcrnn.schemes.multistep import SCHEMES

Array = NDArray[np.float64]

COLUMNS = (
    Column("label", "epsilon"), Column("paper", "paper: d_xx rho, <v_dx g>"), Column("ours", "ours, sparse IMEX-BDF2"),
    Column("floor", "condition number", ".1e"), Column("verdict", "verdict"),
    Column("best", "all words, best scheme"), Column("seconds", "seconds", ".1f"),
)

PAPER = {
    "1/16": (-0.000141, -0.993171), "1/256": (-0.0436861, -1.042619), "1/2048": (0.985353, -0.003806),
    "1/4096": (0.985596, 0.010862),
}
WORDS = ("d_xx rho", "<v_dx g>")

SPARSITY = 1e-5
"""gamma of (5.15), in units of the loss of no equation; the paper does not print its own."""


def diffusion_row(epsilon: str) -> Computed:
    """Both words offered to the rho-equation, with sigma_S = 1/3, so that d_xx rho has the coefficient 1 in (2.7).

    Parameters
    ----------
    epsilon : str
        A key of `PAPER`.
    """
    paper, trajectory = PAPER[epsilon], diffusive_data(epsilon)
    started = time.perf_counter()
    ours, condition = sparse_pair(trajectory)
    seconds = time.perf_counter() - started
    model = symdcrnn.fit(trajectory, equations="rho", layers=1, operators=("I", "v_dx", "mean", "d_xx"), starts=1)
    same = int(np.argmax(np.abs(ours))) == int(np.argmax(np.abs(paper)))
    return Computed({
        "label": epsilon, "paper": _pair(paper), "ours": _pair(ours), "floor": condition,
        "verdict": ("the same equation" if same else "the other equation"),
        "best": model["rho"].text, "seconds": seconds,
    })


def diffusive_data(epsilon: str) -> Trajectory:
    """The data of example 6.10; below 1/2048 the solver needs half the step."""
    value = parse_number(epsilon)
    finer: dict[str, Any] = {} if value >= 1 / 2048 else {"dt": 2.5e-7, "every": 16, "steps": 896}
    return symdcrnn.generate(symdcrnn.preset("paper", epsilon=value, sigma_s="1/3", **finer))


def sparse_pair(trajectory: Trajectory) -> tuple[Array, float]:
    """The coefficients of least loss plus sparsity under IMEX-BDF2, and the condition number of the two columns.

    Parameters
    ----------
    trajectory : Trajectory
    """
    from sklearn.linear_model import lasso_path

    space = space_of(trajectory)
    terms = [Term(space.word(word)) for word in WORDS]
    regression = regression_of(SCHEMES["imex-bdf2"], space.variables["rho"], terms, loaded_frames(trajectory),
                               Stencils(), find_norm("l2"))
    nothing = regression.evaluate(regression.start).loss
    free = minimise(regression, regression.sought)
    gram = free.model.gram / nothing
    root = square_root(gram)
    # scikit-learn divides the squares by the number of rows, of which there are two.
    _, path, _ = lasso_path(root * np.sqrt(2.0), root @ free.coefficients * np.sqrt(2.0), alphas=[SPARSITY],
                            max_iter=10_000_000, tol=1e-14)
    sizes = np.sqrt(np.diag(gram))
    values = np.linalg.eigvalsh(gram / np.outer(sizes, sizes))
    return path[:, 0], float(np.sqrt(values[-1] / values[0]))


def _pair(numbers: Array | tuple[float, ...]) -> str:
    return ", ".join(f"{number:.4f}" for number in numbers)
