"""From text to formulas and words, and back."""
