"""`symdcrnn inspect`: a learned model, an expanded polynomial, or a generated kernel."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from symdcrnn.cli.completion import field as field_names
from symdcrnn.cli.completion import letters
from symdcrnn.cli.options import OnceCommand, json_option, names, print_json, usage_errors
from symdcrnn.cli.show import show_model
from symdcrnn.errors import InputError

if TYPE_CHECKING:
    from symdcrnn.equation import LearnedEquation
    from symdcrnn.model import Model

KERNELS = ("value_and_gradient", "normal_equations", "apply")
EMBEDDED = ("rhs", "rhs-adjoint")
POLYNOMIAL_FORMS = ("latex", "sympy", "json")
SOURCES = ("numba", "c99")

IDLE = {
    "kernels": ("--path", "--field", "--factored", "--monomials", "--polynomial", "--word", "--format"),
    "polynomials": ("--path", "--equation"),
    "equations": ("--field", "--factored", "--monomials"),
}
"""Options that say nothing of what is shown; an option that is not heard would be taken for one that is."""


@click.command(cls=OnceCommand, name="inspect",
               epilog="Example: symdcrnn inspect --layers 1 --operators I,v_dx,mean --format latex")
@click.argument("model", type=click.Path(path_type=Path), required=False)
@click.option("--path", "with_path", is_flag=True, help="How the words were chosen.")
@click.option("--polynomial", is_flag=True, help="The expanded polynomial of a model's networks.")
@click.option("--layers", type=click.IntRange(min=0), help="Without a model: K, layers of the network. [default: 2]")
@click.option("--operators", callback=names, metavar="NAMES", shell_complete=letters,
              help="Without a model. [default: I,v_dx,mean]")
@click.option("--field", metavar="NAME", shell_complete=field_names,
              help="What the polynomial acts on; rho stands for a field without v. Of a model also one of its "
                   "nonlinear words, such as u^2.  [default: g, or the first field of the model]")
@click.option("--word", metavar="WORD", help="Only the coefficient of one word, such as '<v_dx g>'.")
@click.option("--format", "style", type=click.Choice(["text", *POLYNOMIAL_FORMS, *SOURCES]), default="text",
              show_default=True, help="What a model's equations are printed as: LaTeX for math mode, Python that makes "
              "them in sympy, the JSON of fit --json, the source of their right-hand side for numba or for C; "
              "polynomials as the first three.")
@click.option("--factored", is_flag=True, help="Keep shared factors as named definitions.")
@click.option("--monomials", is_flag=True, help="Multiply every coefficient out; it may become very long.")
@click.option("--kernel", type=click.Choice((*KERNELS, *EMBEDDED)), is_flag=False, flag_value="value_and_gradient",
              help="The generated numba source of a model's equation; rhs is the function of all of them that other "
                   "people's solvers call. With --json also its declaration in C.")
@click.option("--cost", "with_cost", is_flag=True,
              help="With --kernel: what it costs on the model's data instead of its source, and the time that this "
                   "machine needs at least.")
@click.option("--rewrites", is_flag=True,
              help="With --kernel: the values that it computes, as words say and after each rewrite of the compiler.")
@click.option("--equation", metavar="FIELD", shell_complete=field_names,
              help="Of which equation, where a model has several.")
@json_option
def inspect_command(model: Path | None, with_path: bool, polynomial: bool, layers: int | None,
                    operators: tuple[str, ...] | None, field: str | None, word: str | None, style: str, factored: bool,
                    monomials: bool, kernel: str | None, with_cost: bool, rewrites: bool, equation: str | None,
                    as_json: bool) -> None:
    """Show a model, a polynomial or a kernel.

    MODEL is a file that `symdcrnn fit -o` has written.  Without one, the polynomial that a network of
    the given layers and operators expands to is shown.
    """
    for asked, name in ((with_cost, "--cost"), (rewrites, "--rewrites")):
        if asked and (kernel is None or kernel in EMBEDDED):
            raise click.UsageError(f"{name} is that of the kernel of one equation: symdcrnn inspect model.json "
                                   f"--kernel {KERNELS[0]} {name}")
    view = ("kernels" if kernel is not None else
            "polynomials" if polynomial or word is not None or model is None else "equations")
    _check_used(view, {"--path": with_path, "--field": field, "--factored": factored, "--monomials": monomials,
                       "--equation": equation, "--polynomial": polynomial, "--word": word,
                       "--format": style != "text"})
    _check_format(view, style, as_json, with_path)
    if with_cost and rewrites:
        raise click.UsageError("--cost and --rewrites are printed one at a time: leave one of them out")
    if model is None:
        from symdcrnn.algebra.operators import find_operator
        from symdcrnn.algebra.rnn import check_network

        if kernel is not None or with_path:
            raise click.UsageError("--kernel and --path need a model: symdcrnn inspect model.json --kernel")
        with usage_errors():
            check_network(layers or 0, [find_operator(name) for name in operators or ()] or [find_operator("I")])
        _polynomial(2 if layers is None else layers, operators or ("I", "v_dx", "mean"), field or "g", field != "rho",
                    word, "json" if as_json else style, factored, monomials)
        return
    if layers is not None or operators is not None:
        raise click.UsageError("--layers and --operators are those of the model: leave them out")
    from symdcrnn.model import load_model

    loaded = load_model(model)
    if kernel in EMBEDDED:
        if equation is not None:
            raise click.UsageError(f"--kernel {kernel} is one function of all equations: leave --equation out")
        _embedded(loaded, kernel, as_json)
    elif kernel is not None:
        _kernel(loaded, kernel, with_cost, rewrites, equation, as_json)
    elif polynomial or word is not None:
        form = ("json" if as_json else style, factored, monomials)
        _polynomial_of_model(loaded, field or next(iter(loaded.data.fields)), word, *form)
    elif as_json or style != "text":
        click.echo(loaded.written("json" if as_json else style, equation))
    else:
        show_model(loaded, [loaded[equation]] if equation else loaded.equations, with_path)


def _check_used(view: str, given: dict[str, Any]) -> None:
    """Refuse options that say nothing of what is to be shown."""
    for name in IDLE[view]:
        if given[name]:
            way = "add --polynomial" if view == "equations" else "leave it out"
            raise click.UsageError(f"{name} says nothing of {view}, which are to be shown: {way}")


def _check_format(view: str, style: str, as_json: bool, with_path: bool) -> None:
    """Refuse a format that there is none of, and what it has no place for."""
    if view == "polynomials" and style in SOURCES:
        raise click.UsageError(f"--format {style} is that of a model's equations: symdcrnn inspect model.json "
                               f"--format {style}")
    if as_json and style not in ("text", "json"):
        raise click.UsageError(f"--json and --format {style} are two forms: give one of both")
    if with_path and style not in ("text", "json"):
        raise click.UsageError(f"--path is printed as text and in JSON: leave --format {style} out")


def _polynomial(layers: int, operators: tuple[str, ...], field: str, varies: bool, word: str | None, style: str,
                factored: bool, monomials: bool) -> None:
    from symdcrnn.algebra.operators import OPERATORS, find_operator
    from symdcrnn.algebra.printing import describe_polynomial
    from symdcrnn.algebra.reading.word_parser import parse_word
    from symdcrnn.algebra.words import Word, kinetic_field

    acting = kinetic_field(field, varies)
    asked = None if word is None else parse_word(word, {field: acting}, OPERATORS)
    chosen = [find_operator(name) for name in operators]
    click.echo(describe_polynomial(layers, chosen, Word((), acting), asked, style, factored, monomials))


def _polynomial_of_model(model: Model, field: str, word: str | None, style: str, factored: bool,
                        monomials: bool) -> None:
    from symdcrnn.algebra.printing import describe_polynomial
    from symdcrnn.algebra.words import Word
    from symdcrnn.embedding.words import space_of_model
    from symdcrnn.regression.dictionary import nonlinear_words, operators_of

    space = space_of_model(model)
    bases = {name: Word((), space.variables[name]) for name in model.data.fields}
    bases |= {str(base): base for base in nonlinear_words(model.settings, space)}
    acting = bases.get(" ".join(field.split()))
    if acting is None:
        raise InputError(f"the networks of this model do not act on {field!r}: give one of {', '.join(bases)}")
    asked = None if word is None else space.word(word)
    click.echo(describe_polynomial(model.settings.layers, operators_of(model.settings, space), acting, asked, style,
                                   factored, monomials))


def _kernel(model: Model, kind: Any, with_cost: bool, rewrites: bool, equation: str | None, as_json: bool) -> None:
    from symdcrnn.embedding.sources import kernel_source
    from symdcrnn.kernels.cache import source_path
    from symdcrnn.kernels.cache_folder import cache_directory

    if equation is None and len(model.equations) > 1:
        raise click.UsageError(f"the model has equations of {', '.join(e.target for e in model.equations)}: "
                               "choose one with --equation")
    learned = model[equation] if equation else model.equations[0]
    if with_cost or rewrites:
        (_cost if with_cost else _rewrites)(model, learned, kind, as_json)
        return
    source = kernel_source(model, learned, kind)
    if as_json:
        print_json({"kind": kind, "signature": source.signature,
                    "path": str(source_path(source.text, cache_directory())), "source": source.text})
    else:
        click.echo(source.text.rstrip())


def _cost(model: Model, equation: LearnedEquation, kind: Any, as_json: bool) -> None:
    from symdcrnn.embedding.sources import kernel_stages
    from symdcrnn.kernels.cost import measure_machine

    found, machine = kernel_stages(model, equation, kind), measure_machine()
    last = found[-1].cost
    bound = last.bound(machine.bandwidth, machine.rate)
    if as_json:
        print_json({"kind": kind, "bandwidth": machine.bandwidth, "rate": machine.rate, "bound": bound,
                    "stages": [{"name": stage.name, **asdict(stage.cost)} for stage in found]})
        return
    width = max(len(stage.name) for stage in found)
    click.echo(f"{'after':<{width}}  {'Mflop':>9} {'MB cached':>10} {'MB read':>8} {'values':>7}")
    for stage in found:
        one = stage.cost
        click.echo(f"{stage.name:<{width}}  {one.operations / 1e6:>9.4g} {one.cached / 1e6:>10.4g} "
                   f"{one.memory / 1e6:>8.4g} {one.values:>7}")
    limit = "memory" if last.memory / machine.bandwidth > last.operations / machine.rate else "operations"
    click.echo(f"at least {1e3 * bound:.3g} ms a pass on this machine ({machine.bandwidth / 1e9:.3g} GB/s from memory, "
               f"{machine.rate / 1e9:.3g} Gflop/s), set by {limit}")


def _rewrites(model: Model, equation: LearnedEquation, kind: Any, as_json: bool) -> None:
    from symdcrnn.embedding.sources import kernel_stages
    from symdcrnn.kernels.ir.printed import printed

    found = [(stage.name, printed(stage.program)) for stage in kernel_stages(model, equation, kind)]
    if as_json:
        print_json({"kind": kind, "rewrites": [{"name": name, "program": text} for name, text in found]})
        return
    click.echo("\n\n".join(f"after {name}:\n{text}" if number else f"{name}:\n{text}"
                           for number, (name, text) in enumerate(found)))


def _embedded(model: Model, kind: Any, as_json: bool) -> None:
    from symdcrnn.embedding.sources import embedded_source
    from symdcrnn.kernels.cache import source_path
    from symdcrnn.kernels.cache_folder import cache_directory

    source = embedded_source(model, kind)
    if as_json:
        print_json({"kind": kind, "signature": source.signature,
                    "path": str(source_path(source.text, cache_directory())), "source": source.text,
                    "prototype": source.prototype})
    else:
        click.echo(source.text.rstrip())
