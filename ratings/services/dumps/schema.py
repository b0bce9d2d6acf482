"""The columns of a dump: their names, types and meaning, in one place for files, manifest and data card."""

import json
from dataclasses import dataclass

import pyarrow as pa

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


RATING_COLUMNS = (
    column("rater", pa.string(), "Pseudonym of the rater; the same in every dump of this installation."),
    column("image", pa.string(), "Identifier of the image."),
    column("rating", pa.float64(), "The rating, on the study's scale."),
    column("response_ms", pa.int32(), "Milliseconds from the picture being painted to the answer."),
    column("kind", pa.string(), "fresh: the first showing; repeat: shown again to the same rater; practice."),
    column("position", pa.int32(), "1 for the rater's first image, 2 for the second, and so on."),
    column("policy", pa.string(), "How the image was chosen: burn-in, active, random, repeat, coverage, practice."),
    column("propensity", pa.float64(), "Probability with which the policy chose this image from its candidates."),
    column("score", pa.float64(), "The policy's value of the image, where it has one."),
    column("model_version", pa.string(), "Model that chose the image, where one did."),
    column("is_test_slice", pa.bool_(), "Drawn uniformly at random: the unbiased slice to evaluate on."),
    column("viewport_width", pa.float64(), "Width of the browser's viewport in CSS pixels."),
    column("viewport_height", pa.float64(), "Height of the browser's viewport in CSS pixels."),
    column("pixel_ratio", pa.float64(), "Device pixels per CSS pixel."),
    column("shown_width", pa.float64(), "Width at which the picture was shown, in CSS pixels."),
    column("shown_height", pa.float64(), "Height at which the picture was shown, in CSS pixels."),
    column("rated_at", MOMENT, "When the rating reached the server."),
    column("consent_version", pa.string(), "Version of the consent text that the rater agreed to."),
    column("sha256", pa.string(), "SHA-256 of the image file as it was imported."),
    column("prompt", pa.string(), "Text from which the image was generated."),
    column("generator", pa.string(), "What generated the image."),
    column("domain", pa.string(), "Kind of image, such as art or fashion."),
)

RATER_COLUMNS = (
    column("rater", pa.string(), "Pseudonym of the rater."),
    column("is_simulated", pa.bool_(), "Whether the rater is a program that plays a person."),
    column("consent_version", pa.string(), "Version of the consent text that the rater agreed to."),
    column("ratings", pa.int64(), "Number of the rater's ratings in this dump."),
)

IMAGE_COLUMNS = (
    column("image", pa.string(), "Identifier of the image."),
    column("sha256", pa.string(), "SHA-256 of the image file as it was imported."),
    column("file_name", pa.string(), "Name of the image file as it was imported."),
    column("picture_path", pa.string(), "Where the installation serves the picture, below its media address."),
    column("width", pa.int32(), "Width in pixels."),
    column("height", pa.int32(), "Height in pixels."),
    column("prompt", pa.string(), "Text from which the image was generated."),
    column("generator", pa.string(), "What generated the image."),
    column("domain", pa.string(), "Kind of image, such as art or fashion."),
    column("metadata", pa.string(), "Further facts about the image, as JSON."),
)


PICTURE_COLUMN = column(
    "picture",
    pa.struct([("bytes", pa.binary()), ("path", pa.string())]),
    "The picture itself, re-encoded as WebP, as raters saw it at full size.",
)


def image_columns(*, with_pictures: bool) -> tuple[Column, ...]:
    """Give the columns of the table of images."""
    return (*IMAGE_COLUMNS, PICTURE_COLUMN) if with_pictures else IMAGE_COLUMNS


def answer_columns(questions: list[dict[str, object]]) -> tuple[Column, ...]:
    """Give a column to each profile question, apart from names that are taken."""
    return tuple(
        column(f"profile_{question['key']}", pa.string(), f"Answer, in bands: {question.get('label', question['key'])}")
        for question in questions
        if question.get("key")
    )


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
