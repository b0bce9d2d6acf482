"""Training runs: asked for here, done by a worker."""

from django.contrib.auth.models import User
from django.db import transaction

from annotate.broker import queue_job_on_commit
from ratings.models import Study
from scoring.models import TrainingRun
from scoring.services import request_training


@transaction.atomic
def request_run(*, study: Study, reason: str, actor: User | None) -> TrainingRun:
    """Ask for a training run and hand it to a worker."""
    run = request_training(study=study, reason=reason, requested_by=actor)
    queue_job_on_commit(run)
    return run
