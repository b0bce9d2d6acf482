"""Imported sets of ratings and their weight in training."""

from typing import cast

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.signing import BadSignature
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext, gettext_lazy

from annotate.admin.parts.base import Header, RecordAdmin, column, linked_action, whole
from annotate.admin.parts.study_scope import person_of
from annotate.admin.share.ratings_import import DifferingForm, RatingsForm, keep_import
from annotate.flows.access import has_everywhere
from annotate.flows.imports import ImportCheck, check_import, check_import_again, delete_dataset, start_import
from ratings.exceptions import RecordError
from ratings.models import Dataset
from ratings.selectors.datasets import teachable_ratings

NO_FILE = gettext_lazy("That was no file of yours: upload it again.")


@admin.register(Dataset)
class DatasetAdmin(RecordAdmin[Dataset]):
    """Sets from elsewhere; only their weight, source and licence change here."""

    ordering = ("name",)
    list_display = ("headline", "scale", "raters_text", "sampling_weight")
    search_fields = ("name", "source")
    fields = ("name", ("scale_min", "scale_max", "best_is_low"), "teaches", "source", "licence", "sampling_weight")
    readonly_fields = ("name", "scale_min", "scale_max", "best_is_low", "teaches")
    actions_list = ("import_ratings",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Dataset]:
        """Add the number of raters."""
        return super().get_queryset(request).annotate(rater_count=Count("raters"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: sets come in as files of ratings."""
        return False

    def has_import_permission(self, request: HttpRequest) -> bool:
        """Let those import who may hand files in for every study: a set belongs to none."""
        return has_everywhere(person=cast("User", request.user), right="ratings.add_delivery")

    @linked_action(gettext_lazy("Import ratings"), permission="import", icon="upload", url_path="import")
    def import_ratings(self, request: HttpRequest) -> HttpResponse:
        """Look at a file of ratings first, and ask what it leaves open; then hand it to a worker."""
        if request.method == "POST" and "choice" in request.POST:
            return self.choose(request)
        if request.method == "POST" and "ticket" in request.POST:
            return self.hand_over(request)
        form = RatingsForm(request.POST, request.FILES) if request.method == "POST" else RatingsForm()
        return self.import_page(request, form=form, look=self.look(form=form) if form.is_valid() else ImportCheck())

    def import_page(self, request: HttpRequest, *, form: RatingsForm, look: ImportCheck) -> HttpResponse:
        """Show the form, and above it what a look at the file gave."""
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Import ratings"),
            "opts": self.opts,
            "form": form,
            "look": look,
            "differing": DifferingForm(),
        }
        return TemplateResponse(request, "admin/ratings/dataset/import.html", context)

    def look(self, *, form: RatingsForm) -> ImportCheck:
        """Keep the files and look at their first rows."""
        try:
            return check_import(keep_import(form=form))
        except RecordError as error:
            return ImportCheck(refusal=error.message)

    def choose(self, request: HttpRequest) -> HttpResponse:
        """Look again, with the answer to what the file left open."""
        said = {name: request.POST.get(name, "") for name in ("asked_for", "choice")}
        try:
            look = check_import_again(signed=request.POST.get("ticket", ""), **said)
        except BadSignature:
            look = ImportCheck(refusal=str(NO_FILE))
        return self.import_page(request, form=RatingsForm(), look=look)

    def hand_over(self, request: HttpRequest) -> HttpResponse:
        """Start the import that was looked at."""
        try:
            delivery = start_import(
                signed=request.POST["ticket"],
                differing=request.POST.get("differing", ""),
                user=cast("User", request.user),
            )
        except (RecordError, BadSignature) as error:
            messages.error(request, getattr(error, "message", NO_FILE))
            return redirect("admin:ratings_dataset_import_ratings")
        return redirect("admin:ratings_delivery_change", delivery.pk)

    def delete_model(self, request: HttpRequest, obj: Dataset) -> None:
        """Delete a set, as a script does."""
        delete_dataset(dataset=obj, actor=person_of(request))

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Dataset]) -> None:
        """Delete sets, each as a script does."""
        for dataset in queryset:
            delete_dataset(dataset=dataset, actor=person_of(request))

    @column(gettext_lazy("Dataset"), ordering="name", header=True)
    def headline(self, dataset: Dataset) -> Header:
        """Give the name and the licence."""
        return Header(dataset.name, dataset.licence or gettext("licence not stated"))

    @column(gettext_lazy("Teaches"))
    def teaches(self, dataset: Dataset) -> str:
        """Say how many of its ratings can teach a model, and which images lack a picture."""
        return teachable_ratings(dataset=dataset).sentence

    @column(gettext_lazy("Scale"))
    def scale(self, dataset: Dataset) -> str:
        """Give the ends of the scale."""
        sentence = (
            gettext("{low} to {high}, the lowest the best") if dataset.best_is_low else gettext("{low} to {high}")
        )
        return sentence.format(low=f"{dataset.scale_min:g}", high=f"{dataset.scale_max:g}")

    @column(gettext_lazy("Raters"), ordering="rater_count")
    def raters_text(self, dataset: Dataset) -> str:
        """Count the raters."""
        return whole(getattr(dataset, "rater_count", 0))
