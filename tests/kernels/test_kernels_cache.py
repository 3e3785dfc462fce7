"""The folder of compiled kernels: what is written there, how often, and what happens if it cannot be used."""

from __future__ import annotations

import operator
import os
import re
import stat
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest
import slow_reference as slow

from symdcrnn.algebra.operators import OPERATORS
from symdcrnn.algebra.words import Word, kinetic_field
from symdcrnn.errors import InputError
from symdcrnn.kernels import pinned_numba
from symdcrnn.kernels.cache import cached_kernels, load, source_path
from symdcrnn.kernels.cache_folder import cache_directory
from symdcrnn.kernels.codegen.emit import KernelSpec, emit
from symdcrnn.kernels.norms import NORMS
from symdcrnn.kernels.runtime.binding import bound, spec_of
from symdcrnn.kernels.stencils import Stencils
from symdcrnn.schemes.multistep import SCHEMES, residual

RHO = kinetic_field("rho", False)
FORM = residual(SCHEMES["forward-euler"], RHO, [Word.of((OPERATORS["d_xx"],), RHO)])
GRID = slow.random_data(1).grid


@dataclass(frozen=True)
class Kernel:
    """A kernel in the cache folder."""

    source: str
    path: Path
    function: Any


def spec(*title: str) -> KernelSpec:
    """A small kernel."""
    return spec_of("value_and_gradient", FORM, GRID, Stencils(), NORMS["l2"], title)


def build(made: KernelSpec) -> Kernel:
    source = emit(made).text
    folder = cache_directory()
    return Kernel(source, source_path(source, folder), load(source, folder).kernel)


def kernel_path(made: KernelSpec) -> Path:
    return source_path(emit(made).text, cache_directory())


def value(made: KernelSpec) -> str:
    """The loss on some data, every bit of it."""
    loss, _ = bound(made, FORM, GRID, Stencils()).value_and_gradient(np.array([0.3]))
    return loss.hex()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache") / "some" / "kernels"


@pytest.fixture(scope="module")
def kernel(folder: Path) -> Kernel:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SYMDCRNN_CACHE_DIR", str(folder))
        return build(spec("rho_t = c * d_xx rho"))


