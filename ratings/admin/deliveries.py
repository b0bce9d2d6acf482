"""What was handed in, how far the work on it is, and what became of each file or row."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.forms import Media
from django.http import Http404, HttpRequest, JsonResponse
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesCheckboxFilter

from ratings.admin.base import BLUE, GREEN, GREY, RED, Header, Pill, ReadOnlyAdmin, at, column, progress_script, whole
from ratings.choices import WorkState
from ratings.models import Delivery

STATE_PILLS = {
    WorkState.QUEUED.value: GREY,
    WorkState.RUNNING.value: BLUE,
    WorkState.READY.value: GREEN,
    WorkState.FAILED.value: RED,
}
UNFINISHED = {WorkState.QUEUED, WorkState.RUNNING}


def delivery_facts(*, delivery: Delivery) -> dict[str, Any]:
    """Give what the page needs to show how far the work is."""
    done = f"{whole(delivery.done)} of {whole(delivery.total)}" if delivery.total else whole(delivery.done)
    return {
        "state": delivery.state,
        "label": delivery.get_state_display(),
        "percent": round(100 * delivery.progress, 1),
        "stage": f"{delivery.stage}: {done}" if delivery.done and delivery.stage else delivery.stage,
        "log": "",
        "is_active": delivery.state in UNFINISHED,
    }


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin[Delivery]):
    """Uploads of pictures and imports of ratings."""

    list_display = ("headline", "state_pill", "progress_bar", "summary", "who", "made")
    list_filter = (("kind", ChoicesCheckboxFilter), ("state", ChoicesCheckboxFilter))
    list_select_related = ("study", "requested_by")
    fields = (("headline", "state_pill"), "progress_bar", "outcome", ("who", "made"))
    readonly_fields = ("headline", "state_pill", "progress_bar", "summary", "outcome", "who", "made")

    @property
    def media(self) -> Media:
        """Add the script that follows the progress."""
        return super().media + progress_script()

    @column("What", ordering="created_at", header=True)
    def headline(self, delivery: Delivery) -> Header:
        """Give the kind, and what it is for below."""
        target = str(delivery.study) if delivery.study else str(delivery.options.get("name", ""))
        return Header(delivery.get_kind_display(), target)

    @column("State", ordering="state", pills=STATE_PILLS)
    def state_pill(self, delivery: Delivery) -> Pill:
        """Give the state."""
        return Pill(delivery.state, delivery.get_state_display())

    @column("Progress")
    def progress_bar(self, delivery: Delivery) -> SafeString:
        """Draw how far the work is; the bar follows what goes on."""
        url = reverse("admin:ratings_delivery_progress", args=[delivery.pk])
        return render_to_string("admin/progress.html", {"facts": delivery_facts(delivery=delivery), "url": url})

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

    def get_urls(self) -> list[URLPattern]:
        """Add the progress."""
        view = self.admin_site.admin_view(self.progress_view)
        return [path("<int:pk>/progress/", view, name="ratings_delivery_progress"), *super().get_urls()]

    def progress_view(self, request: HttpRequest, pk: int) -> JsonResponse:
        """Tell how far the work is."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        delivery = Delivery.objects.filter(pk=pk).first()
        if delivery is None:
            raise Http404("There is no such delivery.")
        return JsonResponse(delivery_facts(delivery=delivery))
