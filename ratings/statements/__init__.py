"""The statements of the hot paths, written out; everything else goes through the ORM."""
