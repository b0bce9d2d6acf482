"""Skips whose reason tells of a taste: in the form of choices, of an average picture over the one skipped."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from ratings.choices import UNTRUE_RATINGS, AssignmentState, Policy, SkipReason
from ratings.models import Assignment, PairAssignment, Participation
from ratings.values.comparisons import WON, ImpliedGame
from scoring.models import ModelVersion, Taste
from scoring.selectors.choices import ChoiceRow
from scoring.selectors.training import TAUGHT_BY

AVERAGE_PICTURE = UUID(int=0)  # stands for no image
TELLING = SkipReason.UNCOMFORTABLE  # the other reasons say nothing of which of two pictures is liked more
LIKED_LESS = (ImpliedGame(one=0, other=1, score=WON),)


def telling_skips() -> QuerySet[Assignment]:
    """Give the skips that teach, of studies that learn from them.

    Left out are those of the test slice, and of pictures that were taken off for a reason after which ratings teach
    nothing. A picture that was skipped never returns to the rater.
    """
    rows = Assignment.objects.filter(
        state=AssignmentState.SKIPPED,
        skip_reason=TELLING,
        kind__in=TAUGHT_BY,
        participation__study__learns_from_skips=True,
    )
    return rows.exclude(policy=Policy.RANDOM).exclude(study_image__off_reason__in=UNTRUE_RATINGS)


def skips_to_learn(*, participation: Participation) -> list[ChoiceRow]:
    """Give what a rater's skips say, as choices; nothing where the study does not learn from them."""
    if not participation.study.learns_from_skips:
        return []
    images = telling_skips().filter(participation=participation).order_by("pk").values_list("image", flat=True)
    return [
        ChoiceRow(shown=(AVERAGE_PICTURE, image), games=LIKED_LESS, participation_id=participation.pk)
        for image in images
    ]


def is_telling(assignment: Assignment | PairAssignment) -> bool:
    """Tell whether a skip teaches its rater's taste; that of a comparison names neither picture."""
    if not isinstance(assignment, Assignment):
        return False
    return telling_skips().filter(pk=assignment.pk).exists()


def participations_with_skips(*, study_id: int, images: Collection[UUID] | None = None) -> list[UUID]:
    """Give the participations of a study whose taste skips teach, of these images where some are named."""
    skips = telling_skips().filter(participation=OuterRef("pk"))
    if images is not None:
        skips = skips.filter(image__in=images)
    return list(Participation.objects.filter(Exists(skips), study=study_id).order_by("pk").values_list("pk", flat=True))


def participations_with_new_skips(*, version: ModelVersion, since: datetime) -> list[UUID]:
    """Give the participations with skips later than what a version last learned of them."""
    learned = Taste.objects.filter(
        model_version=version, participation=OuterRef("participation"), updated_at__gte=OuterRef("closed_at")
    )
    rows = telling_skips().filter(participation__study=version.study_id, closed_at__gte=since).exclude(Exists(learned))
    return list(rows.order_by("participation").values_list("participation", flat=True).distinct())
