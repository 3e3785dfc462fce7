"""Schemes with stages on any axes: steps marched from frame to frame, with tangents by the coefficients."""
