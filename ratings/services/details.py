"""Bring what a list tells of an image together with what is known of it where it is used."""

from ratings.models.facts import Described
from ratings.services.ingest_sources import ImageDetails

WORDS = ("prompt", "generator", "domain")
FACTS = (*WORDS, "metadata")


def facts_of(details: ImageDetails) -> dict[str, object]:
    """Give what is told of an image as the fields of a row."""
    return {name: getattr(details, name) for name in FACTS}


def complete_facts(*, row: Described, details: ImageDetails) -> bool:
    """Fill in what a row does not know yet, and say whether there was anything; what it knows stays."""
    missing = {name: told for name in WORDS if (told := getattr(details, name)) and not getattr(row, name)}
    for name, told in missing.items():
        setattr(row, name, told)
    further = {name: told for name, told in details.metadata.items() if name not in row.metadata}
    row.metadata = {**row.metadata, **further}
    return bool(missing or further)
