"""Files of trajectories: one module per format, what they share, and data that stays on disk."""
