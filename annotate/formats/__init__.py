"""Dates and times of languages for which Django knows none, and would write them in the English order."""
