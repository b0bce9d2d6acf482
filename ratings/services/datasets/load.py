"""Import a set of ratings: check every row, take the pictures in, then write all ratings in one transaction."""

import json
import math
import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from ratings.exceptions import ConflictError, FileRejectedError, InvalidInputError
from ratings.files.tables import is_table, table_parts
from ratings.files.texts import reading, reject_disguised
from ratings.models import Dataset, DatasetRater
from ratings.services.datasets.formats import FORMATS
from ratings.services.datasets.images import write_images
from ratings.services.datasets.published import NO_PARTS, Parts, read_parts
from ratings.services.datasets.rows import Format, RatingRow, RowProblem, Rows
from ratings.services.ingest import Rejection, ingest_pictures
from ratings.services.ingest_sources import NOTHING_KNOWN, Details, ImageDetails, Incoming, folder_pictures
from ratings.services.jobs.progress import Progress, no_progress

MOST_PROBLEMS = 100
NAME = re.compile(r"[-a-zA-Z0-9_]{1,50}")
RATERS_AT_ONCE = 1000
ROWS_BETWEEN_REPORTS = 5000


CLEAR = "DROP TABLE IF EXISTS pg_temp.staged_rating, pg_temp.numbered_rating"
STAGE = """
CREATE TEMP TABLE staged_rating (
    seq bigint, rater_id bigint, dataset_image_id bigint, value float8, count int, is_population boolean, part text
) ON COMMIT DROP
"""
NUMBERED = """
CREATE TEMP TABLE numbered_rating ON COMMIT DROP AS
SELECT rater_id, dataset_image_id, value, count, part,
       row_number() OVER (PARTITION BY rater_id, dataset_image_id ORDER BY seq) - 1 AS ordinal, FALSE AS is_population
FROM staged_rating WHERE NOT is_population
UNION ALL
SELECT rater_id, dataset_image_id, value, least(sum(count), 2147483647)::int, min(part), 0, TRUE
FROM staged_rating WHERE is_population GROUP BY rater_id, dataset_image_id, value
"""
CHANGE = """
UPDATE ratings_datasetrating AS stored SET value = new.value
FROM numbered_rating AS new
WHERE stored.rater_id = new.rater_id AND stored.dataset_image_id = new.dataset_image_id
  AND stored.ordinal = new.ordinal AND NOT new.is_population AND stored.value <> new.value
"""
COUNT = """
UPDATE ratings_datasetrating AS stored SET count = new.count, part = new.part
FROM numbered_rating AS new
WHERE stored.rater_id = new.rater_id AND stored.dataset_image_id = new.dataset_image_id
  AND stored.ordinal = new.ordinal AND stored.value = new.value
  AND (stored.count, stored.part) <> (new.count, new.part)
"""
ADD = """
INSERT INTO ratings_datasetrating (rater_id, dataset_image_id, ordinal, value, count, part)
SELECT rater_id, dataset_image_id, ordinal, value, count, part FROM numbered_rating
ON CONFLICT (rater_id, dataset_image_id, ordinal, value) DO NOTHING
"""


@dataclass(frozen=True, kw_only=True)
class Source:
    """Which file to import, how it is laid out, and where its pictures are."""

    path: Path
    layout: str = "tidy"
    images: Path | None = None
    scale_min: float
    scale_max: float


@dataclass(kw_only=True)
class DatasetReport:
    """What became of the rows."""

    added: int = 0
    changed: int = 0
    linked: int = 0  # images whose picture was not here before
    completed: int = 0  # known images whose missing details were filled in
    rows: int = 0
    raters: int = 0
    images: int = 0
    without_file: int = 0
    rejected: list[Rejection] = field(default_factory=list)

    @property
    def summary(self) -> str:
        """Say it in one sentence."""
        known = self.rows - self.added - self.changed
        return (
            f"{self.rows} ratings by {self.raters} raters read: {self.added} added, {self.changed} changed, "
            f"{known} known already; {self.images} images"
            + (f", {self.without_file} rated images without a file" if self.without_file else "")
        )


