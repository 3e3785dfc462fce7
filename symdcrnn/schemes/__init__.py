"""Time schemes as tables; with words they give a residual."""
