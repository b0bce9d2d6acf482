"""Training runs: asked for here, done by a worker, or at once for a command; and cancelled."""

from django.contrib.auth.models import User
from django.db import transaction

from ratings.models import Study
from ratings.services.jobs.progress import Progress
from ratings.tasks import queue_job
from scoring.models import TrainingRun
from scoring.services import request_training
from scoring.services.runs import cancel_run

__all__ = ["cancel_run", "request_run", "train_now"]


@transaction.atomic
def request_run(*, study: Study, reason: str, actor: User | None) -> TrainingRun:
    """Ask for a training run and hand it to a worker; if the broker is away, the sweep for abandoned runs finds it."""
    run = request_training(study=study, reason=reason, requested_by=actor)
    queue_job(run)
    return run


def train_now(*, study: Study, reason: str, actor: User | None, on_progress: Progress) -> TrainingRun:
    """Ask for a training run and do it here and now; give it ended."""
    from scoring.pipeline.training import train  # torch, which only workers and commands load

    run = request_training(study=study, reason=reason, requested_by=actor)
    train.train(run_id=run.pk, on_progress=on_progress)
    run.refresh_from_db()
    return run
