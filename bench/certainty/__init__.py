"""How often error bars hold the exact coefficient, and how often a verdict is right."""
