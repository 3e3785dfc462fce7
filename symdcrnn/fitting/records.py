"""What the fit has found, as the records that a model keeps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.words import Field
from symdcrnn.equation import LearnedFunction, LearnedTerm
from symdcrnn.leastsquares.minimise import minimise
from symdcrnn.leastsquares.regression import Regression
from symdcrnn.regression.constraints import Tie
from symdcrnn.regression.terms import UNIT_WORD, Term
from symdcrnn.selection.backward_elimination import EXACT_TERMS, Path
from symdcrnn.varying_coefficients.regression import SoughtFunctions

Array = NDArray[np.float64]

COLLINEAR = 0.99
"""Columns with a larger correlation are named together: what one of them loses the other can gain."""


def learned_terms(
    terms: Sequence[Term], chosen: Sequence[int], coefficients: Sequence[float], errors: Sequence[float] | None,
    inclusion: Sequence[float] | None, powers: Sequence[int], ties: Sequence[Tie],
) -> tuple[LearnedTerm, ...]:
    """The chosen terms with their coefficients and what resampling says of them, and after them the known ones.

    Parameters
    ----------
    terms : sequence of Term
    chosen : sequence of int
        Columns.
    coefficients, inclusion, powers : sequence
        By column.
    errors : sequence of float, or None
        By chosen column.
    ties : sequence of Tie
    """
    learned = [
        LearnedTerm(
            str(terms[column].word), coefficients[column], error=None if errors is None else errors[number],
            inclusion=None if inclusion is None else inclusion[column], power=powers[column],
        )
        for number, column in enumerate(chosen)
    ]
    of_column = dict(zip(chosen, learned, strict=True))
    following = [
        replace(leader, word=str(terms[tie.follower].word), coefficient=tie.ratio * leader.coefficient,
                error=None if leader.error is None else abs(tie.ratio) * leader.error)
        for tie in ties if (leader := of_column.get(tie.leader)) is not None
    ]
    given = [LearnedTerm(str(term.word), term.known, True) for term in terms if term.known]
    return (*learned, *following, *given)


def collinearity(
    terms: Sequence[Term], chosen: Sequence[int], gram: Array
) -> tuple[float, tuple[tuple[str, str, float], ...]]:
    """The condition number of the chosen columns, scaled to one size, and the pairs that are nearly collinear.

    Parameters
    ----------
    terms : sequence of Term
    chosen : sequence of int
    gram : ndarray, shape (columns, columns)
    """
    if not chosen:
        return 1.0, ()
    block = gram[np.ix_(chosen, chosen)]
    sizes = np.sqrt(np.diag(block))
    correlation = block / np.outer(sizes, sizes)
    values = np.linalg.eigvalsh(correlation)
    smallest = max(float(values[0]), float(np.finfo(float).eps) * len(chosen))
    pairs = tuple(
        (str(terms[chosen[i]].word), str(terms[chosen[j]].word), float(correlation[i, j]))
        for i in range(len(chosen)) for j in range(i + 1, len(chosen)) if abs(correlation[i, j]) > COLLINEAR
    )
    return float(np.sqrt(values[-1] / smallest)), pairs


def learned_functions(
    functions: SoughtFunctions, coefficients: Array, terms: Sequence[Term]
) -> tuple[LearnedFunction, ...]:
    """The functions that were projected out, at their best for the learned constants."""
    if functions.axis is None:
        return ()
    points = {}
    for part in functions.axis.parts:
        start = float(part.points[0]) if part.name == "x" else 0.0
        points[part.name] = tuple(float(point) - start for point in part.points)
    one = next(iter(points.values())) if len(points) == 1 else ()
    return tuple(
        LearnedFunction(str(terms[column].word) or UNIT_WORD, one, tuple(map(float, profile)), functions.axis.name,
                        {} if one else points)
        for column, profile in zip(functions.columns, functions.values(coefficients), strict=True)
    )


def with_function_sizes(functions: SoughtFunctions, coefficients: Array) -> Array:
    """The coefficients, and where one is a function the root of its mean square."""
    found: Array = coefficients.copy()
    found[list(functions.columns)] = np.sqrt(np.mean(functions.values(coefficients) ** 2, axis=1))
    return found


def largest_damping(functions: SoughtFunctions, coefficients: Array, terms: Sequence[Term], target: Field) -> float:
    """The largest size of a function that multiplies the target itself."""
    own = [float(np.max(np.abs(profile)))
           for column, profile in zip(functions.columns, functions.values(coefficients), strict=True)
           if terms[column].word.is_identity and terms[column].word.base == target]
    return max(own, default=0.0)


def refitted_path(
    path: Path, regression: Regression, report: Callable[[str, int, int], None]
) -> tuple[float | None, ...]:
    """The relative residual of each step of the elimination, fitted again where another scheme gave the coefficients.

    Parameters
    ----------
    path : Path
    regression : Regression
        Of the L2 norm, linear.
    report : callable
        Called with the name of the stage, the steps done and all of them.

    Returns
    -------
    tuple of (float or None)
        None for steps with more words than passes are made for.
    """
    found: list[float | None] = []
    start: Array | None = None
    for number, step in enumerate(path.steps):
        residual = None
        if len(step.active) <= EXACT_TERMS:
            best = minimise(regression, step.active, start, limit=3)
            start = best.coefficients
            residual = relative(best.loss, regression.null, True)
            report("refitting the path", number + 1, len(path.steps))
        found.append(residual)
    return tuple(found)


def relative(loss: float, nothing: float, quadratic: bool) -> float:
    """The residual relative to that of no equation, in the norm of the fit."""
    ratio = loss / nothing if nothing > 0.0 else 0.0
    return float(np.sqrt(ratio)) if quadratic else float(ratio)
