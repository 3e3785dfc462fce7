"""What a user typed as a tree: names, numbers, groups, powers, products and sums, whatever the names mean.

    sum      = ["-"] product {("+" | "-") product}
    product  = power {["*" | "/"] power}
    power    = primary ["^" exponent]
    exponent = ["-"] primary
    primary  = number | name | "(" sum {"," sum} ")" | "<" sum ">"
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from symdcrnn.errors import InputError

MAX_LENGTH = 2000
"""Longest text in characters: whatever is longer was not typed by a person."""

MAX_DEPTH = 60
"""Deepest nesting of groups and operators, far below the recursion limit of the interpreter."""

MAX_EXPONENT = 300
"""Of ten in a number."""

TOKEN = re.compile(r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[A-Za-z_][A-Za-z0-9_]*'*)"
                   r"|(?P<sign>\*\*|[-+*/^()<>,]))")


@dataclass(frozen=True)
class Number:
    value: Fraction


@dataclass(frozen=True)
class Name:
    name: str


@dataclass(frozen=True)
class Group:
    """What stands in parentheses: one sum, or the arguments of a function."""

    items: tuple[Node, ...]


@dataclass(frozen=True)
class Brackets:
    """What stands in angle brackets."""

    inner: Node


@dataclass(frozen=True)
class Power:
    base: Node
    exponent: Node


@dataclass(frozen=True)
class Factors:
    """A product; before each factor stands ``*``, ``/`` or nothing."""

    parts: tuple[tuple[str, Node], ...]


@dataclass(frozen=True)
class Terms:
    """A sum; before each term stands ``+`` or ``-``."""

    parts: tuple[tuple[str, Node], ...]


Node = Number | Name | Group | Brackets | Power | Factors | Terms


def parse(text: str) -> Node:
    """The tree of a text.

    Raises
    ------
    InputError
        If it has none, is too long or too deep.
    """
    cursor = _Cursor(_tokens(text))
    tree = _sum(cursor, 0)
    if cursor.kind != "end":
        raise InputError(f"{cursor.text!r} stands where nothing may follow")
    return tree


def names_in(text: str) -> tuple[str, ...]:
    """Every name in a text, each once, in their order; it need not be one that can be read."""
    return tuple(dict.fromkeys(re.findall(r"[A-Za-z_][A-Za-z0-9_]*", text))) if isinstance(text, str) else ()


def quoted(text: str) -> str:
    """A text as an error shows it."""
    return repr(text if len(text) <= 80 else f"{text[:77]}...")


def _tokens(text: str) -> list[tuple[str, str]]:
    if not isinstance(text, str):
        raise InputError(f"text is expected, not {type(text).__name__}")
    if len(text) > MAX_LENGTH:
        raise InputError(f"it has {len(text)} characters: write at most {MAX_LENGTH}")
    return [*_scan(text), ("end", "the end")]


def _scan(text: str) -> Iterator[tuple[str, str]]:
    place, end = 0, len(text.rstrip())
    while place < end:
        found = TOKEN.match(text, place)
        if found is None:
            raise InputError(f"{text[place:].lstrip()[0]!r} has no meaning in it")
        kind = str(found.lastgroup)
        yield kind, "^" if found.group(kind) == "**" else found.group(kind)
        place = found.end()


class _Cursor:
    """The place in a list of tokens."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._place = 0

    @property
    def kind(self) -> str:
        return self._tokens[self._place][0]

    @property
    def text(self) -> str:
        return self._tokens[self._place][1]

    def take(self) -> str:
        """The text of this token; go on to the next one."""
        text = self.text
        self._place += 1
        return text

    def at(self, *signs: str) -> bool:
        return self.kind == "sign" and self.text in signs

    def expect(self, sign: str) -> None:
        if not self.at(sign):
            raise InputError(f"{sign!r} is missing before {self.text if self.kind == 'end' else repr(self.text)}")
        self.take()


def _sum(cursor: _Cursor, depth: int) -> Node:
    parts = [(cursor.take() if cursor.at("-", "+") else "+", _product(cursor, depth))]
    while cursor.at("+", "-"):
        sign = cursor.take()
        parts.append((sign, _product(cursor, depth)))
    return parts[0][1] if len(parts) == 1 and parts[0][0] == "+" else Terms(tuple(parts))


def _product(cursor: _Cursor, depth: int) -> Node:
    parts = [("*", _power(cursor, depth))]
    inside = depth
    while cursor.at("*", "/", "(", "<") or cursor.kind in ("number", "name"):
        sign = cursor.take() if cursor.at("*", "/") else ""
        # Each of several factors side by side may be an operator on the next.
        inside = depth if sign else inside + 1
        parts.append((sign, _power(cursor, inside)))
    return parts[0][1] if len(parts) == 1 else Factors(tuple(parts))


def _power(cursor: _Cursor, depth: int) -> Node:
    if depth > MAX_DEPTH:
        raise InputError(f"it is nested more than {MAX_DEPTH} levels deep: write a simpler one")
    base = _primary(cursor, depth)
    if not cursor.at("^"):
        return base
    cursor.take()
    negative = cursor.at("-")
    if negative:
        cursor.take()
    exponent = _primary(cursor, depth)
    if cursor.at("^"):
        raise InputError("a power of a power is ambiguous: use parentheses")
    return Power(base, Terms((("-", exponent),)) if negative else exponent)


def _primary(cursor: _Cursor, depth: int) -> Node:
    if cursor.kind == "number":
        return Number(_number(cursor.take()))
    if cursor.kind == "name":
        return Name(cursor.take())
    if cursor.at("<"):
        cursor.take()
        inner = _sum(cursor, depth + 1)
        cursor.expect(">")
        return Brackets(inner)
    if cursor.at("("):
        cursor.take()
        items = [_sum(cursor, depth + 1)]
        while cursor.at(","):
            cursor.take()
            items.append(_sum(cursor, depth + 1))
        cursor.expect(")")
        return Group(tuple(items))
    what = cursor.text if cursor.kind == "end" else repr(cursor.text)
    raise InputError(f"{what} stands where a name or a number is expected")


def _number(text: str) -> Fraction:
    if abs(int(text.lower().partition("e")[2] or 0)) > MAX_EXPONENT:
        raise InputError(f"the number {text} is out of range")
    return Fraction(text)
