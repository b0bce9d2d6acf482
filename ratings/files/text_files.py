"""Read text that people import, whatever it turns out to be: bounded lines, JSON piece by piece, clear refusals."""

import codecs
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as staff_gettext_lazy

from ratings.exceptions import FileRejectedError
from ratings.sentences import staff_gettext

LONGEST_LINE = 4 * 1024 * 1024  # characters; more is no table but one endless line
DEEPEST = 50  # levels of lists and objects in a row
LONGEST_ITEM = 16 * 1024 * 1024
PIECE = 1024 * 1024
MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
DISGUISES = {
    b"\x1f\x8b": staff_gettext_lazy("is compressed with gzip; unpack it first"),
    b"PK\x03\x04": staff_gettext_lazy(
        "is a zip archive or a workbook; unpack it and give the file inside, or let its name end in .xlsx"
    ),
    b"\xd0\xcf\x11\xe0": staff_gettext_lazy("is an Excel workbook; let its name end in .xls"),
    b"BZh": staff_gettext_lazy("is compressed with bzip2; unpack it first"),
    b"\x28\xb5\x2f\xfd": staff_gettext_lazy("is compressed with zstd; unpack it first"),
}
INVISIBLE = "\u200b\u200e\u200f\u2060\ufeff"  # marks that come along when cells are copied
VISIBLE = re.compile(r"\S")
WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")
OTHER_WORKBOOKS = (".xlsb", ".numbers")


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what goes wrong while a file is read into a sentence that names it."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise FileRejectedError(
            staff_gettext("{name} cannot be read ({reason}); check the path and its permissions.").format(
                name=path.name, reason=reason
            )
        ) from error


def reject_disguised(path: Path) -> None:
    """Refuse archives and compressed files by their suffix or first bytes, and workbooks called text."""
    if path.suffix.lower() in OTHER_WORKBOOKS:
        raise FileRejectedError(
            staff_gettext("{name} is a workbook of a kind that is not read; save it as .xlsx or CSV UTF-8.").format(
                name=path.name
            )
        )
    if path.suffix.lower() in {".parquet", *WORKBOOKS}:
        return
    with reading(path), path.open("rb") as stream:
        first = stream.read(4)
    if first == b"PAR1":
        raise FileRejectedError(
            staff_gettext("{name} is a Parquet file; let its name end in .parquet.").format(name=path.name)
        )
    for mark, sentence in DISGUISES.items():
        if first.startswith(mark):
            raise FileRejectedError(staff_gettext("{name} {sentence}.").format(name=path.name, sentence=sentence))


def text_encoding(path: Path) -> str:
    """Tell UTF-16 and UTF-32 by their mark; everything else has to be UTF-8, with or without one."""
    with path.open("rb") as stream:
        first = stream.read(4)
    return next((encoding for mark, encoding in MARKS.items() if first.startswith(mark)), "utf-8-sig")


@contextmanager
def text_lines(path: Path) -> Iterator[Iterator[str]]:
    """Open a text and give its lines, line ends included, none of them endless."""
    with reading(path), path.open(encoding=text_encoding(path), newline="") as stream:
        yield bounded_lines(partial(stream.readline, LONGEST_LINE), path=path)


def bounded_lines(read: "partial[str]", *, path: Path) -> Iterator[str]:
    """Read line by line; refuse one that does not end, and what is not text."""
    number = 0
    try:
        for number, line in enumerate(iter(read, ""), start=1):
            if len(line) == LONGEST_LINE:
                raise FileRejectedError(
                    staff_gettext("{name}, line {number}: it is longer than any row; check the line ends.").format(
                        name=path.name, number=number
                    )
                )
            yield line
    except UnicodeError as error:
        raise FileRejectedError(
            staff_gettext("{name}, after line {number}: not UTF-8 text; save it as UTF-8.").format(
                name=path.name, number=max(1, number)
            )
        ) from error


def trimmed(text: str) -> str:
    """Leave out white space and invisible marks at both ends: nobody can see whether a name has them."""
    return text.strip().strip(INVISIBLE).strip()


def without_strays(text: str) -> str:
    """Leave out what a database cannot hold: NUL characters and halves of surrogate pairs."""
    clean = text.replace("\x00", "")
    clean = clean if clean.isascii() else clean.encode(errors="ignore").decode()
    return text if clean == text else clean  # a sentence stays one


