"""Read workbooks of Excel and LibreOffice: one sheet as a table, the others asked about."""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum

from ratings.exceptions import ChoiceNeededError, FileRejectedError
from ratings.files.headings import Numbered, headed
from ratings.sentences import staff_gettext

MARKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
LARGEST = 1024**3  # bytes of an unpacked workbook
MOST_CELLS = 30_000_000  # of the rectangle around everything in a sheet, which is held in memory
EXACT = 10**15  # a spreadsheet keeps 15 digits of a number
PLACE = re.compile(rb'<c\b[^>]*?\br="([A-Z]{1,3})([0-9]{1,7})"')
UNCOMPUTED = re.compile(  # a formula of which the file has no result; an empty text is one, as t="str"
    rb'<c\b(?![^<>]*\bt="str")[^<>]*?\br="([A-Z]{1,3}[0-9]{1,7})"[^<>]*>\s*'
    rb"<f\b(?:[^<>]*/>|[^<>]*>[^<]*</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>"
)
PIECE = 4 * 1024 * 1024
LONGEST_CELL = 10_000  # bytes, with its formula


def workbook_table(path: Path, *, sheet: str = "") -> tuple[list[str], list[Numbered]]:
    """Give the column names and all rows of a sheet; raise `ChoiceNeededError` where several could be meant."""
    reject_other_content(path)
    try:
        with path.open("rb") as file, CalamineWorkbook.from_filelike(file) as book:
            chosen = chosen_sheet(book, path=path, name=sheet)
            names, rows = headed(sheet_rows(chosen), source=path.name)
            return names, list(rows)
    except PasswordError as error:
        raise FileRejectedError(
            staff_gettext("{name} is locked with a password; save it without one.").format(name=path.name)
        ) from error
    except (CalamineError, OSError, ValueError, EOFError) as error:
        raise damaged(path) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # what the reader's Rust raises where it gives up
            raise
        raise damaged(path) from error


def damaged(path: Path) -> FileRejectedError:
    """Say that a workbook cannot be read."""
    return FileRejectedError(
        staff_gettext("{name} is damaged or no workbook; open it in a spreadsheet and save it again.").format(
            name=path.name
        )
    )


def chosen_sheet(book: CalamineWorkbook, *, path: Path, name: str) -> CalamineSheet:
    """Take the sheet that is named, or the only one that a reader of the workbook would see anything in."""
    if name:
        if name not in book.sheet_names:
            raise FileRejectedError(
                staff_gettext("{name} has no sheet {sheet}; it has {sheets}.").format(
                    name=path.name, sheet=f"{name!r}", sheets=", ".join(book.sheet_names)
                )
            )
        return book.get_sheet_by_name(name)
    seen = [one.name for one in book.sheets_metadata if one.visible == SheetVisibleEnum.Visible]
    sheets = [one for one in map(book.get_sheet_by_name, seen) if one.start is not None]
    if not sheets:
        raise FileRejectedError(
            staff_gettext("{name} is empty; it needs a line of column names and then rows.").format(name=path.name)
        )
    if len(sheets) > 1:
        raise ChoiceNeededError(
            staff_gettext("{name} has several sheets").format(name=path.name),
            option="sheet",
            choices=tuple(one.name for one in sheets),
        )
    return sheets[0]


def sheet_rows(sheet: CalamineSheet) -> Iterator[Numbered]:
    """Give the rows with their numbers in the sheet."""
    first = sheet.start[0] if sheet.start else 0
    for number, cells in enumerate(sheet.to_python(skip_empty_area=True), start=first + 1):
        if any(cell != "" for cell in cells):
            yield number, [plain(cell) for cell in cells]


def plain(cell: Any) -> Any:
    """Take a spreadsheet's number for a whole one where it is; it has no others, and keeps 15 digits."""
    is_whole = isinstance(cell, float) and cell.is_integer() and abs(cell) < EXACT
    return int(cell) if is_whole else cell


def reject_other_content(path: Path) -> None:
    """Refuse what is called a workbook and is none, what would not fit into memory, and formulas without results."""
    with path.open("rb") as file:
        first = file.read(4)
    if not first.startswith(MARKS):
        raise FileRejectedError(
            staff_gettext("{name} is no workbook but perhaps text; let its name end in .csv.").format(name=path.name)
        )
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as parts:
            is_large = sum(part.file_size for part in parts.infolist()) > LARGEST
            sheets = [] if is_large else [surveyed_sheet(parts, part) for part in parts.infolist() if is_sheet(part)]
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise damaged(path) from error
    if is_large or any(sheet.cells > MOST_CELLS for sheet in sheets):
        raise FileRejectedError(
            staff_gettext(
                "{name} is too large to be read as a workbook; remove stray cells far from the table, or save "
                "the sheet as CSV UTF-8."
            ).format(name=path.name)
        )
    uncomputed = next((sheet.uncomputed for sheet in sheets if sheet.uncomputed), "")
    if uncomputed:
        raise FileRejectedError(
            staff_gettext(
                "{name} holds formulas that were never computed, the first in {place}; open it in a spreadsheet, "
                "save it there, and give it again."
            ).format(name=path.name, place=uncomputed)
        )


@dataclass(frozen=True, kw_only=True)
class SurveyedSheet:
    """What the text of a sheet tells before it is read into memory."""

    cells: int  # of the rectangle that it spans, by the places that it names
    uncomputed: str = ""  # the first place of a formula without a result


def is_sheet(part: zipfile.ZipInfo) -> bool:
    """Tell whether a part of a workbook holds a sheet."""
    return part.filename.lower().startswith("xl/worksheets/") and part.filename.lower().endswith(".xml")


def surveyed_sheet(parts: zipfile.ZipFile, part: zipfile.ZipInfo) -> SurveyedSheet:
    """Look a sheet through, piece by piece."""
    columns = rows = 0
    uncomputed = ""
    with parts.open(part) as stream:
        kept = b""
        while piece := stream.read(PIECE):
            for letters, number in PLACE.findall(kept + piece):
                columns, rows = max(columns, column_number(letters)), max(rows, int(number))
            found = None if uncomputed else UNCOMPUTED.search(kept + piece)
            uncomputed = found[1].decode() if found else uncomputed
            kept = (kept + piece)[-LONGEST_CELL:]
    return SurveyedSheet(cells=columns * rows, uncomputed=uncomputed)


def column_number(letters: bytes) -> int:
    """Count a column's letters: A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = 26 * number + letter - ord("A") + 1
    return number
