"""What one rater said in a study, to look at: answers with their pictures, repeats side by side, times."""

from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from ratings.choices import AssignmentKind
from ratings.models import Image, Participation, Rater, Rating
from ratings.registry import design_of

MOST_REPEATS = 50
MOST_TIMES = 5_000


@dataclass(frozen=True, kw_only=True)
class RepeatedAnswer:
    """An image that was rated twice."""

    image: UUID
    first: float
    second: float
    between: int  # positions


def parts_to_judge(*, rater: Rater, related: Collection[str] = ()) -> list[Participation]:
    """Give the rater's parts in studies with flags, figures and the relations asked for, the newest first."""
    rows = rater.participations.select_related("study__counted", "quality", *related).prefetch_related(
        "flags__decided_by"
    )
    return list(rows.order_by("-created_at"))


def standing_answers(*, participation: Participation) -> "QuerySet[Any]":
    """Give the answers of a part that stand, practice included, the newest first."""
    family = design_of(participation.study).family
    answers: QuerySet[Any] = family.answer._default_manager.current()  # type: ignore[attr-defined]
    return answers.filter(participation=participation).select_related("assignment", *family.shown_by).order_by("-pk")


def pictures_of(*, choices: Sequence[Any]) -> dict[UUID, Image]:
    """Give the pictures that choices were made among."""
    return Image.objects.in_bulk({image for one in choices for image in one.assignment.pair.image_ids})


def repeated_answers(*, participation: Participation) -> list[RepeatedAnswer]:
    """Give the images rated twice, those that differ most first."""
    rows = Rating.objects.current().filter(participation=participation)
    columns = ("image_id", "value", "assignment__position")
    again = rows.filter(assignment__kind=AssignmentKind.REPEAT).values_list(*columns)
    later = {image: (value, position or 0) for image, value, position in again[:MOST_REPEATS]}
    earlier = rows.filter(assignment__kind=AssignmentKind.FRESH, image__in=later).values_list(*columns)
    found = [
        RepeatedAnswer(image=image, first=value, second=later[image][0], between=later[image][1] - (position or 0))
        for image, value, position in earlier
        if value is not None
    ]
    return sorted(found, key=lambda one: -abs(one.second - one.first))


def seconds_counts(*, participation: Participation, edges: Sequence[float]) -> list[int]:
    """Count the part's answers by the time they took: between each edge and the next, the last without an end."""
    rows = standing_answers(participation=participation).filter(response_ms__isnull=False)
    counts = [0] * len(edges)
    for milliseconds in rows.values_list("response_ms", flat=True)[:MOST_TIMES]:
        counts[bisect_right(edges, milliseconds / 1000) - 1] += 1
    return counts
