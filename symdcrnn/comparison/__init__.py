"""The methods of section 6 that are not ours, on the same data and words."""
