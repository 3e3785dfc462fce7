"""What `fit` and `sweep` are both told: options of a fit, and how they become settings and trajectories."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from symdcrnn.cli.completion import fields, letters, one_of, optimisers
from symdcrnn.cli.config import read_config, settings_of
from symdcrnn.cli.options import memory_size, names, number, usage_errors, whole_or_auto
from symdcrnn.cli.reading import NAMES_OF_READING, OPTIONS_OF_READING, naming_from
from symdcrnn.cli.words import OPTIONS_OF_WORDS
from symdcrnn.errors import InputError, SettingError, named
from symdcrnn.given import described, whole_text
from symdcrnn.kernels.norms import NORMS
from symdcrnn.kernels.stencils import CENTRAL_ACCURACIES, TRANSPORT_STENCILS
from symdcrnn.schemes.table import ALL_SCHEMES, TABLEAU_FILE, WEAK, find_scheme
from symdcrnn.setting_entries import with_dictionary_alone
from symdcrnn.settings import AUTO, OF_FUNCTIONS, FitSettings

if TYPE_CHECKING:
    from symdcrnn.data.files.stored import StoredTrajectory
    from symdcrnn.data.foreign.naming import Naming
    from symdcrnn.data.trajectory import Trajectory

DEFAULTS = FitSettings()

PAIRS = 50
"""Of halves of the data for stability selection, where no number is given."""

KNOWN = ("sigma_s", "sigma_a", "source")


def _default(name: str) -> str:
    value = getattr(DEFAULTS, name)
    return f" [default: {','.join(value) if isinstance(value, tuple) else value}]"


def scheme_name(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """The name of a scheme, or of a file that ends as those with a tableau do.

    Raises
    ------
    click.BadParameter
        If it is neither.
    """
    if value is None or value in (AUTO, WEAK, *ALL_SCHEMES) or value.endswith(TABLEAU_FILE):
        return value
    raise click.BadParameter(f"{value!r} is none of {', '.join((AUTO, WEAK, *ALL_SCHEMES))}, nor a {TABLEAU_FILE} "
                             "file.")


OPTIONS_OF_A_FIT: tuple[Callable[[Any], Any], ...] = (
    click.option("--equation", "equations", callback=names, metavar="FIELDS", shell_complete=fields,
                 help="Fields whose equations are sought, such as g or g,rho. [default: every field]"),
    click.option("--operators", callback=names, metavar="NAMES", shell_complete=letters,
                 help="Letters that networks compose: I, coordinates of the data by name (v, c, s), v_dx, mean, d_x, "
                      "d_xx .., d_y, d_v, laplacian, and those of --operator-file." + _default("operators")),
    click.option("--layers", type=int, help="K, layers of each network." + _default("layers")),
    click.option("--scales", callback=whole_or_auto, metavar="INTEGER|auto",
                 help="M, the highest power of 1/epsilon; auto chooses it by the equation found."
                      + _default("scales")),
    click.option("--scheme", metavar="NAME", callback=scheme_name,
                 shell_complete=one_of((AUTO, WEAK, *ALL_SCHEMES), files=True),
                 help=f"Residual: {AUTO}; {WEAK}, the weak form in space and time, for noise and gaps; a time "
                      "scheme, "
                      f"{', '.join(ALL_SCHEMES)}; or a JSON file with a double tableau." + _default("scheme")),
    click.option("--test-function", "test_functions", callback=names, metavar="AXIS=STEPS,...",
                 help="Half widths of the test functions of the weak form along t and the other axes, such as "
                      "t=12,x=26. [default: those of the smallest errors]"),
    click.option("--noise", metavar="KIND",
                 help="What is known of the noise: auto recognises it; none; white, or white:0.02 for a part of each "
                      "field's standard deviation; poisson, whose variance is proportional to the value; proportional, "
                      "whose level is; correlated, between neighbours; outliers, single values that are wrong. Of a "
                      "field alone: poisson,E=none." + _default("noise")),
    click.option("--function", "functions", multiple=True, metavar="EQUATION:WORD[@AXIS]",
                 help="A coefficient that is a function of x, such as g:g, rho:1 for a source, or g:* for every word; "
                      "of time or another axis as g:g@t, of two as u:u@y,x; may be repeated."),
    *OPTIONS_OF_WORDS,
    click.option("--basis", type=click.Choice(["spline", "periodic", "grid"]),
                 help="Of functions: a cubic spline, a periodic one, or one value per point. Under noise the spline is "
                      "periodic where the axis is and the function does not jump." + _default("basis")),
    click.option("--knots", callback=whole_or_auto, metavar="INTEGER|auto",
                 help="Knots of a spline; auto takes 100, or 32 under the weak form; of axes "
                      "other than t and those of space, a value per point." + _default("knots")),
    click.option("--continuity", callback=number, metavar="GAMMA",
                 help="Penalty on jumps of functions, eq. (4.18)." + _default("continuity")),
    click.option("--stencil", "transport_stencil", type=click.Choice([AUTO, *TRANSPORT_STENCILS]),
                 help="Stencil of v_dx and what else leans by the sign of a coordinate; auto as below, upwind3 in the "
                      "place of central4." + _default("transport_stencil")),
    click.option("--central-stencil", type=click.Choice([AUTO, *CENTRAL_ACCURACIES]),
                 help="Stencil of d_x, d_xx, d_v and all others; auto takes central4 on data of t, v and x with the "
                      "operators of the paper, else what leaves the smallest residual." + _default("central_stencil")),
    click.option("--norm", type=click.Choice(list(NORMS)), help="Norm of the residual." + _default("norm")),
    click.option("--variance", "variances", multiple=True, metavar="FIELD=NAME",
                 help="Variable that holds the variance of every value of a field, such as u=u_var; may be repeated. "
                      "Found by itself if it is named u_variance, u_std or u_error."),
    click.option("--sigma-s", metavar="EXPRESSION", help="Known scattering coefficient, of x."),
    click.option("--sigma-a", metavar="EXPRESSION", help="Known absorption coefficient, of x."),
    click.option("--source", metavar="EXPRESSION", help="Known source, of x."),
    click.option("--zero-mean", callback=number, metavar="NUMBER",
                 help="Weight of the penalty on <F_1>, eq. (4.15)." + _default("zero_mean")),
    click.option("--weight-sparsity", callback=number, metavar="NUMBER",
                 help="gamma of eq. (4.17), on the networks' weights." + _default("weight_sparsity")),
    click.option("--coefficient-sparsity", callback=number, metavar="NUMBER",
                 help="gamma of eq. (5.16), on the networks' coefficients." + _default("coefficient_sparsity")),
    click.option("--epsilon-lower", callback=number, metavar="NUMBER",
                 help="Lower end of the interval of epsilon_pred." + _default("epsilon_lower")),
    click.option("--epsilon-upper", callback=number, metavar="NUMBER",
                 help="Upper end of the interval of epsilon_pred." + _default("epsilon_upper")),
    click.option("--starts", type=int, help="Random starts of the networks at most." + _default("starts")),
    click.option("--adam", type=int, help="Iterations of Adam." + _default("adam")),
    click.option("--lbfgs", type=int, help="Iterations of L-BFGS-B." + _default("lbfgs")),
    click.option("--gauss-newton", type=int, help="Iterations of Gauss-Newton." + _default("gauss_newton")),
    click.option("--epsilon-intervals", "intervals", type=int,
                 help="Train in so many intervals of epsilon side by side, eq. (5.2)." + _default("intervals")),
    click.option("--optimisers", callback=names, metavar="NAMES", shell_complete=optimisers,
                 help="Of adam, l-bfgs-b, gauss-newton, sgd, in their order. [default: a schedule of the first "
                      "three]"),
    click.option("--batches", type=int, help="Minibatches of frames for sgd." + _default("batches")),
    click.option("--sgd", type=int, help="Iterations of sgd." + _default("sgd")),
    click.option("--bootstrap", type=int,
                 help="Resamples of the data for standard errors; 0 for none." + _default("bootstrap")),
    click.option("--stability", type=int, is_flag=False, flag_value=PAIRS, metavar="[PAIRS]",
                 help="Stability selection: choose the words from so many pairs of halves of the data as well, and "
                      f"tell how often each is chosen; {PAIRS} where no number follows."),
    click.option("--exact-choice", is_flag=True, default=None,
                 help="Compare the words of an equation with the best set of as many, by branch and bound."),
    click.option("--distinct", is_flag=True, default=None,
                 help="Keep words that are equal in the continuum, as 'u d_x u' and 'd_x(u^2)' up to a factor, as "
                      "candidates of their own."),
    click.option("--seed", type=int, help="Seed of the starts." + _default("seed")),
    click.option("--frames", metavar="FIRST:COUNT[:STRIDE]", help="Fit a window of frames only."),
    *OPTIONS_OF_READING,
    click.option("--memory", callback=memory_size, metavar="SIZE",
                 help="Read the file in blocks of frames that take at most so much, such as 2GB; per worker."),
    click.option("--scheduler", metavar="NAME",
                 help="Where blocks, resamples and intervals, or the fits of a sweep, are worked on: in-process, "
                      "threads, processes, or the address of a Dask scheduler such as tcp://localhost:8786. "
                      "[default: in-process]"),
    click.option("--config", type=click.Path(path_type=Path),
                 help="TOML file of settings; options given here come first."),
)


def fit_options(command: Any) -> Any:
    """A command with all options that say what is fitted."""
    return reduce(lambda made, option: option(made), reversed(OPTIONS_OF_A_FIT), command)


@dataclass(frozen=True)
class Asked:
    """What a command was told to fit, by the command line and a file of settings.

    Parameters
    ----------
    config : Path or None
        The file.
    in_file, given : dict
        What each of both says, by the name of the parameter of the command.
    """

    config: Path | None
    in_file: Mapping[str, Any]
    given: Mapping[str, Any]

    def value(self, name: str) -> Any:
        """What the command line says, or else the file; None for neither."""
        return self.given.get(name, self.in_file.get(name))

    @property
    def known(self) -> dict[str, str]:
        """The text of the known functions of x."""
        return {name: str(self.value(name)) for name in KNOWN if self.value(name) is not None}

    def settings(self, varied: Mapping[str, Any] | None = None) -> FitSettings:
        """The settings of the fit, or of one of a sweep with the settings that are varied.

        Raises
        ------
        InputError
            If what is wrong is in a file.
        click.UsageError
            If it is on the command line.
        """
        given = {**self.given, **(varied or {})}
        with usage_errors():
            check_expressions(self.known)
            check_used(given, dict(self.in_file))
        own = self.value("operator_file")
        if own is not None:
            from symdcrnn.algebra.operator_files import read_operators
            from symdcrnn.regression.dictionary import operator_text

            with usage_errors():
                given["own_operators"] = tuple(map(operator_text, read_operators(Path(own))))
        in_file, on_line = ({name: value for name, value in part.items() if name in DEFAULTS.__dict__}
                            for part in (self.in_file, given))
        whole = with_dictionary_alone({**in_file, **on_line})
        settings = settings_of(self.config, in_file, {
            name: value for name, value in whole.items() if name in on_line or name not in in_file})
        if settings.scheme.endswith(TABLEAU_FILE):
            find_scheme(settings.scheme)
        return settings

    @property
    def reading(self) -> dict[str, Any]:
        """What says how files are read."""
        return {name: self.value(name) for name in NAMES_OF_READING if self.value(name) is not None}

    @property
    def naming(self) -> Naming:
        """What names in the files stand for."""
        return naming_from(self.reading, tuple(self.variances.values()))

    @property
    def variances(self) -> dict[str, str]:
        """By field, the variable with its variances.

        Raises
        ------
        InputError
            If one is written in another way.
        """
        found: dict[str, str] = {}
        for text in self.value("variances") or ():
            field, sign, name = (part.strip() for part in text.partition("="))
            if not (field and sign and name):
                raise InputError(f"--variance is {text!r}: write FIELD=NAME, such as u=u_var")
            found[field] = name
        return found

    @property
    def tableau(self) -> Path | None:
        """The file of a double tableau."""
        scheme = self.value("scheme")
        return Path(scheme) if isinstance(scheme, str) and scheme.endswith(TABLEAU_FILE) else None

    @property
    def window(self) -> tuple[int, int, int] | None:
        """The window of frames."""
        frames = self.value("frames")
        return None if frames is None else parse_window(frames)


def asked_for(context: click.Context, config: Path | None, options: Mapping[str, Any]) -> Asked:
    """What a command was told.

    Parameters
    ----------
    context : click.Context
    config : Path or None
        The file of settings.
    options : mapping of str to object
        Those of the command line, None or empty where they were not given.

    Raises
    ------
    InputError
        If the file cannot be read, or has a key or value that the command does not take.
    """
    given = {name: value for name, value in options.items() if value is not None and value != ()}
    return Asked(config, read_config(config, context) if config else {}, given)


def read_all(paths: Sequence[Path], asked: Asked, scheduler: str | None) -> list[Trajectory | StoredTrajectory]:
    """The trajectories of files, or the one of which they are frames.

    Raises
    ------
    InputError
        If one cannot be read, or a series is to be read in blocks.
    """
    from symdcrnn.data.units import in_same_units

    if not asked.value("series"):
        return list(in_same_units([read_or_open(path, asked, scheduler) for path in paths]))
    from symdcrnn.data.files.series import files_of, read_series_named

    if asked.value("memory") is not None:
        raise InputError("a series of files is read as a whole: leave --memory out")
    variances, window = asked.variances, asked.window
    return [_chosen(read_series_named(files_of(paths), asked.value("periodic"), asked.naming), variances, window)]


def read_or_open(
    path: Path, asked: Asked, scheduler: str | None
) -> Trajectory | StoredTrajectory:
    """A trajectory in memory, or on disk where that is limited or others are to read it.

    Raises
    ------
    InputError
        If it cannot be read, or does not have what was asked for.
    """
    from symdcrnn.data.files.formats import read_named
    from symdcrnn.data.files.stored import DEFAULT_MEMORY, StoredTrajectory, open_named

    periodic, window, memory = asked.value("periodic"), asked.window, asked.value("memory")
    naming, variances = asked.naming, asked.variances
    trajectory: Trajectory | StoredTrajectory = (
        read_named(path, periodic, naming) if memory is None and scheduler in (None, "in-process")
        else open_named(path, periodic, DEFAULT_MEMORY if memory is None else memory, naming))
    trajectory = _chosen(trajectory, variances, window)
    if isinstance(trajectory, StoredTrajectory) and scheduler in (None, "in-process"):
        return trajectory.in_memory_if_it_fits()
    return trajectory


def _chosen(
    trajectory: Trajectory | StoredTrajectory, variances: Mapping[str, str], window: tuple[int, int, int] | None
) -> Trajectory | StoredTrajectory:
    """Some frames, with the variances that were named."""
    for field, name in variances.items():
        trajectory = trajectory.with_variance(field, name)
    return trajectory if window is None else trajectory.select(*window)


def parse_window(text: str) -> tuple[int, int, int]:
    """first, count and stride from ``FIRST:COUNT[:STRIDE]``.

    Raises
    ------
    click.BadParameter
        If it is written in another way.
    """
    parts = text.split(":")
    numbers = [number for number in map(whole_text, parts) if number is not None]
    if len(parts) not in (2, 3) or len(numbers) != len(parts):
        raise click.BadParameter(f"{described(text)}: write FIRST:COUNT[:STRIDE], such as 7:30", param_hint="--frames")
    first, count, *stride = numbers
    return first, count, stride[0] if stride else 1


def check_expressions(expressions: dict[str, Any]) -> None:
    """Refuse known functions that are no expressions, before there are points of x to evaluate them at.

    Raises
    ------
    InputError
        Naming the option.
    """
    from symdcrnn.data.expressions import parse_expression

    for name, text in expressions.items():
        with named(name):
            parse_expression(text)


def check_used(given: dict[str, Any], in_file: dict[str, Any]) -> None:
    """Refuse options of functions where no coefficient is one, also with the values that they have anyway.

    Raises
    ------
    SettingError
        Naming the option.
    """
    for name in OF_FUNCTIONS:
        if name in given and not (given.get("functions") or in_file.get("functions")):
            raise SettingError(name, "is of no use: no coefficient is a function of x; ask for one by --function, or "
                               "leave it out")


def known_values(expressions: dict[str, Any], trajectory: Trajectory | StoredTrajectory) -> dict[str, Any]:
    """Values of known functions at the points of x."""
    from symdcrnn.data.expressions import parse_expression

    values = {}
    for name, text in expressions.items():
        with named(name):
            values[name] = parse_expression(str(text)).evaluate(trajectory.x)
    return values
