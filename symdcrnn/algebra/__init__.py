"""Operators, words, operator polynomials, networks and the ansatz: sympy, no numbers."""
