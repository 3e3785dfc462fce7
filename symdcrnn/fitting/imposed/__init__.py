"""What is imposed on the coefficients of an equation: shapes of kernels, and exact constraints."""
