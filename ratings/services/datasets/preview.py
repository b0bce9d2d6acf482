"""Show what an import would do, from the first rows, without writing anything."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from ratings.exceptions import FileRejectedError
from ratings.files.names import listed_names
from ratings.models import Dataset
from ratings.sentences import staff_gettext
from ratings.services.datasets.comparison import KnownRatings, compared
from ratings.services.datasets.formats import FORMATS
from ratings.services.datasets.joins import describe, doubts, kinds
from ratings.services.datasets.keys import image_keys
from ratings.services.datasets.load import (
    checked_location,
    forget_varying,
    note_image,
    note_rater,
    problem_of,
    refuse_empty,
)
from ratings.services.datasets.locations import SetLocation, Source
from ratings.services.datasets.pictures import PicturesOfSet, match_pictures, refuse_gaps
from ratings.services.datasets.reports import Checked
from ratings.services.datasets.rows import Companions, Format, LeftOut, RatingRow, RowProblem
from ratings.services.datasets.withdrawn import without_withdrawn
from ratings.services.ingest_files import opened_pictures
from ratings.services.ingest_lists import Unmatched
from ratings.services.ingest_sources import ImageDetails

READ_ROWS = 100_000
COMPARED_ROWS = 2_000  # with what the records hold
SHOWN_ROWS = 8
SHOWN_PROBLEMS = 50
WORDS = ("prompt", "generator", "domain")


@dataclass(kw_only=True)
class Preview:
    """The first rows as they were understood, and what is wrong with them."""

    rows: list[RatingRow] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)
    refusal: str = ""  # of the whole file, for want of pictures
    read: int = 0
    is_whole: bool = True
    raters: int = 0
    images: int = 0
    of_raters: list[str] = field(default_factory=list)  # names of facts
    of_images: list[str] = field(default_factory=list)
    left_out: list[Unmatched] = field(default_factory=list)
    unmatched: list[Unmatched] = field(default_factory=list)  # of a file of which every row was read
    known: KnownRatings | None = None
    teachable: int = 0  # of the rows read, those of an image that has a picture
    without_picture: list[str] = field(default_factory=list)  # images

    @property
    def teaching(self) -> str:
        """Say how many of the rows read could teach a model, and which images lack a picture."""
        rows = staff_gettext("{teachable} of the rows read can teach a model").format(teachable=f"{self.teachable:,}")
        if not self.without_picture:
            return staff_gettext("{rows}: every image has a picture, here or in what you uploaded.").format(rows=rows)
        with_picture = self.images - len(self.without_picture)
        return staff_gettext(
            "{rows}: {with_picture} of {images} images have a picture, here or in what you uploaded. Without "
            "one: {names}. Add a zip of the pictures to have the others teach, too."
        ).format(
            rows=rows,
            with_picture=f"{with_picture:,}",
            images=f"{self.images:,}",
            names=listed_names(self.without_picture),
        )

    @property
    def names_all(self) -> bool:
        """Tell whether every rater and image of the file is known: it was read to its end, and no row was wrong."""
        return self.is_whole and not self.problems

    @property
    def may_differ(self) -> bool:
        """Tell whether ratings differ from those known, or may do so in rows that were not compared."""
        known = self.known
        return known is not None and (known.differing > 0 or not self.is_whole or known.rows < self.read)

    @property
    def known_rows(self) -> str:
        """Name the rows that were compared with the records."""
        rows = self.known.rows if self.known else 0
        return (
            staff_gettext("rows read")
            if rows == self.read
            else staff_gettext("first {rows} rows").format(rows=f"{rows:,}")
        )

    @property
    def what_happens(self) -> str:
        """Say what an import would do."""
        read = (
            staff_gettext("All {read} rows").format(read=self.read)
            if self.is_whole
            else staff_gettext("The first {read} rows").format(read=self.read)
        )
        return staff_gettext("{read} were read: {raters} raters of {images} images. {outcome}").format(
            read=read, raters=self.raters, images=self.images, outcome=self.outcome
        )

    @property
    def outcome(self) -> str:
        """Say what would change in the records."""
        if self.problems or self.refusal:
            return staff_gettext("Nothing would be imported.")
        if self.known is None:
            return staff_gettext("A new dataset is made.")
        known = self.known
        return staff_gettext(
            "The dataset exists with {ratings} ratings. Of the {known_rows}, {new} are new, {differing} differ "
            "from what is known of their rater and image, and {same} are known."
        ).format(
            ratings=known.ratings, known_rows=self.known_rows, new=known.new, differing=known.differing, same=known.same
        )


def preview_ratings(*, name: str, source: Source) -> Preview:
    """Read the first rows of a file in its layout, and join them with what lies beside it."""
    place = checked_location(name=name, source=source)
    found, first, checked = Preview(), First(), Checked()
    layout = FORMATS[source.layout]
    rows = without_withdrawn(layout.read(place.ratings, source.reading))
    for row in islice(rows, READ_ROWS):
        problem = problem_of(row, source=source)
        if problem is not None:
            found.problems.append(problem)
        elif isinstance(row, LeftOut):
            checked.leave_out(row)
        elif isinstance(row, RatingRow):
            first.note(row)
            note_rater(row, checked=checked)
            note_image(row, checked=checked)
    if not found.problems:
        refuse_empty(checked, source=source)
    found.read = checked.rows + len(found.problems)
    found.is_whole = next(rows, None) is None
    found.problems = found.problems[:SHOWN_PROBLEMS]
    join(found, companions=layout.companions(place.ratings), checked=checked)
    found.rows = [replace(row, details=checked.images[row.image]) for row in first.rows[:SHOWN_ROWS]]
    look_for_pictures(found, rated=first.rated, place=place, layout=layout, checked=checked)
    found.known = known_of(name=name, rows=first.rows, are_addresses=layout.are_addresses)
    return found


@dataclass(kw_only=True)
class First:
    """The first rows, and how often each image was rated in all that were read."""

    rows: list[RatingRow] = field(default_factory=list)
    rated: Counter[str] = field(default_factory=Counter)

    def note(self, row: RatingRow) -> None:
        """Take a row."""
        self.rated[row.image] += 1
        if len(self.rows) < COMPARED_ROWS:
            self.rows.append(row)


def join(found: Preview, *, companions: Companions, checked: Checked) -> None:
    """Join the raters and images of the rows with what lies beside them, and list what is known of them."""
    for one in companions.left_out:
        checked.leave_out(one)
    forget_varying(checked)
    found.left_out = list(checked.left_out.values())
    described = describe(
        raters={who: row.attributes for who, row in checked.raters.items()},
        images=checked.images,
        companions=companions,
    )
    checked.images, checked.files = described.images, described.files
    found.raters, found.images = len(checked.raters), len(checked.images)
    found.of_raters = sorted({name for facts in described.people.values() for name in facts})
    found.of_images = image_facts(checked.images.values())
    found.unmatched = described.unmatched if found.names_all else []


def image_facts(details: Iterable[ImageDetails]) -> list[str]:
    """List what is stated about any image: words first, then further facts by name."""
    stated = {word for one in details for word in WORDS if getattr(one, word)}
    further = {name for one in details for name in one.metadata}
    return [*(word for word in WORDS if word in stated), *sorted(further)]


def look_for_pictures(
    found: Preview, *, rated: Counter[str], place: SetLocation, layout: Format, checked: Checked
) -> None:
    """Tell which images have a picture, and how many of the rows are of these; nothing is taken in."""
    if place.images is None:
        pictures = match_pictures(checked=checked, incoming=None)
    else:
        with opened_pictures(paths=[place.images], column=place.column) as incoming:
            pictures = match_pictures(checked=checked, incoming=incoming)
            unused = [incoming.names[path] for path in pictures.matches.unused]
            found.unmatched += kinds((staff_gettext("pictures that nobody rated"), unused)) if found.names_all else []
        found.refusal = refusal_of(pictures, layout=layout, place=place.images)
    found.unmatched += kinds(
        (staff_gettext("rated images whose name several pictures have here"), pictures.doubtful),
        (staff_gettext("rated images that do not mean one picture for certain"), doubts(pictures.matches)),
    )
    having = pictures.matches.found.keys() | pictures.known.keys()
    found.without_picture = [name for name in checked.images if name not in having]
    found.teachable = sum(rated[name] for name in having)


def refusal_of(pictures: PicturesOfSet, *, layout: Format, place: Path) -> str:
    """Say why an import would be refused for its pictures; nothing where it would not."""
    try:
        refuse_gaps(pictures, layout=layout, place=Path(place.name))
    except FileRejectedError as error:
        return error.message
    return ""


def known_of(*, name: str, rows: list[RatingRow], are_addresses: bool) -> KnownRatings | None:
    """Compare rows with what a dataset holds; None where there is no such set."""
    dataset = Dataset.objects.filter(name=name).first()
    if dataset is None:
        return None
    keys = image_keys(names={row.image for row in rows}, dataset=name, are_addresses=are_addresses)
    return compared(dataset=dataset, rows=rows, keys=keys.of)
