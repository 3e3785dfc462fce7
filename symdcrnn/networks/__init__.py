"""The networks of the paper: their coefficients as maps of weights, and the training of these."""
