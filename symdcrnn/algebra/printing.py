"""Operator polynomials as text, LaTeX, sympy code or JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sympy

from symdcrnn.algebra.operators import Operator
from symdcrnn.algebra.polynomial import OperatorPolynomial
from symdcrnn.algebra.rnn import count_compositions, network
from symdcrnn.algebra.words import Word
from symdcrnn.errors import InputError

MOST_MONOMIALS_LAYERS = 2


def describe_polynomial(
    layers: int, operators: Sequence[Operator], acting: Word, word: Word | None = None,
    style: str = "text", factored: bool = False, monomials: bool = False,
) -> str:
    """The expanded polynomial of one network, eqs. (3.8), (3.11).

    Parameters
    ----------
    layers : int
        K.
    operators : sequence of Operator
    acting : Word
        What it acts on: a field, or a word that is nonlinear in fields.
    word : Word, optional
        Only this word.
    style : str
        ``text``, ``latex``, ``sympy`` or ``json``.
    factored : bool
        Keep shared factors as named definitions.
    monomials : bool
        Multiply the coefficients out.

    Raises
    ------
    InputError
        If the network cannot be built, is too deep to be written out, or does not reach the word.
    """
    if layers > 4:
        raise InputError(f"{layers} layers are too deep to be written out: use at most 4")
    polynomial = network(operators, layers).on(acting)
    words = list(polynomial.words)
    if word is not None:
        if word not in words:
            names = ", ".join(operator.name for operator in operators)
            raise InputError(f"{layers} layers of {names} do not reach the word {word}")
        words = [word]
    if layers > MOST_MONOMIALS_LAYERS and word is None and not factored:
        raise InputError(f"the {len(words)} coefficients of {layers} layers fill many pages: add --factored or --word")
    definitions = _needed(polynomial, words) if factored else []
    coefficients = _coefficients(polynomial, words, factored, monomials)
    summary = (f"{len(polynomial.words)} words on {acting}, of {count_compositions(operators, layers)} "
               "compositions before the relations")
    return STYLES[style](Expanded(acting, words, coefficients, definitions, summary))


Definitions = list[tuple[sympy.Symbol, sympy.Expr]]


@dataclass(frozen=True)
class Expanded:
    """What is printed: a network on a word, its words with their coefficients, shared factors, and a summary."""

    acting: Word
    words: list[Word]
    coefficients: list[sympy.Expr]
    definitions: Definitions
    summary: str


def _coefficients(
    polynomial: OperatorPolynomial, words: list[Word], factored: bool, monomials: bool
) -> list[sympy.Expr]:
    if factored:
        return [polynomial.coefficients[word.letters] for word in words]
    small = OperatorPolynomial(
        {word.letters: polynomial.coefficients[word.letters] for word in words},
        tuple(_needed(polynomial, words)), polynomial.base,
    )
    written = small.expand()
    return [sympy.expand(written[word.letters]) if monomials else written[word.letters] for word in words]


def _needed(polynomial: OperatorPolynomial, words: list[Word]) -> Definitions:
    wanted = set().union(*(polynomial.coefficients[word.letters].free_symbols for word in words))
    kept: Definitions = []
    for symbol, expression in reversed(polynomial.definitions):
        if symbol in wanted:
            kept.append((symbol, expression))
            wanted |= expression.free_symbols
    return kept[::-1]


def _text(one: Expanded) -> str:
    lines = [one.summary, ""]
    lines += [f"{symbol} = {expression}" for symbol, expression in one.definitions]
    lines += [""] if one.definitions else []
    width = max(len(str(word)) for word in one.words)
    pairs = zip(one.words, one.coefficients, strict=True)
    lines += [f"{word!s:<{width}}  {coefficient}" for word, coefficient in pairs]
    return "\n".join(lines)


def _latex(one: Expanded) -> str:
    used = set().union(*(expression.free_symbols for expression in one.coefficients),
                       *(expression.free_symbols | {symbol} for symbol, expression in one.definitions))
    symbol_names = {symbol: _latex_symbol(symbol.name) for symbol in used}

    def typeset(expression: sympy.Expr) -> str:
        return str(sympy.latex(expression, symbol_names=symbol_names))

    lines = [f"% {one.summary}", r"\begin{aligned}"]
    rows = [f"{typeset(symbol)} &= {typeset(expression)}" for symbol, expression in one.definitions]
    name = one.acting.latex
    for number, (word, coefficient) in enumerate(zip(one.words, one.coefficients, strict=True)):
        start = rf"F({name}) &= " if number == 0 else "&+ "
        rows.append(rf"{start}\left({typeset(coefficient)}\right) {word.latex}")
    return "\n".join([*lines, " \\\\\n".join(rows), r"\end{aligned}"])


def _latex_symbol(name: str) -> str:
    """w_{1,2,3} for w_1_2_3, and C_{1,2}[v_dx mean] for C1_2[v_dx mean]."""
    stem, bracket, letters = name.partition("[")
    index = stem[1:].strip("_").replace("_", ",")
    inside = rf"[\text{{{letters[:-1]}}}]".replace("_", r"\_") if bracket else ""
    return f"{stem[0]}_{{{index}}}{inside}"


def _sympy(one: Expanded) -> str:
    lines = [f"# {one.summary}", "from sympy import Symbol", ""]
    symbols = set().union(*(expression.free_symbols for expression in one.coefficients),
                          *(expression.free_symbols for _, expression in one.definitions))
    defined = {symbol for symbol, _ in one.definitions}
    names = {symbol: sympy.Symbol(_identifier(symbol.name)) for symbol in symbols | defined}
    plain = sorted((symbol.name for symbol in symbols - defined), key=str)
    lines += [f'{name} = Symbol("{name}")' for name in plain]
    letters = sorted({letter.name for word in one.words for letter in word.letters})
    lines += [f'{name} = Symbol("{name}", commutative=False)' for name in letters]
    lines += [f"{names[symbol]} = {expression.xreplace(names)}" for symbol, expression in one.definitions]
    terms = [
        f"    + ({coefficient.xreplace(names)})" + "".join(f"*{letter.name}" for letter in word.letters)
        for word, coefficient in zip(one.words, one.coefficients, strict=True)
    ]
    return "\n".join([*lines, "polynomial = (", *terms, ")"])


def _identifier(name: str) -> str:
    return "".join(character if character.isalnum() or character == "_" else "_" for character in name).rstrip("_")


def _json(one: Expanded) -> str:
    content = {
        "summary": one.summary,
        "definitions": {str(symbol): str(expression) for symbol, expression in one.definitions},
        "words": {str(word): str(coefficient) for word, coefficient in zip(one.words, one.coefficients, strict=True)},
    }
    return json.dumps(content, indent=2)


Style = Callable[[Expanded], str]
STYLES: dict[str, Style] = {"text": _text, "latex": _latex, "sympy": _sympy, "json": _json}
