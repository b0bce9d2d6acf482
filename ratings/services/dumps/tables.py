"""Make the three tables of a dump from the records: ratings, raters, images."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.core.files.storage import default_storage
from django.db.models import BooleanField, Case, Exists, ExpressionWrapper, F, Max, OuterRef, Q, QuerySet, Value, When
from django.db.models.fields.json import KT
from django.db.models.functions import NullIf

from ratings.choices import Policy
from ratings.models import Participation, Rating, Study, StudyImage
from ratings.selectors.named_raters import pseudonym
from ratings.services.dumps.bands import Bands, answers_among_options, banded_answers
from ratings.services.dumps.published_profiles import keep_published_bands
from ratings.services.dumps.schema import (
    CLIENT_KINDS,
    IMAGE_COLUMNS,
    MOMENT,
    PICTURE_COLUMN,
    RATING_COLUMNS,
    answers_table,
    arrow_schema,
    image_columns,
    table_columns,
)
from ratings.services.dumps.snapshot import DumpSnapshot
from ratings.values.dump_filters import DumpFilters
from ratings.values.plates import COLOUR_PLACES, SCREEN_PLACES, right_among, stored_answers

IMAGES_AT_ONCE = 100_000  # so many images' texts are held in memory
PICTURES_AT_ONCE = 32
FROM_IMAGES = ("image", "sha256", "prompt", "generator", "domain", "is_withdrawn", "withdrawn_reason")
RATING_SCHEMA = arrow_schema(RATING_COLUMNS)
IMAGE_SCHEMA = arrow_schema(IMAGE_COLUMNS)

Read = dict[str, tuple[Any, pa.DataType]]  # how a table is read: name -> (expression, type)


def is_off(moment: str) -> "ExpressionWrapper[Any]":
    """Tell of each row whether what it is about was taken off the study."""
    return ExpressionWrapper(Q(**{f"{moment}__isnull": False}), output_field=BooleanField())


READ_RATINGS = {
    "participation": (F("participation_id"), pa.string()),
    "place": (F("assignment__study_image_id"), pa.int64()),
    "rating": (F("value"), pa.float64()),
    "milliseconds": (F("response_ms"), pa.int32()),
    "kind": (F("assignment__kind"), pa.string()),
    "position": (F("assignment__position"), pa.int32()),
    "policy": (F("assignment__policy"), pa.string()),
    "propensity": (F("assignment__propensity"), pa.float64()),
    "score": (F("assignment__score"), pa.float64()),
    "model_version": (F("assignment__model_version"), pa.string()),
    **{key: (KT(f"client__{key}"), kind) for key, kind in CLIENT_KINDS.items()},
    "rated_at": (F("created_at"), MOMENT),
    "texts_version": (F("texts__number"), pa.int32()),
}
READ_IMAGES = {
    "place": (F("pk"), pa.int64()),
    "image": (F("image_id"), pa.string()),
    "sha256": (F("image__sha256"), pa.string()),
    "file_name": (F("name"), pa.string()),
    "picture_path": (Case(When(off_at__isnull=True, then=F("image__path"))), pa.string()),
    "width": (F("image__width"), pa.int32()),
    "height": (F("image__height"), pa.int32()),
    "prompt": (F("prompt"), pa.string()),
    "generator": (F("generator"), pa.string()),
    "domain": (F("domain"), pa.string()),
    "metadata": (F("metadata"), pa.string()),
    "is_withdrawn": (is_off("off_at"), pa.bool_()),
    "withdrawn_reason": (NullIf("off_reason", Value("")), pa.string()),
}
READ_RATERS = {
    "participation": (F("pk"), pa.string()),
    "rater": (F("rater_id"), pa.string()),
    "is_simulated": (F("rater__is_simulated"), pa.bool_()),
    "consent_version": (F("consent_version"), pa.string()),
    "texts_version": (F("texts__number"), pa.int32()),
    "language": (F("language"), pa.string()),
    "answers": (F("rater__profile__answers"), pa.string()),
    "end_answers": (F("end_answers"), pa.string()),
    "device": (F("device"), pa.string()),
    "vision": (F("vision"), pa.string()),
}


@dataclass(kw_only=True)
class Tally:
    """What the ratings of a dump add up to."""

    ratings: int = 0
    by_participation: Counter[str] = field(default_factory=Counter)
    by_kind: Counter[str] = field(default_factory=Counter)
    by_policy: Counter[str] = field(default_factory=Counter)
    model_versions: Counter[str] = field(default_factory=Counter)

    def add(self, rows: pa.Table) -> None:
        """Count a piece."""
        self.ratings += rows.num_rows
        columns = {
            "participation": self.by_participation,
            "kind": self.by_kind,
            "policy": self.by_policy,
            "model_version": self.model_versions,
        }
        for name, counter in columns.items():
            if name in rows.column_names:
                counted = pc.value_counts(rows[name]).to_pylist()
                counter.update({one["values"]: one["counts"] for one in counted if one["values"]})


def read_schema(read: dict[str, tuple[Any, pa.DataType]]) -> pa.Schema:
    """Give the types in which the database's answer is parsed."""
    return pa.schema([(name, kind) for name, (_, kind) in read.items()])


