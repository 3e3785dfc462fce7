"""What each stage of a fit hands on to the next: frozen records of plain values.

Each is all that the following stages need besides the data and the settings, so a fit can be stopped after any of
them, stored as JSON and taken up again, or taken apart in a test.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from symdcrnn.equation import LearnedFunction, NetworkRecord
from symdcrnn.records import from_record
from symdcrnn.regression.dependence import Dependence
from symdcrnn.scaled_form import ScaleCandidate
from symdcrnn.selection.backward_elimination import Path
from symdcrnn.selection.exact_choice import BestSet
from symdcrnn.settings import FitSettings
from symdcrnn.uncertainty.verdict import Exchange

Record = TypeVar("Record")


@dataclass(frozen=True)
class Measured:
    """What is known of the data before any equation is sought.

    Parameters
    ----------
    settings : FitSettings
        With the scheme that noise in the data asks for.
    noise : dict of str to float
        By field, relative to its standard deviation; empty where the scheme was not chosen for it.
    known : tuple of str
        Functions of x that are given.
    epsilons : tuple of float, or None
        Of each trajectory, where all are known and they differ.
    judge : str or None
        The multistep scheme that words are chosen by; None where that is for the number of frames to say.
    """

    settings: FitSettings
    noise: dict[str, float]
    known: tuple[str, ...]
    epsilons: tuple[float, ...] | None
    judge: str | None = None


@dataclass(frozen=True)
class Prepared:
    """Which words of an equation the data can tell.

    Parameters
    ----------
    words : tuple of str
        Of the right-hand side, by column.
    vanishing : dict of str to str
        Words whose column vanishes in this data, and why.
    powers : tuple of int
        m by column: coefficients are c / epsilon^m.
    candidates : tuple of int
        Columns that may get a constant coefficient.
    functions : tuple of int
        Columns whose coefficient is sought as a function.
    dependences : tuple of Dependence
        Words that others make up in this data alone: it does not tell them apart.
    """

    words: tuple[str, ...]
    vanishing: dict[str, str]
    powers: tuple[int, ...]
    candidates: tuple[int, ...]
    functions: tuple[int, ...]
    dependences: tuple[Dependence, ...] = ()


@dataclass(frozen=True)
class Selected:
    """Which words are in the equation.

    Parameters
    ----------
    path : Path
        Of the elimination.
    chosen : tuple of int
        Columns with a constant coefficient.
    functions : tuple of int
        Columns whose coefficient is a function.
    """

    path: Path
    chosen: tuple[int, ...]
    functions: tuple[int, ...]


@dataclass(frozen=True)
class Fitted:
    """The coefficients of an equation.

    Parameters
    ----------
    scheme : str
        That they are fitted under.
    judge : str
        The scheme that words were chosen by.
    rate : float
        dt times the fastest rate of the equation in this data.
    width : float or None
        Of a norm that needs one.
    coefficients : tuple of float
        By column; zero for words that are not in the equation.
    errors : tuple of float, or None
        Standard errors, of the chosen columns.
    inclusion : tuple of float, or None
        How often resamples choose each column.
    loss, null : float
        Of the equation, and of no equation at all.
    points : int
        Values of the residual.
    converged : bool
    several : bool
        Whether there are enough residuals in time to say how certain the equation is.
    functions : tuple of LearnedFunction
    condition : float
        Of the chosen columns.
    collinear : tuple of (str, str, float)
        Pairs of them that are nearly collinear.
    same : bool
        Whether words were chosen by the same loss.
    exchange : Exchange or None
        The word that stands best for one of the equation, where that was sought.
    exact : BestSet or None
        The best set of as many words, where that was asked for.
    held_out : float or None
        The residual in the last part of the time of the equation fitted to the rest, relative to the left-hand side.
    stability : tuple of float, or None
        How often halves of the data choose each column, where that was asked for and is told.
    """

    scheme: str
    judge: str
    rate: float
    width: float | None
    coefficients: tuple[float, ...]
    errors: tuple[float, ...] | None
    inclusion: tuple[float, ...] | None
    loss: float
    null: float
    points: int
    converged: bool
    several: bool
    functions: tuple[LearnedFunction, ...]
    condition: float
    collinear: tuple[tuple[str, str, float], ...]
    same: bool
    exchange: Exchange | None = None
    exact: BestSet | None = None
    held_out: float | None = None
    stability: tuple[float, ...] | None = None


@dataclass(frozen=True)
class Trained:
    """The networks of an equation.

    Parameters
    ----------
    scales : int
        M.
    scale_candidates : tuple of ScaleCandidate
        What M was chosen from, where it was not given.
    network : NetworkRecord
    """

    scales: int
    scale_candidates: tuple[ScaleCandidate, ...]
    network: NetworkRecord


@dataclass(frozen=True)
class Refitted:
    """The path of the elimination under the scheme that gave the coefficients.

    Parameters
    ----------
    residuals : tuple of (float or None)
        Of each step, relative; None where words were chosen by the same loss, or are too many for passes of their own.
    """

    residuals: tuple[float | None, ...]


def to_json(record: Any) -> str:
    """A record as text."""
    return json.dumps(asdict(record), allow_nan=False)


def from_json(kind: type[Record], text: str) -> Record:
    """The record that `to_json` wrote.

    Raises
    ------
    InputError
        If a value is not what the record needs, saying where.
    """
    found: Record = from_record(kind, json.loads(text), kind.__name__)
    return found
