"""Describe what a dump holds: `manifest.json` for programs, `README.md` for people."""

import hashlib
import json
import platform
from collections.abc import Collection, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from ratings.choices import DumpFormat, JobState
from ratings.models import Dump, Study, TextVersion
from ratings.registry import design_named, design_of
from ratings.selectors.quality import flagged_rater_count
from ratings.services.dumps.bands import SMALLEST_GROUP
from ratings.services.dumps.croissant import cited_as, croissant_metadata
from ratings.services.dumps.licences import licence_lines, licence_words
from ratings.services.dumps.methods import methods
from ratings.services.dumps.schema import answers_table
from ratings.services.dumps.tables import Tally
from ratings.services.dumps.writers import OpenFiles
from ratings.values.dump_filters import DumpFilters

MANIFEST = "manifest.json"
MANIFEST_VERSION = 1
STUDY_FACTS = (
    "slug", "title", "summary", "licence", "citation", "design", "ties_allowed", "instructions", "consent_version",
    "scale_kind", "scale_min", "scale_max",
    "scale_step", "scale_labels", "show_prompt", "minimum_view_ms", "surround", "longest_side",
    "target", "quota", "practice_count", "burn_in", "random_share", "repeat_share",
    "repeat_gap", "uniform_floor", "retrain_every", "encoder_key", "is_demo",
)  # fmt: skip
PROFILES_AGREE = (
    "That also holds of all dumps for publication of this study together: a later one says of a rater what an earlier "
    "one said, or less. Times are days, sizes of screens are rounded to 100 pixels and their ratios to halves, and "
    "where the pictures are served is left out."
)
SIZE_CATEGORIES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


def file_digest(path: Path) -> str:
    """Give the SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def software_versions() -> dict[str, str]:
    """Name the programs that made the dump."""
    major, minor = divmod(connection.pg_version, 10_000)  # type: ignore[attr-defined]
    return {
        "pamela": settings.PAMELA_VERSION,
        "python": platform.python_version(),
        "postgresql": f"{major}.{minor}",
        "pyarrow": version("pyarrow"),
    }


def empty_note(*, study: Study, filters: DumpFilters) -> str:
    """Say why a dump has no answers."""
    answers = answers_table(design=study.design)
    if study.is_demo and not filters.include_simulated:
        return (
            f"No {answers}: the raters of this study are simulated and left out unless simulated raters are included."
        )
    return f"No {answers} match: nobody has answered yet, or the filters leave everything out."


def several_dumps_note(*, dump: Dump, filters: DumpFilters) -> str:
    """Warn who has a further dump with profiles of its own: groups of five hold in each, and not between them."""
    study = dump.study
    if filters.for_publication or not study.questions_in_dumps:
        return ""
    earlier = Dump.objects.filter(study=study, state=JobState.READY, version__lt=dump.version)
    newest = earlier.order_by("-version").values_list("version", flat=True).first()
    if newest is None:
        return ""
    return (
        f"There is a dump of this study already, version {newest}, and together they can single out raters whom "
        "neither shows: publish dumps that were made for publication, which agree with each other."
    )


def make_manifest(*, dump: Dump, filters: DumpFilters, files: Mapping[str, OpenFiles], tally: Tally) -> dict[str, Any]:
    """Describe the dump for programs; the checksums are added once every file is written."""
    study = dump.study
    tables = {name: table.facts() for name, table in files.items()}
    return {
        "manifest_version": MANIFEST_VERSION,
        "study": {name: getattr(study, name) for name in dict.fromkeys((*STUDY_FACTS, *design_of(study).settings))},
        "profile_questions": [question.shown() for question in study.questions_in_dumps],
        "free_text_questions": [one.as_json() for one in study.texts_in_dumps] if filters.include_free_text else [],
        "methods": methods(study=study, filters=filters, tally=tally),
        "texts": [described_texts(texts) for texts in study.text_versions.filter(sealed_at__isnull=False)],
        "dump": {
            "version": dump.version,
            "format": dump.format,
            "filters": filters.as_json(),
            "created_at": timezone.now().isoformat(timespec="seconds"),
            "smallest_group": SMALLEST_GROUP,
            "flagged_raters_left_out": flagged_rater_count(study=study) if filters.leave_out_flagged else 0,
        },
        "counts": {name: facts["rows"] for name, facts in tables.items()},
        "note": several_dumps_note(dump=dump, filters=filters)
        if tally.ratings
        else empty_note(study=study, filters=filters),
        "tables": tables,
        "model_versions": sorted(tally.model_versions),
        "software": software_versions(),
    }


def described_texts(texts: TextVersion) -> dict[str, Any]:
    """Give a version of what the study said to its raters and asked, in every language."""
    return {
        "version": texts.number,
        "digest": texts.digest,
        "consent_version": texts.consent_version,
        "note": texts.note,
        "from": texts.sealed_at.isoformat(timespec="seconds") if texts.sealed_at else None,
        "content": texts.content,
    }


def write_card_and_manifest(*, folder: Path, manifest: dict[str, Any]) -> dict[str, Any]:
    """Write both files, the manifest last and with the checksum of everything else; give it complete."""
    digests = file_facts(folder)
    croissant = json.dumps(croissant_metadata(manifest=manifest, files=digests), indent=2, ensure_ascii=False)
    (folder / "croissant.json").write_text(croissant + "\n", encoding="utf-8")
    (folder / "README.md").write_text(data_card(manifest), encoding="utf-8")
    known = {one["path"] for one in digests}
    complete = {**manifest, "files": digests + file_facts(folder, without=known)}
    text = json.dumps(complete, indent=2, ensure_ascii=False)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
    return complete


def file_facts(folder: Path, *, without: Collection[str] = ()) -> list[dict[str, Any]]:
    """Give path, size and checksum of each file, but for those named."""
    paths = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return [
        {"path": name, "bytes": path.stat().st_size, "sha256": file_digest(path)}
        for name, path in paths.items()
        if name not in without
    ]


def yaml_header(manifest: dict[str, Any]) -> str:
    """Give the header that dataset hubs read; JSON texts are YAML texts."""
    answers = answers_table(design=manifest["study"]["design"])
    size = next((name for limit, name in SIZE_CATEGORIES if manifest["counts"][answers] < limit), "1M<n<10M")
    lines = [
        "---",
        f"pretty_name: {json.dumps(manifest['study']['title'], ensure_ascii=False)}",
        *licence_lines(manifest["study"]["licence"]),
        "tags: [aesthetics, preference, personalization, text-to-image]",
        f"size_categories: [{json.dumps(size)}]",
    ]
    if manifest["dump"]["format"] == DumpFormat.HF:
        lines.append("configs:")
        for name, facts in manifest["tables"].items():
            lines += [f"- config_name: {name}", *(["  default: true"] if name == answers else []), "  data_files:"]
            for split in facts["splits"]:
                lines += [f"  - split: {split}", f"    path: {name}/{split}-*.parquet"]
    return "\n".join([*lines, "---"])


def column_list(facts: dict[str, Any]) -> str:
    """List a table's columns and their meaning."""
    rows = [f"| `{one['name']}` | {one['type']} | {one['meaning'].replace('|', '/')} |" for one in facts["columns"]]
    return "\n".join(["| column | type | meaning |", "|---|---|---|", *rows])


