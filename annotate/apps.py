"""Application configuration of the site."""

from django.apps import AppConfig


class AnnotateConfig(AppConfig):
    """Name the app; it has commands and pages but no models."""

    name = "annotate"
    verbose_name = "Pamela"

    def ready(self) -> None:
        """Load the application that knows the broker, so that a shell's and every command's tasks reach it, too."""
        from annotate import celery  # noqa: F401
