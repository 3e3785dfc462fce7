"""What noise in the fields does to the weak form: its normal equations, its residual, and samples of it."""
