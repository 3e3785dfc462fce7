"""Data whose equation is in the dictionary, data whose equation is not, and what is called certain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import symdcrnn
from bench.certainty.waves import FRAMES, POINTS, forced, linear, logistic, trajectory

Array = NDArray[np.float64]

LEVEL = 0.02


@dataclass(frozen=True, eq=False)
class Question:
    """Data, a dictionary, and whether the equation is in it.

    Parameters
    ----------
    name : str
    u : ndarray, shape (frames, points)
        Without noise.
    words : tuple of str
    exact : frozenset of str, or None
        The right words; None where the dictionary lacks one.
    level : float
        Of noise.
    """

    name: str
    u: Array
    words: tuple[str, ...]
    exact: frozenset[str] | None
    level: float = LEVEL


@dataclass(frozen=True)
class Answer:
    """What a fit said.

    Parameters
    ----------
    question : Question
    words : frozenset of str
        Empty where the fit was refused.
    certain : bool
    reasons : tuple of str
        The checks that were not passed.
    """

    question: Question
    words: frozenset[str]
    certain: bool
    reasons: tuple[str, ...]


WORDS = ("u", "u^2", "u^3", "d_x u", "d_xx u", "d_xxx u", "d_x(u^2)", "d_xx(u^2)")


def _without(*left_out: str) -> tuple[str, ...]:
    return tuple(word for word in WORDS if word not in left_out)


def inside() -> list[Question]:
    """Equations that the dictionary has all words of."""
    found = []
    for level in (0.005, 0.02, 0.05, 0.1):
        found += [
            Question("transport and decay", linear(speed=0.7, decay=0.4), WORDS, frozenset({"u", "d_x u"}), level),
            Question("transport and diffusion", linear(speed=0.7, diffusion=0.05), WORDS,
                     frozenset({"d_x u", "d_xx u"}), level),
            Question("transport, diffusion and decay", linear(0.7, 0.04, 0.5), WORDS,
                     frozenset({"u", "d_x u", "d_xx u"}), level),
            Question("transport and dispersion", linear(speed=0.5, dispersion=0.03), WORDS,
                     frozenset({"d_x u", "d_xxx u"}), level),
            Question("growth and transport", logistic(1.0, 1.0), WORDS, frozenset({"u", "u^2", "d_x u"}), level),
        ]
    return found


def outside() -> list[Question]:
    """Equations that no words of the dictionary make."""
    random = np.random.default_rng(7)
    white = random.standard_normal((4, FRAMES, POINTS))
    full = linear(0.7, 0.04, 0.5)

    def varying(rate: float) -> Array:
        return linear(0.7, 0.04, 0.5, time=lambda t: t + 0.5 * (1.0 - np.cos(rate * t)) / rate)

    return [
        Question("missing decay", full, _without("u"), None),
        Question("missing diffusion", linear(0.7, 0.05), _without("d_xx u"), None),
        Question("missing transport", full, _without("d_x u"), None),
        Question("missing dispersion", linear(0.5, dispersion=0.03), _without("d_xxx u"), None),
        Question("missing square", logistic(1.0, 1.0), _without("u^2", "u^3"), None),
        Question("missing decay, 0.5 %", full, _without("u"), None, 0.005),
        Question("missing diffusion, 0.5 %", linear(0.7, 0.05), _without("d_xx u"), None, 0.005),
        Question("missing source", forced(0.7, 0.05), WORDS, None),
        Question("missing source, 0.5 %", forced(0.4, 0.02), WORDS, None, 0.005),
        Question("coefficients that change in time", varying(4.0), WORDS, None),
        Question("coefficients that change in time, slowly", varying(2.0), WORDS, None),
        Question("coefficients that change in time, 0.5 %", varying(3.0), WORDS, None, 0.005),
        Question("noise", white[0], WORDS, None, 0.0),
        Question("noise, fewer words", white[1], ("u", "d_x u", "d_xx u"), None, 0.0),
        Question("random walk", np.cumsum(white[2], axis=0), WORDS, None, 0.0),
        Question("random walk, fewer words", np.cumsum(white[3], axis=0), ("u", "d_x u", "d_xx u"), None, 0.0),
        Question("steady", linear(), WORDS, None),
        Question("steady, 10 %", linear(), WORDS, None, 0.1),
        Question("one wave: many equations have it", linear(0.7, 0.04, modes=((2, 1.0),)), WORDS, None),
        Question("one wave, 0.5 %", linear(0.7, 0.04, 0.5, modes=((1, 1.0),)), WORDS, None, 0.005),
    ]


def ask(question: Question, seed: int) -> Answer:
    """Fit and see."""
    try:
        equation = symdcrnn.fit(trajectory(question.u, question.level, seed), words=question.words,
                                excluded=() if "u" in question.words else ("u:u",))["u"]
    except symdcrnn.InputError as error:
        return Answer(question, frozenset(), False, (str(error),))
    reasons = tuple(f"{check.name}: {check.text}" for check in equation.checks if not check.passed)
    return Answer(question, frozenset(equation.coefficients), equation.certain, reasons)
