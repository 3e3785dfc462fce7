"""The blocks of docs/data.md run, and print what stands there."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import xarray as xr

TEXT = (Path(__file__).parents[2] / "docs" / "data.md").read_text(encoding="utf-8")


def test_example(tmp_path: Path, block: Callable[[Path, str], str]) -> None:
    (code,), (printed,) = (re.findall(rf"```{kind}\n(.*?)```", TEXT, re.DOTALL) for kind in ("python", "text"))
    assert block(tmp_path, code) == printed
    assert (tmp_path / "plane.nc").is_file()


def test_commands(tmp_path: Path, command: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    random = np.random.default_rng(0)
    xr.Dataset({"phi": (("time", "mu", "pos"), random.normal(size=(3, 2, 6))), "w": ("mu", [1.0, 1.0])},
               coords={"time": np.arange(3.0), "pos": np.arange(6.0), "mu": [-0.5, 0.5]}).to_netcdf(tmp_path / "run.nc")
    np.savez(tmp_path / "run.npz", u=random.normal(size=(251, 100)))
    (block,) = re.findall(r"```bash\n(.*?)```", TEXT, re.DOTALL)
    for line in block.splitlines():
        done = command(tmp_path, *shlex.split(line)[1:])
        assert done.returncode == 0, done.stderr
        assert f"try         symdcrnn fit {line.removeprefix('symdcrnn info ')}" in done.stdout
