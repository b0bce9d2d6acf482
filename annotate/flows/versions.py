"""Which version of a model serves, and how two of them compare; a worker does what follows."""

from django.contrib.auth.models import User
from django.db import transaction

from ratings.models import Study
from ratings.queueing import queue_on_commit
from ratings.tasks import queue_job
from scoring.models import ModelVersion, VersionComparison
from scoring.services import version_comparisons, versions
from scoring.tasks import follow_live_model


@transaction.atomic
def promote_version(*, version: ModelVersion, actor: User | None) -> ModelVersion:
    """Make a version the live one."""
    live = versions.promote(version=version, actor=actor)
    queue_on_commit(follow_live_model, live.study_id)
    return live


@transaction.atomic
def roll_back_study(*, study: Study, actor: User | None) -> ModelVersion:
    """Make the version live again that served before the present one."""
    live = versions.roll_back(study=study, actor=actor)
    queue_on_commit(follow_live_model, live.study_id)
    return live


@transaction.atomic
def request_comparison(*, version: ModelVersion, other: ModelVersion, actor: User | None) -> VersionComparison:
    """Have a worker measure two versions against each other."""
    comparison = version_comparisons.request_comparison(version=version, other=other, requested_by=actor)
    queue_job(comparison)
    return comparison
