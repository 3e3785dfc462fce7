"""The fit as a pipeline: Measured, Prepared, Selected, Fitted, Trained, each a record that can be stored."""
