"""``python -m tests.soak.mutants``: one change at a time to the code, and whether the tests of it fail.

Mutants are taken at random from all that there are, so that what is found of some of them holds for the others.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
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
                 "tests/algebra/test_algebra_refusals.py", "tests/algebra/test_algebra_epsilon.py",
                 "tests/algebra/evaluation/test_algebra_expansion.py")),
    "noise": (("symdcrnn/weak_form/noise/gram.py", "symdcrnn/weak_form/noise/level.py",
               "symdcrnn/weak_form/noise/response.py", "symdcrnn/weak_form/noise/outliers.py"),
              ("tests/weak_form/test_weak_form_sizes.py", "tests/weak_form/test_weak_form_neighbours.py",
               "tests/weak_form/test_weak_form_noise.py", "tests/weak_form/test_weak_form_bias.py",
               "tests/weak_form/test_weak_form_outliers.py")),
    "kernels": (("symdcrnn/kernels/ir", "symdcrnn/kernels/codegen", "symdcrnn/kernels/stencils.py",
                 "symdcrnn/kernels/norms.py"),
                ("tests/kernels/phase_space/test_kernels_interpreted.py", "tests/kernels/test_kernels_stencils.py",
                 "tests/kernels/test_kernels_norms.py", "tests/kernels/test_kernels_ir.py",
                 "tests/kernels/test_kernels_factors.py", "tests/kernels/test_kernels_layout.py")),
    "training": (("symdcrnn/networks", "symdcrnn/selection"),
                 ("tests/training/test_training_starts.py", "tests/training/test_training_pipeline.py",
                  "tests/selection/test_elimination.py", "tests/selection/test_function_elimination.py",
                  "tests/selection/test_exact_choice.py", "tests/selection/test_units.py",
                  "tests/training/test_training_networks.py", "tests/training/test_training_regression.py",
                  "tests/training/test_training_optimisers.py", "tests/training/test_training_tape.py",
                  *(f"--deselect=tests/{name}" for name in (
                      "selection/test_exact_choice.py::test_an_equation_is_compared_with_the_best_set",
                      "selection/test_units.py::test_a_kernel_is_one_candidate",
                      "selection/test_units.py::test_groups_that_cannot_be_read_are_one_line",
                      "training/test_training_optimisers.py::test_intervals_of_epsilon_are_all_reported",
                      "training/test_training_optimisers.py::test_optimisers_of_ones_own")))),
}
"""By name, the code and its tests."""

TIME_LIMIT = 120
"""Seconds for the tests of one mutant; one that takes longer is seen."""

REWRITTEN = "ignore:Module already imported so cannot be rewritten:pytest.PytestAssertRewriteWarning"
"""All other warnings fail a test, as ever."""

MEMORY_LIMIT = 8 * 1024**3
"""Bytes of memory for the tests of one mutant."""

SWAPPED: dict[type, type] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult, ast.Lt: ast.LtE,
    ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.And: ast.Or,
    ast.Or: ast.And, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.MatMult: ast.Add}
"""By operator another one; of sparse matrices ``*`` is the same product as ``@``, so that is no change."""


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
    """What runs: neither types and texts, nor what is said when something is refused, nor assertions.

    That two lengths are equal is an assertion as well: ``zip(..., strict=True)``.
    """
    todo = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Raise | ast.JoinedStr | ast.Assert) or _is_for_types(node):
            continue
        if isinstance(node, ast.expr | ast.stmt):
            yield node
        skipped = [getattr(node, name, None) for name in ("annotation", "returns", "decorator_list")]
        skipped += [child for child in ast.iter_child_nodes(node)
                    if isinstance(child, ast.keyword) and child.arg == "strict"]
        flat = [one for item in skipped for one in (item if isinstance(item, list) else [item])]
        todo += [child for child in ast.iter_child_nodes(node) if child not in flat]


def _is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


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
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and type(node.value) is not bool:
        # One more is nothing to a number of 300 digits.
        return repr(node.value + 1) if node.value + 1 > node.value else None
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


@contextmanager
def checkout() -> Iterator[Path]:
    """A copy of the package beside the tests, for as long as it is needed."""
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name, "checkout")
        shutil.copytree(ROOT / "symdcrnn", copy / "symdcrnn", ignore=shutil.ignore_patterns("__pycache__"))
        for other in ("tests", "docs", "README.md", "setup.cfg"):
            (copy / other).symlink_to(ROOT / other)
        yield copy


def is_seen(mutant: Mutant, tests: tuple[str, ...], copy: Path) -> bool:
    """Whether a test fails, or does not end, with the change in a checkout, which is as it was afterwards."""
    changed = copy / mutant.path.relative_to(ROOT)
    changed.write_text(mutant.source(), encoding="utf-8")
    try:
        return _fails(copy, tests)
    finally:
        shutil.copy2(mutant.path, changed)


def passes(tests: tuple[str, ...], copy: Path) -> bool:
    """Whether all tests pass without a change; Python's machine code of all modules is kept."""
    return not _fails(copy, tests, keep=True)


def _fails(copy: Path, tests: tuple[str, ...], keep: bool = False) -> bool:
    child = os.fork()
    if child == 0:
        _run_tests(copy, tests, keep)
    ends = time.monotonic() + TIME_LIMIT
    while time.monotonic() < ends:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status != 0
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


def _run_tests(copy: Path, tests: tuple[str, ...], keep: bool) -> None:
    """In a copy of this process, which holds the libraries but nothing of the package."""
    code = 1
    try:
        import pytest

        os.setsid()
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
        sys.dont_write_bytecode = not keep
        os.chdir(copy)
        sys.path[:] = [str(copy), *(one for one in sys.path if Path(one or ".").resolve() != ROOT)]
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        code = int(pytest.main(["-q", "-x", "-p", "no:cacheprovider", "-W", REWRITTEN, *tests]))
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
    with checkout() as copy:
        for name in names:
            _report(name, given.seed, 60.0 * given.minutes / len(names), copy)
    return 0


def _report(name: str, seed: int, seconds: float, copy: Path) -> None:
    code, tests = PARTS[name]
    files = [path for one in code for path in (sorted((ROOT / one).rglob("*.py")) if (ROOT / one).is_dir()
                                               else [ROOT / one])]
    there = [mutant for path in files for mutant in mutants_of(path)]
    random.Random(seed).shuffle(there)
    assert passes(tests, copy), f"the tests of {name} fail without a change"
    ends, tried, survived = time.monotonic() + seconds, 0, 0
    for mutant in there:
        if time.monotonic() > ends:
            break
        tried += 1
        if not is_seen(mutant, tests, copy):
            survived += 1
            print(f"{mutant.path.relative_to(ROOT)}:{mutant.line}: {' '.join(mutant.before.split())[:90]} -> "
                  f"{' '.join(mutant.after.split())[:90]}", flush=True)
    print(f"{name}: {tried - survived} of {tried} mutants are seen, of {len(there)} that there are", flush=True)


if __name__ == "__main__":
    sys.exit(main())
