"""Lists hide what is archived unless somebody asks for it."""

from typing import Any

from django.contrib.admin import ModelAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_lazy
from unfold.contrib.filters.admin import DropdownFilter

ARCHIVED, EVERYTHING = "yes", "all"


class ArchivedFilter(DropdownFilter):  # type: ignore[misc]  # Unfold has no types
    """By whether it is archived: what is not, where nobody says."""

    title = gettext_lazy("archive")
    parameter_name = "archived"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> list[tuple[str, str]]:
        """Offer the archive, and everything."""
        return [(ARCHIVED, gettext("In the archive")), (EVERYTHING, gettext("Everything"))]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        """Keep what is asked for."""
        if self.value() == EVERYTHING:
            return queryset
        return queryset.filter(archived_at__isnull=self.value() != ARCHIVED)
