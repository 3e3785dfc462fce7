"""``python -m tests.soak.mutants``: one change at a time to the code, and whether the tests of it fail.

Mutants are taken at random from all that there are, so that what is found of some of them holds for the others.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PARTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "schemes": (("symdcrnn/schemes",), ("tests/schemes",)),
    "leastsquares": (("symdcrnn/leastsquares",), ("tests/leastsquares",)),
    "algebra": (("symdcrnn/algebra/normal_form.py", "symdcrnn/algebra/polynomial.py", "symdcrnn/algebra/rnn.py",
                 "symdcrnn/algebra/scales.py", "symdcrnn/algebra/words.py", "symdcrnn/algebra/reading"),
                ("tests/algebra/test_algebra_words.py", "tests/algebra/test_algebra_ring.py",
                 "tests/algebra/test_algebra_libraries.py", "tests/algebra/test_algebra_phase_space.py",
                 "tests/algebra/test_algebra_refusals.py", "tests/algebra/test_algebra_epsilon.py")),
    "noise": (("symdcrnn/weak_form/noise/gram.py", "symdcrnn/weak_form/noise/level.py",
               "symdcrnn/weak_form/noise/response.py", "symdcrnn/weak_form/noise/outliers.py"),
              ("tests/weak_form/test_weak_form_bias.py", "tests/weak_form/test_weak_form_noise.py",
               "tests/weak_form/test_weak_form_outliers.py", "tests/weak_form/test_weak_form_sizes.py")),
}
"""By name, the code and its tests."""

TIME_LIMIT = 120
"""Seconds for the tests of one mutant; one that takes longer is seen."""

SWAPPED: dict[type, type] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult, ast.Lt: ast.LtE,
    ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.And: ast.Or,
    ast.Or: ast.And, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.MatMult: ast.Mult}


@dataclass(frozen=True)
class Mutant:
    """A change to a file: where, what stands there, and what is put there."""

    path: Path
    line: int
    start: int
    end: int
    before: str
    after: str

    def source(self) -> str:
        """The text of the file with the change."""
        content = self.path.read_bytes()
        return (content[:self.start] + self.after.encode() + content[self.end:]).decode()


def mutants_of(path: Path) -> Iterator[Mutant]:
    """All changes to a file that are made here: signs, comparisons, numbers, conditions, and statements left out."""
    content = path.read_bytes()
    starts = [0]
    for line in content.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))

    def place(node: ast.expr | ast.stmt) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset

    for node in _counted(ast.parse(content)):
        after = _after(node)
        if after is not None:
            start, end = place(node)
            yield Mutant(path, node.lineno, start, end, content[start:end].decode(), after)


def _counted(tree: ast.AST) -> Iterator[ast.expr | ast.stmt]:
    """What runs: neither annotations and texts nor what is said when something is refused."""
    todo = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Raise | ast.JoinedStr):
            continue
        if isinstance(node, ast.expr | ast.stmt):
            yield node
        skipped = [getattr(node, name, None) for name in ("annotation", "returns", "decorator_list")]
        flat = [one for item in skipped for one in (item if isinstance(item, list) else [item])]
        todo += [child for child in ast.iter_child_nodes(node) if child not in flat]


def _after(node: ast.expr | ast.stmt) -> str | None:
    if isinstance(node, ast.BinOp | ast.BoolOp) and type(node.op) in SWAPPED:
        changed = ast.parse(ast.unparse(node), mode="eval").body
        assert isinstance(changed, ast.BinOp | ast.BoolOp)
        changed.op = SWAPPED[type(node.op)]()
        return f"({ast.unparse(changed)})"
    if isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPPED:
        changed_comparison = ast.parse(ast.unparse(node), mode="eval").body
        assert isinstance(changed_comparison, ast.Compare)
        changed_comparison.ops[0] = SWAPPED[type(node.ops[0])]()
        return f"({ast.unparse(changed_comparison)})"
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return repr(node.value + 1)
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        return repr(not node.value)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not):
        return f"({ast.unparse(node.operand)})"
    if isinstance(node, ast.IfExp):
        return f"({ast.unparse(node.body)})"
    if isinstance(node, ast.If) and not node.orelse and node.lineno != node.body[0].lineno:
        return "pass"
    if isinstance(node, ast.AugAssign) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
        return "pass"
    return None


def is_seen(mutant: Mutant, tests: tuple[str, ...]) -> bool:
    """Whether a test fails, or does not end, with the change."""
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name, "checkout")
        shutil.copytree(ROOT / "symdcrnn", copy / "symdcrnn", ignore=shutil.ignore_patterns("__pycache__"))
        for other in ("tests", "docs", "README.md", "setup.cfg"):
            (copy / other).symlink_to(ROOT / other)
        (copy / mutant.path.relative_to(ROOT)).write_text(mutant.source(), encoding="utf-8")
        child = os.fork()
        if child == 0:
            _run_tests(copy, tests)
        ends = time.monotonic() + TIME_LIMIT
        while time.monotonic() < ends:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                return status != 0
            time.sleep(0.05)
        os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return True


def _run_tests(copy: Path, tests: tuple[str, ...]) -> None:
    """In a copy of this process, which holds the libraries but nothing of the package."""
    code = 1
    try:
        import pytest

        os.setsid()
        os.chdir(copy)
        sys.path[:] = [str(copy), *(one for one in sys.path if Path(one or ".").resolve() != ROOT)]
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        code = int(pytest.main(["-q", "-x", "-p", "no:cacheprovider", "-W", "ignore", *tests]))
    finally:
        os._exit(code)


def main() -> int:
    """Print a line for each mutant that no test sees, and how many there were of each part."""
    asked = argparse.ArgumentParser(prog="python -m tests.soak.mutants", description=__doc__)
    asked.add_argument("--minutes", type=float, default=10.0)
    asked.add_argument("--seed", type=int, default=0)
    asked.add_argument("parts", nargs="*", help=f"Of {', '.join(PARTS)}; all without one.")
    given = asked.parse_args()
    import importlib

    for library in ("numba", "scipy.optimize", "scipy.signal", "sympy", "xarray", "hypothesis", "pytest"):
        importlib.import_module(library)
    assert not any(name.split(".")[0] == "symdcrnn" for name in sys.modules)
    names = given.parts or list(PARTS)
    for name in names:
        code, tests = PARTS[name]
        files = [path for one in code for path in (sorted((ROOT / one).rglob("*.py")) if (ROOT / one).is_dir()
                                                   else [ROOT / one])]
        there = [mutant for path in files for mutant in mutants_of(path)]
        random.Random(given.seed).shuffle(there)
        nothing = Mutant(files[0], 1, 0, 0, "", "")
        assert not is_seen(nothing, tests), f"the tests of {name} fail without a change"
        ends, tried, survived = time.monotonic() + 60.0 * given.minutes / len(names), 0, 0
        for mutant in there:
            if time.monotonic() > ends:
                break
            tried += 1
            if not is_seen(mutant, tests):
                survived += 1
                print(f"{mutant.path.relative_to(ROOT)}:{mutant.line}: {' '.join(mutant.before.split())[:90]} -> "
                      f"{' '.join(mutant.after.split())[:90]}", flush=True)
        print(f"{name}: {tried - survived} of {tried} mutants are seen, of {len(there)} that there are", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
