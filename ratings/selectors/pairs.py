"""Pairs that a rater may be asked, and where a choice belongs."""

from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from ratings.choices import AssignmentState
from ratings.exceptions import ChoiceNotFoundError
from ratings.models import Choice, Pair, PairAssignment, Participation, Rater


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
    return list(rows.only("pk", "taken", "shuffle").order_by("taken", "shuffle")[:limit])


def access_participation_of_choice(*, rater: Rater, nonce: UUID) -> UUID:
    """Give the participation in which the rater made a choice."""
    found = Choice.objects.filter(nonce=nonce, participation__rater=rater).values_list("participation_id").first()
    if found is None:
        raise ChoiceNotFoundError("There is no choice of yours with this nonce.")
    return found[0]
