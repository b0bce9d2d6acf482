"""Fit a reward model to a snapshot in one recipe."""
