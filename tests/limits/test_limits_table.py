"""Limits that are known from books, each from its equation as text."""

from __future__ import annotations

import pytest
import sympy
from sympy import Derivative, Function, Rational, Symbol

import symdcrnn

t, x, y, eps, sigma, k_1, k_2, nu = (Symbol(name) for name in ("t", "x", "y", "eps", "sigma", "k_1", "k_2", "nu"))
rho, u, T, m, e = (Function(name)(t, x) for name in ("rho", "u", "T", "m", "e"))
sigma_S, sigma_A, G, E = (Function(name)(x) for name in ("sigma_S", "sigma_A", "G", "E"))  # noqa: N816
DIFFUSION = Derivative(Derivative(rho, x) / (3 * sigma_S), x) - sigma_A * rho + G
ISOTROPIC = "eps d_t f = -v_dx f + (1/eps)(<f> - f)"


def right(limit: symdcrnn.Limit, number: int = 0) -> sympy.Expr:
    return limit.sympy()[number].rhs


def same(first: sympy.Expr, second: sympy.Expr) -> bool:
    return sympy.simplify(sympy.expand((first - second).doit())) == 0


def test_transport_with_absorption_and_a_source() -> None:
    """(2.1) becomes (2.7)."""
    limit = symdcrnn.limit("d_t f = -(1/eps) v_dx f + sigma_S(x)/eps^2 (<f> - f) - sigma_A(x) f + G(x)")
    assert same(right(limit), DIFFUSION)
    assert limit.text == ("d_t rho = 1/3 d_x(sigma_S^(-1) d_x rho) + G - sigma_A rho\n"
                          "  where         rho = <f>")


def test_micro_macro_form() -> None:
    """(2.4) and (2.5) become (2.7)."""
    limit = symdcrnn.limit([
        "d_t rho = -<v_dx g> - sigma_A(x) rho + G(x)",
        "d_t g = -(1/eps)(v_dx g - <v_dx g>) - (1/eps^2) v_dx rho - sigma_S(x)/eps^2 g - sigma_A(x) g"])
    assert same(right(limit), DIFFUSION)
    assert [one.target.name for one in limit.equations] == ["rho"]


def test_isotropic_scattering_to_the_fourth_power() -> None:
    limit = symdcrnn.limit(ISOTROPIC, order=4)
    expected = (Derivative(rho, x, 2) / 3 - eps**2 * Derivative(rho, x, 4) / 45
                + 2 * eps**4 * Derivative(rho, x, 6) / 945)
    assert same(right(limit), expected)
    assert limit.text.startswith("d_t rho = 1/3 d_xx rho - 1/45 eps^2 d_xxxx rho + 2/945 eps^4 d_xxxxxx rho\n")


def test_kernels_of_the_angle() -> None:
    limit = symdcrnn.limit("eps d_t f = -v_dx f + sigma/eps (<f> + 3 k_1 v <v f> + 5 k_2 P_2 <P_2 f> - f)", order=2)
    first = 1 / (3 * sigma * (1 - k_1))
    second = -(1 + 4 * k_1 - 5 * k_2) / (45 * sigma**3 * (1 - k_1) ** 3 * (1 - k_2))
    assert same(right(limit), first * Derivative(rho, x, 2) + eps**2 * second * Derivative(rho, x, 4))


def test_goldstein_and_taylor() -> None:
    limit = symdcrnn.limit(ISOTROPIC, order=2, velocities={"v": "two"})
    assert same(right(limit), Derivative(rho, x, 2) - eps**2 * Derivative(rho, x, 4))


def test_directions_of_the_plane() -> None:
    limit = symdcrnn.limit("eps d_t f = -c d_x f - s d_y f + (1/eps)(<f> - f)", velocities={"angle": "circle"})
    density = Function("rho")(t, y, x)
    assert same(right(limit), (Derivative(density, x, 2) + Derivative(density, y, 2)) / 2)


def test_vlasov_and_fokker_planck() -> None:
    """The field turns its sign with that of the force in the equation."""
    for sign, name in ((1, "-"), (-1, "+")):
        limit = symdcrnn.limit(f"eps d_t f = -v_dx f {name} E(x) d_v f + (1/eps) d_v(v f + d_v f)",
                               velocities={"v": "line"})
        assert same(right(limit), Derivative(Derivative(rho, x) - sign * E * rho, x))


def test_fokker_planck_has_no_corrections() -> None:
    """The eigenvalue of exp(i k x) is -k^2 whatever epsilon is."""
    limit = symdcrnn.limit("eps d_t f = -v_dx f + (1/eps) d_v(v f + d_v f)", order=4, velocities={"v": "line"})
    assert limit.text.startswith("d_t rho = d_xx rho\n")


@pytest.mark.soak
def test_two_groups_with_fast_exchange() -> None:
    """Each group has its part of the density, and diffuses with its own total cross-section."""
    limit = symdcrnn.limit([
        "eps/s1 d_t f1 = -v_dx f1 + (1/eps)(<f1> - f1) + (1/eps)(a <f2> - b f1)",
        "eps/s2 d_t f2 = -v_dx f2 + (2/eps)(<f2> - f2) + (1/eps)(b <f1> - a f2)"])
    a, b, s1, s2 = map(Symbol, ("a", "b", "s1", "s2"))
    assert limit.to_json()["where"] == {"rho": "<f1> + <f2>*s1/s2"}
    # f1 = a n, f2 = b n, and rho = a n + (s1/s2) b n.
    n = 1 / (a + s1 / s2 * b)
    expected = s1 * (a * n / (3 * (1 + b)) + b * n / (3 * (2 + a)))
    assert same(right(limit), expected * Derivative(rho, x, 2))


