"""The residuals of multistep schemes as functions that other people's solvers call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from numpy.typing import ArrayLike

from symdcrnn.algebra.words import Field, Word
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.embedding.grids import check_model_and_data
from symdcrnn.embedding.right_hand_side import fields_of, structure_of
from symdcrnn.embedding.state_parts import Line, StateWords, Structure, bound_state
from symdcrnn.errors import InputError
from symdcrnn.kernels.ir.linearised import Transposition, WeightedWord
from symdcrnn.kernels.one_state.bound import BoundState, CompiledState
from symdcrnn.model import Model
from symdcrnn.schemes.multistep import residual
from symdcrnn.schemes.runge_kutta import DoubleTableau
from symdcrnn.schemes.scheme import Scheme
from symdcrnn.schemes.table import find_scheme


@dataclass(frozen=True, eq=False)
class ModelResidual:
    """The residual of a multistep scheme for one equation on consecutive frames, and its adjoint.

    Parameters
    ----------
    structure : Structure
        The equation, and coefficients times dt.
    fields : tuple of Field
        All fields of the model, in their order.
    scheme : Scheme
    start : float
        The time of the first frame, unless another one is given.
    step : float
        The distance of the frames.
    """

    structure: Structure
    fields: tuple[Field, ...]
    scheme: Scheme
    start: float
    step: float

    @cached_property
    def bound(self) -> BoundState:
        """The function with all its arguments except the fields, which have a first axis of frames."""
        (equation, first), = self.structure.numbered
        form = residual(self.scheme, equation.target, equation.words)
        words = [WeightedWord(Word((), equation.target), None, 1.0, form.time_weights)]
        words += [WeightedWord(column.word, first + number, -1.0, column.time_weights)
                  for number, column in enumerate(form.columns)]
        return bound_state(StateWords("residual", self.structure, self.structure.grid, {"state": self.fields},
                                      [Line(equation.target, words)], frames=self.scheme.frames),
                           self.start, self.step)

    @cached_property
    def adjoint(self) -> BoundState:
        """The transposed Jacobian: states, then a cotangent of the residual; gradients by every frame come back."""
        (equation, first), = self.structure.numbered
        target = equation.target
        form = residual(self.scheme, target, equation.words)
        transposition = Transposition(self.structure.grid)
        cotangent = self.structure.free("cotangent", target)
        lines = []
        for field in self.fields:
            gradient = transposition.words(equation.words, first, field, cotangent)
            for frame in range(self.scheme.frames):
                weights = [0.0 if one.which is None else form.columns[one.which - first].time_weights[frame]
                           for one in gradient]
                words = [replace(one, factor=-weight * one.factor)
                         for one, weight in zip(gradient, weights, strict=True)]
                if field == target:
                    words.append(WeightedWord(Word((), cotangent), None, form.time_weights[frame]))
                lines.append(Line(field, words if any(one.factor for one in words) else [], frame))
        return bound_state(StateWords("residual_adjoint", self.structure, transposition.measured,
                                      {"state": self.fields, "cotangent": (target,)}, lines, {target: cotangent},
                                      self.scheme.frames), self.start, self.step)

    @property
    def compiled(self) -> CompiledState:
        """The compiled function."""
        return self.bound.compiled


def model_residual(
    model: Model, trajectory: Trajectory, target: str, scheme: str | None = None,
    known: Mapping[str, ArrayLike] | None = None,
) -> ModelResidual:
    """The compiled residual of a scheme for one equation of a model.

    Parameters
    ----------
    model : Model
    trajectory : Trajectory
        Whose grid, dt, epsilon and known functions are taken.
    target : str
        Whose equation.
    scheme : str, optional
        The multistep scheme; that of the fit by default.
    known : mapping, optional
        sigma_s, sigma_a or source, if the model was learned with them.

    Raises
    ------
    InputError
        If the scheme has stages, the frames are uneven, or a field or function is missing.
    """
    check_model_and_data(model, trajectory, "model_residual")
    found = find_scheme(scheme or model[target].scheme)
    if isinstance(found, DoubleTableau):
        raise InputError(f"{found.name} has stages, so its residual is not one function: choose a multistep scheme")
    if not trajectory.even_times:
        raise InputError("the frames are unevenly spaced: residuals for other solvers are those of even frames")
    structure = structure_of(model, trajectory, target, known)
    scaled = replace(structure, coefficients=trajectory.dt * structure.coefficients)
    return ModelResidual(scaled, fields_of(model, structure), found, float(trajectory.t[0]), trajectory.dt)
