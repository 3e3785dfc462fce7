"""The expansion by symbols: moments, what is conserved, slow variables, order by order."""
