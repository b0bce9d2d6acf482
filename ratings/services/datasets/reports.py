"""What a first reading of a set finds, and what becomes of it in the end."""

from dataclasses import dataclass, field, replace

from ratings.files.names import SHOWN
from ratings.sentences import enumerated, staff_gettext
from ratings.services.datasets.published import NO_PARTS, Parts
from ratings.services.datasets.rows import LeftOut, RatingRow
from ratings.services.flattened import Flattened
from ratings.services.ingest import Rejection
from ratings.services.ingest_lists import Unmatched
from ratings.services.ingest_sources import ImageDetails


@dataclass(kw_only=True)
class DatasetReport:
    """What became of the rows."""

    added: int = 0
    changed: int = 0
    removed: int = 0  # known ratings that a corrected file no longer has
    linked: int = 0  # images whose picture was not here before
    completed: int = 0  # known images whose missing details were filled in
    rows: int = 0
    raters: int = 0
    images: int = 0
    known_pictures: int = 0  # images whose picture was here already, under some name
    without_file: int = 0
    teaches: str = ""  # how much of the whole set can teach a model, in a sentence
    rejected: list[Rejection] = field(default_factory=list)
    flattened: list[Flattened] = field(default_factory=list)  # of the pictures that were new
    unmatched: list[Unmatched] = field(default_factory=list)

    @property
    def summary(self) -> str:
        """Say it in one sentence."""
        known = self.rows - self.added - self.changed
        read = staff_gettext("{rows} ratings by {raters} raters read").format(rows=self.rows, raters=self.raters)
        changes = [
            staff_gettext("{count} added").format(count=self.added),
            staff_gettext("{count} changed").format(count=self.changed),
            staff_gettext("{count} removed").format(count=self.removed) if self.removed else "",
            staff_gettext("{count} known already").format(count=known),
        ]
        images = [
            staff_gettext("{count} images").format(count=self.images),
            staff_gettext("{count} rated images without a file").format(count=self.without_file)
            if self.without_file
            else "",
        ]
        counts = [enumerated([part for part in parts if part]) for parts in (changes, images)]
        return enumerated([read, enumerated(counts, between="; ")], between=": ")


@dataclass(kw_only=True)
class Checked:
    """What a first reading found: the images that are rated, and what is known of them."""

    images: dict[str, ImageDetails] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)  # that a table of images names for them
    raters: dict[str, RatingRow] = field(default_factory=dict)
    rows: int = 0
    parts: Parts = NO_PARTS  # in which the set was published
    left_out: dict[str, Unmatched] = field(default_factory=dict)  # by what it is
    varying: set[str] = field(default_factory=set)  # columns that say different things of one rater

    def leave_out(self, one: LeftOut) -> None:
        """Count something that is passed over, and keep the first names."""
        known = self.left_out.get(one.what, Unmatched(what=one.what, names=[]))
        if len(known.names) < SHOWN:
            known = replace(known, names=[*known.names, one.name])
        else:
            known = replace(known, more=known.more + 1)
        self.left_out[one.what] = known
