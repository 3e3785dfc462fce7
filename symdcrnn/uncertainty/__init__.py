"""How certain coefficients are: resampling, halves of the data, the bias of noise."""
