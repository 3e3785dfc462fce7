"""Options of `fit` and `sweep` that say which words equations may have, and what is known of their coefficients."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

OPTIONS_OF_WORDS: tuple[Callable[[Any], Any], ...] = (
    click.option("--word", "words", multiple=True, metavar="WORD",
                 help="A word that an equation may have, such as 'u*d_x u', 'E d_v f', or 'f:exp(-u^2)' for the "
                      "equation of f alone; may be repeated. Without --operators and --layers networks compose none, "
                      "and the field itself is the only further candidate."),
    click.option("--library", multiple=True, metavar="RULE",
                 help="Words by rule, such as 'poly 3, d_x 4': products of fields up to a degree under derivatives up "
                      "to an order; may be repeated."),
    click.option("--group", "groups", multiple=True, metavar="NAME = WORDS",
                 help="Words that are in an equation together or not at all, such as a collision kernel, 'Q = f; <f>' "
                      "or 'Q = P_l <P_l f> for l = 0 to 5'; may be repeated."),
    click.option("--kernel", "kernels", multiple=True, metavar="NAME = FORM of FIELD",
                 help="A collision kernel, as one word: 'Q = isotropic <= 8 of f', 'Q = henyey-greenstein <= 15 of f' "
                      "(or linear, peak), 'Q = full of f'; ', conserving' makes <Q f> zero. May be repeated."),
    click.option("--conserve", "conserved", multiple=True, metavar="DENSITY",
                 help="What an equation conserves exactly, such as '<f>', '<v f>' or 'u^2': its integral over space "
                      "changes by what passes through the ends alone; '<F> + T' by several equations together. May be "
                      "repeated."),
    click.option("--decay", "decaying", multiple=True, metavar="DENSITY",
                 help="What must not grow whatever the field is, such as '<f^2>' or 'u^2', or the entropy '<f log(f)>' "
                      "of a positive one; may be repeated."),
    click.option("--symmetry", "symmetries", multiple=True, metavar="TEXT",
                 help="What an equation is invariant under: 'parity' of space and velocity, 'parity, E odd' where E "
                      "changes its sign with them, 'galilean v'; may be repeated."),
    click.option("--operator-file", type=click.Path(path_type=Path),
                 help="TOML file of operators of your own: tables [operators.NAME] such as rules = [{stencil = 'x', "
                      "order = 2}], which --operators and --word may name."),
    click.option("--declare", "declared", multiple=True, metavar="TEXT",
                 help="What no data says: 'f decays in v', so that <d_v f> is zero, or 'K conserves', so that <K f> is "
                      "<f>; may be repeated."),
    click.option("--nonlinear", multiple=True, metavar="WORD",
                 help="A word that is not linear in the fields, such as u^2 or 'u d_x u', which networks act on as on "
                      "a field: the dictionary has d_x(u^2) as well; may be repeated, and have a name for words after "
                      "it, as in 'q = u^2'."),
    click.option("--fix", "fixed", multiple=True, metavar="EQUATION:WORD=NUMBER",
                 help="A coefficient that is known; may be repeated."),
    click.option("--tie", "tied", multiple=True, metavar="EQUATION:WORD=RATIO*WORD",
                 help="A coefficient that follows another; may be repeated."),
    click.option("--exclude", "excluded", multiple=True, metavar="EQUATION:WORD",
                 help="A word that is left out; may be repeated."),
)
