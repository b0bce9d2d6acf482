"""The layouts in which sets of ratings are published, each read into the same rows."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ratings.exceptions import FileRejectedError, ImageRejectedError
from ratings.services import tables
from ratings.services.datasets.rows import RatingRow, Reader, RowProblem, Rows, checked_row, number
from ratings.services.ingest_sources import NO_DETAILS, PATH_COLUMNS, Details, details_from_file, row_details

RATERS = ("rater", "rater_id", "user", "user_id", "userid", "participant", "participant_id", "worker", "annotator")
IMAGES = (*PATH_COLUMNS, "image_id", "image_filename", "imagename")
VALUES = ("rating", "score", "value", "response")
PEOPLE = frozenset(
    ("age", "age_band", "gender", "country", "nationality", "region", "education", "occupation", "language")
)  # fmt: skip
PEOPLE_PREFIXES = ("rater_", "profile_", "demo_", "personality")
ART_INTEREST = "vaiak"
AVA_COLUMNS = 15
AVA_SCORES = 10
SUFFIXES = (".csv", ".tsv", ".parquet", ".jsonl")


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How a table names rater, image and rating, and where it describes them."""

    rater: tuple[str, ...]
    image: tuple[str, ...]
    value: tuple[str, ...]
    folder: str = ""  # a column that names the folder an image lies in
    image_facts: tuple[str, ...] = ()  # columns that describe the image
    people: tuple[str, ...] = ()  # a file beside it that describes the raters, and its column of names
    pictures: str = ""  # the stem of a file beside it that describes the images
    skips_blank: bool = False  # published sets leave ratings blank that were not given


TIDY = Layout(
    rater=RATERS,
    image=IMAGES,
    value=VALUES,
    image_facts=("prompt", "generator", "domain"),
    people=("raters", *RATERS),
    pictures="images",
)
PARA = Layout(
    rater=("userid",),
    image=("imagename",),
    value=("aestheticscore",),
    folder="sessionId",
    image_facts=("semantic",),
    people=("PARA-UserInfo", "userid"),
    skips_blank=True,
)
LAPIS = Layout(
    rater=("participant_id",),
    image=("image_filename",),
    value=("response",),
    image_facts=("style", "genre", "artist"),
    skips_blank=True,
)
FLICKR_AES = Layout(rater=("worker",), image=("imagepair",), value=("score",))
EVA = Layout(rater=("user_id",), image=("image_id",), value=("score",), people=("users", "id"), skips_blank=True)
PAMELA = Layout(
    rater=RATERS,
    image=IMAGES,
    value=VALUES,
    image_facts=("prompt", "generator", "model", "domain", "category"),
    people=("raters", *RATERS),
    pictures="images",
    skips_blank=True,
)


def is_about_people(name: str) -> bool:
    """Tell whether a column describes the rater."""
    lower = name.lower()
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


def people_beside(path: Path, layout: Layout) -> dict[str, dict[str, Any]]:
    """Read what is known of the raters, by name."""
    found = beside(path, layout.people[0]) if layout.people else None
    if found is None:
        return {}
    lines = tables.required_columns(
        lines=tables.table_lines(path=found), names={"rater": layout.people[1:]}, source=found.name
    )
    return {str(line.cells.pop("rater")).strip(): facts(line.cells) for line in lines}


def facts(cells: tables.Row) -> dict[str, Any]:
    """Keep the cells that say something."""
    plain = {name: tables.plain_cell(value) for name, value in cells.items()}
    return {name: value for name, value in plain.items() if value is not None}


def details_beside(path: Path, layout: Layout) -> Details:
    """Read what is known of the images."""
    found = beside(path, layout.pictures) if layout.pictures else None
    return details_from_file(path=found) if found is not None else NO_DETAILS


def read_layout(path: Path, layout: Layout) -> Rows:
    """Read a table in a layout."""
    people = people_beside(path, layout)
    pictures = details_beside(path, layout)
    lines = tables.required_columns(
        lines=tables.table_lines(path=path),
        names={"rater": layout.rater, "image": layout.image, "rating": layout.value},
        source=path.name,
    )
    for line in lines:
        row = layout_row(line, layout=layout, people=people, pictures=pictures)
        if row is not None:
            yield row


