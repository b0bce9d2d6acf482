"""Choices between pairs that a rater's taste can learn from."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from ratings.models import Choice, Image, Pair, Participation
from ratings.statements import fetched

ANY_CHOICE = """
    SELECT 1 FROM ratings_choice AS choice JOIN ratings_participation AS part ON part.id = choice.participation_id
    WHERE part.rater_id = %(rater)s LIMIT 1
"""


@dataclass(frozen=True, kw_only=True)
class ChoiceRow:
    """What stood on the left and on the right, and what was said of it."""

    left: UUID
    right: UUID
    answer: str


def compared_images(*, studies: Collection[int]) -> QuerySet[Image]:
    """Give the images of pairs that teach the models of these studies: their own, and of those that name them."""
    pairs = Pair.objects.filter(Q(study__in=studies) | Q(study__taste_from__in=studies)).order_by()
    return Image.objects.filter(Q(pk__in=pairs.values("image_a")) | Q(pk__in=pairs.values("image_b")))


def choices_to_learn(*, participation: Participation) -> list[ChoiceRow]:
    """Give a rater's standing choices in the study, and in those that let its model learn from theirs."""
    if not fetched(ANY_CHOICE, {"rater": participation.rater_id}):  # as good as always, and every rating asks
        return []
    here = Q(participation=participation, participation__study__taste_from__isnull=True)
    taught = Q(participation__rater=participation.rater_id, participation__study__taste_from=participation.study_id)
    rows = Choice.objects.current().filter(here | taught).select_related("assignment__pair").order_by("pk")
    return [
        ChoiceRow(left=left, right=right, answer=row.answer)
        for row in rows
        for left, right in (row.assignment.pair.shown(row.assignment.left),)
    ]


def taught_participation(*, participation_id: UUID) -> Participation | None:
    """Give the rater's part in the study whose model learns from their choices; none where they have none there."""
    chooser = Participation.objects.select_related("study").filter(pk=participation_id).first()
    if chooser is None:
        return None
    taught = chooser.study.taste_from_id or chooser.study_id
    mine = Participation.objects.filter(rater=chooser.rater_id, study=taught)
    return mine.select_related("study", "rater__profile").first()
