"""A model with constants, a function of x and a source, made without a fit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import symdcrnn
from symdcrnn.equation import LearnedFunction
from symdcrnn.report.page import report_page


@pytest.fixture(scope="session")
def with_functions(workplace: Path) -> symdcrnn.Model:
    """The model of the workplace with two functions of x added."""
    model = symdcrnn.load_model(workplace / "model.json")
    x = np.linspace(0.0, 1.0, 401)
    functions = tuple(
        LearnedFunction(word, tuple(map(float, x)), tuple(map(float, values)))
        for word, values in (("g", -1.0 - x**2), ("1", np.cos(x)))
    )
    return replace(model, equations=(replace(model.equations[0], functions=functions),))


@pytest.fixture(scope="session")
def report_text(with_functions: symdcrnn.Model, workplace: Path) -> str:
    """The report of that model beside the data."""
    return report_page(with_functions, symdcrnn.read_trajectory(workplace / "data.nc"))
