"""The interpreter against the reference, and adjoints of all words of four letters; nothing is compiled."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from symdcrnn.algebra.calculus.adjoint import adjoint_word
from symdcrnn.algebra.words import Field, Word, kinetic_field
from symdcrnn.errors import InputError
from symdcrnn.kernels.interpret import interpret
from symdcrnn.kernels.lower import Stencils, lower
from symdcrnn.kernels.runtime import GridData, fitted_range
from symdcrnn.schemes.residual import Column, Residual

G, RHO = kinetic_field("g", True), kinetic_field("rho", False)
TRANSPORTS = ["upwind1", "upwind2", "upwind3", "central2", "central4", "central8"]
CENTRALS = ["central2", "central4", "central8"]


@pytest.mark.parametrize("name", ["g", "few", "rho"])
@pytest.mark.parametrize(("transport", "central"), list(product(TRANSPORTS, CENTRALS)))
def test_interpreter(bench, name: str, transport: str, central: str) -> None:
    case, data = bench.case(name, transport, central), bench.data(nx=50)
    _, columns = case.equations(data)
    residuals = data.frames - case.program.frames + 1
    velocities = data.v.size if case.form.target.v_dependent else 1
    expected = columns.reshape(len(columns), residuals, velocities, data.nx)
    bounds = [bench.reference(data, case.stencils).bound(word) for word in case.form.words]
    for n in (0, residuals - 1):
        values = interpret(case.program, data, n)
        for number, column in enumerate(case.program.columns):
            error = np.abs(values[column] - expected[number, n]).max()
            assert error <= 1e-14 * bounds[number] * max(np.abs(u).max() for u in data.fields.values())


def value(word: Word, stencils: Stencils, data: GridData) -> np.ndarray:
    form = Residual(kinetic_field("left", True), (1.0,), (Column(word, "explicit", (1.0,)),))
    program = lower(form, stencils)
    return interpret(program, data, 0)[program.columns[0]]


def compositions(bench, longest: int, field: Field) -> list[Word]:
    letters = [letter for name, letter in bench.alphabet.items() if name != "I"]
    found = {Word.of(chosen, field) for length in range(longest + 1) for chosen in product(letters, repeat=length)}
    return sorted(found, key=str)


@pytest.mark.parametrize(("transport", "central"), [("upwind1", "central2"), ("upwind3", "central4"),
                                                    ("upwind2", "central8"), ("central4", "central2")])
@pytest.mark.parametrize("field", [G, RHO], ids=["g", "rho"])
@pytest.mark.parametrize("v_dependent", [True, False], ids=["in g", "in rho"])
def test_adjoints(bench, transport: str, central: str, field: Field, v_dependent: bool) -> None:
    stencils, base = Stencils(transport, central), bench.data(nx=24, nv=4)
    output = kinetic_field("z", v_dependent)
    z = np.random.default_rng(5).normal(size=(1, 4, 24) if v_dependent else (1, 24))
    data = GridData({**{name: u[:1] for name, u in base.fields.items()}, "z": z}, base.v, base.quadrature, base.dt,
                    base.dx, True, base.profiles)
    words = compositions(bench, 4, field)
    if not v_dependent:
        words = [word for word in words if not word.v_dependent]
    assert len(words) > 20
    for word in words:
        forward, backward = value(word, stencils, data), value(adjoint_word(word, output), stencils, data)
        u = np.atleast_2d(data.fields[field.name][0])
        assert backward.shape[0] == 1 or field.v_dependent

        def inner(a: np.ndarray, b: np.ndarray) -> float:
            return float((data.quadrature @ (np.ones((4, 1)) * a * b)).sum())

        left, right = inner(forward, np.atleast_2d(z[0])), inner(u, backward)
        size = bench.reference(data, stencils).bound(word) * np.sqrt(inner(u, u) * inner(z[:1], z[:1]))
        assert abs(left - right) <= 1e-12 * size, str(word)


def test_adjoint_of_a_transport_leans_to_the_other_side(bench) -> None:
    [transport] = adjoint_word(bench.words("v_dx g")[0], kinetic_field("z", True)).letters
    assert (transport.rules[-1].sides, transport.rules[-1].sign) == (("downwind", "downwind"), -1)
    average, transport = adjoint_word(bench.words("v_dx rho")[0], kinetic_field("z", True)).letters
    assert average.averages
    assert (transport.rules[-1].sides[0], transport.rules[-1].sign) == ("upwind", -1)


def test_suffixes_are_computed_once(bench) -> None:
    form = Residual(G, (1.0,), tuple(
        Column(word, "explicit", (1.0,)) for word in bench.words("v_dx g, v_dx v_dx g, <v_dx v_dx g>, <v_dx g>")))
    program = lower(form, Stencils())
    assert len(program.loads) == 1
    assert len(program.nodes) == 4
    assert program.halo == 4


def test_too_few_frames(bench) -> None:
    case = bench.case("g")
    with pytest.raises(InputError) as caught:
        fitted_range(case.program, bench.data(frames=2))
    assert str(caught.value).startswith("the data has 2 frames, but the scheme reads 3 at a time: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("periodic", [True, False])
def test_too_few_points(bench, periodic: bool) -> None:
    case = bench.case("g")
    assert case.program.halo == 8
    with pytest.raises(InputError) as caught:
        fitted_range(case.program, bench.data(nx=16, periodic=periodic))
    assert str(caught.value).startswith("the data has 16 points in x, but the stencils of the words reach over 17: ")
    assert "\n" not in str(caught.value)
    assert fitted_range(case.program, bench.data(nx=17, periodic=periodic)) == ((0, 17) if periodic else (8, 9))
