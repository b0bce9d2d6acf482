"""Reads of what models computed, one noun per file."""
