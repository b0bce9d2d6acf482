"""Application configuration of the records."""

from django.apps import AppConfig


class RatingsConfig(AppConfig):
    """Name the app as the admin shows it."""

    name = "ratings"
    verbose_name = "Records"
