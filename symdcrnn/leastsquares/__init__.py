"""Losses of residuals as functions of their coefficients: quadratic models, combinations, minima."""
