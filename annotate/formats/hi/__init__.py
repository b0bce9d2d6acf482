"""How Hindi writes dates."""
