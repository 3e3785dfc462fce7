"""The words of a right-hand side, with what is known of their coefficients and what is asked of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from symdcrnn.algebra.operators import multiplication
from symdcrnn.algebra.words import UNIT, Field, Word
from symdcrnn.errors import InputError
from symdcrnn.settings import AXIS_SIGN, EVERY_WORD, FitSettings

MOST_AXES = 2
"""That a coefficient may be a function of."""

UNIT_WORD = "1"
"""How that field by itself is written."""


@dataclass(frozen=True)
class Term:
    """One word of a right-hand side.

    Parameters
    ----------
    word : Word
        The word.
    known : float or None
        Its coefficient where that is given, else None.
    """

    word: Word
    known: float | None = None


def terms_of(target: Field, words: Sequence[Word], known: Sequence[str]) -> tuple[Term, ...]:
    """The words of an ansatz with the known functions of x put in, eqs. (2.1), (2.4), (2.5).

    Parameters
    ----------
    target : Field
        The field of the equation.
    words : sequence of Word
        Of the ansatz.
    known : sequence of str
        Which of sigma_s, sigma_a and source are given.

    Returns
    -------
    tuple of Term
        Where sigma_s is given, the damping of a target that depends on v is ``sigma_s g`` with a
        coefficient of its own, in the place of ``g``.  Absorption and source enter with their
        exact coefficients, -1 and 1; the source has no part in the equation of g, whose average is zero.
    """
    terms = []
    for word in words:
        damping = word.is_identity and word.base == target and target.v_dependent
        if damping and "sigma_s" in known:
            terms.append(Term(Word.of((multiplication("sigma_s"),), target)))
        else:
            terms.append(Term(word))
    if "sigma_a" in known:
        terms.append(Term(Word.of((multiplication("sigma_a"),), target), -1.0))
    if "source" in known and target.name != "g":
        terms.append(Term(Word.of((multiplication("source"),), UNIT), 1.0))
    return tuple(terms)


def with_further(terms: Sequence[Term], words: Sequence[Word]) -> tuple[Term, ...]:
    """The terms and those of further words that are not among them."""
    known = {term.word for term in terms}
    return (*terms, *(Term(word) for word in words if word not in known))


def with_functions(
    terms: Sequence[Term], target: Field, settings: FitSettings, known: Sequence[str]
) -> tuple[tuple[Term, ...], tuple[int, ...]]:
    """The terms with a source where one is sought, and which of them have a function for a coefficient.

    Parameters
    ----------
    terms : sequence of Term
    target : Field
    settings : FitSettings
    known : sequence of str
        Which of sigma_s, sigma_a and source are given.

    Raises
    ------
    InputError
        If a word is not among the terms, or its function is given already.
    """
    asked = settings.functions_of(target.name)
    if UNIT_WORD in asked:
        if "source" in known:
            raise InputError("the source is given and sought at once: leave out one of both")
        terms = (*terms, Term(Word.of((), UNIT)))
    names = [str(term.word) or UNIT_WORD for term in terms]
    if {target.name, EVERY_WORD} & set(asked) and target.v_dependent and "sigma_s" in known:
        raise InputError("sigma_s is given and sought at once: leave out one of both")
    if EVERY_WORD in asked:
        asked = tuple(name for name, term in zip(names, terms, strict=True) if term.known is None)
    for word in asked:
        if word not in names:
            raise unknown_word(word, target.name, names)
    return tuple(terms), tuple(names.index(word) for word in asked)


def function_axis(settings: FitSettings, target: Field, space: Sequence[str]) -> str:
    """The axis that the coefficients of one equation are functions of, or several with commas between them.

    Parameters
    ----------
    settings : FitSettings
    target : Field
        The field of the equation.
    space : sequence of str
        The space axes of the data.

    Raises
    ------
    InputError
        If the field does not have it, it is not said where there are several, or functions of several are asked for.
    """
    named = set(settings.function_axes_of(target.name))
    own = [name for name in space if name in target.axes]
    if None in named and len(own) != 1:
        choices = ", ".join(f"{AXIS_SIGN}{name}" for name in target.axes)
        raise InputError(f"it is not said what a function of the {target.name}-equation depends on: write one of "
                         f"{choices} after its word")
    found = set()
    for several in named:
        names = {name.strip() for name in (several or own[0]).split(",")}
        for name in sorted(names - set(target.axes)):
            raise InputError(f"a function of {name!r} has no part in the {target.name}-equation, whose field depends "
                             f"on {', '.join(target.axes)}: name one of these after {AXIS_SIGN}")
        if len(names) > MOST_AXES or ("t" in names and len(names) > 1):
            raise InputError(f"a function of the {target.name}-equation is asked for of {several}: it may be one of t, "
                             f"or of at most {MOST_AXES} other axes")
        found.add(",".join(name for name in target.axes if name in names))
    if len(found) > 1:
        raise InputError(f"the {target.name}-equation is asked for functions of {' and of '.join(sorted(found))}: "
                         "those of one equation are of the same axes")
    return found.pop() if found else "x"


def unknown_word(word: str, target: str, names: Sequence[str]) -> InputError:
    """The error of a word that an equation does not have, with those that are written most like it.

    Parameters
    ----------
    word : str
    target : str
        Of the equation.
    names : sequence of str
        Its words.
    """
    close = get_close_matches(word, names, n=3, cutoff=0.0)
    return InputError(f"{word!r} is no word of the {target}-equation: the nearest are {', '.join(close)}; "
                      "`symdcrnn inspect --layers K --operators NAMES` lists them all")


def sought_functions(
    terms: Sequence[Term], functional: Sequence[int], followers: Collection[int], everything: bool, target: Field
) -> tuple[int, ...]:
    """The columns whose function is sought; of every word only those whose coefficient is not given.

    The function of a word that is tied to another one follows that of the other.

    Raises
    ------
    InputError
        If a coefficient is given or tied and its function asked for by name.
    """
    if not everything:
        for number in functional:
            if terms[number].known is not None or number in followers:
                how = "tied" if number in followers else "given"
                raise InputError(f"{str(terms[number].word)!r} of the {target.name}-equation is {how} and sought as a "
                                 "function at once: leave out one of both")
    return tuple(number for number in functional if terms[number].known is None and number not in followers)


def seen_functions(
    terms: Sequence[Term], functional: Sequence[int], gone: Mapping[int, str], everything: bool, target: Field
) -> tuple[int, ...]:
    """The columns whose function the data can tell; of every word those that do not vanish.

    Raises
    ------
    InputError
        If a word vanishes whose function was asked for by name.
    """
    for number in functional:
        if number in gone and not everything:
            raise InputError(f"no function of {str(terms[number].word)!r} can be told in the {target.name}-equation: "
                             f"{gone[number]}")
    return tuple(number for number in functional if number not in gone)
