"""Operators of the user as plain values: in TOML files, and in JSON inside models.

    [operators.scattering]
    rules = [{quadrature = "v", kernel = "1 + 0.9*v*v'"}]

    [operators.lorentz]
    rules = [{profile = "1 - v^2"}, {stencil = "v", order = 1}]
    latex = "(1 - v^2) \\\\partial_v {}"

Rules stand the outermost first: ``stencil``, ``profile``, ``quadrature``, ``pointwise``, or ``sum`` of lists of rules.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from symdcrnn.algebra.operators import Operator
from symdcrnn.algebra.rules import Pointwise, Profile, Quadrature, Rule, Stencil, Sum
from symdcrnn.errors import InputError, named
from symdcrnn.given import described

LARGEST_FILE = 10_000_000
"""In bytes: a matrix of a thousand nodes is smaller."""


class Key(NamedTuple):
    """What a key of a rule may hold."""

    accepts: Callable[[Any], bool]
    what: str


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_whole(value: Any) -> bool:
    return type(value) is int


def _is_matrix(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(row, list) and all(type(entry) in (int, float) for entry in row) for row in value)


def _is_sides(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(_is_text, value))


TEXT, WHOLE = Key(_is_text, "text"), Key(_is_whole, "a whole number")
KEYS: dict[str, dict[str, Key]] = {
    "stencil": {"order": WHOLE, "lean": TEXT, "sides": Key(_is_sides, "a list of two texts"), "sign": WHOLE,
                "accuracy": WHOLE},
    "profile": {},
    "quadrature": {"kernel": TEXT, "matrix": Key(_is_matrix, "a list of rows of numbers"),
                   "transposed": Key(lambda value: isinstance(value, bool), "true or false")},
    "pointwise": {},
    "sum": {},
}
"""By kind of rule, the keys beside that of its kind."""


def read_toml(path: Path) -> dict[str, Any]:
    """The content of a TOML file.

    Raises
    ------
    InputError
        If it cannot be read, is larger than `LARGEST_FILE`, or is no TOML.
    """
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        size, text = path.stat().st_size, path.read_text(encoding="utf-8")
        content: dict[str, Any] = tomllib.loads(text if size <= LARGEST_FILE else "")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}): check the name of the file") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not TOML: {str(error).splitlines()[0]}") from None
    if size > LARGEST_FILE:
        raise InputError(f"{path}: has {size // 10**6} MB: give at most {LARGEST_FILE // 10**6} MB")
    return content


def read_operators(path: Path) -> tuple[Operator, ...]:
    """The operators of a TOML file, not yet resolved.

    Raises
    ------
    InputError
        If it cannot be read, or has a key or a value that says nothing.
    """
    content = read_toml(path)
    with named(str(path)):
        for key in content:
            if key != "operators":
                raise InputError(f"unknown key {key!r}: write tables [operators.NAME]")
        tables = content.get("operators")
        if not isinstance(tables, dict) or not tables:
            raise InputError("holds no operator: write tables [operators.NAME]")
        return tuple(_operator(name, table) for name, table in tables.items())


def operator_to_dict(operator: Operator) -> dict[str, Any]:
    """An operator as plain values, from which `operator_from_dict` and `PhaseSpace.resolve` make it again."""
    return {"name": operator.name, "rules": [_plain(rule) for rule in operator.rules], "text": operator.text,
            "latex": operator.latex}


def operator_from_dict(content: Any) -> Operator:
    """The operator of plain values: its ``name``, ``rules``, and where they are given ``text`` and ``latex``.

    Raises
    ------
    InputError
        If a key or a value says nothing.
    """
    if not isinstance(content, Mapping) or not isinstance(content.get("name"), str):
        raise InputError("an operator is described by a table with a name and rules")
    return _operator(content["name"], {key: value for key, value in content.items() if key != "name"})


def _operator(name: str, table: Any) -> Operator:
    with named(f"the operator {name!r}"):
        if not isinstance(table, Mapping):
            raise InputError("is no table: write [operators.NAME] and below it rules = [...]")
        for key, value in table.items():
            if key not in ("rules", "text", "latex"):
                raise InputError(f"has the unknown key {key!r}: choose from rules, text, latex")
            if key != "rules" and not isinstance(value, str):
                raise InputError(f"has {key} = {described(value)}: give text")
        if "rules" not in table:
            raise InputError('has no rules: write for example rules = [{stencil = "x", order = 1}]')
        rules = _rules(table["rules"], 0)
    return Operator(name, rules, table.get("text"), table.get("latex"))


def _rules(values: Any, depth: int) -> tuple[Rule, ...]:
    if not isinstance(values, list) or depth > 1:
        raise InputError(f"has rules = {described(values)}: give a list of tables, the outermost rule first")
    return tuple(_rule(value, depth) for value in values)


def _rule(value: Any, depth: int) -> Rule:
    kinds = [kind for kind in KEYS if isinstance(value, Mapping) and kind in value]
    if len(kinds) != 1:
        raise InputError(f"has the rule {described(value)}: give a table with one of {', '.join(KEYS)}")
    kind = kinds[0]
    given = {key: one for key, one in value.items() if key != kind}
    for key, one in given.items():
        if key not in KEYS[kind]:
            raise InputError(f"has a {kind} with the unknown key {key!r}: choose from {', '.join((kind, *KEYS[kind]))}")
        if not KEYS[kind][key].accepts(one):
            raise InputError(f"has a {kind} with {key} = {described(one)}: give {KEYS[kind][key].what}")
    subject = value[kind]
    if kind == "sum":
        if not isinstance(subject, list) or not subject:
            raise InputError(f"has a sum of {described(subject)}: give a list of lists of rules")
        return Sum(tuple(_rules(term, depth + 1) for term in subject))
    if not isinstance(subject, str):
        raise InputError(f"has a {kind} of {described(subject)}: give text")
    if kind == "stencil":
        if "order" not in given:
            raise InputError(f"has a stencil along {subject!r} without an order: write order = 1")
        return Stencil(subject, **{**given, **({"sides": tuple(given["sides"])} if "sides" in given else {})})
    if kind == "quadrature":
        return Quadrature(subject, **given)
    return Profile(subject) if kind == "profile" else Pointwise(subject)


def _plain(rule: Rule) -> dict[str, Any]:
    if isinstance(rule, Stencil):
        found: dict[str, Any] = {"stencil": rule.axis, "order": rule.order, "sides": list(rule.sides),
                                 "sign": rule.sign}
        more: dict[str, Any] = {"lean": rule.lean, "accuracy": rule.accuracy}
    elif isinstance(rule, Quadrature):
        matrix = None if rule.matrix is None else [list(row) for row in rule.matrix]
        found = {"quadrature": rule.axis, "transposed": rule.transposed}
        more = {"kernel": rule.kernel, "matrix": matrix}
    elif isinstance(rule, Sum):
        found, more = {"sum": [[_plain(part) for part in term] for term in rule.terms]}, {}
    else:
        found, more = {"profile" if isinstance(rule, Profile) else "pointwise": rule.expression}, {}
    return {**found, **{key: value for key, value in more.items() if value is not None}}
