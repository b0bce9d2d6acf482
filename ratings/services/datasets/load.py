"""Import a set of ratings: check every row, take the pictures in, then write all ratings in one transaction."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from uuid import UUID

from django.db import transaction

from ratings.exceptions import ConflictError, FileRejectedError, InvalidInputError
from ratings.files.text_files import reading
from ratings.models import Dataset, DatasetRater
from ratings.selectors.datasets import teachable_ratings
from ratings.sentences import staff_gettext
from ratings.services.datasets.formats import FORMATS
from ratings.services.datasets.images import write_images
from ratings.services.datasets.joins import by_key, describe
from ratings.services.datasets.keys import image_keys
from ratings.services.datasets.locations import SetLocation, Source, find_location, reject_bad_scale
from ratings.services.datasets.pictures import import_pictures_of_set
from ratings.services.datasets.published import Parts, read_parts
from ratings.services.datasets.reports import Checked, DatasetReport
from ratings.services.datasets.rows import LeftOut, RatingRow, RowProblem, Rows
from ratings.services.datasets.withdrawn import without_withdrawn
from ratings.services.datasets.write import write_rows
from ratings.services.ingest_sources import NOTHING_KNOWN
from ratings.services.jobs.progress import Progress, no_progress

MOST_PROBLEMS = 100
NAME = re.compile(r"[-a-zA-Z0-9_]{1,50}")
RATERS_AT_ONCE = 1000
ROWS_BETWEEN_REPORTS = 5000


def import_ratings(*, name: str, source: Source, on_progress: Progress = no_progress) -> DatasetReport:
    """Import a file of ratings as (part of) a dataset; running it twice changes nothing.

    Any wrong row refuses the whole file, with the first hundred named. Pictures come in one by one before the
    ratings do, so that an interrupted run goes on where it was; the ratings are one transaction.
    """
    layout = FORMATS[source.layout]
    place = checked_location(name=name, source=source)
    rows = without_withdrawn(layout.read(place.ratings, source.reading))
    checked = check_rows(rows=rows, source=source, on_progress=on_progress)
    checked.parts = read_parts(ratings=place.ratings, published=layout.published)
    report = DatasetReport(rows=checked.rows, raters=len(checked.raters))
    companions = layout.companions(place.ratings)
    described = describe(
        raters={who: row.attributes for who, row in checked.raters.items()},
        images=checked.images,
        companions=companions,
    )
    for one in companions.left_out:
        checked.leave_out(one)
    report.unmatched += [*checked.left_out.values(), *described.unmatched]
    checked.images, checked.files = described.images, described.files
    checked.raters = {who: replace(row, attributes=described.people[who]) for who, row in checked.raters.items()}
    ids = import_pictures_of_set(place=place, checked=checked, layout=layout, report=report, on_progress=on_progress)
    rows = without_withdrawn(layout.read(place.ratings, source.reading))
    write_ratings(name=name, source=source, rows=rows, ids=ids, checked=checked, report=report)
    return report


def checked_location(*, name: str, source: Source) -> SetLocation:
    """Find a set's files; refuse what is wrong before a row is read."""
    reject_bad_name(name)
    reject_bad_scale(source=source)
    reject_other_scale(name=name, source=source)
    with reading(source.path):
        place = find_location(path=source.path, layout=FORMATS[source.layout], images=source.images)
        return replace(place, column=replace(source.column, of_ratings=place.images == place.ratings))


def reject_bad_name(name: str) -> None:
    """Refuse what cannot name a dataset."""
    if not NAME.fullmatch(name):
        raise InvalidInputError(
            staff_gettext("{name} is no name for a dataset; use at most 50 letters, digits and hyphens.").format(
                name=f"{name!r}"
            ),
            fields={"name": staff_gettext("Use letters, digits and hyphens.")},
        )


def reject_other_scale(*, name: str, source: Source) -> None:
    """Refuse to mix scales in one dataset."""
    known = Dataset.objects.filter(name=name).first()
    if known is None:
        return
    if (known.scale_min, known.scale_max) != (source.scale_min, source.scale_max):
        raise ConflictError(
            staff_gettext(
                "The dataset {name} has the scale {scale_min} to {scale_max}; import with that scale or under "
                "another name."
            ).format(name=f"{name!r}", scale_min=f"{known.scale_min:g}", scale_max=f"{known.scale_max:g}")
        )
    if known.best_is_low != source.best_is_low:
        best = staff_gettext("lowest") if known.best_is_low else staff_gettext("highest")
        fix = (
            staff_gettext("import with --best-is-low")
            if known.best_is_low
            else staff_gettext("import without --best-is-low")
        )
        raise ConflictError(
            staff_gettext("In the dataset {name} the {best} value is the best; {fix}, or under another name.").format(
                name=f"{name!r}", best=best, fix=fix
            )
        )


def check_rows(*, rows: Rows, source: Source, on_progress: Progress) -> Checked:
    """Read every row once; refuse the file if any is wrong."""
    checked = Checked()
    problems: list[RowProblem] = []
    for row in rows:
        problem = problem_of(row, source=source)
        if problem is not None:
            problems.append(problem)
        elif isinstance(row, LeftOut):
            checked.leave_out(row)
        elif isinstance(row, RatingRow):
            note_rater(row, checked=checked)
            note_image(row, checked=checked)
        if len(problems) >= MOST_PROBLEMS:
            break
        if checked.rows % ROWS_BETWEEN_REPORTS == 0:
            on_progress(staff_gettext("checking the rows: {count}").format(count=checked.rows), 0.0)
    refuse_problems(problems, source=source)
    refuse_empty(checked, source=source)
    forget_varying(checked)
    name_alike(checked)
    return checked


