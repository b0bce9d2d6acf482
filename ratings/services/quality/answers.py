"""The standing answers of a study as arrays."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any
from uuid import UUID

import numpy as np
from django.db.models import Case, F, FloatField, Value, When
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from numpy.typing import NDArray

from ratings.choices import AssignmentKind
from ratings.models import Choice, Rating, Study
from ratings.registry import comparison_of

CHUNK = 20_000
KINDS = (AssignmentKind.FRESH.value, AssignmentKind.REPEAT.value, AssignmentKind.ATTENTION.value)
PAIR = "assignment__pair__"
FURTHER = tuple(Case(When(**{f"{PAIR}image_{side}__isnull": False}, then=1), default=0) for side in "cde")
PICTURES = Value(2) + FURTHER[0] + FURTHER[1] + FURTHER[2]  # shown at once
COLUMNS = (
    "participation_id", "image_id", "chosen", "response_ms", "assignment__kind", "assignment__position",
    "assignment__study_image__attention_value",
)  # fmt: skip

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Answers:
    """One row per standing answer, ordered by rater and position; practice is left out."""

    raters: list[UUID]
    rater: Codes  # (n,) places in `raters`
    image: Codes  # (n,) numbers from 0
    value: Floats  # (n,)
    seconds: Floats  # (n,) NaN where unknown
    kind: NDArray[np.str_]  # (n,)
    asked: Floats  # (n,) the value an attention check asks for, else NaN

    def only(self, mask: NDArray[np.bool_] | slice) -> "Answers":
        """Keep some rows."""
        names = ("rater", "image", "value", "seconds", "kind", "asked")
        return replace(self, **{name: getattr(self, name)[mask] for name in names})

    def of_kind(self, kind: str) -> "Answers":
        """Keep the rows of a kind."""
        return self.only(self.kind == kind)

    def of_rater(self, number: int) -> "Answers":
        """Keep the rows of a rater, who holds one stretch of them."""
        return self.only(slice(*np.searchsorted(self.rater, [number, number + 1])))


def study_answers(*, study: Study, scale: str = "") -> Answers:
    """Read the answers of a study that stand; of several scales the main one, unless another is named."""
    ratings = Rating.objects.current().filter(participation__study=study, assignment__kind__in=KINDS)
    if scale:
        ratings = ratings.filter(**{f"scales__{scale}__isnull": False})
    column = Cast(KT(f"scales__{scale}"), FloatField()) if scale else F("value")
    rows = (
        ratings.annotate(chosen=column)
        .order_by("participation_id", "assignment__position", "pk")
        .values_list(*COLUMNS)
        .iterator(chunk_size=CHUNK)
    )
    raters: dict[UUID, int] = {}
    images: dict[UUID, int] = {}
    pieces = [coded(piece, raters=raters, images=images) for piece in pieces_of(rows)]
    columns = [np.concatenate(column) for column in zip(*pieces, strict=True)] if pieces else [np.empty(0)] * 6
    rater, image, value, seconds, kind, asked = columns
    return Answers(
        raters=list(raters),
        rater=rater.astype(np.int64),
        image=image.astype(np.int64),
        value=value,
        seconds=seconds,
        kind=kind.astype(str),
        asked=asked,
    )


def study_choices(*, study: Study) -> Answers:
    """Read the choices of a study that stand, as the place that was preferred: 0 the first, 1 the last."""
    position = comparison_of(study).position
    rows = (
        Choice.objects.current()
        .filter(participation__study=study)
        .order_by("participation_id", "assignment__position", "pk")
        .values_list("participation_id", "assignment__pair_id", "answer", "response_ms", PICTURES)
    )
    found = list(rows.iterator(chunk_size=CHUNK))
    raters: dict[UUID, int] = {}
    pairs: dict[int, int] = {}
    return Answers(
        rater=np.array([raters.setdefault(row[0], len(raters)) for row in found], np.int64),
        raters=list(raters),
        image=np.array([pairs.setdefault(row[1], len(pairs)) for row in found], np.int64),
        value=np.array([position(row[2], row[4]) for row in found], np.float64),
        seconds=np.array([row[3] for row in found], np.float64) / 1000,
        kind=np.full(len(found), AssignmentKind.FRESH.value),
        asked=np.full(len(found), np.nan),
    )


def pieces_of(rows: Iterator[Any]) -> Iterator[list[Any]]:
    """Cut rows into pieces."""
    while piece := list(islice(rows, CHUNK)):
        yield piece


def coded(piece: list[Any], *, raters: dict[UUID, int], images: dict[UUID, int]) -> tuple[NDArray[Any], ...]:
    """Turn rows into columns, with raters and images numbered in the order they come."""
    who, what, value, milliseconds, kind, _, asked = zip(*piece, strict=True)
    return (
        np.array([raters.setdefault(one, len(raters)) for one in who], np.int64),
        np.array([images.setdefault(one, len(images)) for one in what], np.int64),
        np.array(value, np.float64),
        np.array(milliseconds, np.float64) / 1000,
        np.array(kind),
        np.array(asked, np.float64),
    )
