"""What is done with models of data on any axes: their right-hand sides, kernels and forecasts."""
