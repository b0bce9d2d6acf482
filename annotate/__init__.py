"""The site: wiring and face of Pamela; it imports everything and is imported by nothing."""

__version__ = "0.1.0"
