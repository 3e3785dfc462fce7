"""A solver of one's own that takes a learned collision term as an argument.

The equation is d_t f = -v d_x f + C(f). The collision term C is learned from states without transport; the solver, a
Strang splitting of second order, is a plain numba function: half a step of transport, a step of collisions, half a step
of transport. It takes *any* compiled right-hand side of a field f(v, x), so it is compiled once for all of them, and
numba may keep its machine code (`cache=True`): nothing of a learned equation is in it. Run it with
``python strang_splitting.py``.
"""

from __future__ import annotations

import numba
import numpy as np

import symdcrnn

NX, NV, SIGMA = 128, 8, 4.0


def relaxing_states() -> symdcrnn.Trajectory:
    """Snapshots of d_t f = SIGMA (<f> - f), which has an exact solution."""
    v, weights = np.polynomial.legendre.leggauss(NV)
    weights = weights / weights.sum()
    x = np.arange(NX) / NX
    t = 0.01 * np.arange(24)
    start = 2.0 + np.sin(2.0 * np.pi * x) * (1.0 + v[:, None]) + v[:, None] ** 2 * np.cos(4.0 * np.pi * x)
    mean = weights @ start
    f = mean + (start - mean) * np.exp(-SIGMA * t)[:, None, None]
    return symdcrnn.Trajectory.from_arrays({"f": f}, t=t, v=v, x=x, weights=weights, periodic=True)


@numba.njit("void(float64[:, ::1], float64[::1], float64, float64, float64[:, ::1])", cache=True)
def transport(f, v, dx, dt, work):
    """f(x) becomes f(x - v dt), by the cubic through the four points around; |v| dt is at most dx."""
    nv, nx = f.shape
    for i in range(nv):
        shift = v[i] * dt / dx
        side = 1 if shift >= 0.0 else -1
        s = abs(shift)
        for j in range(nx):
            a, b = f[i, (j + side) % nx], f[i, j]
            c, d = f[i, (j - side) % nx], f[i, (j - 2 * side) % nx]
            work[i, j] = (-s * (1.0 - s) * (2.0 - s) / 6.0 * a + (1.0 - s * s) * (2.0 - s) / 2.0 * b
                          + s * (1.0 + s) * (2.0 - s) / 2.0 * c - s * (1.0 - s * s) / 6.0 * d)
    f[:] = work


def strang(collide, f, v, dx, steps, dt, coefficients, functions, numbers, places, scratch, rate, middle):
    """Steps of transport and collisions in place; `collide` is a compiled right-hand side."""
    for _ in range(steps):
        transport(f, v, dx, 0.5 * dt, middle)
        collide(f, coefficients, functions, numbers, places, scratch, rate)
        for i in range(f.shape[0]):
            for j in range(f.shape[1]):
                middle[i, j] = f[i, j] + 0.5 * dt * rate[i, j]
        collide(middle, coefficients, functions, numbers, places, scratch, rate)
        for i in range(f.shape[0]):
            for j in range(f.shape[1]):
                f[i, j] += dt * rate[i, j]
        transport(f, v, dx, 0.5 * dt, middle)


def compiled_strang(kind: numba.types.FunctionType):
    """The solver, compiled for every function of the type `kind`."""
    row, rows, whole = numba.float64[::1], numba.float64[:, ::1], numba.int64[::1]
    signature = numba.void(kind, rows, row, numba.float64, numba.int64, numba.float64, row, row, row, whole, row, rows,
                           rows)
    return numba.njit(signature, cache=True, nogil=True)(strang)


def main() -> None:
    """Learn the collision term, call it from the solver with smaller and smaller steps, and print the order."""
    states = relaxing_states()
    model = symdcrnn.fit(states, words=["<f>"], bootstrap=0)
    print(model)
    collisions = model.rhs(states)
    solve = compiled_strang(collisions.compiled.numba_type)
    start, v = states.array("f")[0], np.array(states.v)

    def solution(steps: int) -> np.ndarray:
        f = start.copy()
        solve(collisions.compiled.function, f, v, states.dx, steps, 0.5 / steps, *collisions.bound.constants,
              np.empty_like(f), np.empty_like(f))
        return f

    best = solution(1024)
    sizes = [64, 128, 256]
    errors = [float(np.abs(solution(steps) - best).max()) for steps in sizes]
    for steps, error in zip(sizes, errors, strict=True):
        print(f"{steps:4d} steps: {error:.2e} off")
    print(f"order {np.log2(errors[0] / errors[1]):.2f}, {np.log2(errors[1] / errors[2]):.2f}")


if __name__ == "__main__":
    main()
