"""Limits against eigenvalues of the kinetic symbol, whose error falls with the power of epsilon that is left out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import sympy

import symdcrnn

NODES, WEIGHTS = np.polynomial.legendre.leggauss(24)
MEAN = np.tile(WEIGHTS / 2, (24, 1))
POINTS, HERMITE = np.polynomial.hermite_e.hermegauss(24)
GAUSS = HERMITE / HERMITE.sum()
K = 1.3
Symbol = Callable[[float], np.ndarray]


def isotropic(eps: float) -> np.ndarray:
    return -1j * K * np.diag(NODES) / eps + (MEAN - np.eye(24)) / eps**2


def absorbing(eps: float) -> np.ndarray:
    kernel = MEAN * (1 + 1.5 * np.outer(NODES, NODES))
    return -1j * K * np.diag(NODES) / eps + 2 * (kernel - np.eye(24)) / eps**2 - 0.7 * np.eye(24)


def gas(eps: float) -> np.ndarray:
    basis = np.array([np.ones(24), POINTS, (POINTS**2 - 1) / np.sqrt(2)])
    return -1j * K * np.diag(POINTS) + (basis.T @ (basis * GAUSS) - np.eye(24)) / eps


def symbol_of(limit: symdcrnn.Limit, eps: float) -> np.ndarray:
    """The matrix of the limit on exp(i k x)."""
    names = [equation.target.name for equation in limit.equations]
    x = sympy.Symbol("x")
    matrix = np.zeros((len(names), len(names)), complex)
    for row, equation in enumerate(limit.sympy()):
        right = equation.rhs.subs(sympy.Symbol("eps"), eps)
        for column, name in enumerate(names):
            wave = {sympy.Function(other)(sympy.Symbol("t"), x): sympy.exp(sympy.I * K * x) * int(other == name)
                    for other in names}
            matrix[row, column] = complex(sympy.N((right.subs(wave).doit() / sympy.exp(sympy.I * K * x)).subs(x, 0)))
    return matrix


def error(limit: symdcrnn.Limit, kinetic: Symbol, eps: float) -> float:
    """How far the eigenvalues of the limit are from the nearest ones of the kinetic equation."""
    slow, whole = np.linalg.eigvals(symbol_of(limit, eps)), np.linalg.eigvals(kinetic(eps))
    return float(max(np.min(np.abs(whole - one)) for one in slow))


def test_varying_opacity() -> None:
    """sigma(x) and d_x do not commute: the slowest mode that is not constant, by Fourier modes and 8 Gauss nodes."""
    count, nodes, weights = 25, *np.polynomial.legendre.leggauss(8)
    grid = 2 * np.pi * np.arange(count) / count
    modes = np.fft.fftfreq(count, 1 / count) * 1j
    slope = np.real(np.fft.ifft(modes[:, None] * np.fft.fft(np.eye(count), axis=0), axis=0))
    sigma = 1.5 + 0.5 * np.cos(grid)
    x, t = sympy.symbols("x t")
    rho, opacity = sympy.Function("rho")(t, x), sympy.Function("sigma")(x)

    def of_limit(order: int, eps: float) -> float:
        right = symdcrnn.limit("d_t f = -(1/eps) v_dx f + sigma(x)/eps^2 (<f> - f)", order).sympy()[0].rhs.doit()
        right = sympy.expand(right.subs(sympy.Symbol("eps"), eps).subs(opacity, 1.5 + 0.5 * sympy.cos(x)).doit())
        matrix = np.zeros((count, count))
        for number in range(5):
            factor = right.coeff(sympy.Derivative(rho, (x, number)) if number else rho)
            values = np.array([float(factor.subs(x, point)) for point in grid])
            matrix += values[:, None] * np.linalg.matrix_power(slope, number)
        return float(np.sort(np.linalg.eigvals(matrix).real)[-2])

    def of_transport(eps: float) -> float:
        transport = -np.kron(np.diag(nodes), slope) / eps
        scattering = np.kron(np.tile(weights / 2, (8, 1)) - np.eye(8), np.diag(sigma)) / eps**2
        values = np.linalg.eigvals(transport + scattering)
        slow = np.sort(values[np.abs(values.imag) < 1e-9].real)
        return float(slow[slow < -1e-6][-1])

    for order, expected in ((0, 2), (2, 4)):
        coarse, fine = (abs(of_limit(order, eps) - of_transport(eps)) for eps in (1 / 8, 1 / 16))
        assert np.log2(coarse / fine) == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize(("kinetic", "equation", "velocities", "eps", "orders"), [
    (isotropic, "eps d_t f = -v_dx f + (1/eps)(<f> - f)", "legendre", 1 / 8, {0: 2, 2: 4, 4: 6}),
    (absorbing, "d_t f = -(1/eps) v_dx f + (2/eps^2)(<f> + 3/2 v <v f> - f) - 7/10 f", "legendre", 1 / 16,
     {0: 2, 2: 4}),
    (gas, "d_t h = -v_dx h + (1/eps)(<h> + v <v h> + (v^2 - 1) <(v^2 - 1) h>/2 - h)", "hermite", 1 / 32,
     {0: 1, 1: 2, 2: 3}),
])
def test_error_falls_with_the_order(
    kinetic: Symbol, equation: str, velocities: str, eps: float, orders: dict[int, int]
) -> None:
    for order, expected in orders.items():
        limit = symdcrnn.limit(equation, order, velocities={"v": velocities})
        coarse, fine = (error(limit, kinetic, one) for one in (eps, eps / 2))
        assert np.log2(coarse / fine) == pytest.approx(expected, abs=0.1)
