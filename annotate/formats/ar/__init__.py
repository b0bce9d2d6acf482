"""How Arabic writes dates."""
