"""From a trajectory and an ansatz to the regressions that the training works on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

import numpy as np
from numpy.typing import NDArray

from symdcrnn.algebra.operators import OPERATORS, multiplication
from symdcrnn.algebra.words import UNIT, Field, Word, kinetic_field
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.errors import InputError
from symdcrnn.kernels.build import build
from symdcrnn.kernels.emit import KernelSpec
from symdcrnn.kernels.lower import Stencils, lower
from symdcrnn.kernels.norms import Norm, find_norm
from symdcrnn.kernels.runtime import GridData, fitted_range
from symdcrnn.kernels.stages import bind_stages
from symdcrnn.kernels.value_sizes import ValueSizes
from symdcrnn.leastsquares.affine import Affine
from symdcrnn.leastsquares.memo import remembering
from symdcrnn.leastsquares.objective import LeastSquares
from symdcrnn.leastsquares.penalised import Penalised
from symdcrnn.leastsquares.regression import Regression
from symdcrnn.schemes.multistep import SCHEMES, residual
from symdcrnn.schemes.residual import Column, Residual
from symdcrnn.schemes.runge_kutta import DoubleTableau
from symdcrnn.schemes.scheme import Scheme
from symdcrnn.training.frames import Frames, LoadedFrames, Part, ResidualKernel
from symdcrnn.training.grid import check_sizes, plain, with_unit
from symdcrnn.training.settings import EVERY_WORD, FitSettings

Array = NDArray[np.float64]

FORWARD_EULER = SCHEMES["forward-euler"]
"""At the frame where a step of a scheme with stages starts, (4.15) counts <F> as it does."""

UNIT_WORD = "1"
"""How that field by itself is written."""

VANISHING_AVERAGE = 1e-4
"""<u> counts as zero where its rms is below this fraction of the rms of u."""

NOISY_AVERAGE = 0.1
"""The same under noise, where <u> is also no larger than `LIKE_NOISE` times what the noise alone makes of it."""

LIKE_NOISE = 3.0

LIKE_ROUNDING = 8.0
"""A column no larger than so many times its rounding errors is one: no coefficient is told by it."""


@dataclass(frozen=True)
class Term:
    """One word of a right-hand side.

    Parameters
    ----------
    word : Word
        The word.
    known : float or None
        Its coefficient where that is given, else None.
    read_as : Word or None
        The word that kernels read instead, where its values are held by a field of their own.
    """

    word: Word
    known: float | None = None
    read_as: Word | None = None


def fields_of(trajectory: Trajectory) -> tuple[Field, ...]:
    """The fields of a trajectory as the algebra sees them."""
    return tuple(kinetic_field(name, trajectory.depends_on_v(name)) for name in trajectory.field_names)


def grid_data(trajectory: Trajectory, profiles: Mapping[str, Array]) -> GridData:
    """The arrays that kernels read.

    Raises
    ------
    InputError
        If the values of a field are so large or small that their squares are not numbers any more.
    """
    fields = {name: plain(trajectory.array(name)) for name in trajectory.field_names}
    check_sizes(fields)
    return GridData(
        fields=fields,
        v=plain(trajectory.v),
        quadrature=plain(trajectory.weights),
        dt=trajectory.dt,
        dx=trajectory.dx,
        periodic=trajectory.periodic,
        profiles={name: plain(profile) for name, profile in profiles.items()},
    )


def loaded_frames(trajectory: Trajectory, profiles: Mapping[str, Array]) -> LoadedFrames:
    """The frames of a trajectory in memory, as `grid_data` makes them."""
    return LoadedFrames.of(grid_data(trajectory, profiles))


def terms_of(target: Field, words: Sequence[Word], known: Sequence[str]) -> tuple[Term, ...]:
    """The words of an ansatz with the known functions of x put in, eqs. (2.1), (2.4), (2.5).

    Parameters
    ----------
    target : Field
        The field of the equation.
    words : sequence of Word
        Of the ansatz.
    known : sequence of str
        Which of sigma_s, sigma_a and source are given.

    Returns
    -------
    tuple of Term
        Where sigma_s is given, the damping of a target that depends on v is ``sigma_s g`` with a
        coefficient of its own, in the place of ``g``.  Absorption and source enter with their
        exact coefficients, -1 and 1; the source has no part in the equation of g, whose average is zero.
    """
    terms = []
    for word in words:
        damping = word.is_identity and word.base == target and target.v_dependent
        if damping and "sigma_s" in known:
            terms.append(Term(Word.of((multiplication("sigma_s"),), target)))
        else:
            terms.append(Term(word))
    if "sigma_a" in known:
        terms.append(Term(Word.of((multiplication("sigma_a"),), target), -1.0))
    if "source" in known and target.name != "g":
        terms.append(Term(Word.of((multiplication("source"),), UNIT), 1.0))
    return tuple(terms)


def with_functions(
    terms: Sequence[Term], target: Field, settings: FitSettings, known: Sequence[str]
) -> tuple[tuple[Term, ...], tuple[int, ...]]:
    """The terms with a source where one is sought, and which of them have a function of x for a coefficient.

    Parameters
    ----------
    terms : sequence of Term
    target : Field
    settings : FitSettings
    known : sequence of str
        Which of sigma_s, sigma_a and source are given.

    Raises
    ------
    InputError
        If a word is not among the terms, or its function is given already.
    """
    asked = settings.functions_of(target.name)
    if UNIT_WORD in asked:
        if "source" in known:
            raise InputError("the source is given and sought at once: leave out one of both")
        terms = (*terms, Term(Word.of((), UNIT)))
    names = [str(term.word) or UNIT_WORD for term in terms]
    if {target.name, EVERY_WORD} & set(asked) and target.v_dependent and "sigma_s" in known:
        raise InputError("sigma_s is given and sought at once: leave out one of both")
    if EVERY_WORD in asked:
        asked = tuple(name for name, term in zip(names, terms, strict=True) if term.known is None)
    for word in asked:
        if word not in names:
            raise unknown_word(word, target.name, names)
    return tuple(terms), tuple(names.index(word) for word in asked)


def unknown_word(word: str, target: str, names: Sequence[str]) -> InputError:
    """The error of a word that an equation does not have, with those that are written most like it.

    Parameters
    ----------
    word : str
    target : str
        Of the equation.
    names : sequence of str
        Its words.
    """
    close = get_close_matches(word, names, n=3, cutoff=0.0)
    return InputError(f"{word!r} is no word of the {target}-equation: the nearest are {', '.join(close)}; "
                      "`symdcrnn inspect --layers K --operators NAMES` lists them all")


def sought_functions(
    terms: Sequence[Term], functional: Sequence[int], followers: Collection[int], everything: bool, target: Field
) -> tuple[int, ...]:
    """The columns whose function is sought; of every word only those whose coefficient is not given.

    The function of a word that is tied to another one follows that of the other.

    Raises
    ------
    InputError
        If a coefficient is given or tied and its function asked for by name.
    """
    if not everything:
        for number in functional:
            if terms[number].known is not None or number in followers:
                how = "tied" if number in followers else "given"
                raise InputError(f"{str(terms[number].word)!r} of the {target.name}-equation is {how} and sought as a "
                                 "function at once: leave out one of both")
    return tuple(number for number in functional if terms[number].known is None and number not in followers)


def seen_functions(
    terms: Sequence[Term], functional: Sequence[int], gone: Mapping[int, str], everything: bool, target: Field
) -> tuple[int, ...]:
    """The columns whose function the data can tell; of every word those that do not vanish.

    Raises
    ------
    InputError
        If a word vanishes whose function was asked for by name.
    """
    for number in functional:
        if number in gone and not everything:
            raise InputError(f"no function of {str(terms[number].word)!r} can be told in the {target.name}-equation: "
                             f"{gone[number]}")
    return tuple(number for number in functional if number not in gone)


def vanishing(terms: Sequence[Term], sizes: ValueSizes, noise: ValueSizes | None = None) -> dict[int, str]:
    """The terms whose column is rounding in this data, or stems from an average that vanishes, and why.

    An average below `VANISHING_AVERAGE` of what it is taken of is left over by the discretisation,
    as <g> is: nothing can be learned from it, nor from a word that ends in it.  Noise lifts it: by what the average
    over v leaves of the noise.

    Parameters
    ----------
    terms : sequence of Term
    sizes : ValueSizes
        Of a kernel whose columns are the terms.
    noise : ValueSizes, optional
        The same of noise alone, of the level that was measured in the data.

    Returns
    -------
    dict of int to str
        By index of the term.
    """
    lifted = {value.name: value.rms for value in noise.values} if noise else {}
    reasons: dict[str, str] = {}
    words = {name: str(term.word) for name, term in zip(sizes.columns, terms, strict=True)}
    for value in sizes.values:
        what = words.get(value.name, "its average")
        if value.source in reasons:
            reasons[value.name] = reasons[value.source]
        elif value.is_average and value.rms <= VANISHING_AVERAGE * value.of_source:
            part = value.rms / value.of_source if value.of_source else 0.0
            reasons[value.name] = f"{what} vanishes: {part:.0e} of what is averaged"
        elif value.is_average and lifted and value.rms <= min(
                NOISY_AVERAGE * value.of_source, LIKE_NOISE * lifted[value.name]):
            reasons[value.name] = f"{what} vanishes: it is {value.rms / lifted[value.name]:.2g} times its noise"
    rounded = {value.name for value in sizes.values if value.rms <= LIKE_ROUNDING * value.rounding}
    return {
        number: reasons.get(name, f"{words[name]} is zero everywhere")
        for number, name in enumerate(sizes.columns)
        if name in reasons or name in rounded
    }


@dataclass(frozen=True)
class BoundWords:
    """Words under a multistep scheme, with the frames of one trajectory.

    Parameters
    ----------
    loss : ResidualKernel
        By the coefficients times dt.
    spec : KernelSpec
        What was compiled.
    frames : Frames
    """

    loss: ResidualKernel
    spec: KernelSpec
    frames: Frames

    def sums(self, part: Part) -> Array:
        """What all residuals add up to."""
        return self.frames.sums(self.spec.program.frames, part)


@dataclass(frozen=True)
class BoundEquation:
    """One equation under one scheme, with the data of one trajectory.

    Parameters
    ----------
    kernel : LeastSquares
        By the coefficients times dt.
    multistep : BoundWords or None
        The same where the scheme is a multistep scheme; None where it has stages.
    regression : Regression
        By the coefficients themselves, with what is known of them.
    dt : float
        Spacing of the frames.
    averaged : BoundWords or None
        That of the average of the right-hand side, eq. (4.15), where it is penalised.
    zero_mean : float
        The weight of its loss.
    """

    kernel: LeastSquares
    multistep: BoundWords | None
    regression: Regression
    dt: float
    averaged: BoundWords | None = None
    zero_mean: float = 0.0


def regression_of(
    scheme: Scheme | DoubleTableau,
    target: Field,
    terms: Sequence[Term],
    data: Frames,
    stencils: Stencils,
    norm: Norm,
    zero_mean: float = 0.0,
) -> Regression:
    """The regression of one equation under one scheme; arguments as those of `bind_equation`."""
    return bind_equation(scheme, target, terms, data, stencils, norm, zero_mean).regression


def bind_equation(
    scheme: Scheme | DoubleTableau,
    target: Field,
    terms: Sequence[Term],
    data: Frames,
    stencils: Stencils,
    norm: Norm,
    zero_mean: float = 0.0,
) -> BoundEquation:
    """Compile one equation under one scheme and bind it to data.

    Parameters
    ----------
    scheme : Scheme or DoubleTableau
    target : Field
    terms : sequence of Term
        The right-hand side.
    data : Frames
    stencils : Stencils
    norm : Norm
    zero_mean : float
        The weight of the penalty on dt <F>, eq. (4.15); its norm is L2.

    Raises
    ------
    InputError
        If there are too few frames or points, or every point would be fitted exactly.
    """
    words = [term.word for term in terms]
    read = [term.read_as or term.word for term in terms]
    bound: LeastSquares
    multistep: BoundWords | None = None
    if isinstance(scheme, DoubleTableau):
        if data.loaded is None:
            raise InputError(f"{scheme.name} has stages, which needs all frames in memory: choose a multistep scheme, "
                             "or leave --memory and --scheduler out")
        if read != words:
            raise InputError(f"{scheme.name} marches fields between frames and cannot take smoothed products by "
                             "functions of x: set smooth_x to 0 or choose a multistep scheme")
        form = residual(FORWARD_EULER, target, words)
        bound = bind_stages(scheme, target, words, with_unit(data.loaded), stencils, norm)
    else:
        form = residual(scheme, target, words)
        form = replace(form, columns=tuple(
            replace(column, word=word) for column, word in zip(form.columns, read, strict=True)))
        multistep = bind(form, data, stencils, norm)
        bound = multistep.loss
    fixed = np.array([np.nan if term.known is None else term.known for term in terms])
    if bound.points < 2 * len(terms):
        raise InputError(
            f"the data gives {bound.points} equations for {len(terms)} words under {scheme.name}: "
            f"give at least {frames_needed(bound.points, data.frames, scheme.frames, 2 * len(terms))} frames, or use "
            "fewer layers"
        )
    loss: LeastSquares = Affine(remembering(bound), np.full(bound.columns, data.dt))
    averaged = _averaged(form, data, stencils) if zero_mean > 0.0 else None
    if averaged is not None:
        gram = averaged.loss.evaluate(np.zeros(len(terms))).gram
        loss = Penalised(loss, zero_mean * data.dt**2 * gram)
    return BoundEquation(bound, multistep, Regression(loss, fixed), data.dt, averaged, zero_mean)


def frames_needed(points: int, frames: int, read: int, equations: int) -> int:
    """How many frames give so many equations.

    Parameters
    ----------
    points : int
        Equations that there are.
    frames : int
        Of the data.
    read : int
        By the scheme at a time.
    equations : int
        That are needed.
    """
    in_one = points // (frames - read + 1)
    return read - 1 - (-equations // in_one)


def bind(form: Residual, data: Frames, stencils: Stencils, norm: Norm) -> BoundWords:
    """Compile a residual and bind it to the data."""
    program = lower(form, stencils)
    fitted_range(program, data.outline)
    title = tuple(f"    {coefficient} * {column.word}" for coefficient, column in enumerate(form.columns))
    head = (f"The {norm.name} loss of the residual of d/dt {form.target.name} = sum of coefficient * word:", "")
    spec = KernelSpec("normal_equations", program, norm, (*head, *title))
    return BoundWords(data.bind(build(spec)), spec, data)


def _averaged(form: Residual, data: Frames, stencils: Stencils) -> BoundWords:
    """The averages of all columns, with nothing on the left-hand side."""
    columns = tuple(Column(c.word.after((OPERATORS["mean"],)), c.level, c.time_weights) for c in form.columns)
    nothing = Residual(UNIT, tuple(0.0 for _ in form.time_weights), columns)
    return bind(nothing, data, stencils, find_norm("l2"))
