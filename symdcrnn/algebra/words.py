"""Words: compositions of operators (eq. 1.4), brought to one normal form.

A word is a tuple of operators, the outermost first.  Two words that the relations make equal
have the same normal form, so a polynomial never carries one term twice.
"""

from __future__ import annotations

from dataclasses import dataclass

from symdcrnn.algebra.operators import Operator
from symdcrnn.errors import InputError

Letters = tuple[Operator, ...]


@dataclass(frozen=True)
class Field:
    """A field the words act on.

    Parameters
    ----------
    name : str
        Its name in the trajectory.
    v_dependent : bool
        Whether it depends on v (g, f) or on x alone (rho).
    """

    name: str
    v_dependent: bool

    @property
    def latex(self) -> str:
        return {"rho": r"\rho"}.get(self.name, self.name)


def normal_form(letters: Letters, v_dependent: bool) -> Letters:
    """The normal form of a composition acting on a field.

    Parameters
    ----------
    letters : tuple of Operator
        Outermost first.
    v_dependent : bool
        Whether the field it acts on depends on v.

    Returns
    -------
    tuple of Operator
        Identities are gone (I A = A), commuting neighbours stand in the order of their rank,
        idempotent neighbours are one (<<u>> = <u>), and an average of what does not depend on v
        is gone.
    """
    reduced = [letter for letter in letters if not letter.is_identity]
    changed = True
    while changed:
        changed = False
        position = 0
        while position + 1 < len(reduced):
            left, right = reduced[position], reduced[position + 1]
            if left.idempotent and left.name == right.name:
                del reduced[position]
                changed = True
            elif right.rank < left.rank and (right.name in left.commutes_with or left.name in right.commutes_with):
                reduced[position], reduced[position + 1] = right, left
                changed = True
                position = max(position - 1, 0)
            else:
                position += 1
        varies = v_dependent
        for position in range(len(reduced) - 1, -1, -1):
            if reduced[position].averages and not varies:
                del reduced[position]
                changed = True
                break
            varies = depends_on_v(reduced[position], varies)
    return tuple(reduced)


def depends_on_v(operator: Operator, v_dependent: bool) -> bool:
    """Whether operator(u) depends on v, given whether u does."""
    return not operator.averages and (operator.spreads or v_dependent)


@dataclass(frozen=True)
class Word:
    """A composition of operators in normal form, and the field it acts on.

    Parameters
    ----------
    letters : tuple of Operator
        Outermost first, in normal form: use `Word.of`.
    field : Field
        What it acts on.
    """

    letters: Letters
    field: Field

    @classmethod
    def of(cls, letters: Letters, field: Field) -> Word:
        """The word of any composition, brought to normal form."""
        return cls(normal_form(letters, field.v_dependent), field)

    @property
    def v_dependent(self) -> bool:
        """Whether its value depends on v."""
        varies = self.field.v_dependent
        for letter in reversed(self.letters):
            varies = depends_on_v(letter, varies)
        return varies

    @property
    def is_identity(self) -> bool:
        return not self.letters

    def after(self, letters: Letters) -> Word:
        """This word with more operators applied to it."""
        return Word.of((*letters, *self.letters), self.field)

    def __str__(self) -> str:
        """Operators first, the field last: ``v_dx v_dx g``, ``<v_dx g>``, ``v_dx <g>``."""
        text = self.field.name
        for letter in reversed(self.letters):
            text = letter.text.format(text)
        return text.rstrip()

    @property
    def latex(self) -> str:
        text = self.field.latex
        for letter in reversed(self.letters):
            text = letter.latex.format(text)
        return text.rstrip()

    @property
    def identifier(self) -> str:
        """A Python identifier made from the word: ``mean_v_dx_g``."""
        return "_".join([letter.name for letter in self.letters] + [self.field.name])


def parse_word(text: str, fields: dict[str, Field], operators: dict[str, Operator]) -> Word:
    """The word that `str(word)` printed.

    Parameters
    ----------
    text : str
        For example ``<v_dx g>``.
    fields, operators : dict
        What its names may mean.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    spaced = text.replace("<", " < ").replace(">", " > ").split()
    average = next((operator for operator in operators.values() if operator.averages), None)
    letters: list[Operator] = []
    depth = 0
    field: Field | None = None
    for token in spaced:
        if token == ">" and field is not None and depth > 0:
            depth -= 1
        elif field is not None:
            raise InputError(f"cannot read the word {text!r}: nothing may follow the field {field.name!r}")
        elif token == "<" and average is not None:
            letters.append(average)
            depth += 1
        elif token in operators:
            letters.append(operators[token])
        elif token in fields:
            field = fields[token]
        else:
            raise InputError(
                f"cannot read the word {text!r}: {token!r} is neither an operator ({', '.join(operators)}) "
                f"nor a field ({', '.join(fields)})"
            )
    if field is None or depth:
        raise InputError(f"cannot read the word {text!r}: write operators first, the field last, like '<v_dx g>'")
    return Word.of(tuple(letters), field)
