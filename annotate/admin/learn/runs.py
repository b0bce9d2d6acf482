"""Training runs with live progress, and the buttons to start and cancel one."""

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy
from unfold.contrib.filters.admin import RangeDateTimeFilter, RelatedDropdownFilter
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminSelectWidget

from annotate.admin.learn.notes import NotedPages, RunNoteForm, note_action
from annotate.admin.parts.base import (
    Header,
    carry_out,
    column,
    confirmed_action,
    whole,
)
from annotate.admin.parts.jobs import JobAdmin, JobStateFilter
from annotate.flows.access import studies_of
from annotate.flows.training import cancel_run, request_run
from ratings.exceptions import RecordError
from ratings.models import Study
from scoring.exceptions import ModelError
from scoring.models import TrackedRun, TrainingRun

BY_HAND = "by hand"  # stored with the run


def address_or_error(row: TrackedRun) -> SafeString | str:
    """Lead to a run in a tracker, or say why it is not there."""
    if row.address:
        return format_html(', <a class="text-link" href="{0}" rel="noreferrer">{0}</a>', row.address)
    return f": {row.said(row.error)}" if row.error else ""


class RetrainForm(BaseDialogForm):  # type: ignore[misc]
    """Which study to train."""

    study = forms.ModelChoiceField(
        queryset=Study.objects.none(),
        widget=UnfoldAdminSelectWidget,
        empty_label=gettext_lazy("Choose a study"),
        label=gettext_lazy("Study"),
    )

    def __init__(self, request: HttpRequest, *rest: Any, **named: Any) -> None:
        """Offer the studies that the person may have trained."""
        super().__init__(request, *rest, **named)
        may = studies_of(person=cast("User", request.user), right="scoring.add_trainingrun")
        self.fields["study"].queryset = may


@admin.register(TrainingRun)
class TrainingRunAdmin(NotedPages[TrainingRun], JobAdmin[TrainingRun]):
    """Attempts to train a study's model."""

    list_display = ("headline", "state_pill", "progress_bar", "ratings", "asked_by", "started", "took")
    list_filter = (
        ("study", RelatedDropdownFilter),
        ("state", JobStateFilter),
        ("created_at", RangeDateTimeFilter),
    )
    list_select_related = ("study", "requested_by")
    fields = (
        ("study", "reason", "asked_by"),
        ("ratings", "data_digest"),
        ("asked", "started", "took"),
        "logged",
        "notes",
    )
    readonly_fields = ("asked_by", "asked", "started", "took", "ratings", "logged", "notes")
    actions_list = ("retrain",)
    actions_detail = ("cancel", "note")
    change_form_outer_before_template = "admin/job.html"

    @column(gettext_lazy("Run"), ordering="created_at", header=True)
    def headline(self, run: TrainingRun) -> Header:
        """Give the study, and below it number and reason."""
        return Header(run.study.title, gettext("run {run}, {reason}").format(run=run.pk, reason=run.reason))

    @column(gettext_lazy("Ratings"), ordering="rating_count")
    def ratings(self, run: TrainingRun) -> str:
        """Count the ratings learned from."""
        return whole(run.rating_count) if run.rating_count else "\N{EN DASH}"

    @column(gettext_lazy("Logged to"))
    def logged(self, run: TrainingRun) -> SafeString | str:
        """List the trackers that the run is logged to, each with the address there or with what stood in the way."""
        rows = [
            (row.get_tracker_display(), row.get_state_display().lower(), address_or_error(row))
            for row in run.tracked.all()
        ]
        if not rows:
            return "\N{EN DASH}"
        return format_html('<ul class="admin-files">{}</ul>', format_html_join("", "<li>{}: {}{}</li>", rows))

    def has_retrain_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Let those retrain who may add a run."""
        return request.user.has_perm("scoring.add_trainingrun")

    def has_cancel_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Let those cancel who may change a run."""
        return request.user.has_perm("scoring.change_trainingrun")

    def get_actions_detail(self, request: HttpRequest, object_id: str) -> list[Any]:
        """Offer to cancel a run that has still to end, and to write of any."""
        run = TrainingRun.objects.filter(pk=object_id).only("state").first()
        if run is None:
            return []
        offered: list[Any] = super().get_actions_detail(request, object_id)  # type: ignore[misc]
        return [one for one in offered if run.is_active or one.method.original_function_name != "cancel"]

    @confirmed_action(
        gettext_lazy("Retrain"),
        permission="retrain",
        icon="model_training",
        question=gettext_lazy(
            "A worker trains a new model on all ratings of the study. It goes live if it is not worse."
        ),
        form=RetrainForm,
        variant=ActionVariant.PRIMARY,
    )
    def retrain(self, request: HttpRequest, form: RetrainForm) -> HttpResponse:
        """Start a run."""
        study = form.cleaned_data["study"]
        return carry_out(
            request=request,
            act=lambda: request_run(study=study, reason=BY_HAND, actor=cast("User", request.user)),
            done=gettext("{study} waits for a worker to train it.").format(study=study),
            errors=ModelError,
            url=reverse("admin:scoring_trainingrun_changelist"),
        )

    @confirmed_action(
        gettext_lazy("Cancel the run"),
        permission="cancel",
        icon="cancel",
        question=gettext_lazy("The worker stops at its next step. Nothing that serves now changes."),
        variant=ActionVariant.DANGER,
    )
    def cancel(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        """Stop a run."""
        run = self.access(request=request, pk=int(object_id))
        return carry_out(
            request=request,
            act=lambda: cancel_run(run=run, actor=cast("User", request.user)),
            done=gettext("Run {run} is cancelled.").format(run=run.pk),
            errors=RecordError,
            url=reverse("admin:scoring_trainingrun_change", args=[run.pk]),
        )

    @note_action(RunNoteForm)
    def note(self, request: HttpRequest, form: RunNoteForm, object_id: str) -> HttpResponse:
        """Keep a note on a run."""
        run = self.access(request=request, pk=int(object_id))
        url = reverse("admin:scoring_trainingrun_change", args=[run.pk])
        return self.save_note(request, run, words=form.cleaned_data["notes"], url=url)

    def above_form(self, row: TrainingRun) -> dict[str, Any]:
        """Put the progress and the log above the facts."""
        return {**self.progress_context(row), "version": getattr(row, "model_version", None)}
