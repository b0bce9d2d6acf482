"""Train a model for a study, and measure it."""
