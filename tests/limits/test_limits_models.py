"""Limits of learned models: coefficients with error bars, fractions, profiles, and models again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from learned_models import MICRO_MACRO, F, V, X, learned

import symdcrnn
from symdcrnn import InputError, Trajectory
from symdcrnn.equation import LearnedFunction
from symdcrnn.limits.coefficients import recognised


def coefficient(limit: symdcrnn.Limit, word: str, power: int = 0) -> tuple[float, float | None]:
    [size] = [limit.size(term) for equation in limit.equations for term in equation.terms
              if str(term.word) == word and term.power == power]
    assert size is not None
    return size.value, size.error


@pytest.mark.soak
def test_snapshots_to_the_limit(tmp_path: Path) -> None:
    """Snapshots at epsilon = 1/64, a fit, and (2.7) with its correction."""
    trajectory = symdcrnn.generate(symdcrnn.preset("notebook", epsilon=1 / 64))
    limit = symdcrnn.fit(trajectory, layers=1, scales=0, starts=1).limit(order=2)
    for word, power, exact in (("d_xx rho", 0, 1 / 3), ("d_xxxx rho", 2, -1 / 45)):
        value, error = coefficient(limit, word, power)
        assert value == pytest.approx(exact, rel=1e-5)
        assert error is not None
        assert abs(value - exact) <= 5 * error <= 1e-5 * abs(exact)
    assert limit.epsilon == 1 / 64
    assert limit.text.startswith("d_t rho = 1/3 d_xx rho - 1/45 eps^2 d_xxxx rho\n")
    model = limit.model()
    model.save(tmp_path / "limit.json")
    forecast = symdcrnn.simulate(symdcrnn.load_model(tmp_path / "limit.json"), trajectory)
    assert forecast.total_errors["rho"] < 0.005
    assert limit.project(trajectory).field_names == ("rho",)


def test_errors_are_propagated() -> None:
    """D = a b / (3 c): relative errors add in squares."""
    model = learned({"g": {"g": (-4096.0, 4.0), "v_dx rho": (-4200.0, 2.0)}, "rho": {"<v_dx g>": (-0.9, 0.001)}},
                    MICRO_MACRO)
    value, error = coefficient(model.limit(), "d_xx rho")
    assert value == pytest.approx(0.9 * 4200 / 4096 / 3, rel=1e-12)
    assert error == pytest.approx(value * np.sqrt((4 / 4096) ** 2 + (2 / 4200) ** 2 + (0.001 / 0.9) ** 2), rel=1e-9)


def test_what_a_field_loses_beyond_scattering_is_absorption() -> None:
    terms = {"v_dx f": (-64.0, 1e-5), "f": (-4096.5, 1e-4), "<f>": (4096.0, 1e-4)}
    limit = learned({"f": terms}, F).limit(order=0)
    assert coefficient(limit, "rho")[0] == pytest.approx(-0.5)
    assert coefficient(limit, "rho")[1] == pytest.approx(np.sqrt(2) * 1e-4)
    assert coefficient(limit, "d_xx rho")[0] == pytest.approx(1 / 3)
    assert limit.text.startswith("d_t rho = 1/3 d_xx rho - 1/2 rho\n")
    conserving = learned({"f": {**terms, "f": (-4096.0002, 1e-4)}}, F).limit()
    assert [str(term.word) for term in conserving.equations[0].terms] == ["d_xx rho"]


def test_unequal_scattering_is_a_kernel() -> None:
    """3 k_1 v <v f> with k_1 = 0.3: D = 1/(3 (1 - 0.3))."""
    model = learned({"f": {"v_dx f": (-16.0, None), "f": (-256.0, None), "<f>": (256.0, None),
                           "v <v f>": (230.4, None)}}, F)
    limit = model.limit()
    assert limit.epsilon == 1 / 16
    assert limit.text.startswith("d_t rho = 10/21 d_xx rho\n")


@pytest.mark.parametrize(("value", "error", "fraction"), [
    (0.33333337, 4e-8, "1/3"), (-0.0222222, 3e-7, "-1/45"), (0.333, 0.01, None), (0.3333, 1e-6, None), (2.0, 0.0, "2"),
    (0.47619047619, None, "10/21"), (0.12345, 1e-9, None), (-1e-9, 1e-3, None),
])
def test_fractions_are_recognised_where_that_is_no_chance(
    value: float, error: float | None, fraction: str | None
) -> None:
    found = recognised(value, error)
    assert (None if found is None else str(found)) == fraction


POINTS = tuple(np.arange(64) / 64)


@pytest.mark.usefixtures("interpreted")
def test_profiles_stay_symbols() -> None:
    sigma = 1 + 0.5 * np.sin(2 * np.pi * np.array(POINTS))
    function = LearnedFunction("g", POINTS, tuple(-4096 * sigma))
    model = learned({"g": {"v_dx rho": (-4096.0, 0.1), "v_dx g": (-64.0, 0.1), "<v_dx g>": (64.0, 0.1)},
                     "rho": {"<v_dx g>": (-1.0, 1e-4)}}, MICRO_MACRO, functions={"g": [function]})
    limit = model.limit()
    assert limit.text.startswith("d_t rho = 1/3 d_x(a_g^(-1) d_x rho)\n")
    assert limit.profiles["a_g"].values == pytest.approx(sigma)
    x = np.array(POINTS)
    data = Trajectory.from_arrays({"rho": np.tile(np.cos(2 * np.pi * x), (3, 1)), "g": np.zeros((3, 16, 64))},
                                  t=np.arange(3.0), x=x, v=np.polynomial.legendre.leggauss(16)[0], periodic=True)
    rate = symdcrnn.right_hand_side(limit.model(), limit.project(data), "rho")[1]
    waves = np.fft.fftfreq(64, 1 / 64) * 2j * np.pi
    flux = np.fft.ifft(waves * np.fft.fft(np.cos(2 * np.pi * x))).real / (3 * sigma)
    assert rate == pytest.approx(np.fft.ifft(waves * np.fft.fft(flux)).real, abs=1e-4)


def test_source_of_a_slab() -> None:
    source = LearnedFunction("1", POINTS, tuple(np.exp(-np.array(POINTS))))
    terms = {"v_dx f": (-64.0, 1e-5), "f": (-4096.0, 1e-4), "<f>": (4096.0, 1e-4)}
    limit = learned({"f": terms}, F, functions={"f": [source]}).limit()
    assert limit.text.startswith("d_t rho = 1/3 d_xx rho + a_f\n")


def test_scattering_that_depends_on_the_density() -> None:
    """Learned numbers that cannot be taken out of a word stand in it: sigma = 1/2 + 2 rho^2."""
    terms = {"v_dx f": (-64.0, 1e-3), "f": (-2048.0, 1e-3), "<f>": (2048.0, 1e-3),
             "<f>^2 f": (-8192.0, 1e-3), "<f>^3": (8192.0, 1e-3)}
    powers = {"f:f": 2, "f:<f>": 2, "f:<f>^2 f": 2, "f:<f>^3": 2}
    limit = learned({"f": terms}, F).limit(epsilon=1 / 64, powers=powers)
    assert limit.text.startswith("d_t rho = 2/3 d_x((4*rho^2 + 1)^(-1) d_x rho)\n")
    assert limit.model()["rho"].terms[0].error is None


@pytest.mark.soak
def test_sums_of_coefficients_conserve_within_errors() -> None:
    """Energy of a gas: 2 c = a but for 1e-7; two groups: what one loses the other gains but for 1e-6."""
    kept = "(v^2 - 1) <(v^2 - 1) h>"
    terms = {"v_dx h": (-1.0, 1e-9), "h": (-1.0, 1e-9), "<h>": (1.0, 1e-9), "v <v h>": (1.0, 1e-9),
             kept: (0.5000001, 1e-7)}
    gas = learned({"h": terms}, {"h": F["f"]}, scales=0)
    limit = gas.limit(order=1, velocities={"v": "hermite"}, powers={f"h:{word}": 1 for word in list(terms)[1:]})
    assert [one.target.name for one in limit.equations] == ["rho", "m", "e"]
    assert coefficient(limit, "d_xx e", 1)[0] == pytest.approx(3.0)
    a, b = 1.31, 0.72
    groups = learned({
        "f1": {"v_dx f1": (-1.0, 1e-6), "f1": (-1 - b, 1e-6), "<f1>": (1 + 1e-6, 1e-6), "<f2>": (a, 1e-6)},
        "f2": {"v_dx f2": (-1.0, 1e-6), "f2": (-2 - a, 1e-6), "<f2>": (2.0, 1e-6), "<f1>": (b + 1e-6, 1e-6)},
    }, {"f1": F["f"], "f2": F["f"]}, scales=0)
    powers = {f"{one}:{word}": 1 if "v_dx" in word else 2 for one, words in
              (("f1", ("v_dx f1", "f1", "<f1>", "<f2>")), ("f2", ("v_dx f2", "f2", "<f2>", "<f1>"))) for word in words}
    value, error = coefficient(groups.limit(powers=powers), "d_xx rho")
    assert value == pytest.approx((a / (1 + b) + b / (2 + a)) / (3 * (a + b)), rel=1e-5)
    assert error is not None
    assert 0.0 < error < 1e-5


def test_absorption_beside_functions() -> None:
    """Both coefficients are functions of x: what f loses beyond <f> is another one."""
    sigma, absorbed = 1 + np.array(POINTS), 0.5 + 0.3 * np.cos(6 * np.array(POINTS))
    functions = [LearnedFunction("f", POINTS, tuple(-4096 * sigma - absorbed)),
                 LearnedFunction("<f>", POINTS, tuple(4096 * sigma))]
    limit = learned({"f": {"v_dx f": (-64.0, 1e-9)}}, F, functions={"f": functions}).limit(epsilon=1 / 64)
    assert limit.text.startswith("d_t rho = 1/3 d_x(a_f^(-1) d_x rho) - a_f_1 rho\n")
    assert limit.profiles["a_f_1"].values == pytest.approx(absorbed)


def test_functions_of_time_are_fields_of_the_limit() -> None:
    times = (0.0, 0.5, 1.0)
    functions = [LearnedFunction("f", times, (-64.0, -96.0, -128.0), "t"),
                 LearnedFunction("<f>", times, (64.0, 96.0, 128.0), "t")]
    limit = learned({"f": {"v_dx f": (-8.0, 1e-9)}}, F, functions={"f": functions}).limit(epsilon=1 / 8)
    assert limit.text.startswith("d_t rho = 1/3 d_x(a_f^(-1) d_x rho)\n")
    x = np.arange(64) / 64
    data = Trajectory.from_arrays({"f": np.ones((5, 16, 64))}, t=np.arange(5) / 4, x=x,
                                  v=np.polynomial.legendre.leggauss(16)[0], periodic=True)
    assert limit.project(data).array("a_f") == pytest.approx([1.0, 1.25, 1.5, 1.75, 2.0])


def test_guesses_are_named() -> None:
    terms = {"v_dx f": (-64.0, 1e-5), "f": (-4096.0, 1e-4), "<f>": (4096.0, 1e-4)}
    model = learned({"f": terms}, F)
    uncertain = replace(model, equations=tuple(replace(one, certain=False) for one in model.equations))
    assert uncertain.limit().text.endswith("the equation of f, which is the best guess of its fit")


def test_powers_say_what_is_large() -> None:
    model = learned({"f": {"v_dx f": (-1.0, 1e-9), "f": (-2.0, 1e-9), "<f>": (2.0, 1e-9)}}, F, scales=0)
    with pytest.raises(InputError, match="no small parameter"):
        model.limit()
    limit = model.limit(powers={"f:f": 1, "f:<f>": 1}, order=1)
    assert limit.text.startswith("d_t rho = 1/6 eps d_xx rho\n")
    assert limit.epsilon == 1.0
    with pytest.raises(InputError, match="'f:v f', which is no word of the equation: choose from v_dx f, f, <f>"):
        model.limit(powers={"f:v f": 1})


def test_absorption_beside_given_powers() -> None:
    """At epsilon = 1, as the slab is given in books: what is lost beyond scattering has no power."""
    terms = {"v_dx f": (-1.0, 1e-9), "f": (-1.5, 1e-9), "<f>": (1.0, 1e-9)}
    limit = learned({"f": terms}, F, scales=0).limit(powers={"f:f": 2, "f:<f>": 2, "f:v_dx f": 1})
    assert limit.text.startswith("d_t rho = 1/3 d_xx rho - 1/2 rho\n")


def test_known_functions_may_be_large() -> None:
    model = learned({"f": {"v_dx f": (-1.0, 1e-9), "sigma f": (-1.0, 1e-9), "sigma <f>": (1.0, 1e-9)}}, F, scales=0,
                    known={"sigma": ("x",)})
    limit = model.limit(large="sigma", order=1)
    assert limit.text.startswith("d_t rho = 1/3 (1/sigma) d_x(sigma^(-1) d_x rho)\n")
    with pytest.raises(InputError, match="no word of the model has the known function 'nu': choose from sigma"):
        model.limit(large="nu")


def test_averages_are_those_of_the_grid_or_of_data() -> None:
    terms = {"v_dx f": (-64.0, 1e-5), "f": (-4096.0, 1e-4), "<f>": (4096.0, 1e-4)}
    assert learned({"f": terms}, F).limit().text.endswith("averages over v: all of [-1, 1] alike")
    assert learned({"f": terms}, F).limit(velocities={"v": "hermite"}).text.startswith("d_t rho = d_xx rho\n")
    v = np.array([-0.5, 0.0, 0.5])
    data = Trajectory.from_arrays({"f": np.zeros((2, 3, 64))}, t=np.arange(2.0), v=v, x=np.arange(64) / 64,
                                  weights=np.array([1.0, 2.0, 1.0]), periodic=True)
    assert learned({"f": terms}, F).limit(data=data).text.startswith("d_t rho = 1/8 d_xx rho\n")


def test_equations_that_depend_on_epsilon() -> None:
    model = learned({"f": {"v_dx f": (-1.0, 1e-9, 1), "f": (-1.0, 1e-9, 2), "<f>": (1.0, 1e-9, 2)}}, F)
    limit = model.limit(order=2)
    assert limit.epsilon is None
    assert limit.text.startswith("d_t rho = 1/3 d_xx rho - 1/45 eps^2 d_xxxx rho\n")
    with pytest.raises(InputError, match=r"powers of eps: give its value"):
        limit.model()
    assert limit.model(epsilon=0.1)["rho"].coefficients["d_xxxx rho"] == pytest.approx(-0.01 / 45)


def test_gas_of_data() -> None:
    """Density, velocity and temperature of a Maxwellian, in the limit of a gas."""
    v, x = np.linspace(-8, 8, 65), np.arange(8) / 8
    axis = replace(V, size=65, spacing=0.25)
    maxwellian = "maxwellian(<f>, <v f>, <v^2 f>, v)"
    model = learned({"f": {"v_dx f": (-1.0, 1e-9), "f": (-100.0, 1e-9), maxwellian: (1625.0, 1e-9)}}, F, (axis, X),
                    scales=0)
    limit = model.limit(order=1, epsilon=0.01, powers={"f:f": 1, f"f:{maxwellian}": 1})
    assert [one.target.name for one in limit.equations] == ["rho", "u", "T"]
    assert coefficient(limit, "d_x(T rho d_x T)", 1)[0] == pytest.approx(3.0)
    rho, u, heat = 1 + 0.1 * x, 0.2 * x, 1 + 0.3 * x
    f = rho / np.sqrt(2 * np.pi * heat) * np.exp(-((v[:, None] - u) ** 2) / (2 * heat))
    data = Trajectory.from_arrays({"f": np.tile(f, (2, 1, 1))}, t=np.arange(2.0), v=v, x=x, weights=np.ones(65),
                                  periodic=True)
    slow = limit.project(data)
    assert slow.array("u")[0] == pytest.approx(u, abs=1e-9)
    assert slow.array("T")[0] == pytest.approx(heat, abs=1e-9)
    assert slow.array("rho")[0] * 65 * 0.25 == pytest.approx(rho, rel=1e-9)


def test_radiation_is_solved_for_the_temperature() -> None:
    model = learned({"F": {"v_dx F": (-1.0, 1e-9), "F": (-1.0, 1e-9), "T^4": (1.0, 1e-9)},
                     "T": {"<F>": (2.0, 1e-9), "T^4": (-2.0, 1e-9)}}, {"F": ("t", "v", "x"), "T": ("t", "x")}, scales=0)
    limit = model.limit(powers={"F:F": 2, "F:T^4": 2, "F:v_dx F": 1, "T:<F>": 2, "T:T^4": 2})
    assert limit.text.startswith("(4*T^3 + 0.5) d_t T = 4/3 d_x(T^3 d_x T)\n")
    assert set(limit.model()["T"].coefficients) == {"T^2 (8*T^3 + 1)^(-1) (d_x T)^2", "T^3 (8*T^3 + 1)^(-1) d_xx T"}


def test_json_holds_numbers_alone() -> None:
    limit = learned({"f": {"v_dx f": (-64.0, 1e-5), "f": (-4096.0, 1e-4), "<f>": (4096.0, 1e-4)}}, F).limit(order=2)
    content = json.loads(json.dumps(limit.to_json()))
    [first, second] = content["equations"]["rho"]["terms"]
    assert (first["word"], first["power"], first["fraction"]) == ("d_xx rho", 0, "1/3")
    assert second["value"] == pytest.approx(-1 / 45, rel=1e-6)
    assert second["error"] > 0.0
    assert content["epsilon"] == 1 / 64
    assert content["where"] == {"rho": "<f>"}


def test_a_field_without_equation_is_named() -> None:
    model = learned({"g": {"g": (-4096.0, 1.0), "v_dx rho": (-4096.0, 1.0)}}, MICRO_MACRO)
    with pytest.raises(InputError, match="there is no slow variable; rho has no equation of its own here"):
        model.limit()
