"""What is said of a learned equation, one labelled line each: the same on the screen and in a report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from symdcrnn.equation_text import coefficients_text, format_factor, others_text, scaled_text, scales_text
from symdcrnn.settings import AUTO

if TYPE_CHECKING:
    from symdcrnn.equation import LearnedEquation, NetworkRecord
    from symdcrnn.model import Model
    from symdcrnn.weak_record import WeakRecord

ROUNDING = 1e-15
"""Relative errors below this are not told apart in double precision."""

SWAMPED = 0.5**0.5
"""Noise over the standard deviation of a field with it, from which on it is more than the signal."""

HIDDEN = 3
"""Of the words that noise hides, so many are said; JSON has more."""

NOISY = 0.2
"""A relative residual that exact data leaves only where the right words are missing."""


@dataclass(frozen=True)
class Finding:
    """One line.

    Parameters
    ----------
    label : str
        What it is about; a line of the same label as the one before goes on with it.
    text : str
    passed : bool or None
        Of a check, whether it is passed.
    """

    label: str
    text: str
    passed: bool | None = None


def findings(model: Model, equation: LearnedEquation, details: bool = False) -> list[Finding]:
    """All that is said of an equation beside itself.

    Parameters
    ----------
    model : Model
    equation : LearnedEquation
        Of the model.
    details : bool
        Whether networks are mentioned also where they converged.
    """
    return [*_fit(model, equation), *_method(model, equation), *(
        Finding("checks", f"{check.name}: {check.text}", check.passed) for check in equation.checks),
        *_doubts(model, equation), *_excluded(equation), *_networks(model, equation, details)] if equation.fitted else [
        *_coefficients(model, equation), Finding("derived", "from another equation, not fitted to data")]


def residual_text(equation: LearnedEquation) -> str:
    """The relative residual."""
    return f"{equation.residual:.3g} relative to d_t {equation.target} ({equation.scheme})"


def selection_text(equation: LearnedEquation) -> str:
    """How clearly the terms were selected."""
    many, chosen = len(equation.path[0].words) if equation.path else 0, equation.chosen_words
    count = f"all {many} candidates selected" if chosen == many else f"{chosen} selected of {many} candidates"
    if equation.weak is not None and equation.weak.by_noise:
        return f"{count} by their significance against the noise"
    under = "" if equation.judge == equation.scheme else f" under {equation.judge}"
    if not chosen:
        return (f"none selected of {many} candidates besides the functions: dropping them raises the residual{under} "
                f"at most {format_factor(equation.runner_up)}-fold")
    others = "" if chosen == many else f", {others_text(equation.runner_up)}"
    return (f"{count}; dropping any one raises the residual{under} at least {format_factor(equation.jump)}-fold"
            f"{others}")


def noise_text(noise: Mapping[str, float], kinds: Mapping[str, str]) -> str:
    """Levels of noise, and what else is known of it."""
    levels = ", ".join(f"{100.0 * level:.2g} % of the standard deviation of {name}" + (
        ", more than its signal" if level > SWAMPED else "") for name, level in noise.items())
    return (levels or "none measured") + "".join(f"; {name}: {text}" for name, text in kinds.items())


def inclusion_text(equation: LearnedEquation) -> str | None:
    """How often halves of the data choose the words of an equation, and the other that they choose most often."""
    if not equation.inclusion:
        return None
    own = {word: often for word, often in equation.inclusion.items() if word in equation.coefficients}
    others = {word: often for word, often in equation.inclusion.items() if word not in own}
    most = max(others, key=lambda word: others[word], default=None)
    rest = "" if most is None else f"; no other above {others[most]:.2f}" + (f" ({most})" if others[most] > 0.0 else "")
    return f"{', '.join(f'{often:.2f} {word}' for word, often in own.items()) or 'no term'}{rest}"


def _coefficients(model: Model, equation: LearnedEquation) -> Iterator[Finding]:
    said = coefficients_text(equation)
    if said is not None:
        yield Finding("coefficients", said)
        return
    why = _why_uncertainty_is_missing(model, equation)
    if why is not None:
        yield Finding("coefficients", f"no uncertainty: {why}")


def _why_uncertainty_is_missing(model: Model, equation: LearnedEquation) -> str | None:
    if not equation.fitted or not (equation.functions or any(not term.known for term in equation.terms)):
        return None
    if equation.weak is not None:
        return "no noise was measured that errors could be derived from"
    if not model.settings.bootstrap:
        return "no resamples were asked for (bootstrap = 0)"
    if equation.functions:
        return "equations with coefficients that are functions are not resampled under a time scheme"
    if any(check.name == "frames" and not check.passed for check in equation.checks):
        return "too few frames to resample"
    return "this residual cannot be resampled in cells of time and space"


def _fit(model: Model, equation: LearnedEquation) -> Iterator[Finding]:
    yield from _coefficients(model, equation)
    often = inclusion_text(equation)
    if often is not None:
        yield Finding("inclusion", f"{often}, in {2 * model.settings.stability} halves of the data")
    scaled = scaled_text(equation)
    if scaled is not None:
        yield Finding("scaled form", scaled)
    if model.settings.scales == AUTO:
        yield Finding("scales", scales_text(equation))
    if equation.target in model.errors:
        error, spurious = model.errors[equation.target]
        yield Finding("error", f"{error:.4g} % of the exact equation ({spurious:.4g} % with spurious terms)")
    yield Finding("residual", f"{equation.residual:.3g} relative to d_t {equation.target} ({equation.scheme}, "
                              f"{model.settings.norm} norm, {equation.points} points)")


def _method(model: Model, equation: LearnedEquation) -> Iterator[Finding]:
    if equation.weak is not None:
        yield from _weak_form(model, equation, equation.weak)
    else:
        if model.settings.scheme == AUTO:
            yield Finding("scheme", _scheme(model, equation))
        leaning, central = model.settings.transport_stencil, model.settings.central_stencil
        sided = "" if leaning == central else f"; {leaning} where the sign of a coordinate tells the upwind side"
        yield Finding("stencils", f"{central}{sided}")
    yield Finding("terms", selection_text(equation))
    yield from _hidden(equation)


def _scheme(model: Model, equation: LearnedEquation) -> str:
    from symdcrnn.schemes.multistep import SCHEMES

    error = SCHEMES[equation.scheme].truncation(equation.rate)
    size = f"about {error:.0e}" if error > ROUNDING else "below rounding"
    bounded = f", truncation error {size}" if error < 1.0 else ""
    return (f"{equation.scheme}, of the smallest residual for {model.data.frames} frames with dt * rate = "
            f"{equation.rate:.2g}{bounded}")


def _weak_form(model: Model, equation: LearnedEquation, weak: WeakRecord) -> Iterator[Finding]:
    from symdcrnn.data.axes import gaps_text

    yield Finding("noise", noise_text(model.data.noise, weak.kinds))
    if weak.gaps:
        lost = ", ".join(gaps_text(missing, values, name) + (
            f", {weak.told[name]} of them interpolated from their neighbours" if name in weak.told else "")
            for name, (missing, values) in weak.gaps.items())
        yield Finding("gaps", f"{lost}; {weak.left_out} of {equation.points + weak.left_out} test functions left out "
                              "that would read one")
    widths = ", ".join(f"{axis} = {width}" for axis, width in weak.half_widths.items())
    why = "smallest standard errors" if weak.by_noise else "clearest selection"
    tried = f": {why} of {len(weak.tried)} tried" if len(weak.tried) > 1 else ""
    yield Finding("weak form", f"test functions of half width {widths} steps{tried}")


def _hidden(equation: LearnedEquation) -> Iterator[Finding]:
    """How large terms could be that noise hides."""
    if equation.weak is not None and equation.weak.unseen:
        listed = ", ".join(f"{one.coefficient:.2g} {word} ({100.0 * one.share:.2g} % of d_t {equation.target})"
                           for word, one in list(equation.weak.unseen.items())[:HIDDEN])
        yield Finding("unseen", f"noise hides terms up to {listed}")


def _doubts(model: Model, equation: LearnedEquation) -> Iterator[Finding]:
    if equation.weak is None and equation.residual > NOISY:
        from symdcrnn.fitting.weak.measure import FEWEST_FRAMES

        advice = "try --scheme weak" if model.data.frames >= FEWEST_FRAMES else "give more frames"
        yield Finding("advice", f"little of the data is explained: if it is noisy, {advice}")
    for first, second, correlation in equation.collinear:
        yield Finding("collinear", f"{first} and {second} are nearly collinear in this data (correlation "
                                   f"{correlation:.6f})")


def _excluded(equation: LearnedEquation) -> Iterator[Finding]:
    zero: list[str] = []
    small: list[str] = []
    other: list[str] = []
    for reason in equation.vanishing.values():
        kind = zero if " is identically zero" in reason else small if " vanishes" in reason else other
        kind.append(reason)
    if zero:
        roots = dict.fromkeys(reason.split(" is identically zero")[0] for reason in zero)
        yield Finding("excluded", f"{_candidates(len(zero))} (identically zero): {', '.join(roots)}")
    if small:
        roots = dict.fromkeys(reason.split(" vanishes")[0] for reason in small)
        yield Finding("excluded", f"{_candidates(len(small))} (zero but for discretisation errors): those with "
                                  f"{', '.join(roots)}")
    yield from (Finding("excluded", reason) for reason in other)


def _candidates(count: int) -> str:
    return f"{count} candidate{'' if count == 1 else 's'}"


def _networks(model: Model, equation: LearnedEquation, details: bool) -> Iterator[Finding]:
    """How the networks reach the coefficients, where they compose words."""
    network = equation.network
    if len(network.intervals) > 1:
        lowest = min(loss for _, _, loss in network.intervals)
        losses = ", ".join(f"{lower:g} to {upper:g}: {loss / lowest if lowest else 1.0:.3g}"
                           for lower, upper, loss in network.intervals)
        yield Finding("epsilon", f"loss by interval, relative to the lowest: {losses}")
    if model.settings.dictionary_alone or (network.converged and not details):
        return
    if not network.starts:
        yield Finding("networks", "not trained: every coefficient is a function, eq. (3.10)")
        return
    weights = sum(len(row) for field in network.theta for row in field)
    sparse = model.settings.weight_sparsity or model.settings.coefficient_sparsity
    resolved = sparse or not network.converged or network.loss <= 2.0 * network.least_loss
    hidden = "" if resolved else ", both below rounding"
    yield Finding("networks", f"{'converged' if network.converged else 'not converged'}: loss {_compared(network)} the "
                              f"least one over the words they reach{hidden} ({weights} weights, {network.starts} "
                              f"start{'' if network.starts == 1 else 's'}, {network.iterations} iterations)")


def _compared(network: NetworkRecord) -> str:
    ratio = network.loss / network.least_loss if network.least_loss > 0.0 else 1.0
    return f"{100.0 * max(ratio - 1.0, 0.0):.2g} % above" if ratio < 2.0 else f"{ratio:.3g} times"
