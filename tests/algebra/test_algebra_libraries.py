"""Dictionaries by rule, and operators in files and as plain values."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from spaces import PLANE, SLAB

from symdcrnn.algebra.operator_files import operator_from_dict, operator_to_dict, read_operators
from symdcrnn.algebra.operators import Operator
from symdcrnn.algebra.phase_space import phase_space
from symdcrnn.algebra.reading.library import library
from symdcrnn.algebra.rules import Pointwise, Profile, Quadrature, Stencil, Sum
from symdcrnn.errors import InputError


@pytest.mark.parametrize(("text", "fields", "expected"), [
    ("poly 3", ["u"], "u, u^2, u^3"),
    ("d_x 2", ["u", "w"], "u, w, d_x u, d_x w, d_xx u, d_xx w"),
    ("poly 2, d_x 2", ["u"], "u, u^2, d_x u, d_x(u^2), d_xx u, d_xx(u^2)"),
    ("poly 2", ["u", "w"], "u, w, u^2, u w, w^2"),
    ("poly 1, d_v 1, d_x 1", ["u", "f"], "u, f, d_v f, d_x u, d_x f, d_v d_x f"),
])
def test_libraries(text: str, fields: list[str], expected: str) -> None:
    assert [str(word) for word in library(text, fields, SLAB)] == expected.split(", ")


def test_sizes_of_libraries() -> None:
    words = library("poly 3, d_x 4", ["u", "w"], SLAB)
    assert len(words) == len(set(words)) == 9 * 5
    assert all(SLAB.word(str(word)) == word for word in words)
    assert SLAB.word("d_xxxx(u^2 w)") in words
    assert SLAB.word("1") not in words
    plane = library("poly 2, d_x 2, d_y 2", [PLANE.variables["rho"]], PLANE)
    assert len(plane) == 2 * 9
    assert PLANE.word("d_xx d_y(rho^2)") in plane
    assert [str(word) for word in plane[:4]] == ["rho", "rho^2", "d_x rho", "d_x(rho^2)"]


@pytest.mark.parametrize(("text", "fields", "message"), [
    ("poly 20, d_x 6", ["u", "w", "f"], "has 12390 words: lower the degree or the orders until there are at most 2000"),
    ("poly 999, d_x 999", ["u"], "has 999000 words"),
    ("poly 0", ["u"], "has products of the degree 0: give at least 1"),
    ("poly", ["u"], "'poly' is no part of one; write for example 'poly 3, d_x 4'"),
    ("", ["u"], "'' is no part of one"),
    ("poly 2; d_x 1", ["u"], "is no part of one"),
    ("trig 3", ["u"], "'trig 3' is no part of one"),
    ("poly 2, poly 3", ["u"], "has poly twice: give it once"),
    ("poly 2, d_z 1", ["u"], "unknown operator 'd_z'"),
    ("d_x 7", ["u"], "the operator 'd_xxxxxxx' is of the order 7"),
    ("poly 2", ["rho"], "unknown field 'rho': choose from f, g, u, w, E, q"),
    ("poly 2", [], "has no fields: name at least one"),
])
def test_libraries_that_are_none(text: str, fields: list[str], message: str) -> None:
    with pytest.raises(InputError) as caught:
        library(text, fields, SLAB)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_stencil_of_a_library_needs_an_order() -> None:
    with pytest.raises(InputError, match="'d_angle' has a stencil on 'angle', an axis that has no order"):
        library("poly 1, d_angle 1", ["f"], PLANE)


FILE = r"""
[operators.scattering]
rules = [{quadrature = "v", kernel = "1 + 0.9*v*v'"}]
latex = '\mathcal{K} {}'

[operators.lorentz]
rules = [{profile = "1 - v^2"}, {stencil = "v", order = 1}]

[operators.upwind]
rules = [{stencil = "x", order = 1, lean = "v", sides = ["upwind", "upwind"], sign = -1, accuracy = 3}]

[operators.swap]
rules = [{quadrature = "v", matrix = [[0, 1], [1.0, 0.0]]}]

