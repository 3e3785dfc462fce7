"""Moments of learned equations: those of m_l = <P_l(v) f>, closed by nothing beyond the last one or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import sympy

from symdcrnn.algebra.phase_space import phase_space
from symdcrnn.algebra.relations.calculus import Calculus, Jet
from symdcrnn.algebra.relations.continuum import form_of
from symdcrnn.algebra.relations.expansion import expanded
from symdcrnn.algebra.words import UNIT, Field, Word
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.embedding.words import space_of_model
from symdcrnn.equation import LearnedEquation
from symdcrnn.errors import InputError
from symdcrnn.forms.checks import check_new
from symdcrnn.forms.derived import Sums, derived_model
from symdcrnn.forms.equality import Sameness
from symdcrnn.forms.of_data import moment_names, moment_number
from symdcrnn.forms.sums import Part, Source, summed
from symdcrnn.limits.equations.velocities import measures_of
from symdcrnn.limits.expansion.hierarchy import Hierarchy
from symdcrnn.limits.expansion.measures import Measure
from symdcrnn.model import Model
from symdcrnn.regression.dictionary import own_operators
from symdcrnn.regression.terms import UNIT_WORD

ENDS = " at "
"""In the names of values at the ends of the velocities."""

LEGENDRE = ("legendre", "two")
"""Measures of velocities in [-1, 1]."""

WITHIN = 1.0 + 1e-9
"""The largest of such velocities, but for rounding."""


@dataclass(frozen=True)
class Moments:
    """The moments of one field.

    Parameters
    ----------
    hierarchy : Hierarchy
    field : Field
    measure : Measure
    order : int
        The highest that has an equation.
    closed : bool
        Whether those beyond are zero.
    legendre : bool
        Whether they are those of Legendre polynomials, and not of powers of the velocity.
    """

    hierarchy: Hierarchy
    field: Field
    measure: Measure
    order: int
    closed: bool
    legendre: bool

    def named(self, number: int) -> Field:
        """The field of a moment."""
        return Field(f"m{number}", tuple(axis for axis in self.field.axes if axis != self.measure.axis))

    def polynomial(self, number: int) -> Mapping[int, sympy.Rational]:
        """P_l, or v^l where velocities are not those of [-1, 1], by the power of v."""
        if not self.legendre:
            return {number: sympy.Integer(1)}
        v = sympy.Symbol("v")
        return {power: factor for (power,), factor in sympy.Poly(sympy.legendre(number, v), v).terms()}

    def inverse(self, power: int) -> Mapping[int, sympy.Rational]:
        """v^k by the number of the polynomial."""
        rest, found = {power: sympy.Integer(1)}, {}
        while rest:
            highest = max(rest)
            leading = self.polynomial(highest)
            factor = found[highest] = rest[highest] / leading[highest]
            for one, value in leading.items():
                rest[one] = rest.get(one, sympy.Integer(0)) - factor * value
            rest = {one: value for one, value in rest.items() if value != 0}
        return found

    def of(self, value: sympy.Expr, number: int | None) -> sympy.Expr:
        """A moment of a formula, or the formula itself where it has no velocity, in moments of the field.

        Raises
        ------
        InputError
            If its moments do not follow from those of the field.
        """
        rate = self.hierarchy.in_variables(value) if number is None else sympy.Add(
            *(factor * self.hierarchy.moment(value, ((power,),)) for power, factor in self.polynomial(number).items()))
        known = {}
        powers = {variable: moment.powers[0][0] for moment, variable in self.hierarchy.variables.items()}
        value = expanded(rate)
        for symbol in value.free_symbols:
            atom = self.hierarchy.atom(symbol)
            if ENDS in str(symbol):
                raise InputError(f"a derivative along the velocity leaves the value of {symbol}: where the field "
                                 "vanishes at the ends choose the measure line")
            if isinstance(atom, Jet) and isinstance(atom.of, Field) and atom.of in powers:
                known[symbol] = self._moments(atom, powers[atom.of])
        return expanded(value.xreplace(known))

    def _moments(self, atom: Jet, power: int) -> sympy.Expr:
        terms = []
        for number, factor in self.inverse(power).items():
            field = self.named(number)
            if number <= self.order or not self.closed:
                terms.append(factor * self.hierarchy.calculus.symbol(Jet(field, atom.orders, frozenset(field.axes))))
        return sympy.Add(*terms)


def model_moments(
    model: Model, order: int, close: bool = False, field: str = "f", velocities: Mapping[str, str] | None = None,
    data: Trajectory | None = None,
) -> Model:
    """The equations of moments m0, m1, ... of a field, as `symdcrnn.moments_of` makes them of data.

    Parameters
    ----------
    model : Model
    order : int
        The highest that has an equation.
    close : bool
        Whether moments beyond it are zero (P_N); otherwise the last equations read them.
    field : str
    velocities, data
        What averages are, see `symdcrnn.model.Model.limit`.

    Raises
    ------
    InputError
        If moments of a word do not follow from those of the field.
    """
    count = moment_number(order)
    space = space_of_model(model)
    if field not in [learned.target for learned in model.equations]:
        raise InputError(f"the model has no equation of {field!r}: it has those of "
                         f"{', '.join(learned.target for learned in model.equations)}")
    own = space.variables[field]
    measures, _ = measures_of(model, space, set(own.axes), velocities or {}, data, None)
    if len(measures) != 1 or len(measures[0].coordinates) != 1:
        raise InputError(f"{field!r} has not one axis of velocities with one coordinate: there are no moments of it "
                         "here")
    measure = measures[0]
    within = measure.name in LEGENDRE if data is None else bool(abs(data.array(measure.axis)).max() <= WITHIN)
    taken = [name for name, axes in model.data.fields.items() if name != field and measure.axis in axes]
    if taken:
        raise InputError(f"{taken[0]!r} depends on {measure.axis} too: moments here are those of one field")
    hierarchy = Hierarchy(Calculus(space), (measure,))
    moments = Moments(hierarchy, own, measure, count, close, within)
    check_new(moment_names(count + 1),
              [name for name in (*model.data.fields, *model.data.functions) if name != field], "model")
    found: dict[str, list[Part]] = {}
    used: dict[str, Field] = {f"m{number}": moments.named(number) for number in range(count + 1)}
    for learned in model.equations:
        for number in range(count + 1) if learned.target == field else [None]:
            parts = _parts(learned, moments, number)
            found[learned.target if number is None else f"m{number}"] = parts
            used |= {one.name: one for part in parts for one in part.word.fields}
    fields = {**{name: one.axes for name, one in used.items()},
              **{name: axes for name, axes in model.data.fields.items() if name != field}}
    velocity = measure.axis
    summary = replace(
        model.data, fields=fields, axes=tuple(one for one in model.data.axes if one.name != velocity),
        functions={name: on for name, on in model.data.functions.items() if velocity not in on},
        coordinates={name: on for name, on in model.data.coordinates.items() if velocity not in on},
        units={name: text for name, text in model.data.units.items() if name not in (field, velocity)})
    whole = phase_space([axis for axis in space.axes if axis.name != velocity],
                        [Field(name, axes) for name, axes in {**fields, **summary.functions}.items()],
                        summary.coordinates, own_operators(model.settings))
    same = Sameness(Hierarchy(Calculus(whole), ()), ())
    sums: dict[str, Sums] = {name: summed(parts, same) for name, parts in found.items()}
    return derived_model(model, summary, sums, model.equations)


def _parts(learned: LearnedEquation, moments: Moments, number: int | None) -> list[Part]:
    calculus = moments.hierarchy.calculus
    sources: list[Source] = [*learned.terms, *learned.functions]
    found = []
    for place, source in enumerate(sources):
        if moments.measure.axis in getattr(source, "points", {}):
            raise InputError(f"the coefficient of {source.word} is a function of {moments.measure.axis}: its moments "
                             "do not follow from those of the field")
        word = Word.of((), UNIT) if source.word == UNIT_WORD else calculus.space.word(source.word)
        value = moments.of(calculus.value(word), number)
        found += [Part(made, float(factor), getattr(source, "power", 0), (learned.target, place), source)
                  for made, factor in form_of(value, calculus).items()]
    return found
