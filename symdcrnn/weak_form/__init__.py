"""The weak form in space and time: residuals against test functions of compact support."""
