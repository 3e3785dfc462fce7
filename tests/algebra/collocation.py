"""A slow and obvious evaluation of words on smooth fields: Fourier in x, polynomials in v, no stencil anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import numpy as np
import sympy
from spaces import SLAB

from symdcrnn.algebra.operators import Operator
from symdcrnn.algebra.reading.formulas import parse_formula
from symdcrnn.algebra.rules import Pointwise, Profile, Quadrature, Rule, Stencil, Sum
from symdcrnn.algebra.words import UNIT, Field, Product, Word

POINTS, NODES, TIME = 32, 20, 0.3
V, WEIGHTS = np.polynomial.legendre.leggauss(NODES)
WEIGHTS = WEIGHTS / 2
X = 2 * np.pi * np.arange(POINTS) / POINTS


def _by_v() -> np.ndarray:
    distances = V[:, None] - V[None, :] + np.eye(NODES)
    products = distances.prod(axis=1)
    matrix = products[:, None] / products[None, :] / distances
    np.fill_diagonal(matrix, 0.0)
    np.fill_diagonal(matrix, -matrix.sum(axis=1))
    return matrix


D_V = _by_v()
D_X = np.fft.ifft(1j * np.fft.fftfreq(POINTS, 1 / POINTS)[:, None] * (np.abs(
    np.fft.fftfreq(POINTS, 1 / POINTS)) < POINTS / 2)[:, None] * np.fft.fft(np.eye(POINTS), axis=0), axis=0).real


def smooth(seed: int, decays: bool = False) -> dict[str, np.ndarray]:
    """Random fields of the slab and its profile, each of shape (v, x)."""
    random = np.random.default_rng(seed)
    found = {}
    for field in SLAB.fields:
        a, b, c, d = random.uniform(-0.3, 0.3, size=4)
        in_x = 0.6 + a * np.sin(X) + b * np.cos(X) if "x" in field.axes else np.full(POINTS, 0.4 + a)
        in_v = 1 + c * V + d * V**2 if "v" in field.axes else np.ones(NODES)
        if decays and field.name == "f":
            in_v = in_v * (1 - V**2) ** 4
        found[field.name] = np.outer(in_v, in_x) + 0.1 * np.outer(V, np.sin(X + a)) * (field.name == "g")
    return found


def value(word: Word, fields: Mapping[str, np.ndarray]) -> np.ndarray:
    """A word at every (v, x)."""
    if word.letters:
        return after(word.letters[0], value(Word(word.letters[1:], word.base), fields), fields)
    base = word.base
    if base == UNIT:
        return np.ones((NODES, POINTS))
    if isinstance(base, Field):
        return fields[base.name]
    if isinstance(base, Product):
        return np.prod([value(factor, fields) for factor in base.factors], axis=0)
    return formula(base.expression, {str(symbol): value(part, fields) for symbol, part in base.named.items()})


def after(letter: Operator, u: np.ndarray, fields: Mapping[str, np.ndarray]) -> np.ndarray:
    return _rules(letter.rules, u, fields)


def _rules(rules: tuple[Rule, ...], u: np.ndarray, fields: Mapping[str, np.ndarray]) -> np.ndarray:
    known = {"t": TIME, "v": V[:, None], "x": X[None, :], "sigma": fields["sigma"]}
    for rule in reversed(rules):
        if isinstance(rule, Stencil):
            for _ in range(rule.order):
                u = rule.sign * (u @ D_X.T if rule.axis == "x" else D_V @ u)
        elif isinstance(rule, Profile):
            u = u * formula(parse_formula(rule.expression, tuple(known)), known)
        elif isinstance(rule, Pointwise):
            u = formula(parse_formula(rule.expression, ("u", *known)), {"u": u, **known})
        elif isinstance(rule, Sum):
            u = sum(_rules(term, u, fields) for term in rule.terms)
        elif rule.axis == "x":
            u = np.broadcast_to(u.mean(axis=1, keepdims=True), u.shape)
        else:
            u = matrix_of(rule) @ u
    return u


def matrix_of(rule: Quadrature) -> np.ndarray:
    """What a quadrature along v multiplies columns by."""
    if rule.averages:
        return np.ones((NODES, 1)) * WEIGHTS
    first, second = np.meshgrid(V, V, indexing="ij")
    if rule.transposed:
        first, second = second, first
    return formula(parse_formula(rule.kernel, ("v", "v'")), {"v": first, "v'": second}) * WEIGHTS


def formula(expression: sympy.Expr, values: Mapping[str, np.ndarray]) -> np.ndarray:
    symbols = [sympy.Symbol(name) for name in values]
    dummies = [sympy.Dummy() for _ in symbols]
    made = sympy.lambdify(dummies, expression.xreplace(dict(zip(symbols, dummies, strict=True))), "numpy")
    return np.asarray(made(*values.values()), dtype=float) * np.ones((NODES, 1))


def combined(form: Mapping[Word, Fraction], fields: Mapping[str, np.ndarray]) -> tuple[np.ndarray, float]:
    """A linear combination of words, and the largest size of its terms."""
    terms = [float(coefficient) * value(word, fields) for word, coefficient in form.items()]
    return sum(terms, np.zeros((NODES, POINTS))), max((float(np.abs(term).max()) for term in terms), default=0.0)
