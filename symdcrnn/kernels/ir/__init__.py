"""Words to values over axes: what a kernel computes, free of array syntax."""
