"""Bring what a list tells of an image together with what is known of it where it is used."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from ratings.files.names import bare_name, normal_name
from ratings.models import StudyImage
from ratings.models.facts import Described
from ratings.services.audit import in_english, log_change
from ratings.services.ingest_sources import NOTHING_KNOWN, ImageDetails

WORDS = ("prompt", "generator", "domain")
FACTS = (*WORDS, "metadata")
LONGEST_SHOWN = 60


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A column in which a list does not say what is known of an image."""

    image: str
    column: str
    known: Any
    stated: Any

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.column} {shown(self.known)} -> {shown(self.stated)}"


def shown(value: Any) -> str:
    """Write a value, cut where it is long."""
    text = str(value)
    return repr(text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…")


def is_blank(value: Any) -> bool:
    """Tell whether a cell says nothing."""
    return value is None or value == ""


def facts_of(details: ImageDetails) -> dict[str, Any]:
    """Give what is stated about an image as the fields of a row."""
    return {name: getattr(details, name) for name in FACTS}


def complete_facts(*, row: Described, details: ImageDetails) -> bool:
    """Fill in what a row does not know yet, and say whether there was anything; what it knows stays."""
    missing = {name: stated for name in WORDS if (stated := getattr(details, name)) and not getattr(row, name)}
    for name, stated in missing.items():
        setattr(row, name, stated)
    further = {name: stated for name, stated in details.metadata.items() if name not in row.metadata}
    row.metadata = {**row.metadata, **further}
    return bool(missing or further)


def replace_facts(*, row: Described, details: ImageDetails) -> None:
    """Replace what a row holds by what is stated; what is not stated stays."""
    for name in WORDS:
        setattr(row, name, getattr(details, name) or getattr(row, name))
    row.metadata = {**row.metadata, **details.metadata}


def differing_facts(*, row: Described, image: str, details: ImageDetails) -> Iterator[Difference]:
    """Give the columns where the stated value differs from the known one; a blank cell states nothing."""
    pairs = {name: (getattr(row, name), getattr(details, name)) for name in WORDS}
    pairs |= {name: (row.metadata.get(name), stated) for name, stated in details.metadata.items()}
    for column, (known, stated) in pairs.items():
        if not is_blank(known) and not is_blank(stated) and str(known) != str(stated):
            yield Difference(image=image, column=column, known=known, stated=stated)


def differing_name(*, known: str, stated: str, details: ImageDetails) -> Iterator[Difference]:
    """Give the name if a list calls the picture otherwise; a file that no list describes may be called anything."""
    is_same = bare_name(normal_name(known)) == bare_name(normal_name(stated))
    if details != NOTHING_KNOWN and known and not is_same:
        yield Difference(image=known, column="name", known=known, stated=stated)


@transaction.atomic
def change_details(*, entry: StudyImage, changes: Mapping[str, Any], actor: User | None) -> StudyImage:
    """Change what one study says of a picture, and have models look again at what they read of it.

    What is stated takes the place of what was there, the further facts as a whole.
    """
    locked = StudyImage.objects.select_for_update(of=("self",)).select_related("study", "image").get(pk=entry.pk)
    former = {name: getattr(locked, name) for name in changes}
    fields = {name: (former[name], value) for name, value in changes.items() if former[name] != value}
    for name, (_, value) in fields.items():
        setattr(locked, name, value)
    if fields:
        locked.is_redescribed |= bool(fields.keys() & set(FACTS))
        locked.save(update_fields=[*fields, "is_redescribed"])
        log_change(target=f"{locked.study.slug} {in_english(locked)}", actor=actor, fields=fields)
    return locked
