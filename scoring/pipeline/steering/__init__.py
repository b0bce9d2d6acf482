"""Search for the pictures that one rater likes best."""
