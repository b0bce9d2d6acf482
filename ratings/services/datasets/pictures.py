"""Find the pictures of a set's images: among those that come with it, and among those that are here already."""

from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from ratings.exceptions import FileRejectedError
from ratings.files.names import Matches
from ratings.selectors.known_pictures import known_pictures
from ratings.sentences import staff_gettext
from ratings.services.datasets.joins import RatedPictures, doubts, kinds, matches_of, refuse_mixed, refuse_unfound
from ratings.services.datasets.locations import SetLocation
from ratings.services.datasets.reports import Checked, DatasetReport
from ratings.services.datasets.rows import Format
from ratings.services.ingest import ingest_pictures
from ratings.services.ingest_files import IncomingPictures, opened_pictures
from ratings.services.ingest_lists import completed
from ratings.services.ingest_sources import NOTHING_KNOWN
from ratings.services.jobs.progress import Progress


@dataclass(frozen=True, kw_only=True)
class PicturesOfSet:
    """What came with a set and what was here before, by the names of its images."""

    matches: Matches  # among the pictures that came
    known: dict[str, UUID]
    doubtful: list[str]  # names of several pictures that are here

    @property
    def missing(self) -> list[str]:
        """Name the images that have a picture in neither place."""
        return [name for name in self.matches.missing if name not in self.known and name not in self.doubtful]


NONE_CAME = Matches(found={}, doubtful={}, missing=(), unused=())


def match_pictures(*, checked: Checked, incoming: IncomingPictures | None) -> PicturesOfSet:
    """Find an image's picture among those that came; else, where none of them could be meant, among those known."""
    matches = replace(NONE_CAME, missing=tuple(checked.images))
    if incoming is not None:
        matches = matches_of(incoming=incoming, images=checked.images, files=checked.files)
    known = known_pictures(names=matches.missing)
    return PicturesOfSet(matches=matches, known=known.found, doubtful=known.doubtful)


def import_pictures_of_set(
    *, place: SetLocation, checked: Checked, layout: Format, report: DatasetReport, on_progress: Progress
) -> dict[str, UUID]:
    """Take in the pictures that are rated; give the picture of each image, by its name in the set."""
    if place.images is None:
        return report_pictures(match_pictures(checked=checked, incoming=None), report=report)
    if not place.images.exists():
        raise FileRejectedError(
            staff_gettext("There is no file or folder {images}; check --images.").format(images=place.images)
        )
    with opened_pictures(paths=[place.images], column=place.column) as incoming:
        found = match_pictures(checked=checked, incoming=incoming)
        refuse_gaps(found, layout=layout, place=place.images)
        rated = RatedPictures(incoming=incoming, paths=set(found.matches.found.values()))
        taken = ingest_pictures(incoming=rated, study=None, on_progress=on_progress)
        unused = [incoming.names[path] for path in found.matches.unused]
        report.unmatched += kinds((staff_gettext("pictures that nobody rated"), unused))
    for name, path in found.matches.found.items():
        checked.images[name] = completed(checked.images[name], rated.stated.get(path, NOTHING_KNOWN))
    report.images, report.rejected, report.flattened = len(taken.images), taken.rejected, taken.flattened
    ids = {name: taken.images.get(incoming.names[path]) for name, path in found.matches.found.items()}
    return {
        **{name: image for name, image in ids.items() if image is not None},
        **report_pictures(found, report=report),
    }


def refuse_gaps(found: PicturesOfSet, *, layout: Format, place: Path) -> None:
    """Refuse a set that came with pictures, but not with all, or whose names differ in their spelling alone."""
    if not layout.is_gappy or not (found.matches.found or found.known):
        refuse_unfound(replace(found.matches, missing=(*found.missing, *found.doubtful)), place=place)
    refuse_mixed(found.matches)


def report_pictures(found: PicturesOfSet, *, report: DatasetReport) -> dict[str, UUID]:
    """Count what has no picture, or none for certain; give the pictures that are here already."""
    report.known_pictures = len(found.known)
    report.without_file = len(found.missing) + len(found.doubtful) + len(found.matches.doubtful)
    report.unmatched += kinds(
        (staff_gettext("rated images without a picture"), found.missing),
        (staff_gettext("rated images whose name several pictures have here"), found.doubtful),
        (staff_gettext("rated images that do not mean one picture for certain"), doubts(found.matches)),
    )
    return found.known
