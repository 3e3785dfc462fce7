"""Programs of right-hand sides as C99: plain loops over whole arrays, to be compiled anywhere."""
