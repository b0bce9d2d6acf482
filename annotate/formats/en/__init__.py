"""How English writes dates here."""
