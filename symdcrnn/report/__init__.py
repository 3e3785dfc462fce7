"""Pictures of learned models, and the report that holds them."""
