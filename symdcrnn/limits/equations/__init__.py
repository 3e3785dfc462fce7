"""Where equations with a small parameter come from: texts, and learned models."""
