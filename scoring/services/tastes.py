"""Keep what a model version knows of each rater."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from ratings.models import Participation
from ratings.statements.prepared import run, use_async_commit
from scoring.models import ModelVersion, Taste
from scoring.statements import LOCK_TASTE, SAVE_TASTE, TASTES


@dataclass(frozen=True, kw_only=True)
class KnownTaste:
    """What is known of a rater, and up to which rating row."""

    posterior: bytes
    rating_count: int
    last_rating: int


@transaction.atomic
def save_taste(*, version: ModelVersion, participation_id: UUID, known: KnownTaste) -> None:
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
    *, version: ModelVersion, participation_id: UUID, prior: Callable[[], bytes], change: Callable[[Taste], bool]
) -> Taste | None:
    """Lock a rater's taste, made from the prior if new, and let the caller change it; two updates never mix.

    The callback returns whether there was anything to change; where there was not, the result is None.
    """
    use_async_commit()  # a taste knows its newest rating: one that a crash takes back is learned again
    key = {"version": version.pk, "participation": participation_id}
    found = TASTES.fetched(LOCK_TASTE, key)
    if not found:
        Taste.objects.get_or_create(
            model_version=version, participation_id=participation_id, defaults={"posterior": prior()}
        )
        found = TASTES.fetched(LOCK_TASTE, key)
    (taste,) = found
    taste.model_version = version
    if not change(taste):
        return None
    save_changed(taste=taste)
    return taste


def save_changed(*, taste: Taste) -> None:
    """Write a locked taste."""
    taste.updated_at = timezone.now()
    values = {
        "taste": taste.pk,
        "posterior": bytes(taste.posterior),
        "rating_count": taste.rating_count,
        "last_rating": taste.last_rating,
        "now": taste.updated_at,
    }
    run(SAVE_TASTE, values)
