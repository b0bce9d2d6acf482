"""Import what somebody uploaded; an interrupted import is repeated, since both kinds may run twice."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_noop as staff_gettext_noop

from ratings.choices import DeliveryKind, KnownDetails
from ratings.exceptions import ChoiceNeededError, FileRejectedError, RecordError
from ratings.files.embedded import picture_columns
from ratings.files.text_files import without_strays
from ratings.models import Delivery
from ratings.sentences import staff_gettext
from ratings.services.datasets import Differing, Reading, Source, import_ratings
from ratings.services.entries import DetailReport
from ratings.services.flattened import flattening_remarks
from ratings.services.ingest import Rejection, import_together
from ratings.services.jobs.lifecycle import settle_job
from ratings.services.jobs.progress import Progress
from ratings.services.jobs.work import JobReport, do_job
from ratings.services.uploads.store import discard_folder, kept_files, separate_namesakes

MOST_LISTED = 500
HOW_TO_REPLACE = staff_gettext_noop(
    "to take over what the list says, upload again with “Replace what is known by the list”"
)


def import_delivery(*, delivery_id: int) -> Delivery | None:
    """Import an upload; give None where it is gone, done, or another worker's."""
    return do_job(kind=Delivery, job_id=delivery_id, runner=import_files)


def import_files(delivery: Delivery, report: JobReport) -> None:
    """Import the files of an upload, and remove them: what could be used is in the records."""
    works: dict[str, Callable[[Delivery, Progress], dict[str, Any]]] = {
        DeliveryKind.PICTURES: import_delivered_pictures,
        DeliveryKind.RATINGS: import_delivered_ratings,
    }
    try:
        outcome = works[delivery.kind](delivery, report)
    except ChoiceNeededError as error:
        keep_question(delivery, error)
        raise
    except RecordError:
        discard_folder(name=delivery.folder)
        raise
    except OSError as error:
        discard_folder(name=delivery.folder)
        raise FileRejectedError(
            staff_gettext("The files could not be read ({reason}).").format(reason=error.strerror or error)
        ) from error
    settle_job(job=delivery, stage="", report=outcome)
    discard_folder(name=delivery.folder)


def keep_question(delivery: Delivery, error: ChoiceNeededError) -> None:
    """Note what the files leave open; they stay for the answer."""
    question = {"question": without_strays(error.question), "choices": list(error.choices), "option": error.option}
    Delivery.objects.filter(pk=delivery.pk).update(report=question)


def import_delivered_pictures(delivery: Delivery, report: Progress) -> dict[str, Any]:
    """Import pictures, and each archive, into a study."""
    study = delivery.study
    assert study is not None  # noqa: S101 - a constraint of the table
    known = KnownDetails(delivery.options.get("known", KnownDetails.KEEP))
    with kept_files(name=delivery.folder) as folder:
        sources, lists = separate_sources(folder)
        found = import_together(
            paths=sources,
            lists=lists,
            study=study,
            known=known,
            column=delivery.options.get("image-column", ""),
            on_progress=report,
        )
    return {
        "summary": found.summary,
        "counts": {
            staff_gettext_noop("Added"): found.added,
            staff_gettext_noop("Known, new to this study"): found.reused,
            staff_gettext_noop("Duplicates skipped"): found.duplicates,
            **detail_counts(found.details),
            staff_gettext_noop("Rejected"): len(found.rejected),
        },
        "ordinals": ranges_of(found.ordinals),
        "unmatched": [without_strays(str(kind)) for kind in found.unmatched],
        "remarks": flattening_remarks(found.flattened),
        "differs": {"summary": found.details.summary(fix=staff_gettext(HOW_TO_REPLACE)), "lines": found.details.lines},
        "rejected": listed(found.rejected),
    }


def ranges_of(numbers: Sequence[int]) -> list[list[int]]:
    """Write rising numbers as the ranges that they make up: first and last of each."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return ranges


def detail_counts(details: DetailReport) -> dict[str, int]:
    """Count what became of the details of known pictures, where anything did."""
    counts = {
        staff_gettext_noop("Completed"): details.completed,
        staff_gettext_noop("Replaced by the list"): details.replaced,
        staff_gettext_noop("Left that differ"): details.differing,
    }
    return {name: count for name, count in counts.items() if count}


def separate_sources(folder: Path) -> tuple[list[Path], list[Path]]:
    """Set archives and tables that hold pictures apart, as sources of their own; give the lists of them all as well."""
    pictures, archives, details = folder / "pictures", folder / "archives", folder / "details"
    for path in files_in(pictures):
        if path.suffix.lower() == ".zip" or picture_columns(path):
            move_file(path, target=archives / path.relative_to(pictures))
        elif path.suffix.lower() == ".parquet":
            move_file(path, target=details / path.relative_to(pictures))
    for path in files_in(details):
        if picture_columns(path):
            move_file(path, target=archives / "details" / path.relative_to(details))
    separate_namesakes(pictures)
    loose = [pictures] if files_in(pictures) else []
    return loose + files_in(archives), files_in(details)


def move_file(path: Path, *, target: Path) -> None:
    """Put a file into another folder."""
    target.parent.mkdir(parents=True, exist_ok=True)
    path.rename(target)


def files_in(folder: Path) -> list[Path]:
    """List the files of a folder, if there is one, those of namesakes included."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def listed(rejected: list[Rejection]) -> list[list[str]]:
    """Give names and reasons as a row can hold them."""
    return [[without_strays(one.name), without_strays(one.reason)] for one in rejected[:MOST_LISTED]]


def source_of(*, folder: Path, options: dict[str, Any]) -> Source:
    """Describe kept ratings as the importer takes them."""
    return Source(
        path=folder / "ratings" / options["file"],
        layout=options["layout"],
        images=kept_pictures(folder / "pictures"),
        scale_min=options["scale_min"],
        scale_max=options["scale_max"],
        best_is_low=options.get("best_is_low", False),
        asked=Reading(**options.get("asked", {})),
        differing=Differing(options.get("differing", Differing.REFUSE)),
    )


def kept_pictures(folder: Path) -> Path | None:
    """Give the pictures that were uploaded with ratings: one archive, or a folder of files; none where none were."""
    files = list(folder.iterdir()) if folder.is_dir() else []
    if len(files) == 1 and files[0].suffix.lower() == ".zip":
        return files[0]
    return folder if files else None


def import_delivered_ratings(delivery: Delivery, report: Progress) -> dict[str, Any]:
    """Import ratings as a dataset."""
    options = delivery.options
    with kept_files(name=delivery.folder) as folder:
        source = source_of(folder=folder, options=options)
        found = import_ratings(name=options["name"], source=source, on_progress=report)
    return {
        "summary": found.summary,
        "counts": {
            staff_gettext_noop("Rows"): found.rows,
            staff_gettext_noop("Added"): found.added,
            staff_gettext_noop("Changed"): found.changed,
            staff_gettext_noop("Raters"): found.raters,
        },
        "unmatched": [without_strays(str(kind)) for kind in found.unmatched],
        "remarks": [found.teaches, *flattening_remarks(found.flattened)],
        "rejected": listed(found.rejected),
    }
