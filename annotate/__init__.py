"""The site: settings, acts across the apps, and the interfaces; it imports the other apps and is imported by none."""

__version__ = "0.1.0"