def read_rows(rows: "QuerySet[Any]", read: dict[str, tuple[Any, pa.DataType]]) -> "QuerySet[Any, Any]":
    """Ask for the columns, in order."""
    return rows.values_list(*(expression for expression, _ in read.values()))


def people_table(*, source: DumpSnapshot, study: Study) -> pa.Table:
    """Read everybody who takes part, under their pseudonyms."""
    rows = Participation.objects.filter(study=study).order_by("created_at", "pk")
    people = source.table(read_rows(rows, READ_RATERS), schema=read_schema(READ_RATERS))
    names = pa.array([pseudonym(rater=rater) for rater in people["rater"].to_pylist()], pa.string())
    return people.set_column(people.schema.get_field_index("rater"), "rater", names)


def ordinal_ranges(*, study: Study) -> list[range]:
    """Cut the study's images into pieces that fit in memory."""
    last = StudyImage.objects.filter(study=study).aggregate(last=Max("ordinal"))["last"]
    count = 0 if last is None else last + 1
    return [range(start, start + IMAGES_AT_ONCE) for start in range(0, max(1, count), IMAGES_AT_ONCE)]


def known_images(
    *, source: DumpSnapshot, study: Study, ordinals: range, among: "QuerySet[StudyImage] | None" = None
) -> pa.Table:
    """Read a piece of the study's images, or of some of them."""
    entries = StudyImage.objects.all() if among is None else among
    rows = entries.filter(study=study, ordinal__gte=ordinals.start, ordinal__lt=ordinals.stop)
    return source.table(read_rows(rows.order_by("ordinal"), READ_IMAGES), schema=read_schema(READ_IMAGES))


def image_tables(*, source: DumpSnapshot, study: Study) -> Iterator[pa.Table]:
    """Stream the study's images; of those taken off it, the ones that were rated."""
    rated = Exists(Rating.objects.filter(assignment__study_image=OuterRef("pk")))
    among = StudyImage.objects.filter(Q(off_at__isnull=True) | rated)
    for ordinals in ordinal_ranges(study=study):
        images = known_images(source=source, study=study, ordinals=ordinals, among=among)
        yield images.select(IMAGE_SCHEMA.names).cast(IMAGE_SCHEMA)


def with_pictures(images: pa.Table) -> Iterator[pa.Table]:
    """Add the pictures themselves, a few at a time: they are large."""
    for start in range(0, images.num_rows, PICTURES_AT_ONCE):
        piece = images.slice(start, PICTURES_AT_ONCE)
        paths = piece["picture_path"].to_pylist()
        pictures = [{"bytes": stored_bytes(path), "path": path} if path else None for path in paths]
        columns = [*piece.columns, pa.array(pictures, PICTURE_COLUMN.kind)]
        yield pa.table(columns, schema=arrow_schema(image_columns(with_pictures=True)))


def stored_bytes(path: str) -> bytes:
    """Read a picture's file."""
    with default_storage.open(path) as stream:
        content: bytes = stream.read()
    return content


@dataclass(frozen=True, kw_only=True)
class RatingTable:
    """How ratings are read, and the columns that become of it."""

    read: Read
    schema: pa.Schema


def rating_table(further: Read) -> RatingTable:
    """Add columns that a design's ratings have besides."""
    fields = [pa.field(name, kind) for name, (_, kind) in further.items()]
    return RatingTable(read=READ_RATINGS | further, schema=pa.schema([*RATING_SCHEMA, *fields]))


