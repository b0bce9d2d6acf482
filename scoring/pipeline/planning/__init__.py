"""Say what a study takes before it opens, and what more ratings would bring."""
