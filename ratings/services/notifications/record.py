"""Record what is to be sent, in the transaction in which it happens: what is rolled back is sent to nobody."""

import secrets
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from ratings.choices import Event, JobState
from ratings.models import Job, Notification, Study, Subscription

ENDS = {JobState.SUCCEEDED: "finished", JobState.READY: "ready", JobState.FAILED: "failed"}
LONGEST_REASON = 500


def subscriptions_to(*, event: str, study_id: int) -> QuerySet[Subscription]:
    """Find the active addresses that want an event of a study."""
    rows = Subscription.objects.filter(Q(study=study_id) | Q(study__isnull=True), is_active=True)
    return rows.filter(events__contains=[event])


def announce_event(*, study_id: int, event: Event, subject: str, **facts: Any) -> int:
    """Record a message to each address that wants it, once per subject; the caller holds the transaction."""
    wanted = list(subscriptions_to(event=event, study_id=study_id))
    if not wanted:
        return 0
    slug = Study.objects.values_list("slug", flat=True).get(pk=study_id)
    data = {"study": slug, **facts}
    rows = [new_notification(one, event=event, subject=subject, data=data) for one in wanted]
    return len(Notification.objects.bulk_create(rows, ignore_conflicts=True))


def new_notification(subscription: Subscription, *, event: Event, subject: str, data: dict[str, Any]) -> Notification:
    """Give a message that is not stored yet."""
    body = {"type": event.value, "timestamp": timezone.now().isoformat(), "data": data}
    message = f"msg_{secrets.token_urlsafe(24)}"
    return Notification(subscription=subscription, event=event, subject=subject, message=message, body=body)


def announce_end(*, job: Job, state: str, error: str = "") -> None:
    """Record the messages of a job that has ended; of a kind that is not announced, or cancelled, none."""
    study_id, word = getattr(job, "study_id", None), ENDS.get(JobState(state))
    if not job.event or word is None or study_id is None:
        return
    facts: dict[str, Any] = {"number": getattr(job, "version", job.pk)}
    if error:
        facts["error"] = error[:LONGEST_REASON]
    attempt = f"{job._meta.label_lower} {job.pk} {job.owner}"
    announce_event(study_id=study_id, event=Event(f"{job.event}.{word}"), subject=attempt, **facts)
