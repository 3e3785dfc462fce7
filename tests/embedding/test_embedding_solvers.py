"""Solvers of other people that call learned equations: scipy's, and numba functions that outlive a process."""

from __future__ import annotations

import json
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import scipy.integrate

import symdcrnn

ROOT = Path(__file__).parents[2]

SOLVER = '''
import json
import sys

import numba
import numpy as np
from small_models import data, model

FIELDS = {"u": False}


def march(rate, u, steps, dt, coefficients, functions, numbers, places, scratch, du):
    for _ in range(steps):
        rate(u, coefficients, functions, numbers, places, scratch, du)
        u += dt * du


def compiled(kind):
    row, whole = numba.float64[::1], numba.int64[::1]
    return numba.njit(numba.void(kind, row, numba.int64, numba.float64, row, row, row, whole, row, row),
                      cache=True)(march)


if __name__ == "__main__":
    trajectory = data(FIELDS)
    rhs = model({"u": json.loads(sys.argv[1])}, FIELDS).rhs(trajectory)
    solve = compiled(rhs.compiled.numba_type)
    u = trajectory.array("u")[0].copy()
    solve(rhs.compiled.function, u, 3, 0.1, *rhs.bound.constants, np.empty_like(u))
    expected = trajectory.array("u")[0].copy()
    for _ in range(3):
        expected += 0.1 * rhs(0.0, expected)
    hits = sum(solve.stats.cache_hits.values())
    print(json.dumps({"found": u.tolist(), "expected": expected.tolist(), "hits": hits}))
'''


def run(script: Path, *arguments: str) -> str:
    paths = [str(ROOT), str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run([sys.executable, "-W", "error", str(script), *arguments], capture_output=True, text=True,
                          env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}, timeout=600,
                          cwd=script.parent)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.soak
def test_a_solver_that_numba_keeps_never_calls_the_kernel_of_another_process(tmp_path: Path) -> None:
    script = tmp_path / "solver.py"
    script.write_text(SOLVER)
    # Another structure; the solver comes from numba's cache.
    first, second = (json.loads(run(script, words)) for words in ('{"d_xx u": 0.01}', '{"d_x u": -1.0, "u": 0.5}'))
    assert (first["hits"], second["hits"]) == (0, 1)
    for one in (first, second):
        np.testing.assert_allclose(one["found"], one["expected"], rtol=1e-14)
    assert np.max(np.abs(np.subtract(second["found"], first["found"]))) > 1e-3


def test_the_example_shows_second_order(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(ROOT / "examples" / "strang_splitting.py"), run_name="__main__")
    shown = capsys.readouterr().out
    assert shown.startswith("d_t f = -4 f + 4 <f>\n")
    orders = re.findall(r"order (\S+), (\S+)", shown)[0]
    assert all(1.8 < float(order) < 2.2 for order in orders)


@pytest.fixture(scope="module")
def forecast(workplace: Path) -> tuple[symdcrnn.Model, symdcrnn.Trajectory]:
    """An equation of g from the first 18 of 30 frames; rho is taken from the data."""
    data = symdcrnn.read_trajectory(workplace / "data.nc")
    return symdcrnn.fit(data.select(0, 18), equations="g", bootstrap=0, starts=1), data


@pytest.mark.parametrize("method", ["RK45", "LSODA"])
def test_solve_ivp_forecasts_later_frames(
    forecast: tuple[symdcrnn.Model, symdcrnn.Trajectory], method: str
) -> None:
    model, data = forecast
    rhs = model.rhs(data)
    start = rhs.pack({name: data.array(name)[17] for name in data.field_names})
    times = data.t[17:]
    found = scipy.integrate.solve_ivp(rhs, (times[0], times[-1]), start, method=method, t_eval=times, rtol=1e-8,
                                      atol=1e-10)
    assert found.success
    for n, y in enumerate(found.y.T[1:]):
        for name, values in rhs.unpack(y).items():
            truth = data.array(name)[18 + n]
            assert np.linalg.norm(values - truth) <= 2e-4 * np.linalg.norm(truth)
