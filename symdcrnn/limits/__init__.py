"""Limits of kinetic equations by symbols: from words with powers of epsilon to the equations of what is slow."""
