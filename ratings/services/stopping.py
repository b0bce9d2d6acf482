"""Ask for no more where a study's rules say that it is sure enough: of a picture, or of a rater.

A picture's target becomes the places that it has given: it leaves what can be drawn like any full one, so propensities
are those of what is left. A rater's quota becomes what they have done and hold: they end as complete.
"""

from collections.abc import Collection, Iterable
from datetime import timedelta
from math import sqrt
from uuid import UUID

from django.db import transaction
from django.db.models import Count, F, QuerySet, StdDev, Value
from django.db.models.functions import Greatest
from django.utils import timezone

from ratings.choices import AssignmentState
from ratings.models import Assignment, Participation, Rating, Study, StudyImage
from ratings.registry import design_of, first_ratings
from ratings.services.participation_lock import UNCOUNTED, lock_participation

NORMAL = 1.96  # standard deviations to either side that hold 95 %
LATELY = timedelta(minutes=15)  # back to which a batch of messages may be about ratings


def stop_rated_images(*, participation_ids: Collection[UUID]) -> int:
    """Stop the pictures that these raters rated lately, where a study's rule says so; give how many."""
    rows = Rating.objects.filter(
        participation__in=participation_ids,
        participation__study__stop_image_width__isnull=False,
        created_at__gte=timezone.now() - LATELY,
    )
    by_study: dict[int, set[int]] = {}
    for study, image in rows.values_list("participation__study", "assignment__study_image"):
        by_study.setdefault(study, set()).add(image)
    return sum(
        stop_images(study=study, among=by_study[study.pk]) for study in Study.objects.filter(pk__in=list(by_study))
    )


def stop_sure_images(*, study_id: int) -> int:
    """Look at every picture of a study; twice, it finds nothing the second time."""
    study = Study.objects.filter(pk=study_id, stop_image_width__isnull=False).first()
    return 0 if study is None else stop_images(study=study, among=None)


def stop_images(*, study: Study, among: Collection[int] | None) -> int:
    """Stop those pictures whose mean is known well enough; one statement each, so that no two lock each other out."""
    stopped = 0
    for image in sure_images(study=study, among=among):
        open_row = StudyImage.objects.filter(pk=image, is_active=True, is_practice=False, taken__lt=F("target"))
        stopped += open_row.update(target=Greatest(F("taken"), Value(1)), stopped_at=timezone.now())
    return stopped


def sure_images(*, study: Study, among: Collection[int] | None) -> Iterable[int]:
    """Find the pictures with raters enough and an interval narrower than the rule's."""
    width = study.stop_image_width
    if width is None or not design_of(study).family.is_on_scale:
        return []
    ratings: QuerySet[Rating] = first_ratings().filter(participation__study=study, value__isnull=False)
    if among is not None:
        ratings = ratings.filter(assignment__study_image__in=among)
    found = (
        ratings.order_by()
        .values("assignment__study_image")
        .annotate(raters=Count("pk"), sd=StdDev("value", sample=True))
        .filter(raters__gte=study.stop_image_raters)
        .values_list("assignment__study_image", "raters", "sd")
    )
    return [image for image, raters, sd in found if NORMAL * sd / sqrt(raters) < width]


def resume_images(*, study: Study) -> int:
    """Give the pictures that a rule has stopped the study's target again, but never less than their places taken."""
    target = Greatest(Value(study.target), F("taken"))
    return StudyImage.objects.filter(study=study, stopped_at__isnull=False).update(target=target, stopped_at=None)


@transaction.atomic
def stop_rater(*, participation_id: UUID) -> bool:
    """Ask a rater for no more than they have done and hold; tell whether that changed anything."""
    locked = lock_participation(participation_id=participation_id)
    held = Assignment.objects.filter(participation=locked, state=AssignmentState.LEASED).exclude(kind__in=UNCOUNTED)
    quota = max(locked.done + held.count(), 1)
    if locked.end or quota >= locked.quota:
        return False
    reserved = None if locked.reserved is None else min(locked.reserved, quota)
    Participation.objects.filter(pk=locked.pk).update(quota=quota, reserved=reserved, stopped_at=timezone.now())
    return True
