"""The learned model: equations, how they were learned, and the JSON file that holds them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike

from symdcrnn.data.axes import spacing
from symdcrnn.data.files.atomic import replacing
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.data.units import units_of
from symdcrnn.equation import LearnedEquation
from symdcrnn.errors import InputError
from symdcrnn.given import check_mappings, check_path, described
from symdcrnn.records import from_record
from symdcrnn.scoring import error_percent, error_with_spurious_percent
from symdcrnn.settings import FitSettings

if TYPE_CHECKING:
    import sympy

    from symdcrnn.embedding.residuals import ModelResidual
    from symdcrnn.embedding.right_hand_side import FieldAt, RightHandSide
    from symdcrnn.limits.result import Limit
    from symdcrnn.plots import Plots

FORMAT = "symdcrnn model"
VERSION = 2


@dataclass(frozen=True)
class AxisSummary:
    """One axis of the data of a model.

    Parameters
    ----------
    name : str
    role : str
        ``space``, ``velocity`` or ``index``.
    size : int
        How many points it has.
    spacing : float or None
        Their distance, None where they are uneven.
    periodic : bool
    weighted : bool
        Whether averages over it have weights.
    ordered : bool
        Whether its points have an order, so that there are stencils along it.
    """

    name: str
    role: str
    size: int
    spacing: float | None
    periodic: bool
    weighted: bool
    ordered: bool


@dataclass(frozen=True)
class DataSummary:
    """What the model was learned from.

    Parameters
    ----------
    fields : dict of str to tuple of str
        Names and axes, ``t`` first.
    axes : tuple of AxisSummary
        In storage order, without t.
    frames : int
        Of the first trajectory.
    dt : float or None
        Their distance, None where they are uneven.
    known : tuple of str
        Which functions of x were given.
    coordinates, functions : dict of str to tuple of str
        Named coordinates and known functions, and what they depend on.
    trajectories : int
        How many there were; the sizes are those of the first.
    noise : dict of str to float
        Noise that was found, by field, relative to its standard deviation; the weak form and the smoothing of the
        settings were chosen for it.  Empty for clean data, or where the scheme was asked for.
    units : dict of str to str
        Of axes, fields and functions, as the data gives them.
    """

    fields: dict[str, tuple[str, ...]]
    axes: tuple[AxisSummary, ...]
    frames: int
    dt: float | None
    known: tuple[str, ...]
    coordinates: dict[str, tuple[str, ...]]
    functions: dict[str, tuple[str, ...]]
    trajectories: int = 1
    noise: dict[str, float] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls, trajectories: Sequence[Trajectory], known: tuple[str, ...], noise: Mapping[str, float]
    ) -> DataSummary:
        """The summary of some trajectories; arguments as the fields of the class."""
        one = trajectories[0]
        axes = tuple(
            AxisSummary(axis.name, axis.role, axis.size, spacing(axis.coordinate), axis.periodic,
                        axis.weights is not None, axis.ordered)
            for axis in one.axes
        )
        return cls(
            fields={name: one.axes_of(name) for name in one.field_names}, axes=axes, frames=one.frames,
            dt=spacing(one.t), known=known, coordinates={name: on for name, (on, _) in one.coordinates.items()},
            functions={name: one.axes_of(name) for name in one.profile_names},
            trajectories=len(trajectories), noise=dict(noise), units=units_of(one),
        )

    def size(self, axis: str) -> int:
        """The points of an axis; 1 if there is none of that name."""
        return next((one.size for one in self.axes if one.name == axis), 1)


@dataclass(frozen=True)
class Model:
    """Learned equations with all that is needed to use them again.

    Parameters
    ----------
    equations : tuple of LearnedEquation
        One per target.
    settings : FitSettings
        Of the fit.
    data : DataSummary
        What it was learned from.
    errors : dict
        By target: percent and percent with spurious terms, where the data carries its exact equation.
    seconds : float
        How long the fit took.
    """

    equations: tuple[LearnedEquation, ...]
    settings: FitSettings
    data: DataSummary
    errors: dict[str, tuple[float, float]]
    seconds: float

    @classmethod
    def of(
        cls, trajectories: Sequence[Trajectory], settings: FitSettings, known: tuple[str, ...],
        equations: tuple[LearnedEquation, ...], seconds: float, noise: Mapping[str, float],
    ) -> Model:
        """A model with a summary of its data, scored where the exact equation is known: by the worst trajectory."""
        from symdcrnn.results.units import with_units

        summary = DataSummary.of(trajectories, known, noise)
        errors = {}
        for equation in equations:
            truths = [(one.exact or {}).get(equation.target) for one in trajectories]
            pairs = [({**equation.at(one.epsilon), **equation.means}, truth)
                     for one, truth in zip(trajectories, truths, strict=True) if truth is not None]
            if len(pairs) == len(trajectories) and all(_comparable(equation, pair[1]) for pair in pairs):
                errors[equation.target] = (max(error_percent(*pair) for pair in pairs),
                                           max(error_with_spurious_percent(*pair) for pair in pairs))
        return with_units(cls(equations, settings, summary, errors, seconds))

    def __getitem__(self, target: str) -> LearnedEquation:
        for equation in self.equations:
            if equation.target == target:
                return equation
        raise InputError(
            f"the model has no equation of {target!r}: it has {', '.join(e.target for e in self.equations)}"
        )

    def __str__(self) -> str:
        """The equations, one per line."""
        return "\n".join(equation.verdict for equation in self.equations)

    def __repr__(self) -> str:
        """A few lines: the data, and the equations."""
        from symdcrnn.results.shown import model_text

        return model_text(self)

    def _repr_html_(self) -> str:
        from symdcrnn.results.shown import model_html

        return model_html(self)

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    @property
    def epsilon(self) -> float | None:
        """The epsilon of the scaled form, of the equation with the most scales."""
        forms = [equation.scaled for equation in self.equations]
        found = [form for form in forms if form is not None]
        return max(found, key=lambda form: (max(form.powers), -form.spread)).epsilon if found else None

    @property
    def converged(self) -> bool:
        """Whether every fit and every training converged."""
        return all(equation.converged and equation.network.converged for equation in self.equations)

    def report(self) -> dict[str, Any]:
        """The JSON object that ``fit --json`` and ``inspect --json`` print, as docs/report.schema.json describes it."""
        from symdcrnn.results.report import model_report

        return model_report(self)

    def to_dict(self) -> dict[str, Any]:
        """The model as plain lists and dicts, the content of its file."""
        return {"format": FORMAT, "version": VERSION, **asdict(self)}

    def to_json(self) -> str:
        """The content of the model's file, which `load_model` reads."""
        return json.dumps(self.to_dict(), indent=1, allow_nan=False)

    def latex(self, target: str | None = None) -> str:
        """All equations or that of one field for math mode, see `symdcrnn.embedding.typeset.model_latex`."""
        from symdcrnn.embedding.typeset import model_latex

        return model_latex(self, target)

    def sympy(self, target: str | None = None) -> dict[str, sympy.Eq]:
        """All equations or that of one field in sympy, see `symdcrnn.results.symbols.sympy_equations`."""
        from symdcrnn.results.symbols import sympy_equations

        return sympy_equations(self, target)

    def written(self, form: str, target: str | None = None) -> str:
        """The equations as text of a form: latex, sympy, json, numba or c99; see `symdcrnn.results.forms.written`."""
        from symdcrnn.results.forms import written

        return written(self, form, target)

    def rhs(
        self, trajectory: Trajectory, known: Mapping[str, ArrayLike] | None = None, given: FieldAt | None = None
    ) -> RightHandSide:
        """The compiled right-hand side of all equations on the grid of a trajectory, for solvers.

        ``rhs(t, y)`` is what scipy's solvers call, ``rhs.compiled.function`` what a numba function calls,
        ``rhs.compiled.address`` what C calls, and ``rhs.adjoint`` the transposed Jacobian.  See
        `symdcrnn.embedding.right_hand_side.model_rhs` and docs/embedding.md.
        """
        from symdcrnn.embedding.right_hand_side import model_rhs

        return model_rhs(self, trajectory, known, given)

    def residual(
        self, trajectory: Trajectory, target: str, scheme: str | None = None,
        known: Mapping[str, ArrayLike] | None = None,
    ) -> ModelResidual:
        """The compiled residual of a multistep scheme for one equation, with its adjoint.

        See `symdcrnn.embedding.residuals.model_residual`.
        """
        from symdcrnn.embedding.residuals import model_residual

        return model_residual(self, trajectory, target, scheme, known)

    @property
    def plot(self) -> Plots:
        """Pictures: ``model.plot.path()``, ``model.plot.residual(trajectory)``; see `symdcrnn.plots.Plots`."""
        from symdcrnn.plots import Plots

        return Plots(self)

    def limit(
        self, order: int = 0, small: str | None = None, large: str | None = None, epsilon: float | None = None,
        powers: Mapping[str, int] | None = None, velocities: Mapping[str, str] | None = None,
        data: Trajectory | None = None,
    ) -> Limit:
        """The equations that are left where epsilon is small, with their corrections; see docs/limits.md.

        Parameters
        ----------
        order : int
            The highest power of epsilon that is kept.
        small, large : str, optional
            A known function that is small or large, in place of the scales of the coefficients.
        epsilon : float, optional
            The small parameter, in place of that of the scaled form.
        powers : mapping of str to int, optional
            By ``EQUATION:WORD``, the power of 1/epsilon in a coefficient, in place of that which its size tells.
        velocities : mapping of str to str, optional
            What averages over a velocity axis are, in place of what the grid suggests: ``legendre``, ``hermite``,
            ``line``, ``two``, ``circle``.
        data : Trajectory, optional
            Whose points and weights averages are taken over instead.

        Raises
        ------
        InputError
            If there is no small parameter or no slow variable, with the reason.
        """
        from symdcrnn.limits.limit import limit_of_model

        return limit_of_model(self, order, small, large, epsilon, powers, velocities, data)

    def form(
        self, name: str, epsilon: float | None = None, velocities: Mapping[str, str] | None = None,
        data: Trajectory | None = None, field: str = "f", density: str = "rho", micro: str = "g",
    ) -> Model:
        """The equations of f as those of rho and g (``micro-macro``), or back (``kinetic``), see docs/forms.md."""
        from symdcrnn.forms.of_equations import form

        return form(self, name, epsilon, velocities, data, field, density, micro)

    def moments(
        self, order: int, close: bool = False, field: str = "f", velocities: Mapping[str, str] | None = None,
        data: Trajectory | None = None,
    ) -> Model:
        """The equations of moments m0, m1, ... of f, see `symdcrnn.forms.moments.model_moments`."""
        from symdcrnn.forms.moments import model_moments

        return model_moments(self, order, close, field, velocities, data)

    def scaled(self, **factors: float) -> Model:
        """The equations in other units of axes and fields, see `symdcrnn.forms.scaling.model_scaled`."""
        from symdcrnn.forms.scaling import model_scaled

        return model_scaled(self, factors)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the model to a JSON file, whole or not at all.

        Raises
        ------
        InputError
            If the file cannot be written.
        """
        check_path(path, "give the name of a .json file")
        text = self.to_json()
        try:
            with replacing(path) as temporary:
                Path(temporary).write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            raise InputError(f"{path}: cannot be written ({error.strerror}): choose another file") from None


def _comparable(equation: LearnedEquation, exact: Mapping[str, float]) -> bool:
    """Whether the words of an exact equation are among those that were tried: others may be the same in other words."""
    tried = {*equation.coefficients, *equation.vanishing, *(equation.path[0].words if equation.path else ())}
    return set(exact) <= tried


def model_from_dict(content: Mapping[str, Any]) -> Model:
    """The model that `Model.to_dict` described.

    Raises
    ------
    InputError
        If it is not a model, of another version, or damaged.
    """
    check_mappings(model=content)
    if content.get("format") != FORMAT:
        raise InputError("not a symdcrnn model: give a file that `symdcrnn fit -o` has written")
    if content.get("version") != VERSION:
        raise InputError(
            f"a model of version {described(content.get('version'))}, but this symdcrnn reads {VERSION}: fit it again"
        )
    body = {name: value for name, value in content.items() if name not in ("format", "version")}
    model: Model = from_record(Model, body, "model")
    return model


def load_model(path: str | PathLike[str]) -> Model:
    """Read a model from its JSON file.

    Raises
    ------
    InputError
        If the file is missing, not JSON, not a model, or damaged.
    """
    check_path(path, "give the JSON file that `symdcrnn fit -o` or Model.save has written")
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}): check the name of the file") from None
    except (ValueError, RecursionError):
        raise InputError(f"{path}: not a model, it is not JSON: give a file written by `symdcrnn fit -o`") from None
    if not isinstance(content, dict):
        raise InputError(f"{path}: not a model: give a file written by `symdcrnn fit -o`")
    try:
        return model_from_dict(content)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
