"""One equation as a regression: its terms, what is known of them, and the kernels bound to the frames."""
