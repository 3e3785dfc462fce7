"""What is printed of a model as JSON: the same object by every command, with the number of its form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symdcrnn.equation import LearnedEquation
    from symdcrnn.model import Model

FORMAT = "symdcrnn report"
VERSION = 1
"""To be raised where a reader of the last one would read something wrong; more entries are no new version."""


def model_report(model: Model) -> dict[str, Any]:
    """The JSON object that ``--json`` prints of a model, as docs/report.schema.json describes it.

    Parameters
    ----------
    model : Model
    """
    report: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "equations": {equation.target: equation.coefficients for equation in model.equations},
        "epsilon": model.epsilon,
        "loss": sum(equation.loss for equation in model.equations),
        "iterations": sum(equation.network.iterations for equation in model.equations),
        "seconds": model.seconds,
        "converged": model.converged,
        "certain": {equation.target: equation.certain for equation in model.equations},
    }
    report["details"] = {equation.target: equation_details(equation) for equation in model.equations}
    uncertain = {
        equation.target: {term.word: {"standard_error": term.error, "inclusion": term.inclusion}
                          for term in equation.terms if term.error is not None}
        for equation in model.equations
    }
    if any(uncertain.values()):
        report["uncertainty"] = uncertain
    if model.errors:
        report["error_percent"] = {target: error[0] for target, error in model.errors.items()}
        report["error_with_spurious_percent"] = {target: error[1] for target, error in model.errors.items()}
    return report


def equation_details(equation: LearnedEquation) -> dict[str, Any]:
    """All that is printed about an equation beside its coefficients, as plain values for JSON.

    Parameters
    ----------
    equation : LearnedEquation
    """
    form = equation.scaled
    words = [*(term.word for term in equation.terms), *(one.word for one in equation.functions)]
    units = {word: text for word, text in (*((term.word, term.units) for term in equation.terms),
                                           *((one.word, one.units) for one in equation.functions)) if text is not None}
    return {
        "known": [term.word for term in equation.terms if term.known],
        "powers": {term.word: term.power for term in equation.terms if term.power},
        "functions": {function.word: {"min": min(function.values), "max": max(function.values),
                                      **{axis: list(points) for axis, points in function.points.items()},
                                      "values": list(function.values),
                                      **({"errors": list(function.errors)} if function.errors else {})}
                      for function in equation.functions},
        "scaled": None if form is None else {
            "epsilon": form.epsilon,
            "powers": dict(zip(words, form.powers, strict=True)),
            "coefficients": dict(zip(words, form.scaled, strict=True)),
        },
        "scales": equation.scales,
        "scheme": equation.scheme,
        "judge": equation.judge,
        "residual": equation.residual,
        "equations_fitted": equation.points,
        "jump": equation.jump,
        "runner_up": equation.runner_up,
        "candidates": list(equation.path[0].words) if equation.path else [],
        "path": [{"terms": len(step.words), "residual": step.judge_residual, "scheme_residual": step.scheme_residual,
                  "dropped": step.dropped} for step in equation.path],
        "condition": equation.condition,
        "collinear": [{"words": [first, second], "correlation": correlation}
                      for first, second, correlation in equation.collinear],
        "vanishing": dict(equation.vanishing),
        "checks": [{"name": check.name, "passed": check.passed, "text": check.text, "value": check.value}
                   for check in equation.checks],
        **({"inclusion": dict(equation.inclusion)} if equation.inclusion else {}),
        **({"units": units} if units else {}),
        **({"kernels": {one.name: one.details() for one in equation.kernels}} if equation.kernels else {}),
        **({} if equation.weak is None else {"weak": equation.weak.details()}),
    }
