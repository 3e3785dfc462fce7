"""Several fits at once that find no compiled kernel, and disks and files that are full."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.soak.kills import FIT, GENERATE, WAIT, WORDS, plain, run

FITS = 8

SIZES = (0, 1000, 5000, 20_000)
"""Bytes that a file may have."""


def at_once(folder: Path, cache: Path) -> Iterator[str]:
    """Start fits at the same moment on an empty cache; the fault of each, or an empty text."""
    shutil.rmtree(cache, ignore_errors=True)
    expected = plain(run(folder, *FIT).stdout)
    environment = {**os.environ, "SYMDCRNN_CACHE_DIR": str(cache)}
    started = [subprocess.Popen([sys.executable, "-m", "symdcrnn", *FIT], cwd=folder, env=environment, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(FITS)]
    for one in started:
        out, errors = one.communicate(timeout=WAIT)
        if one.returncode != 0:
            yield f"fails: {errors.strip()[-200:]}"
        else:
            yield "" if plain(out) == expected else "comes to other bits"


def full(folder: Path) -> Iterator[str]:
    """Write where only files of some size may be written: one line is said, and the old file stays."""
    for name, arguments in (("full.nc", GENERATE), ("full.npz", GENERATE), ("full.mat", GENERATE),
                            ("full.zarr", GENERATE), ("full.json", ("fit", "u.nc", *WORDS)),
                            ("fitted.ckpt", (*FIT, "--checkpoint", "fitted.ckpt"))):
        checkpoint = name.endswith(".ckpt")
        target = () if checkpoint else ("-o", name)
        for size in SIZES:
            path = folder / name
            shutil.rmtree(path, ignore_errors=True)
            path.unlink(missing_ok=True)
            done = _limited(folder, size, *arguments, *target)
            yield _fault(done, path, checkpoint)


def _limited(folder: Path, size: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return subprocess.run([sys.executable, "-m", "symdcrnn", *arguments], cwd=folder, text=True, capture_output=True,
                          timeout=WAIT, preexec_fn=limit)


def _fault(done: subprocess.CompletedProcess[str], path: Path, checkpoint: bool) -> str:
    if done.returncode == 0:
        return "" if path.exists() else "said to be written, and is not there"
    said = [line for line in done.stderr.splitlines() if line.strip() and not line.startswith(("Note", "Warning"))]
    if done.returncode != 1 or not said or not said[-1].startswith("Error: ") or "Traceback" in done.stderr:
        return f"exit code {done.returncode}: {done.stderr.strip()[-300:]}"
    if checkpoint:
        return ""
    left = [one.name for one in path.parent.iterdir() if one.name.startswith(f".{path.stem}.")]
    if path.exists() or left:
        return f"leaves {path.name if path.exists() else left}"
    return ""


