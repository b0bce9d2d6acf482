"""Measurements and trials of a whole service: figures beside their limits, load, faults."""
