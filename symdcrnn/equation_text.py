"""Learned equations as lines of text: numbers, sums of terms, and names of coefficients that are functions."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from symdcrnn.equation import LearnedEquation, LearnedFunction

SOURCE = "S"
"""The name of the coefficient of the word 1, a source; others are a1, a2 and so on."""

ONE = "1"

LABEL = 12
"""The width of what lines below an equation begin with."""

RARE = 0.995
"""The inclusion of a term is written where it is less."""


def labelled(label: str, text: str) -> str:
    """A line below an equation: what it is about, and what is said."""
    return f"  {label:<{LABEL}}  {text}"


def format_number(value: float) -> str:
    """Six digits, without an exponent where that is readable."""
    return f"{value:.6g}" if 1e-4 <= abs(value) < 1e7 or value == 0.0 else f"{value:.5e}"


def format_error(value: float) -> str:
    """Two digits, as in ``0.023`` and ``7200``."""
    return f"{float(f'{value:.2g}'):g}"


def format_factor(value: float) -> str:
    """Two digits, as in ``7.5e5`` and ``7.1``."""
    digits, mark, exponent = f"{value:.2g}".partition("e")
    return f"{digits}e{int(exponent)}" if mark else digits


def others_text(growth: float) -> str:
    """How many times the residual grows at most when what is not in an equation is dropped."""
    factor = format_factor(growth)
    return "dropping the others does not raise it" if factor == "1" else f"dropping the others at most {factor}-fold"


def format_sum(terms: Sequence[tuple[float, str]]) -> str:
    """``-65536 g - 256 v_dx g + 256 <v_dx g>``; ``0`` for no terms."""
    if not terms:
        return "0"
    parts = []
    for number, (coefficient, word) in enumerate(terms):
        sign = "-" if coefficient < 0.0 else "+"
        size = times(format_number(abs(coefficient)), word)
        if number:
            parts.append(f" {sign} {size}")
        else:
            parts.append(f"{'-' if coefficient < 0.0 else ''}{size}")
    return "".join(parts)


def times(factor: str, word: str) -> str:
    """A factor before a word; the word 1 is not written."""
    return f"{factor} {word}".removesuffix(f" {ONE}")


def function_names(functions: Sequence[LearnedFunction], taken: Collection[str]) -> tuple[str, ...]:
    """What coefficients that are functions are called: a1, a2 and so on, and S for a source.

    Parameters
    ----------
    functions : sequence of LearnedFunction
    taken : collection of str
        Names of something else, to which underscores are put in order to differ.
    """
    names: list[str] = []
    for function in functions:
        name = SOURCE if function.word == ONE else f"a{1 + sum(one.startswith('a') for one in names)}"
        while name in taken or name in names:
            name += "_"
        names.append(name)
    return tuple(names)


def names_of_functions(equation: LearnedEquation) -> tuple[str, ...]:
    """`function_names` that no letter or field of the equation has."""
    words = [*(term.word for term in equation.terms), *(one.word for one in equation.functions), equation.target]
    return function_names(equation.functions, set(re.findall(r"[^\W\d]\w*", " ".join(words))))


def function_range(function: LearnedFunction, name: str, scale: float = 1.0) -> str:
    """``a1 in [-101, -1]``."""
    ends = (format_number(scale * min(function.values)), format_number(scale * max(function.values)))
    return f"{name} in [{', '.join(ends)}]"


def equation_text(equation: LearnedEquation) -> str:
    """As a person would write it: ``d_t g = -65535.1 g - 256 v_dx g + a1(x) rho, a1 in [-101, -1]``.

    The words of each kernel are one, and lines say what it is.
    """
    inside = {word for kernel in equation.kernels for word in kernel.words}
    names = names_of_functions(equation)
    alone = [(term.coefficient, term.text) for term in equation.terms if term.word not in inside]
    parts = [*([format_sum(alone)] if alone else []), *(f"{one.name} {one.field}" for one in equation.kernels)]
    parts += [times(_called(function, name), function.word)
              for function, name in zip(equation.functions, names, strict=True)]
    ranges = [function_range(function, name) for function, name in zip(equation.functions, names, strict=True)]
    first = ", ".join([f"d_t {equation.target} = {' + '.join(parts) or '0'}", *ranges])
    return "\n  ".join([first, *(line for kernel in equation.kernels for line in kernel.lines())])


def _called(function: LearnedFunction, name: str) -> str:
    return f"{name}({', '.join(function.points)})"


def coefficients_text(equation: LearnedEquation) -> str | None:
    """Each learned coefficient with its standard error and units, and how often its term is selected again.

    Returns
    -------
    str or None
        None where no standard error is known.
    """
    parts = []
    for term in equation.terms:
        if term.known or term.error is None:
            continue
        rare = ("" if term.inclusion is None or term.inclusion > RARE else
                f" (inclusion {100.0 * term.inclusion:.0f} %)")
        size = f"{format_number(term.coefficient)} +- {format_error(term.error)}{_units(term.units)}"
        parts.append(f"{times(size, term.text)}{rare}")
    for function, name in zip(equation.functions, names_of_functions(equation), strict=True):
        if function.errors:
            ends = dict.fromkeys(format_error(end) for end in (min(function.errors), max(function.errors)))
            parts.append(f"{_called(function, name)} +- {' to '.join(ends)}{_units(function.units)}")
    return ", ".join(parts) or None


def _units(units: str | None) -> str:
    return "" if units in (None, ONE) else f" [{units}]"


def scaled_text(equation: LearnedEquation) -> str | None:
    """The scaled form: ``d_t g = (1/eps^2) [-1 g - 1 v_dx rho] + (1/eps) [...],  eps = 0.01``; None for none."""
    form = equation.scaled
    if form is None:
        return None
    names, count = names_of_functions(equation), len(equation.terms)
    groups, ranges = [], []
    for power in sorted(set(form.powers), reverse=True):
        members = [(scaled, term.word) for term, scaled, own in zip(
            equation.terms, form.scaled, form.powers, strict=False) if own == power]
        inside = [format_sum(members)] if members else []
        factor = {0: "", 1: "eps "}.get(power, f"eps^{power} ")
        for function, name, own in zip(equation.functions, names, form.powers[count:], strict=True):
            if own == power:
                inside.append(times(f"{factor}{_called(function, name)}", function.word))
                ranges.append(function_range(function, f"{factor}{name}", form.epsilon**power))
        groups.append(f"{power_text(power)}[{' + '.join(inside)}]")
    return ",  ".join([f"d_t {equation.target} = {' + '.join(groups)}", f"eps = {form.epsilon:.6g}", *ranges])


def power_text(power: int) -> str:
    """What stands before a word: ``(1/eps^2) ``, nothing for the power 0."""
    return {0: "", 1: "(1/eps) "}.get(power, f"(1/eps^{power}) ")


def scales_text(equation: LearnedEquation) -> str:
    """Which M the data chose and why: ``M = 2: ...``."""
    chosen = next((one for one in equation.candidates if one.scales == equation.scales), None)
    if chosen is None:
        return f"M = {equation.scales}: the highest power of 1/epsilon that the trajectories show"
    others = [one for one in equation.candidates if one.scales != equation.scales]
    listed = ", ".join(f"{one.criterion:.1f} for M = {one.scales}" for one in others)
    against = f", against {listed}" if others else ""
    return (f"M = {equation.scales}: scaled coefficients within a factor of {math.exp(chosen.spread):.3g} of one, "
            f"criterion {chosen.criterion:.1f}{against}")
