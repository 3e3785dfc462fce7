"""Functions on one state for solvers: right-hand sides, and products with their Jacobians."""
