"""Uploads: how far the import is, and the outcome of each file or row."""

from typing import cast

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy, ngettext
from unfold.contrib.filters.admin import ChoicesCheckboxFilter

from annotate.admin.parts.base import Header, at, column
from annotate.admin.parts.jobs import JobAdmin, JobStateFilter
from annotate.flows.imports import import_again
from ratings.exceptions import RecordError
from ratings.models import Dataset, Delivery
from ratings.selectors.entries import count_of_upload


def new_pictures(delivery: Delivery) -> str:
    """Count the pictures that an upload brought into its study: of few, those that are still there."""
    count = count_of_upload(delivery)
    words = ngettext("{count} picture that is new to the study", "{count} pictures that are new to the study", count)
    return words.format(count=f"{count:,}") if count else ""


def dataset_of(delivery: Delivery) -> Dataset | None:
    """Give the set of ratings that an upload went into."""
    return Dataset.objects.filter(name=delivery.options.get("name", "")).first() if delivery.study_id is None else None


@admin.register(Delivery)
class DeliveryAdmin(JobAdmin[Delivery]):
    """Uploads of pictures and imports of ratings."""

    list_display = ("headline", "state_pill", "progress_bar", "summary", "who", "made")
    list_filter = (("kind", ChoicesCheckboxFilter), ("state", JobStateFilter))
    list_select_related = ("study", "requested_by")
    fields = (("headline", "state_pill"), "progress_bar", "outcome", ("who", "made"))
    readonly_fields = ("headline", "state_pill", "progress_bar", "summary", "outcome", "who", "made")

    def get_urls(self) -> list[URLPattern]:
        """Add the answer to what files left open."""
        view = self.admin_site.admin_view(self.answer_view)
        return [path("<int:pk>/answer/", view, name=self.view_name("answer")), *super().get_urls()]

    def answer_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Hand the files over once more, as was chosen."""
        delivery = self.access(request=request, pk=pk)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not request.user.has_perm("ratings.add_delivery"):
            raise PermissionDenied
        try:
            again = import_again(
                delivery=delivery, choice=request.POST.get("choice", ""), actor=cast("User", request.user)
            )
        except RecordError as error:
            messages.error(request, error.message)
            return redirect("admin:ratings_delivery_change", pk)
        return redirect("admin:ratings_delivery_change", again.pk)

    @column(gettext_lazy("What"), ordering="created_at", header=True)
    def headline(self, delivery: Delivery) -> Header:
        """Give the kind, and what it is for below."""
        target = str(delivery.study) if delivery.study else str(delivery.options.get("name", ""))
        return Header(delivery.get_kind_display(), target)

    @column(gettext_lazy("Outcome"))
    def summary(self, delivery: Delivery) -> str:
        """Say in a sentence what became of it."""
        return (
            delivery.said(delivery.report.get("summary", ""))
            or delivery.said(delivery.error).split("\n")[0]
            or "\N{EN DASH}"
        )

    @column(gettext_lazy("Outcome"))
    def outcome(self, delivery: Delivery) -> SafeString:
        """Count what was done, and name every file or row that was left out."""
        first, *rest = delivery.said(delivery.error).split("\n")
        context = {
            "delivery": delivery,
            "report": delivery.report,
            "new": new_pictures(delivery),
            "dataset": dataset_of(delivery),
            "error": first,
            "problems": rest,
        }
        return render_to_string("admin/ratings/delivery/outcome.html", context)

    @column(gettext_lazy("By"))
    def who(self, delivery: Delivery) -> str:
        """Name the person."""
        return delivery.requested_by.get_username() if delivery.requested_by else gettext("somebody who left")

    @column(gettext_lazy("Uploaded"), ordering="created_at")
    def made(self, delivery: Delivery) -> str:
        """Say when."""
        return at(delivery.created_at)
