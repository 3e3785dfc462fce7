"""Everything that is measured side by side, each in a process of its own: ``python contenders.py NAME FOLDER``.

The process loads the data, prepares and warms up, says so in one line of JSON, and then takes a turn for every line
that it reads: runs one after the other, as in training, for about `TURN` seconds, of which it tells the mean.  Its
memory is what the system says was resident at most, before the data were read and at the end.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

Run = Callable[[], Any]
Prepare = Callable[[dict[str, Any]], Callable[[Path], Run]]
"""From options to a function from the folder of the data to what is timed; what it imports counts as base memory."""


TURN = 0.15
"""Seconds, but at least one run."""


def resident(key: str) -> float:
    """MB of memory that are resident now (VmRSS), or were at most (VmHWM) since `forget_peak`."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(key):
            return int(line.split()[1]) * 1024 / 1e6
    return float("nan")


def forget_peak() -> None:
    """Let the peak start anew from what is resident now: what was freed since would hide the data."""
    Path("/proc/self/clear_refs").write_text("5")


def load(folder: Path) -> Any:
    """The data as the kernels read them."""
    import numpy as np
    from passes import kinetic_grid

    return kinetic_grid(**{name: np.load(folder / f"{name}.npy") for name in ("t", "x", "v", "quadrature", "g", "rho")})


def unknowns(columns: int) -> Any:
    """Coefficients at which nothing is special."""
    import numpy as np

    return 1e-9 * np.arange(1.0, columns + 1.0)


def synthetic(frames: int, velocities: int, nx: int) -> Any:
    """Smooth waves of any size; how long a pass takes does not depend on the values."""
    import numpy as np
    from passes import kinetic_grid

    from symdcrnn.data.quadrature import gauss_legendre

    v, quadrature = gauss_legendre(velocities)
    x = np.arange(nx) / nx
    rho = np.empty((frames, nx))
    g = np.empty((frames, velocities, nx))
    for n in range(frames):
        rho[n] = np.sin(2.0 * np.pi * (x - 0.01 * n))
        np.multiply(v[:, None], np.cos(2.0 * np.pi * (x - 0.01 * n)), out=g[n])
    return kinetic_grid(1e-6 * np.arange(frames), x, v, quadrature, g, rho)


def symdcrnn_pass(options: dict[str, Any]) -> Callable[[Path], Run]:
    """The kinetic words; the kernel is compiled, or loaded, on a small grid before."""
    from passes import kinetic_pass

    def bound(grid: Any) -> Run:
        kernel = kinetic_pass(grid, options["norm"], options.get("visible", False))
        c = unknowns(kernel.columns)
        return lambda: kernel.value_and_gradient(c)

    bound(synthetic(5, 4, 100))()
    return lambda folder: bound(synthetic(*options["shape"]) if "shape" in options else load(folder))


def peer_pass(module: str, form: str) -> Prepare:
    def with_options(options: dict[str, Any]) -> Callable[[Path], Run]:
        from importlib import import_module

        from passes import paper_residual
        from peers.words import frames_of

        make = getattr(import_module(f"peers.{module}"), form)
        words = paper_residual(options.get("visible", False))

        def prepare(folder: Path) -> Run:
            run = make(frames_of(words, load(folder)), options["norm"])
            c = unknowns(len(words.columns))
            return lambda: run(c)

        return prepare

    return with_options


def jax_training_step(options: dict[str, Any]) -> Callable[[Path], Run]:
    import numpy as np
    from passes import LAYERS, networks_of_the_paper, paper_residual
    from peers.networks import training_step
    from peers.words import frames_of

    networks = networks_of_the_paper()

    def prepare(folder: Path) -> Run:
        data = load(folder)
        run = training_step(frames_of(paper_residual(), data), networks, LAYERS, data.dt, options["norm"])
        parameters = networks.initial(1 / 256, np.array([-65536.0]), 0)
        return lambda: run(parameters)

    return prepare


