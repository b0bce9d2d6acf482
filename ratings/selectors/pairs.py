"""Pairs that a rater may be asked, those that wait for them, and where a choice belongs."""

import random
from collections.abc import Collection
from uuid import UUID

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet, Subquery

from ratings.choices import AssignmentState
from ratings.models import Pair, PairAssignment, Participation, QueuedComparison, StudyImage
from ratings.models.pair import IMAGE_FIELDS
from ratings.selectors.candidates import QueuedPolicy


def unseen_pairs(*, participation: Participation) -> QuerySet[Pair]:
    """Give the pairs with places left that the rater may be asked and was not: anyone's, and their own."""
    seen = PairAssignment.objects.filter(participation=participation, pair=OuterRef("pk")).exclude(
        state=AssignmentState.RELEASED
    )
    addressed = Q(participation__isnull=True) | Q(participation=participation)
    return Pair.objects.filter(
        addressed, ~Exists(seen), study=participation.study_id, is_active=True, taken__lt=F("target")
    )


def shown_fields(pairs: QuerySet[Pair]) -> QuerySet[Pair]:
    """Read as much of pairs as handing them out needs."""
    return pairs.only("pk", "ordinal", "taken", "shuffle", *IMAGE_FIELDS)


def least_covered_pairs(*, participation: Participation, limit: int, without: set[int]) -> list[Pair]:
    """Give the unseen pairs with the fewest places taken, in the study's shuffled order."""
    rows = unseen_pairs(participation=participation).exclude(pk__in=without)
    return list(shown_fields(rows).order_by("taken", "shuffle")[:limit])


def pair_count(*, study_id: int) -> int:
    """Give one more than the highest ordinal of a study's pairs, 0 where there is none."""
    highest = Pair.objects.filter(study=study_id).aggregate(highest=Max("ordinal"))["highest"]
    return 0 if highest is None else int(highest) + 1


def unseen_pairs_with_ordinals(*, participation: Participation, ordinals: Collection[int]) -> list[Pair]:
    """Give those of the drawn ordinals that are unseen, in the order drawn."""
    found = shown_fields(unseen_pairs(participation=participation).filter(ordinal__in=ordinals))
    rows = {row.ordinal: row for row in found}
    return [rows[ordinal] for ordinal in ordinals if ordinal in rows]


def count_unseen_pairs(*, participation: Participation, ordinals: Collection[int]) -> int:
    """Count those of the ordinals that are unseen."""
    return unseen_pairs(participation=participation).filter(ordinal__in=ordinals).count() if ordinals else 0


def sampled_pairs(*, participation: Participation, limit: int) -> tuple[dict[int, list[UUID]], float]:
    """Give the images of unseen pairs by key, and the probability of each of the study's pairs to be looked at.

    All are looked at in a study of up to `limit` pairs, and so many that are drawn uniformly in a larger one.
    """
    size = pair_count(study_id=participation.study_id)
    rows = unseen_pairs(participation=participation)
    if size > limit:
        rows = rows.filter(ordinal__in=random.SystemRandom().sample(range(size), limit))
    found = rows.order_by("ordinal").values_list("pk", *(f"{name}_id" for name in IMAGE_FIELDS))
    images = {pair: [image for image in shown if image is not None] for pair, *shown in found}
    return images, min(1.0, limit / max(size, 1))


def queued_comparisons(*, participation: Participation) -> list[QueuedComparison]:
    """Give what waits for a rater, in its order."""
    return list(QueuedComparison.objects.filter(participation=participation).select_related("pair").order_by("rank"))


def waiting_comparisons(*, participation_id: UUID) -> list[QueuedPolicy]:
    """Give how each comparison that waits for a rater was chosen."""
    rows = QueuedComparison.objects.filter(participation=participation_id)
    return [QueuedPolicy(*row) for row in rows.values_list("policy", "model_version")]


def pairs_with_names(*, pairs: QuerySet[Pair]) -> QuerySet[Pair]:
    """Add to each pair the names that its study gives the pictures."""
    entries = StudyImage.objects.filter(study=OuterRef("study"))
    names = {
        name.replace("image", "name"): Subquery(entries.filter(image=OuterRef(name)).values("name")[:1])
        for name in IMAGE_FIELDS
    }
    return pairs.annotate(**names)
