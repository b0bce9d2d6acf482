"""Choices between pairs that a rater's taste can learn from."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from ratings.choices import UNTRUE_RATINGS
from ratings.models import Choice, Image, Pair, Participation
from ratings.models.pair import IMAGE_FIELDS
from ratings.registry import comparison_of
from ratings.statements.prepared import fetched
from ratings.values.comparisons import ImpliedGame
from scoring.models import ModelVersion, Taste
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


def participations_with_choices(*, study_id: int, images: Collection[UUID] | None = None) -> list[UUID]:
    """Give the participations of a study whose taste choices teach, of these images where some are named."""
    known = Choice.objects.current()
    if images is not None:
        known = known.filter(reduce(or_, (Q(**{f"assignment__pair__{name}__in": images}) for name in IMAGE_FIELDS)))
    return list(taught_by(known, study_id=study_id).values_list("pk", flat=True))


def participations_with_new_choices(*, version: ModelVersion, since: datetime) -> list[UUID]:
    """Give the participations with choices, or ones taken back, later than what a version last learned of them."""
    taste = Taste.objects.filter(model_version=version, participation=OuterRef(OuterRef("pk")))
    later = Choice.objects.filter(created_at__gte=since).exclude(
        created_at__lte=Subquery(taste.values("updated_at")[:1])
    )
    return list(taught_by(later, study_id=version.study_id).values_list("pk", flat=True))


def taught_by(choices: QuerySet[Choice], *, study_id: int) -> QuerySet[Participation]:
    """Give the participations of a study that choices teach: those of the study itself, or of one that names it."""
    here = choices.filter(participation=OuterRef("pk"), participation__study__taste_from__isnull=True)
    taught = choices.filter(participation__rater=OuterRef("rater"), participation__study__taste_from=study_id)
    return Participation.objects.filter(Exists(here) | Exists(taught), study=study_id).order_by("pk")


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
