"""Read a tidy rating set and its split; every complaint names file, line, column and mend."""

import csv
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scoring.ml.data import Floats

TRAIN, SUPPORT, QUERY = ROLES = ("train", "support", "query")
MOST_NUMBERS = 12  # distinct numbers in a column beyond which they are banded
Pair = tuple[str, str]  # rater, image


class TidyError(ValueError):
    """A file of the set cannot be used; the message is one sentence."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """Hold a CSV file: its columns, and each row with its line number."""

    path: Path
    columns: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, str]], ...]


@dataclass(frozen=True, kw_only=True)
class Split:
    """Hold which rater-image pairs to train on, adapt on and predict, in file order."""

    pairs: Mapping[str, tuple[Pair, ...]]  # by role

    @property
    def raters(self) -> tuple[str, ...]:
        """Return all raters, sorted."""
        return tuple(sorted({rater for pairs in self.pairs.values() for rater, _ in pairs}))

    @property
    def images(self) -> tuple[str, ...]:
        """Return all images, sorted."""
        return tuple(sorted({image for pairs in self.pairs.values() for _, image in pairs}))


def read_table(path: Path, required: Sequence[str]) -> Table:
    """Read a CSV file in UTF-8 that has these columns."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, restkey="")
            columns = tuple(name.strip() for name in reader.fieldnames or ())
            reader.fieldnames = columns
            missing = [name for name in required if name not in columns]
            if missing:
                raise TidyError(f"{path}, line 1: column {missing[0]} is missing; add it to the header")
            rows = tuple(_checked(path, reader, required))
    except FileNotFoundError as error:
        raise TidyError(f"{path} does not exist; give the path of an existing file") from error
    except (UnicodeDecodeError, csv.Error, OSError) as error:
        raise TidyError(f"{path} is not a CSV file in UTF-8 ({error}); save it as one") from error
    return Table(path=path, columns=columns, rows=rows)


def _checked(
    path: Path, reader: "csv.DictReader[str]", required: Sequence[str]
) -> Iterator[tuple[int, dict[str, str]]]:
    for row in reader:
        for name in required:
            if not row[name]:
                raise TidyError(f"{path}, line {reader.line_num}: column {name} is empty; fill it in")
        yield reader.line_num, {key: value or "" for key, value in row.items() if key}


def read_split(path: Path) -> Split:
    """Read rater, image and role; rows of any other role are ignored."""
    found: dict[Pair, str] = {}
    for line, row in read_table(path, ("rater", "image")).rows:
        if "role" not in row:
            raise TidyError(f"{path}, line 1: column role is missing; add it to the header")
        if row["role"] not in ROLES:
            continue
        pair = (row["rater"], row["image"])
        if found.setdefault(pair, row["role"]) != row["role"]:
            raise TidyError(
                f"{path}, line {line}: column role says {row['role']} for rater {pair[0]} and image "
                f"{pair[1]}, which is {found[pair]} above; keep one of them"
            )
    for role in (TRAIN, QUERY):
        if role not in found.values():
            raise TidyError(f"{path}: column role never says {role}; mark the rows to {_PURPOSE[role]}")
    return Split(pairs={role: tuple(pair for pair, own in found.items() if own == role) for role in ROLES})


_PURPOSE = {TRAIN: "train on", QUERY: "predict"}


def read_answers(path: Path, pairs: Collection[Pair]) -> dict[Pair, float]:
    """Return the mean rating of each of these pairs that has one; an empty cell is none."""
    return read_ratings(path, pairs, without=("",))


def read_ratings(path: Path, pairs: Collection[Pair], without: Collection[str] = ()) -> dict[Pair, float]:
    """Return the mean rating of each of these pairs; no other row's rating is looked at."""
    wanted = frozenset(pairs)
    sums: dict[Pair, list[float]] = {}
    for line, row in read_table(path, ("rater", "image")).rows:
        pair = (row["rater"], row["image"])
        if pair not in wanted:
            continue
        if "rating" not in row:
            raise TidyError(f"{path}, line 1: column rating is missing; add it to the header")
        if row["rating"] not in without:
            sums.setdefault(pair, []).append(_number(path, line, "rating", row["rating"]))
    return {pair: sum(values) / len(values) for pair, values in sums.items()}


