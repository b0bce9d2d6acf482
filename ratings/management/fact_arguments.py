"""Make arguments of a command from facts with a shape: it takes exactly the fields that the fact has."""

from argparse import ArgumentParser
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from django.utils.dateparse import parse_date, parse_datetime

from ratings.values.shapes import FactField, fields_of, is_list, optional_kind

F = TypeVar("F")


def moment(text: str) -> datetime:
    """Read a date or a date and time; without a zone it is UTC."""
    day = parse_date(text)
    found = datetime(day.year, day.month, day.day) if day else parse_datetime(text)  # noqa: DTZ001 - set below
    if found is None:
        raise ValueError(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def words(text: str) -> tuple[str, ...]:
    """Read a comma-separated list."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def add_fact_arguments(parser: ArgumentParser, fact: type[Any]) -> None:
    """Add an option for each field of a fact."""
    for field in fields_of(fact):
        option = field.note.option or field.name.replace("_", "-")
        settings = settings_of(field, option=option)
        meaning = settings["help"].replace("%", "%%")  # the parser puts values in at a single one
        parser.add_argument(f"--{option}", dest=field.name, **{**settings, "help": meaning})


def settings_of(field: FactField, *, option: str) -> dict[str, Any]:
    """Say how the parser takes a field."""
    kind, _ = optional_kind(field.kind)
    name = option.replace("-", "_").upper()
    if kind is bool:
        action = "store_false" if field.default else "store_true"
        return {"action": action, "help": field.note.without or field.note.meaning}
    if kind is datetime:
        return {"type": moment, "help": field.note.meaning, "metavar": name}
    if is_list(kind):
        meaning = field.note.meaning.removesuffix(".")
        return {"type": words, "default": field.default, "help": f"{meaning}; by comma.", "metavar": name}
    if kind in {int, float}:
        return {"type": kind, "default": field.default, "help": field.note.meaning, "metavar": name}
    raise TypeError(f"There is no argument for {field.name}: choose one here.")


def fact_from(fact: type[F], options: Mapping[str, Any]) -> F:
    """Make a fact of what a command was given."""
    return fact(**{field.name: options[field.name] for field in fields_of(fact)})
