"""Notice that a study has become full, for those who want to know; a full study is noticed once per size."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef, Sum

from ratings.choices import Event, StudyState
from ratings.models import Notification, Study, Subscription
from ratings.registry import design_of
from ratings.selectors.availability import open_items, refusal_of_cap
from ratings.services.notifications.record import announce_event, subscriptions_to


@dataclass(frozen=True, kw_only=True)
class FullStudy:
    """A study that takes nobody any more: for lack of what, and of which size, as the message's subject."""

    study: Study
    because: str
    subject: str


def newly_full_studies() -> list[FullStudy]:
    """Find the open studies that are full and about which somebody who wants to know has no message."""
    wanting = Subscription.objects.filter(is_active=True, events__contains=[Event.STUDY_FULL])
    studies = Study.objects.filter(state=StudyState.OPEN)
    if not wanting.filter(study__isnull=True).exists():
        studies = studies.filter(pk__in=wanting.values("study"))
    found = (full_study(study=study) for study in studies if wanting)
    return [one for one in found if one is not None and is_news(one)]


def full_study(*, study: Study) -> FullStudy | None:
    """Say of which size a study is full; nothing of one that takes somebody, or has no items at all."""
    if refusal_of_cap(study) is not None:
        return FullStudy(
            study=study, because="participants", subject=f"{study.pk} participants {study.participant_cap}"
        )
    if open_items(study=study).exists():
        return None
    items = design_of(study).family.wanted_items().filter(study=study)
    places = items.aggregate(places=Sum("target"))["places"]
    return FullStudy(study=study, because="answers", subject=f"{study.pk} answers {places}") if places else None


def is_news(full: FullStudy) -> bool:
    """Tell whether somebody who wants to know has no message of it."""
    sent = Notification.objects.filter(subscription=OuterRef("pk"), event=Event.STUDY_FULL, subject=full.subject)
    return subscriptions_to(event=Event.STUDY_FULL, study_id=full.study.pk).exclude(Exists(sent)).exists()


def announce_full_studies() -> None:
    """Record a message about each study that has become full."""
    for full in newly_full_studies():
        with transaction.atomic():
            announce_event(study_id=full.study.pk, event=Event.STUDY_FULL, subject=full.subject, because=full.because)