def rating_tables(
    *,
    source: DumpSnapshot,
    study: Study,
    answers: "QuerySet[Rating]",
    people: pa.Table,
    tally: Tally,
    table: RatingTable | None = None,
) -> Iterator[pa.Table]:
    """Stream the ratings, with what is known of their raters and images; count them on the way."""
    table = table or rating_table({})
    pieces = ordinal_ranges(study=study)
    for ordinals in pieces:
        images = known_images(source=source, study=study, ordinals=ordinals)
        bounds = {
            "assignment__study_image__ordinal__gte": ordinals.start,
            "assignment__study_image__ordinal__lt": ordinals.stop,
        }
        rows = answers.filter(**bounds) if len(pieces) > 1 else answers
        for piece in source.tables(read_rows(rows, table.read), schema=read_schema(table.read)):
            tally.add(piece)
            yield described_ratings(piece, people=people, images=images, table=table)


def described_ratings(rows: pa.Table, *, people: pa.Table, images: pa.Table, table: RatingTable) -> pa.Table:
    """Put the columns of a dump together from what was read."""
    who = people.take(pc.index_in(rows["participation"], people["participation"]))
    what = images.take(pc.index_in(rows["place"], images["place"]))
    columns = {name: rows[name] for name in table.read if name in table.schema.names}
    columns |= {name: what[name] for name in FROM_IMAGES}
    columns |= {
        "rater": who["rater"],
        "consent_version": who["consent_version"],
        "language": who["language"],
        "response_ms": rows["milliseconds"],
        "is_test_slice": pc.equal(rows["policy"], Policy.RANDOM.value),
    }
    return pa.table([columns[name] for name in table.schema.names], schema=table.schema)


def vision_figures(stored: Mapping[str, Any], *, study: Study) -> dict[str, int]:
    """Count the numbers that a rater read in the plates, as far as the study asks for them."""
    answers = stored_answers(stored)
    asked = {
        "vision_colours_right": COLOUR_PLACES if study.checks_colour_vision else (),
        "vision_greys_right": SCREEN_PLACES if study.checks_screen else (),
    }
    return {name: right_among(answers, places) for name, places in asked.items() if places and answers}


def make_raters_table(*, people: pa.Table, study: Study, tally: Tally, filters: DumpFilters) -> pa.Table:
    """Describe those who have answers in the dump, their profiles in bands that enough of them share."""
    texts = study.texts_in_dumps if filters.include_free_text else ()
    dumped = [row for row in people.to_pylist() if row["participation"] in tally.by_participation]
    ended = [json.loads(row["end_answers"] or "{}") for row in dumped]
    everything = [
        {
            "participation": row["participation"],
            "is_simulated": row["is_simulated"],
            "answers": json.dumps({**json.loads(row["answers"] or "{}"), **{f"end_{key}": end[key] for key in end}}),
        }
        for row, end in zip(dumped, ended, strict=True)
    ]
    banded = make_bands(people=everything, study=study, for_publication=filters.for_publication)
    rows = [
        {
            **row,
            **answers,
            **vision_figures(json.loads(row["vision"] or "{}"), study=study),
            **{f"device_{key}": value for key, value in json.loads(row["device"] or "{}").items()},
            **{f"text_{one.key}": end.get(one.key) for one in texts},
            answers_table(design=study.design): tally.by_participation[row["participation"]],
        }
        for row, answers, end in zip(dumped, banded, ended, strict=True)
    ]
    columns = table_columns(
        design=study.design,
        questions=study.questions_in_dumps,
        with_pictures=False,
        scales=study.named_scales,
        texts=texts,
    )
    return pa.Table.from_pylist(rows, schema=arrow_schema(columns["raters"]))


def make_bands(*, people: list[dict[str, Any]], study: Study, for_publication: bool) -> list[Bands]:
    """Band the profiles of people; programs are no cover for them, and have nothing to hide."""
    questions = study.questions_in_dumps
    programs = [one for one in people if one["is_simulated"]]
    humans = [one for one in people if not one["is_simulated"]]
    if for_publication:
        banded = keep_published_bands(study=study, people=humans, questions=questions)
    else:
        banded = banded_answers(people=humans, questions=questions)
    bands = {one["participation"]: row for one, row in zip(humans, banded, strict=True)}
    plain = answers_among_options(people=programs, questions=questions)
    bands |= {one["participation"]: row for one, row in zip(programs, plain, strict=True)}
    return [bands[one["participation"]] for one in people]
