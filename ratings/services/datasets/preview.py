"""Show what an import would do, from the first rows, without writing anything."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice

from ratings.files.names import listed_names
from ratings.models import Dataset
from ratings.services.datasets.comparison import Known, compared
from ratings.services.datasets.formats import FORMATS
from ratings.services.datasets.keys import image_keys
from ratings.services.datasets.load import (
    checked_place,
    forget_varying,
    note_image,
    note_rater,
    problem_of,
    refuse_empty,
)
from ratings.services.datasets.pictures import PicturesOfSet, match_pictures
from ratings.services.datasets.places import Place, Source
from ratings.services.datasets.reports import Checked
from ratings.services.datasets.rows import LeftOut, RatingRow, RowProblem
from ratings.services.ingest_files import opened_pictures
from ratings.services.ingest_lists import Unmatched

READ_ROWS = 2_000
SHOWN_ROWS = 8
SHOWN_PROBLEMS = 50


@dataclass(kw_only=True)
class Preview:
    """The first rows as they were understood, and what is wrong with them."""

    rows: list[RatingRow] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)
    read: int = 0
    is_whole: bool = True
    raters: int = 0
    images: int = 0
    of_raters: list[str] = field(default_factory=list)  # names of facts
    of_images: list[str] = field(default_factory=list)
    left_out: list[Unmatched] = field(default_factory=list)
    known: Known | None = None
    teachable: int = 0  # of the rows read, those of an image that has a picture
    without_picture: list[str] = field(default_factory=list)  # images

    @property
    def teaching(self) -> str:
        """Say how many of the rows read could teach a model, and which images lack a picture."""
        rows = f"{self.teachable:,} of the rows read can teach a model"
        if not self.without_picture:
            return f"{rows}: every image has a picture, here or in what you uploaded."
        with_picture = self.images - len(self.without_picture)
        return (
            f"{rows}: {with_picture:,} of {self.images:,} images have a picture, here or in what you uploaded. Without "
            f"one: {listed_names(self.without_picture)}. Add a zip of the pictures to have the others teach, too."
        )

    @property
    def may_differ(self) -> bool:
        """Tell whether ratings differ from those known, or may do so in rows that were not read."""
        return self.known is not None and (self.known.differing > 0 or not self.is_whole)

    @property
    def what_happens(self) -> str:
        """Say what an import would do."""
        read = f"All {self.read} rows" if self.is_whole else f"The first {self.read} rows"
        return f"{read} were read: {self.raters} raters of {self.images} images. {self.outcome}"

    @property
    def outcome(self) -> str:
        """Say what would change in the records."""
        if self.problems:
            return "Nothing would be imported."
        if self.known is None:
            return "A new dataset is made."
        return (
            f"The dataset exists with {self.known.ratings} ratings. Of the rows read, {self.known.new} are new, "
            f"{self.known.differing} differ from what is known of their rater and image, and {self.known.same} are "
            "known."
        )


def preview_ratings(*, name: str, source: Source) -> Preview:
    """Read the first rows of a file in its layout."""
    place = checked_place(name=name, source=source)
    found = Preview()
    good: list[RatingRow] = []
    layout, checked = FORMATS[source.layout], Checked()
    rows = layout.read(place.ratings, source.reading)
    for row in islice(rows, READ_ROWS):
        problem = problem_of(row, source=source)
        if problem is not None:
            found.problems.append(problem)
        elif isinstance(row, LeftOut):
            checked.leave_out(row)
        elif isinstance(row, RatingRow):
            note_rater(row, checked=checked)
            note_image(row, checked=checked)
            good.append(row)
    if not found.problems:
        refuse_empty(checked, source=source)
    found.read = len(good) + len(found.problems)
    for one in layout.companions(place.ratings).left_out:
        checked.leave_out(one)
    forget_varying(checked)
    found.left_out = list(checked.left_out.values())
    found.of_raters = sorted({name for row in checked.raters.values() for name in row.attributes})
    found.is_whole = next(rows, None) is None
    found.problems = found.problems[:SHOWN_PROBLEMS]
    describe(found, good)
    look_for_pictures(found, good, place=place, checked=checked)
    found.known = known_of(name=name, rows=good, source=source)
    return found


def look_for_pictures(found: Preview, good: list[RatingRow], *, place: Place, checked: Checked) -> None:
    """Tell which images have a picture, and how many of the rows are of these."""
    pictures = pictures_there(place=place, checked=checked)
    having = pictures.matches.found.keys() | pictures.known.keys()
    found.without_picture = [name for name in checked.images if name not in having]
    found.teachable = sum(row.image in having for row in good)


def pictures_there(*, place: Place, checked: Checked) -> PicturesOfSet:
    """Match images with the pictures that came with the set and those that are here; nothing is taken in."""
    if place.images is None:
        return match_pictures(checked=checked, incoming=None)
    with opened_pictures(paths=[place.images]) as incoming:
        return match_pictures(checked=checked, incoming=incoming)


def describe(found: Preview, good: list[RatingRow]) -> None:
    """Count whom and what the rows name, and list what they tell of them."""
    found.rows = good[:SHOWN_ROWS]
    found.raters, found.images = len({row.rater for row in good}), len({row.image for row in good})
    words = ("prompt", "generator", "domain")
    told = {name for row in good for name in words if getattr(row.details, name)}
    found.of_images = [*(name for name in words if name in told), *facts_of(good)]


def facts_of(good: Iterable[RatingRow]) -> list[str]:
    """List the further facts that rows tell of their images."""
    return sorted({name for row in good for name in row.details.metadata})


def known_of(*, name: str, rows: list[RatingRow], source: Source) -> Known | None:
    """Compare rows with what a dataset holds; None where there is no such set."""
    dataset = Dataset.objects.filter(name=name).first()
    if dataset is None:
        return None
    images = {row.image for row in rows}
    keys = image_keys(names=images, dataset=name, are_addresses=FORMATS[source.layout].are_addresses)
    return compared(dataset=dataset, rows=rows, keys=keys.of)
