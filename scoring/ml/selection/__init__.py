"""Choose which images a rater sees next, and replay such choices on recorded ratings."""
