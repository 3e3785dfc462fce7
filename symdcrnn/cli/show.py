"""Models as text for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from symdcrnn.equation import LearnedEquation, NetworkRecord
    from symdcrnn.model import Model
    from symdcrnn.weak_record import WeakRecord

ROUNDING = 1e-15
"""Relative errors below this are not told apart in double precision."""

HIDDEN = 3
"""Words of those that noise hides that are printed; ``--json`` has all."""

SWAMPED = 0.5**0.5
"""Noise over the standard deviation of a field with it, from which on it is more than the signal."""

NOISY = 0.2
"""A residual, relative to the left-hand side, that exact data leaves only where the right words are missing."""


def show_model(model: Model, equations: Sequence[LearnedEquation], with_path: bool) -> None:
    """Print some equations of a model with how they were found."""
    for number, equation in enumerate(equations):
        if number:
            click.echo()
        show_equation(model, equation)
        if with_path:
            click.echo()
            show_path(equation)


def show_equation(model: Model, equation: LearnedEquation) -> None:
    """Print one equation, its scaled form, its error where that is known, and how sure it is."""
    from symdcrnn.results.shown import inclusion_text
    from symdcrnn.schemes.multistep import SCHEMES
    from symdcrnn.settings import AUTO

    click.echo(equation.verdict)
    uncertain = equation.terms_text()
    if uncertain is not None:
        click.echo(f"  terms     {uncertain}")
    elif equation.functions and model.settings.bootstrap:
        click.echo("  terms     without error bars: equations with functions of x are not resampled")
    often = inclusion_text(equation)
    if often is not None:
        click.echo(f"  inclusion {often}, in {2 * model.settings.stability} halves of the data")
    if not equation.fitted:
        click.echo("  derived   by symbols from another equation, as its limit; not fitted to data")
        return
    scaled = equation.scaled_text()
    if scaled is not None:
        click.echo(f"  scaled    {scaled}")
    if model.settings.scales == AUTO:
        click.echo(f"  scales    {equation.scales_text()}")
    if equation.target in model.errors:
        error, spurious = model.errors[equation.target]
        click.echo(f"  error     {error:.4g} % of the exact equation ({spurious:.4g} % with spurious terms)")
    click.echo(f"  residual  {equation.residual:.3g} of the left-hand side under {equation.scheme} "
               f"({model.settings.norm}), {equation.points} equations")
    if equation.weak is not None:
        show_weak_form(equation, equation.weak, model.data.noise)
        show_checks(equation)
        _show_left_out(equation)
        show_network(model, equation)
        return
    if model.settings.scheme == AUTO:
        error = SCHEMES[equation.scheme].truncation(equation.rate)
        size = f"about {error:.0e}" if error > ROUNDING else "below rounding"
        choice = f"of the smallest residual, truncation error {size}" if error < 1.0 else "of the smallest residual"
        click.echo(f"  scheme    {equation.scheme}: {choice}, for {model.data.frames} "
                   f"frames whose step is {equation.rate:.2g} of the fastest time scale")
    leaning, central = model.settings.transport_stencil, model.settings.central_stencil
    sided = "" if leaning == central else f", {leaning} where they lean by the sign of a coordinate"
    click.echo(f"  stencils  {central}{sided}")
    terms = len(equation.path[0].words) if equation.path else 0
    if equation.chosen_words:
        click.echo(f"  words     {equation.chosen_words} of {terms}: one less multiplies the residual under "
                   f"{equation.judge} by {equation.jump:.3g}; no word before that by more than "
                   f"{equation.runner_up:.3g}")
    else:
        click.echo(f"  words     none of {terms} beside the functions: none changes the residual under "
                   f"{equation.judge} by a factor of more than {equation.runner_up:.3g}")
    show_checks(equation)
    if equation.residual > NOISY:
        click.echo("            little of the data is explained: if it is noisy, try --scheme weak")
    for first, second, correlation in equation.collinear:
        click.echo(f"            {first} and {second} are nearly collinear in this data (correlation "
                   f"{correlation:.6f}): what one loses the other can gain")
    _show_left_out(equation)
    show_network(model, equation)


def show_weak_form(equation: LearnedEquation, weak: WeakRecord, noise: Mapping[str, float]) -> None:
    """Print the noise, the gaps, the test functions, and how the words were chosen."""
    from symdcrnn.data.axes import gaps_text

    levels = ", ".join(f"{100.0 * level:.2g} % of {name}" + (", more than its signal" if level > SWAMPED else "")
                       for name, level in noise.items())
    known = "".join(f"; {name}: {text}" for name, text in weak.kinds.items())
    click.echo(f"  noise     {levels or 'none'}{known}")
    if weak.gaps:
        lost = ", ".join(gaps_text(missing, values, name) + (
            f", {weak.told[name]} of them told by their neighbours" if name in weak.told else "")
            for name, (missing, values) in weak.gaps.items())
        click.echo(f"  gaps      {lost}; {weak.left_out} of {equation.points + weak.left_out} rows left out, which "
                   "only the weak form can do")
    steps = ", ".join(f"{width} along {axis}" for axis, width in weak.half_widths.items())
    why = (f": the smallest errors of {len(weak.tried)} that were tried" if weak.by_noise and len(weak.tried) > 1 else
           f": the clearest path of {len(weak.tried)} that were tried" if len(weak.tried) > 1 else "")
    click.echo(f"  test      functions of half width {steps} steps{why}")
    terms = len(equation.path[0].words) if equation.path else 0
    how = ("tested against the noise under all test functions" if weak.by_noise else
           f"one less multiplies the residual by {equation.jump:.3g}; no word before that by more than "
           f"{equation.runner_up:.3g}")
    click.echo(f"  words     {equation.chosen_words} of {terms}: {how}")
    for first, second, correlation in equation.collinear:
        click.echo(f"            {first} and {second} are nearly collinear in this data (correlation "
                   f"{correlation:.6f}): what one loses the other can gain")
    if weak.unseen:
        hidden = ", ".join(f"{one.coefficient:.2g} {word} ({100.0 * one.share:.2g} %)"
                           for word, one in list(weak.unseen.items())[:HIDDEN])
        click.echo(f"  unseen    terms up to so much (and that part of d_t {equation.target}): {hidden}")


def show_checks(equation: LearnedEquation) -> None:
    """Print what was looked at before the equation was called certain."""
    for number, check in enumerate(equation.checks):
        click.echo(f"  {'checks' if not number else '':<8}  {'passed' if check.passed else 'FAILED'} {check.name}: "
                   f"{check.text}")


def _show_left_out(equation: LearnedEquation) -> None:
    reasons = [reason for reason in equation.vanishing.values() if " vanishes" in reason or " is zero" in reason]
    for reason in equation.vanishing.values():
        if reason not in reasons:
            click.echo(f"            left out: {reason}")
    if reasons:
        roots = dict.fromkeys(reason.split(" vanishes")[0].split(" is zero")[0] for reason in reasons)
        click.echo(f"            {len(reasons)} words vanish in this data: {', '.join(roots)}, "
                   "and all that end in them")


def show_network(model: Model, equation: LearnedEquation) -> None:
    """Print how the networks reach the coefficients, where they compose words."""
    network = equation.network
    weights = sum(len(row) for field in network.theta for row in field)
    if len(network.intervals) > 1:
        lowest = min(loss for _, _, loss in network.intervals)
        losses = ", ".join(f"{lower:g} to {upper:g}: {loss / lowest if lowest else 1.0:.3g}"
                           for lower, upper, loss in network.intervals)
        click.echo(f"  epsilon   loss by interval, relative to the lowest: {losses}")
    if model.settings.dictionary_alone:
        return
    if not network.starts:
        click.echo("  networks  not trained: every coefficient is a function, eq. (3.10)")
        return
    state = "converged" if network.converged else "not converged"
    sparse = model.settings.weight_sparsity or model.settings.coefficient_sparsity
    resolved = sparse or not network.converged or network.loss <= 2.0 * network.least_loss
    hidden = "" if resolved else ", both below what rounding resolves"
    click.echo(f"  networks  {weights} weights {state}: loss {_compared(network)} that of direct regression "
               f"over the words they reach{hidden} ({network.starts} starts, {network.iterations} iterations)")


def _compared(network: NetworkRecord) -> str:
    ratio = network.loss / network.least_loss if network.least_loss > 0.0 else 1.0
    return f"{100.0 * max(ratio - 1.0, 0.0):.2g} % above" if ratio < 2.0 else f"{ratio:.3g} times"


def show_path(equation: LearnedEquation) -> None:
    """Print the elimination as a table."""
    second = any(step.scheme_residual is not None for step in equation.path)
    scheme = equation.scheme
    width = max(len(equation.judge), 10)
    click.echo(f"  words  {equation.judge:>{width}}" + (f"  {scheme:>{max(len(scheme), 10)}}" if second else "")
               + "  dropped next")
    for step in equation.path:
        line = f"  {len(step.words):>5}  {step.judge_residual:>{width}.2e}"
        if second:
            own = "" if step.scheme_residual is None else f"{step.scheme_residual:.2e}"
            line += f"  {own:>{max(len(scheme), 10)}}"
        mark = "   <- the equation" if len(step.words) == equation.chosen_words else ""
        click.echo(f"{line}  {step.dropped or ''}{mark}")