@dataclass(kw_only=True)
class Checked:
    """What a first reading found: the images that are rated, and what is known of them."""

    images: dict[str, ImageDetails] = field(default_factory=dict)
    raters: dict[str, RatingRow] = field(default_factory=dict)
    rows: int = 0
    parts: Parts = NO_PARTS  # in which the set was published


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a set's files lie: its ratings, and its pictures where there are any."""

    ratings: Path
    images: Path | None


def import_ratings(*, name: str, source: Source, on_progress: Progress = no_progress) -> DatasetReport:
    """Import a file of ratings as (part of) a dataset; running it twice changes nothing.

    Any wrong row refuses the whole file, with the first hundred named. Pictures come in one by one before the
    ratings do, so that an interrupted run goes on where it was; the ratings are one transaction.
    """
    layout = FORMATS[source.layout]
    place = checked_place(name=name, source=source)
    checked = check_rows(rows=layout.read(place.ratings), source=source, on_progress=on_progress)
    checked.parts = read_parts(ratings=place.ratings, published=layout.published)
    report = DatasetReport(rows=checked.rows, raters=len(checked.raters))
    ids: dict[str, Any] = {}
    if place.images is not None:
        ids = take_pictures(folder=place.images, checked=checked, layout=layout, report=report, on_progress=on_progress)
    write_ratings(name=name, source=source, rows=layout.read(place.ratings), ids=ids, checked=checked, report=report)
    return report


def checked_place(*, name: str, source: Source) -> Place:
    """Find a set's files; refuse what can be told to be wrong before a row is read."""
    reject_bad_name(name)
    reject_bad_scale(source=source)
    reject_other_scale(name=name, source=source)
    with reading(source.path):
        return find_place(path=source.path, layout=FORMATS[source.layout], images=source.images)


def reject_bad_name(name: str) -> None:
    """Refuse what cannot name a dataset."""
    if not NAME.fullmatch(name):
        raise InvalidInputError(
            f"{name!r} is no name for a dataset; use at most 50 letters, digits and hyphens.",
            fields={"name": "Use letters, digits and hyphens."},
        )


def scale_of(*, layout: str, given: Sequence[float] | None, path: Path | None = None) -> tuple[float, float]:
    """Take the scale that is given, or the one on which the set was published, or that of a dump."""
    scale = tuple(given) if given else FORMATS[layout].scale or (dump_scale(path) if path else None)
    if scale is None:
        raise InvalidInputError(
            f"Sets in the layout {layout!r} have no scale of their own: give the lowest and the highest value.",
            fields={"scale": "Give both ends."},
        )
    return scale[0], scale[1]


def dump_scale(path: Path) -> tuple[float, float] | None:
    """Read the scale from the manifest of a dump of another installation; none where there is no such file."""
    manifest = (path if path.is_dir() else path.parent) / "manifest.json"
    try:
        study = json.loads(manifest.read_text(encoding="utf-8"))["study"]
        return float(study["scale_min"]), float(study["scale_max"])
    except (OSError, ValueError, LookupError, TypeError):  # none of ours: whoever imports is asked for the scale
        return None


def reject_bad_scale(*, source: Source) -> None:
    """Refuse a scale that is no range of numbers."""
    if not math.isfinite(source.scale_max - source.scale_min):
        raise InvalidInputError("The ends of the scale have to be numbers.", fields={"scale": "Write numbers."})
    if source.scale_min >= source.scale_max:
        raise InvalidInputError("The scale's lower end has to be below its upper end.", fields={"scale": "Swap them."})


def find_place(*, path: Path, layout: Format, images: Path | None = None) -> Place:
    """Find the ratings, and the folder of pictures that is named or lies where the set has it."""
    ratings = rating_file(path, layout=layout)
    if ratings.is_file():
        reject_disguised(ratings)
    if images is not None:
        return Place(ratings=ratings, images=images)
    beside = ratings if ratings.is_dir() else ratings.parent
    folders = (beside / name for name in layout.images)
    return Place(ratings=ratings, images=next((one for one in folders if holds_pictures(one)), None))


