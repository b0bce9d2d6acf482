"""Choices among pictures that a model is trained and measured on, and that a rater's taste can learn from."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from ratings.choices import UNTRUE_RATINGS, Policy
from ratings.models import Choice, Image, Pair, PairAssignment, Participation, Study
from ratings.models.pair import IMAGE_FIELDS
from ratings.registry import comparison_of, design_of
from ratings.selectors.quality import flagged_participations
from ratings.statements.prepared import fetched
from ratings.values.comparisons import ImpliedGame
from scoring.models import ModelVersion, Taste
from scoring.statements import ANY_CHOICE

KEPT_OUT = 0.2  # share of the choices by coverage that no model and no taste learns from, where these train one


@dataclass(frozen=True, kw_only=True)
class ChoiceRow:
    """What was shown, in places from 0, and which games between two of these an answer implies."""

    shown: tuple[UUID, ...]
    games: tuple[ImpliedGame, ...]
    participation_id: UUID


@dataclass(frozen=True, kw_only=True)
class StudyChoices:
    """All that a study's raters chose, read in one statement and so at one moment."""

    learnable: list[ChoiceRow]
    test: list[ChoiceRow]  # kept out by a draw that depends on no answer, and never trained on

    @property
    def count(self) -> int:
        """Count the choices."""
        return len(self.learnable) + len(self.test)


def trains_on_choices(study: Study) -> bool:
    """Tell whether choices in a study train a model of its own, and do not teach another study's."""
    return design_of(study).comparison is not None and study.taste_from_id is None


def is_taught(choice: Choice) -> bool:
    """Tell whether a choice teaches another study's model, which is measured on that study's own answers."""
    return choice.participation.study.taste_from_id is not None


def is_kept_out(assignment: PairAssignment) -> bool:
    """Tell whether a choice is for measuring alone: as nobody's answer can decide.

    Those of the test slice are, and none that a model chose. Of the others a draw by rater and comparison decides.
    """
    if assignment.policy != Policy.COVERAGE:
        return assignment.policy == Policy.RANDOM
    drawn = hashlib.sha256(f"{assignment.participation_id}/{assignment.pair_id}".encode()).digest()
    return int.from_bytes(drawn[:4]) < KEPT_OUT * 2**32


def study_choices(*, study: Study) -> StudyChoices:
    """Give the standing choices in a study, in a stable order.

    Raters with a confirmed flag are left out where the study says so, and comparisons that were taken off it for a
    reason after which their answers teach nothing.
    """
    left_out = flagged_participations(study=study) if study.train_without_flagged else frozenset()
    rows = standing_choices().filter(participation__study=study).exclude(participation__in=left_out)
    found = StudyChoices(learnable=[], test=[])
    for choice in rows.order_by("participation_id", "pk").iterator(chunk_size=10_000):
        (found.test if is_kept_out(choice.assignment) else found.learnable).append(row_of(choice))
    return found


def choice_count(*, study: Study) -> int:
    """Count the standing choices in a study that train a model of its own."""
    return Choice.objects.current().filter(participation__study=study).count() if trains_on_choices(study) else 0


def standing_choices() -> QuerySet[Choice]:
    """Give the choices that may teach, with what was shown."""
    known = Choice.objects.current().exclude(assignment__pair__off_reason__in=UNTRUE_RATINGS)
    return known.select_related("assignment__pair", "participation__study")


def compared_images(*, studies: Collection[int]) -> QuerySet[Image]:
    """Give the images of pairs that teach the models of these studies: their own, and of those that name them."""
    pairs = Pair.objects.filter(Q(study__in=studies) | Q(study__taste_from__in=studies)).order_by()
    return Image.objects.filter(reduce(or_, (Q(pk__in=pairs.values(name)) for name in IMAGE_FIELDS)))


def choices_to_learn(*, participation: Participation) -> list[ChoiceRow]:
    """Give a rater's standing choices in the study, less those kept out, and in those whose choices teach its model."""
    if not fetched(ANY_CHOICE, {"rater": participation.rater_id}):  # as good as always, and every rating asks
        return []
    here = Q(participation=participation, participation__study__taste_from__isnull=True)
    taught = Q(participation__rater=participation.rater_id, participation__study__taste_from=participation.study_id)
    rows = standing_choices().filter(here | taught).order_by("pk")
    return [row_of(choice) for choice in rows if is_taught(choice) or not is_kept_out(choice.assignment)]


def participations_with_choices(*, study_id: int, images: Collection[UUID] | None = None) -> list[UUID]:
    """Give the participations of a study whose taste choices teach, of these images where some are named."""
    known = Choice.objects.current()
    if images is not None:
        known = known.filter(reduce(or_, (Q(**{f"assignment__pair__{name}__in": images}) for name in IMAGE_FIELDS)))
    return list(taught_by(known, study_id=study_id).values_list("pk", flat=True))


def participations_with_new_choices(*, version: ModelVersion, since: datetime) -> list[UUID]:
    """Give the participations with choices, or ones taken back, later than what a version last learned of them."""
    learned = Taste.objects.filter(
        model_version=version, participation=OuterRef(OuterRef("pk")), updated_at__gte=OuterRef("created_at")
    )
    later = Choice.objects.filter(created_at__gte=since).exclude(Exists(learned))
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
    return ChoiceRow(shown=tuple(shown), games=tuple(games), participation_id=choice.participation_id)


def taught_participation(*, participation_id: UUID) -> Participation | None:
    """Give the rater's part in the study whose model learns from their choices; none where they have none there."""
    chooser = Participation.objects.select_related("study").filter(pk=participation_id).first()
    if chooser is None:
        return None
    taught = chooser.study.taste_from_id or chooser.study_id
    mine = Participation.objects.filter(rater=chooser.rater_id, study=taught)
    return mine.select_related("study", "rater__profile").first()