def contents(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def test_the_file_is_named_by_a_hash_and_holds_the_source(kernel: Kernel, folder: Path):
    assert kernel.path.parent == folder
    assert re.fullmatch(r"kernel_[0-9a-f]{24}\.py", kernel.path.name)
    assert kernel.path.read_text(encoding="utf-8") == kernel.source
    assert "rho_t = c * d_xx rho" in kernel.source.split('"""')[1]


@pytest.mark.skipif(os.name != "posix", reason="modes of folders")
def test_the_folder_is_the_users_own(kernel: Kernel, folder: Path):
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_no_temporary_file_is_left(kernel: Kernel, folder: Path):
    assert [path.name for path in folder.glob("kernel_*")] == [kernel.path.name]


def test_the_same_source_is_compiled_once(kernel: Kernel, folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SYMDCRNN_CACHE_DIR", str(folder))
    before = contents(folder)
    again = build(spec("rho_t = c * d_xx rho"))
    assert again.function is kernel.function
    assert again.path == kernel.path
    assert contents(folder) == before
    assert kernel_path(spec("another title")) != kernel.path


def test_another_process_loads_it(
    kernel: Kernel, folder: Path, monkeypatch: pytest.MonkeyPatch, new_process: Callable[..., str]
):
    monkeypatch.setenv("SYMDCRNN_CACHE_DIR", str(folder))
    before = contents(folder)
    script = "import sys; sys.path.append(sys.argv[1]); import test_kernels_cache as t;" \
             "print(t.value(t.spec('rho_t = c * d_xx rho')))"
    found = new_process(script, str(Path(__file__).parent), SYMDCRNN_CACHE_DIR=str(folder))
    assert found.strip() == value(spec("rho_t = c * d_xx rho"))
    assert contents(folder) == before


@pytest.mark.parametrize("below", ["", "deeper"])
def test_a_folder_that_cannot_be_made(below: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    taken = tmp_path / "taken"
    taken.write_text("", encoding="utf-8")
    monkeypatch.setenv("SYMDCRNN_CACHE_DIR", str(taken / below))
    with pytest.raises(InputError, match=r"cannot be made.*SYMDCRNN_CACHE_DIR"):
        build(spec())


def test_a_folder_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("SYMDCRNN_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(InputError, match=r"not writable.*SYMDCRNN_CACHE_DIR"):
        build(spec())


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="where other systems keep their caches")
def test_the_default_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.delenv("SYMDCRNN_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_directory() == tmp_path / "symdcrnn"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_directory() == tmp_path / ".cache" / "symdcrnn"


SHARING = '''"""Generated by symdcrnn.

{title}
"""

import numba
import numpy as np

SIZE = {size}
OPTIONS = dict(nogil=True, cache=True)
INNER = dict(OPTIONS, no_cpython_wrapper=True, no_cfunc_wrapper=True)


@numba.njit("float64(float64)", **INNER)
def twice(x):
    return 2.0 * x


@numba.njit("float64(float64)", **INNER)
def four_times(x):
    return twice(twice(x))


@numba.njit("float64(float64)", **INNER)
def sized(x):
    return SIZE * x


@numba.njit("float64(float64)", **OPTIONS)
def kernel(x):
    return sized(four_times(x))
'''

ONE, OTHER = (SHARING.format(title=title, size=size) for title, size in (("one", 1), ("other", 3)))

LOADED = """
import sys
from pathlib import Path
from symdcrnn.kernels.cache import load
module = load(sys.argv[1], Path(sys.argv[2]))
def hits(function):
    return sum(function.stats.cache_hits.values())
shared = [getattr(other, name) for key, other in sorted(sys.modules.items()) for name in ("twice", "four_times")
          if key.startswith("symdcrnn_generated_function") and hasattr(getattr(other, name, None), "stats")]
print(module.kernel(5.0), hits(module.kernel), *map(hits, shared))
"""

Run = Callable[..., str]


def test_functions_that_need_nothing_of_their_module_are_compiled_once(tmp_path: Path):
    made = load(ONE, tmp_path), load(OTHER, tmp_path)
    assert [module.kernel(5.0) for module in made] == [20.0, 60.0]
    assert made[0].four_times is made[1].four_times
    assert made[0].sized is not made[1].sized
    found = cached_kernels(tmp_path)
    assert sorted(kernel.title for kernel in found if kernel.shared) == [
        "A function that kernels share: four_times", "A function that kernels share: twice"]
    assert sorted(kernel.title for kernel in found if not kernel.shared) == ["one", "other"]
    assert all(kernel.intact for kernel in found)


@pytest.fixture
def run_loaded(new_process: Run) -> Callable[..., list[str]]:
    """What a new process finds: the result of a kernel, whether its machine code was there, and that of functions."""
    return lambda text, folder, before="": new_process(f"{before}\n{LOADED}", text, str(folder)).split()


def test_machine_code_of_shared_functions_is_loaded_and_is_not_part_of_kernels(tmp_path: Path, run_loaded: Run):
    load(ONE, tmp_path)
    assert [run_loaded(text, tmp_path) for text in (ONE, OTHER)] == [["20.0", "1", "1", "1"], ["60.0", "0", "1", "1"]]
    [code] = (tmp_path / "__pycache__").glob(f"{source_path(ONE, tmp_path).stem}.kernel*.nbc")
    assert b"symdcrnn_four_times_" in code.read_bytes()
    assert b"symdcrnn_twice_" not in code.read_bytes()


def test_a_kernel_whose_machine_code_others_keep_holds_all_that_it_calls(tmp_path: Path, run_loaded: Run):
    module = load(ONE, tmp_path, whole=True)
    assert module.kernel(5.0) == 20.0
    files = list((tmp_path / "__pycache__").glob("*.nbc"))
    assert len(files) == 4
    assert not any(b"symdcrnn_twice_" in file.read_bytes() for file in files)
    # That is not what a kernel is that calls them by their symbols.
    assert [run_loaded(ONE, tmp_path)[:2] for _ in range(2)] == [["20.0", "0"], ["20.0", "1"]]


def test_without_the_machine_code_of_shared_functions_these_are_made_anew(tmp_path: Path, run_loaded: Run):
    load(ONE, tmp_path)
    folder = tmp_path / "__pycache__"
    for file in folder.glob("function_*"):
        file.unlink()
    assert run_loaded(ONE, tmp_path) == ["20.0", "1", "0", "0"]
    next(folder.glob(f"{source_path(ONE, tmp_path).stem}*.nbc")).write_bytes(b"damaged")
    assert run_loaded(ONE, tmp_path) == ["20.0", "0", "1", "1"]


def test_machine_code_that_calls_unknown_functions_is_made_anew(tmp_path: Path, run_loaded: Run):
    load(ONE, tmp_path)
    other = "import symdcrnn.kernels.cache as cache; cache._symbol = lambda name, text: f'another_{name}'"
    assert [run_loaded(ONE, tmp_path, other)[:2] for _ in range(2)] == [["20.0", "0"], ["20.0", "1"]]


def test_numba_is_asked_once_what_an_operator_gives(monkeypatch: pytest.MonkeyPatch):
    functions = numba.core.types.functions.BaseFunction
    by_numba, asked = functions.get_call_type, []
    monkeypatch.setattr(functions, "get_call_type",
                        lambda self, *rest: asked.append(self.typing_key) or by_numba(self, *rest))
    monkeypatch.setattr(pinned_numba, "_TYPED", {})
    made = []
    for _ in range(2):
        with pinned_numba.operators_typed_once():
            made.append(numba.njit("float64(float64[::1], int64)")(lambda line, at: line[at] * 0.5 + line[at + 1]))
    assert asked.count(operator.mul) == asked.count(operator.getitem) == 1
    plain = numba.njit("float64(float64[::1], int64)")(lambda line, at: line[at] * 0.5 + line[at + 1])
    line = np.random.default_rng(1).normal(size=9)
    assert [one(line, 3) for one in made] == [plain(line, 3)] * 2
    assert asked.count(operator.mul) > 2
