"""What is known of the coefficients beforehand: fixed ones, ties between two of them, words that are left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from symdcrnn.data.expressions import parse_number
from symdcrnn.errors import InputError
from symdcrnn.leastsquares.affine import Affine
from symdcrnn.leastsquares.regression import Regression
from symdcrnn.regression.terms import Term, unknown_word
from symdcrnn.settings import FitSettings

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Tie:
    """coefficient[follower] = ratio * coefficient[leader]."""

    follower: int
    leader: int
    ratio: float


def constrained(terms: Sequence[Term], target: str, settings: FitSettings) -> tuple[tuple[Term, ...], tuple[Tie, ...]]:
    """The terms with what is fixed or left out put in, and the ties.

    Parameters
    ----------
    terms : sequence of Term
    target : str
        The field of the equation.
    settings : FitSettings

    Raises
    ------
    InputError
        If a word is not in the equation or named twice.
    """
    names = [str(term.word) for term in terms]
    changed = list(terms)
    ties: list[Tie] = []
    used: set[int] = set()

    def column(word: str) -> int:
        plain = " ".join(word.split())
        if plain not in names:
            raise unknown_word(plain, target, names)
        return names.index(plain)

    def once(word: str) -> int:
        number = column(word)
        if number in used or changed[number].known is not None:
            raise InputError(f"{names[number]!r} of the {target}-equation is given twice: name each word once")
        used.add(number)
        return number

    for word in settings.excluded_from(target):
        number = once(word)
        changed[number] = replace(changed[number], known=0.0)
    for word, value in settings.fixed_in(target):
        number = once(word)
        changed[number] = replace(changed[number], known=parse_number(value))
    for word, value in settings.tied_in(target):
        ratio, _, leader = value.partition("*")
        ties.append(Tie(once(word), column(leader), parse_number(ratio)))
    for tie in ties:
        if tie.leader in used:
            raise InputError(f"{names[tie.follower]!r} is tied to {names[tie.leader]!r}, which is given itself: "
                             f"give {names[tie.follower]!r} in the same way in place of this tie")
    return tuple(changed), tuple(ties)


def check_leaders(terms: Sequence[Term], ties: Sequence[Tie], gone: Mapping[int, str]) -> None:
    """Refuse ties to what the data does not show.

    Parameters
    ----------
    terms : sequence of Term
    ties : sequence of Tie
    gone : mapping of int to str
        Terms that vanish in the data, and why.

    Raises
    ------
    InputError
        If a leader is among them.
    """
    for tie in ties:
        if tie.leader in gone:
            raise InputError(f"{str(terms[tie.follower].word)!r} is tied to {str(terms[tie.leader].word)!r}, whose "
                             f"coefficient this data does not tell ({gone[tie.leader]}): tie it to another word")


def tie_matrix(ties: Sequence[Tie], columns: int) -> Array:
    """What turns the coefficients with those of followers ignored into all of them, shape (columns, columns)."""
    matrix: Array = np.eye(columns)
    for tie in ties:
        matrix[tie.follower] = 0.0
        matrix[tie.follower, tie.leader] = tie.ratio
    return matrix


def tied(regression: Regression, ties: tuple[Tie, ...]) -> Regression:
    """The regression with its ties put in; derivatives by followers are zero, their effect is in their leaders'."""
    if not ties:
        return regression
    return replace(regression, loss=Affine(regression.loss, tie_matrix(ties, regression.columns)))


def with_followers(coefficients: Array, ties: tuple[Tie, ...]) -> Array:
    """The coefficients with those put in that follow others."""
    found: Array = coefficients.copy()
    for tie in ties:
        found[tie.follower] = tie.ratio * coefficients[tie.leader]
    return found
