"""Tables of ratings in the layouts in which sets are published, each read into the same rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ratings.exceptions import FileRejectedError, ImageRejectedError, InvalidInputError
from ratings.files import table_files
from ratings.files.embedded import holds_pictures
from ratings.files.numbers import NumberError
from ratings.sentences import staff_gettext
from ratings.services.datasets.columns import Role
from ratings.services.datasets.people import (
    NEVER_STORED,
    OF_SOMEBODY,
    facts,
    is_demographic,
    is_private,
    is_profile,
    rater_attributes,
)
from ratings.services.datasets.plans import (
    FLOATED,
    Plan,
    Style,
    columns_left_out,
    is_asked,
    planned_tables,
    read_source_id,
    style_of,
)
from ratings.services.datasets.published import PAMELA_PARTS, Published, part_of_file
from ratings.services.datasets.rows import (
    Companions,
    LeftOut,
    RatingRow,
    Reading,
    RowProblem,
    Rows,
    checked_row,
)
from ratings.services.datasets.wide import read_wide
from ratings.services.ingest_lists import PictureList, read_list
from ratings.services.ingest_sources import NOTHING_KNOWN, PATH_COLUMNS, ImageDetails, picture_name, row_details

RATERS = (
    *("rater", "rater_id", "user", "user_id", "userid", "participant", "participant_id", "worker", "worker_id"),
    *("workerid", "annotator", "prolific_pid"),
)
IMAGES = (*PATH_COLUMNS, "image_id", "image_filename", "imagename", "image_name", "image_url")
VALUES = ("rating", "score", "value", "response")
SUFFIXES = (".csv", ".tsv", ".parquet", ".jsonl", ".xlsx", ".xls", ".ods")


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
    is_settled: bool = True  # its authors name the columns so; in a tidy table several could be meant
    published: Published | None = None  # parts that are files of their own


GENERATED = {name: name for name in ("prompt", "generator", "model", "domain", "category")}
TIDY = Layout(
    rater=RATERS,
    image=IMAGES,
    value=VALUES,
    image_facts={"user_prompt": "prompt", **{name: name for name in ("prompt", "generator", "domain")}},
    people=("raters", *RATERS),
    pictures="images",
    is_settled=False,
)
PARA = Layout(
    rater=("userid",),
    image=("imagename",),
    value=("aestheticscore",),
    folder="sessionId",
    image_facts={"semantic": "domain"},
    people=("PARA-UserInfo", "userid"),
)
LAPIS = Layout(
    rater=("participant_id",),
    image=("file", "image_filename"),  # the second one before the set was released
    value=("response",),
    image_facts={name: name for name in ("style", "genre", "artist")},
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
)
PAMELA = Layout(
    rater=RATERS,
    image=IMAGES,
    value=("original_score", *VALUES),
    image_facts={**GENERATED, "group": "domain", "style": "style", "type": "type"},
    image_struct="image_metadata",
    people=("raters", *RATERS),
    pictures="images",
    published=PAMELA_PARTS,
)


def beside(path: Path, stem: str) -> Path | None:
    """Find a table beside another."""
    named = (path.with_name(stem + suffix) for suffix in ("", *SUFFIXES))
    return next((found for found in named if is_table_or_parts(found)), None)


def is_table_or_parts(path: Path) -> bool:
    """Tell whether a path is a table, or a folder that holds nothing but the parts of one."""
    if path.is_dir():
        return all(table_files.is_table(name=one.name) for one in path.iterdir()) and any(path.iterdir())
    return path.is_file() and table_files.is_table(name=path.name)


def layout_companions(path: Path, layout: Layout) -> Companions:
    """Read what tables beside the ratings tell of raters and images."""
    found = beside(path, layout.people[0]) if layout.people else None
    images = images_beside(path, layout)
    if found is None:
        return Companions(images=images)
    private = [name for table in table_files.opened_tables(path=found) for name in table.columns if is_private(name)]
    left_out = tuple(LeftOut(what=str(NEVER_STORED), name=f"{found.name}: {name}") for name in dict.fromkeys(private))
    return Companions(people=people_in(found, layout), images=images, left_out=left_out)


def people_in(path: Path, layout: Layout) -> dict[str, dict[str, Any]]:
    """Read what a table tells of the raters, by name; addresses and names of persons are passed over."""
    lines = table_files.required_columns(
        lines=table_files.table_lines(path=path), names={"rater": layout.people[1:]}, source=path.name
    )
    found: dict[str, dict[str, Any]] = {}
    for line in lines:
        name = table_files.cell_name(line.cells.pop("rater")) or ""
        stated = known_of(line.cells)
        if found.setdefault(name, stated) != stated:
            raise FileRejectedError(
                staff_gettext(
                    "{name}, line {number}: {rater} stands in a line before, with another profile; keep one of the two."
                ).format(name=path.name, number=line.number, rater=f"{name!r}")
            )
    is_floated = bool(found) and all(FLOATED.fullmatch(name) for name in found)
    return {name.removesuffix(".0"): stated for name, stated in found.items()} if is_floated else found


def known_of(cells: table_files.Row) -> dict[str, Any]:
    """Take what a row tells of a rater."""
    return facts({name: cell for name, cell in cells.items() if not is_private(name)})


def images_beside(path: Path, layout: Layout) -> PictureList | None:
    """Read what is known of the images."""
    found = beside(path, layout.pictures) if layout.pictures else None
    if found is None or holds_pictures(found):  # pictures in a table bring with them what it tells of them
        return None
    stated = read_list(path=found, columns=(*IMAGES, "id"))
    if not layout.words:
        return stated
    return replace(stated, rows={name: in_words(details, layout=layout) for name, details in stated.rows.items()})


def in_words(details: ImageDetails, *, layout: Layout) -> ImageDetails:
    """Give the domain for which a set's number stands."""
    return row_details({"domain": layout.words[details.domain]}) if details.domain in layout.words else details


