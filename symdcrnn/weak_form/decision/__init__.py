"""Which words are in an equation of noisy data, and whether it can be trusted."""