def layout_row(
    line: tables.Line, *, layout: Layout, people: dict[str, dict[str, Any]], pictures: Details
) -> RatingRow | RowProblem | None:
    """Read one line; None where a published set has no rating."""
    value = number(line.cells["rating"])
    if value is None:
        if layout.skips_blank and tables.plain_cell(line.cells["rating"]) is None:
            return None
        return RowProblem(
            line=line.number, column="rating", value=str(line.cells["rating"]), mend="write a number, such as 4"
        )
    rater = str(line.cells["rater"] if line.cells["rater"] is not None else "").strip()
    image = image_name(line.cells, layout=layout)
    own = {name: cell for name, cell in line.cells.items() if is_about_people(name)}
    described = {name: line.cells[name] for name in layout.image_facts if name in line.cells}
    try:
        details = row_details(described) if any(described.values()) else pictures.of(image)
    except ImageRejectedError as error:
        return RowProblem(line=line.number, column="image", value=image, mend=error.message)
    return checked_row(
        RatingRow(
            line=line.number,
            rater=rater,
            image=image,
            value=value,
            attributes=people.get(rater) or facts(own),
            details=details,
        )
    )


def image_name(cells: tables.Row, *, layout: Layout) -> str:
    """Give the image's name in the set, with its folder where the set has several."""
    cell = cells["image"]
    name = str((cell.get("path") if isinstance(cell, dict) else cell) or "").strip().replace("\\", "/")
    folder = str(cells.get(layout.folder) or "").strip() if layout.folder else ""
    return f"{folder}/{name}" if folder and name else name


def read_ava(path: Path) -> Rows:
    """Read AVA.txt: number, image, how many people gave 1 … 10, two tags, challenge; only a population is known."""
    with path.open(encoding="utf-8-sig") as stream:
        for line, text in enumerate(stream, start=1):
            cells = text.split()
            if cells:
                yield from ava_rows(cells, line=line)


def ava_rows(cells: list[str], *, line: int) -> Iterator[RatingRow | RowProblem]:
    """Read one image's histogram."""
    if len(cells) < AVA_SCORES + 2 or not all(cell.isdigit() for cell in cells[:AVA_COLUMNS]):
        yield RowProblem(line=line, column="votes", value=" ".join(cells)[:40], mend="15 whole numbers are expected")
        return
    for value, votes in enumerate(map(int, cells[2 : 2 + AVA_SCORES]), start=1):
        if votes:
            yield RatingRow(
                line=line, rater="population", image=cells[1], value=float(value), count=votes, is_population=True
            )


def read_label_studio(path: Path) -> Rows:
    """Read Label Studio's JSON export: tasks with annotations, each with a rating, a number or a numbered choice."""
    try:
        tasks = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, OSError) as error:
        raise FileRejectedError(f"{path.name} is not JSON ({error}); export it again as JSON.") from error
    if not isinstance(tasks, list):
        raise FileRejectedError(f"{path.name} is no list of tasks; export it as JSON, not as JSON-MIN.")
    for place, task in enumerate(tasks, start=1):
        for annotation in task.get("annotations") or []:
            if not annotation.get("was_cancelled"):
                yield label_studio_row(task, annotation, place=place)


def label_studio_row(task: dict[str, Any], annotation: dict[str, Any], *, place: int) -> RatingRow | RowProblem:
    """Read one annotation."""
    data = task.get("data") or {}
    image = str(data.get("image") or data.get("file_name") or "")
    by = annotation.get("completed_by")
    rater = str(by.get("id") or by.get("email") if isinstance(by, dict) else by if by is not None else "")
    values = (label_studio_value(result) for result in annotation.get("result") or [])
    value = next((found for found in values if found is not None), None)
    if value is None:
        return RowProblem(line=place, column="result", value="", mend="it holds no rating, number or numbered choice")
    described = {name: cell for name, cell in data.items() if name != "image"}
    try:
        details = row_details(described)
    except ImageRejectedError as error:
        return RowProblem(line=place, column="data", value=image, mend=error.message)
    name = image.rsplit("?d=", maxsplit=1)[-1].rsplit("/", 1)[-1]
    return checked_row(RatingRow(line=place, rater=rater, image=name, value=value, details=details))


def label_studio_value(result: dict[str, Any]) -> float | None:
    """Find the number in one result."""
    value = result.get("value") or {}
    if "rating" in value or "number" in value:
        return number(value.get("rating", value.get("number")))
    return number(value["choices"][0]) if value.get("choices") else None


def in_layout(layout: Layout) -> Reader:
    """Make a reader of a layout."""
    return lambda path: read_layout(path, layout)


FORMATS: dict[str, Reader] = {
    "tidy": in_layout(TIDY),
    "para": in_layout(PARA),
    "lapis": in_layout(LAPIS),
    "flickr-aes": in_layout(FLICKR_AES),
    "eva": in_layout(EVA),
    "ava": read_ava,
    "pamela": in_layout(PAMELA),
    "label-studio": read_label_studio,
}
