"""Source to machine code: a real file in the user's cache folder, imported by path.

numba can cache only what comes from a file, so every kernel is one.  Its name is a hash of its
source: a kernel that is asked for again, in this process or another, is not compiled again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from symdcrnn.kernels.cache import cache_directory, load, source_path
from symdcrnn.kernels.emit import KernelSpec, emit, signature


@dataclass(frozen=True)
class Kernel:
    """A compiled kernel.

    Parameters
    ----------
    spec : KernelSpec
        What it was made from.
    source : str
        Its numba source.
    path : Path
        The file that holds the source.
    signature : str
        Its numba signature.
    function : callable
        The compiled function; it returns nothing and writes to its last argument.
    """

    spec: KernelSpec
    source: str
    path: Path
    signature: str
    function: Callable[..., None]


def build(spec: KernelSpec) -> Kernel:
    """Compile a kernel, or load it from the cache.

    Raises
    ------
    InputError
        If the cache folder cannot be used.
    """
    source = emit(spec)
    folder = cache_directory()
    return Kernel(spec, source, source_path(source, folder), signature(spec), load(source, folder).kernel)


def kernel_path(spec: KernelSpec) -> Path:
    """Where the source of a kernel is kept once it has been built."""
    return source_path(emit(spec), cache_directory())
