"""Serve a study with its live model: learn from answers, choose images, predict, export."""
