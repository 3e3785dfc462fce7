"""Kinetic equations beyond the paper: which are found in raw fields, clean and noisy."""
