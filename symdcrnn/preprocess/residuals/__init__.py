"""Residuals in blocks of time, and their columns one by one, for coefficients that are functions of an axis."""
