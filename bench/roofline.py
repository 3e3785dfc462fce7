"""The least time that a pass can take on a machine: its bytes over the bandwidth, or its operations over the rate."""

from __future__ import annotations

from dataclasses import dataclass

from machine import Machine

from symdcrnn.kernels.program import Difference, Quadrature
from symdcrnn.kernels.runtime import BoundKernel


@dataclass(frozen=True)
class Cost:
    """What a pass of loss and gradient needs at the least.

    Parameters
    ----------
    bytes : float
        Every field read once.
    flops : float
        Every suffix computed once; a value that is v^k times a profile counts as two profiles.
    """

    bytes: float
    flops: float

    def bound(self, machine: Machine) -> float:
        """Seconds."""
        return max(self.bytes / machine.read, self.flops / machine.flops)


def cost(bound: BoundKernel) -> Cost:
    """Of one pass over the bound data."""
    program, data = bound.kernel.spec.program, bound.data
    residuals = data.frames - program.frames + 1
    profile, full = residuals * data.nx, residuals * data.nx * data.v.size
    flops = 0.0
    for load in program.loads:
        flops += (2 * sum(weight != 0.0 for weight in load.time_weights) - 1) * (full if load.layout.full else profile)
    for node in program.nodes:
        before = program.layout(node.source)
        points = full if before.full else profile if before.averaged else 2 * profile
        if isinstance(node.operation, Difference):
            # A value without v has one profile for each side once it is differentiated.
            each = 2 * points if before.averaged else points
            flops += (2 * len(node.operation.right.offsets) - 1 + node.layout.full) * each
        elif isinstance(node.operation, Quadrature):
            flops += 2 * points
        else:
            flops += points
    layouts = [program.layout(name) for name in program.columns]
    powers = {layout.power for layout in layouts if layout.power is not None}
    # Residual and gradient take a product and a sum each, of every column, and of every power of v.
    flops += 4 * full * sum(layout.full for layout in layouts) + 4 * full * len(powers)
    flops += 4 * profile * sum(2 if layout.power else 1 for layout in layouts if not layout.full) + 4 * full
    flops += (2 * sum(weight != 0.0 for weight in program.target.time_weights) - 1) * full
    return Cost(float(sum(data.fields[name].nbytes for name, _ in program.fields)), flops)
