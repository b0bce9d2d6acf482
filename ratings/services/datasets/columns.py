"""Which columns of a table are meant: one that can only be meant is taken, and of several the import asks which."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from ratings.exceptions import ChoiceNeededError, FileRejectedError
from ratings.files.headings import heading_key
from ratings.files.numbers import PLAINLY, NumberError
from ratings.files.table_files import Line, Table, listed_columns
from ratings.sentences import staff_gettext
from ratings.services.datasets.people import is_demographic, is_private

ABOUT_RATINGS = re.compile(r"(?:.*[^a-z])?(?:ratings?|scores?)(?:[^a-z].*)?")  # rating_2, aesthetic_score, rating.1
BESIDE_RATINGS = frozenset(
    (
        *("id", "ids", "time", "times", "ms", "sec", "seconds", "duration", "at", "date", "count", "n", "num", "sd"),
        *("std", "se", "var", "type", "kind", "version", "confidence", "comment", "text", "label", "reason", "scale"),
    )
)  # words of columns that go with a rating and are none
FLAT = {"annotation_id", "annotator", "lead_time"}  # columns of every row of Label Studio's JSON-MIN and CSV
FEWEST_PICTURES = 2  # columns of numbers that make a table look like one with a column per picture


@dataclass(frozen=True, kw_only=True)
class Role:
    """What a column is for: its name here, those that it may have, and the option that names another."""

    name: str
    aliases: tuple[str, ...]
    option: str
    asked: str = ""  # by the person who imports
    is_settled: bool = False  # the layout's authors name it so, the first of several counts


def meant_column(role: Role, *, table: Table) -> str | None:
    """Give the column of a table that is meant; None where there is none; raise `ChoiceNeededError` at several."""
    if role.asked:
        return asked_column(role, table=table)
    by_key: dict[str, list[str]] = {}
    for column in table.columns:
        for key in {column.lower(), heading_key(column)}:
            by_key.setdefault(key, []).append(column)
    present = [column for alias in role.aliases for column in by_key.get(alias, ())]
    if role.is_settled:
        return present[0] if present else None
    found = [column for column in table.columns if column in present or (role.name == "rating" and is_rating(column))]
    if len(found) > 1 and not is_own_dump((*table.columns, *table.passed_over)):
        raise ChoiceNeededError(
            staff_gettext("{name} has several columns that could be the {column}").format(
                name=table.path.name, column=role.name
            ),
            option=role.option,
            choices=found,
        )
    return next(iter(present or found), None)


def asked_column(role: Role, *, table: Table) -> str:
    """Give the column that is asked for by name."""
    by_lower = {column.lower(): column for column in reversed(table.columns)}
    if role.asked.lower() not in by_lower:
        raise FileRejectedError(
            staff_gettext("{name} has no column {asked} (its columns: {listed_columns}).").format(
                name=table.path.name, asked=f"{role.asked!r}", listed_columns=listed_columns(table.columns)
            )
        )
    return by_lower[role.asked.lower()]


def is_rating(column: str) -> bool:
    """Tell whether a column's name says that it holds ratings."""
    words = re.split(r"[^a-z]+", column.lower())
    return bool(ABOUT_RATINGS.fullmatch(column.lower())) and BESIDE_RATINGS.isdisjoint(words)


def is_own_dump(columns: Collection[str]) -> bool:
    """Recognise a dump's table of ratings, whose column `score` is the policy's."""
    return {"rater", "image", "rating", "policy", "propensity"} <= set(columns)


def missing_column(role: Role, *, table: Table, first: Line | None, lacking: Collection[str]) -> FileRejectedError:
    """Say which column is missing: perhaps the table is wide, or one of its columns of numbers holds the ratings."""
    numbers = [name for name, cell in (first.cells if first else {}).items() if is_number(cell)]
    likely = [name for name in numbers if not is_demographic(name) and not is_private(name)]
    source = table.path.name
    if "annotations" in table.columns or set(table.columns) >= FLAT:
        return FileRejectedError(
            staff_gettext("{source} is an export of Label Studio; give --format label-studio.").format(source=source)
        )
    if "rating" in lacking and len(lacking) > 1 and len(likely) >= FEWEST_PICTURES:
        what = "picture" if "image" in lacking else "rater"
        return FileRejectedError(
            staff_gettext(
                "{source} seems to have a column per {what} ({listed_columns}): melt it to rater,image,rating, or "
                "import it with --wide."
            ).format(source=source, what=what, listed_columns=listed_columns(likely)),
            fields={role.name: staff_gettext("The table is wide.")},
        )
    if role.name == "rating" and likely:
        return ChoiceNeededError(
            staff_gettext("{source} has no column 'rating'; these hold numbers").format(source=source),
            option=role.option,
            choices=likely,
        )
    return FileRejectedError(
        staff_gettext(
            "{source} has no column {name} (its columns: {columns}); add it, rename one, or name the one that is "
            "meant with --{option}."
        ).format(source=source, name=f"{role.name!r}", columns=listed_columns(table.columns), option=role.option),
        fields={role.name: staff_gettext("This column is missing.")},
    )


def is_number(cell: object) -> bool:
    """Tell whether a cell holds a number."""
    try:
        return PLAINLY.number(cell) is not None
    except NumberError:  # a text
        return False