def test_gray_radiation() -> None:
    limit = symdcrnn.limit(["eps^2 d_t F = -eps v_dx F + sigma (T^4 - F)", "C_v eps^2 d_t T = -sigma <T^4 - F>"])
    [equation] = limit.sympy()
    assert same(equation.lhs, (Symbol("C_v") + 4 * T**3) * Derivative(T, t))
    assert same(equation.rhs, Derivative(Derivative(T**4, x) / (3 * sigma), x))
    assert limit.text == "(C_v + 4*T^3) d_t T = 4/(3*sigma) d_x(T^3 d_x T)\n  parameters    sigma, C_v"


def test_opacity_of_the_density() -> None:
    limit = symdcrnn.limit("eps d_t f = -v_dx f + (1/eps)(1 + <f>)(<f> - f)")
    assert same(right(limit), Derivative(Derivative(rho, x) / (3 * (1 + rho)), x))


def test_linearised_bgk() -> None:
    limit = symdcrnn.limit("d_t h = -v_dx h + (1/eps)(<h> + v <v h> + (v^2 - 1) <(v^2 - 1) h>/2 - h)", order=1,
                           velocities={"v": "hermite"})
    assert same(right(limit, 0), -Derivative(m, x))
    assert same(right(limit, 1), -Derivative(e, x))
    # With rho = <h> and e = rho + theta the heat flux is -3/2 d_x theta for the energy e/2.
    assert same(right(limit, 2), -3 * Derivative(m, x) + 3 * eps * Derivative(e - rho, x, 2))
    assert limit.to_json()["where"] == {"rho": "<h>", "m": "<v h>", "e": "<v^2 h>"}


def test_bgk() -> None:
    """Euler with gamma = 3, and the heat flux q = -3 rho T d_x T / (2 nu)."""
    limit = symdcrnn.limit("d_t f = -v_dx f + nu (maxwellian(<f>, <v f>, <v^2 f>, v) - f)", order=1, large="nu",
                           velocities={"v": "line"})
    mass, momentum, energy = limit.sympy()
    assert same(mass.lhs, Derivative(rho, t))
    assert same(momentum.lhs, Derivative(rho * u, t))
    assert same(energy.lhs, Derivative(rho * u**2 + rho * T, t))
    heat = -3 * rho * T * Derivative(T, x) / (2 * nu)
    assert same(mass.rhs, -Derivative(rho * u, x))
    assert same(momentum.rhs, -Derivative(rho * u**2 + rho * T, x))
    assert same(energy.rhs / 2, -Derivative(rho * u * (u**2 + 3 * T) / 2 + heat, x))


def test_angular_diffusion() -> None:
    """P_l decays by l(l + 1): only the first, by 2, is in the diffusion."""
    limit = symdcrnn.limit("eps d_t f = -v_dx f + (1/eps) d_v((1 - v^2) d_v f)", order=2)
    assert same(right(limit), Derivative(rho, x, 2) / 6 - eps**2 * Derivative(rho, x, 4) * Rational(11, 1080))


def test_equations_of_moments() -> None:
    """P_3 has the correction of transport; P_1 has not."""
    fields = [Function(f"m{number}")(t, x) for number in range(4)]
    texts = ["d_t m0 = -(1/eps) d_x m1", "d_t m1 = -(1/eps)(1/3 d_x m0 + 2/3 d_x m2) - m1/eps^2",
             "d_t m2 = -(1/eps)(2/5 d_x m1 + 3/5 d_x m3) - m2/eps^2", "d_t m3 = -(1/eps) 3/7 d_x m2 - m3/eps^2"]
    third = right(symdcrnn.limit(texts, order=2))
    assert same(third, Derivative(fields[0], x, 2) / 3 - eps**2 * Derivative(fields[0], x, 4) / 45)
    first = right(symdcrnn.limit([texts[0], "d_t m1 = -(1/eps) 1/3 d_x m0 - m1/eps^2"], order=2))
    assert same(first, Derivative(fields[0], x, 2) / 3 - eps**2 * Derivative(fields[0], x, 4) / 9)


def test_several_velocity_axes() -> None:
    limit = symdcrnn.limit("eps d_t f = -vx_dx f - vy_dy f + (1/eps)(<f> - f)",
                           velocities={"vx": "hermite", "vy": "hermite"})
    density = Function("rho")(t, y, x)
    assert same(right(limit), Derivative(density, x, 2) + Derivative(density, y, 2))


def test_fields_without_velocity_alone() -> None:
    """Telegraph equation; the slow part of two fields that exchange."""
    telegraph = symdcrnn.limit(["d_t u = -(1/eps) d_x w", "d_t w = -(1/eps) d_x u - w/eps^2"], order=2)
    assert same(right(telegraph), Derivative(u, x, 2) - eps**2 * Derivative(u, x, 4))
    exchange = symdcrnn.limit(["d_t u = d_xx u + (w - u)/eps", "d_t w = 2 (u - w)/eps"], order=1)
    assert same(right(exchange), 2 * Derivative(rho, x, 2) / 3 + 2 * eps * Derivative(rho, x, 4) / 27)