def refuse_empty(checked: Checked, *, source: Source) -> None:
    """Refuse a file without a rating, and say what was passed over."""
    if not checked.rows:
        passed_over = "".join(f" {one}." for one in checked.left_out.values())
        raise FileRejectedError(
            staff_gettext("{name} holds no ratings; it needs at least one row.{passed_over}").format(
                name=source.path.name, passed_over=passed_over
            )
        )


def problem_of(row: RatingRow | RowProblem | LeftOut, *, source: Source) -> RowProblem | None:
    """Tell what is wrong with a row."""
    if isinstance(row, RatingRow):
        return off_scale(row, source=source)
    return row if isinstance(row, RowProblem) else None


def note_rater(row: RatingRow, *, checked: Checked) -> None:
    """Count the row, and remember its rater and what is said of them: the first time, and whether it ever differs."""
    checked.rows += 1
    known = checked.raters.setdefault(row.rater, row)
    if known.attributes != row.attributes:
        both = known.attributes.keys() & row.attributes.keys()
        checked.varying.update(name for name in both if known.attributes[name] != row.attributes[name])
        checked.raters[row.rater] = replace(known, attributes={**row.attributes, **known.attributes})


def forget_varying(checked: Checked) -> None:
    """Leave out what is no fact about a rater, since it differs from row to row."""
    for name in sorted(checked.varying):
        checked.leave_out(
            LeftOut(what=staff_gettext("columns that differ within a rater, and so describe none"), name=name)
        )
    if checked.varying:
        for who, row in checked.raters.items():
            kept = {name: value for name, value in row.attributes.items() if name not in checked.varying}
            checked.raters[who] = replace(row, attributes=kept)


def name_alike(checked: Checked) -> None:
    """Name raters whose names differ only in capital letters: they count as several people, and may be one."""
    first: dict[str, str] = {}
    for who in checked.raters:
        other = first.setdefault(who.casefold(), who)
        if other != who:
            checked.leave_out(
                LeftOut(
                    what=staff_gettext("raters that differ only in capital letters, counted as different people"),
                    name=staff_gettext("{one} and {other}").format(one=other, other=who),
                )
            )


def note_image(row: RatingRow, *, checked: Checked) -> None:
    """Remember the row's image and the first facts about it."""
    if checked.images.get(row.image, NOTHING_KNOWN) is NOTHING_KNOWN:
        checked.images[row.image] = row.details


def off_scale(row: RatingRow, *, source: Source) -> RowProblem | None:
    """Tell whether a value is outside of the scale."""
    if source.scale_min <= row.value <= source.scale_max:
        return None
    fix = staff_gettext("the scale is {scale_min} to {scale_max}; correct the value, or the scale").format(
        scale_min=f"{source.scale_min:g}", scale_max=f"{source.scale_max:g}"
    )
    return RowProblem(line=row.line, column="rating", value=f"{row.value:g}", fix=fix)


def refuse_problems(problems: list[RowProblem], *, source: Source) -> None:
    """Refuse the file with a line for each problem."""
    if problems:
        many = (
            staff_gettext("at least {most}").format(most=MOST_PROBLEMS)
            if len(problems) >= MOST_PROBLEMS
            else str(len(problems))
        )
        raise FileRejectedError(
            staff_gettext("{name} has {many} wrong rows, and nothing was imported:").format(
                name=source.path.name, many=many
            )
            + "".join(f"\n{one}" for one in problems),
            fields={f"line {problem.line}": f"{problem.column}: {problem.fix}" for problem in problems},
        )


@transaction.atomic
def write_ratings(
    *, name: str, source: Source, rows: Rows, ids: dict[str, UUID], checked: Checked, report: DatasetReport
) -> None:
    """Write raters and ratings; what is there already stays, and what differs is treated as the import asks."""
    dataset, _ = Dataset.objects.get_or_create(
        name=name,
        defaults={
            "scale_min": source.scale_min,
            "scale_max": source.scale_max,
            "best_is_low": source.best_is_low,
            "source": source.path.name,
        },
    )
    Dataset.objects.select_for_update().get(pk=dataset.pk)  # two imports into one set take turns
    raters = write_raters(dataset=dataset, raters=checked.raters, parts=checked.parts)
    named = image_keys(names=checked.images, dataset=name, are_addresses=FORMATS[source.layout].are_addresses)
    keys = named.of
    images = write_images(
        dataset=dataset,
        images=by_key(checked.images, keys=keys),
        pictures={keys[image]: found for image, found in ids.items()},
        addresses=named.addresses,
    )
    report.linked, report.completed = images.linked, images.completed
    staged = (
        (
            *(seq, raters[row.rater], images.keys[keys[row.image]], row.value, row.count, row.is_population),
            *(row.part or checked.parts.part_of(row.image), row.source_id),
        )
        for seq, row in enumerate(rows)
        if isinstance(row, RatingRow)
    )
    written = write_rows(rows=staged, differing=source.differing)
    report.added, report.changed, report.removed = written.added, written.changed, written.removed
    report.teaches = teachable_ratings(dataset=dataset).sentence


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
