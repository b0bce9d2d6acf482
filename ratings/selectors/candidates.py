"""Which images a rater could get next, found without looking at all of them."""

import random
from collections import Counter
from collections.abc import Collection, Sequence
from typing import NamedTuple
from uuid import UUID

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet

from ratings.choices import AssignmentKind, AssignmentState
from ratings.models import Assignment, Participation, StudyImage
from ratings.statements.candidates import LEAST_COVERED, UNSEEN_AMONG, WAITING
from ratings.statements.prepared import array_literal, fetched


class QueuedPolicy(NamedTuple):
    """How an image that waits in a queue was chosen."""

    policy: str
    model_version: str


class CandidateImage(NamedTuple):
    """As much of an image in a study as choosing it needs."""

    pk: int
    image_id: UUID
    taken: int


def waiting_images(*, participation_id: UUID) -> list[QueuedPolicy]:
    """Give what waits in a rater's queue."""
    return [QueuedPolicy(*row) for row in fetched(WAITING, {"participation": participation_id})]


def unseen_images(*, participation: Participation) -> QuerySet[StudyImage]:
    """Give the study's images with a place left that were never put to the rater; waiting in their queue is unseen."""
    seen = Assignment.objects.filter(
        participation=participation, image=OuterRef("image_id"), kind=AssignmentKind.FRESH
    ).exclude(state__in=(AssignmentState.RELEASED, AssignmentState.QUEUED))
    unseen = StudyImage.objects.filter(
        ~Exists(seen), study=participation.study_id, is_active=True, is_practice=False, taken__lt=F("target")
    )
    return unseen.exclude(full_groups(participation=participation)) if participation.study.group_quotas else unseen


def full_groups(*, participation: Participation, entry: str = "") -> Q:
    """Give the condition of images in a domain or generator of which the rater has had as many as the study allows.

    It is one about entries of the study, or about rows that lead to them by the look-up `entry`.
    """
    given = Assignment.objects.filter(
        participation=participation,
        kind=AssignmentKind.FRESH,
        state__in=(AssignmentState.LEASED, AssignmentState.RATED),
    )
    full = Q(pk__in=())
    for grouping, quotas in participation.study.quotas.as_json().items():
        counts = Counter(given.values_list(f"study_image__{grouping}", flat=True))
        full |= Q(**{f"{entry}{grouping}__in": [name for name, quota in quotas.items() if counts[name] >= quota]})
    return full


def within_quotas(*, participation: Participation, queue: Sequence[Assignment]) -> list[Assignment]:
    """Give those of the waiting assignments whose groups are not full."""
    waiting = Assignment.objects.filter(pk__in=[row.pk for row in queue])
    full = full_groups(participation=participation, entry="study_image__")
    allowed = set(waiting.exclude(full).values_list("pk", flat=True))
    return [row for row in queue if row.pk in allowed]


def attention_checks(*, study_id: int) -> list[StudyImage]:
    """Give the study's pictures that ask for a given value."""
    return list(
        StudyImage.objects.filter(study=study_id, is_practice=True, is_active=True, attention_value__isnull=False)
    )


def least_covered(*, participation: Participation, limit: int, without: Collection[int] = ()) -> list[CandidateImage]:
    """Give unseen images with the fewest places taken, in the study's shuffled order."""
    if participation.study.group_quotas:
        wanted = unseen_images(participation=participation).order_by("taken", "shuffle")[: limit + len(without)]
        rows = list(wanted.values_list("pk", "image_id", "taken"))
    else:
        values = {"study": participation.study_id, "participation": participation.pk, "limit": limit + len(without)}
        rows = fetched(LEAST_COVERED, values)
    return [CandidateImage(*row) for row in rows if row[0] not in without][:limit]


def ordinal_count(*, study_id: int) -> int:
    """Give one more than the highest ordinal of a study, 0 for an empty one."""
    highest = StudyImage.objects.filter(study=study_id).aggregate(highest=Max("ordinal"))["highest"]
    return 0 if highest is None else int(highest) + 1


def unseen_with_ordinals(*, participation: Participation, ordinals: Collection[int]) -> list[StudyImage]:
    """Give those of the drawn ordinals that are unseen, in the order drawn."""
    rows = {row.ordinal: row for row in unseen_images(participation=participation).filter(ordinal__in=ordinals)}
    return [rows[ordinal] for ordinal in ordinals if ordinal in rows]


def count_unseen(*, participation: Participation, ordinals: Collection[int]) -> int:
    """Count those of the ordinals that are unseen."""
    return unseen_images(participation=participation).filter(ordinal__in=ordinals).count() if ordinals else 0


def repeatable(*, participation: Participation, gap: int) -> list[Assignment]:
    """Give fresh assignments rated at least `gap` positions ago and not yet repeated."""
    repeated = Assignment.objects.filter(
        participation=participation, image=OuterRef("image_id"), kind=AssignmentKind.REPEAT
    ).exclude(state=AssignmentState.RELEASED)
    return list(
        Assignment.objects.filter(
            ~Exists(repeated),
            participation=participation,
            kind=AssignmentKind.FRESH,
            state=AssignmentState.RATED,
            position__lte=participation.served - gap,
            study_image__off_at__isnull=True,
        ).order_by("position")
    )


def unseen_among(*, participation: Participation, study_images: Collection[int]) -> set[int]:
    """Give those of the study's images that the rater could get now."""
    if participation.study.group_quotas:
        return set(unseen_images(participation=participation).filter(pk__in=study_images).values_list("pk", flat=True))
    values = {
        "study": participation.study_id,
        "participation": participation.pk,
        "among": array_literal(study_images),
    }
    return {row[0] for row in fetched(UNSEEN_AMONG, values)}


def sampled_images(*, study_id: int, limit: int) -> list[tuple[int, UUID]]:
    """Give up to `limit` images of a study, drawn uniformly: all of them where it is small."""
    size = ordinal_count(study_id=study_id)
    rows = StudyImage.objects.filter(study=study_id)
    if size > limit:
        rows = rows.filter(ordinal__in=random.SystemRandom().sample(range(size), limit))
    return list(rows.order_by("ordinal").values_list("pk", "image_id"))