def method_list(manifest: dict[str, Any]) -> str:
    """Write the methods section, a paragraph under each heading."""
    return "\n\n".join(f"**{name}.** {text}" for name, text in manifest["methods"]["text"].items())


def citation_lines(manifest: dict[str, Any]) -> str:
    """Say how to cite the dump; BibTeX stands as it is."""
    citation = cited_as(manifest)
    return f"```bibtex\n{citation}\n```" if citation.startswith("@") else citation


def data_card(manifest: dict[str, Any]) -> str:
    """Describe the dump for people."""
    study, dump, counts = manifest["study"], manifest["dump"], manifest["counts"]
    held = design_named(study["design"]).dump
    tables = "\n\n".join(
        f"### {name}: {facts['rows']:,} rows\n\n{column_list(facts)}" for name, facts in manifest["tables"].items()
    )
    left_out = "" if dump["filters"]["include_simulated"] else " Simulated raters are left out."
    flagged = dump["flagged_raters_left_out"]
    left_out += f" {flagged} raters with a confirmed flag about their answers are left out." if flagged else ""
    note = f"\n> {manifest['note']}\n" if manifest["note"] else ""
    agreement = f" {PROFILES_AGREE}" if dump["filters"]["for_publication"] else ""
    return f"""{yaml_header(manifest)}

# {study["title"]}, version {dump["version"]}

{study["summary"]}
{note}
{held.contents(study, counts)}, written {dump["created_at"]}.{left_out}

## How it was collected

{held.collected}

{method_list(manifest)}

## Licence and citation

{licence_words(study["licence"])}

{citation_lines(manifest)}

## Privacy

Raters are known by a keyed pseudonym. Profile answers are optional and are given in bands; so many are
left out that whatever is published of a rater, all answers together, is the same for at least
{dump["smallest_group"]} raters.{agreement} A rater who has withdrawn is not in this dump and will be in no later one.

## Tables

{tables}

## Files

`croissant.json` describes the tables to machines, in the Croissant vocabulary.
`manifest.json` lists every file with its SHA-256, the filters, the study's settings, the versions of
the software and models involved, under `methods` the numbers of the methods section, and under `texts`
every version of what raters read and were asked (consent, instructions, questions, words of the scale),
in every language, with its digest.
"""
