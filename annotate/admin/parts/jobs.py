"""What the pages of all jobs share: state, progress that follows the work, who asked and how long it took."""

from copy import copy
from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.forms import Media
from django.http import Http404, HttpRequest, JsonResponse
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy
from unfold.contrib.filters.admin import ChoicesCheckboxFilter

from annotate.admin.parts.base import (
    AMBER,
    BLUE,
    GREEN,
    GREY,
    RED,
    Pill,
    ReadOnlyAdmin,
    ago,
    at,
    column,
    progress_script,
)
from ratings.choices import JobState
from ratings.models import Job

JobRow = TypeVar("JobRow", bound=Job)

STATE_PILLS = {
    JobState.QUEUED.value: GREY,
    JobState.RUNNING.value: BLUE,
    JobState.READY.value: GREEN,
    JobState.SUCCEEDED.value: GREEN,
    JobState.FAILED.value: RED,
    JobState.CANCELLED.value: AMBER,
    JobState.SKIPPED.value: GREY,
}


class JobStateFilter(ChoicesCheckboxFilter):  # type: ignore[misc]
    """The states that a kind of job can be in: of the two good ends it has one."""

    def __init__(
        self, field: Any, request: HttpRequest, params: Any, model: type[Job], *rest: Any, **named: Any
    ) -> None:
        """Leave out the other end."""
        other = {JobState.READY, JobState.SUCCEEDED} - {model.finished_state}
        narrowed = copy(field)
        narrowed.choices = [choice for choice in field.choices if choice[0] not in other]
        super().__init__(narrowed, request, params, model, *rest, **named)


def job_facts(*, job: Job) -> dict[str, Any]:
    """Give what the page needs to show how far a job is."""
    return {
        "state": job.state,
        "label": job.get_state_display(),
        "percent": round(100 * job.progress, 1),
        "stage": job.said(job.stage) or (gettext("waiting for a worker") if job.state == JobState.QUEUED else ""),
        "log": job.log,
        "is_active": job.is_active,
    }


class JobAdmin(ReadOnlyAdmin[JobRow]):
    """Long work on a worker, to look at while it goes on."""

    @property
    def media(self) -> Media:
        """Add the script that follows the progress."""
        return super().media + progress_script()

    def facts(self, job: JobRow) -> dict[str, Any]:
        """Give how far a job is."""
        return job_facts(job=job)

    @column(gettext_lazy("State"), ordering="state", pills=STATE_PILLS)
    def state_pill(self, job: Job) -> Pill:
        """Give the state."""
        return Pill(job.state, job.get_state_display())

    @column(gettext_lazy("Progress"), ordering="progress")
    def progress_bar(self, job: JobRow) -> SafeString:
        """Draw how far the job is; the bar follows one that goes on."""
        url = reverse(f"admin:{self.view_name('progress')}", args=[job.pk])
        return render_to_string("admin/progress.html", {"facts": self.facts(job), "url": url})

    @column(gettext_lazy("Asked for by"), ordering="requested_by__username")
    def asked_by(self, job: Job) -> str:
        """Give the person, or the system."""
        return job.requested_by.get_username() if job.requested_by else gettext("the system")

    @column(gettext_lazy("Asked for"), ordering="created_at")
    def asked(self, job: Job) -> str:
        """Say when the job was asked for."""
        return at(job.created_at)

    @column(gettext_lazy("Started"), ordering="started_at")
    def started(self, job: Job) -> str:
        """Say when a worker took it up."""
        return ago(job.started_at) if job.started_at else "\N{EN DASH}"

    @column(gettext_lazy("Took"))
    def took(self, job: Job) -> str:
        """Give the time from start to end."""
        if job.started_at is None or job.finished_at is None:
            return "\N{EN DASH}"
        minutes, seconds = divmod(round((job.finished_at - job.started_at).total_seconds()), 60)
        return (
            gettext("{minutes} min {seconds} s").format(minutes=minutes, seconds=seconds)
            if minutes
            else gettext("{seconds} s").format(seconds=seconds)
        )

    def view_name(self, view: str) -> str:
        """Name one of this kind of job's pages."""
        return f"{self.opts.app_label}_{self.opts.model_name}_{view}"

    def progress_context(self, job: JobRow) -> dict[str, Any]:
        """Give what the progress at the top of a job's page shows."""
        url = reverse(f"admin:{self.view_name('progress')}", args=[job.pk])
        return {"job": job, "facts": self.facts(job), "url": url, "pill": STATE_PILLS[job.state]}

    def get_urls(self) -> list[URLPattern]:
        """Add the progress."""
        view = self.admin_site.admin_view(self.progress_view)
        return [path("<int:pk>/progress/", view, name=self.view_name("progress")), *super().get_urls()]

    def access(self, *, request: HttpRequest, pk: int) -> JobRow:
        """Give the job if the person may see it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        job = self.get_queryset(request).filter(pk=pk).first()
        if job is None:
            raise Http404(gettext("There is no such job."))
        return job

    def progress_view(self, request: HttpRequest, pk: int) -> JsonResponse:
        """Tell how far the job is."""
        return JsonResponse(self.facts(self.access(request=request, pk=pk)))
