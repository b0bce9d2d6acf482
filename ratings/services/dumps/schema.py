"""The columns of a dump: their names, types and meaning, in one place for files, manifest and data card."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

from ratings.registry import design_named
from ratings.values.client_facts import ClientFacts
from ratings.values.devices import Device
from ratings.values.questions import EndQuestion, Question
from ratings.values.scales import NamedScale
from ratings.values.shapes import fields_of

MOMENT = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a table."""

    name: str
    kind: pa.DataType
    meaning: str


def column(name: str, kind: pa.DataType, meaning: str) -> Column:
    """Name a column."""
    return Column(name=name, kind=kind, meaning=meaning)


CLIENT_KINDS = {
    **dict.fromkeys(("viewport_width", "viewport_height", "pixel_ratio", "shown_width", "shown_height"), pa.float64()),
    "largest_zoom": pa.float64(),
    "surround": pa.string(),
    "prompt_language": pa.string(),
}
CLIENT_COLUMNS = tuple(
    column(one.key, CLIENT_KINDS[one.key], one.note.meaning)
    for one in fields_of(ClientFacts)
    if one.key in CLIENT_KINDS
)

DEVICE_KINDS = {
    **dict.fromkeys(("touch", "mouse", "confirmed"), pa.bool_()),
    **dict.fromkeys(("screen_width", "screen_height", "colour_depth"), pa.int32()),
    "screen_pixel_ratio": pa.float64(),
}
DEVICE_COLUMNS = tuple(
    column(f"device_{one.key}", DEVICE_KINDS[one.key], f"Of the device that the rater joined on: {one.note.meaning}")
    for one in fields_of(Device)
)
WITHDRAWN_COLUMNS = (
    column("is_withdrawn", pa.bool_(), "Whether the picture, or one of those shown, was taken off the study since."),
    column("withdrawn_reason", pa.string(), "Why it was: one of the reasons in the study guide; empty otherwise."),
)

VISION_COLUMNS = (
    column(
        "vision_colours_right",
        pa.int32(),
        "Numbers that the rater read in the plates of the check of colour vision; empty where it was not asked for.",
    ),
    column(
        "vision_greys_right",
        pa.int32(),
        "Numbers that the rater read in the plates of the check of the screen; empty where it was not asked for.",
    ),
)

RATING_COLUMNS = (
    column("rater", pa.string(), "Pseudonym of the rater; the same in every dump of this installation."),
    column("image", pa.string(), "Identifier of the image."),
    column("rating", pa.float64(), "The rating, on the study's scale."),
    column("response_ms", pa.int32(), "Milliseconds from the picture being painted to the answer."),
    column(
        "kind",
        pa.string(),
        "fresh: the first showing; repeat: the same rater's second; practice; steered: made for the rater.",
    ),
    column("position", pa.int32(), "1 for the rater's first image, 2 for the second, and so on."),
    column(
        "policy",
        pa.string(),
        "How the image was chosen: burn-in, active, random, repeat, coverage, steering.",
    ),
    column(
        "propensity",
        pa.float64(),
        "Probability with which the policy chose this image from its candidates; of the test slice exact in studies of "
        "up to 400 images, in larger ones an estimate with a spread of sqrt((1 - s) / (400 s)), s being the share "
        "of images with places left that the rater had not seen.",
    ),
    column("score", pa.float64(), "The policy's value of the image, where it has one."),
    column("model_version", pa.string(), "Model that chose the image, where one did."),
    column("is_test_slice", pa.bool_(), "Drawn uniformly at random: the unbiased slice to evaluate on."),
    *CLIENT_COLUMNS,
    column("rated_at", MOMENT, "When the rating reached the server."),
    column("consent_version", pa.string(), "Version of the consent text that the rater agreed to."),
    column(
        "texts_version",
        pa.int32(),
        "Version of the study's texts that the rater saw; its words are in the manifest. Empty for older answers.",
    ),
    column("language", pa.string(), "Language of the study's texts that the rater chose last."),
    column("sha256", pa.string(), "SHA-256 of the image file as it was imported."),
    column("prompt", pa.string(), "Text from which the image was generated."),
    column("generator", pa.string(), "What generated the image."),
    column("domain", pa.string(), "Kind of image, such as art or fashion."),
    *WITHDRAWN_COLUMNS,
)

