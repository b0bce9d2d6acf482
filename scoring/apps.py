"""Application configuration of the models' side."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as staff_gettext_lazy


class ScoringConfig(AppConfig):
    """Name the app as the admin shows it."""

    name = "scoring"
    verbose_name = staff_gettext_lazy("Models")
