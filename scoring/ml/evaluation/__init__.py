"""Measure a model: held-out images and raters, metrics with intervals, and simpler models beside it."""
