"""Trajectories: snapshots on a grid, checked, and the files that hold them."""

from __future__ import annotations

from symdcrnn.data.expressions import Expression, parse_expression, parse_number
from symdcrnn.data.files.formats import FORMATS, Format, find_format, read_trajectory, write_trajectory
from symdcrnn.data.files.series import read_series
from symdcrnn.data.files.stored import StoredTrajectory, open_trajectory
from symdcrnn.data.quadrature import gauss_legendre, normalised_weights
from symdcrnn.data.trajectory import Trajectory
from symdcrnn.data.units import in_units

__all__ = [
    "FORMATS",
    "Expression",
    "Format",
    "StoredTrajectory",
    "Trajectory",
    "find_format",
    "gauss_legendre",
    "in_units",
    "normalised_weights",
    "open_trajectory",
    "parse_expression",
    "parse_number",
    "read_series",
    "read_trajectory",
    "write_trajectory",
]
