"""Read separated text of any dialect: commas, semicolons, tabs or bars, as spreadsheets, R and pandas write it."""

import csv
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from ratings.exceptions import FileRejectedError
from ratings.files.headings import Numbered, headed
from ratings.files.text_files import text_lines
from ratings.sentences import staff_gettext

DELIMITERS = (",", ";", "\t", "|", "=")
SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)  # Excel's own first line, which names the separator
BLANKS_APART = re.compile(r'"[^"]*"( "[^"]*")+\s*')  # a heading of R's write.table, which separates by blanks
ROW_NAME = '"1"'  # what R's write.table puts before its first row, without a name in the heading


def separated_rows(path: Path) -> Iterator[Numbered]:
    """Read all rows, the heading among them, each with the line it ends in."""
    skipped = 0
    number = 0
    try:
        with text_lines(path) as lines:
            heading = next(lines, "")
            match = SEPARATOR_LINE.fullmatch(heading)
            if match:
                heading, skipped = next(lines, ""), 1
            if "\x00" in heading:
                raise FileRejectedError(
                    staff_gettext("{name} is not UTF-8 text; save it as UTF-8.").format(name=path.name)
                )
            delimiter = match[1] if match else csv_delimiter(heading)
            second = next(lines, "")
            names_rows = second.startswith(ROW_NAME + delimiter)
            rows = csv.reader(
                chain((heading, second), lines), delimiter=delimiter, strict=True, skipinitialspace=delimiter != " "
            )
            width = 0
            for cells in rows:
                number = rows.line_num + skipped
                width = width or len(cells)
                if number == skipped + 1 and names_rows and is_one_longer(second, delimiter=delimiter, width=width):
                    cells.insert(0, "")
                if any(cells):
                    yield number, cells
    except csv.Error as error:
        raise FileRejectedError(
            staff_gettext("{name}, line {number}: {error}; check the quotes there.").format(
                name=path.name, number=number + 1, error=error
            )
        ) from error


def is_one_longer(line: str, *, delimiter: str, width: int) -> bool:
    """Tell whether a line has one cell more than the heading."""
    return len(next(csv.reader([line], delimiter=delimiter))) == width + 1


def csv_delimiter(heading: str) -> str:
    """Take the separator that the heading uses most, outside quotes."""
    bare = "".join(heading.split('"')[::2])
    found = max(DELIMITERS, key=bare.count)
    return " " if found not in bare and BLANKS_APART.fullmatch(heading) else found


def separated_table(path: Path) -> tuple[list[str], Iterator[Numbered]]:
    """Give the column names and the rows; one may be shorter than the heading, never longer."""
    names, rows = headed(separated_rows(path), source=path.name)
    return names, (row for row in rows if is_within(row, width=len(names), path=path))


def is_within(row: Numbered, *, width: int, path: Path) -> bool:
    """Refuse a row with more cells than there are columns."""
    number, cells = row
    if any(cells[width:]):
        raise FileRejectedError(
            staff_gettext(
                "{name}, line {number}: {cells} cells under {width} columns; quote texts with separators, and "
                "write decimal points or separate columns by semicolons."
            ).format(name=path.name, number=number, cells=len(cells), width=width)
        )
    return True
