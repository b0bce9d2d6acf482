"""Which version of a model serves; a worker then lets it learn what it missed, and fills the queues of raters again."""

from django.contrib.auth.models import User
from django.db import transaction

from ratings.models import Study
from ratings.queueing import queue_on_commit
from scoring.models import ModelVersion
from scoring.services import versions
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
