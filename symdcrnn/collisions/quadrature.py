"""Whether the velocities of some data resolve the Legendre polynomials of a kernel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symdcrnn.collisions.reading import Kernel
from symdcrnn.errors import SettingError

Array = NDArray[np.float64]

COARSE = 0.05
"""How far averages of products of polynomials, each scaled to the mean square one, may be from what they are."""


def check_quadrature(kernel: Kernel, velocities: Array, weights: Array) -> None:
    """Refuse a kernel whose polynomials are not orthogonal under the weights.

    Parameters
    ----------
    kernel : Kernel
        Of the angle.
    velocities, weights : ndarray, shape (n,)
        The weights have the sum one.

    Raises
    ------
    SettingError
        Saying how many degrees they resolve.
    """
    degrees = np.arange(kernel.highest + 1)
    basis = np.polynomial.legendre.legvander(velocities, kernel.highest) * np.sqrt(2.0 * degrees + 1.0)
    off = np.abs(basis.T @ (basis * weights[:, None]) - np.eye(degrees.size))
    good = [degree for degree in degrees if np.max(off[:degree + 1, :degree + 1]) <= COARSE]
    if len(good) <= kernel.highest:
        most = len(good) - 1
        what = (f"{velocities.size} velocities with these weights resolve degrees up to {most}: ask for {kernel.form} "
                f"<= {most}" if most >= 1 else "these velocities and weights average no polynomials as those of "
                "directions from -1 to 1 do: ask for a full kernel")
        raise SettingError("kernels", f"has {kernel.name} with degrees up to {kernel.highest}, and {what}")
