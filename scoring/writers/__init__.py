"""Prompt writers: what rewrites a prompt so that one person may like its picture more."""
