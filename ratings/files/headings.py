"""Find the column names of a table among its first rows, whatever wrote it."""

import json
import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Any

from ratings.exceptions import FileRejectedError
from ratings.files.text_files import trimmed
from ratings.sentences import staff_gettext

UNNAMED = re.compile(r"Unnamed: \d+(_level_\d+)?")  # what pandas calls a column without a name when it reads one
OF_A_TASK = re.compile(r"^(?:input|output|answer|assignment)[.:](?=\w)")
APART = re.compile(r"[^\w]+")
Numbered = tuple[int, list[Any]]  # a row, and the line it stands in


def headed(rows: Iterator[Numbered], *, source: str) -> tuple[list[str], Iterator[Numbered]]:
    """Take the column names off the top of a table; a column without one, such as row numbers, is called nothing."""
    names = [column_name(cell) for cell in next((cells for _, cells in rows if any(map(filled, cells))), [])]
    if not any(names):
        raise FileRejectedError(
            staff_gettext("{source} is empty; it needs a line of column names and then rows.").format(source=source)
        )
    first = list(islice(rows, 2))
    if joined := joined_levels(names, first=first):
        names, first = joined, first[1:]
    reject_levels(names, first=first, source=source)
    reject_doubled(names, source=source)
    return names, chain(without_questions(first), rows)


def heading_key(name: str) -> str:
    """Give the form by which a column is known: `Participant id`, `INPUT:image` and `Answer.rating` name what they say.

    Mechanical Turk and Toloka put before a column's own name whether it went into the task or came out of it.
    """
    plain = OF_A_TASK.sub("", name.strip().lower())
    return APART.sub("_", plain).strip("_") if APART.search(plain) else plain


def column_name(cell: Any) -> str:
    """Read a column's name."""
    name = "" if cell is None else trimmed(str(cell))
    return "" if UNNAMED.fullmatch(name) else name


def filled(cell: Any) -> bool:
    """Tell whether a cell holds anything."""
    return cell is not None and cell != ""


def without_questions(first: Sequence[Numbered]) -> Sequence[Numbered]:
    """Leave out Qualtrics' second and third heading line: the questions, and the import ids by which to know them."""
    place = next((place for place, (_, cells) in enumerate(first) if are_import_ids(cells)), None)
    return first if place is None else first[place + 1 :]


def are_import_ids(cells: Sequence[Any]) -> bool:
    """Tell whether a row holds nothing but Qualtrics' import ids, such as {"ImportId":"QID1"}."""
    given = [cell for cell in cells if filled(cell)]
    return bool(given) and all(is_import_id(cell) for cell in given)


def is_import_id(cell: Any) -> bool:
    """Tell whether a cell is an import id."""
    try:
        return "ImportId" in json.loads(cell)
    except (ValueError, TypeError):  # no JSON: an answer
        return False


def joined_levels(names: Sequence[str], *, first: Sequence[Numbered]) -> list[str]:
    """Join SurveyMonkey's two heading lines, in which a question stands over its first answer; else give nothing."""
    below = [column_name(cell) for cell in first[0][1]] if first else []
    below += [""] * (len(names) - len(below))
    pairs = list(zip(names, below, strict=False))
    is_two = bool(names[0]) and not any(below[:2]) and any(not name and under for name, under in pairs)
    if not is_two or any(map(str.isdecimal, below)) or any(not name and not under for name, under in pairs):
        return []
    joined, question = [], ""
    for name, under in pairs:
        question = name or question
        joined.append(f"{question} [{under}]" if under else question)
    return joined


def reject_levels(names: Sequence[str], *, first: Sequence[Numbered], source: str) -> None:
    """Refuse the several heading lines that pandas writes for columns of several levels."""
    rows = [[*cells, *[""] * (len(names) - len(cells))] for _, cells in first]
    given = [name for name in names if name]
    is_pivot = not names[0] and len(rows) > 1 and filled(rows[1][0]) and not any(map(filled, rows[1][1:]))
    is_doubled = len(given) > len(set(given)) and bool(rows) and not filled(rows[0][0])
    if is_pivot or is_doubled or is_merged(names, rows=rows):
        raise FileRejectedError(
            staff_gettext(
                "{source} has several lines of column names, as pandas writes columns of several levels; reset "
                "the index, join the levels into one name, and write it again."
            ).format(source=source)
        )


def is_merged(names: Sequence[str], *, rows: Sequence[Sequence[Any]]) -> bool:
    """Tell whether names stand in merged cells of a workbook, over those of the next line."""
    below = rows[0] if rows else []
    return (
        not names[0]
        and bool(below)
        and not filled(below[0])
        and any(filled(cell) and not name for name, cell in zip(names, below, strict=False))
    )


def reject_doubled(names: Sequence[str], *, source: str) -> None:
    """Refuse a table in which a name could mean either of two columns."""
    doubled = {name for name in names if name and list(names).count(name) > 1}
    if doubled:
        raise FileRejectedError(
            staff_gettext("{source} has the column {doubled} twice; rename one of them.").format(
                source=source, doubled=f"{min(doubled)!r}"
            )
        )
