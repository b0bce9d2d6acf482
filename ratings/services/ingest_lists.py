"""Lists that describe pictures: each speaks of its own folder, and every row finds one picture or is named."""

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ratings.exceptions import FileRejectedError, ImageRejectedError
from ratings.files.names import (
    Roots,
    doubt_of,
    listed_names,
    match_names,
    name_below,
    no_roots,
    normal_name,
    seen_from,
)
from ratings.files.table_files import Row, cell_name
from ratings.sentences import staff_gettext
from ratings.services.ingest_sources import (
    FILE_COLUMNS,
    NOTHING_KNOWN,
    PATH_COLUMNS,
    ImageDetails,
    named_lines,
    picture_name,
    row_details,
)

BESIDE = "images"  # where a list's pictures lie if not right beside it


@dataclass(frozen=True, kw_only=True)
class PictureList:
    """A table that describes pictures: its name, the folder it speaks of, and its rows by the names they give."""

    name: str
    folder: str = ""  # within everything that came in; blank where it speaks of all of it
    rows: Mapping[str, ImageDetails]
    files: Mapping[str, str] = field(default_factory=dict)  # the file of a row that names its picture otherwise


@dataclass(frozen=True, kw_only=True)
class Unmatched:
    """What a join found no partner for, or what else of a file was passed over."""

    what: str
    names: Sequence[str]
    more: int = 0  # that are counted and not named

    def __str__(self) -> str:
        """Count and name it."""
        more = staff_gettext(" and {more} more").format(more=f"{self.more:,}") if self.more else ""
        return f"{self.what}: {len(self.names) + self.more:,} ({listed_names(self.names)}{more})"


@dataclass(kw_only=True)
class Joined:
    """What lists tell of pictures, and what is left on either side."""

    details: dict[str, ImageDetails] = field(default_factory=dict)  # by path
    described_by: dict[str, PictureList] = field(default_factory=dict)  # the first to describe each
    strangers: list[PictureList] = field(default_factory=list)  # lists that describe none of the pictures
    rows: list[str] = field(default_factory=list)  # without a picture
    doubts: list[str] = field(default_factory=list)  # rows that could mean several pictures
    pictures: list[str] = field(default_factory=list)  # without a row, where there is a list
    overruled: list[str] = field(default_factory=list)  # pictures that came with other details

    def unmatched(self, *, pictures: Sequence[str]) -> list[Unmatched]:
        """Give what found no partner, each kind with its names; the caller says which pictures count."""
        kinds = (
            Unmatched(what=staff_gettext("rows without a picture"), names=self.rows),
            Unmatched(what=staff_gettext("rows that do not mean one picture for certain"), names=self.doubts),
            Unmatched(what=staff_gettext("pictures without a row"), names=pictures),
            Unmatched(
                what=staff_gettext("pictures that a list describes otherwise than they came; the list counts"),
                names=self.overruled,
            ),
        )
        return [kind for kind in kinds if kind.names]


def read_list(*, path: Path, name: str = "", folder: str = "", columns: tuple[str, ...] = PATH_COLUMNS) -> PictureList:
    """Read a table that describes pictures; refuse one that says two things of one name."""
    name = name or path.name
    rows: dict[str, ImageDetails] = {}
    first: dict[str, int] = {}
    files: dict[str, str] = {}
    for line in named_lines(path, columns=columns):
        key = normal_name(picture_name(line.cells["image"]))
        try:
            details = row_details(line.cells)
        except ImageRejectedError as error:
            raise FileRejectedError(
                staff_gettext("{name}, line {number}: {message}.").format(
                    name=name, number=line.number, message=error.message
                )
            ) from error
        if not key:
            raise FileRejectedError(
                staff_gettext("{name}, line {number}: the file name is blank; fill it in.").format(
                    name=name, number=line.number
                )
            )
        if rows.get(key, details) != details:
            raise FileRejectedError(
                staff_gettext(
                    "{name}, line {number}: {key} stands in line {first} already, with other details; keep one "
                    "of the two."
                ).format(name=name, number=line.number, key=f"{key!r}", first=first[key])
            )
        rows[key] = details
        first.setdefault(key, line.number)
        if file := file_of(line.cells):
            files.setdefault(key, file)
    return PictureList(name=name, folder=folder, rows=rows, files=files)


