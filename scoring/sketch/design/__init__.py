"""Graphic design: posters with type, geometric layouts, marks and patterns."""
