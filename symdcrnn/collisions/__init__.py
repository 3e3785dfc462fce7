"""Collision kernels as one word of an equation: what forms they have, and what was learned of one."""
