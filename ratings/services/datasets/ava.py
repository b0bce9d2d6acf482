"""AVA: vote histograms, of which only the population is known, with tags and challenges beside them."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from ratings.files.text_files import text_lines
from ratings.sentences import staff_gettext
from ratings.services.datasets.rows import RatingRow, Reading, RowProblem, Rows
from ratings.services.ingest_sources import ImageDetails

COLUMNS = 15  # number, image, votes for 1 to 10, two tags, challenge
SCORES = 10
MOST_VOTES = 10_000_000


def read_ava(path: Path, reading: Reading) -> Rows:  # noqa: ARG001 - every format is read so
    """Read AVA.txt, and tags.txt and challenges.txt beside it."""
    tags, challenges = (named_numbers(path.with_name(name)) for name in ("tags.txt", "challenges.txt"))
    with text_lines(path) as lines:
        for line, text in enumerate(lines, start=1):
            cells = text.split()
            if cells:
                yield from histogram_rows(cells, line=line, tags=tags, challenges=challenges)


def named_numbers(path: Path) -> dict[str, str]:
    """Read lines of a number and what it means; nothing where there is no such file."""
    if not path.is_file():
        return {}
    with text_lines(path) as lines:
        pairs = (text.strip().partition(" ") for text in lines)
        return {number: name.strip() for number, _, name in pairs if name}


def histogram_rows(
    cells: list[str], *, line: int, tags: dict[str, str], challenges: dict[str, str]
) -> Iterator[RatingRow | RowProblem]:
    """Read one image's histogram."""
    if len(cells) < SCORES + 2 or not all(is_count(cell) for cell in cells[:COLUMNS]):
        yield RowProblem(
            line=line, column="votes", value=" ".join(cells), fix=staff_gettext("15 whole numbers are expected")
        )
        return
    details = known_of(
        tuple(tags[cell] for cell in cells[12:14] if cell in tags), challenges.get("".join(cells[14:15]))
    )
    for value, votes in enumerate(map(int, cells[2 : 2 + SCORES]), start=1):
        if votes > MOST_VOTES:
            yield RowProblem(
                line=line, column=f"votes for {value}", value=str(votes), fix=staff_gettext("so many cannot have voted")
            )
        elif votes:
            yield RatingRow(
                line=line,
                rater="population",
                image=cells[1],
                value=float(value),
                count=votes,
                is_population=True,
                details=details,
            )


def is_count(cell: str) -> bool:
    """Tell whether a cell is a whole number of fair length."""
    return cell.isascii() and cell.isdigit() and len(cell) < 20  # noqa: PLR2004 - digits of the largest number


@lru_cache(maxsize=10_000)
def known_of(tags: tuple[str, ...], challenge: str | None) -> ImageDetails:
    """Describe an image by its tags and challenge; images alike share one description."""
    metadata = {"tags": list(tags), "challenge": challenge}
    return ImageDetails(metadata={name: value for name, value in metadata.items() if value})
