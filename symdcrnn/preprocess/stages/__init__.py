"""What schemes with stages read of the frames."""
