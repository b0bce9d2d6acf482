"""Reads of the records, one noun per file."""
