"""What searches for pictures read, and what pages show of them."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from ratings.choices import JobState
from ratings.models import Participation, StudyImage
from scoring.models import Embedding, ModelState, SteeringRun, Taste

FEWEST_RATINGS = 1  # that a taste has to rest on before it may judge


def rated_enough(*, participation: Participation) -> bool:
    """Tell whether the live model has learned something of a rater's taste."""
    return Taste.objects.filter(
        participation=participation, model_version__state=ModelState.LIVE, rating_count__gte=FEWEST_RATINGS
    ).exists()


def experienced_raters(*, study_id: int, least: int) -> list[Participation]:
    """Give the raters of whose taste the live model has learned from so many ratings, the earliest first."""
    known = Taste.objects.filter(
        model_version__study=study_id,
        model_version__state=ModelState.LIVE,
        rating_count__gte=max(least, FEWEST_RATINGS),
    )
    rows = Participation.objects.filter(pk__in=known.values("participation"))
    return list(rows.select_related("study", "rater").order_by("created_at", "pk"))


def others_known(*, participation: Participation) -> QuerySet[Taste]:
    """Give what the live model knows of the other raters of a rater's study."""
    return Taste.objects.filter(
        model_version__study=participation.study_id,
        model_version__state=ModelState.LIVE,
        rating_count__gte=FEWEST_RATINGS,
    ).exclude(participation=participation.pk)


def known_tastes(*, participation: Participation) -> list[Taste]:
    """Give what the live model knows of the other raters of a rater's study, in a stable order."""
    known = others_known(participation=participation).select_related("participation")
    return list(known.order_by("participation_id"))


def runs_with_steps() -> QuerySet[SteeringRun]:
    """Give runs with everything their page shows."""
    return SteeringRun.objects.select_related(
        "study", "participation__rater", "judge__rater", "model_version", "requested_by"
    ).prefetch_related("steps__image")


def compared_runs(*, batch: UUID) -> list[SteeringRun]:
    """Give the finished runs that were asked for together, with their pictures."""
    return list(runs_with_steps().filter(batch=batch, state=JobState.SUCCEEDED).order_by("participation_id", "pk"))


def captioned_vectors(*, study_id: int, encoder_key: str, limit: int) -> list[tuple[str, Any]]:
    """Give prompts and vectors of a study's own pictures, in an order that has nothing to do with what they show."""
    at_hand = StudyImage.objects.filter(study=study_id, is_made=False, image__archived_at__isnull=True)
    own = at_hand.filter(image__embeddings__encoder_key=encoder_key)
    rows = own.exclude(prompt="").order_by("image__sha256")
    return list(rows.values_list("prompt", "image__embeddings__vector")[:limit])


def vectors_of(*, encoder_key: str, images: Collection[UUID]) -> dict[UUID, Any]:
    """Give what an encoder made of images."""
    return dict(Embedding.objects.filter(encoder_key=encoder_key, image__in=images).values_list("image_id", "vector"))
