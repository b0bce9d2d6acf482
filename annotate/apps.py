"""Application configuration of the site."""

from django.apps import AppConfig


class AnnotateConfig(AppConfig):
    """Name the app; it has commands and pages but no models."""

    name = "annotate"
    verbose_name = "Pamela"
