"""Read a tidy rating set and its split through the one reader of tables; complaints name file, line and column."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ratings.exceptions import FileRejectedError
from ratings.files.names import normal_name
from ratings.files.numbers import Notation, NumberError, Survey
from ratings.files.table_files import Line, cell_name, required_columns, table_lines
from scoring.ml.data.arrays import Floats

TRAIN, SUPPORT, QUERY = ROLES = ("train", "support", "query")
MOST_NUMBERS = 12  # distinct numbers in a column beyond which they are banded
Pair = tuple[str, str]  # rater, image


class TidyError(ValueError):
    """A file of the set cannot be used; the message is one sentence."""


@dataclass(frozen=True, kw_only=True)
class Split:
    """Hold which rater-image pairs to train on, adapt on and predict, in file order."""

    pairs: Mapping[str, tuple[Pair, ...]]  # by role, with the names of images in normal form
    written: Mapping[Pair, Pair]  # as the file spells them

    @property
    def raters(self) -> tuple[str, ...]:
        """Return all raters, sorted."""
        return tuple(sorted({rater for pairs in self.pairs.values() for rater, _ in pairs}))

    @property
    def images(self) -> tuple[str, ...]:
        """Return all images, sorted."""
        return tuple(sorted({image for pairs in self.pairs.values() for _, image in pairs}))


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Give the reader's complaints with the whole path."""
    try:
        yield
    except FileRejectedError as error:
        raise TidyError(error.message.replace(path.name, str(path), 1)) from error


def read_rows(path: Path, columns: Sequence[str], *, named: Sequence[str] = ()) -> Iterator[Line]:
    """Read the rows of a table that has these columns; cells of the named ones come as names, none of them blank."""
    with reading(path):
        wanted = {name: (name,) for name in columns}
        for line in required_columns(lines=table_lines(path=path), names=wanted, source=path.name):
            for name in named:
                line.cells[name] = required_name(path, line, name)
            yield line


def required_name(path: Path, line: Line, column: str) -> str:
    """Read a cell that names a rater or an image; the name of an image comes in normal form."""
    name = cell_name(line.cells[column])
    if name and column == "image":
        name = normal_name(name)
    if not name:
        raise TidyError(f"{path}, line {line.number}: column {column} is empty; fill it in")
    return name


def read_split(path: Path) -> Split:
    """Read rater, image and role; rows of any other role are ignored."""
    found: dict[Pair, str] = {}
    written: dict[Pair, Pair] = {}
    for line in read_rows(path, ("rater", "image", "role")):
        role = cell_name(line.cells["role"])
        if role not in ROLES:
            continue
        pair = required_name(path, line, "rater"), required_name(path, line, "image")
        written.setdefault(pair, (pair[0], cell_name(line.cells["image"]) or ""))
        if found.setdefault(pair, role) != role:
            raise TidyError(
                f"{path}, line {line.number}: column role says {role} for rater {pair[0]} and image "
                f"{pair[1]}, which is {found[pair]} above; keep one of them"
            )
    return split_of(found, written=written, path=path)


def split_of(roles: Mapping[Pair, str], *, written: Mapping[Pair, Pair], path: Path) -> Split:
    """Make a split of the role of each pair; refuse one without anything to learn from or to predict."""
    for role in (TRAIN, QUERY):
        if role not in roles.values():
            raise TidyError(f"{path}: column role never says {role}; mark the rows to {_PURPOSE[role]}")
    pairs = {role: tuple(pair for pair, own in roles.items() if own == role) for role in ROLES}
    return Split(pairs=pairs, written=written)


_PURPOSE = {TRAIN: "train on", QUERY: "predict"}


def read_answers(path: Path, pairs: Collection[Pair]) -> dict[Pair, float]:
    """Return the mean rating of each of these pairs that has one; a blank cell is none."""
    return _means((pair, value) for _, pair, value in _given(path, pairs) if value is not None)


def read_ratings(path: Path, pairs: Collection[Pair]) -> dict[Pair, float]:
    """Return the mean rating of each of these pairs, none of them blank; no other row's rating is looked at."""
    return _means((pair, _filled(path, line, value)) for line, pair, value in _given(path, pairs))


def _means(rated: Iterable[tuple[Pair, float]]) -> dict[Pair, float]:
    found: dict[Pair, list[float]] = {}
    for pair, value in rated:
        found.setdefault(pair, []).append(value)
    return {pair: sum(values) / len(values) for pair, values in found.items()}


def _filled(path: Path, line: int, value: float | None) -> float:
    if value is None:
        raise TidyError(f"{path}, line {line}: column rating is blank; write a number, or drop the row from the split")
    return value


def _given(path: Path, pairs: Collection[Pair]) -> Iterator[tuple[int, Pair, float | None]]:
    """Read the ratings of these pairs; how the column writes numbers is decided from their rows alone."""
    wanted = frozenset(pairs)
    rows = [row for row in _rated_rows(path) if row[1] in wanted] if wanted else []
    notation = _notation(cell for _, _, cell in rows)
    for number, pair, cell in rows:
        try:
            yield number, pair, notation.number(cell)
        except NumberError as error:
            raise TidyError(f"{path}, line {number}: column rating says {cell!r}: {error}") from error


def _rated_rows(path: Path) -> Iterator[tuple[int, Pair, Any]]:
    """Read every row's line, pair and cell of the rating."""
    for line in read_rows(path, ("rater", "image", "rating"), named=("rater", "image")):
        yield line.number, (line.cells["rater"], line.cells["image"]), line.cells["rating"]


def _notation(cells: Iterable[Any]) -> Notation:
    survey = Survey()
    for cell in cells:
        survey.note(cell)
    return survey.notation()


def read_repeats(path: Path) -> dict[Pair, tuple[float, ...]]:
    """Return the ratings of each pair that has several; a cell that is no number counts for nothing."""
    rows = list(_rated_rows(path))
    notation = _notation(cell for _, _, cell in rows)
    found: dict[Pair, list[float]] = {}
    for _, pair, cell in rows:
        try:
            value = notation.number(cell)
        except NumberError:  # not asked for: a row that was needed has been refused before
            continue
        if value is not None:
            found.setdefault(pair, []).append(value)
    return {pair: tuple(values) for pair, values in found.items() if len(values) > 1}


def rated_pairs(path: Path) -> list[Pair]:
    """Return who rated what, in order, without looking at the ratings."""
    rows = read_rows(path, ("rater", "image"), named=("rater", "image"))
    return list(dict.fromkeys((line.cells["rater"], line.cells["image"]) for line in rows))


def rated_images(path: Path) -> dict[str, str]:
    """Return every image that is rated, in normal form, as the file spells it first."""
    found: dict[str, str] = {}
    for line in read_rows(path, ("image",)):
        found.setdefault(required_name(path, line, "image"), cell_name(line.cells["image"]) or "")
    return found


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


def read_categories(path: Path, key: str, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the columns of an optional table for these keys, "" where it says nothing."""
    if not path.exists():
        return {}
    rows = {line.cells[key]: line.cells for line in read_rows(path, (key,), named=(key,))}
    columns = dict.fromkeys(name for cells in rows.values() for name in cells if name != key)
    return {name: banded([word(rows.get(own, {}).get(name)) for own in names]) for name in columns}


def word(cell: Any) -> str:
    """Read a cell as a word, "" where it is blank."""
    return (cell_name(cell) or "").strip()


def banded(column: list[str]) -> tuple[str, ...]:
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
