"""Imported sets of ratings and their weight in training."""

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.signing import BadSignature
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from ratings.admin.base import Header, RecordAdmin, column, linked_action, whole
from ratings.admin.ratings_import import RatingsForm, handed_over, kept_import, preview_of, ticket
from ratings.exceptions import RecordError
from ratings.models import Dataset
from ratings.selectors.datasets import teachable_ratings


@admin.register(Dataset)
class DatasetAdmin(RecordAdmin[Dataset]):
    """Sets from elsewhere; only their weight, source and licence change here."""

    list_display = ("headline", "scale", "raters_text", "sampling_weight")
    search_fields = ("name", "source")
    fields = ("name", ("scale_min", "scale_max"), "teaches", "source", "licence", "sampling_weight")
    readonly_fields = ("name", "scale_min", "scale_max", "teaches")
    actions_list = ("import_ratings",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Dataset]:
        """Add the number of raters."""
        return super().get_queryset(request).annotate(rater_count=Count("raters"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: sets come in as files of ratings."""
        return False

    def has_import_permission(self, request: HttpRequest) -> bool:
        """Let those import who may hand files in."""
        return request.user.has_perm("ratings.add_delivery")

    @linked_action("Import ratings", permission="import", icon="upload", url_path="import")
    def import_ratings(self, request: HttpRequest) -> HttpResponse:
        """Look at a file of ratings first; then hand it to a worker."""
        if request.method == "POST" and "ticket" in request.POST:
            return self.hand_over(request)
        form = RatingsForm(request.POST, request.FILES) if request.method == "POST" else RatingsForm()
        context = {**self.admin_site.each_context(request), "title": "Import ratings", "opts": self.opts, "form": form}
        if form.is_valid():
            context |= self.look(form=form)
        return TemplateResponse(request, "admin/ratings/dataset/import.html", context)

    def look(self, *, form: RatingsForm) -> dict[str, Any]:
        """Keep the files and show their first rows."""
        try:
            kept = kept_import(form=form)
        except RecordError as error:
            form.add_error(None, error.message)
            return {}
        return {"preview": preview_of(kept=kept, form=form), "ticket": ticket(kept)}

    def hand_over(self, request: HttpRequest) -> HttpResponse:
        """Start the import that was looked at."""
        try:
            delivery = handed_over(signed=request.POST["ticket"], user=cast("User", request.user))
        except (RecordError, BadSignature) as error:
            messages.error(request, getattr(error, "message", "That was no file of yours: upload it again."))
            return redirect("admin:ratings_dataset_import_ratings")
        return redirect("admin:ratings_delivery_change", delivery.pk)

    @column("Dataset", ordering="name", header=True)
    def headline(self, dataset: Dataset) -> Header:
        """Give the name and the licence."""
        return Header(dataset.name, dataset.licence or "licence not stated")

    @column("Teaches")
    def teaches(self, dataset: Dataset) -> str:
        """Say how many of its ratings can teach a model, and which images lack a picture."""
        return teachable_ratings(dataset=dataset).sentence

    @column("Scale")
    def scale(self, dataset: Dataset) -> str:
        """Give the ends of the scale."""
        return f"{dataset.scale_min:g} to {dataset.scale_max:g}"

    @column("Raters", ordering="rater_count")
    def raters_text(self, dataset: Dataset) -> str:
        """Count the raters."""
        return whole(getattr(dataset, "rater_count", 0))
