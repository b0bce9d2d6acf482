"""Open what somebody imports as one set of pictures: folders, zip archives, lists, and tables that hold pictures.

What lists tell is joined over everything that is opened together.
"""

import posixpath
import zipfile
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from django.utils.translation import gettext_lazy as staff_gettext_lazy

from ratings.exceptions import FileRejectedError
from ratings.files import table_files
from ratings.files.embedded import ANY_COLUMN, PictureColumn, picture_column
from ratings.files.names import Matches, bare_name, match_names, normal_name, numbered, seen_from, storable_name
from ratings.files.text_files import WORKBOOKS, reading
from ratings.sentences import staff_gettext
from ratings.services import archives
from ratings.services.ingest_captions import CaptionFiles, read_captions
from ratings.services.ingest_listed import listed_pictures
from ratings.services.ingest_lists import (
    BESIDE,
    Joined,
    PictureList,
    Unmatched,
    completed,
    join_lists,
    read_list,
    source_roots,
)
from ratings.services.ingest_sources import NOTHING_KNOWN, ImageDetails, Incoming, SourceFile, file_bytes, is_clutter
from ratings.services.ingest_tables import PictureTable, distinct_tables, picture_table, rated_table, refuse

LISTS = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet", *WORKBOOKS)
LIST_NAMES = frozenset(stem + suffix for stem in ("images", "metadata") for suffix in LISTS)
NO_LIST = staff_gettext_lazy(
    "it is a table and no picture; call it metadata.csv to describe its folder, or give it with --metadata"
)


class Part(Protocol):
    """Some of the pictures that came in."""

    @property
    def names(self) -> Sequence[tuple[str, str]]:
        """Give path and name of each, in order."""

    @property
    def known_as(self) -> Mapping[str, Sequence[str]]:
        """Give what else they are called, by path."""

    def pictures(self) -> Iterator[Incoming]:
        """Give the pictures, in order."""


@dataclass(frozen=True, kw_only=True)
class PictureFiles:
    """Pictures that are files."""

    incoming: list[Incoming]

    @property
    def names(self) -> Sequence[tuple[str, str]]:
        """Give path and name of each, in order."""
        return [(one.path, one.name) for one in self.incoming]

    @property
    def known_as(self) -> Mapping[str, Sequence[str]]:
        """Give nothing: files have their names."""
        return {}

    def pictures(self) -> Iterator[Incoming]:
        """Give the pictures, in order."""
        return iter(self.incoming)


@dataclass(kw_only=True)
class OpenedSources:
    """What was found in what came in: pictures, and lists that describe them."""

    column: PictureColumn  # that is meant in tables of pictures
    files: list[PictureFiles] = field(default_factory=list)
    tables: list[PictureTable] = field(default_factory=list)
    lists: list[PictureList] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)  # texts that describe the pictures beside them
    rated: set[str] = field(default_factory=set)  # images of ratings that hold their pictures

    def add_table(self, *, file: Path, column: str, label: str, name: str) -> None:
        """Take a table of pictures in; of one of ratings, each image once."""
        found = picture_table(file=file, column=column, label=label, name=name)
        self.tables.append(rated_table(found, taken=self.rated) if self.column.of_ratings else found)

    @property
    def parts(self) -> list[Part]:
        """Give all pictures, no two of them under one path."""
        taken = {path for part in self.files for path, _ in part.names if path}
        return [*self.files, *distinct_tables(self.tables, others=taken)]


