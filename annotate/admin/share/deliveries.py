"""What was handed in, how far the work on it is, and what became of each file or row."""

from django.contrib import admin
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesCheckboxFilter

from annotate.admin.parts.base import Header, at, column
from annotate.admin.parts.jobs import JobAdmin, JobStateFilter
from ratings.models import Delivery


@admin.register(Delivery)
class DeliveryAdmin(JobAdmin[Delivery]):
    """Uploads of pictures and imports of ratings."""

    list_display = ("headline", "state_pill", "progress_bar", "summary", "who", "made")
    list_filter = (("kind", ChoicesCheckboxFilter), ("state", JobStateFilter))
    list_select_related = ("study", "requested_by")
    fields = (("headline", "state_pill"), "progress_bar", "outcome", ("who", "made"))
    readonly_fields = ("headline", "state_pill", "progress_bar", "summary", "outcome", "who", "made")

    @column("What", ordering="created_at", header=True)
    def headline(self, delivery: Delivery) -> Header:
        """Give the kind, and what it is for below."""
        target = str(delivery.study) if delivery.study else str(delivery.options.get("name", ""))
        return Header(delivery.get_kind_display(), target)

    @column("Outcome")
    def summary(self, delivery: Delivery) -> str:
        """Say in a sentence what became of it."""
        return delivery.report.get("summary") or delivery.error.split("\n")[0] or "\N{EN DASH}"

    @column("Outcome")
    def outcome(self, delivery: Delivery) -> SafeString:
        """Count what was done, and name every file or row that was left out."""
        first, *rest = delivery.error.split("\n")
        context = {"delivery": delivery, "report": delivery.report, "error": first, "problems": rest}
        return render_to_string("admin/ratings/delivery/outcome.html", context)

    @column("By")
    def who(self, delivery: Delivery) -> str:
        """Name the person."""
        return delivery.requested_by.get_username() if delivery.requested_by else "somebody who left"

    @column("Handed in", ordering="created_at")
    def made(self, delivery: Delivery) -> str:
        """Say when."""
        return at(delivery.created_at)
