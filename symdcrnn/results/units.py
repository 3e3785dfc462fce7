"""The units of coefficients: those of the rate of a field over those of a word, where the data gives all it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from symdcrnn.algebra.reading.formulas import FUNCTIONS, parse_formula
from symdcrnn.algebra.reading.syntax import names_in
from symdcrnn.algebra.rules import Profile, Quadrature, Rule, Stencil, Sum
from symdcrnn.algebra.words import UNIT, Field, Product, Word
from symdcrnn.data.units import Powers, parse_units, product_of_units, units_text

if TYPE_CHECKING:
    from symdcrnn.model import Model

def word_units(word: Word, known: Mapping[str, Powers]) -> Powers | None:
    """The units of a word; None where they do not follow from what is known.

    Parameters
    ----------
    word : Word
    known : mapping of str to dict
        Exponents by the names of axes, fields, coordinates and known functions.
    """
    base = word.base
    found: Powers | None
    if isinstance(base, Field):
        found = {} if base == UNIT else known.get(base.name)
    elif isinstance(base, Product):
        found = {}
        for factor in base.factors:
            found = _product(found, word_units(factor, known))
    else:
        # A function has no units, nor has what it is of, if it is more than a power.
        found = {} if all(word_units(one, known) == {} for one in base.arguments) else None
    for letter in reversed(word.letters):
        for rule in reversed(letter.rules):
            found = None if found is None else _product(found, _rule_units(rule, known))
    return found


def _rule_units(rule: Rule, known: Mapping[str, Powers]) -> Powers | None:
    """What a rule multiplies units by."""
    if isinstance(rule, Stencil):
        along = known.get(rule.axis)
        return None if along is None else {name: -rule.order * power for name, power in along.items()}
    if isinstance(rule, Quadrature):
        # The weights of an average have the sum one.
        return {} if rule.averages else None
    if isinstance(rule, Profile):
        return _formula_units(rule.expression, known)
    if isinstance(rule, Sum):
        terms = []
        for rules in rule.terms:
            term: Powers | None = {}
            for one in rules:
                term = _product(term, _rule_units(one, known))
            terms.append(term)
        return terms[0] if all(term == terms[0] for term in terms) else None
    return None


def _formula_units(text: str, known: Mapping[str, Powers]) -> Powers | None:
    """The units of a product of powers of known functions."""
    if text in known:
        return known[text]
    names = [name for name in names_in(text) if name not in FUNCTIONS]
    if all(known.get(name) == {} for name in names):
        return {}
    found: Powers | None = {}
    for factor in parse_formula(text, tuple(names)).as_ordered_factors():
        base, exponent = factor.as_base_exp()
        if base.is_Symbol and exponent.is_Integer and base.name in known:
            powers = {name: power * int(exponent) for name, power in known[base.name].items()}
            found = _product(found, powers)
        elif not factor.is_number:
            return None
    return found


def _product(first: Powers | None, second: Powers | None) -> Powers | None:
    return None if first is None or second is None else product_of_units(first, second)


def with_units(model: Model) -> Model:
    """The model with the units of coefficients, as far as they follow from those of its data."""
    from symdcrnn.embedding.words import equation_of, function_name, space_of_model

    if not model.data.units:
        return model
    parsed = {name: parse_units(text) for name, text in model.data.units.items()}
    known = {name: powers for name, powers in parsed.items() if powers is not None}
    space = space_of_model(model)
    equations = []
    for learned in model.equations:
        rate = _product(known.get(learned.target), _inverse(known.get("t")))
        # A learned function is no part of the units of its word.
        own: dict[str, Powers] = {function_name(learned.target, number): {} for number in range(len(learned.functions))}
        texts = [_over(rate, word_units(word, {**known, **own})) for word in equation_of(model, learned, space).words]
        count = len(learned.terms)
        terms = [replace(term, units=text) for term, text in zip(learned.terms, texts[:count], strict=True)]
        functions = [
            replace(one, units=text, axis_units={axis: model.data.units[axis] for axis in one.points
                                                 if axis in model.data.units})
            for one, text in zip(learned.functions, texts[count:], strict=True)]
        equations.append(replace(learned, terms=tuple(terms), functions=tuple(functions)))
    return replace(model, equations=tuple(equations))


def _inverse(powers: Powers | None) -> Powers | None:
    return None if powers is None else {name: -power for name, power in powers.items()}


def _over(rate: Powers | None, word: Powers | None) -> str | None:
    found = _product(rate, _inverse(word))
    return None if found is None else units_text(found)
