"""Repeat a paper's table: lay a published set out as a tidy one, with its own parts as the split."""

import csv
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ratings.exceptions import FileRejectedError, ImageRejectedError
from ratings.files.embedded import PictureColumn
from ratings.files.names import listed_names, match_names, normal_name
from ratings.services.datasets.formats import FORMATS
from ratings.services.datasets.joins import describe
from ratings.services.datasets.locations import SetLocation, find_location
from ratings.services.datasets.published import Parts, Published, Reported, part_of_file, read_parts
from ratings.services.datasets.rows import LeftOut, Reading, RowProblem, Rows
from ratings.services.ingest_files import opened_pictures
from ratings.services.ingest_sources import ImageDetails, Incoming
from ratings.services.jobs.progress import Progress, no_progress
from scoring.ml.encoders.base import Encoder
from scoring.ml.encoders.vector_cache import store_vectors
from scoring.pipeline.experiments.tidy import QUERY, TRAIN, Pair, TidyError

UNPACKED = "unpacked"  # the folder of pictures that lay in tables
KNOWN, NEW = "known raters", "new raters"
FACTS = ("prompt", "generator", "domain")


@dataclass(frozen=True, kw_only=True)
class PublishedSet:
    """A published set in tidy form: its folder, its split, and the rows of each part that is asked for."""

    folder: Path
    split: Path
    parts: Mapping[str, tuple[Pair, ...]]
    notes: tuple[str, ...]  # what was left out, a sentence each
    reported: Reported = field(default_factory=dict)


@dataclass(kw_only=True)
class Contents:
    """What a set holds of the parts that are used."""

    ratings: list[tuple[str, str, float]] = field(default_factory=list)  # rater, image, rating
    roles: dict[Pair, str] = field(default_factory=dict)
    parts: dict[str, dict[Pair, None]] = field(default_factory=lambda: defaultdict(dict))
    images: dict[str, ImageDetails] = field(default_factory=dict)
    raters: dict[str, dict[str, Any]] = field(default_factory=dict)
    unused: int = 0  # ratings of parts that are not asked for
    wrong: list[RowProblem] = field(default_factory=list)


def prepare_published(
    folder: Path,
    *,
    scratch: Path,
    encoder: Encoder,
    cache: Path,
    fold: int | None = None,
    progress: Progress = no_progress,
) -> PublishedSet:
    """Lay a published set out as a tidy one under `scratch`; raise TidyError if it is none or lacks its parts.

    With a fold, its new raters are left out of what is learned from, and every part is asked for twice: of the known
    raters and of the new ones.
    """
    name, place = location_of_set(folder)
    published, layout = FORMATS[name].published, FORMATS[name]
    if published is None or place.images is None or not (place.images.is_dir() or place.images == place.ratings):
        raise TidyError(f"{folder} has no folder of pictures ({', '.join(layout.images)}); unpack them there")
    parts = read_parts(ratings=place.ratings, published=published)
    contents = read_contents(
        layout.read(place.ratings, Reading(scale=layout.scale)), parts=parts, published=published, fold=fold
    )
    reject_unusable(contents, folder=folder, fold=fold)
    described = describe(raters=contents.raters, images=contents.images, companions=layout.companions(place.ratings))
    contents.raters, contents.images = described.people, described.images
    if place.images == place.ratings:
        found = unpack_files(contents.images, ratings=place.ratings, folder=scratch / UNPACKED)
    else:
        found = files_of(contents.images, folder=place.images)
    files, notes = encode_files(contents, found=found, encoder=encoder, cache=cache, progress=progress)
    notes = [*notes, *notes_of(contents), *map(str, described.unmatched)]
    return replace(write_tidy(contents, files=files, scratch=scratch, notes=notes), reported=published.reported)


def location_of_set(folder: Path) -> tuple[str, SetLocation]:
    """Tell which published set a folder holds, by the files that it has."""
    for name, layout in FORMATS.items():
        if layout.published is None:
            continue
        try:
            place = find_location(path=folder, layout=layout)
        except FileRejectedError:  # not this one
            continue
        if place.ratings != folder or any(part_of_file(one, published=layout.published) for one in folder.iterdir()):
            return name, place
    known = ", ".join(name for name, layout in FORMATS.items() if layout.published is not None)
    raise TidyError(f"{folder} is none of the sets with published parts ({known}); give the folder it was unpacked to")


def read_contents(rows: Rows, *, parts: Parts, published: Published, fold: int | None) -> Contents:
    """Sort a set's ratings into those to learn from and those to predict."""
    contents = Contents()
    for row in rows:
        if isinstance(row, RowProblem):
            contents.wrong.append(row)
            continue
        if isinstance(row, LeftOut):
            continue
        part = row.part or parts.part_of(row.image)
        is_new = fold is not None and parts.fold_of.get(row.rater) == fold
        pair = (row.rater, row.image)
        if part == published.train and not is_new:
            contents.roles[pair] = TRAIN
        elif part in published.queries:
            contents.roles[pair] = QUERY
            label = part if fold is None else f"{part}, {NEW if is_new else KNOWN}"
            contents.parts[label][pair] = None
        else:
            contents.unused += 1
            continue
        contents.ratings.append((row.rater, row.image, row.value))
        contents.images.setdefault(row.image, row.details)
        contents.raters.setdefault(row.rater, row.attributes)
    return contents