def json_object(text: str, *, path: Path, number: int) -> dict[str, Any]:
    """Read one object."""
    try:
        item = json.loads(text)
    except (ValueError, RecursionError) as error:
        reason = staff_gettext("nested too deeply") if isinstance(error, RecursionError) else json_reason(error)
        raise FileRejectedError(
            staff_gettext("{name}, line {number}: not JSON ({reason}); one object per line.").format(
                name=path.name, number=number, reason=reason
            )
        ) from error
    return checked_object(item, path=path, number=number)


def json_reason(error: ValueError) -> str:
    """Say what is wrong with a JSON text; beside its grammar only numbers can be too long."""
    return error.msg if isinstance(error, json.JSONDecodeError) else staff_gettext("a number is too long")


def is_deep(item: Any) -> bool:
    """Tell whether lists and objects are nested deeper than those of any table, too deep to be walked through."""
    level = [item]
    for _ in range(DEEPEST):
        parts = [one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list)]
        level = [inner for part in parts for inner in part]
        if not level:
            return False
    return True


def checked_object(item: Any, *, path: Path, number: int) -> dict[str, Any]:
    """Refuse anything but an object that can be walked through."""
    if is_deep(item):
        raise FileRejectedError(
            staff_gettext("{name}, line {number}: lists or objects are nested too deeply; export it flat.").format(
                name=path.name, number=number
            )
        )
    if not isinstance(item, dict):
        raise FileRejectedError(
            staff_gettext('{name}, line {number}: not an object; write {{"column": value, …}}.').format(
                name=path.name, number=number
            )
        )
    return item


def json_array(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Read a file that is one list of objects, an object at a time, each with the line it starts on.

    In a list that stands in one line, as pandas and jsonlite write it, each has its place in the list instead.
    """
    with reading(path), path.open(encoding=text_encoding(path)) as stream:
        items = JsonItems(read=partial(stream.read, PIECE), path=path)
        try:
            yield from items.all()
        except UnicodeError as error:
            raise FileRejectedError(
                staff_gettext("{name}, after line {line}: not UTF-8 text; save it as UTF-8.").format(
                    name=path.name, line=items.line
                )
            ) from error


class JsonItems:
    """Takes a list of objects apart while it is read, so that it need not fit into memory."""

    def __init__(self, *, read: "partial[str]", path: Path) -> None:
        self.read = read
        self.path = path
        self.text = ""  # what was read last
        self.at = 0  # how much of it was taken
        self.line = 1
        self.decode = json.JSONDecoder().raw_decode

    def all(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Give the objects."""
        if self.next_mark() != "[":
            raise FileRejectedError(
                staff_gettext("{name} is no JSON list of objects; export it as one.").format(name=self.path.name)
            )
        self.take_to(self.at + 1)
        start, place = self.line, 1
        mark = self.next_mark()
        while mark != "]":
            number = place if self.line == start else self.line
            yield number, checked_object(self.item(), path=self.path, number=number)
            place += 1
            mark = self.next_mark()
            if mark == ",":
                self.take_to(self.at + 1)
                mark = self.next_mark()
            elif mark != "]":
                raise self.broken(staff_gettext("a comma is missing"))

    def next_mark(self) -> str:
        """Skip white space, and look at the character after it; an empty text at the end of the file."""
        while True:
            found = VISIBLE.search(self.text, self.at)
            self.take_to(found.start() if found else len(self.text))
            if found:
                return found[0]
            if not self.read_on():
                return ""

    def take_to(self, end: int) -> None:
        """Leave what comes before a place behind, and count its lines."""
        self.line += self.text.count("\n", self.at, end)
        self.at = end

    def read_on(self) -> bool:
        """Read a piece more; tell whether there was one."""
        more = self.read()
        self.text, self.at = self.text[self.at :] + more, 0
        return bool(more)

    def item(self) -> Any:
        """Decode the next item, reading on until it is whole."""
        while True:
            try:
                found, end = self.decode(self.text, self.at)
            except RecursionError as error:
                raise self.broken(staff_gettext("nested too deeply")) from error
            except ValueError as error:
                if len(self.text) - self.at > LONGEST_ITEM or not self.read_on():
                    raise self.broken(json_reason(error)) from error
            else:
                self.take_to(end)
                return found

    def broken(self, reason: str) -> FileRejectedError:
        """Say where the list is broken."""
        return FileRejectedError(
            staff_gettext("{name}, line {line}: not JSON ({reason}); export it again.").format(
                name=self.path.name, line=self.line, reason=reason
            )
        )
