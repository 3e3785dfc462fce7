"""Learned equations of f as those of rho and g, and back: eq. (2.1) and eqs. (2.4), (2.5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from symdcrnn.algebra.axes import TIME
from symdcrnn.algebra.operators import Operator
from symdcrnn.algebra.phase_space import PhaseSpace, phase_space
from symdcrnn.algebra.relations.calculus import Calculus
from symdcrnn.algebra.rules import Quadrature
from symdcrnn.algebra.words import UNIT, Field, Word
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.embedding.words import space_of_model
from symdcrnn.equation import LearnedEquation
from symdcrnn.errors import InputError, lookup
from symdcrnn.forms.checks import check_new, scale_of
from symdcrnn.forms.derived import Sums, derived_model
from symdcrnn.forms.equality import Sameness
from symdcrnn.forms.substitution import Image, image
from symdcrnn.forms.sums import Part, Source, summed
from symdcrnn.limits.equations.scaling import epsilon_of
from symdcrnn.limits.equations.velocities import measures_of
from symdcrnn.limits.expansion.hierarchy import Hierarchy
from symdcrnn.limits.expansion.measures import Measure
from symdcrnn.model import Model
from symdcrnn.regression.dictionary import own_operators
from symdcrnn.regression.terms import UNIT_WORD


@dataclass(frozen=True)
class Names:
    """Those of the distribution, its density and the rest."""

    field: str = "f"
    density: str = "rho"
    micro: str = "g"


@dataclass(frozen=True)
class Setting:
    """What words of both forms are made of.

    Parameters
    ----------
    space : PhaseSpace
        With the fields of both.
    same : Sameness
    epsilon : float or None
        None where coefficients keep their powers of it.
    f, rho, g : Field
    average : tuple of Operator
        Over the velocities of f.
    """

    space: PhaseSpace
    same: Sameness
    epsilon: float | None
    f: Field
    rho: Field
    g: Field
    average: tuple[Operator, ...]

    def parts(self, learned: LearnedEquation, leaves: Mapping[Field, Image]) -> list[Part]:
        """The right-hand side of an equation after fields were replaced."""
        found = []
        sources: list[Source] = [*learned.terms, *learned.functions]
        for number, source in enumerate(sources):
            power = getattr(source, "power", 0)
            word = Word.of((), UNIT) if source.word == UNIT_WORD else self.space.word(source.word)
            for (made, more), factor in image(word, leaves, self.same.vanishes).items():
                found.append(self.part(made, factor, power, more, (learned.target, number), source))
        return found

    def part(self, word: Word, factor: float, power: int, more: int, name: tuple[str, int], source: Source) -> Part:
        """A part with numbers in place of powers of epsilon, where it is known."""
        if self.epsilon is not None:
            return Part(word, factor * self.epsilon ** (more - power), 0, name, source)
        return Part(word, factor, power - more, name, source)

    def times(self, parts: list[Part], factor: float, power: int) -> list[Part]:
        """All parts times a number and a power of epsilon."""
        if self.epsilon is not None:
            return [replace(one, factor=one.factor * factor * self.epsilon**power) for one in parts]
        return [replace(one, factor=one.factor * factor, power=one.power - power) for one in parts]

    def mean(self, parts: list[Part]) -> list[Part]:
        """The averages of all parts; functions of the velocity have none that is a word."""
        found = []
        for one in parts:
            velocities = set(getattr(one.source, "points", {})) & set(_velocities(self.space))
            if velocities:
                raise InputError(f"the coefficient of {one.word} is a function of {', '.join(sorted(velocities))}: its "
                                 "average is no coefficient times a word")
            word = one.word.after(self.average)
            if not self.same.vanishes(word):
                found.append(replace(one, word=word))
        return found


def form(
    model: Model, name: str, epsilon: float | None = None, velocities: Mapping[str, str] | None = None,
    data: Trajectory | None = None, field: str = "f", density: str = "rho", micro: str = "g",
) -> Model:
    """The same equations in another form of f = rho + epsilon g, <g> = 0.

    Parameters
    ----------
    model : Model
    name : str
        ``micro-macro``: those of rho and g in place of that of f; ``kinetic``: the other way.
    epsilon : float, optional
        In place of that of the scaled form.
    velocities, data
        What averages are, see `symdcrnn.model.Model.limit`.
    field, density, micro : str
        The names of f, rho and g.

    Raises
    ------
    InputError
        If an equation or epsilon is missing, a name is taken, or a word is no polynomial of what is replaced.
    """
    return lookup(FORMS, name, "form")(model, epsilon, data, velocities, Names(field, density, micro))


def to_micro_macro(model: Model, epsilon: float | None, data: Trajectory | None,
                   velocities: Mapping[str, str] | None, names: Names) -> Model:
    """The equations of rho and g of those of f."""
    _check_there(model, (names.field,))
    check_new((names.density, names.micro), set(model.data.fields) - {names.field}, "model")
    axes = model.data.fields[names.field]
    known = _setting(model, epsilon, data, velocities, names, axes)
    leaves: dict[Field, Image] = {known.f: {(Word((), known.rho), 0): 1.0, (Word((), known.g), 1): 1.0}}
    found: dict[str, Sums] = {}
    for learned in model.equations:
        parts = known.parts(learned, leaves)
        if learned.target != names.field:
            found[learned.target] = summed(parts, known.same)
            continue
        mean = known.mean(parts)
        found[names.micro] = summed([*known.times(parts, 1.0, -1), *known.times(mean, -1.0, -1)], known.same)
        found[names.density] = summed(mean, known.same)
    fields = _replaced(model, (names.field,), {names.density: known.rho.axes, names.micro: known.g.axes})
    return derived_model(model, replace(model.data, fields=fields, units=_units(model, names.field, names.density,
                                                                                names.micro)), found, model.equations)


def to_kinetic(model: Model, epsilon: float | None, data: Trajectory | None,
               velocities: Mapping[str, str] | None, names: Names) -> Model:
    """The equation of f of those of rho and g."""
    _check_there(model, (names.density, names.micro))
    check_new((names.field,), set(model.data.fields) - {names.density, names.micro}, "model")
    axes = model.data.fields[names.micro]
    known = _setting(model, epsilon, data, velocities, names, axes)
    if set(known.rho.axes) != set(model.data.fields[names.density]):
        raise InputError(f"{names.density} is no density of {names.micro}: it has other axes")
    f = Word((), known.f)
    mean = f.after(known.average)
    leaves: dict[Field, Image] = {known.rho: {(mean, 0): 1.0}, known.g: {(f, -1): 1.0, (mean, -1): -1.0}}
    by_target = {learned.target: known.parts(learned, leaves) for learned in model.equations}
    total = [*by_target.pop(names.density), *known.times(by_target.pop(names.micro), 1.0, 1)]
    found = {names.field: summed(total, known.same),
             **{target: summed(parts, known.same) for target, parts in by_target.items()}}
    fields = _replaced(model, (names.density, names.micro), {names.field: known.f.axes})
    return derived_model(model, replace(model.data, fields=fields, units=_units(model, names.density, names.field)),
                         found, model.equations)


FORMS: dict[str, Callable[[Model, float | None, Trajectory | None, Mapping[str, str] | None, Names], Model]] = {
    "micro-macro": to_micro_macro,
    "kinetic": to_kinetic,
}
"""Forms of an equation by name."""


def _setting(model: Model, epsilon: float | None, data: Trajectory | None, velocities: Mapping[str, str] | None,
             names: Names, axes: tuple[str, ...]) -> Setting:
    space = space_of_model(model)
    along = tuple(axis for axis in axes if axis in _velocities(space))
    if not along:
        raise InputError(f"the field of axes ({', '.join(axes)}) has no velocity among them with averages: there is no "
                         "density")
    rest = tuple(axis for axis in axes if axis not in along)
    f, rho, g = Field(names.field, axes), Field(names.density, rest), Field(names.micro, axes)
    others = [one for one in space.fields if one.name not in (names.field, names.density, names.micro)]
    whole = phase_space(space.axes, [*others, f, rho, g], model.data.coordinates, own_operators(model.settings))
    measures, _ = measures_of(model, space, set(axes), velocities or {}, data, None)
    same = Sameness(Hierarchy(Calculus(whole), tuple(map(_without_decay, measures))), (g,))
    return Setting(whole, same, epsilon_of_form(model, epsilon), f, rho, g, _average(whole, along))


def _without_decay(measure: Measure) -> Measure:
    """rho is constant in the velocity and does not decay: there is no integration by parts on a line."""
    return replace(measure, ends="none") if measure.ends == "decay" else measure


def _average(space: PhaseSpace, along: tuple[str, ...]) -> tuple[Operator, ...]:
    mean = space.operators["mean"]
    if mean.averaged_axes == set(along):
        return (mean,)
    return tuple(space.operators.get(f"mean_{axis}") or Operator(f"mean_{axis}", Quadrature(axis)) for axis in along)


def epsilon_of_form(model: Model, given: float | None) -> float | None:
    """The epsilon of f = rho + epsilon g; None where coefficients keep their powers of it.

    Raises
    ------
    InputError
        If it is not given and the model does not tell it.
    """
    if given is not None:
        return scale_of(given, None, "the model")
    try:
        return epsilon_of(model, None)
    except InputError:
        return scale_of(None, None, "the model")


def _velocities(space: PhaseSpace) -> tuple[str, ...]:
    return tuple(axis.name for axis in space.axes if axis.role == "velocity")


def _check_there(model: Model, names: tuple[str, ...]) -> None:
    targets = [learned.target for learned in model.equations]
    lacking = [name for name in names if name not in targets or TIME not in model.data.fields.get(name, ())]
    if lacking:
        raise InputError(f"the model has no equation of {lacking[0]!r}: it has those of {', '.join(targets)}")


def _replaced(
    model: Model, gone: tuple[str, ...], made: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    return {**made, **{name: axes for name, axes in model.data.fields.items() if name not in gone}}


def _units(model: Model, source: str, *made: str) -> dict[str, str]:
    units = dict(model.data.units)
    return {**units, **{name: units[source] for name in made if source in units}}
