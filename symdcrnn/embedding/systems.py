"""Right-hand sides, residuals and their adjoints as systems.

Both are sums of words on combinations of frames; a right-hand side is one with one frame.  An adjoint runs the same
way backward: adjoint words on the cotangents.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

from symdcrnn.algebra.calculus.adjoint import adjoint_word
from symdcrnn.algebra.words import UNIT, Field, Word, acted_on
from symdcrnn.embedding.equations import Equation, Equations
from symdcrnn.kernels.program import AVERAGED
from symdcrnn.kernels.system import Array, Output, Profile, Read, Sum, System, Term, Values
from symdcrnn.schemes.multistep import residual
from symdcrnn.schemes.scheme import Scheme


@dataclass(frozen=True)
class Column:
    """sign * coefficients[coefficient] * word(sum_k weights[k] u^k)."""

    word: Word
    coefficient: int
    weights: tuple[float, ...]


@dataclass(frozen=True)
class Line:
    """sum_k alpha[k] target^k + sign * sum of columns."""

    target: Field
    alpha: tuple[float, ...]
    sign: float
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Form:
    """What is computed, and on how many frames; None for a single state without an axis of frames."""

    name: str
    lines: tuple[Line, ...]
    frames: int | None
    title: tuple[str, ...]


def rate_form(equations: Equations) -> Form:
    """d/dt of all fields that have an equation."""
    lines = []
    title: list[str] = []
    for equation in equations.equations:
        columns = tuple(Column(word, equation.first + number, (1.0,)) for number, word in enumerate(equation.words))
        lines.append(Line(equation.target, (), 1.0, columns))
        title += [f"d/dt {equation.target.name} = sum of coefficient * word:", *_listed(columns)]
    return Form("rhs", tuple(lines), None, tuple(title))


def residual_form(equation: Equation, scheme: Scheme) -> Form:
    """The residual of a multistep scheme; its coefficients are those of the equation times dt."""
    form = residual(scheme, equation.target, equation.words)
    columns = tuple(Column(column.word, equation.first + number, column.time_weights)
                    for number, column in enumerate(form.columns))
    line = Line(equation.target, form.time_weights, -1.0, columns)
    head = f"The residual of d/dt {equation.target.name} = sum of coefficient * word under {scheme.name}:"
    return Form("residual", (line,), scheme.frames, (head, *_listed(columns)))


def _listed(columns: tuple[Column, ...]) -> list[str]:
    return [f"    coefficients[{column.coefficient}] * {column.word or '1'}" for column in columns]


def forward(equations: Equations, form: Form) -> System:
    """The system that evaluates a form."""
    values = Values(equations.stencils)
    starts = Starts(values, equations, form.frames)
    outputs = []
    for line in form.lines:
        terms = []
        if any(line.alpha):
            terms.append(Term(starts.combined(line.target.name, line.alpha)))
        terms += [Term(values.word(column.word.letters, starts.combined(acted_on(column.word).name, column.weights)),
                       column.coefficient, line.sign) for column in line.columns]
        outputs.append(Output(Array(line.target.name, "state", line.target.v_dependent), tuple(terms)))
    arrays = tuple(state(field, form.frames) for field in equations.fields)
    made = System(form.name, arrays, values.all, tuple(outputs), profiles(form, equations), False, 0, form.title)
    return System(form.name, arrays, made.values, made.outputs, made.profiles, False, made.halo, form.title)


def adjoint(equations: Equations, form: Form) -> System:
    """The system that applies the transpose of the Jacobian of a form to one cotangent per line."""
    values = Values(equations.stencils)
    frames = range(form.frames or 1)
    found: dict[tuple[str, int], list[Term]] = defaultdict(list)
    cotangents = []
    for line in form.lines:
        array = Array(line.target.name, "cotangent", line.target.v_dependent)
        cotangents.append(array)
        start = values.add(Read(f"z_{line.target.name}", array))
        for frame, weight in enumerate(line.alpha):
            if weight:
                found[line.target.name, frame].append(Term(start, None, weight))
        for column in line.columns:
            if column.word.base == UNIT:
                continue
            back = values.word(adjoint_word(column.word, replace(line.target, name="z")).letters, start)
            for frame, weight in enumerate(column.weights):
                if weight:
                    term = Term(back, column.coefficient, line.sign * weight)
                    found[acted_on(column.word).name, frame].append(term)
    results = {field: state(field, form.frames) for field in equations.fields}
    outputs = tuple(Output(results[field], tuple(found[field.name, frame]), None if form.frames is None else frame)
                    for field in equations.fields for frame in frames)
    title = ("The adjoint (transposed Jacobian applied to cotangents) of", "", *form.title)
    arrays = (*results.values(), *cotangents)
    return System(f"{form.name}_adjoint", arrays, values.all, outputs, profiles(form, equations), True,
                  forward(equations, form).halo, title)


def state(field: Field, frames: int | None) -> Array:
    """The argument that holds a field."""
    return Array(field.name, "state", field.v_dependent, frames)


def profiles(form: Form, equations: Equations) -> tuple[str, ...]:
    """The known functions of x that the words of all equations multiply by."""
    words = [column.word for line in form.lines for column in line.columns]
    return tuple(sorted({letter.name for word in words for letter in word.letters if letter.multiplies}))


class Starts:
    """The values that words start from: fields at frames and combined over them."""

    def __init__(self, values: Values, equations: Equations, frames: int | None) -> None:
        self.values = values
        self._fields = {field.name: field for field in equations.fields}
        self._frames = frames
        self._combinations: dict[tuple[float, ...], str] = {}

    def mark(self, frame: int) -> str:
        """How values of a frame are named."""
        return "now" if self._frames is None else f"frame{frame}"

    def at(self, name: str, frame: int) -> str:
        """The value of a field at a frame."""
        if name == UNIT.name:
            return self.values.add(Profile("one", ""))
        weights = tuple(float(frame == k) for k in range(self._frames or 1))
        return self.values.add(Read(f"{name}_{self.mark(frame)}", state(self._fields[name], self._frames), weights))

    def combined(self, name: str, weights: tuple[float, ...]) -> str:
        """sum_k weights[k] u^k of a field."""
        chosen = [frame for frame, weight in enumerate(weights) if weight]
        if name == UNIT.name:
            one = self.values.add(Profile("one", ""))
            total = sum(weights)
            label = self._label(weights)
            return one if abs(total - 1.0) < 1e-14 else self.values.add(
                Sum(f"one_{label}", AVERAGED, (Term(one, None, total),)))
        if self._frames is None or (len(chosen) == 1 and weights[chosen[0]] == 1.0):
            return self.at(name, chosen[0])
        label = self._label(weights)
        return self.values.add(Read(f"{name}_{label}", state(self._fields[name], self._frames), weights))

    def _label(self, weights: tuple[float, ...]) -> str:
        return self._combinations.setdefault(weights, f"mix{len(self._combinations)}")
