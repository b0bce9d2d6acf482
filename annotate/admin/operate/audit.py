"""Who did what that matters; to read, never to edit."""

from collections import defaultdict
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_lazy
from unfold.contrib.filters.admin import (
    AllValuesCheckboxFilter,
    DropdownFilter,
    RangeDateTimeFilter,
    RelatedDropdownFilter,
)

from annotate.admin.parts.base import AMBER, BLUE, GREEN, RED, Pill, ReadOnlyAdmin, at, column
from annotate.admin.parts.long_lists import SortedWhenShort
from annotate.admin.parts.study_scope import person_of
from annotate.flows.access import acts_about, studies_of
from ratings.models import AuditEntry

NOTHING = "\N{EN DASH}"
INTO = "\N{RIGHTWARDS ARROW}"
ACTION_PILLS = defaultdict(
    str, {"withdraw": RED, "promote": GREEN, "roll-back": AMBER, "export": BLUE, "download": BLUE, "retrain": BLUE}
)


class AboutStudyFilter(DropdownFilter):  # type: ignore[misc]
    """The acts about one study and what belongs to it."""

    title = gettext_lazy("study")
    parameter_name = "study"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the studies that the person may see."""
        return list(studies_of(person=person_of(request)).order_by("title").values_list("slug", "title"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        """Keep the acts about the chosen study."""
        slug = self.value()
        return queryset.filter(acts_about(slug)) if slug else queryset


@admin.register(AuditEntry)
class AuditEntryAdmin(SortedWhenShort, ReadOnlyAdmin[AuditEntry]):
    """The account of acts."""

    sortable_always = ("when", "action_pill")

    list_display = ("when", "action_pill", "target", "who", "what")
    list_filter = (
        ("actor", RelatedDropdownFilter),
        AboutStudyFilter,
        ("action", AllValuesCheckboxFilter),
        ("created_at", RangeDateTimeFilter),
    )
    list_select_related = ("actor",)
    search_fields = ("target", "action")
    fields = ("when", "action_pill", "target", "who", "detail")
    readonly_fields = ("when", "action_pill", "who")

    @column(gettext_lazy("When"), ordering="created_at")
    def when(self, entry: AuditEntry) -> str:
        """Give the moment."""
        return at(entry.created_at)

    @column(gettext_lazy("Act"), ordering="action", pills=ACTION_PILLS)
    def action_pill(self, entry: AuditEntry) -> Pill:
        """Give the act."""
        return Pill(entry.action, entry.action.replace("-", " "))

    @column(gettext_lazy("Who"), ordering="actor__username")
    def who(self, entry: AuditEntry) -> str:
        """Give the person, or the system."""
        return entry.actor.get_username() if entry.actor else gettext("the system")

    @column(gettext_lazy("Detail"))
    def what(self, entry: AuditEntry) -> str:
        """Give the detail on one line."""
        fields = entry.detail.get("fields") or {}
        changes = [f"{name}: {old or NOTHING} {INTO} {new or NOTHING}" for name, (old, new) in fields.items()]
        rest = [f"{key} {value}" for key, value in entry.detail.items() if key != "fields"]
        return ", ".join([*changes, *rest]) or NOTHING