def symdcrnn_stages(options: dict[str, Any]) -> Callable[[Path], Run]:
    """Loss and gradient; or the Gauss-Newton matrix too, which a fit asks of a scheme with stages."""
    from passes import ars222

    def prepare(folder: Path) -> Run:
        bound = ars222(load(folder), options["norm"])
        c = unknowns(bound.columns)
        if not options.get("matrix"):
            return lambda: bound.value_and_gradient(c)

        def run() -> tuple[float, Any]:
            found = bound.evaluate(c)
            return found.loss, found.gradient

        return run

    return prepare


def plane_pass(options: dict[str, Any]) -> Callable[[Path], Run]:
    """Words on two space axes; the kernel is compiled, or loaded, on a small grid before."""
    from passes import plane_grid, plane_pass

    def bound(shape: tuple[int, ...]) -> Run:
        kernel = plane_pass(plane_grid(*shape))
        c = unknowns(kernel.columns)
        return lambda: kernel.value_and_gradient(c)

    bound((5, 4, 40, 40))()
    return lambda _: bound(options["shape"])


def jax_plane(options: dict[str, Any]) -> Callable[[Path], Run]:
    from passes import plane_grid, plane_residual
    from peers.jax_plane import tuned

    def prepare(_: Path) -> Run:
        form = plane_residual()
        run = tuned(form, plane_grid(*options["shape"]))
        c = unknowns(len(form.columns))
        return lambda: run(c)

    return prepare


def library_pass(options: dict[str, Any]) -> Callable[[Path], Run]:
    """A dictionary of nonlinear words, with its Gram matrix."""
    from passes import library_grid, library_pass

    def bound(shape: tuple[int, ...]) -> Run:
        kernel = library_pass(library_grid(*shape), options["words"])
        c = unknowns(kernel.columns)

        def run() -> tuple[float, Any]:
            found = kernel.evaluate(c)
            return found.loss, found.gradient

        return run

    bound((5, 40))()
    return lambda _: bound(options["shape"])


def jax_stages(options: dict[str, Any]) -> Callable[[Path], Run]:
    from passes import ars222, paper_ansatz
    from peers.jax_stages import stages

    def prepare(folder: Path) -> Run:
        bound = ars222(load(folder), options["norm"])
        run = stages(bound, paper_ansatz().words, options["norm"])
        c = unknowns(bound.columns)
        return lambda: run(c)

    return prepare


def symdcrnn_fit(options: dict[str, Any]) -> Callable[[Path], Run]:
    """A fit of a file of snapshots; reading it is not timed, but counts as memory."""
    import symdcrnn
    from symdcrnn.data.files.formats import read_trajectory
    from symdcrnn.fitting.fit import fit
    from symdcrnn.preprocess.residuals import interpreted

    settings = {name: tuple(value) if isinstance(value, list) else value for name, value in options["fit"].items()}
    if options.get("rehearsal"):
        # Libraries and compiled code are part of the base memory, whatever the data, and so little data has them too.
        with tempfile.TemporaryDirectory() as small, mock.patch.object(interpreted, "LITTLE", 0):
            symdcrnn.write_trajectory(symdcrnn.generate(symdcrnn.preset("paper", nx=60)), Path(small) / "small.nc")
            fit(read_trajectory(Path(small) / "small.nc"), **settings)

    def prepare(folder: Path) -> Run:
        trajectory = read_trajectory(folder / "data.nc")
        return lambda: fit(trajectory, **settings)

    return prepare


def pysindy_fit(options: dict[str, Any]) -> Callable[[Path], Run]:
    from peers.pysindy_fit import strong, weak

    from symdcrnn.data.files.formats import read_trajectory

    def prepare(folder: Path) -> Run:
        trajectory = read_trajectory(folder / "data.nc")
        u, t, x = trajectory.array("u"), trajectory.t, trajectory.x
        return lambda: (weak if options.get("weak") else strong)(u, t, x, options["problem"])

    return prepare


