"""Make the tables of a dump of choices among several pictures, and of the images that were compared."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial, reduce
from operator import or_
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db.models import F, Q, Value
from django.db.models.fields.json import KT
from django.db.models.functions import NullIf

from ratings.choices import Policy
from ratings.models import Pair, Study, StudyImage
from ratings.models.pair import IMAGE_FIELDS, ChoiceQuerySet
from ratings.services.dumps.contents import Contents, DesignDump
from ratings.services.dumps.filters import chosen_answers
from ratings.services.dumps.schema import CLIENT_KINDS, IMAGE_COLUMNS, MOMENT, Column, arrow_schema
from ratings.services.dumps.snapshot import DumpSnapshot
from ratings.services.dumps.tables import READ_IMAGES, Read, Tally, is_off, read_rows, read_schema

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
    "policy": (F("assignment__policy"), pa.string()),
    "probability": (F("assignment__propensity"), pa.float64()),
    "score": (F("assignment__score"), pa.float64()),
    "model_version": (F("assignment__model_version"), pa.string()),
    **{key: (KT(f"client__{key}"), kind) for key, kind in CLIENT_KINDS.items()},
    "chosen_at": (F("created_at"), MOMENT),
    "texts_version": (F("texts__number"), pa.int32()),
    "is_withdrawn": (is_off("assignment__pair__off_at"), pa.bool_()),
    "withdrawn_reason": (NullIf("assignment__pair__off_reason", Value("")), pa.string()),
}


@dataclass(frozen=True, kw_only=True)
class ChoiceTable:
    """How choices of a design are read, and the columns that become of it."""

    read: Read
    columns: tuple[Column, ...]
    chosen: Callable[[pa.Table], dict[str, Any]]  # (rows as read) -> what was shown, and what was chosen of it


def comparison_dump(*, table: ChoiceTable, collected: str, contents: Contents) -> DesignDump:
    """Give what dumps of a design hold that shows several pictures at once."""
    return DesignDump(
        columns=lambda _: table.columns,
        unfit_filters=("domains", "include_practice"),
        dumped_answers=chosen_answers,
        answer_tables=partial(choice_tables, table=table),
        image_tables=compared_image_tables,
        collected=collected,
        contents=contents,
    )


def choice_tables(
    *,
    table: ChoiceTable,
    source: DumpSnapshot,
    study: Study,  # noqa: ARG001 - as of ratings, whose images are read by study
    answers: ChoiceQuerySet,
    people: pa.Table,
    tally: Tally,
) -> Iterator[pa.Table]:
    """Stream the choices, with what is known of their raters and pictures; count them on the way."""
    for piece in source.tables(read_rows(answers, table.read), schema=read_schema(table.read)):
        tally.add(piece)
        yield described_choices(piece, people=people, table=table)


def described_choices(rows: pa.Table, *, people: pa.Table, table: ChoiceTable) -> pa.Table:
    """Put the columns of a dump together."""
    who = people.take(pc.index_in(rows["participation"], people["participation"]))
    schema = arrow_schema(table.columns)
    columns: dict[str, Any] = {name: rows[name] for name in table.read if name in schema.names}
    columns |= {
        "rater": who["rater"],
        "consent_version": who["consent_version"],
        "language": who["language"],
        "response_ms": rows["milliseconds"],
        "position": rows["place"],
        "propensity": rows["probability"],
        "is_test_slice": pc.equal(rows["policy"], Policy.RANDOM.value),
    }
    columns |= table.chosen(rows)
    return pa.table([columns[name] for name in schema.names], schema=schema)


def contents_of(counts: Mapping[str, int], rule: str) -> str:
    """Say how much of what a dump holds, and by which rule it was chosen."""
    return f"{counts['choices']:,} choices among {counts['images']:,} images by {counts['raters']:,} raters, {rule}"


def compared_image_tables(*, source: DumpSnapshot, study: Study) -> Iterator[pa.Table]:
    """Stream the images of the study's pairs; of those taken off it, the ones that were compared."""
    schema = arrow_schema(IMAGE_COLUMNS)
    pairs = Pair.objects.filter(Q(off_at__isnull=True) | Q(taken__gt=0), study=study).order_by()
    shown = reduce(or_, (Q(image__in=pairs.values(name)) for name in IMAGE_FIELDS))
    rows = StudyImage.objects.filter(shown, study=study).order_by("image")
    for piece in source.tables(read_rows(rows, READ_IMAGES), schema=read_schema(READ_IMAGES)):
        yield piece.select(schema.names).cast(schema)
