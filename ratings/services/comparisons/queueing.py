"""Queue comparisons that a model chose for a rater, and drop what another model chose."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from ratings.choices import Policy
from ratings.models import QueuedComparison
from ratings.selectors.pairs import unseen_pairs
from ratings.services.participation_lock import lock_row
from ratings.statements.locks import LOCK
from ratings.statements.prepared import use_async_commit


@dataclass(frozen=True, kw_only=True)
class ComparisonItem:
    """A comparison that a policy wants a rater to see, with how it was chosen."""

    pair_id: int
    policy: Policy
    propensity: float
    score: float


@transaction.atomic
def enqueue_comparisons(*, participation_id: UUID, items: Sequence[ComparisonItem], model_version: str) -> int:
    """Replace the rater's queue by what a policy chose now; give the number of comparisons queued.

    What the rater has seen meanwhile is left out; one who has withdrawn meanwhile gets nothing.
    """
    use_async_commit()
    participation = lock_row(LOCK, participation_id)
    if participation is None:
        return 0
    QueuedComparison.objects.filter(participation=participation).delete()
    unseen = unseen_pairs(participation=participation).filter(pk__in=[item.pair_id for item in items])
    still = set(unseen.values_list("pk", flat=True))
    rows = [
        QueuedComparison(
            participation=participation,
            pair_id=item.pair_id,
            policy=item.policy,
            propensity=item.propensity,
            score=item.score,
            model_version=model_version,
            rank=rank,
        )
        for rank, item in enumerate(items)
        if item.pair_id in still
    ]
    return len(QueuedComparison.objects.bulk_create(rows))


def drop_stale_comparisons(*, study_id: int, model_version: str, since: datetime) -> None:
    """Drop what another model chose for raters who were not seen lately; they get a new queue when they return.

    A lease that has read these rows at this very moment makes assignments of its own, and misses nothing.
    """
    away = QueuedComparison.objects.filter(participation__study=study_id, participation__last_seen_at__lt=since)
    away.exclude(model_version=model_version).delete()
