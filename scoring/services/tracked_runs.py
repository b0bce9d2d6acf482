"""Ask for ended runs to be logged to the trackers that are configured, and again for what failed."""

from django.conf import settings
from django.db import transaction

from ratings.choices import JobState
from ratings.services.jobs.lifecycle import requeue_job
from scoring.models import TrackedRun
from scoring.models.tracked_run import Tracker
from scoring.selectors.tracked_runs import retried_runs, unlogged_runs

MOST_AT_ONCE = 20


def configured_trackers() -> list[str]:
    """Name the trackers that the settings name."""
    named = {Tracker.MLFLOW: settings.MLFLOW_TRACKING_URI, Tracker.WANDB: settings.WANDB_PROJECT}
    return [tracker.value for tracker, place in named.items() if place]


def has_runs_to_track() -> bool:
    """Tell whether there is anything to log now."""
    trackers = configured_trackers()
    return any(unlogged_runs(tracker=one).exists() for one in trackers) or retried_runs(trackers=trackers).exists()


@transaction.atomic
def request_due_tracking() -> list[TrackedRun]:
    """Make the rows of runs that were not logged, and queue those again whose time has come."""
    trackers = configured_trackers()
    again = list(retried_runs(trackers=trackers).order_by("due_at")[:MOST_AT_ONCE])
    found = [row for row in again if requeue_job(job=row, ended=(JobState.FAILED,))]
    for tracker in trackers:
        for run in unlogged_runs(tracker=tracker)[:MOST_AT_ONCE]:
            row, is_new = TrackedRun.objects.get_or_create(
                run=run, tracker=tracker, defaults={"study_id": run.study_id}
            )
            found += [row] if is_new else []
    return found
