"""How often the exact coefficient lies within one and within two standard errors, of words that are given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import symdcrnn
from bench.certainty.waves import linear, trajectory
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.problems import PROBLEMS


@dataclass(frozen=True)
class Experiment:
    """Data of known coefficients, drawn anew with each seed.

    Parameters
    ----------
    name, target : str
    draw : callable
        From a seed to noisy data.
    exact : mapping of str to float
    """

    name: str
    target: str
    draw: Callable[[int], Trajectory]
    exact: Mapping[str, float]


def _linear(seed: int) -> Trajectory:
    return trajectory(linear(0.7, 0.04, 0.5), 0.05, seed)


def _burgers(seed: int) -> Trajectory:
    problem = PROBLEMS["burgers"]
    return problem.generate(problem.preset("standard", nx=128, every=16, frames=80, steps=1280), noise=0.05, seed=seed)


def _kinetic(seed: int) -> Trajectory:
    problem = PROBLEMS["transport"]
    return problem.generate(problem.preset("paper", epsilon=1.0, nx=100, velocities=8), noise=0.02, seed=seed)


KINETIC = {"g": -1.0, "v_dx g": -1.0, "<v_dx g>": 1.0, "v_dx rho": -1.0}

EXPERIMENTS = {
    "linear": Experiment("d_t u = -0.7 d_x u + 0.04 d_xx u - u/2, 5 % noise", "u", _linear,
                         {"d_x u": -0.7, "d_xx u": 0.04, "u": -0.5}),
    "burgers": Experiment("Burgers, 5 % noise", "u", _burgers, {"d_x(u^2)": -0.5, "d_xx u": 0.1}),
    "kinetic": Experiment("g of the paper's data, epsilon = 1, 100 points, 2 % noise", "g", _kinetic, KINETIC),
}


def deviations(experiment: Experiment, seeds: Iterable[int]) -> dict[str, list[float]]:
    """Errors of the coefficients in standard errors, by word; a word that a fit leaves out is infinitely far off."""
    found: dict[str, list[float]] = {word: [] for word in experiment.exact}
    for seed in seeds:
        model = symdcrnn.fit(experiment.draw(seed), equations=experiment.target, words=tuple(experiment.exact),
                             scheme="weak")
        terms = {term.word: term for term in model[experiment.target].terms}
        for word, value in experiment.exact.items():
            term = terms.get(word)
            found[word].append(float("inf") if term is None or term.error is None
                               else (term.coefficient - value) / term.error)
    return found


def share_within(values: Iterable[float], width: float) -> float:
    """Which part lies within that many standard errors."""
    sizes = [abs(value) <= width for value in values]
    return sum(sizes) / len(sizes)
