"""Programs to source: loops over tiles, small functions, reductions."""
