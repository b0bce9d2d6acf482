"""Who did what that matters; to read, never to edit."""

from collections import defaultdict

from django.contrib import admin
from unfold.contrib.filters.admin import AllValuesCheckboxFilter, RangeDateTimeFilter

from annotate.admin.parts.base import AMBER, BLUE, GREEN, RED, Pill, ReadOnlyAdmin, at, column
from ratings.models import AuditEntry

ACTION_PILLS = defaultdict(
    str, {"withdraw": RED, "promote": GREEN, "roll-back": AMBER, "export": BLUE, "retrain": BLUE}
)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin[AuditEntry]):
    """The account of acts."""

    list_display = ("when", "action_pill", "target", "who", "what")
    list_filter = (("action", AllValuesCheckboxFilter), ("created_at", RangeDateTimeFilter))
    list_select_related = ("actor",)
    search_fields = ("target", "action")
    fields = ("when", "action_pill", "target", "who", "detail")
    readonly_fields = ("when", "action_pill", "who")

    @column("When", ordering="created_at")
    def when(self, entry: AuditEntry) -> str:
        """Give the moment."""
        return at(entry.created_at)

    @column("Act", ordering="action", pills=ACTION_PILLS)
    def action_pill(self, entry: AuditEntry) -> Pill:
        """Give the act."""
        return Pill(entry.action, entry.action.replace("-", " "))

    @column("Who", ordering="actor__username")
    def who(self, entry: AuditEntry) -> str:
        """Give the person, or the system."""
        return entry.actor.get_username() if entry.actor else "the system"

    @column("Detail")
    def what(self, entry: AuditEntry) -> str:
        """Give the detail on one line."""
        return ", ".join(f"{key} {value}" for key, value in entry.detail.items()) or "\N{EN DASH}"
