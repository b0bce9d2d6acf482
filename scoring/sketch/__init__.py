"""The built-in sketch generator: painted in code, deterministic, needing neither network nor weights."""