@dataclass(frozen=True, kw_only=True)
class IncomingPictures:
    """Every picture that came in, with what lists tell of it; each pass over them reads the bytes again."""

    parts: Sequence[Part]
    sources: Sequence[str]
    joined: Joined
    names: Mapping[str, str]  # by path; no two pictures have one
    captions: Sequence[str] = ()  # texts that describe the pictures beside them

    def __len__(self) -> int:
        """Count them."""
        return sum(len(part.names) for part in self.parts)

    def __iter__(self) -> Iterator[Incoming]:
        """Give them one by one."""
        for part in self.parts:
            for one in part.pictures():
                name = self.names.get(one.path) or storable_name(one.name)
                stated = self.joined.details.get(one.path)
                yield replace(one, name=name, details=completed(stated, one.details) if stated else one.details)

    def meant_by(self, names: Iterable[str]) -> Matches:
        """Find the paths that names mean: from within a source, or by a number that a table gives its pictures."""
        known_as = {path: also for part in self.parts for path, also in part.known_as.items()}
        starts = [seen_from(*self.sources), seen_from(*(f"{source}/{BESIDE}" for source in self.sources))]
        called = [*starts, lambda path: known_as.get(path, ())]
        return match_names(names=names, files=self.names, called=called, roots=source_roots(self.sources))

    def unmatched(self, *, without: Collection[str]) -> list[Unmatched]:
        """Give what lists left without a partner, but for pictures that were not taken in anyway."""
        bare = [name for path in self.joined.pictures if (name := self.names[path]) not in without]
        return [*captions_read(self.captions), *self.joined.unmatched(pictures=bare)]


@contextmanager
def opened_pictures(
    *, paths: Sequence[Path], lists: Sequence[PictureList] = (), column: PictureColumn = ANY_COLUMN
) -> Iterator[IncomingPictures]:
    """Open folders, archives, lists and single pictures together; whatever they need stays open inside the block."""
    with ExitStack() as stack:
        opened = OpenedSources(lists=list(lists), column=column)
        labels = source_labels(paths)
        for path, label in zip(paths, labels, strict=True):
            open_source(path, label=label, opened=opened, stack=stack)
        parts = opened.parts
        names: dict[str, str] = {}
        for whole, name in (both for part in parts for both in part.names if both[0]):
            names.setdefault(whole, name)
        joined = join_lists(paths=list(names), lists=opened.lists, sources=labels)
        joined.overruled = [path for one in opened.files for path in overruled(one.incoming, by=joined.details)]
        yield IncomingPictures(
            parts=parts, sources=labels, joined=joined, names=distinct_names(names), captions=opened.captions
        )


def source_labels(paths: Sequence[Path]) -> list[str]:
    """Name what came in after its folders, or its archives without their suffix; no two alike."""
    labels: list[str] = []
    for path in paths:
        whole = path.absolute()
        own = whole.name if whole.is_dir() else whole.stem if is_archive(whole) else whole.parent.name
        label = normal_name(own) or "pictures"
        labels.append(label if label not in labels else numbered(label, taken=labels))
    return labels


def is_archive(path: Path) -> bool:
    """Tell whether a file is a zip archive, or claims to be one."""
    return path.suffix.lower() == ".zip" or zipfile.is_zipfile(path)


def distinct_names(names: dict[str, str]) -> dict[str, str]:
    """Name pictures by path as the records can hold it: as in their source, and with that before it if need be."""
    own = {path: storable_name(name) for path, name in names.items()}
    often = Counter(own.values())
    whole = {path: name if often[name] == 1 else storable_name(path) for path, name in own.items()}
    taken: set[str] = set()
    for path, name in whole.items():
        whole[path] = name if name not in taken else numbered(name, taken=taken)
        taken.add(whole[path])
    return whole


