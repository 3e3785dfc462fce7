"""Every letter: against dense matrices, its adjoint, its derivative, and its order of accuracy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import sympy
from in_python import in_python
from lettered import FRAMES, GRIDS, Lettered
from plain import accuracy, applied, exact

from symdcrnn.algebra.calculus.adjoint import adjoint_word
from symdcrnn.algebra.calculus.derivative import derivative
from symdcrnn.algebra.reading.trees import product
from symdcrnn.algebra.rules import Pointwise, Rule, Stencil, Sum
from symdcrnn.algebra.words import Field, Word
from symdcrnn.errors import InputError
from symdcrnn.kernels.ir.factors import spread
from symdcrnn.kernels.norms import NORMS
from symdcrnn.kernels.runtime.binding import bind
from symdcrnn.kernels.runtime.interpret import each_value, evaluate, steps_of
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.schemes.multistep import SCHEMES, residual

Array = np.ndarray
STENCILS = Stencils()


def wide(one: Lettered, axes: tuple[str, ...], values: Array) -> Array:
    """Values over (frame, all axes)."""
    names = ("t", *(axis.name for axis in one.axes))
    return np.broadcast_to(spread(axes, values, names), [one.sizes[name] for name in names])


@cache
def reference(name: str) -> tuple[Array, ...]:
    one = GRIDS[name]
    return tuple(applied(word.letters, wide(one, word.base.axes, one.grid.fields[word.base.name]),
                         set(word.base.axes), one, STENCILS) for word in one.words)


@pytest.mark.parametrize("name", GRIDS)
def test_slow_evaluation_agrees_with_dense_matrices(name: str) -> None:
    one = GRIDS[name]
    for word, expected in zip(one.words, reference(name), strict=True):
        found = evaluate(word, one.grid, STENCILS, range(FRAMES))
        assert np.abs(found - expected).max() <= 1e-12 * np.abs(expected).max(), str(word)


@pytest.mark.parametrize("name", GRIDS)
def test_values_one_after_the_other_are_those_of_words_by_themselves(name: str) -> None:
    one = GRIDS[name]
    steps = steps_of(one.words)
    assert set(one.words) <= {word for word, _ in steps}
    for (word, _), found in zip(steps, each_value(steps, one.grid, STENCILS, range(1, FRAMES)), strict=True):
        np.testing.assert_array_equal(found, evaluate(word, one.grid, STENCILS, range(1, FRAMES)))


@pytest.mark.parametrize(("name", "compiled"), [
    ("slab open uneven", False), ("plane periodic even", False),
    pytest.param("plane periodic even", True, marks=pytest.mark.soak)])
def test_kernels_agree_with_dense_matrices(name: str, compiled: bool) -> None:
    one = GRIDS[name]
    form = residual(SCHEMES["forward-euler"], one.space.variables["f"], one.words)
    with nullcontext() if compiled else in_python():
        kernel = bind("columns", form, one.grid, STENCILS, NORMS["l2"])
        inside = tuple(slice(*kernel.spans[axis.name]) for axis in one.axes)
        columns = kernel.each_column().reshape(len(one.words), FRAMES - 1, *(axis.size for axis in one.axes))
    for word, found, expected in zip(one.words, columns, reference(name), strict=True):
        apart = (found - np.broadcast_to(expected, (FRAMES, *found.shape[1:]))[:-1])[(slice(None), *inside)]
        assert np.abs(apart).max() <= 1e-12 * np.abs(expected).max(), str(word)


def test_sums_of_many_moments() -> None:
    """More separable columns with factors of their own than one loop adds."""
    one = GRIDS["slab periodic even"]
    words = [one.space.word(text) for text in ("f", *(f"P_{degree} <P_{degree} f>" for degree in range(1, 8)))]
    form = residual(SCHEMES["forward-euler"], one.space.variables["f"], words)
    grid = one.grid_of(dict(one.grid.fields), tuple(words))
    kernel = bind("value_and_gradient", form, grid, STENCILS, NORMS["l2"])
    coefficients = np.random.default_rng(2).normal(size=len(words))
    frames = grid.fields["f"]
    columns = np.array([np.broadcast_to(evaluate(word, grid, STENCILS, range(FRAMES)), frames.shape)[:-1]
                        for word in words]).reshape(len(words), -1)
    left = np.tensordot(form.time_weights, [frames[:-1], frames[1:]], 1).reshape(-1)
    r = left - coefficients @ columns
    with in_python():
        loss, gradient = kernel.value_and_gradient(coefficients)
    assert loss == pytest.approx(np.mean(r**2), rel=1e-12)
    np.testing.assert_allclose(gradient, -2.0 * columns @ r / r.size, rtol=1e-10, atol=1e-12 * np.mean(r**2))


def measure(one: Lettered, values: Array) -> Array:
    """The average over all axes by their weights, frame by frame."""
    full = np.broadcast_to(values, [len(values), *(axis.size for axis in one.axes)])
    for axis in reversed(one.axes):
        full = full @ (np.full(axis.size, 1.0 / axis.size) if axis.weights is None else axis.weights)
    return full


def supported(one: Lettered, axes: tuple[str, ...], random: np.random.Generator) -> Array:
    """Random values that are zero near open ends of axes along which there are stencils."""
    values = random.normal(size=[one.sizes[name] for name in axes])
    for place, name in enumerate(axes):
        axis = next((axis for axis in one.axes if axis.name == name), None)
        if axis is not None and not axis.periodic and name != "angle":
            inside = np.zeros(axis.size)
            inside[5:-5] = 1.0
            values = values * inside.reshape([-1 if number == place else 1 for number in range(len(axes))])
    return values


def parts(rules: tuple[Rule, ...]) -> Iterator[Rule]:
    for rule in rules:
        yield from (part for term in rule.terms for part in parts(term)) if isinstance(rule, Sum) else (rule,)


@pytest.mark.parametrize("name", GRIDS)
def test_adjoints_pass_the_dot_product_test(name: str) -> None:
    one, random = GRIDS[name], np.random.default_rng(4)
    asked = 0
    for word in one.words:
        rules = [rule for letter in word.letters for rule in parts(letter.rules)]
        output = Field("z", ("t", *(axis.name for axis in one.axes if axis.name in word.axes)))
        pointwise = any(isinstance(rule, Pointwise) for rule in rules)
        if pointwise or any(isinstance(rule, Stencil) and not rule.even for rule in rules):
            with pytest.raises(InputError, match=r"use its derivative|is no stencil"):
                adjoint_word(word, output)
            continue
        backward = adjoint_word(word, output)
        fields = {word.base.name: supported(one, word.base.axes, random), "z": supported(one, output.axes, random)}
        grid = one.grid_of(fields, (word, backward))
        grid = replace(grid, field_axes={**grid.field_axes, "z": output.axes})
        forward = evaluate(word, grid, STENCILS, range(FRAMES))
        back = evaluate(backward, grid, STENCILS, range(FRAMES))
        u, z = wide(one, word.base.axes, fields[word.base.name]), wide(one, output.axes, fields["z"])
        first, second = measure(one, forward * z), measure(one, back * u)
        size = np.sqrt(measure(one, forward**2) * measure(one, z**2))
        assert (np.abs(first - second) <= 1e-13 * size).all(), str(word)
        asked += 1
    assert asked > 10


def nonlinear(one: Lettered) -> list[tuple[Word, str]]:
    """Letters on the square and on a function of a field, pointwise letters on it, and products with other words."""
    found = []
    f, u = (Word((), one.space.variables[name]) for name in ("f", "u"))
    for letter in one.letters:
        plain = letter.touched & {"v", "angle"} or letter.vanishes_on(frozenset(u.axes))
        inner, name = (product([f, f]), "f") if plain else (product([u, u]), "u")
        found.append((inner.after((letter,)), name))
        if letter.pointwise:
            found.append((product([f.after((letter,)), u]), "f"))
    found += [(one.space.word(text), name) for text, name in
              (("exp(-u^2) d_x f", "u"), ("<f> d_x(u/(2 + f^2))", "f"), ("sqrt(1 + (d_x u)^2)", "u"))]
    return found


@pytest.mark.parametrize("name", GRIDS)
def test_derivatives_pass_the_taylor_test(name: str) -> None:
    """What is left of a change is of the first order, and of the second without the derivative."""
    one, random = GRIDS[name], np.random.default_rng(6)
    fields = {key: values.copy() for key, values in one.grid.fields.items()}
    for word, field in nonlinear(one):
        of = one.space.variables[field]
        change = random.normal(size=fields[field].shape)
        direction = Word((), Field("change", of.axes))
        chains = [(float(chain.coefficient), chain.on(direction)) for chain in derivative(word, of)]

        def at(step: float, one_word: Word, of: Field = of, change: Array = change) -> Array:
            moved = {**fields, of.name: fields[of.name] + step * change, "change": change}
            grid = one.grid_of(moved, (one_word,))
            return evaluate(one_word, replace(grid, field_axes={**grid.field_axes, "change": of.axes}), STENCILS,
                            range(FRAMES))

        slope = sum((factor * at(0.0, chain) for factor, chain in chains), np.zeros(1))
        start = at(0.0, word)
        steps = np.array([2e-3, 1e-3])
        first = [np.abs(at(step, word) - start).max() for step in steps]
        second = [np.abs(at(step, word) - start - step * slope).max() for step in steps]
        assert np.log2(first[0] / first[1]) == pytest.approx(1.0, abs=0.1), str(word)
        assert second[1] < 1e-11 * np.abs(start).max() or np.log2(second[0] / second[1]) == pytest.approx(
            2.0, abs=0.1), str(word)


SMOOTH = {"slab": "(1 + t)*(sin(x + 0.3)*(2 + sin(v + 0.2)) + 0.3*cos(2*x + v))",
          "plane": "(1 + t)*((2 + 0.3*c)*sin(x - y + 0.3) + 0.2*s*cos(2*y) + 0.3*cos(x))"}


@pytest.mark.parametrize(("name", "stencils"), [
    ("slab open uneven", STENCILS), ("plane periodic uneven", STENCILS),
    ("slab open even", Stencils("upwind2", "central2")),
    pytest.param("slab periodic uneven", Stencils("central6", "central6"), marks=pytest.mark.soak),
    pytest.param("slab periodic even", STENCILS, marks=pytest.mark.soak),
    pytest.param("plane open even", STENCILS, marks=pytest.mark.soak),
])
def test_stencils_show_their_order_of_accuracy(name: str, stencils: Stencils) -> None:
    coarse = GRIDS[name]
    tried = 0
    for number, letter in enumerate(coarse.letters):
        orders = [accuracy(rule, stencils) for rule in parts(letter.rules) if isinstance(rule, Stencil)]
        if not orders:
            continue
        errors = []
        for refined in (3, 6):
            one = replace(coarse, refined=refined)
            own = one.letters[number]
            values, true = exact(own, sympy.sympify(SMOOTH[one.name]), one)
            word = Word.of((own,), one.space.variables["f"])
            found = evaluate(word, one.grid_of({"f": values}, (word,)), stencils, range(FRAMES))
            inside = tuple(slice(None) if axis.periodic or axis.name == "angle" else
                           slice(axis.size // 4, axis.size - axis.size // 4) for axis in one.axes)
            apart = np.abs(found - true)
            apart = np.broadcast_to(apart, (FRAMES, *(axis.size for axis in one.axes)))[(slice(None), *inside)]
            errors.append(apart.max() / np.abs(true).max())
            steps = {axis.name: np.diff(axis.coordinate).min() for axis in one.axes}
            gains = [(2.0 / steps[rule.axis]) ** rule.order for rule in parts(own.rules) if isinstance(rule, Stencil)]
            rounding = 1e-14 * np.prod(gains) * np.abs(values).max() / np.abs(true).max()
        slope = np.log2(errors[0] / errors[1])
        assert slope >= min(orders) - 0.4 or errors[1] <= rounding, (letter.name, errors)
        tried += 1
    assert tried > 10
