"""Learned equations as LaTeX, each word as its letters are typeset."""

from __future__ import annotations

from symdcrnn.algebra.operators import latex_name
from symdcrnn.algebra.words import Word
from symdcrnn.embedding.words import equation_of, function_name, space_of_model
from symdcrnn.equation import LearnedEquation
from symdcrnn.equation_text import format_number, names_of_functions
from symdcrnn.model import Model


def model_latex(model: Model, target: str | None = None) -> str:
    """The equations of a model for math mode: one by itself, several as lines of ``aligned``.

    Parameters
    ----------
    model : Model
    target : str, optional
        Of one equation alone.

    Raises
    ------
    InputError
        If there is no such equation, or a word cannot be read.
    """
    found = [equation_latex(model, one) for one in ([model[target]] if target is not None else model.equations)]
    if len(found) == 1:
        return found[0]
    lines = " \\\\\n".join(one.replace(" = ", " &= ", 1) for one in found)
    return "\n".join([r"\begin{aligned}", lines, r"\end{aligned}"])


def equation_latex(model: Model, learned: LearnedEquation) -> str:
    r"""An equation of a model such as ``\partial_t f = -1\, f + 0.5\, \left\langle f \right\rangle``.

    Coefficients that are functions are named a_1, a_2 and so on, a source S.

    Parameters
    ----------
    model : Model
    learned : LearnedEquation
        Of the model.

    Raises
    ------
    InputError
        If a word cannot be read.
    """
    words = equation_of(model, learned, space_of_model(model)).words
    parts = [_term(term.coefficient, term.power, word) for term, word in zip(learned.terms, words, strict=False)]
    names = names_of_functions(learned)
    for number, (function, word) in enumerate(zip(learned.functions, words[len(learned.terms):], strict=True)):
        # It need not stand first: letters that commute have an order of their own.
        own = function_name(learned.target, number)
        rest = Word.of(tuple(letter for letter in word.letters if letter.name != own), word.base)
        parts.append(f"+ {_function(names[number])}({', '.join(map(latex_name, function.points))}){_factor(rest)}")
    return rf"\partial_t {latex_name(learned.target)} = {' '.join(parts).removeprefix('+ ') or '0'}"


def _term(coefficient: float, power: int, word: Word) -> str:
    digits, sign, exponent = format_number(abs(coefficient)).partition("e")
    size = rf"{digits} \cdot 10^{{{int(exponent)}}}" if sign else digits
    scale = rf"\, \varepsilon^{{-{power}}}" if power else ""
    return f"{'-' if coefficient < 0.0 else '+'} {size}{scale}{_factor(word)}"


def _function(name: str) -> str:
    """a_{1} for a1, with a prime for each underscore that makes it differ."""
    stem = name.rstrip("_")
    index = stem.lstrip("aS")
    return (f"{stem[0]}_{{{index}}}" if index else stem) + "'" * (len(name) - len(stem))


def _factor(word: Word) -> str:
    return "" if word.latex == "1" else rf"\, {word.latex}"
