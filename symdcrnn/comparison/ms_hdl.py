"""Multiscale hierarchical deep learning with dictionaries for networks (6.11)-(6.14)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from symdcrnn.comparison.dictionary import Estimate, Task
from symdcrnn.errors import InputError
from symdcrnn.kernels.ir.grid import PhaseGrid
from symdcrnn.kernels.norms import find_norm
from symdcrnn.kernels.runtime.binding import bind
from symdcrnn.leastsquares.minimise import minimise
from symdcrnn.preprocess.loaded_frames import LoadedFrames, step_of
from symdcrnn.regression.bound_equation import regression_of
from symdcrnn.scaled_form import scaled_form
from symdcrnn.schemes.multistep import SCHEMES
from symdcrnn.schemes.residual import Column, Residual

Array = NDArray[np.float64]

FRAMES = 12
"""Of the data of each scale: forward Euler over more of them learns nothing new."""


def ms_hdl(task: Task) -> Estimate:
    """One dictionary per time scale, each fitted by forward Euler (4.4) to data of that scale alone.

    The data of a scale must be split off before, as (6.13) does with the exact equation in hand: its words of order
    epsilon^-j are marched by themselves with Dt_j = Dt epsilon^j, so that forward Euler resolves the fastest scale.
    (The paper prints Dt / epsilon^j, which would give the fastest scale the longest step.)

    Parameters
    ----------
    task : Task

    Returns
    -------
    Estimate

    Raises
    ------
    InputError
        If the exact equation is not known: without it the data cannot be split.
    """
    exact = task.exact
    if exact is None:
        raise InputError("ms-hdl needs data split by scale, which only a known equation allows: leave it out")
    values = list(exact.values())
    form = scaled_form(values, 2)
    powers = form.powers if form else (0,) * len(values)
    epsilon = form.epsilon if form else 1.0
    total = dict.fromkeys(task.words, 0.0)
    for power in sorted(set(powers)):
        part = {word: value for (word, value), own in zip(exact.items(), powers, strict=True) if own == power}
        data = split_data(task, part, step_of(task.data) * epsilon**power)
        regression = regression_of(
            SCHEMES["forward-euler"], task.target, task.terms, LoadedFrames(data), task.stencils, find_norm("l2"))
        sizes = np.sqrt(np.diag(regression.evaluate(regression.start).gram))
        seen = [k for k in regression.sought if sizes[k] > 0.0]
        found = minimise(regression, seen)
        for word, value in zip(task.words, found.coefficients, strict=True):
            total[word] += float(value)
    coefficients = {word: value for word, value in total.items() if value}
    steps = f"steps of {step_of(task.data):.1e} times epsilon^j"
    return Estimate(coefficients, f"{steps}, data split by the exact equation")


def split_data(task: Task, part: Mapping[str, float], dt: float) -> PhaseGrid:
    """Frames of d/dt u = the words of one scale, marched by classical Runge-Kutta from the middle of the data.

    The other fields go on as they do in the data.

    Parameters
    ----------
    task : Task
    part : mapping of str to float
        Words of one scale and their exact coefficients.
    dt : float
        Spacing of the new frames.
    """
    form = Residual(task.target, (0.0,), tuple(Column(task.space.word(text), "now", (1.0,)) for text in part))
    kernel = bind("apply", form, task.data.between(0, 1), task.stencils, find_norm("l2"),
                  title=("The words of one scale.",))
    coefficients = np.array(list(part.values()))
    middle = task.data.frames // 2
    step = dt / step_of(task.data)

    def others(at: float) -> dict[str, Array]:
        """At a time in frames after the middle; linear between frames."""
        first = min(middle + int(at), task.data.frames - 2)
        share = middle + at - first
        return {name: (1.0 - share) * values[first:first + 1] + share * values[first + 1:first + 2]
                for name, values in task.data.fields.items() if name != task.target.name}

    def rate(values: Array, at: float) -> Array:
        data = replace(kernel.grid, fields={task.target.name: values[None], **others(at)})
        found: Array = np.nan_to_num(kernel.on_data([data]).apply(coefficients)[0])
        return found

    state = task.data.fields[task.target.name][middle].copy()
    frames = [state]
    for n in range(FRAMES - 1):
        k1 = rate(state, n * step)
        k2 = rate(state + 0.5 * dt * k1, (n + 0.5) * step)
        k3 = rate(state + 0.5 * dt * k2, (n + 0.5) * step)
        k4 = rate(state + dt * k3, (n + 1) * step)
        state = state + dt / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
        frames.append(state)
    marched = {name: np.concatenate([others(n * step)[name] for n in range(FRAMES)])
               for name in task.data.fields if name != task.target.name}
    return replace(task.data, t=dt * np.arange(float(FRAMES)), fields={task.target.name: np.array(frames), **marched})
