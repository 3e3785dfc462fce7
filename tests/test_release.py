"""What a release consists of says the same everywhere."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

import pytest

import symdcrnn

ROOT = Path(__file__).parents[1]
SETUP = configparser.ConfigParser()
SETUP.read(ROOT / "setup.cfg", encoding="utf-8")
EXTRAS = ("test", "docs", "notebooks", "bench", "cluster")


def requirements() -> dict[str, str]:
    """The lowest version of everything that is asked for, by name; those of old Python versions aside."""
    texts = [SETUP["options"]["install_requires"], *(SETUP["options.extras_require"][extra] for extra in EXTRAS)]
    lines = [line for text in texts for line in text.split("\n") if line and 'python_version < "3.11"' not in line]
    return dict(re.findall(r"^([\w-]+)>=(\d+(?:\.\d+)*)", line)[0] for line in lines)


def constraints(file: str) -> dict[str, str]:
    lines = (ROOT / "constraints" / file).read_text(encoding="utf-8").splitlines()
    exact = re.compile(r"^([\w-]+)==(\d+(?:\.\d+)*)")
    return dict(exact.findall(line)[0] for line in lines if line and not line.startswith("#"))


def numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def test_versions_are_the_same() -> None:
    version = symdcrnn.__version__
    assert SETUP["metadata"]["version"] == version
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    heading = re.findall(r"^## (\S+) \((.+)\)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)[0]
    assert heading[0] == version
    assert re.fullmatch(r"not yet released|\d{4}-\d\d-\d\d", heading[1])


def test_the_oldest_constraints_are_the_lower_bounds() -> None:
    oldest, asked = constraints("oldest.txt"), requirements()
    assert {name for name in asked if name not in oldest} == set()
    for name, lowest in asked.items():
        assert numbers(oldest[name])[:len(numbers(lowest))] == numbers(lowest), name


def test_the_newest_constraints_fit_the_bounds() -> None:
    newest, asked = constraints("newest.txt"), requirements()
    assert {name for name in asked if name not in newest} == set()
    for name, lowest in asked.items():
        assert numbers(newest[name]) >= numbers(lowest), name


@pytest.mark.parametrize("file", ["oldest.txt", "newest.txt"])
def test_constraints_are_exact(file: str) -> None:
    lines = (ROOT / "constraints" / file).read_text(encoding="utf-8").splitlines()
    assert all(line.startswith("#") or "==" in line for line in lines if line)
