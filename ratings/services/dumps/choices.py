"""Make the tables of a pairwise study's dump: choices, and the images that were compared."""

from collections.abc import Iterator
from functools import reduce
from operator import or_
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db.models import F, Q
from django.db.models.fields.json import KT

from ratings.choices import Answer, Side
from ratings.models import Choice, Pair, Study, StudyImage
from ratings.models.pair import IMAGE_FIELDS, ChoiceQuerySet
from ratings.services.dumps.schema import CHOICE_COLUMNS, CLIENT_KINDS, IMAGE_COLUMNS, MOMENT, arrow_schema
from ratings.services.dumps.snapshot import DumpSnapshot
from ratings.services.dumps.tables import READ_IMAGES, Tally, read_rows, read_schema
from ratings.values.dump_filters import DumpFilters

CHOICE_SCHEMA = arrow_schema(CHOICE_COLUMNS)
SIDED = ("condition", "image", "sha256")

READ_CHOICES = {
    "participation": (F("participation_id"), pa.string()),
    "choice": (F("answer"), pa.string()),
    "placed": (F("assignment__left"), pa.string()),
    "group": (F("assignment__pair__group"), pa.string()),
    "prompt": (F("assignment__pair__prompt"), pa.string()),
    "condition_a": (F("assignment__pair__condition_a"), pa.string()),
    "condition_b": (F("assignment__pair__condition_b"), pa.string()),
    "image_a": (F("assignment__pair__image_a_id"), pa.string()),
    "image_b": (F("assignment__pair__image_b_id"), pa.string()),
    "sha256_a": (F("assignment__pair__image_a__sha256"), pa.string()),
    "sha256_b": (F("assignment__pair__image_b__sha256"), pa.string()),
    "milliseconds": (F("response_ms"), pa.int32()),
    "place": (F("assignment__position"), pa.int32()),
    "probability": (F("assignment__propensity"), pa.float64()),
    **{key: (KT(f"client__{key}"), kind) for key, kind in CLIENT_KINDS.items()},
    "chosen_at": (F("created_at"), MOMENT),
    "texts_version": (F("texts__number"), pa.int32()),
}


def dumped_choices(*, study: Study, filters: DumpFilters) -> ChoiceQuerySet:
    """Give the current choices that pass the filters."""
    choices = Choice.objects.current().filter(participation__study=study)
    if not filters.include_simulated:
        choices = choices.filter(participation__rater__is_simulated=False)
    if filters.leave_out_flagged:
        choices = choices.without_flagged()
    conditions = {
        "created_at__gte": filters.since,
        "created_at__lt": filters.until,
        "participation__consent_version__in": filters.consent_versions,
    }
    return choices.filter(**{name: value for name, value in conditions.items() if value}).order_by()


def choice_tables(
    *,
    source: DumpSnapshot,
    study: Study,  # noqa: ARG001 - as of ratings, whose images are read by study
    answers: ChoiceQuerySet,
    people: pa.Table,
    tally: Tally,
) -> Iterator[pa.Table]:
    """Stream the choices, with what is known of their raters and pairs; count them on the way."""
    for piece in source.tables(read_rows(answers, READ_CHOICES), schema=read_schema(READ_CHOICES)):
        tally.add(piece)
        yield described_choices(piece, people=people)


def described_choices(rows: pa.Table, *, people: pa.Table) -> pa.Table:
    """Put the columns of a dump together: what stood left and right, and which condition was preferred."""
    who = people.take(pc.index_in(rows["participation"], people["participation"]))
    is_a_left = pc.equal(rows["placed"], Side.A.value)
    columns: dict[str, Any] = {name: rows[name] for name in READ_CHOICES if name in CHOICE_SCHEMA.names}
    for name in SIDED:
        columns[f"{name}_left"] = pc.if_else(is_a_left, rows[f"{name}_a"], rows[f"{name}_b"])
        columns[f"{name}_right"] = pc.if_else(is_a_left, rows[f"{name}_b"], rows[f"{name}_a"])
    decided = pc.if_else(
        pc.equal(rows["choice"], Answer.LEFT.value), columns["condition_left"], columns["condition_right"]
    )
    columns |= {
        "rater": who["rater"],
        "consent_version": who["consent_version"],
        "language": who["language"],
        "preferred": pc.if_else(pc.equal(rows["choice"], Answer.TIE.value), None, decided),
        "response_ms": rows["milliseconds"],
        "position": rows["place"],
        "propensity": rows["probability"],
    }
    return pa.table([columns[name] for name in CHOICE_SCHEMA.names], schema=CHOICE_SCHEMA)


def compared_image_tables(*, source: DumpSnapshot, study: Study) -> Iterator[pa.Table]:
    """Stream the images of the study's pairs."""
    schema = arrow_schema(IMAGE_COLUMNS)
    pairs = Pair.objects.filter(study=study).order_by()
    shown = reduce(or_, (Q(image__in=pairs.values(name)) for name in IMAGE_FIELDS))
    rows = StudyImage.objects.filter(shown, study=study).order_by("image")
    for piece in source.tables(read_rows(rows, READ_IMAGES), schema=read_schema(READ_IMAGES)):
        yield piece.select(schema.names).cast(schema)
