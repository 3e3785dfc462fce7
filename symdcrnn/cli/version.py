"""`symdcrnn --version`: what a report of a fault has to name."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click

from symdcrnn import __version__

LIBRARIES = ("numba", "llvmlite", "numpy", "scipy", "sympy", "xarray")
"""Those whose versions change what is compiled, computed or read."""


def print_version(context: click.Context, parameter: click.Parameter, asked: bool) -> None:
    """Callback of ``--version``: print it and end."""
    if not asked or context.resilient_parsing:
        return
    click.echo(version_text())
    context.exit()


def version_text() -> str:
    """The version, and below it Python, the libraries and the processor that kernels are compiled for."""
    return "\n".join([
        f"symdcrnn {__version__}",
        f"python   {platform.python_version()} ({platform.python_implementation()}), {platform.platform()}",
        f"with     {', '.join(f'{name} {_installed(name)}' for name in LIBRARIES)}",
        f"cpu      {_processor()}",
    ])


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"


def _processor() -> str:
    """Its name, what LLVM takes it for, and how many cores this process may use."""
    from llvmlite.binding import get_host_cpu_name

    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    name = _model_name() or platform.processor() or platform.machine()
    return f"{name} ({get_host_cpu_name()}), {cores} core{'s' * (cores != 1)}"


def _model_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
