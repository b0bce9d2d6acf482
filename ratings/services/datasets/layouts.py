"""Tables of ratings in the layouts in which sets are published, each read into the same rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from ratings.exceptions import ImageRejectedError
from ratings.files import tables
from ratings.files.embedded import holds_pictures
from ratings.files.texts import without_strays
from ratings.services.datasets.published import PAMELA_PARTS, Published, part_of_file
from ratings.services.datasets.rows import Companions, RatingRow, RowProblem, Rows, checked_row, number
from ratings.services.ingest_lists import PictureList, read_list
from ratings.services.ingest_sources import NOTHING_KNOWN, PATH_COLUMNS, ImageDetails, picture_name, row_details

RATERS = ("rater", "rater_id", "user", "user_id", "userid", "participant", "participant_id", "worker", "annotator")
IMAGES = (*PATH_COLUMNS, "image_id", "image_filename", "imagename")
VALUES = ("rating", "score", "value", "response")
PEOPLE = frozenset(
    ("age", "age_band", "gender", "country", "nationality", "region", "education", "occupation", "language")
)  # fmt: skip
PEOPLE_PREFIXES = ("rater_", "profile_", "demo_", "personality", "participant_", "user_")
NAMELESS = frozenset((*RATERS, *IMAGES, *VALUES))  # never a fact about somebody
ART_INTEREST = "vaiak"
TRUTHS = {"true": True, "false": False}
SUFFIXES = (".csv", ".tsv", ".parquet", ".jsonl")


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How a table names rater, image and rating, and where it describes them."""

    rater: tuple[str, ...]
    image: tuple[str, ...]
    value: tuple[str, ...]
    folder: str = ""  # a column that names the folder an image lies in
    image_facts: Mapping[str, str] = field(default_factory=dict)  # columns about the image, and their names here
    image_struct: str = ""  # a cell that holds such columns
    people: tuple[str, ...] = ()  # a file beside it that describes the raters, and its column of names
    pictures: str = ""  # the stem of a file beside it that describes the images
    words: Mapping[str, str] = field(default_factory=dict)  # what its numbers for domains mean
    skips_blank: bool = False  # published sets leave ratings blank that were not given
    published: Published | None = None  # parts that are files of their own


GENERATED = {name: name for name in ("prompt", "generator", "model", "domain", "category")}
TIDY = Layout(
    rater=RATERS,
    image=IMAGES,
    value=VALUES,
    image_facts={name: name for name in ("prompt", "generator", "domain")},
    people=("raters", *RATERS),
    pictures="images",
)
PARA = Layout(
    rater=("userid",),
    image=("imagename",),
    value=("aestheticscore",),
    folder="sessionId",
    image_facts={"semantic": "domain"},
    people=("PARA-UserInfo", "userid"),
    skips_blank=True,
)
LAPIS = Layout(
    rater=("participant_id",),
    image=("file", "image_filename"),  # the second one before the set was released
    value=("response",),
    image_facts={name: name for name in ("style", "genre", "artist")},
    skips_blank=True,
)
FLICKR_AES = Layout(rater=("worker",), image=("imagepair",), value=("score",))
EVA = Layout(
    rater=("user_id",),
    image=("image_id",),
    value=("score",),
    people=("users", "id"),
    pictures="image_content_category",
    words={
        "1": "animals",
        "2": "architecture and city scenes",
        "3": "human",
        "4": "natural and rural scenes",
        "5": "still life",
        "6": "other",
    },
    skips_blank=True,
)
PAMELA = Layout(
    rater=RATERS,
    image=IMAGES,
    value=("original_score", *VALUES),
    image_facts={**GENERATED, "group": "domain", "style": "style", "type": "type"},
    image_struct="image_metadata",
    people=("raters", *RATERS),
    pictures="images",
    skips_blank=True,
    published=PAMELA_PARTS,
)


@lru_cache(maxsize=1000)
def is_about_people(name: str) -> bool:
    """Tell whether a column describes the rater."""
    lower = name.lower()
    if lower in NAMELESS:
        return False
    return lower in PEOPLE or lower.startswith(PEOPLE_PREFIXES) or ART_INTEREST in lower


def beside(path: Path, stem: str) -> Path | None:
    """Find a table beside another."""
    named = (path.with_name(stem + suffix) for suffix in ("", *SUFFIXES))
    return next((found for found in named if is_table_or_parts(found)), None)


def is_table_or_parts(path: Path) -> bool:
    """Tell whether a path is a table, or a folder that holds nothing but the parts of one."""
    if path.is_dir():
        return all(tables.is_table(name=one.name) for one in path.iterdir()) and any(path.iterdir())
    return path.is_file() and tables.is_table(name=path.name)


