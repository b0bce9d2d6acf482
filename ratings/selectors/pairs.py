"""Pairs that a rater may be asked, and where a choice belongs."""

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from ratings.choices import AssignmentState
from ratings.models import Pair, PairAssignment, Participation, StudyImage
from ratings.models.pair import IMAGE_FIELDS


def unseen_pairs(*, participation: Participation) -> QuerySet[Pair]:
    """Give the pairs with places left that the rater may be asked and was not: anyone's, and their own."""
    seen = PairAssignment.objects.filter(participation=participation, pair=OuterRef("pk")).exclude(
        state=AssignmentState.RELEASED
    )
    addressed = Q(participation__isnull=True) | Q(participation=participation)
    return Pair.objects.filter(
        addressed, ~Exists(seen), study=participation.study_id, is_active=True, taken__lt=F("target")
    )


def least_covered_pairs(*, participation: Participation, limit: int, without: set[int]) -> list[Pair]:
    """Give the unseen pairs with the fewest places taken, in the study's shuffled order."""
    rows = unseen_pairs(participation=participation).exclude(pk__in=without)
    return list(rows.only("pk", "taken", "shuffle", *IMAGE_FIELDS).order_by("taken", "shuffle")[:limit])


def pairs_with_names(*, pairs: QuerySet[Pair]) -> QuerySet[Pair]:
    """Add to each pair the names that its study gives the pictures."""
    entries = StudyImage.objects.filter(study=OuterRef("study"))
    names = {
        name.replace("image", "name"): Subquery(entries.filter(image=OuterRef(name)).values("name")[:1])
        for name in IMAGE_FIELDS
    }
    return pairs.annotate(**names)