def symdcrnn_spirals(options: dict[str, Any]) -> Callable[[Path], Run]:
    """A fit of two fields in the plane, coefficients by equation and word."""
    import symdcrnn
    from symdcrnn.data.files.formats import read_trajectory

    settings = {name: tuple(value) if isinstance(value, list) else value for name, value in options["fit"].items()}

    def prepare(folder: Path) -> Run:
        trajectory = read_trajectory(folder / "data.nc")

        def run() -> dict[str, float]:
            model = symdcrnn.fit(trajectory, **settings)
            return {f"{one.target}: {word}": value for one in model.equations
                    for word, value in one.coefficients.items()}

        return run

    return prepare


def pysindy_spirals(options: dict[str, Any]) -> Callable[[Path], Run]:
    from peers.reaction_diffusion import pysindy_run

    from symdcrnn.data.files.formats import read_trajectory

    def prepare(folder: Path) -> Run:
        trajectory = read_trajectory(folder / "data.nc")
        return pysindy_run(trajectory.t, trajectory.x, trajectory.array("u"), trajectory.array("w"))

    return prepare


CONTENDERS: dict[str, Prepare] = {
    "symdcrnn": symdcrnn_pass,
    "JAX untuned": peer_pass("jax_words", "untuned"),
    "JAX tuned": peer_pass("jax_words", "tuned"),
    "JAX with profiles": peer_pass("jax_words", "profiles"),
    "PyTorch eager": peer_pass("torch_words", "eager"),
    "PyTorch tuned": peer_pass("torch_words", "tuned"),
    "stored words + BLAS": peer_pass("blas_words", "whole"),
    "stored words + BLAS, blocked": peer_pass("blas_words", "blocked"),
    "JAX training step over theta": jax_training_step,
    "symdcrnn ARS(2,2,2)": symdcrnn_stages,
    "JAX ARS(2,2,2)": jax_stages,
    "symdcrnn, plane": plane_pass,
    "JAX plane": jax_plane,
    "symdcrnn, dictionary": library_pass,
    "symdcrnn fit": symdcrnn_fit,
    "PySINDy": pysindy_fit,
    "symdcrnn, spirals": symdcrnn_spirals,
    "PySINDy, spirals": pysindy_spirals,
}


def answer(content: Any) -> None:
    sys.stdout.write(json.dumps(content) + "\n")
    sys.stdout.flush()


def as_json(found: Any) -> Any:
    """What a run gave, in numbers: loss and gradient, or the coefficients of an equation."""
    if hasattr(found, "equations"):
        return {"coefficients": dict(found.equations[0].coefficients), "converged": found.equations[0].converged}
    if isinstance(found, dict):
        return {"coefficients": found}
    return {"loss": float(found[0]), "gradient": [float(one) for one in found[1]]}


def main() -> None:
    name, folder, options = sys.argv[1], Path(sys.argv[2]), json.loads(sys.argv[3])
    # Libraries may print; only this process's own answers go to the pipe.
    pipe = os.dup(1)
    os.dup2(2, 1)
    sys.stdout = os.fdopen(pipe, "w")
    prepare = CONTENDERS[name](options)
    gc.collect()
    forget_peak()
    base = resident("VmRSS")
    run = prepare(folder)
    found, runs = None, 1
    for _ in range(options.get("warm_up", 3)):
        started = time.perf_counter()
        found = run()
        runs = max(1, int(TURN / (time.perf_counter() - started)))
    answer({"base": base, "found": None if found is None else as_json(found)})
    for _ in sys.stdin:
        started = time.perf_counter()
        for _ in range(runs):
            found = run()
        seconds = (time.perf_counter() - started) / runs
        answer({"seconds": seconds, "peak": resident("VmHWM"), "found": as_json(found)})


if __name__ == "__main__":
    main()
