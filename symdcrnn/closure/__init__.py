"""Equations of moments learned from f or from moments, the last one closed by gradients of those before it."""
