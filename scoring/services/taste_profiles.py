"""Request comparisons of a rater's taste with the others', and store them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from ratings.models import Participation
from ratings.services.jobs.lifecycle import settle_job
from scoring.models import ModelVersion, TasteProfile
from scoring.selectors.shown_tastes import participations_due


@dataclass(frozen=True, kw_only=True)
class TasteFigures:
    """What was computed of one rater."""

    version: ModelVersion
    rating_count: int
    mean_difference: float
    images: Sequence[Sequence[Any]]  # id, expected, of all raters, difference, sd
    last_rating: int = 0
    report: Mapping[str, Any] = field(default_factory=dict)  # for the rater's own page


def request_taste_profile(*, participation: Participation, requested_by: User | None) -> TasteProfile | None:
    """Queue a comparison of a rater's taste with the others'; none where one is queued or running."""
    try:
        with transaction.atomic():
            return TasteProfile.objects.create(participation=participation, requested_by=requested_by)
    except IntegrityError:  # one is under way, and the page says so
        return None


@transaction.atomic
def save_taste_profile(*, profile: TasteProfile, figures: TasteFigures) -> None:
    """Store what was computed, and delete the rater's earlier profiles."""
    settle_job(
        job=profile,
        stage="",
        model_version=figures.version,
        rating_count=figures.rating_count,
        mean_difference=figures.mean_difference,
        images=list(figures.images),
        last_rating=figures.last_rating,
        report=dict(figures.report),
    )
    TasteProfile.objects.filter(participation=profile.participation_id, pk__lt=profile.pk).delete()


def request_due_profiles(*, participation_ids: Collection[UUID]) -> list[TasteProfile]:
    """Queue comparisons for those of the participations whose raters may see their taste, where one is due."""
    due = participations_due(participation_ids=participation_ids)
    asked = [request_taste_profile(participation=one, requested_by=None) for one in due]
    return [profile for profile in asked if profile is not None]
