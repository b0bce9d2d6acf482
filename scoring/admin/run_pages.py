"""What the pages of runs share: state, progress that follows the work, who asked and how long it took."""

from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.forms import Media
from django.http import Http404, HttpRequest, JsonResponse
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from ratings.admin.base import AMBER, BLUE, GREEN, GREY, RED, Pill, ReadOnlyAdmin, ago, at, column, progress_script
from scoring.models import Run, RunState

RunRow = TypeVar("RunRow", bound=Run)

STATE_PILLS = {
    RunState.QUEUED.value: GREY,
    RunState.RUNNING.value: BLUE,
    RunState.SUCCEEDED.value: GREEN,
    RunState.FAILED.value: RED,
    RunState.CANCELLED.value: AMBER,
    RunState.SKIPPED.value: GREY,
}


def run_facts(*, run: Run) -> dict[str, Any]:
    """Give what the page needs to show how far a run is."""
    return {
        "state": run.state,
        "label": run.get_state_display(),
        "percent": round(100 * run.progress, 1),
        "stage": run.stage or ("waiting for a worker" if run.state == RunState.QUEUED else ""),
        "log": run.log,
        "is_active": run.is_active,
    }


class RunAdmin(ReadOnlyAdmin[RunRow]):
    """Long work on a worker, to look at while it goes on."""

    @property
    def media(self) -> Media:
        """Add the script that follows the progress."""
        return super().media + progress_script()

    @column("State", ordering="state", pills=STATE_PILLS)
    def state_pill(self, run: Run) -> Pill:
        """Give the state."""
        return Pill(run.state, run.get_state_display())

    @column("Progress", ordering="progress")
    def progress_bar(self, run: Run) -> SafeString:
        """Draw how far the run is; the bar follows a run that goes on."""
        url = reverse(f"admin:{self.view_name('progress')}", args=[run.pk])
        return render_to_string("admin/progress.html", {"facts": run_facts(run=run), "url": url})

    @column("Asked for by", ordering="requested_by__username")
    def asked_by(self, run: Run) -> str:
        """Give the person, or the system."""
        return run.requested_by.get_username() if run.requested_by else "the system"

    @column("Asked for", ordering="created_at")
    def asked(self, run: Run) -> str:
        """Say when the run was asked for."""
        return at(run.created_at)

    @column("Started", ordering="started_at")
    def started(self, run: Run) -> str:
        """Say when a worker took it up."""
        return ago(run.started_at) if run.started_at else "\N{EN DASH}"

    @column("Took")
    def took(self, run: Run) -> str:
        """Give the time from start to end."""
        if run.started_at is None or run.finished_at is None:
            return "\N{EN DASH}"
        minutes, seconds = divmod(round((run.finished_at - run.started_at).total_seconds()), 60)
        return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"

    def view_name(self, view: str) -> str:
        """Name one of this kind of run's pages."""
        return f"{self.opts.app_label}_{self.opts.model_name}_{view}"

    def progress_context(self, run: Run) -> dict[str, Any]:
        """Give what the progress at the top of a run's page shows."""
        url = reverse(f"admin:{self.view_name('progress')}", args=[run.pk])
        return {"run": run, "facts": run_facts(run=run), "url": url, "pill": STATE_PILLS[run.state]}

    def get_urls(self) -> list[URLPattern]:
        """Add the progress."""
        view = self.admin_site.admin_view(self.progress_view)
        return [path("<int:pk>/progress/", view, name=self.view_name("progress")), *super().get_urls()]

    def access(self, *, request: HttpRequest, pk: int) -> RunRow:
        """Give the run if the person may see it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        run = self.get_queryset(request).filter(pk=pk).first()
        if run is None:
            raise Http404("There is no such run.")
        return run

    def progress_view(self, request: HttpRequest, pk: int) -> JsonResponse:
        """Tell how far the run is."""
        return JsonResponse(run_facts(run=self.access(request=request, pk=pk)))