def layout_companions(path: Path, layout: Layout) -> Companions:
    """Read what tables beside the ratings tell of raters and images."""
    return Companions(people=people_beside(path, layout), images=images_beside(path, layout))


def people_beside(path: Path, layout: Layout) -> dict[str, dict[str, Any]]:
    """Read what is known of the raters, by name."""
    found = beside(path, layout.people[0]) if layout.people else None
    if found is None:
        return {}
    lines = tables.required_columns(
        lines=tables.table_lines(path=found), names={"rater": layout.people[1:]}, source=found.name
    )
    return {tables.cell_name(line.cells.pop("rater")) or "": facts(line.cells) for line in lines}


def facts(cells: tables.Row) -> dict[str, Any]:
    """Keep the cells that say something."""
    plain = {without_strays(name): tables.plain_cell(value) for name, value in cells.items()}
    return {name: yes_or_no(name, value) for name, value in plain.items() if value is not None}


def yes_or_no(name: str, value: Any) -> Any:
    """Read what CSV makes of true and false, in a column that asks so, such as `is_simulated` of a dump."""
    return TRUTHS.get(value.lower(), value) if name.startswith("is_") and isinstance(value, str) else value


def images_beside(path: Path, layout: Layout) -> PictureList | None:
    """Read what is known of the images."""
    found = beside(path, layout.pictures) if layout.pictures else None
    if found is None or holds_pictures(found):  # pictures in a table bring with them what it tells of them
        return None
    told = read_list(path=found, columns=(*IMAGES, "id"))
    if not layout.words:
        return told
    return replace(told, rows={name: in_words(details, layout=layout) for name, details in told.rows.items()})


def in_words(details: ImageDetails, *, layout: Layout) -> ImageDetails:
    """Give the domain for which a set's number stands."""
    return row_details({"domain": layout.words[details.domain]}) if details.domain in layout.words else details


def read_layout(path: Path, layout: Layout) -> Rows:
    """Read a table in a layout, or the files that it was published in."""
    for file in published_files(path, layout=layout):
        part = part_of_file(file, published=layout.published)
        lines = tables.required_columns(
            lines=tables.table_lines(path=file),
            names={"rater": layout.rater, "image": layout.image, "rating": layout.value},
            source=file.name,
        )
        for line in lines:
            row = layout_row(line, layout=layout)
            if row is not None:
                yield replace(row, part=part) if part and isinstance(row, RatingRow) else row


def published_files(path: Path, *, layout: Layout) -> list[Path]:
    """List the files of a set whose parts are files, in folders or not; of any other set give the table itself."""
    if layout.published is None or not path.is_dir():
        return [path]
    return sorted(file for file in path.rglob("*") if file.is_file() and tables.is_table(name=file.name))


def layout_row(line: tables.Line, *, layout: Layout) -> RatingRow | RowProblem | None:
    """Read one line; None where a published set has no rating."""
    value = number(line.cells["rating"])
    if value is None:
        if layout.skips_blank and tables.plain_cell(line.cells["rating"]) is None:
            return None
        given = "" if line.cells["rating"] is None else str(line.cells["rating"])
        return RowProblem(line=line.number, column="rating", value=given, mend="write a number, such as 4")
    rater = tables.cell_name(line.cells["rater"])
    if rater is None:
        return RowProblem(
            line=line.number, column="rater", value=str(line.cells["rater"]), mend="write a name or a number"
        )
    image = image_name(line.cells, layout=layout)
    try:
        details = image_details(line.cells, layout=layout)
    except ImageRejectedError as error:
        return RowProblem(line=line.number, column="image", value=image, mend=error.message)
    attributes = facts(own_facts(line.cells))
    return checked_row(
        RatingRow(line=line.number, rater=rater, image=image, value=value, attributes=attributes, details=details)
    )


def own_facts(cells: tables.Row) -> tables.Row:
    """Take the cells that describe the rater; a cell that holds several is opened."""
    found: tables.Row = {}
    for name, cell in cells.items():
        if isinstance(cell, dict) and is_about_people(f"{name}_"):
            found.update(cell)
        elif is_about_people(name):
            found[name] = cell
    return found


def image_details(cells: tables.Row, *, layout: Layout) -> ImageDetails:
    """Take what the row says of its image."""
    struct = cells.get(layout.image_struct) if layout.image_struct else None
    told = {**cells, **struct} if isinstance(struct, dict) else cells
    described = {here: told[name] for name, here in layout.image_facts.items() if tables.plain_cell(told.get(name))}
    return row_details(described) if described else NOTHING_KNOWN


def image_name(cells: tables.Row, *, layout: Layout) -> str:
    """Give the image's name in the set, with its folder where the set has several."""
    name = picture_name(cells["image"])
    folder = tables.cell_name(cells.get(layout.folder)) if layout.folder else ""
    return f"{folder}/{name}" if folder and name else name
