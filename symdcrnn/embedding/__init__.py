"""Learned equations on a grid: their words, their rates, and compiled functions that other people's solvers call."""
