"""Log an ended training run to a tracker of experiments; what fails is tried again later, and fails no training."""

from pathlib import Path

from django.conf import settings
from django.utils import timezone

from ratings.sentences import staff_gettext
from ratings.services.jobs.lifecycle import describe_job, settle_job
from ratings.services.jobs.work import JobReport
from ratings.services.notifications.deliver import DELAYS_S, delay_after
from scoring.exceptions import TrackerError
from scoring.models import TrackedRun
from scoring.models.tracked_run import Tracker
from scoring.selectors.tracked_runs import run_facts
from scoring.trackers.facts import TrackedFacts, TrackerUnavailableError
from scoring.trackers.mlflow_tracker import log_to_mlflow
from scoring.trackers.wandb_tracker import log_to_wandb


def log_run(job: TrackedRun, report: JobReport) -> None:
    """Send what is known of a run; sent twice, it is written over. When to try again is set before it is tried."""
    tries = job.tries + 1
    again = timezone.now() + delay_after(tries) if tries <= len(DELAYS_S) else None
    describe_job(job=job, tries=tries, due_at=again)
    report(staff_gettext("sending"), 0.2)
    try:
        address = send_facts(run_facts(run=job.run), tracker=job.tracker)
    except TrackerUnavailableError as error:
        raise TrackerError(f"{Tracker(job.tracker).label} took nothing: {error}") from error
    settle_job(job=job, stage="", address=address)


def send_facts(facts: TrackedFacts, *, tracker: str) -> str:
    """Log to the tracker that is named; give the address of the run there."""
    if tracker == Tracker.MLFLOW:
        return log_to_mlflow(facts, uri=settings.MLFLOW_TRACKING_URI, experiment=settings.MLFLOW_EXPERIMENT_NAME)
    folder = Path(settings.WANDB_DIR)
    return log_to_wandb(facts, project=settings.WANDB_PROJECT, mode=settings.WANDB_MODE, folder=folder)
