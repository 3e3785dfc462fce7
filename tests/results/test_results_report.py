"""The JSON of fit and inspect is one object, and is what docs/report.schema.json says."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import numpy as np
import pytest

import symdcrnn
from symdcrnn import Trajectory
from symdcrnn.equation import LearnedFunction

jsonschema = pytest.importorskip("jsonschema")

Command = Callable[..., CompletedProcess[str]]

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "report.schema.json").read_text(encoding="utf-8"))


def check(report: Any) -> None:
    jsonschema.Draft202012Validator(SCHEMA).validate(report)


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_fit_and_inspect_print_the_same_object(command: Command, tmp_path: Path, workplace: Path) -> None:
    done = command(workplace, "fit", "data.nc", "--equation", "g", "--layers", "1", "--starts", "1", "--json",
                   "-o", str(tmp_path / "model.json"))
    assert done.returncode == 0, done.stderr
    fitted = json.loads(done.stdout)
    assert fitted.pop("notes") == []
    shown = json.loads(command(tmp_path, "inspect", "model.json", "--json").stdout)
    assert shown == fitted
    check(fitted)


def test_the_path_is_that_of_the_model(workplace: Path) -> None:
    model = symdcrnn.load_model(workplace / "model.json")
    details = model.report()["details"]["g"]
    left = set(details["candidates"])
    for step, record in zip(details["path"], model["g"].path, strict=True):
        assert left == set(record.words)
        assert (step["terms"], step["residual"]) == (len(record.words), record.judge_residual)
        left -= {step["dropped"]}


def test_noisy_data_and_functions_are_in_the_schema(workplace: Path) -> None:
    x, t = 2 * np.pi * np.arange(32) / 32, 0.05 * np.arange(40)
    noise = 0.01 * np.random.default_rng(0).standard_normal((40, 32))
    u = 2.0 + np.sin(x[None, :] - t[:, None]) + noise
    data = Trajectory.from_arrays({"u": u}, t=t, x=x, periodic=True, units={"u": "m", "x": "m", "t": "s"})
    noisy = symdcrnn.fit(data, words=["d_x u"], excluded=["u:u"], scheme="weak")
    report = noisy.report()
    assert report["details"]["u"]["units"] == {"d_x u": "m s-1"}
    assert "weak" in report["details"]["u"]
    check({**report, "notes": list(data.notices)})
    model = symdcrnn.load_model(workplace / "model.json")
    function = LearnedFunction("1", (), (1.0, 2.0), "y,x", {"y": (0.0,), "x": (0.0, 1.0)}, (0.1, 0.2))
    check(replace(model, equations=(replace(model["g"], functions=(function,)),)).report())


@pytest.mark.parametrize(("path", "value"), [
    (("version",), 2), (("equations", "g", "g"), "1"), (("surprise",), 1), (("details", "g", "checks", 0, "passed"), 1),
    (("details", "g", "path", 0, "terms"), -1), (("certain", "g"), None),
])
def test_the_schema_refuses_what_is_another(workplace: Path, path: tuple[Any, ...], value: Any) -> None:
    report = copy.deepcopy(symdcrnn.load_model(workplace / "model.json").report())
    place: Any = report
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        check(report)
