"""Kernels on data, and the slow way to the same values."""
