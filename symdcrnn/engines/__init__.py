"""Engines: where independent pieces of work are done, with their results in the order of the pieces."""
