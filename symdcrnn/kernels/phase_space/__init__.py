"""The compiler over any axes: words to values over axes, values to fused kernels, and their use on data."""
