"""One rating of an imported file, and what can be wrong with a row."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from ratings.files.addresses import is_address
from ratings.files.names import decoded_name, has_lost, storable_name
from ratings.files.text_files import without_strays
from ratings.sentences import staff_gettext
from ratings.services.datasets.published import Published
from ratings.services.ingest_lists import PictureList
from ratings.services.ingest_sources import NOTHING_KNOWN, ImageDetails

LONGEST_SHOWN = 60
LONGEST_RATER = 200
LONGEST_IMAGE = 300


@dataclass(frozen=True, kw_only=True)
class RatingRow:
    """One rating; `count` people where only a histogram is known."""

    line: int
    rater: str
    image: str
    value: float
    count: int = 1
    is_population: bool = False
    attributes: dict[str, Any] = field(default_factory=dict)
    details: ImageDetails = NOTHING_KNOWN
    part: str = ""  # of the set as it was published, where the row or its file says so
    source_id: str = ""  # what tells it from a repeat: its number in the source, or when it was given


@dataclass(frozen=True, kw_only=True)
class RowProblem:
    """What is wrong with a row, and how to correct it."""

    line: int
    column: str
    value: str
    fix: str

    def __str__(self) -> str:
        """Say it in one line."""
        shown = self.value if len(self.value) <= LONGEST_SHOWN else f"{self.value[:LONGEST_SHOWN]}…"
        return staff_gettext("line {line}, {column} = {shown}: {fix}").format(
            line=self.line, column=self.column, shown=f"{shown!r}", fix=self.fix
        )


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """Something of a file that is passed over, on purpose: it is counted and named in the report."""

    what: str  # such as "rows without a rating"
    name: str  # such as "line 12"


Rows = Iterator[RatingRow | RowProblem | LeftOut]


class Differing(StrEnum):
    """What to make of ratings that differ from those known of the same rater and image."""

    REFUSE = "refuse"
    ADD = "add"
    REPLACE = "replace"


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What the person who imports says of a file beside its layout."""

    sheet: str = ""  # of a workbook
    rater: str = ""  # the column, where its name does not tell
    image: str = ""
    value: str = ""
    picture: str = ""  # the column of pictures in a table that holds several in a row
    control: str = ""  # of Label Studio
    wide: str = ""  # a pattern of the columns that are each a picture
    profile_columns: tuple[str, ...] = ()  # which describe raters, in lower case
    scale: tuple[float, float] | None = None


AS_IT_IS = Reading()


@dataclass(frozen=True, kw_only=True)
class Companions:
    """What tables beside the ratings tell: of raters by their names, and of images."""

    people: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    images: PictureList | None = None
    left_out: tuple[LeftOut, ...] = ()


def no_companions(path: Path) -> Companions:  # noqa: ARG001 - every format asks so
    """Give nothing, for sets that are one file."""
    return Companions()


@dataclass(frozen=True, kw_only=True)
class Format:
    """How a set of ratings is published: its reader, and where its parts lie from there."""

    read: Callable[[Path, Reading], Rows]
    companions: Callable[[Path], Companions] = no_companions
    are_addresses: bool = False  # images are named by web addresses, of which the records keep the telling end
    scale: tuple[float, float] | None = None  # none where it differs from set to set
    files: tuple[str, ...] = ("ratings",)  # stems or paths, in the folder of the set, of the file with the ratings
    images: tuple[str, ...] = ("images",)  # folders, seen from that file
    is_gappy: bool = False  # some pictures are gone for everybody, or stay on the server that showed them
    published: Published | None = None  # the parts in which its authors published it


def name_problem(*, line: int, column: str, value: str, longest: int) -> RowProblem | None:
    """Tell what is wrong with a rater's or an image's name."""
    if not value:
        return RowProblem(line=line, column=column, value=value, fix=staff_gettext("it is blank; fill it in"))
    if len(value) > longest or without_strays(value) != value:
        return RowProblem(
            line=line,
            column=column,
            value=value,
            fix=staff_gettext("use at most {longest} plain characters").format(longest=longest),
        )
    return None


def checked_row(row: RatingRow) -> RatingRow | RowProblem:
    """Give the row, or what is wrong with its names."""
    return (
        name_problem(line=row.line, column="rater", value=row.rater, longest=LONGEST_RATER) or image_problem(row) or row
    )


def image_problem(row: RatingRow) -> RowProblem | None:
    """Tell what is wrong with an image's name."""
    if has_lost(row.image):
        return name_problem(line=row.line, column="image", value=row.image, longest=0)
    name = decoded_name(row.image) if is_address(row.image) else row.image
    return name_problem(line=row.line, column="image", value=storable_name(name), longest=LONGEST_IMAGE)
