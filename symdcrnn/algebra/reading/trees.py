"""Words that are products and functions of words, in their one form.

A product with a known function of coordinates is a letter in front of all that it multiplies, so `f v` is `v f`; what
is left are factors in a definite order, powers as repeated factors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sympy

from symdcrnn.algebra.normal_form import Letters
from symdcrnn.algebra.operators import Operator
from symdcrnn.algebra.reading.formulas import checked, maxwellian_order
from symdcrnn.algebra.reading.known_functions import LARGEST_POWER, check_coefficient, known_expression, letters_of
from symdcrnn.algebra.words import UNIT, Field, Function, Product, Word

ONE = Word((), UNIT)


def product(factors: Sequence[Word]) -> Word:
    """The product of words, of none the word 1."""
    letters: list[Operator] = []
    found: list[Word] = []
    for factor in factors:
        known, rest = split(factor)
        letters += known
        if isinstance(rest.base, Product) and rest.is_identity:
            found += rest.base.factors
        elif rest != ONE:
            found.append(rest)
    if len(found) > 1 and any(factor.is_identity and isinstance(factor.base, Function) for factor in found):
        words: dict[sympy.Symbol, Word] = {}
        return function(sympy.Mul(*(expression_of(factor, words) for factor in found)), words).after(tuple(letters))
    return _assembled(tuple(letters), found)


def split(word: Word) -> tuple[Letters, Word]:
    """The known functions that a word is multiplied by, and the rest."""
    number = next((k for k, letter in enumerate(word.letters) if not letter.multiplies), len(word.letters))
    return word.letters[:number], Word(word.letters[number:], word.base)


def _assembled(letters: Letters, factors: Sequence[Word]) -> Word:
    if len(factors) < 2:
        inner = factors[0] if factors else ONE
        return inner.after(letters)
    return Word.of(letters, Product(tuple(sorted(factors, key=order_of))))


def order_of(word: Word) -> tuple[int, bool, str]:
    """How factors and arguments are ordered: those with fewer letters first, fields before functions."""
    return len(word.letters), isinstance(word.base, Function), str(word)


def function(expression: sympy.Expr, words: Mapping[sympy.Symbol, Word]) -> Word:
    """The word that an expression of words means.

    Parameters
    ----------
    expression : sympy.Expr
    words : mapping of sympy.Symbol to Word
        What its symbols stand for: fields, known functions, and words that begin with another letter.

    Raises
    ------
    InputError
        If it has a numeric factor, or no value that is finite.
    """
    named = {symbol: word.letters[0] for symbol, word in words.items() if word.base == UNIT and word.letters
             and len(word.letters) == 1 and word.letters[0].multiplies}
    coefficient, factors = checked(expression).as_coeff_mul()
    check_coefficient(sympy.Mul(coefficient, *(factor for factor in factors if not factor.free_symbols)))
    known = [factor for factor in factors if factor.free_symbols and factor.free_symbols <= named.keys()]
    found: list[Word] = []
    for factor in factors:
        base, exponent = factor.as_base_exp()
        if factor in known or not factor.free_symbols:
            continue
        if base.is_Symbol and exponent.is_Integer and 1 <= exponent <= LARGEST_POWER:
            found += [words[base]] * int(exponent)
        else:
            found.append(Word((), applied(factor, words)))
    return _assembled(letters_of(sympy.Mul(*known), named), found)


def applied(expression: sympy.Expr, words: Mapping[sympy.Symbol, Word]) -> Function:
    """An expression of words as a function of its arguments in their order."""
    symbols = sorted(expression.free_symbols, key=lambda symbol: order_of(words[symbol]))
    names = {symbol: sympy.Symbol(f"a{number}") for number, symbol in enumerate(symbols)}
    return Function(expression.xreplace(names), tuple(words[symbol] for symbol in symbols))


def expression_of(word: Word, words: dict[sympy.Symbol, Word]) -> sympy.Expr:
    """A word as an expression of words that are no products and functions by themselves; the inverse of `function`.

    Parameters
    ----------
    word : Word
    words : dict of sympy.Symbol to Word
        Where the symbols that are used are entered.
    """
    def symbol(atom: Word) -> sympy.Symbol:
        made = sympy.Symbol(str(atom))
        words[made] = atom
        return made

    letters, rest = split(word)
    result: sympy.Expr = sympy.Integer(1)
    for letter in letters:
        named = {sympy.Symbol(part.name): symbol(Word((part,), UNIT)) for part in letter.parts or (letter,)}
        result *= known_expression(letter).xreplace(named)
    base = rest.base
    if rest == ONE:
        return result
    if rest.letters or isinstance(base, Field):
        return result * symbol(rest)
    if isinstance(base, Product):
        return sympy.Mul(result, *(expression_of(factor, words) for factor in base.factors))
    if maxwellian_order(base.expression) is not None:
        return result * symbol(rest)
    arguments = {one: expression_of(argument, words) for one, argument in base.named.items()}
    return result * base.expression.xreplace(arguments)
