"""Limits as text, LaTeX and JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sympy

from symdcrnn.algebra.operators import latex_name
from symdcrnn.algebra.reading.formulas import written
from symdcrnn.algebra.reading.written import PREFIX, PRODUCT, Written, enclosed
from symdcrnn.algebra.relations.calculus import Jet
from symdcrnn.algebra.words import UNIT, Field, Word
from symdcrnn.equation_text import format_error, format_number, labelled
from symdcrnn.limits.expansion.jets import symbol
from symdcrnn.limits.output.as_sympy import sympy_code
from symdcrnn.limits.output.terms import Term, names_of, terms_of

if TYPE_CHECKING:
    from symdcrnn.limits.result import Limit, LimitEquation


def text(limit: Limit, details: bool = True) -> str:
    """The equations of a limit; with details, also error bars of its coefficients, and what the fields are."""
    lines = []
    for equation in limit.equations:
        lines.append(f"{_left(limit, equation)} = {_sum(limit, equation.terms)}")
        learned = [shown for term in equation.terms if (shown := _learned(limit, term))]
        if learned and details:
            lines.append(labelled("coefficients", ", ".join(learned)))
    if not details:
        return "\n".join(lines)
    means = [f"{field.name} = {_formula(limit, value).text}"
             for field, value in limit.expansion.slow.definitions.items()]
    if limit.epsilon is not None:
        means.append(f"{limit.small} = {_epsilon(limit.epsilon)}")
    if means:
        lines.append(labelled("where", ", ".join(means)))
    if limit.system.parameters:
        lines.append(labelled("parameters", ", ".join(limit.system.parameters)))
    lines += [labelled("" if number else "assumptions", line) for number, line in enumerate(limit.assumed)]
    return "\n".join(lines)


def _epsilon(value: float) -> str:
    whole = round(1.0 / value)
    return f"1/{whole}" if whole > 1 and 1.0 / whole == value else f"{value:.6g}"


def _left(limit: Limit, equation: LimitEquation) -> str:
    calculus = limit.system.calculus
    if equation.factor != 1:
        return f"{enclosed(_formula(limit, equation.factor), PREFIX)} d_t {equation.target.name}"
    if equation.content == symbol(calculus, equation.target):
        return f"d_t {equation.target.name}"
    words = " + ".join(_plain(limit, term) for term in terms_of(equation.content, 0, calculus, limit.numbers))
    return f"d_t({words})"


def _formula(limit: Limit, value: sympy.Expr) -> Written:
    """A formula without derivatives, learned coefficients as numbers."""
    shown = limit.with_numbers(value)
    return written(shown, names_of(limit.system.calculus, shown))


def _plain(limit: Limit, term: Term) -> str:
    if term.coefficient == 1:
        return str(term.word)
    return f"{enclosed(_formula(limit, term.coefficient), PRODUCT)} {term.word}"


def _sum(limit: Limit, terms: tuple[Term, ...]) -> str:
    result = ""
    for term in terms:
        sign, size = _coefficient(limit, term)
        factors = [size, _power(limit.small, term.power), "" if term.word == Word((), UNIT) else str(term.word)]
        shown = " ".join(factor for factor in factors if factor) or "1"
        result += f" {sign} {shown}" if result else f"{'-' if sign == '-' else ''}{shown}"
    return result or "0"


def _power(name: str, power: int) -> str:
    """A power of the small parameter; ``(1/nu^2)`` of one over a large one."""
    if not power:
        return ""
    large = name.startswith("1/")
    base = name.removeprefix("1/")
    raised = base if abs(power) == 1 else f"{base}^{abs(power)}"
    return f"(1/{raised})" if (power > 0) == large else raised


def _coefficient(limit: Limit, term: Term) -> tuple[str, str]:
    """The sign and the size of a coefficient as text; no size for 1."""
    value = limit.size(term)
    if value is None:
        part = _formula(limit, term.coefficient)
        negative = part.text.startswith("-")
        if negative:
            part = _formula(limit, -term.coefficient)
        return "-" if negative else "+", enclosed(part, PRODUCT)
    sign = "-" if value.value < 0.0 else "+"
    if value.fraction is None:
        return sign, format_number(abs(value.value))
    return sign, "" if abs(value.fraction) == 1 else str(abs(value.fraction))


def _learned(limit: Limit, term: Term) -> str:
    """A coefficient with its error bar, and the fraction that it agrees with."""
    value = limit.size(term)
    if value is None or not term.coefficient.free_symbols:
        return ""
    error = "" if value.error is None else f" +- {format_error(value.error)}"
    fraction = "" if value.fraction is None else f" ({value.fraction})"
    return " ".join(part for part in (f"{format_number(value.value)}{error}{fraction}",
                                      _power(limit.small, term.power), str(term.word)) if part)


def latex(limit: Limit) -> str:
    """The equations of a limit in an aligned environment."""
    rows = []
    for equation in limit.equations:
        shown = ""
        for term in equation.terms:
            sign, size = _latex_coefficient(limit, term)
            power = _latex_power(limit, term.power)
            word = "" if term.word.latex == "1" else term.word.latex
            whole = r" \, ".join(part for part in (size, power, word) if part) or "1"
            shown += f" {sign} {whole}" if shown else f"{'-' if sign == '-' else ''}{whole}"
        rows.append(f"{_latex_left(limit, equation)} &= {shown or '0'}")
    return "\n".join([r"\begin{aligned}", " \\\\\n".join(rows), r"\end{aligned}"])


def _latex_power(limit: Limit, power: int) -> str:
    if not power:
        return ""
    large = limit.system.large
    base, exponent = (latex_name(large), -power) if large is not None else (r"\varepsilon", power)
    return base if exponent == 1 else rf"{base}^{{{exponent}}}"


def _latex_left(limit: Limit, equation: LimitEquation) -> str:
    calculus = limit.system.calculus
    own = rf"\partial_t {latex_name(equation.target.name)}"
    if equation.factor != 1:
        return rf"\left({_latex_formula(limit, equation.factor)}\right) {own}"
    if equation.content == symbol(calculus, equation.target):
        return own
    return rf"\partial_t \left({_latex_formula(limit, equation.content)}\right)"


def _latex_formula(limit: Limit, value: sympy.Expr) -> str:
    calculus = limit.system.calculus
    value, names = limit.with_numbers(value), {}
    for one in value.free_symbols:
        atom = calculus.atoms[one]
        name = atom.of if isinstance(atom, Jet) else str(one)
        names[one] = latex_name(name.name if isinstance(name, Field) else name)
    return str(sympy.latex(value, symbol_names=names))


def _latex_coefficient(limit: Limit, term: Term) -> tuple[str, str]:
    value = limit.size(term)
    if value is None:
        negative = term.coefficient.could_extract_minus_sign()
        size = _latex_formula(limit, -term.coefficient if negative else term.coefficient)
        return "-" if negative else "+", size
    sign = "-" if value.value < 0.0 else "+"
    if value.fraction is None:
        digits, mark, exponent = format_number(abs(value.value)).partition("e")
        return sign, rf"{digits} \cdot 10^{{{int(exponent)}}}" if mark else digits
    exact = abs(value.fraction)
    if exact == 1:
        return sign, ""
    return sign, str(exact) if exact.denominator == 1 else rf"\frac{{{exact.numerator}}}{{{exact.denominator}}}"


def to_json(limit: Limit) -> dict[str, Any]:
    """A limit as plain values."""
    equations = {}
    for equation in limit.equations:
        terms = []
        for term in equation.terms:
            value = limit.size(term)
            learned = bool(term.coefficient.free_symbols & limit.known.keys())
            terms.append({
                "word": str(term.word), "power": term.power,
                "coefficient": None if learned else str(term.coefficient),
                "value": None if value is None else value.value,
                "error": None if value is None or not learned else value.error,
                "fraction": None if value is None or value.fraction is None else str(value.fraction),
            })
        equations[equation.target.name] = {
            "text": f"{_left(limit, equation)} = {_sum(limit, equation.terms)}", "left": _left(limit, equation),
            "terms": terms,
        }
    return {
        "equations": equations,
        "order": limit.order,
        "small": limit.small,
        "epsilon": limit.epsilon,
        "parameters": list(limit.system.parameters),
        "fastest": limit.expansion.fastest,
        "where": {field.name: _formula(limit, value).text
                  for field, value in limit.expansion.slow.definitions.items()},
        "assumed": list(limit.assumed),
        "profiles": {name: {**{axis: list(points) for axis, points in one.points.items()}, "values": list(one.values)}
                     for name, one in limit.profiles.items()},
        "latex": latex(limit),
        "sympy": sympy_code(limit),
    }
