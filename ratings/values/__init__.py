"""Frozen facts with a shape: each is checked where it is made, and the same everywhere after that."""