def open_source(path: Path, *, label: str, opened: OpenedSources, stack: ExitStack) -> None:
    """Find the pictures and lists of one source."""
    with reading(path):
        is_folder, is_file = path.is_dir(), path.is_file()
    if is_folder:
        sort_files(folder_files(path), label=label, opened=opened)
    elif not is_file:
        raise FileRejectedError(staff_gettext("There is no file or folder {path}; check the path.").format(path=path))
    elif is_archive(path):
        archive = stack.enter_context(archives.opened_archive(str(path)))
        scratch = Path(stack.enter_context(TemporaryDirectory()))
        sort_files(archive_files(archive, scratch=scratch), label=label, opened=opened)
    elif not table_files.is_table(name=path.name):
        one = Incoming(name=path.name, read=partial(file_bytes, path), path=f"{label}/{path.name}")
        opened.files.append(PictureFiles(incoming=[one]))
    elif column := picture_column(path, asked=opened.column):
        opened.add_table(file=path, column=column, label=label, name=path.name)
    else:
        opened.files.append(PictureFiles(incoming=listed_pictures(path=path, label=label)))


def folder_files(folder: Path) -> Iterator[SourceFile]:
    """List the files below a folder."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if not is_clutter(name) and path.is_file():
            yield SourceFile(name=name, read=partial(file_bytes, path), as_table=partial(Path, path))


def archive_files(archive: zipfile.ZipFile, *, scratch: Path) -> Iterator[SourceFile]:
    """List the files of an archive that stays open while they are read; its tables are unpacked."""
    for entry in archive.infolist():
        name = archives.entry_name(entry)
        if not entry.is_dir() and not is_clutter(name):
            yield SourceFile(
                name=name,
                read=partial(archives.entry_bytes, archive=archive, entry=entry),
                as_table=partial(archives.unpack_table, archive=archive, entry=entry, folder=scratch),
            )


def sort_files(files: Iterable[SourceFile], *, label: str, opened: OpenedSources) -> None:
    """Sort the files of a source into pictures, tables that hold pictures, and lists that describe their folder."""
    loose = [file for file in files if not (is_list(file.name) and take_table(file, label=label, opened=opened))]
    captions, others = read_captions(loose)
    opened.captions += captions.read
    often = Counter(normal_name(file.name) for file in others)
    incoming = [
        Incoming(
            name=file.name,
            read=reader_of(file, captions=captions),
            details=captions.details.get(file.name, NOTHING_KNOWN),
            path=f"{label}/{own if often[own := normal_name(file.name)] == 1 else file.name}",
        )
        for file in others
    ]
    if incoming:
        opened.files.append(PictureFiles(incoming=incoming))


def reader_of(file: SourceFile, *, captions: CaptionFiles) -> Callable[[], bytes]:
    """Give a way to a picture's bytes; of what is none, one that says why."""
    if is_list(file.name):
        return partial(refuse, str(NO_LIST))
    return partial(refuse, captions.wrong[file.name]) if file.name in captions.wrong else file.read


def overruled(incoming: Iterable[Incoming], *, by: Mapping[str, ImageDetails]) -> Iterator[str]:
    """Give the paths of pictures of which lists say something else than what the pictures came with."""
    for one in incoming:
        stated = by.get(one.path, one.details)
        if completed(stated, one.details) != completed(one.details, stated):
            yield one.path


def captions_read(names: Sequence[str]) -> list[Unmatched]:
    """Count the texts that were read with the pictures beside them."""
    what = staff_gettext("texts that describe the pictures beside them, read as their prompts and details")
    return [Unmatched(what=what, names=names)] if names else []


def is_list(name: str) -> bool:
    """Tell by its suffix whether a file could list pictures or hold them."""
    return name.lower().endswith(LISTS)


def take_table(file: SourceFile, *, label: str, opened: OpenedSources) -> bool:
    """Take a table as pictures, or as a list for its folder; tell whether it is either."""
    name = normal_name(file.name)
    describes = bare_name(name).lower() in LIST_NAMES
    if not describes and not name.lower().endswith(".parquet"):
        return False
    path = file.as_table()
    column = picture_column(path, asked=opened.column)
    if column is not None:
        opened.add_table(file=path, column=column, label=label, name=name)
    elif describes:
        folder = posixpath.join(label, posixpath.dirname(name)).rstrip("/")
        opened.lists.append(read_list(path=path, name=name, folder=folder))
    return column is not None or describes