def read_layout(path: Path, layout: Layout, reading: Reading) -> Rows:
    """Read a table in a layout, or the files that it was published in."""
    reject_private(reading)
    if reading.wide:
        yield from read_wide(path, reading=reading, raters=RATERS, images=IMAGES)
        return
    used = layout_columns(layout, reading=reading)
    wanted = table_files.Wanted(is_asked=is_asked(names=used, reading=reading), sheet=reading.sheet)
    left_out: set[str] = set()
    plans = [
        plan
        for file in published_files(path, layout=layout)
        for plan in planned_tables(path=file, roles=roles_of(layout, reading=reading), wanted=wanted)
    ]
    style = style_of(plans, scale=reading.scale)
    for plan in plans:
        for one in columns_left_out(plan, used=lambda name: is_used(name, used=used, reading=reading)):
            if one.name not in left_out:
                left_out.add(one.name)
                yield one
        yield from table_rows(plan, layout=layout, style=style, reading=reading)


def reject_private(reading: Reading) -> None:
    """Refuse to take addresses and names of persons for facts about raters."""
    for name in filter(is_private, reading.profile_columns):
        raise InvalidInputError(
            staff_gettext(
                "The column {name} names or locates somebody, which is never stored; leave it out of --profile-columns."
            ).format(name=f"{name!r}")
        )


def roles_of(layout: Layout, *, reading: Reading) -> tuple[Role, Role, Role]:
    """Say what the columns of a rating, its rater and its image may be called."""
    settled = layout.is_settled
    return (
        Role(name="rater", aliases=layout.rater, option="rater-column", asked=reading.rater, is_settled=settled),
        Role(name="image", aliases=layout.image, option="image-column", asked=reading.image, is_settled=settled),
        Role(name="rating", aliases=layout.value, option="column", asked=reading.value, is_settled=settled),
    )


def layout_columns(layout: Layout, *, reading: Reading) -> frozenset[str]:
    """List the columns that a layout reads beside those that describe raters, in lower case."""
    asked = (reading.rater, reading.image, reading.value, *reading.profile_columns)
    names = (*layout.rater, *layout.image, *layout.value, layout.folder, layout.image_struct, *layout.image_facts)
    return frozenset(name.lower() for name in (*names, *asked) if name)