def read_repeats(path: Path) -> dict[Pair, tuple[float, float]]:
    """Return the first two ratings of each pair that has as many; a cell that is no number counts for nothing."""
    found: dict[Pair, list[float]] = {}
    for _, row in read_table(path, ("rater", "image")).rows:
        value = _parsed(row.get("rating", ""))
        if np.isfinite(value):
            found.setdefault((row["rater"], row["image"]), []).append(value)
    return {pair: (values[0], values[1]) for pair, values in found.items() if len(values) > 1}


def rated_pairs(path: Path) -> list[Pair]:
    """Return who rated what, in order, without looking at the ratings."""
    rows = read_table(path, ("rater", "image")).rows
    return list(dict.fromkeys((row["rater"], row["image"]) for _, row in rows))


def known_ratings(path: Path, pairs: Sequence[Pair], split: Path) -> Floats:
    """Return the rating of every pair, in order; each must be there."""
    found = read_ratings(path, pairs)
    for rater, image in pairs:
        if (rater, image) not in found:
            raise TidyError(
                f"{path}: there is no rating of image {image} by rater {rater}, which {split} asks "
                "to learn from; add the row or drop it from the split"
            )
    return np.array([found[pair] for pair in pairs], np.float64)


def find_images(folder: Path, names: Sequence[str], split: Path) -> tuple[Path, ...]:
    """Return the file of each image; a name may lack its suffix, and its folder where no other file is called so."""
    if not folder.is_dir():
        raise TidyError(f"{folder} is not a folder; put the image files there")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    paths = [path.relative_to(folder) for path in files]
    exact = {path.as_posix(): file for path, file in zip(paths, files, strict=True)}
    loose: dict[str, set[Path]] = {}
    for path, file in zip(paths, files, strict=True):
        for name in {path.with_suffix("").as_posix(), path.name, path.stem}:
            loose.setdefault(name, set()).add(file)
    found = []
    for name in names:
        meant = {exact[name]} if name in exact else loose.get(name, set())
        if not meant:
            raise TidyError(
                f"{split}: column image names {name}, which is not in {folder}; add the file or drop its rows"
            )
        if len(meant) > 1:
            rivals = " and ".join(path.relative_to(folder).as_posix() for path in sorted(meant)[:2])
            raise TidyError(f"{split}: column image names {name}, which is {rivals} in {folder}; write the whole name")
        found.append(meant.pop())
    return tuple(found)


def read_categories(
    path: Path, key: str, names: Sequence[str], skip: Collection[str] = ()
) -> dict[str, tuple[str, ...]]:
    """Return the columns of an optional table for these keys, "" where it says nothing."""
    if not path.exists():
        return {}
    table = read_table(path, (key,))
    rows = {row[key]: row for _, row in table.rows}
    columns = [name for name in table.columns if name and name != key and name not in skip]
    return {name: _banded([rows.get(own, {}).get(name, "").strip() for own in names]) for name in columns}


def read_prompts(path: Path, names: Sequence[str]) -> tuple[str, ...]:
    """Return the prompt of each image, "" without one."""
    if not path.exists():
        return ("",) * len(names)
    rows = {row["image"]: row.get("prompt", "") for _, row in read_table(path, ("image",)).rows}
    return tuple(rows.get(name, "") for name in names)


def _banded(column: list[str]) -> tuple[str, ...]:
    """Band a column of many numbers into fifths; leave anything else as it is."""
    given = [cell for cell in column if cell]
    try:
        numbers = np.array([float(cell) for cell in given])
    except ValueError:  # words among them: categories as they are
        return tuple(column)
    if len(set(numbers)) <= MOST_NUMBERS:
        return tuple(column)
    edges = np.quantile(numbers, (0.2, 0.4, 0.6, 0.8))
    return tuple(f"band {np.searchsorted(edges, float(cell))}" if cell else "" for cell in column)


def _number(path: Path, line: int, column: str, cell: str) -> float:
    number = _parsed(cell)
    if not np.isfinite(number):
        raise TidyError(f"{path}, line {line}: column {column} says {cell!r}; write a finite number")
    return number


def _parsed(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:  # no number: the caller names line and column
        return float("nan")