def facts_of(details: ImageDetails) -> dict[str, Any]:
    """Give what a set says of an image."""
    return {**{name: getattr(details, name) for name in FACTS}, **details.metadata}


def reject_unusable(contents: Contents, *, folder: Path, fold: int | None) -> None:
    """Refuse a set with wrong rows, or without ratings to learn from or to predict."""
    if contents.wrong:
        raise TidyError(f"{folder} has {len(contents.wrong)} wrong rows; the first: {contents.wrong[0]}")
    roles = set(contents.roles.values())
    if roles != {TRAIN, QUERY}:
        missing = "to learn from" if TRAIN not in roles else "to predict"
        raise TidyError(
            f"{folder} says of no rating that it is {missing}: its published lists are missing, or name other images"
        )
    if fold is not None and not any(label.endswith(NEW) for label in contents.parts):
        raise TidyError(f"{folder} has no new raters in fold {fold}; choose one of its published folds")


def files_of(images: Iterable[str], *, folder: Path) -> dict[str, Path]:
    """Find the file of each image in a folder; an image without one of its own is left out."""
    there = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return {image: folder / name for image, name in match_names(names=images, files=there).found.items()}


def unpack_files(images: Collection[str], *, ratings: Path, folder: Path) -> dict[str, Path]:
    """Write the pictures that lie beside ratings in the rows of their tables into a folder, each once."""
    with opened_pictures(paths=[ratings], column=PictureColumn(of_ratings=True)) as incoming:
        meant = {path: image for image, path in incoming.meant_by(images).found.items()}
        files = {}
        for one in incoming:
            if one.path in meant:
                files[meant[one.path]] = write_picture(one, path=folder / normal_name(meant[one.path]))
    return files


def write_picture(one: Incoming, *, path: Path) -> Path:
    """Write a picture's bytes; what a row holds no picture of stays an empty file, which cannot be read."""
    reject_outside(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.write_bytes(one.read())
    except ImageRejectedError:  # the encoder names the empty file among those that cannot be read
        path.touch()
    return path


def encode_files(
    contents: Contents, *, found: Mapping[str, Path], encoder: Encoder, cache: Path, progress: Progress
) -> tuple[dict[str, Path], list[str]]:
    """Encode the pictures; give the file of each image that has a readable one, and what is left out."""
    broken = store_vectors(encoder, sorted(set(found.values())), cache=cache, progress=progress)
    unread = sorted(image for image, file in found.items() if file in broken)
    lost = sorted(image for image in contents.images if image not in found)
    kinds = (("rated images have no picture of their own", lost), ("pictures cannot be read", unread))
    notes = [f"{len(names)} {what}: {listed_names(names)}" for what, names in kinds if names]
    return {image: file for image, file in found.items() if file not in broken}, notes


def notes_of(contents: Contents) -> Iterator[str]:
    """Say how many ratings belong to parts that were not asked for."""
    if contents.unused:
        yield f"{contents.unused} ratings belong to no part that is learned from or predicted"


def write_tidy(contents: Contents, *, files: Mapping[str, Path], scratch: Path, notes: Sequence[str]) -> PublishedSet:
    """Write the set; ratings of images without a readable picture are left out and counted."""
    kept = [rated for rated in contents.ratings if rated[1] in files]
    left_out = len(contents.ratings) - len(kept)
    for image, file in files.items():
        link_picture(scratch / "images" / normal_name(image), file=file)
    table(scratch / "ratings.csv", ("rater", "image", "rating"), kept)
    facts_table(scratch / "images.csv", "image", {image: facts_of(contents.images[image]) for image in files})
    facts_table(scratch / "raters.csv", "rater", contents.raters)
    roles = ((*pair, role) for pair, role in contents.roles.items() if pair[1] in files)
    table(scratch / "split.csv", ("rater", "image", "role"), roles)
    return PublishedSet(
        folder=scratch,
        split=scratch / "split.csv",
        parts={
            part: tuple(pair for pair in pairs if pair[1] in files) for part, pairs in sorted(contents.parts.items())
        },
        notes=(*notes, *([f"{left_out} ratings are of images without a readable picture"] if left_out else [])),
    )


def link_picture(link: Path, *, file: Path) -> None:
    """Put a link to a picture where a tidy set has it."""
    reject_outside(link)
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.exists():
        link.symlink_to(file.absolute())


def reject_outside(path: Path) -> None:
    """Refuse a picture whose name leads out of the folder it is put into."""
    if ".." in path.parts:
        raise TidyError(f"{path.name} is called by a name that leads out of the set's folder; rename it in the set")


def facts_table(path: Path, key: str, rows: Mapping[str, Mapping[str, Any]]) -> None:
    """Write what is known of images or raters, a column for each fact; lists and tables are no categories."""
    columns = sorted({name for facts in rows.values() for name, fact in facts.items() if is_plain(fact)} - {key})
    table(path, (key, *columns), ((name, *(facts.get(one, "") for one in columns)) for name, facts in rows.items()))


def is_plain(fact: Any) -> bool:
    """Tell whether a fact is a word or a number."""
    return isinstance(fact, str | int | float)


def table(path: Path, heading: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write a table."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(heading)
        writer.writerows(rows)
