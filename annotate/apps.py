"""Application configuration of the site."""

from django.apps import AppConfig
from django.core.signals import request_finished
from django.db.backends.signals import connection_created


class AnnotateConfig(AppConfig):
    """Name the app; it has commands and pages but no models."""

    name = "annotate"
    verbose_name = "Pamela"

    def ready(self) -> None:
        """Load the application that knows the broker, so that a shell's and every command's tasks reach it, too."""
        from annotate import celery  # noqa: F401
        from annotate.logs import forget_request, log_slow_queries
        from annotate.record_words import mark_words_of_records

        mark_words_of_records()  # before the admin, which comes later among the apps, makes its forms of them
        connection_created.connect(log_slow_queries)
        request_finished.connect(forget_request)
