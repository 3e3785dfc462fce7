"""The right-hand side of a learned equation, evaluated by the same kernels that learned it."""

from __future__ import annotations

from dataclasses import dataclass

from symdcrnn.equation import LearnedEquation
from symdcrnn.kernels.phase_space.codegen.emit import Kind
from symdcrnn.kernels.phase_space.codegen.emit import emit as emit_on_axes
from symdcrnn.model import Model
from symdcrnn.phase_models.rates import right_hand_side_on_axes as right_hand_side
from symdcrnn.phase_models.words import phase_kernel_spec

__all__ = ["right_hand_side"]


@dataclass(frozen=True)
class KernelSource:
    """The generated source of a kernel.

    Parameters
    ----------
    text : str
    signature : str
        Of its compiled function.
    """

    text: str
    signature: str


def kernel_source(model: Model, equation: LearnedEquation, kind: Kind) -> KernelSource:
    """The source of the kernel of a learned equation; arguments as those of `kernel_spec`."""
    made = emit_on_axes(phase_kernel_spec(model, equation, kind))
    return KernelSource(made.text, made.signature)
