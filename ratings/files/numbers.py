"""Read the numbers of a column as its author meant them: decided over the whole column, never cell by cell."""

import datetime
import math
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext_lazy as staff_gettext_lazy

from ratings.files.text_files import INVISIBLE
from ratings.sentences import staff_gettext

# What pandas, R and Excel write where there is no value (pandas/_libs/parsers.pyx, STR_NA_VALUES, and the empty cell);
# the point is that of Stata and SAS ([U] 12.2.1 Missing values).
BLANKS = frozenset(
    (
        *("", "NA", "N/A", "n/a", "#N/A", "#N/A N/A", "#NA", "<NA>", "NULL", "null", "None"),
        *("NaN", "nan", "-NaN", "-nan", "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN", "."),
    )
)
TRUTHS = {"TRUE": 1.0, "True": 1.0, "true": 1.0, "FALSE": 0.0, "False": 0.0, "false": 0.0}
HIDDEN = dict.fromkeys(map(ord, INVISIBLE))
GROUPING_SPACES = re.compile(r"(?<=\d)[ \u00a0\u2009\u202f'\u2019](?=\d{3}(?!\d))")
PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
GROUP = r"[+-]?[1-9]\d{0,2}"
AMBIGUOUS_COMMA = re.compile(GROUP + r",\d{3}", re.ASCII)
AMBIGUOUS_POINT = re.compile(GROUP + r"\.\d{3}", re.ASCII)
COMMA_GROUPS = re.compile(GROUP + r"(,\d{3})+\.\d+|" + GROUP + r"(,\d{3}){2,}", re.ASCII)
POINT_GROUPS = re.compile(GROUP + r"(\.\d{3})+,\d+|" + GROUP + r"(\.\d{3}){2,}", re.ASCII)
COMMA_DECIMAL = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?", re.ASCII)
LABELLED = re.compile(r"(?P<number>[+-]?\d+(?:[.,]\d+)?)\s*[-\u2013\u2014:=.)(]\s*[^\W\d].*", re.ASCII)
MONTH = r"(jan|feb|mar|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)"
DATED = re.compile(
    rf"(?i)\d{{1,4}}[-./ ]+{MONTH}([-./ ]+\d{{2,4}})?|{MONTH}[-./ ]+\d{{1,4}}", re.ASCII
)  # 3-May, May-03
DATE = staff_gettext_lazy(
    "it is a date, into which spreadsheets change numbers; write a number, in a column formatted as numbers"
)
ANY = staff_gettext_lazy("write a number, such as 4")
GROUPED_FROM = 1000.0  # the smallest number that anybody writes in groups of three digits


class NumberError(ValueError):
    """A cell holds no number that could be read for certain; the message says how to write one."""


class Shape(Enum):
    """How a cell writes its number."""

    BLANK = auto()
    WHOLE = auto()
    POINT = auto()  # 3.5
    COMMA = auto()  # 3,5
    POINT_OR_GROUPS = auto()  # 1.000
    COMMA_OR_GROUPS = auto()  # 1,000
    COMMA_GROUPS = auto()  # 1,000.5
    POINT_GROUPS = auto()  # 1.000,5
    TRUTH = auto()
    OTHER = auto()


@dataclass(frozen=True, kw_only=True)
class Notation:
    """How a column writes numbers; what it leaves open is asked for, not guessed."""

    shapes: frozenset[Shape] = frozenset()
    highest: float | None = None  # the end of the scale, where it is known
    truths: bool = False  # whether TRUE and FALSE stand for 1 and 0

    @property
    def has_comma(self) -> bool:
        """Tell whether some cell shows that the comma is the decimal sign."""
        return bool(self.shapes & {Shape.COMMA, Shape.POINT_GROUPS})

    @property
    def has_point(self) -> bool:
        """Tell whether some cell shows that the point is the decimal sign."""
        return bool(self.shapes & {Shape.POINT, Shape.COMMA_GROUPS})

    def number(self, cell: Any) -> float | None:
        """Read a cell; None where it is blank; raise `NumberError` where it holds no number for certain."""
        match cell:
            case None:
                return None
            case bool():
                return self.truth(str(cell))
            case str():
                return self.text(cell)
            case datetime.date() | datetime.time() | datetime.timedelta():
                raise NumberError(DATE)
        try:
            value = float(cell)
        except (TypeError, ValueError, OverflowError) as error:
            raise NumberError(ANY) from error
        if math.isinf(value):
            raise NumberError(ANY)
        return None if math.isnan(value) else value

    def text(self, cell: str) -> float | None:
        """Read a text."""
        text, shape = shaped(cell)
        if shape is Shape.BLANK:
            return None
        if shape is Shape.TRUTH:
            return self.truth(text)
        if shape is Shape.OTHER:
            raise NumberError(reason(text))
        value = float(self.plain(text, shape=shape))
        if math.isinf(value):
            raise NumberError(ANY)
        return value

    def plain(self, text: str, *, shape: Shape) -> str:
        """Write a number as a programming language does."""
        if shape is Shape.COMMA_OR_GROUPS:
            shape = self.settled(text, by_comma=Shape.COMMA, by_point=Shape.COMMA_GROUPS)
        elif shape is Shape.POINT_OR_GROUPS and (self.has_comma or self.may_be_grouped):
            shape = self.settled(text, by_comma=Shape.POINT_GROUPS, by_point=Shape.POINT)
        if shape is Shape.COMMA_GROUPS:
            return text.replace(",", "")
        if shape is Shape.POINT_GROUPS:
            return text.replace(".", "").replace(",", ".")
        return text.replace(",", ".")

    @property
    def may_be_grouped(self) -> bool:
        """Tell whether 1.000 could be a thousand: on such a scale, among whole numbers, with no decimal point shown."""
        is_high = self.highest is not None and self.highest >= GROUPED_FROM
        return is_high and Shape.WHOLE in self.shapes and not self.has_point

    def settled(self, text: str, *, by_comma: Shape, by_point: Shape) -> Shape:
        """Read a cell that has two readings as the rest of the column says; refuse where it says nothing, or both."""
        if self.has_comma != self.has_point:
            return by_comma if self.has_comma else by_point
        whole, decimal = text.replace(",", "").replace(".", ""), float(text.replace(",", "."))
        raise NumberError(
            staff_gettext(
                "it can mean {whole} or {decimal}, and the other rows leave it open; write one of these"
            ).format(whole=whole, decimal=f"{decimal:g}")
        )

    def truth(self, text: str) -> float:
        """Read TRUE and FALSE where they are answers."""
        if not self.truths:
            raise NumberError(staff_gettext("write a number, such as 1 for TRUE and 0 for FALSE"))
        return TRUTHS[text]


