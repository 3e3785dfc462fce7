"""Fields that stay on disk: what reads some of their frames, and what is made of the values in the file."""
