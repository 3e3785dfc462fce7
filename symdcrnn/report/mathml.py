"""Learned equations in MathML, which browsers typeset without scripts."""

from __future__ import annotations

from html import escape

from symdcrnn.equation import LearnedEquation, format_number

LETTERS = {
    "v_dx": "<mi>v</mi><msub><mo>∂</mo><mi>x</mi></msub>",
    "d_x": "<msub><mo>∂</mo><mi>x</mi></msub>",
    "d_xx": "<msub><mo>∂</mo><mrow><mi>x</mi><mi>x</mi></mrow></msub>",
    "sigma_s": "<msub><mi>σ</mi><mi>s</mi></msub>",
    "sigma_a": "<msub><mi>σ</mi><mi>a</mi></msub>",
    "rho": "<mi>ρ</mi>",
    "<": '<mo stretchy="false">⟨</mo>',
    ">": '<mo stretchy="false">⟩</mo>',
}
"""Tokens of words that have a sign of their own; all others are names."""


def word_in_mathml(word: str) -> str:
    """A word as `str` of a `Word` prints it.

    Parameters
    ----------
    word : str
        For example ``<v_dx g>``.
    """
    tokens = word.replace("<", " < ").replace(">", " > ").split()
    return "".join(LETTERS.get(token, f"<mi>{escape(token)}</mi>") for token in tokens)


def equation_in_mathml(equation: LearnedEquation) -> str:
    """A whole equation, as a block.

    Parameters
    ----------
    equation : LearnedEquation
    """
    parts = []
    for term in equation.terms:
        sign = "-" if term.coefficient < 0.0 else "+"
        power = f"<msup><mi>ε</mi><mn>-{term.power}</mn></msup>" if term.power else ""
        size = f"<mn>{escape(format_number(abs(term.coefficient)))}</mn>"
        parts.append((sign, size + power + word_in_mathml(term.word)))
    for number, function in enumerate(equation.functions, 1):
        name = "<mi>a</mi>" if len(equation.functions) == 1 else f"<msub><mi>a</mi><mn>{number}</mn></msub>"
        axes = escape(", ".join(function.points))
        argument = f'<mo stretchy="false">(</mo><mi>{axes}</mi><mo stretchy="false">)</mo>'
        parts.append(("+", name + argument + ("" if function.word == "1" else word_in_mathml(function.word))))
    body = "".join(
        (f"<mo>{'−' if sign == '-' else '+'}</mo>" if sign == "-" or number else "") + text
        for number, (sign, text) in enumerate(parts)
    )
    left = f"<msub><mo>∂</mo><mi>t</mi></msub>{word_in_mathml(equation.target)}"
    return f'<math display="block"><mrow>{left}<mo>=</mo>{body or "<mn>0</mn>"}</mrow></math>'
