"""Values that are missing: which integrals they touch, and what stands in their place."""
