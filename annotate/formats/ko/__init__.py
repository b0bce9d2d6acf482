"""How Korean writes dates."""
