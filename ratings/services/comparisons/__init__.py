"""Pairwise studies: the design, who gets which pair, what they choose, and what that adds up to."""
