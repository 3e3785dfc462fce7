"""Each reader and parser with a way to make its input from random numbers."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from symdcrnn.algebra.axes import Axis
from symdcrnn.algebra.operator_files import read_operators
from symdcrnn.algebra.operators import Operator
from symdcrnn.algebra.phase_space import phase_space
from symdcrnn.algebra.reading.formulas import parse_formula
from symdcrnn.algebra.reading.library import library
from symdcrnn.algebra.reading.word_parser import parse_terms, parse_word
from symdcrnn.algebra.rules import Pointwise, Quadrature
from symdcrnn.algebra.words import Field
from symdcrnn.checkpoint.encoding import decoded
from symdcrnn.checkpoint.journal import opened_journal, write_line
from symdcrnn.checkpoint.records import records_in
from symdcrnn.collisions.reading import kernels_of
from symdcrnn.data.expressions import parse_expression, parse_number
from symdcrnn.data.files.memory import parse_memory
from symdcrnn.equation import LearnedEquation
from symdcrnn.kernels.value_sizes import ValueSizes
from symdcrnn.leastsquares.quadratic import QuadraticModel
from symdcrnn.limits.equations.by_hand import read_equations
from symdcrnn.model import load_model
from symdcrnn.schemes.runge_kutta import read_tableau
from tests.soak import samples
from tests.soak.files import OF_FILES_OF_DATA, written_to
from tests.soak.mutations import altered, damaged, text
from tests.soak.target import Target, command
from tests.soak.vocabulary import (
    EXPRESSION_TOKENS,
    EXPRESSIONS,
    FORMULAS,
    KERNELS,
    LIBRARIES,
    LIMIT_TOKENS,
    LIMITS,
    SUMS,
    TOKENS,
    WORDS,
)

SPACE = phase_space(
    [Axis("v", "velocity", even=False), Axis("x", "space", periodic=True)],
    [Field("f", ("t", "v", "x")), Field("u", ("t", "x")), Field("E", ("t", "x")), Field("q", ("t",)),
     Field("sigma", ("x",))],
    operators=[Operator("K", Quadrature("v", "1 + 0.9*v*v'")), Operator("cube", Pointwise("u^3"))])


def texts(name: str, tokens: tuple[str, ...], written: tuple[str, ...], read: Callable[[str], object]) -> Target:
    return Target(name, lambda rng, folder: text(tokens, written, rng), read)


def _evaluated(given: str) -> None:
    expression = parse_expression(given)
    assert expression.evaluate(np.linspace(0.0, 1.0, 5)).shape == (5,)
    assert expression.names <= {"x"}


def _again(given: str) -> None:
    """What is read is printed so that it is read as the same."""
    word = parse_word(given, SPACE.variables, SPACE.operators)
    shown = str(word)
    if len(shown) < 1500:
        assert str(parse_word(shown, SPACE.variables, SPACE.operators)) == shown


def _limit(given: str) -> None:
    read_equations(given.split("\n"), {"v": "legendre"}, "eps", None)


def _config(path: Path) -> None:
    command("fit", str(path.with_name("absent.nc")), "--config", str(path))


def _model(path: Path) -> None:
    model = load_model(path)
    str(model), model.to_json()
    command("inspect", str(path))
    command("inspect", str(path), "--json")
    command("info", str(path), "--json")


def _operators(path: Path) -> None:
    phase_space(SPACE.axes, SPACE.fields, operators=read_operators(path))


def _checkpoint(path: Path) -> None:
    with opened_journal(path, True, {"data": "a"}, records_in(LearnedEquation, QuadraticModel, ValueSizes)) as journal:
        for line in journal.lines.values():
            decoded(line, journal.records)


@lru_cache
def _model_sample() -> dict[str, Any]:
    return samples.model()


def plain_values(name: str, suffix: str, sample: Callable[[], Any], read: Callable[[Path], object]) -> Target:
    """JSON, mostly of valid form with wrong content."""

    def make(rng: random.Random, folder: Path) -> Path:
        value = sample()
        if rng.random() < 0.2:
            content = damaged(json.dumps(value).encode(), rng)
        else:
            content = json.dumps(altered(value, rng)).encode("utf-8", "surrogatepass")
        return written_to(folder, f"a{suffix}", content)

    return Target(name, make, read)


def toml(name: str, sample: str, read: Callable[[Path], object]) -> Target:
    tokens = ("=", "[", "]", "\"", "'", "\n", "{", "}", ",", "0", "1e400", "nan", "inf", "9" * 30, "true",
              "1979-05-27", "12:00:00", "rules = ", "layers = ", "[operators.u]\n", "[[a]]\n", "kernel = ", "x",
              "\"\"\"", "-1", "0.5")

    def make(rng: random.Random, folder: Path) -> Path:
        lines = sample.splitlines(keepends=True)
        for _ in range(rng.choice((0, 1, 1, 2))):
            place = rng.randrange(len(lines))
            key, _, value = lines[place].partition(" = ")
            odd = rng.choice((*tokens, "[1, 2]", "\"\"", "\"a\"", "[]", "{}", "{a = 1}", "[[]]", "-5", "10000000",
                              "[\"u\"]", "[1, \"u\"]", "\"\\u0000\"", "\"1/0\"", value, "false"))
            lines[place] = rng.choice(("", f"{key} = {odd}\n", f"{key} = {odd}\n", f"{key} = {odd}\n",
                                       text(tokens, (lines[place],), rng)))
        content = "".join(lines).encode("utf-8", "surrogatepass")
        return written_to(folder, "a.toml", damaged(content, rng) if rng.random() < 0.1 else content)

    return Target(name, make, read)


def _checkpoint_file(rng: random.Random, folder: Path) -> Path:
    path = folder / "a.ckpt"
    path.unlink(missing_ok=True)
    head: Any = {"format": "symdcrnn-checkpoint-1", "of": {"data": "a"}}
    lines: list[Any] = [
        head, {"key": "1", "value": {"array": ["<f8", [2, 2], "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="]}},
        {"key": "2", "value": {"tuple": [1, None, True, "a", {"float": "0x1.8p+1"}, {"dict": {"b": {"list": []}}}]}},
        {"key": "3", "value": {"record": ["ValueSizes", {}]}}, {"key": "4", "value": {"float": "nan"}}]
    place = rng.randrange(len(lines))
    if rng.random() < 0.7:
        lines[place] = altered(lines[place], rng)
    file = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    for line in lines:
        try:
            write_line(file, line)
        except (ValueError, UnicodeEncodeError):
            continue
    os.close(file)
    if rng.random() < 0.4:
        path.write_bytes(damaged(path.read_bytes(), rng))
    return path


TARGETS: dict[str, Target] = {target.name: target for target in (
    texts("words", TOKENS, WORDS, _again),
    texts("sums", TOKENS, SUMS, lambda given: parse_terms(given, SPACE.variables, SPACE.operators)),
    texts("formulas", TOKENS, FORMULAS, lambda given: parse_formula(given, ("x", "v"))),
    texts("expressions", EXPRESSION_TOKENS, EXPRESSIONS, _evaluated),
    texts("numbers", EXPRESSION_TOKENS, ("1/256", "3.9e-3", "2^10"), parse_number),
    texts("libraries", ("poly", "d_x", "d_v", "2", "3", ",", " ", "99", "d_", "d_t", "d_q"), LIBRARIES,
          lambda given: library(given, ["u", "f"], SPACE)),
    texts("kernels", ("Q", "=", "isotropic", "<=", "8", "of", "f", "full", "rank", ",", "conserving"), KERNELS,
          lambda given: kernels_of([given])),
    texts("equations of limits", LIMIT_TOKENS, LIMITS, _limit),
    texts("sizes of memory", ("2", "GB", "MiB", ".", "5", "e", " "), ("2GB", "1.5 MiB"), parse_memory),
    toml("operator files", samples.OPERATORS, _operators),
    toml("settings", samples.CONFIG, _config),
    plain_values("models", ".json", _model_sample, _model),
    plain_values("tableaus", ".json", samples.tableau, lambda path: read_tableau(str(path))),
    Target("checkpoints", _checkpoint_file, _checkpoint),
    *OF_FILES_OF_DATA,
)}
"""By name."""