PLAINLY = Notation()


@dataclass(kw_only=True)
class Survey:
    """Notes how the cells of a column are written, to decide once all were seen."""

    shapes: set[Shape] = field(default_factory=set)

    def note(self, cell: Any) -> None:
        """Note a cell."""
        if isinstance(cell, str):
            self.shapes.add(shaped(cell)[1])
        elif isinstance(cell, bool):
            self.shapes.add(Shape.TRUTH)
        elif cell is not None:
            self.shapes.add(Shape.WHOLE)

    def notation(self, *, scale: tuple[float, float] | None = None) -> Notation:
        """Decide how the column is written."""
        only_truths = self.shapes <= {Shape.TRUTH, Shape.BLANK}
        return Notation(
            shapes=frozenset(self.shapes),
            highest=None if scale is None else max(map(abs, scale)),
            truths=only_truths and scale == (0, 1),
        )


def column_notation(cells: Iterable[Any], *, scale: tuple[float, float] | None = None) -> Notation:
    """Decide from all cells of a column how it writes numbers."""
    survey = Survey()
    for cell in cells:
        survey.note(cell)
    return survey.notation(scale=scale)


def is_blank(cell: Any) -> bool:
    """Tell whether a cell holds nothing, in the words of whatever wrote it."""
    if isinstance(cell, str):
        return shaped(cell)[1] is Shape.BLANK
    return cell is None or (isinstance(cell, float) and math.isnan(cell))


@lru_cache(maxsize=4096)
def shaped(cell: str) -> tuple[str, Shape]:
    """Tidy a cell's text up and tell how it writes its number."""
    text = cell.translate(HIDDEN).strip()
    if text in BLANKS:
        return text, Shape.BLANK
    if text in TRUTHS:
        return text, Shape.TRUTH
    text = GROUPING_SPACES.sub("", text.replace("\u2212", "-"))
    return text, number_shape(text)


def number_shape(text: str) -> Shape:
    """Tell how a text writes its number; the order matters, for 1.000 is also a plain number."""
    patterns = (
        (AMBIGUOUS_COMMA, Shape.COMMA_OR_GROUPS),
        (AMBIGUOUS_POINT, Shape.POINT_OR_GROUPS),
        (COMMA_GROUPS, Shape.COMMA_GROUPS),
        (POINT_GROUPS, Shape.POINT_GROUPS),
        (COMMA_DECIMAL, Shape.COMMA),
    )
    found = next((shape for pattern, shape in patterns if pattern.fullmatch(text)), None)
    if found is None and PLAIN.fullmatch(text):
        return Shape.POINT if "." in text else Shape.WHOLE
    return found or Shape.OTHER


def reason(text: str) -> str:
    """Say what a text is instead of a number, as far as that can be recognised."""
    labelled = LABELLED.fullmatch(text)
    digits = "".join(str(unicodedata.digit(one, one)) for one in text)
    if DATED.fullmatch(text):
        return str(DATE)
    if text.endswith("%"):
        return staff_gettext(
            "write it without the percent sign, such as {number}, and give the scale in percent"
        ).format(number=text.rstrip("% "))
    if labelled:
        return staff_gettext("write a number without its label, such as {number}").format(number=labelled["number"])
    if digits != text and PLAIN.fullmatch(digits):
        return staff_gettext("write a number in the digits 0 to 9, such as {digits}").format(digits=digits)
    return str(ANY)
