"""The right-hand side of a learned equation, evaluated as it was learned: by kernels, or in numpy of little data."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symdcrnn.data.trajectory import Trajectory
from symdcrnn.embedding.grids import check_model_and_data, grid_of
from symdcrnn.embedding.words import coefficients_of_equation, equation_of, space_of_model, stencils_of
from symdcrnn.kernels.norms import find_norm
from symdcrnn.kernels.runtime.binding import bound, spec_of
from symdcrnn.model import Model
from symdcrnn.preprocess.phase_grid import with_words
from symdcrnn.preprocess.residuals.interpreted import interpreted_columns, is_little

Array = NDArray[np.float64]


def right_hand_side(
    model: Model, trajectory: Trajectory, target: str, known: Mapping[str, ArrayLike] | None = None
) -> Array:
    """d/dt of the target at every frame, as the model has it.

    Parameters
    ----------
    model : Model
    trajectory : Trajectory
        With the fields of the model.
    target : str
        Whose equation.
    known : mapping, optional
        sigma_s, sigma_a or source, if the model was learned with them.

    Returns
    -------
    ndarray, axes those of the field, t first
        NaN at points whose stencils leave data that is not periodic.

    Raises
    ------
    InputError
        If a field or function that the equation needs is missing.
    """
    check_model_and_data(model, trajectory, "right_hand_side")
    learned = model[target]
    grid = grid_of(model, trajectory, known)
    space = space_of_model(model, {axis.name: axis.even for axis in trajectory.axes})
    equation = equation_of(model, learned, space)
    shape = [grid.axis(name).size for name in equation.target.axes[1:]]
    if not equation.words:
        return np.zeros((trajectory.frames, *shape))
    spec = spec_of("apply", equation.rate, grid, stencils_of(model), find_norm("l2")).on_one_frame
    kernel = bound(spec, equation.rate, with_words(grid, equation.words), stencils_of(model))
    coefficients, names = coefficients_of_equation(learned, trajectory.epsilon), equation.target.axes[1:]
    spans = {name: kernel.spans[name] for name in names}
    if is_little(equation.rate, grid.frames, spans, 1):
        columns = interpreted_columns(equation.rate, kernel.grid, kernel.stencils, None, spans, names)
        found = np.full((trajectory.frames, *shape), np.nan)
        inside = (slice(None), *(slice(*span) for span in spans.values()))
        found[inside] = np.tensordot(coefficients, columns, 1)
        return found
    rates = kernel.apply(coefficients)
    # Kernels write whole axes first.
    written = (*kernel.program.target_whole, *kernel.target_tiled)
    order = [1 + written.index(name) for name in names]
    return np.ascontiguousarray(np.transpose(rates, (0, *order)))
