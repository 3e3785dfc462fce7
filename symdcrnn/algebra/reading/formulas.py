"""Formulas: expressions that are built node by node from a checked tree, and written so that they can be read again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations
from typing import Protocol

import sympy

from symdcrnn.algebra.reading.syntax import Brackets, Factors, Group, Name, Node, Number, Power, Terms, parse, quoted
from symdcrnn.algebra.reading.written import ATOM, POWER, PREFIX, PRODUCT, SUM, Written, enclosed
from symdcrnn.errors import InputError

FUNCTIONS: dict[str, Callable[..., sympy.Expr]] = {
    "sin": sympy.sin, "cos": sympy.cos, "tan": sympy.tan, "exp": sympy.exp, "log": sympy.log, "sqrt": sympy.sqrt,
    "abs": sympy.Abs, "tanh": sympy.tanh, "sinh": sympy.sinh, "cosh": sympy.cosh, "sign": sympy.sign,
    "max": sympy.Max, "min": sympy.Min,
}

SEVERAL = ("max", "min")
"""Functions of two arguments or more."""

MOST_ARGUMENTS = 8
"""Of those: each is compared with every other one, by symbols."""

POLYNOMIALS: dict[str, Callable[[int, sympy.Expr], sympy.Expr]] = {
    "legendre": sympy.legendre, "hermite": lambda degree, x: sympy.hermite_prob(degree, x),
}
"""Orthogonal polynomials by degree: P_l, and He_n, orthogonal under exp(-v^2/2)."""

HIGHEST_DEGREE = 32
"""Of those: above, their coefficients are larger than what double precision resolves."""

CONSTANTS: dict[str, sympy.Expr] = {"pi": sympy.pi}

WRITTEN: dict[type[sympy.Expr], str] = {made: name for name, made in FUNCTIONS.items() if isinstance(made, type)}

MAXWELLIAN = "maxwellian"
"""The Maxwellian of the moments n = <f>, m = <v f>, e = <v^2 f> at v, a function of four arguments."""

LARGEST_NUMBER = 4096
"""Of bits of a power of numbers; whatever is larger would only be waited for."""


def maxwellian(n: sympy.Expr, m: sympy.Expr, e: sympy.Expr, v: sympy.Expr) -> sympy.Expr:
    """n / sqrt(2 pi T) exp(-(v - m/n)^2 / (2 T)) with T = e/n - (m/n)^2."""
    mean = m / n
    temperature = e / n - mean**2
    return n / sympy.sqrt(2 * sympy.pi * temperature) * sympy.exp(-((v - mean) ** 2) / (2 * temperature))


class Meaning(Protocol):
    """What names mean."""

    def name(self, name: str) -> sympy.Expr | None:
        """The value that a name stands for; None where it has none."""

    def brackets(self, inner: Node) -> sympy.Expr:
        """The value of what stands in angle brackets."""

    def prefix(self, part: Node, operand: Callable[[], sympy.Expr] | None) -> sympy.Expr | None:
        """The value of an operator on the next factor, of which there may be none; None of anything else."""

    def check_alone(self, part: Node, operand: sympy.Expr) -> None:
        """Refuse an operator on an expression that is followed by what it may be meant to act on as well."""

    def call(self, name: str, arguments: Sequence[sympy.Expr]) -> sympy.Expr | None:
        """The value of a function beside those of `FUNCTIONS`; None where there is none of that name."""


@dataclass(frozen=True)
class Symbols:
    """Names that stand for the symbols of their names, and nothing else."""

    known: tuple[str, ...]

    def name(self, name: str) -> sympy.Expr | None:
        return sympy.Symbol(name) if name in self.known else None

    def brackets(self, inner: Node) -> sympy.Expr:
        raise InputError("an average cannot stand in it")

    def prefix(self, part: Node, operand: Callable[[], sympy.Expr] | None) -> sympy.Expr | None:
        return None

    def check_alone(self, part: Node, operand: sympy.Expr) -> None:
        return None

    def call(self, name: str, arguments: Sequence[sympy.Expr]) -> sympy.Expr | None:
        return None


def parse_formula(text: str, names: Sequence[str]) -> sympy.Expr:
    """The expression that a text means.

    Parameters
    ----------
    text : str
        Numbers, ``pi``, names, ``+ - * / ^``, parentheses and the functions of `FUNCTIONS`.
    names : sequence of str
        What may stand for values; each becomes the symbol of its name.

    Raises
    ------
    InputError
        If it is no such expression, or its value is not a real number.
    """
    try:
        return checked(evaluate(parse(text), Symbols(tuple(names))))
    except InputError as error:
        raise InputError(f"cannot read the formula {quoted(text)}: {error}") from None


def checked(expression: sympy.Expr) -> sympy.Expr:
    """The expression, if it can have finite real values.

    Raises
    ------
    InputError
        If it is infinite or not real whatever its symbols are.
    """
    if expression.has(sympy.zoo, sympy.oo, -sympy.oo, sympy.nan, sympy.I):
        raise InputError("its value is no finite real number")
    return expression


def evaluate(node: Node, meaning: Meaning) -> sympy.Expr:
    """The expression of a tree.

    Raises
    ------
    InputError
        If a name has no meaning.
    """
    if isinstance(node, Number):
        return sympy.Rational(node.value.numerator, node.value.denominator)
    if isinstance(node, Brackets):
        return meaning.brackets(node.inner)
    if isinstance(node, Terms):
        return sympy.Add(*(evaluate(part, meaning) * (-1 if sign == "-" else 1) for sign, part in node.parts))
    if isinstance(node, Group):
        if len(node.items) != 1:
            raise InputError("a comma stands outside the arguments of a function")
        return evaluate(node.items[0], meaning)
    if isinstance(node, Factors):
        return _product(node.parts, meaning)
    found = meaning.prefix(node, None)
    if found is not None:
        return found
    if isinstance(node, Power):
        return _raised(evaluate(node.base, meaning), evaluate(node.exponent, meaning))
    found = meaning.name(node.name)
    if found is not None:
        return found
    if node.name in CONSTANTS:
        return CONSTANTS[node.name]
    if node.name in FUNCTIONS or node.name in POLYNOMIALS:
        raise InputError(f"{node.name} is a function: write its argument in parentheses")
    raise InputError(f"the name {node.name!r} is not known here")


def _product(parts: tuple[tuple[str, Node], ...], meaning: Meaning) -> sympy.Expr:
    result: sympy.Expr = sympy.Integer(1)
    position = 0
    while position < len(parts):
        sign = parts[position][0]
        value, position = _factor(parts, position, meaning)
        result = result / value if sign == "/" else result * value
    return result


def _factor(parts: tuple[tuple[str, Node], ...], position: int, meaning: Meaning) -> tuple[sympy.Expr, int]:
    """The value of the factor at a position, and where the next one is: an operator takes what follows it."""
    part = parts[position][1]
    follows = position + 1 < len(parts) and parts[position + 1][0] == ""
    taken: list[int] = []
    taken_value: list[sympy.Expr] = []

    def operand() -> sympy.Expr:
        value, after = _factor(parts, position + 1, meaning)
        taken.append(after)
        taken_value.append(value)
        return value

    found = meaning.prefix(part, operand if follows else None)
    if found is not None:
        after = taken[0] if taken else position + 1
        if taken and after < len(parts) and parts[after][0] != "/" and _is_expression(parts, position + 1):
            meaning.check_alone(part, taken_value[0])
        return found, after
    if isinstance(part, Name) and follows:
        following = parts[position + 1][1]
        inside = following.base if isinstance(following, Power) else following
        if isinstance(inside, Group) and meaning.name(part.name) is None:
            value = _call(part.name, [evaluate(item, meaning) for item in inside.items], meaning)
            if isinstance(following, Power):
                value = _raised(value, evaluate(following.exponent, meaning))
            return value, position + 2
    return evaluate(part, meaning), position + 1


def _is_expression(parts: tuple[tuple[str, Node], ...], position: int) -> bool:
    """Whether a factor is an expression in one pair of parentheses, or a function of one."""
    node = parts[position][1]
    if isinstance(node, Name):
        return position + 1 < len(parts) and parts[position + 1][0] == "" and isinstance(parts[position + 1][1], Group)
    return isinstance(node, Group) and len(node.items) == 1 and not isinstance(node.items[0], Group)


def _call(name: str, arguments: Sequence[sympy.Expr], meaning: Meaning) -> sympy.Expr:
    found = meaning.call(name, arguments)
    if found is not None:
        return found
    if name in POLYNOMIALS:
        return polynomial(name, arguments)
    if name not in FUNCTIONS:
        raise InputError(f"{name!r} is neither a name that is known here nor a function "
                         f"({', '.join((*FUNCTIONS, *POLYNOMIALS))})")
    if name in SEVERAL:
        if len(arguments) < 2:
            raise InputError(f"{name} has one argument: give it two or more")
        if len(set(arguments)) > MOST_ARGUMENTS:
            raise InputError(f"{name} has {len(set(arguments))} different arguments: give it {MOST_ARGUMENTS} at most")
    elif len(arguments) != 1:
        raise InputError(f"{name} has {len(arguments)} arguments: give it one")
    try:
        return FUNCTIONS[name](*arguments)
    except (ValueError, TypeError):  # of what is infinite or complex, which cannot be compared
        raise InputError(f"{name} has an argument that is no real number: give it finite real ones") from None


def polynomial(name: str, arguments: Sequence[sympy.Expr]) -> sympy.Expr:
    """An orthogonal polynomial, written out.

    Parameters
    ----------
    name : str
        Of `POLYNOMIALS`.
    arguments : sequence of sympy.Expr
        Its degree and what it is a function of.

    Raises
    ------
    InputError
        If there are not two arguments, or the degree is no whole number up to `HIGHEST_DEGREE`.
    """
    if len(arguments) != 2 or not arguments[0].is_Integer or not 0 <= int(arguments[0]) <= HIGHEST_DEGREE:
        raise InputError(f"{name} has the arguments {', '.join(map(str, arguments))}: give it a degree from 0 to "
                         f"{HIGHEST_DEGREE} and what it is a function of, such as {name}(2, v)")
    return POLYNOMIALS[name](int(arguments[0]), arguments[1])


def _raised(base: sympy.Expr, exponent: sympy.Expr) -> sympy.Expr:
    if base.is_Rational and exponent.is_Rational:
        size = max(base.p.bit_length(), base.q.bit_length()) * max(abs(exponent.p), exponent.q)
        if size > LARGEST_NUMBER:
            raise InputError("a power of numbers in it is too large")
    return base**exponent


def written(expression: sympy.Expr, names: Mapping[sympy.Symbol, Written]) -> Written:
    """An expression as `parse_formula` reads it.

    Parameters
    ----------
    expression : sympy.Expr
    names : mapping of sympy.Symbol to Written
        What stands for its symbols.
    """
    if expression.is_Symbol:
        return names[expression]
    moments = maxwellian_order(expression) if expression.is_Mul else None
    if moments is not None:
        return Written(f"{MAXWELLIAN}({', '.join(names[one].text for one in moments)})", ATOM)
    if expression.is_Rational:
        return _number_text(expression)
    if expression is sympy.pi:
        return Written("pi", ATOM)
    if expression is sympy.E:
        return Written("exp(1)", ATOM)
    if expression.is_Add:
        text = ""
        for term in expression.as_ordered_terms():
            part = written(term, names).text
            text += part if not text else f" - {part[1:]}" if part.startswith("-") else f" + {part}"
        return Written(text, SUM)
    if expression.is_Mul:
        return _product_text(expression, names)
    if expression.is_Pow and not isinstance(expression, sympy.exp):
        return _power_text(expression.base, expression.exp, names)
    if type(expression) in WRITTEN:
        inside = sorted(written(part, names).text for part in expression.args)
        return Written(f"{WRITTEN[type(expression)]}({', '.join(inside)})", ATOM)
    raise InputError(f"the formula holds {type(expression).__name__}, which cannot be written")


@lru_cache(maxsize=4096)
def maxwellian_order(expression: sympy.Expr) -> tuple[sympy.Symbol, ...] | None:
    """Its four arguments n, m, e and v if an expression is a Maxwellian of symbols, else None."""
    symbols = sorted(expression.free_symbols, key=str)
    if len(symbols) != 4:
        return None
    return next((order for order in permutations(symbols) if maxwellian(*order) == expression), None)


def _number_text(value: sympy.Rational) -> Written:
    if value < 0:
        return Written(f"-{_number_text(-value).text}", SUM)
    if value.q == 1:
        return Written(str(value.p), ATOM)
    digits = next((k for k in range(1, 7) if (10**k) % value.q == 0), None)
    if digits is None:
        return Written(f"{value.p}/{value.q}", PRODUCT)
    scaled = f"{value.p * 10**digits // value.q:0{digits + 1}d}"
    return Written(f"{scaled[:-digits]}.{scaled[-digits:]}", ATOM)


def _product_text(expression: sympy.Expr, names: Mapping[sympy.Symbol, Written]) -> Written:
    coefficient, factors = expression.as_coeff_mul()
    sign = "-" if coefficient < 0 else ""
    size = abs(coefficient)
    above: list[str] = [] if size.p == 1 else [str(size.p)]
    below: list[str] = [] if size.q == 1 else [str(size.q)]
    decimal = _number_text(size)
    if size.q != 1 and decimal.binding == ATOM:
        above, below = [decimal.text], []
    for factor in sympy.Mul(*factors).as_ordered_factors():
        base, exponent = factor.as_base_exp()
        if exponent.is_Integer and exponent < 0 and not isinstance(factor, sympy.exp):
            below.append(enclosed(written(base**-exponent, names), PREFIX))
        else:
            above.append(enclosed(written(factor, names), PREFIX))
    text = "*".join(above) or "1"
    if below:
        text += f"/{below[0]}" if len(below) == 1 else f"/({'*'.join(below)})"
    return Written(sign + text, SUM if sign else PRODUCT)


def _power_text(base: sympy.Expr, exponent: sympy.Expr, names: Mapping[sympy.Symbol, Written]) -> Written:
    if exponent == sympy.Rational(1, 2):
        return Written(f"sqrt({written(base, names).text})", ATOM)
    plain = exponent.is_Integer and exponent > 0
    above = written(exponent, names).text
    return Written(f"{enclosed(written(base, names), ATOM)}^{above if plain else f'({above})'}", POWER)
