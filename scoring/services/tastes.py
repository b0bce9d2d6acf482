"""Keep what a model version knows of each rater."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from ratings.models import Participation
from ratings.statements import commit_at_leisure
from scoring.models import ModelVersion, Taste


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known of a rater, and up to which rating row."""

    posterior: bytes
    rating_count: int
    last_rating: int


@transaction.atomic
def save_taste(*, version: ModelVersion, participation_id: UUID, known: Known) -> None:
    """Keep a rater's posterior, in place of an earlier one; one who withdrew meanwhile is left out."""
    here = Participation.objects.select_for_update(no_key=True).filter(pk=participation_id)  # a withdrawal waits
    if not here.exists():
        return
    Taste.objects.update_or_create(
        model_version=version,
        participation_id=participation_id,
        defaults={
            "posterior": known.posterior,
            "rating_count": known.rating_count,
            "last_rating": known.last_rating,
        },
    )


@transaction.atomic
def change_taste(
    *, version: ModelVersion, participation_id: UUID, prior: bytes, change: Callable[[Taste], bool]
) -> Taste | None:
    """Lock a rater's taste, made from the prior if new, and let the caller change it; two updates never mix.

    The caller tells whether there was anything to change; where there was not, there is no taste to give.
    """
    commit_at_leisure()  # a taste knows its newest rating: one that a crash takes back is learned again
    locked = Taste.objects.select_for_update().filter(model_version=version, participation_id=participation_id)
    taste = locked.first()
    if taste is None:
        Taste.objects.get_or_create(
            model_version=version, participation_id=participation_id, defaults={"posterior": prior}
        )
        taste = locked.get()
    taste.model_version = version
    if not change(taste):
        return None
    taste.save(update_fields=["posterior", "rating_count", "last_rating", "updated_at"])
    return taste
