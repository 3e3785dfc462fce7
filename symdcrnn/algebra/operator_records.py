"""Operators of the user as plain values, for files and models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

from symdcrnn.algebra.operators import Operator
from symdcrnn.algebra.rules import Pointwise, Profile, Quadrature, Rule, Stencil, Sum
from symdcrnn.errors import InputError

RULES: dict[str, type[Stencil] | type[Profile] | type[Quadrature] | type[Pointwise]] = {
    "stencil": Stencil, "profile": Profile, "quadrature": Quadrature, "pointwise": Pointwise,
}
"""Each rule by the key that names its first argument."""


def operator_to_dict(operator: Operator) -> dict[str, Any]:
    """An operator as plain values, see `operator_from_dict`."""
    return {"name": operator.name, "rules": [_rule_to_dict(rule) for rule in operator.rules], "text": operator.text,
            "latex": operator.latex}


def _rule_to_dict(rule: Rule) -> dict[str, Any]:
    if isinstance(rule, Sum):
        return {"sum": [[_rule_to_dict(one) for one in term] for term in rule.terms]}
    key = next(key for key, kind in RULES.items() if isinstance(rule, kind))
    first, *others = fields(rule)
    found: dict[str, Any] = {key: getattr(rule, first.name)}
    for one in others:
        value = getattr(rule, one.name)
        if one.default is MISSING or value != one.default:
            found[one.name] = [list(part) if isinstance(part, tuple) else part for part in value] if isinstance(
                value, tuple) else value
    return found


def operator_from_dict(content: Mapping[str, Any]) -> Operator:
    """The operator that plain values describe.

    Parameters
    ----------
    content : mapping
        ``name``, ``rules`` (each an object such as ``{"stencil": "v", "order": 1}``, ``{"profile": "1 - v^2"}``,
        ``{"quadrature": "v", "kernel": "1 + v*v'"}``, ``{"pointwise": "u^3"}`` or ``{"sum": [[...], [...]]}``), and
        ``text`` and ``latex`` where they are not those of the name.

    Raises
    ------
    InputError
        If it is no operator.
    """
    if not isinstance(content, Mapping):
        raise InputError("an operator is described by an object with name and rules")
    unknown = sorted(set(content) - {"name", "rules", "text", "latex"})
    if unknown:
        raise InputError(f"an operator has the key {unknown[0]!r}: it has name, rules, text and latex")
    rules = content.get("rules", [])
    if not isinstance(rules, list):
        raise InputError(f"the operator {content.get('name')!r} has no list of rules: write rules = [{{stencil = 'x', "
                         "order = 1}]")
    return Operator(str(content.get("name", "")), [_rule_from_dict(rule, str(content.get("name"))) for rule in rules],
                    content.get("text"), content.get("latex"))


def _rule_from_dict(content: Any, name: str) -> Rule:
    where = f"the operator {name!r}"
    if not isinstance(content, Mapping):
        raise InputError(f"{where} has the rule {content!r}: write an object such as {{stencil = 'x', order = 1}}")
    if set(content) == {"sum"}:
        terms = content["sum"]
        if not isinstance(terms, list) or not all(isinstance(term, list) for term in terms):
            raise InputError(f"{where} has a sum that is no list of lists of rules")
        return Sum(tuple(tuple(_rule_from_dict(rule, name) for rule in term) for term in terms))
    key = next((key for key in RULES if key in content), None)
    if key is None:
        raise InputError(f"{where} has a rule with the keys {', '.join(map(str, content))}: it has one of "
                         f"{', '.join(RULES)} and sum")
    kind = RULES[key]
    first, *others = fields(kind)
    allowed = [one.name for one in others]
    given = {first.name: content[key]}
    for other, value in content.items():
        if other == key:
            continue
        if other not in allowed:
            raise InputError(f"{where} has {other!r} in a {key}: it has {', '.join(allowed) or 'nothing more'}")
        given[other] = tuple(tuple(part) if isinstance(part, list) else part for part in value) if isinstance(
            value, list) else value
    try:
        return kind(**given)
    except TypeError as error:
        raise InputError(f"{where} has an incomplete {key}: {error}") from None
