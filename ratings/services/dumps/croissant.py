"""Describe a dump in the Croissant vocabulary, which dataset search engines and loaders read."""

import re
from typing import Any

import pyarrow as pa

from ratings.choices import DumpFormat
from ratings.services.dumps.licences import licence_address
from ratings.services.dumps.schema import (
    MOMENT,
    PICTURE_COLUMN,
    Column,
    table_columns,
)
from ratings.values.questions import stored_end_questions, stored_questions
from ratings.values.scales import stored_scales

MEDIA_TYPES = {
    DumpFormat.CSV.value: "text/csv",
    DumpFormat.JSONL.value: "application/jsonlines",
    DumpFormat.PARQUET.value: "application/x-parquet",
    DumpFormat.HF.value: "application/x-parquet",
}
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def croissant_metadata(*, manifest: dict[str, Any], files: list[dict[str, Any]]) -> dict[str, Any]:
    """Describe the files that hold tables, and the columns in them."""
    study, dump = manifest["study"], manifest["dump"]
    media_type = MEDIA_TYPES[dump["format"]]
    splits = files_of_splits(manifest)
    columns = table_columns(
        design=study["design"],
        questions=stored_questions(manifest["profile_questions"]),
        with_pictures=False,
        texts=stored_end_questions(manifest.get("free_text_questions", [])),
        scales=stored_scales(study.get("scales", [])),
    )
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": re.sub(r"[^A-Za-z0-9_-]", "-", study["slug"]),
        "description": study["summary"] or f"Opinions of images in the study {study['title']}.",
        "citeAs": cited_as(manifest),
        **({"license": licence_address(study["licence"])} if study["licence"] else {}),
        "version": f"{dump['version']}.0.0",
        "datePublished": dump["created_at"],
        "distribution": [file_object(one, media_type=media_type) for one in files]
        + [file_set(name=name, media_type=media_type) for name, paths in splits.items() if len(paths) > 1],
        "recordSet": [
            record_set(key=name, paths=paths, columns=columns[name.partition("-")[0]]) for name, paths in splits.items()
        ],
    }


def cited_as(manifest: dict[str, Any]) -> str:
    """Give how to cite a dump, as its study says, or by its title, version and date."""
    study, dump = manifest["study"], manifest["dump"]
    citation: str = study["citation"].strip()
    return citation or f"{study['title']}, version {dump['version']}, written {dump['created_at'][:10]} by Pamela."


def files_of_splits(manifest: dict[str, Any]) -> dict[str, list[str]]:
    """Give the files of each table, or of each split of it where it has several."""
    return {
        name if label == "train" else f"{name}-{label}": split["files"]
        for name, facts in manifest["tables"].items()
        for label, split in facts["splits"].items()
        if split["files"]
    }


def file_object(one: dict[str, Any], *, media_type: str) -> dict[str, Any]:
    """Describe one file."""
    return {
        "@type": "cr:FileObject",
        "@id": one["path"],
        "name": one["path"],
        "contentUrl": one["path"],
        "contentSize": f"{one['bytes']} B",
        "encodingFormat": media_type,
        "sha256": one["sha256"],
    }


def file_set(*, name: str, media_type: str) -> dict[str, Any]:
    """Describe the shards of a split together."""
    table, _, split = name.partition("-")
    return {
        "@type": "cr:FileSet",
        "@id": f"{name}-files",
        "name": f"{name}-files",
        "includes": f"{table}/{split or 'train'}-*.parquet",
        "encodingFormat": media_type,
    }


def record_set(*, key: str, paths: list[str], columns: tuple[Column, ...]) -> dict[str, Any]:
    """Describe one table, or one split of it."""
    source = {"fileSet": {"@id": f"{key}-files"}} if len(paths) > 1 else {"fileObject": {"@id": paths[0]}}
    return {
        "@type": "cr:RecordSet",
        "@id": key,
        "name": key,
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{key}/{one.name}",
                "name": one.name,
                "description": one.meaning,
                "dataType": data_type(one.kind),
                "source": {**source, "extract": {"column": one.name}},
            }
            for one in columns
            if one is not PICTURE_COLUMN
        ],
    }


def data_type(kind: pa.DataType) -> str:
    """Name a type as schema.org does."""
    if kind == MOMENT:
        return "sc:DateTime"
    if pa.types.is_boolean(kind):
        return "sc:Boolean"
    if pa.types.is_integer(kind):
        return "sc:Integer"
    return "sc:Float" if pa.types.is_floating(kind) else "sc:Text"