def is_used(name: str, *, used: frozenset[str], reading: Reading) -> bool:
    """Tell whether a column beside those of a rating says something that is kept."""
    lower = name.lower()
    of_ratings = {*RATERS, *IMAGES, *VALUES} - set(reading.profile_columns)
    is_of_somebody = is_demographic(name) or is_profile(name) or f"{lower}_" in OF_SOMEBODY
    return is_of_somebody or (lower in used and lower not in of_ratings)


def published_files(path: Path, *, layout: Layout) -> list[Path]:
    """List the files of a set whose parts are files, in folders or not; of any other set give the table itself."""
    if layout.published is None or not path.is_dir():
        return [path]
    return sorted(file for file in path.rglob("*") if file.is_file() and table_files.is_table(name=file.name))


def table_rows(plan: Plan, *, layout: Layout, style: Style, reading: Reading) -> Rows:
    """Read the rows of one table."""
    part = part_of_file(plan.table.path, published=layout.published)
    for line in plan.table.lines():
        row = layout_row(line, plan=plan, layout=layout, style=style)
        if not isinstance(row, RatingRow):
            yield row
            continue
        yield replace(
            row,
            attributes=rater_attributes(others(line.cells, plan=plan), asked=reading.profile_columns),
            source_id=read_source_id(plan, line.cells),
            part=part,
        )


def others(cells: table_files.Row, *, plan: Plan) -> table_files.Row:
    """Give the cells beside those that say who rated what how."""
    return {name: cell for name, cell in cells.items() if name not in {plan.rater, plan.image, plan.value}}


def layout_row(line: table_files.Line, *, plan: Plan, layout: Layout, style: Style) -> RatingRow | RowProblem | LeftOut:
    """Read who rated what how in one line, and what it says of the image."""
    place, cell = "rating", line.cells.get(plan.value)
    try:
        value = style.notation.number(cell)
        if value is None:
            return LeftOut(
                what=staff_gettext("rows without a rating"), name=staff_gettext("line {line}").format(line=line.number)
            )
        place, cell = "rater", line.cells.get(plan.rater)
        rater = style.name(place, cell)
        place, cell = "image", line.cells.get(plan.image)
        image = in_folder(image_name(line.cells, plan=plan, style=style), cells=line.cells, layout=layout)
        details = image_details(line.cells, layout=layout)
    except (NumberError, ImageRejectedError, ValueError) as error:
        given = "" if cell is None else str(cell)
        fix = error.message if isinstance(error, ImageRejectedError) else str(error)
        return RowProblem(line=line.number, column=place, value=given, fix=fix)
    return checked_row(RatingRow(line=line.number, rater=rater, image=image, value=value, details=details))


def image_details(cells: table_files.Row, *, layout: Layout) -> ImageDetails:
    """Take what the row says of its image."""
    struct = cells.get(layout.image_struct) if layout.image_struct else None
    stated = {**cells, **struct} if isinstance(struct, dict) else cells
    by_lower = {name.lower(): cell for name, cell in stated.items()}
    described = {
        here: by_lower[name.lower()]
        for name, here in layout.image_facts.items()
        if table_files.plain_cell(by_lower.get(name.lower())) is not None
    }
    return row_details(described) if described else NOTHING_KNOWN


def image_name(cells: table_files.Row, *, plan: Plan, style: Style) -> str:
    """Read an image's name: bare, or as the path in a struct, or beside one that has none."""
    cell = cells.get(plan.image)
    if not isinstance(cell, dict):
        return style.name("image", cell)
    beside = (table_files.cell_name(cells.get(name)) for name in IMAGES if name != plan.image)
    return picture_name(cell) or next(filter(None, beside), "")


def in_folder(name: str, *, cells: table_files.Row, layout: Layout) -> str:
    """Put the folder before an image's name where the set has several."""
    folder = table_files.cell_name(cells.get(layout.folder)) if layout.folder else ""
    return f"{folder}/{name}" if folder and name else name
