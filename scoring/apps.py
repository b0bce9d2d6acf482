"""Application configuration of the models' side."""

from django.apps import AppConfig


class ScoringConfig(AppConfig):
    """Name the app as the admin shows it."""

    name = "scoring"
    verbose_name = "Models"
