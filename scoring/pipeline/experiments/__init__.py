"""Evaluate and simulate on rating sets in files, without a database."""
