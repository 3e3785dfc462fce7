"""What else than an equation could have made noisy data: words that are missing, and other places of functions."""
