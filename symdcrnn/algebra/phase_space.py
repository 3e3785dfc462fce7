"""What the words of one data set are made of: its axes, coordinates and fields, and the letters that follow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from symdcrnn.algebra.axes import TIME, Axis
from symdcrnn.algebra.operators import Operator, multiplication
from symdcrnn.algebra.reading.alphabet import (
    HIGHEST_DERIVATIVE,
    alphabet,
    derivative,
    derivative_orders,
    legendre_letter,
)
from symdcrnn.algebra.reading.formulas import FUNCTIONS, MAXWELLIAN, POLYNOMIALS, parse_formula
from symdcrnn.algebra.reading.known_functions import LARGEST_POWER, power
from symdcrnn.algebra.reading.syntax import names_in
from symdcrnn.algebra.reading.word_parser import parse_word
from symdcrnn.algebra.rules import Pointwise, Profile, Quadrature, Rule, Stencil, Sum
from symdcrnn.algebra.words import Field, Word
from symdcrnn.errors import InputError, named
from symdcrnn.given import check_all

RESERVED = frozenset({*FUNCTIONS, *POLYNOMIALS, MAXWELLIAN, "pi"})
"""Names that mean something in every formula."""

LONGEST_NAME = 60
"""Whatever is longer is no name of a derivative or a power."""


@dataclass(frozen=True)
class PhaseSpace:
    """Axes, coordinates and fields of data, and the letters that act on them; made by `phase_space`.

    Parameters
    ----------
    axes : tuple of Axis
        In the order of storage, without t.
    coordinates : mapping of str to tuple of str
        Names of functions of axes, t among them, and what they depend on.
    fields : tuple of Field
        Those that change in time, and known profiles that do not.
    operators : mapping of str to Operator
        Resolved letters.  Powers and Legendre polynomials of coordinates and mixed derivatives need not be listed, see
        `operator`.
    """

    axes: tuple[Axis, ...]
    coordinates: Mapping[str, tuple[str, ...]]
    fields: tuple[Field, ...]
    operators: Mapping[str, Operator]

    def __hash__(self) -> int:
        return hash((self.axes, self.fields, *self.coordinates, *self.operators))

    @cached_property
    def profiles(self) -> dict[str, tuple[str, ...]]:
        """Coordinates and known profiles, and what they depend on."""
        return {**self.coordinates, **{field.name: field.axes for field in self.fields if TIME not in field.axes}}

    @cached_property
    def variables(self) -> dict[str, Field]:
        """The fields that change in time, by name."""
        return {field.name: field for field in self.fields if TIME in field.axes}

    def word(self, text: str, meanings: Mapping[str, Word] | None = None) -> Word:
        """The word that a text means, with further names for words; see `parse_word`.

        Raises
        ------
        InputError
            If it cannot be read.
        """
        known = dict(self.operators)
        for name in names_in(text):
            if name not in known and name not in self.variables and _spells(name, self.axes):
                known[name] = self.operator(name)
        return parse_word(text, self.variables, known, meanings)

    def operator(self, name: str) -> Operator:
        """The letter of that name: a listed one, a derivative such as d_xxy, a power such as v^2, or P_2.

        Raises
        ------
        InputError
            If there is none.
        """
        if name in self.operators:
            return self.operators[name]
        base, sign, exponent = name.partition("^") if len(name) <= LONGEST_NAME else (name, "", "")
        if sign and base in self.operators and self.operators[base].multiplies and exponent.isdecimal():
            if not 2 <= int(exponent) <= LARGEST_POWER:
                raise InputError(f"the operator {name!r} has an exponent from 2 to {LARGEST_POWER} only")
            return power(self.operators[base], int(exponent))
        legendre = legendre_letter(name, self.axes)
        if legendre is not None:
            return legendre
        orders = derivative_orders(name, self.axes) if len(name) <= LONGEST_NAME else None
        if orders is None:
            raise InputError(f"unknown operator {name!r}: choose from {', '.join(self.operators)}")
        for axis in orders:
            self._check_order(axis.name, f"the operator {name!r}")
        if sum(orders.values()) > HIGHEST_DERIVATIVE:
            raise InputError(f"the operator {name!r} is of the order {sum(orders.values())}: derivatives have names up "
                             f"to the order {HIGHEST_DERIVATIVE}")
        return derivative(orders)

    def resolve(self, operator: Operator) -> Operator:
        """An operator with what its rules say about this space filled in.

        Raises
        ------
        InputError
            If a rule names an axis or a coordinate that there is not, or a stencil an axis without an order.
        """
        name = operator.name
        if not name.isidentifier() or not name.isascii():
            raise InputError(f"an operator is named {name!r}: give a name of letters a to z, digits and underscores")
        if operator.text not in (f"{name} {{}}", f"{name}({{}})", "{}" if operator.is_identity else ""):
            raise InputError(f"the operator {name!r} is printed as {operator.text!r}, which could not be read again: "
                             f"write {name + ' {}'!r} and give its typeset form as latex")
        rules = tuple(self._resolved(rule, f"the operator {name!r}") for rule in operator.rules)
        latex = operator.latex
        if operator.multiplies:
            latex = f"{latex.replace('{}', '').strip()} {{}}"
        return Operator(name, rules, operator.text if operator.is_identity else None, latex)

    def _resolved(self, rule: Rule, where: str) -> Rule:
        if isinstance(rule, Stencil):
            axis = self._check_order(rule.axis, where)
            lean = rule.lean_axes
            if rule.lean is not None:
                if rule.lean not in self.coordinates:
                    raise InputError(f"{where} leans by {rule.lean!r}, which is no coordinate: choose from "
                                     f"{', '.join(self.coordinates)}")
                lean = self.coordinates[rule.lean]
            return replace(rule, even=axis.even, lean_axes=lean)
        if isinstance(rule, Quadrature):
            self._axis(rule.axis, where)
            if rule.kernel is not None:
                own = [one for one, axes in self.coordinates.items() if axes == (rule.axis,)]
                with named(where):
                    parse_formula(rule.kernel, [*own, *(f"{one}'" for one in own)])
            return rule
        if isinstance(rule, Sum):
            return Sum(tuple(tuple(self._resolved(part, where) for part in term) for term in rule.terms))
        names = list(self.profiles) if isinstance(rule, Profile) else ["u", *self.profiles]
        with named(where):
            used = {str(symbol) for symbol in parse_formula(rule.expression, names).free_symbols}
        known = [one for one in self.profiles if one in used and not (isinstance(rule, Pointwise) and one == "u")]
        if isinstance(rule, Pointwise):
            rule = replace(rule, known=tuple((one, self.profiles[one]) for one in known))
        return replace(rule, axes=tuple(dict.fromkeys(axis for one in known for axis in self.profiles[one])))

    def _axis(self, name: str, where: str) -> Axis:
        found = next((axis for axis in self.axes if axis.name == name), None)
        if found is None:
            raise InputError(f"{where} acts along {name!r}, which is no axis of the data: choose from "
                             f"{', '.join(axis.name for axis in self.axes)}")
        return found

    def _check_order(self, name: str, where: str) -> Axis:
        axis = self._axis(name, where)
        if not axis.ordered:
            raise InputError(f"{where} has a stencil on {name!r}, an axis that has no order: stencils act along axes "
                             "whose points increase")
        return axis


def phase_space(
    axes: Sequence[Axis],
    fields: Iterable[Field],
    coordinates: Mapping[str, tuple[str, ...]] | None = None,
    operators: Iterable[Operator] = (),
) -> PhaseSpace:
    """The phase space of data, with every letter that its axes allow.

    Parameters
    ----------
    axes : sequence of Axis
        In the order of storage, without t.
    fields : iterable of Field
        Those without t are known profiles, letters that multiply.
    coordinates : mapping of str to tuple of str, optional
        Named functions of axes.  Time and the coordinates of ordered axes by their own names are always there.
    operators : iterable of Operator
        Letters of the user.

    Raises
    ------
    InputError
        If a name is taken, or an operator does not fit the axes.
    """
    check_all(axes, Axis, "axes", "a list of Axes, such as Axis('x', 'space')")
    fields, operators = tuple(fields), tuple(operators)
    check_all(fields, Field, "fields", "a list of Fields, such as Field('u', ('t', 'x'))")
    check_all(operators, Operator, "operators", "a list of Operators")
    known = {TIME: (TIME,), **{axis.name: (axis.name,) for axis in axes if axis.ordered}, **(coordinates or {})}
    chosen = tuple(fields)
    names = {axis.name for axis in axes}
    for name, on in known.items():
        if not set(on) <= names | {TIME}:
            raise InputError(f"the coordinate {name!r} depends on {', '.join(on)}: the axes are "
                             f"{', '.join(sorted(names))}")
    for field in chosen:
        if not set(field.axes) <= names | {TIME}:
            raise InputError(f"the field {field.name!r} has the axes {', '.join(field.axes)}: those of the data are "
                             f"{', '.join((TIME, *sorted(names)))}")
    letters: dict[str, Operator] = {}
    for letter in alphabet(axes, known):
        _add(letters, letter, "coordinate" if letter.name in known else "operator")
    for field in chosen:
        spelled = field.name in letters or field.name in names or _spells(field.name, axes)
        taken = "an operator or a coordinate" if spelled else (
            "a function" if field.name in RESERVED else "")
        if taken:
            raise InputError(f"a field is named {field.name!r}, which is {taken} too: rename the field")
        if TIME not in field.axes:
            _add(letters, multiplication(field.name, field.axes), "field")
    space = PhaseSpace(tuple(axes), known, chosen, letters)
    for operator in operators:
        if operator.name in letters or operator.name in space.variables or _spells(operator.name, axes):
            raise InputError(f"the name of the operator {operator.name!r} is taken: choose another one")
        if not operator.rules:
            raise InputError(f"the operator {operator.name!r} has no rule: give at least one, I is there already")
        _add(letters, space.resolve(operator), "operator")
    return space


def _spells(name: str, axes: Sequence[Axis]) -> bool:
    """Whether a name is that of a letter that is made when it is named, as d_xxy and P_2 are."""
    return derivative_orders(name, axes) is not None or legendre_letter(name, axes) is not None


def _add(letters: dict[str, Operator], letter: Operator, kind: str) -> None:
    if letter.name in letters or letter.name in RESERVED:
        raise InputError(f"the name of the {kind} {letter.name!r} is taken: choose another one")
    letters[letter.name] = letter
