"""Show what an import would do, from the first rows, without writing anything."""

from dataclasses import dataclass, field
from itertools import islice

from ratings.models import Dataset, DatasetRating
from ratings.services.datasets.formats import FORMATS
from ratings.services.datasets.load import Source, checked_place, off_scale
from ratings.services.datasets.rows import RatingRow, RowProblem

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
    known_ratings: int | None = None

    @property
    def what_happens(self) -> str:
        """Say what an import would do."""
        read = f"All {self.read} rows" if self.is_whole else f"The first {self.read} rows"
        into = (
            "A new dataset is made."
            if self.known_ratings is None
            else f"The dataset exists with {self.known_ratings} ratings: what is known stays, changed values change."
        )
        return f"{read} were read: {self.raters} raters of {self.images} images. {into}"


def preview_ratings(*, name: str, source: Source) -> Preview:
    """Read the first rows of a file in its layout."""
    place = checked_place(name=name, source=source)
    found = Preview(known_ratings=known_ratings(name=name))
    raters: set[str] = set()
    images: set[str] = set()
    rows = FORMATS[source.layout].read(place.ratings)
    for row in islice(rows, READ_ROWS):
        found.read += 1
        problem = row if isinstance(row, RowProblem) else off_scale(row, source=source)
        if problem is not None:
            found.problems.append(problem)
        elif isinstance(row, RatingRow):
            raters.add(row.rater)
            images.add(row.image)
            found.rows += [row] if len(found.rows) < SHOWN_ROWS else []
    found.is_whole = next(rows, None) is None
    found.raters, found.images = len(raters), len(images)
    found.problems = found.problems[:SHOWN_PROBLEMS]
    return found


def known_ratings(*, name: str) -> int | None:
    """Count what a dataset holds; None where there is no such set."""
    dataset = Dataset.objects.filter(name=name).first()
    return None if dataset is None else DatasetRating.objects.filter(rater__dataset=dataset).count()
