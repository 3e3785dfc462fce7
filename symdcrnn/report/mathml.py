"""Learned equations in MathML, which browsers typeset without scripts."""

from __future__ import annotations

import re
from html import escape

from symdcrnn.algebra.operators import GREEK
from symdcrnn.algebra.reading.syntax import Brackets, Factors, Group, Name, Node, Number, Power, parse
from symdcrnn.equation import LearnedEquation
from symdcrnn.equation_text import format_number, names_of_functions
from symdcrnn.errors import InputError

PARTIAL = re.compile(r"(?:d_|(?P<coordinate>[^\W\d]\w*)_d(?=[a-z]\d*\Z))(?P<axes>[^\W\d]\w*)\Z")
"""Names of derivatives, d_xx and d_vx_vx, and along a coordinate, v_dx."""

SIGNS = {"alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ",
         "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ",
         "tau": "τ", "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω"}
"""Greek letters by name, those of `GREEK`."""

LAPLACIAN = "laplacian"
SPACE = '<mspace width="0.17em"/>'


def word_in_mathml(word: str) -> str:
    """A word as `str` of a `Word` prints it; a text that is none stands there as it is.

    Parameters
    ----------
    word : str
        For example ``<v_dx g>`` or ``d_x(u^2)``.
    """
    try:
        return _node(parse(word))
    except InputError:
        return f"<mtext>{escape(word)}</mtext>"


def number_in_mathml(value: float) -> str:
    """A number as `format_number` writes it, its exponent as a power of ten."""
    digits, mark, exponent = format_number(value).partition("e")
    if not mark:
        return f"<mn>{digits}</mn>"
    power = f"<mo>−</mo><mn>{abs(int(exponent))}</mn>" if int(exponent) < 0 else f"<mn>{int(exponent)}</mn>"
    return f"<mn>{digits}</mn><mo>×</mo><msup><mn>10</mn><mrow>{power}</mrow></msup>"


def _node(node: Node) -> str:
    if isinstance(node, Number):
        return number_in_mathml(float(node.value))
    if isinstance(node, Name):
        return _name(node.name)
    if isinstance(node, Power):
        return f"<msup><mrow>{_node(node.base)}</mrow><mrow>{_bare(node.exponent)}</mrow></msup>"
    if isinstance(node, Brackets):
        return f"{_sign('⟨')}{_node(node.inner)}{_sign('⟩')}"
    if isinstance(node, Group):
        return f"{_sign('(')}{'<mo>,</mo>'.join(map(_node, node.items))}{_sign(')')}"
    if isinstance(node, Factors):
        # Between a function and its argument there is no space.
        return "".join(f"{'<mo>/</mo>' if sign == '/' else SPACE if place and not isinstance(part, Group) else ''}"
                       f"{_node(part)}" for place, (sign, part) in enumerate(node.parts))
    return "".join(f"{'<mo>−</mo>' if sign == '-' else '<mo>+</mo>' if place else ''}{_node(part)}"
                   for place, (sign, part) in enumerate(node.parts))


def _bare(node: Node) -> str:
    """An exponent without parentheses."""
    return _node(node.items[0]) if isinstance(node, Group) and len(node.items) == 1 else _node(node)


def _name(name: str) -> str:
    if name == LAPLACIAN:
        return "<mi>Δ</mi>"
    found = PARTIAL.match(name)
    if found is not None:
        axes = "".join(map(_name, found["axes"].split("_"))) if "_" in found["axes"] else "".join(
            f"<mi>{one}</mi>" for one in found["axes"])
        derivative = f"<msub><mo>∂</mo><mrow>{axes}</mrow></msub>"
        return derivative if found["coordinate"] is None else _name(found["coordinate"]) + derivative
    stem, _, index = name.strip("_").partition("_")
    text = f"<mi>{SIGNS[stem] if stem in GREEK else escape(stem)}</mi>"
    return f"<msub>{text}<mi>{escape(index.replace('_', ','))}</mi></msub>" if index else text


def _sign(text: str) -> str:
    return f'<mo stretchy="false">{text}</mo>'


def equation_in_mathml(equation: LearnedEquation) -> str:
    """A whole equation, as a block.

    Parameters
    ----------
    equation : LearnedEquation
    """
    return f'<math display="block"><mrow>{"".join(_parts(equation))}</mrow></math>'


def wrapped_equation_in_mathml(equation: LearnedEquation) -> str:
    """An equation as a paragraph that goes on in another line between its terms where there is no room.

    Parameters
    ----------
    equation : LearnedEquation
    """
    parts = " ".join(f"<math><mrow>{part}</mrow></math>" for part in _parts(equation))
    return f'<p class="equation">{parts}</p>'


def _parts(equation: LearnedEquation) -> list[str]:
    """The left-hand side, and each term with its sign."""
    parts = []
    for term in equation.terms:
        sign = "−" if term.coefficient < 0.0 else "+"
        power = f"<msup><mi>ε</mi><mn>-{term.power}</mn></msup>" if term.power else ""
        size = number_in_mathml(abs(term.coefficient))
        # The constant word is its coefficient.
        word = "" if term.word == "1" else SPACE + word_in_mathml(term.word)
        parts.append((sign, size + power + word))
    for function, called in zip(equation.functions, names_of_functions(equation), strict=True):
        stem = called.rstrip("_")
        name = f"<mi>{stem}</mi>" if len(stem) == 1 else f"<msub><mi>{stem[0]}</mi><mn>{stem[1:]}</mn></msub>"
        axes = escape(", ".join(function.points))
        argument = f'<mo stretchy="false">(</mo><mi>{axes}</mi><mo stretchy="false">)</mo>'
        parts.append(("+", name + argument + ("" if function.word == "1" else SPACE + word_in_mathml(function.word))))
    left = f"<msub><mo>∂</mo><mi>t</mi></msub>{word_in_mathml(equation.target)}<mo>=</mo>"
    terms = [(f"<mo>{sign}</mo>" if sign == "−" or number else "") + text
             for number, (sign, text) in enumerate(parts)]
    return [left, *(terms or ["<mn>0</mn>"])]
