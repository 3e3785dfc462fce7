"""Densities that equations keep together, or whose integral must not grow."""
