"""The fused pass, the stages and fits beside JAX, PyTorch, BLAS and PySINDy; those not installed are left out."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from machine import Machine
from passes import VISIBLE, kinetic_cost
from side_by_side import Contender, Measured, SideBySide

Add = Callable[..., None]

NEEDS = {"JAX": "jax", "PyTorch": "torch", "PySINDy": "pysindy"}

OURS, FEWER = "symdcrnn", "symdcrnn, the 18 words"

TARGETS = {"JAX tuned": 12.0, "PyTorch eager": 40.0}
"""How many times faster the fused pass should be."""

PAPER_STEPS = 80000
"""Of the paper's training."""

AGREEMENT = 1e-8


def installed(contenders: list[Contender]) -> list[Contender]:
    """Those whose library is there."""
    return [one for one in contenders
            if not (needed := NEEDS.get(one.name.split()[0])) or find_spec(needed) is not None]


def race(benchmark: Any, contenders: list[Contender], rounds: int) -> dict[str, Measured]:
    """All contenders in turns; a round of pytest-benchmark is one run of each."""
    with SideBySide(installed(contenders)) as side:
        benchmark.pedantic(side.turn, rounds=rounds)
        return side.measured


def check(measured: dict[str, Measured], ours: str, *others: str) -> None:
    """The same loss and gradient."""
    expected = measured[ours].found
    for name in others:
        if name in measured:
            found = measured[name].found
            assert abs(found["loss"] - expected["loss"]) <= AGREEMENT * abs(expected["loss"]), name
            difference = np.abs(np.subtract(found["gradient"], expected["gradient"]))
            assert np.max(difference) <= AGREEMENT * np.max(np.abs(expected["gradient"])), name


def add_rows(add_row: Add, work: str, measured: dict[str, Measured], ours: str = OURS,
             targets: dict[str, float] | None = None) -> None:
    """A row for each, its time by that of ours."""
    for name, one in measured.items():
        ratio = one.median / measured[ours].median
        target = (targets or {}).get(name)
        add_row(work, name, one.median, one.peak, one.base, ratio, "" if target is None else f"at least {target:g}",
                None if target is None else ratio >= target)


@pytest.mark.parametrize("norm", ["l2", "l1"])
def test_loss_and_gradient(
    benchmark: Any, paper_folder: Path, machine: tuple[Machine, Machine], norm: str, add_row: Add
) -> None:
    benchmark.group = work = f"loss + gradient, 54 x 16 x 1000, 31 words, {norm}"
    all_words, visible = {"norm": norm}, {"norm": norm, "visible": True}
    names = ["JAX tuned", "JAX training step over theta", "PyTorch eager"]
    if norm == "l2":
        names += ["JAX untuned", "JAX with profiles", "PyTorch tuned"]
    measured = race(benchmark, [
        Contender(OURS, paper_folder, all_words),
        Contender(OURS, paper_folder, visible, label=FEWER),
        Contender("stored words + BLAS", paper_folder, visible),
        Contender("stored words + BLAS, blocked", paper_folder, visible),
        *(Contender(name, paper_folder, all_words) for name in names),
    ], rounds=15)
    check(measured, OURS, "JAX tuned", "JAX untuned", "JAX with profiles", "PyTorch eager", "PyTorch tuned")
    check(measured, FEWER, "stored words + BLAS", "stored words + BLAS, blocked")
    stored = {name: measured.pop(name) for name in list(measured) if name.startswith("stored") or name == FEWER}
    add_rows(add_row, work, measured, targets=TARGETS)
    add_rows(add_row, f"the same with the {len(VISIBLE)} words that do not vanish, {norm}", stored, FEWER,
             {"stored words + BLAS": 1.5, "stored words + BLAS, blocked": 1.5})
    memory = [one.peak - one.base for one in (stored[FEWER], stored["stored words + BLAS"])]
    add_row(f"the same with the {len(VISIBLE)} words that do not vanish, {norm}", "memory of ours by that of BLAS",
            ratio=memory[0] / memory[1], target="at most 0.1", met=memory[0] <= 0.1 * memory[1])
    need = kinetic_cost(norm, 56, 16, 1000)
    bound = need.bound(machine[1].read, machine[1].flops)
    add_row(work, f"roofline: {need.memory / 1e6:.1f} MB, {need.operations / 1e9:.2f} GFLOP", bound)
    ratio = measured[OURS].median / bound
    add_row(work, "symdcrnn by the roofline", ratio=ratio, target="at most 4", met=ratio <= 4.0)


