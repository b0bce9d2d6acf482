"""Which picture of a tidy set a name means, in its split, its ratings and its table of images alike."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ratings.files.names import doubt_of, exact_matches, listed_names, match_names, seen_from
from scoring.pipeline.experiments.tidy import Pair, Split, TidyError, banded, read_rows, split_of, word

IMAGES = "images"  # the folder of pictures in a tidy set


@dataclass(frozen=True, kw_only=True)
class SetPictures:
    """The pictures of the images that are needed, and what the table of images says of each."""

    files: tuple[Path, ...]  # of each image, in order
    rows: tuple[Mapping[str, Any], ...]  # of each image, empty where the table says nothing
    notes: tuple[str, ...]  # what of the table belongs to no picture

    @property
    def prompts(self) -> tuple[str, ...]:
        """Return the prompt of each image, "" without one."""
        return tuple(word(row.get("prompt")) for row in self.rows)

    def categories(self, *, skip: Collection[str]) -> dict[str, tuple[str, ...]]:
        """Return the table's other columns, "" where it says nothing."""
        columns = dict.fromkeys(name for row in self.rows for name in row if name not in skip)
        return {name: banded([word(row.get(name)) for row in self.rows]) for name in columns}


def find_pictures(folder: Path, names: Sequence[str], *, others: Iterable[str], asked_by: Path) -> SetPictures:
    """Find the picture of each name, and its row; `others` are names that the set rates as well."""
    pictures = folder / IMAGES
    if not pictures.is_dir():
        raise TidyError(f"{pictures} is not a folder; put the image files there")
    paths = sorted(path for path in pictures.rglob("*") if path.is_file())
    files = {f"{IMAGES}/{path.relative_to(pictures).as_posix()}": path for path in paths}
    meant = files_meant(names, files=files, others=others, folder=pictures, asked_by=asked_by)
    rows, notes = rows_by_file(folder / "images.csv", files=files)
    return SetPictures(
        files=tuple(files[file] for file in meant), rows=tuple(rows.get(file, {}) for file in meant), notes=notes
    )


def files_meant(
    names: Sequence[str], *, files: Collection[str], others: Iterable[str], folder: Path, asked_by: Path
) -> list[str]:
    """Give the file that each name means; refuse a name without one, or without one for certain."""
    matches = match_names(names=[*names, *others], files=files, called=[seen_from(IMAGES)], roots=lambda _: (IMAGES,))
    for name in names:
        if name in matches.doubtful:
            raise TidyError(f"{asked_by}: column image names {name}: {doubt_of(matches.doubtful[name])}")
        if name not in matches.found:
            raise TidyError(
                f"{asked_by}: column image names {name}, which is not in {folder}; add the file or drop its rows"
            )
    return [matches.found[name] for name in names]


def rows_by_file(table: Path, *, files: Collection[str]) -> tuple[dict[str, Mapping[str, Any]], tuple[str, ...]]:
    """Give the rows of an optional table of images by the file that each means, and say which mean none."""
    if not table.exists():
        return {}, ()
    rows = {line.cells.pop("image"): line.cells for line in read_rows(table, ("image",), named=("image",))}
    matches = match_names(names=rows, files=files, called=[seen_from(IMAGES)], roots=lambda _: (IMAGES,))
    lost = [*matches.missing, *matches.doubtful]
    notes = (
        [f"rows of {table.name} that mean no picture for certain: {len(lost)} ({listed_names(lost)})"] if lost else []
    )
    return {file: rows[name] for name, file in matches.found.items()}, tuple(notes)


def in_rated_names(split: Split, *, rated: Collection[str], path: Path) -> Split:
    """Call the images of a split as the ratings do, where one of both writes percent signs for other characters."""
    strange = [name for name in split.images if name not in rated]
    found, doubtful = exact_matches(strange, files=sorted(rated), called=())
    for name, candidates in doubtful.items():
        raise TidyError(f"{path}: column image names {name}: {doubt_of(candidates)}")
    roles: dict[Pair, str] = {}
    written: dict[Pair, Pair] = {}
    for role, (rater, image) in ((role, pair) for role, pairs in split.pairs.items() for pair in pairs):
        pair = (rater, found.get(image, image))
        written.setdefault(pair, split.written[rater, image])
        if roles.setdefault(pair, role) != role:
            raise TidyError(f"{path}: column role says {role} and {roles[pair]} for rater {rater} and image {image}")
    return split_of(roles, written=written, path=path)
