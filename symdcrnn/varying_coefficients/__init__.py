"""Coefficients that are functions of x, as further unknowns of a regression."""
