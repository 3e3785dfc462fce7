"""Which words are in an equation."""
