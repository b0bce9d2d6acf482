"""Dumps and models sent to the Hugging Face Hub: by a worker, or at once for a command."""

from django.contrib.auth.models import User
from django.db import transaction

from ratings.models import Dump
from ratings.services.jobs.progress import Progress
from ratings.tasks import queue_job
from scoring.models import HubPush, ModelVersion
from scoring.services import pushes


@transaction.atomic
def request_push(*, content: Dump | ModelVersion, repository: str, is_public: bool, actor: User | None) -> HubPush:
    """Ask for a push and hand it to a worker."""
    push = pushes.request_push(content=content, repository=repository, is_public=is_public, requested_by=actor)
    queue_job(push)
    return push


def send_now(*, content: Dump | ModelVersion, repository: str, is_public: bool, on_progress: Progress) -> HubPush:
    """Ask for a push and do it here and now; give it ended."""
    from ratings.services.jobs.work import do_job
    from scoring.pipeline.serving import hub  # a model release needs torch, which no page loads

    push = pushes.request_push(content=content, repository=repository, is_public=is_public, requested_by=None)
    return do_job(kind=HubPush, job_id=push.pk, runner=hub.push, on_progress=on_progress) or push
