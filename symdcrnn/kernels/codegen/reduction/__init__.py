"""What kernels that reduce do with the columns of a tile: loss, gradient and Gram matrix."""
