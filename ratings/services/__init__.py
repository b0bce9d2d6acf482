"""Writes to the records, one family of verbs per file."""
