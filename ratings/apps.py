"""Application configuration of the records."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as staff_gettext_lazy


class RatingsConfig(AppConfig):
    """Name the app as the admin shows it."""

    name = "ratings"
    verbose_name = staff_gettext_lazy("Records")
