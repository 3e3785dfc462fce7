"""Rewrites of programs: what they merge, what they leave in place, and what a kernel costs before and after."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import slow_reference as slow

from symdcrnn.algebra.operators import OPERATORS
from symdcrnn.algebra.reading.word_parser import parse_word
from symdcrnn.algebra.words import kinetic_field
from symdcrnn.kernels.build import build
from symdcrnn.kernels.cost import Grid, cost, measure_machine, stages
from symdcrnn.kernels.emit import KernelSpec, emit
from symdcrnn.kernels.interpret import interpret
from symdcrnn.kernels.lower import Stencils, lower, lower_words
from symdcrnn.kernels.norms import NORMS
from symdcrnn.kernels.passes import steps
from symdcrnn.kernels.passes.read_frames_in_place import read_frames_in_place
from symdcrnn.kernels.passes.share_suffixes import share_suffixes
from symdcrnn.kernels.runtime import BoundKernel
from symdcrnn.schemes.multistep import SCHEMES, residual
from symdcrnn.schemes.residual import Residual

FIELDS = {"g": kinetic_field("g", True), "rho": kinetic_field("rho", False)}
TEXTS = ("g", "v_dx g", "v_dx v_dx g", "<v_dx g>", "v_dx <v_dx g>", "v_dx rho", "<v_dx rho>")


def form(*texts: str, target: str = "g", scheme: str = "imex-bdf2") -> Residual:
    return residual(SCHEMES[scheme], FIELDS[target], [parse_word(text, FIELDS, OPERATORS) for text in texts])


def test_shared_suffixes_have_the_values_of_the_words_by_themselves():
    chains = lower_words(form(*TEXTS), Stencils())
    shared = share_suffixes(chains)
    assert (len(chains.loads), len(chains.nodes)) == (7, 11)
    assert (len(shared.loads), len(shared.nodes)) == (3, 6)
    data = slow.random_data(2, frames=3)
    apart, together = interpret(chains, data, 0), interpret(shared, data, 0)
    for one, other in zip(chains.columns, shared.columns, strict=True):
        assert np.array_equal(apart[one], together[other])
    assert share_suffixes(shared) == shared


def test_a_frame_that_is_only_a_column_stays_in_place():
    shared = lower(form(*TEXTS), Stencils())
    assert read_frames_in_place(shared).in_place == ("g_implicit",)
    assert "load_g_implicit" not in emit(KernelSpec("value_and_gradient", shared, NORMS["l2"]))
    assert "load_g_implicit" in emit(KernelSpec("normal_equations", shared, NORMS["l2"]))


@pytest.mark.parametrize(("texts", "target", "scheme"), [
    (("v_dx g",), "g", "imex-bdf2"), (("g", "v_dx g"), "g", "forward-euler"), (("g",), "g", "trapezoid"),
    (("rho", "v_dx rho"), "g", "imex1")])
def test_what_else_is_made_into_a_row(texts: tuple[str, ...], target: str, scheme: str):
    assert read_frames_in_place(lower(form(*texts, target=target, scheme=scheme), Stencils())).in_place == ()


@pytest.mark.parametrize(("target", "texts", "scheme"), [
    ("g", ("g", "v_dx g", "rho"), "imex-bdf4"), ("rho", ("rho", "<v_dx g>"), "imex1"),
    ("g", ("g", "<v_dx g>"), "backward-euler")])
def test_columns_in_place_have_their_gradient(target: str, texts: tuple[str, ...], scheme: str):
    made, data = form(*texts, target=target, scheme=scheme), slow.random_data(5, frames=6)
    kernel = build(KernelSpec("value_and_gradient", lower(made, Stencils()), NORMS["l2"]))
    y, columns = slow.equations(made, data, slow.Grid.of(data))
    columns = columns.reshape(len(texts), -1)
    coefficients = np.array([0.3, -2e-3, 0.7])[:len(texts)]
    r = y.reshape(-1) - coefficients @ columns
    loss, gradient = BoundKernel(kernel, data).value_and_gradient(coefficients)
    assert loss == pytest.approx(np.mean(r * r), rel=1e-12)
    size = 2.0 * np.mean(np.abs(columns * r), axis=1)
    assert np.all(np.abs(gradient + 2.0 * columns @ r / r.size) <= 1e-12 * size)


def test_cost_falls_with_every_rewrite():
    made = form(*TEXTS)
    spec = KernelSpec("value_and_gradient", lower(made, Stencils()), NORMS["l2"])
    found = stages(spec, Grid(56, 16, 1000), lower_words(made, Stencils()))
    assert [stage.name for stage in found] == ["words", "share_suffixes", "read_frames_in_place"]
    assert [stage.name for stage in found[1:]] == [name for name, _ in steps(spec.program, spec.kind)]
    for before, after in pairwise(found):
        assert after.cost.operations < before.cost.operations
        assert after.cost.full_rows < before.cost.full_rows
        assert after.cost.memory == before.cost.memory == 8 * 56 * 17 * 1000
    assert cost(spec, Grid(56, 16, 1000)) == found[-1].cost


def test_cost_counted_by_hand():
    """d/dt g = c v_dx g under forward Euler: a load, a stencil of 4 points, and 14 operations for loss and gradient."""
    spec = KernelSpec("value_and_gradient", lower(form("v_dx g", scheme="forward-euler"), Stencils()), NORMS["l2"])
    found = cost(spec, Grid(3, 4, 10))
    per_point = 1 + 8 + (3 + 2 + 2 + 2)
    assert found.operations == 2 * 4 * 10 * per_point
    assert found.bound(bandwidth=8.0, rate=1e30) == 3 * 4 * 10
    assert found.bound(bandwidth=1e30, rate=1.0) == found.operations


def test_a_gram_matrix_costs_more():
    program = lower(form(*TEXTS), Stencils())
    kinds = [cost(KernelSpec(kind, program, NORMS["l1"]), Grid(56, 16, 1000)).operations
             for kind in ("apply", "value_and_gradient", "normal_equations")]
    assert kinds == sorted(kinds)


def test_a_machine_can_do_something():
    machine = measure_machine()
    assert machine.bandwidth > 1e8
    assert machine.rate > 1e8
