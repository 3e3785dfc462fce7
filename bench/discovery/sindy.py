"""PySINDy in a process of its own, perhaps of another interpreter: orders on stdin, answers on stdout, as `worker`.

It needs numpy and pysindy alone. Its terms are monomials to the third power, times one derivative or none. Settings are
tried over a small grid, and the ones of the least error against the exact equation are taken, which no real data would
allow. The time is that of the setting that was taken alone.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pysindy
from memory import peak, start_over

THRESHOLDS = (5e-5, 5e-4, 2e-3, 0.01, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4)
WINDOWS = (None, 11, 31)
"""Points of the smoothing filter of the strong form."""

SIZES = (0.05, 0.1, 0.2, 0.3)
"""Half widths of the domains of the weak form, as parts of t and x."""

DOMAINS = 300
DEGREE = 3

Columns = tuple[Any, Any, list[str], str]


def strong(u: Any, t: Any, x: Any, names: list[str], derivatives: int) -> Iterator[Columns]:
    """Derivatives at every point, with and without smoothing."""
    for window in WINDOWS:
        if window is None:
            kind, options = pysindy.FiniteDifference, {"order": 4}
        else:
            kind = pysindy.SmoothedFiniteDifference
            options = {"smoother_kws": {"window_length": window, "polyorder": 5}}
        library = pysindy.PDELibrary(function_library=pysindy.PolynomialLibrary(degree=DEGREE, include_bias=False),
                                     derivative_order=derivatives, spatial_grid=x, include_bias=False,
                                     differentiation_method=kind, diff_kwargs=options)
        rate = kind(axis=1, **options)._differentiate(u, t)
        library.fit([u])
        columns = library.transform([u])[0]
        yield (np.asarray(columns).reshape(-1, columns.shape[-1]), np.asarray(rate).reshape(-1, len(names)),
               library.get_feature_names(names), f"window {window}")


def weak(u: Any, t: Any, x: Any, names: list[str], derivatives: int) -> Iterator[Columns]:
    """Integrals over domains of t and x."""
    grid = np.stack(np.meshgrid(x, t, indexing="ij"), axis=-1)
    for size in SIZES:
        np.random.seed(0)  # noqa: NPY002  (its domains are drawn by numpy's global generator)
        library = pysindy.WeakPDELibrary(
            function_library=pysindy.PolynomialLibrary(degree=DEGREE, include_bias=False), K=DOMAINS,
            derivative_order=derivatives, spatiotemporal_grid=grid,
            H_xt=[size * np.ptp(x), size * np.ptp(t)], p=max(4, derivatives + 2), include_bias=False)
        library.fit([u])
        columns = library.transform([u])[0]
        yield (np.asarray(columns), np.asarray(library.convert_u_dot_integral(u)),
               library.get_feature_names(names), f"domains {size:g}")


FORMS: dict[str, Callable[..., Iterator[Columns]]] = {"strong": strong, "weak": weak}


def spaced(name: str) -> str:
    """``uu_1`` of PySINDy as ``u u_1``."""
    for number in range(len(name) - 1, 0, -1):
        if name[number] == "_" and number >= 2 and name[number - 2] != " ":
            return f"{name[:number - 1]} {name[number - 1:]}"
    return name


def run(order: Mapping[str, Any], form: str) -> dict[str, Any]:
    content = np.load(order["file"], allow_pickle=False)
    names, exact = list(order["fields"]), order["rival"]
    u = np.stack([content[name].T for name in names], axis=-1)
    start_over()
    before = peak()
    best: tuple[float, dict[str, Any]] | None = None
    started = time.perf_counter()
    for columns, rate, labels, setting in FORMS[form](u, content["t"], content["x"], names, order["derivatives"]):
        built = time.perf_counter() - started
        terms = [spaced(label) for label in labels]
        # The same least squares with as many rows as there are columns, so that thresholds are cheap to try.
        small = np.linalg.qr(np.concatenate([columns, rate], axis=1), mode="r")
        errors = {threshold: sum(
            _error(equation, exact[name]) for name, equation in
            _equations(small[:, :len(labels)], small[:, len(labels):], terms, names, threshold).items())
            for threshold in THRESHOLDS}
        threshold = min(errors, key=lambda one: errors[one])
        if best is None or errors[threshold] < best[0]:
            started = time.perf_counter()
            equations = _equations(columns, rate, terms, names, threshold)
            seconds = built + time.perf_counter() - started
            best = (errors[threshold], {"equations": equations, "seconds": seconds, "certain": {}, "failed": [],
                                        "settings": f"{setting}, threshold {threshold:g}"})
        started = time.perf_counter()
    assert best is not None
    return {**best[1], "memory": peak() - before}


def _equations(columns: Any, rate: Any, terms: list[str], names: list[str], threshold: float) -> dict[str, Any]:
    optimiser = pysindy.STLSQ(threshold=threshold, alpha=1e-8, normalize_columns=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        optimiser.fit(columns, rate)
    return {name: {term: float(value) for term, value in zip(terms, row, strict=True) if value}
            for name, row in zip(names, np.atleast_2d(optimiser.coef_), strict=True)}


def _error(found: Mapping[str, float], exact: Mapping[str, float]) -> float:
    """The largest relative error, and one more for each word too many or too few."""
    shared = [abs(found[word] / value - 1.0) for word, value in exact.items() if word in found]
    return 10.0 * len(set(found) ^ set(exact)) + max(shared, default=0.0)


def main() -> None:
    for line in sys.stdin:
        order = json.loads(line)
        try:
            answer = run(order, sys.argv[1])
        except (ValueError, np.linalg.LinAlgError) as error:
            answer = {"error": str(error)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
