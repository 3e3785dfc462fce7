"""Limits as terms, text, LaTeX, sympy, JSON and models."""