CHOICE_COLUMNS = (
    column("rater", pa.string(), "Pseudonym of the rater; the same in every dump of this installation."),
    column("choice", pa.string(), "What the rater said: left, right, or tie."),
    column("preferred", pa.string(), "The condition that was preferred; empty for a tie."),
    column("group", pa.string(), "What both pictures have in common: by default the prompt."),
    column("prompt", pa.string(), "Text from which both images were generated."),
    column("condition_left", pa.string(), "Condition of the picture on the left; sides are drawn and balanced."),
    column("condition_right", pa.string(), "Condition of the picture on the right."),
    column("image_left", pa.string(), "Identifier of the image on the left."),
    column("image_right", pa.string(), "Identifier of the image on the right."),
    column("sha256_left", pa.string(), "SHA-256 of the left image file as it was imported."),
    column("sha256_right", pa.string(), "SHA-256 of the right image file as it was imported."),
    column("response_ms", pa.int32(), "Milliseconds from both pictures being painted to the answer."),
    column("position", pa.int32(), "1 for the rater's first pair, 2 for the second, and so on."),
    column(
        "policy",
        pa.string(),
        "How the pair was chosen: coverage, of those with the fewest choices; active, by a model; random, uniformly.",
    ),
    column(
        "propensity",
        pa.float64(),
        "Probability with which the policy chose this pair from its candidates; of the test slice exact in studies of "
        "up to 400 pairs, in larger ones an estimate, as of ratings.",
    ),
    column("score", pa.float64(), "The policy's value of the pair, where it has one."),
    column("model_version", pa.string(), "Model that chose the pair, where one did."),
    column("is_test_slice", pa.bool_(), "Drawn uniformly at random: the unbiased slice to evaluate on."),
    *CLIENT_COLUMNS,
    column("chosen_at", MOMENT, "When the choice reached the server."),
    column("consent_version", pa.string(), "Version of the consent text that the rater agreed to."),
    column(
        "texts_version",
        pa.int32(),
        "Version of the study's texts that the rater saw; its words are in the manifest. Empty for older answers.",
    ),
    column("language", pa.string(), "Language of the study's texts that the rater chose last."),
    *WITHDRAWN_COLUMNS,
)

RATER_COLUMNS = (
    column("rater", pa.string(), "Pseudonym of the rater."),
    column("is_simulated", pa.bool_(), "Whether the rater is a program that plays a person."),
    column("consent_version", pa.string(), "Version of the consent text that the rater agreed to."),
    column(
        "texts_version",
        pa.int32(),
        "Version of the study's texts that the rater saw; its words are in the manifest. Empty for older answers.",
    ),
    column("language", pa.string(), "Language of the study's texts that the rater chose last."),
    *DEVICE_COLUMNS,
    *VISION_COLUMNS,
)

IMAGE_COLUMNS = (
    column("image", pa.string(), "Identifier of the image."),
    column("sha256", pa.string(), "SHA-256 of the image file as it was imported."),
    column("file_name", pa.string(), "Name of the image file as it was imported."),
    column(
        "picture_path",
        pa.string(),
        "Where the installation serves the picture, below its media address; empty for one that was taken off.",
    ),
    column("width", pa.int32(), "Width in pixels."),
    column("height", pa.int32(), "Height in pixels."),
    column("prompt", pa.string(), "Text from which the image was generated."),
    column("generator", pa.string(), "What generated the image."),
    column("domain", pa.string(), "Kind of image, such as art or fashion."),
    column("metadata", pa.string(), "Further facts about the image, as JSON."),
    *WITHDRAWN_COLUMNS,
)


PICTURE_COLUMN = column(
    "picture",
    pa.struct([("bytes", pa.binary()), ("path", pa.string())]),
    "The picture itself, re-encoded as WebP, as raters saw it at full size.",
)


def answers_table(*, design: str) -> str:
    """Name the table that holds what raters of a design answered."""
    return design_named(design).answers


def table_columns(
    *,
    design: str,
    questions: Sequence[Question],
    with_pictures: Literal[True, False],
    scales: Sequence[NamedScale],
    texts: Sequence[EndQuestion] = (),
) -> dict[str, tuple[Column, ...]]:
    """Give the tables of a dump and their columns, the answers first."""
    answers = answers_table(design=design)
    counted = column(answers, pa.int64(), f"Number of the rater's {answers} in this dump.")
    return {
        answers: design_named(design).dump.columns(scales),
        "raters": (*RATER_COLUMNS, counted, *answer_columns(questions), *text_columns(texts)),
        "images": image_columns(with_pictures=with_pictures),
    }


def image_columns(*, with_pictures: bool) -> tuple[Column, ...]:
    """Give the columns of the table of images."""
    return (*IMAGE_COLUMNS, PICTURE_COLUMN) if with_pictures else IMAGE_COLUMNS


def answer_columns(questions: Sequence[Question]) -> tuple[Column, ...]:
    """Give a column to each profile question, apart from names that are taken."""
    return tuple(
        column(f"profile_{question.key}", pa.string(), f"Answer, in bands: {question.label}") for question in questions
    )


def text_columns(texts: Sequence[EndQuestion]) -> tuple[Column, ...]:
    """Give a column to each question that was answered in free text."""
    return tuple(column(f"text_{one.key}", pa.string(), f"Answer in free text: {one.label}") for one in texts)


def arrow_schema(columns: tuple[Column, ...]) -> pa.Schema:
    """Give the Arrow schema, with each column's meaning attached, and for pictures what the datasets library needs."""
    fields = [pa.field(one.name, one.kind, metadata={"description": one.meaning}) for one in columns]
    if PICTURE_COLUMN not in columns:
        return pa.schema(fields)
    features = {one.name: feature(one.kind) for one in columns}
    return pa.schema(fields, metadata={"huggingface": json.dumps({"info": {"features": features}})})


def feature(kind: pa.DataType) -> dict[str, str]:
    """Name a type as the datasets library does."""
    if kind == PICTURE_COLUMN.kind:
        return {"_type": "Image"}
    return {"_type": "Value", "dtype": {"double": "float64"}.get(str(kind), str(kind))}
