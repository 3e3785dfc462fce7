"""What the data goes through before words are fitted: frames in memory and on disk, noise, smoothing, fields."""