def rating_file(path: Path, *, layout: Format) -> Path:
    """Take the file itself, or find it in a set's folder: alone, or as a folder of parts as in a Hugging Face dump."""
    if path.is_dir():
        named = (one for stem in layout.files for one in sorted((path / stem).parent.glob(f"{Path(stem).name}*")))
        found = next((one for one in named if one.stem in {Path(stem).name for stem in layout.files}), None)
        if found is not None and (found.is_file() or table_parts(found)):
            return found
        if table_parts(path) and is_parts(path):
            return path
        names = ", ".join(f"{stem}.*" for stem in layout.files)
        raise FileRejectedError(f"{path} holds no file of ratings ({names}); name the file.")
    if not path.is_file():
        raise FileRejectedError(f"There is no file {path}; check the path.")
    return path


def is_parts(folder: Path) -> bool:
    """Tell whether a folder holds nothing but the parts of a table."""
    return all(is_table(name=one.name) for one in folder.iterdir())


def holds_pictures(folder: Path) -> bool:
    """Tell whether a folder beside the ratings holds pictures, and not the parts of a table."""
    return folder.is_dir() and any(not is_table(name=one.name) for one in folder.iterdir())


def reject_other_scale(*, name: str, source: Source) -> None:
    """Refuse to mix scales in one dataset."""
    known = Dataset.objects.filter(name=name).first()
    if known is not None and (known.scale_min, known.scale_max) != (source.scale_min, source.scale_max):
        raise ConflictError(
            f"The dataset {name!r} has the scale {known.scale_min:g} to {known.scale_max:g}; "
            "import with that scale or under another name."
        )


def check_rows(*, rows: Rows, source: Source, on_progress: Progress) -> Checked:
    """Read every row once; refuse the file if any is wrong."""
    checked = Checked()
    problems: list[RowProblem] = []
    for row in rows:
        problem = row if isinstance(row, RowProblem) else off_scale(row, source=source)
        if problem is not None:
            problems.append(problem)
        elif isinstance(row, RatingRow):
            note_rater(row, checked=checked)
            note_image(row, checked=checked)
        if len(problems) >= MOST_PROBLEMS:
            break
        if checked.rows % ROWS_BETWEEN_REPORTS == 0:
            on_progress(f"checking the rows: {checked.rows}", 0.0)
    refuse_problems(problems, source=source)
    if not checked.rows:
        raise FileRejectedError(f"{source.path.name} holds no ratings; it needs at least one row.")
    return checked


def note_rater(row: RatingRow, *, checked: Checked) -> None:
    """Count the row, and remember its rater and the first facts about them."""
    checked.rows += 1
    known = checked.raters.get(row.rater)
    if known is None or (row.attributes and not known.attributes):
        checked.raters[row.rater] = row


def note_image(row: RatingRow, *, checked: Checked) -> None:
    """Remember the row's image and the first facts about it."""
    if checked.images.get(row.image, NOTHING_KNOWN) is NOTHING_KNOWN:
        checked.images[row.image] = row.details


def off_scale(row: RatingRow, *, source: Source) -> RowProblem | None:
    """Tell whether a value is outside of the scale."""
    if source.scale_min <= row.value <= source.scale_max:
        return None
    mend = f"the scale is {source.scale_min:g} to {source.scale_max:g}; mend the value, or the scale"
    return RowProblem(line=row.line, column="rating", value=f"{row.value:g}", mend=mend)


def refuse_problems(problems: list[RowProblem], *, source: Source) -> None:
    """Refuse the file with a line for each problem."""
    if problems:
        many = f"at least {MOST_PROBLEMS}" if len(problems) >= MOST_PROBLEMS else str(len(problems))
        raise FileRejectedError(
            f"{source.path.name} has {many} wrong rows, and nothing was imported:\n" + "\n".join(map(str, problems)),
            fields={f"line {problem.line}": f"{problem.column}: {problem.mend}" for problem in problems},
        )


