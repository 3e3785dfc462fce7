"""Adjoints and derivatives of words."""
