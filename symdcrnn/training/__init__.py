"""Regression, choice of words, training of the networks, and the fit that joins them."""
