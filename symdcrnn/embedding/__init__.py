"""Learned equations as compiled functions that other people's solvers call."""
