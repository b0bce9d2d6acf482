"""Choices between pairs that a rater's taste can learn from."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Q, QuerySet

from ratings.choices import UNTRUE_RATINGS
from ratings.models import Choice, Image, Pair, Participation
from ratings.models.pair import IMAGE_FIELDS
from ratings.registry import comparison_of
from ratings.statements.prepared import fetched
from ratings.values.comparisons import ImpliedGame
from scoring.statements import ANY_CHOICE


@dataclass(frozen=True, kw_only=True)
class ChoiceRow:
    """What was shown, in places from 0, and which games between two of these an answer implies."""

    shown: tuple[UUID, ...]
    games: tuple[ImpliedGame, ...]


def compared_images(*, studies: Collection[int]) -> QuerySet[Image]:
    """Give the images of pairs that teach the models of these studies: their own, and of those that name them."""
    pairs = Pair.objects.filter(Q(study__in=studies) | Q(study__taste_from__in=studies)).order_by()
    return Image.objects.filter(reduce(or_, (Q(pk__in=pairs.values(name)) for name in IMAGE_FIELDS)))


def choices_to_learn(*, participation: Participation) -> list[ChoiceRow]:
    """Give a rater's standing choices in the study, and in those that let its model learn from theirs."""
    if not fetched(ANY_CHOICE, {"rater": participation.rater_id}):  # as good as always, and every rating asks
        return []
    here = Q(participation=participation, participation__study__taste_from__isnull=True)
    taught = Q(participation__rater=participation.rater_id, participation__study__taste_from=participation.study_id)
    known = Choice.objects.current().exclude(assignment__pair__off_reason__in=UNTRUE_RATINGS)
    rows = known.filter(here | taught).select_related("assignment__pair", "participation__study")
    return [row_of(choice) for choice in rows.order_by("pk")]


def row_of(choice: Choice) -> ChoiceRow:
    """Give what a choice says of its pictures."""
    shown = choice.assignment.pair.shown(choice.assignment.left)
    games = comparison_of(choice.participation.study).games(choice.answer, len(shown))
    return ChoiceRow(shown=tuple(shown), games=tuple(games))


def taught_participation(*, participation_id: UUID) -> Participation | None:
    """Give the rater's part in the study whose model learns from their choices; none where they have none there."""
    chooser = Participation.objects.select_related("study").filter(pk=participation_id).first()
    if chooser is None:
        return None
    taught = chooser.study.taste_from_id or chooser.study_id
    mine = Participation.objects.filter(rater=chooser.rater_id, study=taught)
    return mine.select_related("study", "rater__profile").first()