[operators.reaction]
rules = [{sum = [[{pointwise = "u^3"}], [{stencil = "x", order = 2}, {profile = "sigma"}]]}]
text = "reaction {}"
"""

OPERATORS = (
    Operator("scattering", Quadrature("v", "1 + 0.9*v*v'"), latex=r"\mathcal{K} {}"),
    Operator("lorentz", [Profile("1 - v^2"), Stencil("v", 1)]),
    Operator("upwind", Stencil("x", 1, "v", ("upwind", "upwind"), -1, 3)),
    Operator("swap", Quadrature("v", matrix=((0.0, 1.0), (1.0, 0.0)))),
    Operator("reaction", Sum(((Pointwise("u^3"),), (Stencil("x", 2), Profile("sigma"))))),
)


def test_operators_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(FILE, encoding="utf-8")
    assert read_operators(path) == OPERATORS
    made = phase_space(SLAB.axes, SLAB.fields, operators=read_operators(path))
    assert str(made.word("scattering lorentz f")) == "scattering lorentz f"
    assert made.word("scattering f").latex == r"\mathcal{K} f"
    assert made.operators["lorentz"].rules == (Profile("1 - v^2", ("v",)), Stencil("v", 1, even=False))


@pytest.mark.parametrize("operator", [*OPERATORS, *SLAB.operators.values(), *PLANE.operators.values()],
                         ids=lambda one: one.name)
def test_plain_values_make_the_operator_again(operator: Operator) -> None:
    space = PLANE if operator in PLANE.operators.values() else SLAB
    values = json.loads(json.dumps(operator_to_dict(operator)))
    again = operator_from_dict(values)
    if operator in OPERATORS:
        assert again == operator
    elif operator.name != "mean":
        assert space.resolve(again) == operator


@pytest.mark.parametrize(("content", "message"), [
    ("", "holds no operator: write tables [operators.NAME]"),
    ("operators = 3", "holds no operator"),
    ("[operator.K]", "unknown key 'operator': write tables [operators.NAME]"),
    ("[operators]\nK = 3", "the operator 'K': is no table"),
    ("[operators.K]\ntext = 'K {}'", "the operator 'K': has no rules: write for example"),
    ("[operators.K]\nrules = 3", "the operator 'K': has rules = 3: give a list of tables"),
    ("[operators.K]\nrules = [3]", "the operator 'K': has the rule 3: give a table with one of stencil, profile,"),
    ("[operators.K]\nrules = [{stencl = 'x'}]", "has the rule {'stencl': 'x'}"),
    ("[operators.K]\nrules = [{stencil = 'x', profile = 'v'}]", "give a table with one of"),
    ("[operators.K]\nrule = []", "the operator 'K': has the unknown key 'rule': choose from rules, text, latex"),
    ("[operators.K]\nrules = []\ntext = 3", "the operator 'K': has text = 3: give text"),
    ("[operators.K]\nrules = [{stencil = 'x'}]", "has a stencil along 'x' without an order: write order = 1"),
    ("[operators.K]\nrules = [{stencil = 'x', order = 1.5}]", "has a stencil with order = 1.5: give a whole number"),
    ("[operators.K]\nrules = [{stencil = 'x', order = true}]", "has a stencil with order = True: give a whole number"),
    ("[operators.K]\nrules = [{stencil = 'x', order = 0}]", "a stencil along 'x' has the order 0"),
    ("[operators.K]\nrules = [{stencil = 'x', order = 1, side = 'up'}]", "has a stencil with the unknown key 'side'"),
    ("[operators.K]\nrules = [{stencil = 'x', order = 1, sides = ['up', 'down']}]", "the sides ('up', 'down')"),
    ("[operators.K]\nrules = [{stencil = 3, order = 1}]", "has a stencil of 3: give text"),
    ("[operators.K]\nrules = [{quadrature = 'v', kernel = 2}]", "has a quadrature with kernel = 2: give text"),
    ("[operators.K]\nrules = [{quadrature = 'v', matrix = [1, 2]}]", "give a list of rows of numbers"),
    ("[operators.K]\nrules = [{quadrature = 'v', matrix = [[1, 2]]}]", "is not square"),
    ("[operators.K]\nrules = [{sum = []}]", "has a sum of []: give a list of lists of rules"),
    ("[operators.K]\nrules = [{sum = [[{sum = [[{profile = 'v'}]]}]]}]", "give a list of tables"),
    ("[operators.K]\nrules = [{profile = 'v'}]\nlatex = 'K'", "is printed as 'K': give a text with {}"),
    ("[operators.K", "not TOML"),
])
def test_operator_files_that_say_nothing(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_operators(path)
    assert str(caught.value).startswith(str(path))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_operator_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_operators(tmp_path / "none.toml")