def take_pictures(
    *, folder: Path, checked: Checked, layout: Format, report: DatasetReport, on_progress: Progress
) -> dict[str, Any]:
    """Take in the pictures that are rated; give their ids by their names in the set."""
    if not folder.is_dir():
        raise FileRejectedError(f"There is no folder {folder}; check --images.")
    found = pictures_by_name(folder=folder)
    missing = [key for key in checked.images if file_of(key, found) is None]
    report.without_file = len(missing)
    if missing and (not layout.is_gappy or len(missing) == len(checked.images)):
        shown = ", ".join(map(repr, missing[:5])) + (" …" if len(missing) > 5 else "")  # noqa: PLR2004
        raise FileRejectedError(
            f"{len(missing)} rated images have no file under {folder}: {shown}; add the files or name their folder."
        )
    wanted = {
        key: Incoming(name=one.name, read=one.read, details=details)
        for key, details in checked.images.items()
        if (one := file_of(key, found)) is not None
    }
    taken = ingest_pictures(
        incoming=list(wanted.values()),
        study=None,
        on_progress=on_progress,
    )
    report.images, report.rejected = len(taken.images), taken.rejected
    return {key: taken.images[one.name] for key, one in wanted.items() if one.name in taken.images}


def pictures_by_name(*, folder: Path) -> dict[str, Incoming]:
    """Index a folder by path, by bare name and by bare name without suffix."""
    found: dict[str, Incoming] = {}
    for one in folder_pictures(folder=folder, details=Details()):
        base = posixpath.basename(one.name)
        for key in (one.name, base, posixpath.splitext(base)[0]):
            found.setdefault(key, one)
    return found


def file_of(key: str, found: dict[str, Incoming]) -> Incoming | None:
    """Find the file of an image."""
    base = posixpath.basename(key)
    return found.get(key) or found.get(base) or found.get(posixpath.splitext(base)[0])


@transaction.atomic
def write_ratings(
    *, name: str, source: Source, rows: Rows, ids: dict[str, Any], checked: Checked, report: DatasetReport
) -> None:
    """Write raters and ratings; what is there already stays, a value that differs is corrected."""
    dataset, _ = Dataset.objects.get_or_create(
        name=name,
        defaults={"scale_min": source.scale_min, "scale_max": source.scale_max, "source": source.path.name},
    )
    Dataset.objects.select_for_update().get(pk=dataset.pk)  # two imports into one set take turns
    raters = write_raters(dataset=dataset, raters=checked.raters, parts=checked.parts)
    images = write_images(dataset=dataset, images=checked.images, pictures=ids)
    report.linked, report.completed = images.linked, images.completed
    with connection.cursor() as cursor:
        cursor.execute(CLEAR)  # of an import before this one in the same transaction
        cursor.execute(STAGE)
        with cursor.copy("COPY staged_rating FROM STDIN") as copy:
            for seq, row in enumerate(rows):
                if isinstance(row, RatingRow):
                    rated = (raters[row.rater], images.keys[row.image], row.value, row.count)
                    copy.write_row((seq, *rated, row.is_population, row.part or checked.parts.part_of(row.image)))
        cursor.execute(NUMBERED)
        cursor.execute(CHANGE)
        report.changed = cursor.rowcount
        cursor.execute(COUNT)
        cursor.execute(ADD)
        report.added = cursor.rowcount


def write_raters(*, dataset: Dataset, raters: dict[str, RatingRow], parts: Parts) -> dict[str, int]:
    """Write the raters that are new, complete those that are known; give their numbers by name."""
    known = dict(DatasetRater.objects.filter(dataset=dataset).values_list("key", "attributes"))
    rows: Iterator[DatasetRater] = (
        DatasetRater(
            dataset=dataset,
            key=key,
            attributes={**known.get(key, {}), **row.attributes},
            is_population=row.is_population,
            fold=parts.fold_of.get(key),
        )
        for key, row in sorted(raters.items())
    )
    while batch := list(islice(rows, RATERS_AT_ONCE)):
        DatasetRater.objects.bulk_create(
            batch, update_conflicts=True, unique_fields=["dataset", "key"], update_fields=["attributes", "fold"]
        )
    return dict(DatasetRater.objects.filter(dataset=dataset).values_list("key", "pk"))