def file_of(cells: Row) -> str:
    """Give the file that a row names beside its picture's name or number; nothing where it names none."""
    by_lower = {name.lower(): cell for name, cell in cells.items()}
    return next((name for column in FILE_COLUMNS if (name := cell_name(by_lower.get(column)))), "")


def join_lists(*, paths: Sequence[str], lists: Iterable[PictureList], sources: Sequence[str] = ()) -> Joined:
    """Join lists with the pictures of the folders they speak of.

    A list that speaks of everything outranks the others, and a nearer one those above; what it leaves open, they tell.
    `sources` are the folders and archives that came in: names in a list that speaks of everything may begin there.
    """
    joined = Joined()
    in_order = sorted(lists, key=lambda one: (one.folder != "", -one.folder.count("/"), one.folder, one.name))
    for one in in_order:
        join_list(one, paths=paths, sources=sources, joined=joined)
    if in_order:
        joined.pictures = [path for path in dict.fromkeys(paths) if path not in joined.details]
    return joined


def join_list(one: PictureList, *, paths: Sequence[str], sources: Sequence[str], joined: Joined) -> None:
    """Join one list with the pictures of its folder."""
    above, _, base = one.folder.rpartition("/")
    below = f"{one.folder}/" if base else ""
    cut = len(above) + 1 if above else 0
    here = {path[cut:]: path for path in paths if path.startswith(below)}
    starts = (base,) if base else sources
    called = [seen_from(*starts), seen_from(*(f"{start}/{BESIDE}" for start in starts))]
    rows = {name_below(name, folder=one.folder): details for name, details in one.rows.items()}
    outside = [name for name in one.rows if name_below(name, folder=one.folder) is None]
    roots = no_roots if base else source_roots(sources)
    matches = match_names(names=filter(None, rows), files=here, called=called, roots=roots)
    for name, file in matches.found.items():
        note_details(one, path=here[file], details=rows[name], joined=joined)
    if not matches.found:
        joined.strangers.append(one)
    joined.rows += [posixpath.normpath(posixpath.join(one.folder, name)) for name in (*matches.missing, *outside)]
    joined.doubts += [
        f"{posixpath.join(one.folder, name)}: {doubt_of(stated)}" for name, stated in matches.doubtful.items()
    ]


def source_roots(sources: Sequence[str]) -> Roots:
    """Say which folders a name may call otherwise: those that came in, which anybody may have renamed.

    A name that begins with one of several of them means that one.
    """

    def roots(name: str) -> list[str]:
        meant = [one for one in sources if f"/{normal_name(name)}".find(f"/{one}/") >= 0] or sources
        return [root for one in meant for root in (one, f"{one}/{BESIDE}")]

    return roots


def note_details(one: PictureList, *, path: str, details: ImageDetails, joined: Joined) -> None:
    """Add what a list states about a picture to what higher lists stated; refuse lists of one rank that disagree."""
    known = joined.details.get(path, NOTHING_KNOWN)
    author = joined.described_by.setdefault(path, one)
    both = completed(known, details)
    if author.folder == one.folder and both != completed(details, known):
        named = (
            one.name if author is one else staff_gettext("{one} and {other}").format(one=author.name, other=one.name)
        )
        raise FileRejectedError(
            staff_gettext("{named}: two rows that differ are about {path}; keep one of the two.").format(
                named=named, path=f"{path!r}"
            )
        )
    joined.details[path] = both


def completed(details: ImageDetails, others: ImageDetails) -> ImageDetails:
    """Fill in from others what details leave open."""
    return ImageDetails(
        prompt=details.prompt or others.prompt,
        generator=details.generator or others.generator,
        domain=details.domain or others.domain,
        metadata={**others.metadata, **details.metadata},
    )
