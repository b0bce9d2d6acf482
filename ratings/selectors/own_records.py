"""What is stored of a rater's part in a study besides the answers themselves, in figures that they can read."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any
from uuid import UUID

from django.db.models import Window
from django.db.models.functions import RowNumber

from ratings.choices import AssignmentState, SkipReason
from ratings.models import Choice, Participation, Rating
from ratings.registry import FAMILIES

SCREEN = ("client__viewport_width", "client__viewport_height")
MOST_SHOWN = 60  # of the answers on a page; all are in the file


@dataclass(kw_only=True)
class OwnRecord:
    """Somebody's answers in a study, counted."""

    standing: int = 0
    replaced: int = 0
    times_ms: list[int] = field(default_factory=list)
    screens: Counter[str] = field(default_factory=Counter)
    skips: Counter[str] = field(default_factory=Counter)
    newest: list[Rating] = field(default_factory=list)

    @property
    def seconds(self) -> float | None:
        """Give the time that an answer usually took."""
        return median(self.times_ms) / 1000 if self.times_ms else None

    @property
    def minutes(self) -> int:
        """Give the time of all answers together."""
        return round(sum(self.times_ms) / 60_000)

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """Give why pictures were skipped, in words, and how often."""
        return [(str(SkipReason(reason).label), count) for reason, count in self.skips.most_common()]


def own_records(*, participations: Sequence[Participation]) -> dict[UUID, OwnRecord]:
    """Count what is stored of each part; the same few questions however many there are."""
    found = {part.pk: OwnRecord() for part in participations}
    for key, row in answers(participations):
        count_answer(found[key], row)
    for key, reason in skips(participations):
        found[key].skips[reason] += 1
    for rating in newest_ratings(participations):
        found[rating.participation_id].newest.append(rating)
    return found


def count_answer(record: OwnRecord, row: tuple[Any, ...]) -> None:
    """Add one answer to the figures."""
    replaced_at, response_ms, width, height = row
    record.standing += replaced_at is None
    record.replaced += replaced_at is not None
    if response_ms is not None:
        record.times_ms.append(response_ms)
    if width and height:
        record.screens[f"{width} \N{MULTIPLICATION SIGN} {height}"] += 1


def answers(participations: Sequence[Participation]) -> Iterator[tuple[UUID, tuple[Any, ...]]]:
    """Read when each answer was replaced, how long it took and how large the window was."""
    for model, said, nothing in ((Rating, "value", None), (Choice, "answer", "")):
        rows = model._default_manager.filter(participation__in=participations)
        for key, what, *row in rows.values_list("participation_id", said, "replaced_at", "response_ms", *SCREEN):
            if what != nothing:  # a row without a value undoes an answer, and is none itself
                yield key, tuple(row)


def skips(participations: Sequence[Participation]) -> Iterator[tuple[UUID, str]]:
    """Read why pictures were skipped."""
    for family in FAMILIES:
        rows = family.assignment._default_manager.filter(
            participation__in=participations, state=AssignmentState.SKIPPED
        )
        yield from rows.exclude(skip_reason="").values_list("participation_id", "skip_reason")


def newest_ratings(participations: Sequence[Participation]) -> Iterator[Rating]:
    """Give the newest ratings of each part that stand, with their pictures, the newest first."""
    rows = Rating.objects.current().filter(participation__in=participations)
    place = Window(RowNumber(), partition_by="participation", order_by="-pk")
    shown = rows.select_related("image", "assignment__study_image").annotate(place=place)
    yield from shown.filter(place__lte=MOST_SHOWN).order_by("-pk")