def test_small_loss_and_gradient(benchmark: Any, notebook_folder: Path, add_row: Add) -> None:
    benchmark.group = work = "loss + gradient, 28 x 16 x 400, 31 words, l1"
    measured = race(benchmark, [
        Contender(name, notebook_folder, {"norm": "l1"})
        for name in (OURS, "JAX tuned", "JAX untuned", "JAX training step over theta", "PyTorch eager")
    ], rounds=25)
    check(measured, OURS, "JAX tuned", "JAX untuned", "PyTorch eager")
    add_rows(add_row, work, measured)


@pytest.mark.parametrize("norm", ["l2", "l1"])
def test_notebook_to_its_minimum(benchmark: Any, notebook_folder: Path, norm: str, add_row: Add) -> None:
    benchmark.group = work = f"notebook problem to its minimum, warm, {norm}"
    settings = {"equations": ["g"], "scheme": "imex-bdf2", "layers": 2, "scales": 2, "norm": norm}
    steps = ("JAX training step over theta", "JAX tuned")
    measured = race(benchmark, [
        Contender("symdcrnn fit", notebook_folder, {"fit": settings, "warm_up": 1}),
        *(Contender(step, notebook_folder, {"norm": norm}) for step in steps),
    ], rounds=5)
    ours = measured["symdcrnn fit"]
    add_row(work, "symdcrnn fit", ours.median, ours.peak, ours.base, 1.0, "under 1.5 s", ours.median < 1.5)
    for step in steps:
        if step in measured:
            one = measured[step]
            seconds = PAPER_STEPS * one.median
            ratio = seconds / ours.median
            add_row(work, f"{PAPER_STEPS} times {step}, {1e3 * one.median:.2f} ms", seconds, one.peak, one.base, ratio,
                    "at least 500", ratio >= 500.0)


def test_stages(benchmark: Any, paper_folder: Path, add_row: Add) -> None:
    benchmark.group = work = "ARS(2,2,2): loss + gradient, 55 x 16 x 1000, l2"
    ours, theirs, matrix = "symdcrnn ARS(2,2,2)", "JAX ARS(2,2,2)", "symdcrnn ARS(2,2,2), Gauss-Newton matrix too"
    measured = race(benchmark, [
        *(Contender(name, paper_folder, {"norm": "l2", "warm_up": 1}) for name in (ours, theirs)),
        Contender(ours, paper_folder, {"norm": "l2", "warm_up": 1, "matrix": True}, label=matrix)], rounds=7)
    check(measured, ours, theirs, matrix)
    add_rows(add_row, work, measured, ours, {theirs: 5.0})


@pytest.mark.parametrize("problem", ["burgers", "kdv", "kuramoto-sivashinsky"])
def test_pysindy(benchmark: Any, store: Callable[..., Path], problem: str, add_row: Add) -> None:
    pytest.importorskip("pysindy")
    from peers.pysindy_fit import EXACT_TERMS

    from symdcrnn.problems import PROBLEMS

    benchmark.group = work = f"{problem}, 864256 points"
    trajectory = PROBLEMS[problem].generate(PROBLEMS[problem].preset("standard"))
    folder = store(problem, trajectory)
    settings = {"operators": ["I", "d_x", "d_xx"], "layers": 1, "scales": 0, "central_stencil": "central8",
                "nonlinear": ["u^2"]}
    quick = {**settings, "bootstrap": 0, "starts": 1}
    measured = race(benchmark, [
        Contender("symdcrnn fit", folder, {"fit": settings, "warm_up": 1}),
        Contender("symdcrnn fit", folder, {"fit": quick, "warm_up": 1}, label="symdcrnn fit, no error bars, one start"),
        Contender("PySINDy", folder, {"problem": problem, "warm_up": 1}),
        Contender("PySINDy", folder, {"problem": problem, "weak": True, "warm_up": 1}, label="PySINDy, weak form"),
    ], rounds=3)
    exact = {"symdcrnn": trajectory.exact["u"], "PySINDy": EXACT_TERMS[problem]}
    for name, one in measured.items():
        truth = exact[name.split()[0].rstrip(",")]
        found = one.found["coefficients"]
        right = set(found) == set(truth)
        error = max((abs(found[term] / value - 1.0) for term, value in truth.items()), default=0.0) if right else np.nan
        ours = name.startswith("symdcrnn")
        peer = measured["PySINDy"]
        add_row(work, f"{name}: {'right terms' if right else 'wrong terms'}, error {error:.0e}", one.median, one.peak,
                one.base, one.median / measured["symdcrnn fit"].median,
                "time and memory below PySINDy" if ours else "",
                bool(one.median < peer.median and one.peak < peer.peak) if ours else None)
