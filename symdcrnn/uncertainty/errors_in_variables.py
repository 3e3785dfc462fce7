"""Noise in the words themselves: what it adds to the normal equations, and what it makes of the coefficients.

The words of noisy data are noisy, so least squares finds coefficients that are too small, however much data there is.
Noise is independent of the signal and words are linear: the Gram matrix of noisy data is, in the mean, that of the
signal plus that of the noise.  The latter is known, because the noise is white and its level measured: synthetic noise
goes the way of the data, through smoothing, weak form and words, and what it leaves there is subtracted.

The same synthetic noise, added to the data, tells how far noise of this level moves the coefficients.  Noise that is
left after smoothing and weak form is correlated over so much of the data that there are few independent cells of it,
and resampling them would find errors that are too small.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from symdcrnn.kernels.runtime import GridData
from symdcrnn.leastsquares.minimise import Minimum
from symdcrnn.leastsquares.newton import newton_step
from symdcrnn.leastsquares.quadratic import QuadraticModel, total
from symdcrnn.leastsquares.regression import Regression

Array = NDArray[np.float64]
Levels = Mapping[str, float]
Prepare = Callable[[Sequence[GridData]], Sequence[GridData]]

REALISATIONS = 32
"""Of synthetic noise: standard errors from so many are known to an eighth."""

STREAM = 20231
"""Sets the random numbers apart from those of noise that was put into generated data with the same seed."""

MOST_NOISE = 0.8
"""No more of the Gram matrix is taken for noise in any direction: the rest stays definite."""


STEPS = 2
"""Of Newton: the first is exact but for rounding errors, which the second removes."""


@dataclass(frozen=True)
class NoiseStudy:
    """What synthetic noise, of the level that was measured, leaves in the normal equations of an equation.

    Parameters
    ----------
    regression : Regression
        Of the data.
    alone : QuadraticModel
        Of noise without a signal: the mean over all realisations, by the coefficients, at zero.
    changes : tuple of QuadraticModel
        What each realisation changes when it is added to the data, at zero.
    """

    regression: Regression
    alone: QuadraticModel
    changes: tuple[QuadraticModel, ...]


def synthetic_noise(
    data: Sequence[GridData], levels: Sequence[Levels], seed: int | Sequence[int]
) -> tuple[GridData, ...]:
    """White noise in the place of every field, none where no level is given.

    Parameters
    ----------
    data : sequence of GridData
        All trajectories.
    levels : sequence of dict of str to float
        Standard deviations by field, of each trajectory.
    seed : int or sequence of int
    """
    random = np.random.default_rng(seed)
    return tuple(
        replace(one, fields={
            name: level[name] * random.standard_normal(values.shape) if level.get(name) else np.zeros(values.shape)
            for name, values in one.fields.items()
        })
        for one, level in zip(data, levels, strict=True)
    )


def study_noise(
    regression: Regression, raw: Sequence[GridData], data: Sequence[GridData], levels: Sequence[Levels],
    prepare: Prepare, seed: int,
) -> NoiseStudy | None:
    """Send synthetic noise the way of the data.

    Parameters
    ----------
    regression : Regression
        Of the L2 norm.
    raw, data : sequence of GridData
        All trajectories before and after `prepare`.
    levels : sequence of dict of str to float
        Standard deviations of the noise by field, of each trajectory.
    prepare : callable
        From data to what the kernels read; linear in the fields.
    seed : int

    Returns
    -------
    NoiseStudy or None
        None where the loss is no quadratic form of the data, as with functions of x projected out.
    """
    loss = regression.loss
    signal = loss.on_data(data)
    if signal is None or not (loss.linear and loss.norm.quadratic):
        return None
    zero = np.zeros(regression.columns)
    before = signal.evaluate(zero)
    alone, changes = [], []
    for noise in _realisations(raw, levels, prepare, seed):
        noisy = [
            replace(one, fields={name: values + more.fields[name] for name, values in one.fields.items()})
            for one, more in zip(data, noise, strict=True)
        ]
        first, second = loss.on_data(noise), loss.on_data(noisy)
        assert first is not None
        assert second is not None
        alone.append(first.evaluate(zero))
        changes.append(second.evaluate(zero) - before)
    return NoiseStudy(regression, total(alone).scaled(1.0 / len(alone)), tuple(changes))


def _realisations(
    raw: Sequence[GridData], levels: Sequence[Levels], prepare: Prepare, seed: int
) -> Iterator[Sequence[GridData]]:
    for number in range(REALISATIONS):
        yield prepare(synthetic_noise(raw, levels, (seed, number, STREAM)))


@dataclass(frozen=True)
class Corrected:
    """An equation without the bias of noise.

    Parameters
    ----------
    minimum : Minimum
        With the loss of the data as it is.
    errors : ndarray, shape (chosen,)
        Standard errors of the coefficients.
    share : float
        How much of the bias was removed; less than all where noise is most of what the words are made of.
    """

    minimum: Minimum
    errors: Array
    share: float


def correct(study: NoiseStudy, best: Minimum, chosen: Sequence[int]) -> Corrected:
    """The coefficients without the bias of noise, and their standard errors under noise of this level.

    Parameters
    ----------
    study : NoiseStudy
    best : Minimum
        Of the data as it is.
    chosen : sequence of int
        Columns of the equation.
    """
    regression, columns = study.regression, list(chosen)
    share = _share(best.model.gram, study.alone.gram, columns)
    found = best.coefficients.copy()
    for _ in range(STEPS):
        data, noise = regression.evaluate(found, active=columns), study.alone.at(found)
        gram = data.gram - share * noise.gram
        found = found + newton_step(gram, data.gradient - share * noise.gradient, columns)
    model = regression.evaluate(found, active=columns)
    moved = np.array([newton_step(gram, one.at(found).gradient, columns)[columns] for one in study.changes])
    # The correction is the mean of as many realisations, and as uncertain as that.
    few = 1.0 + 1.0 / len(study.changes)
    expected = study.alone.at(found).loss
    # More residual than the noise explains stems from something else, and that moves the coefficients as well.
    unexplained = max(1.0, model.loss / expected) if expected > 0.0 else 1.0
    spread = np.sqrt(few * unexplained) * np.std(moved, axis=0, ddof=1)
    left = (1.0 - share) / share * (found - best.coefficients)[columns]
    return Corrected(replace(best, coefficients=found, model=model), np.hypot(spread, left), share)


def _share(gram: Array, noise: Array, columns: Sequence[int]) -> float:
    """How much of the noise can be subtracted from a Gram matrix that has to stay definite."""
    block = gram[np.ix_(columns, columns)]
    scale = np.sqrt(np.diag(block))
    values, vectors = np.linalg.eigh(block / np.outer(scale, scale))
    root = vectors / np.sqrt(np.maximum(values, np.finfo(float).eps * len(columns)))
    inside = root.T @ (noise[np.ix_(columns, columns)] / np.outer(scale, scale)) @ root
    largest = float(np.linalg.eigvalsh(inside)[-1])
    return 1.0 if largest <= MOST_NOISE else MOST_NOISE / largest
