"""Dates and times of languages for which Django knows none, and of English, which it writes in the American way."""
