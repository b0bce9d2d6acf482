"""Tables with a row per rater and a column per picture, or a row per picture and a column per rater."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

from ratings.exceptions import FileRejectedError
from ratings.files.numbers import NumberError, Survey
from ratings.files.table_files import Line, Table, Wanted, listed_columns, opened_tables
from ratings.sentences import staff_gettext
from ratings.services.datasets.columns import Role, meant_column
from ratings.services.datasets.people import is_demographic, is_private, left_out_column, rater_attributes
from ratings.services.datasets.plans import Style
from ratings.services.datasets.rows import LeftOut, RatingRow, Reading, RowProblem, Rows, checked_row

EVERY = "*"  # the pattern of all columns
IN_BRACKETS = re.compile(r".*\[(?P<answer>[^\[\]]+)\]", re.DOTALL)  # as Google Forms, LimeSurvey and SurveyMonkey do


@dataclass(frozen=True, kw_only=True)
class WidePlan:
    """What a wide table's rows and its columns are: raters and pictures, or pictures and raters."""

    table: Table
    of_rows: str  # rater or image
    key: str  # the column that names a row
    columns: tuple[str, ...]  # those that hold ratings
    called: Mapping[str, str] = field(default_factory=dict)  # what each of them stands for


def read_wide(path: Path, *, reading: Reading, raters: Sequence[str], images: Sequence[str]) -> Rows:
    """Read a wide table, a cell at a time."""
    plans = [
        wide_plan(table, reading=reading, raters=raters, images=images)
        for table in opened_tables(path=path, wanted=Wanted(sheet=reading.sheet))
    ]
    survey = Survey()
    for plan in plans:
        for line in plan.table.lines():
            for column in plan.columns:
                survey.note(line.cells.get(column))
    style = Style(notation=survey.notation(scale=reading.scale), floated=frozenset())
    for plan in plans:
        kept = {plan.key, *plan.columns}
        for column in plan.table.columns:
            if column not in kept and not is_demographic(column) and column.lower() not in reading.profile_columns:
                yield left_out_column(column)
        for line in plan.table.lines():
            yield from wide_rows(line, plan=plan, style=style, reading=reading)


def wide_plan(table: Table, *, reading: Reading, raters: Sequence[str], images: Sequence[str]) -> WidePlan:
    """Find the column that names the rows, and those that hold ratings."""
    rater = Role(name="rater", aliases=tuple(raters), option="rater-column", asked=reading.rater)
    image = Role(name="image", aliases=tuple(images), option="image-column", asked=reading.image)
    of_raters, of_images = meant_column(rater, table=table), meant_column(image, table=table)
    if bool(of_raters) == bool(of_images):
        raise FileRejectedError(
            staff_gettext(
                "{name} needs a column that names its rows, either rater or image (its columns: "
                "{listed_columns}); add one, or name it with --rater-column or --image-column."
            ).format(name=table.path.name, listed_columns=listed_columns(table.columns))
        )
    key = of_raters or of_images or ""
    about = {name for name in table.columns if is_demographic(name) or is_private(name)} if of_raters else set()
    free = [name for name in table.columns if name not in {key, *about} and name.lower() not in reading.profile_columns]
    columns = columns_meant(free, pattern=reading.wide.lower())
    if not columns:
        raise FileRejectedError(
            staff_gettext("{name} has no column like {wide}; give another pattern to --wide.").format(
                name=table.path.name, wide=f"{reading.wide!r}"
            )
        )
    return WidePlan(
        table=table, of_rows="rater" if of_raters else "image", key=key, columns=columns, called=meanings(columns)
    )


def columns_meant(names: Sequence[str], *, pattern: str) -> tuple[str, ...]:
    """Give the columns that are each a picture or a rater: those like a pattern, or all.

    Where all are asked for and forms have put several of them into brackets, the others, such as the time, are none.
    """
    bracketed = tuple(filter(in_brackets, names))
    if pattern == EVERY and len(bracketed) > 1:
        return bracketed
    return tuple(name for name in names if any(fnmatch(one.lower(), pattern) for one in (name, in_brackets(name))))


def in_brackets(column: str) -> str:
    """Give what stands in brackets at the end of a column's name; nothing where there are none."""
    found = IN_BRACKETS.fullmatch(column)
    return found["answer"].strip() if found else ""


def meanings(columns: Sequence[str]) -> dict[str, str]:
    """Give what columns stand for: what forms put into brackets behind the question, where each has its own."""
    inner = list(filter(None, map(in_brackets, columns)))
    return dict(zip(columns, inner if len(set(inner)) == len(columns) else columns, strict=True))


def wide_rows(line: Line, *, plan: WidePlan, style: Style, reading: Reading) -> Rows:
    """Read the ratings in one row."""
    cell = line.cells.get(plan.key)
    try:
        name = style.name(plan.of_rows, cell)
    except ValueError as error:
        yield RowProblem(line=line.number, column=plan.of_rows, value=str(cell or ""), fix=str(error))
        return
    is_of_raters = plan.of_rows == "rater"
    others = {key: value for key, value in line.cells.items() if key not in {plan.key, *plan.columns}}
    attributes = rater_attributes(others, asked=reading.profile_columns) if is_of_raters else {}
    for column in plan.columns:
        given = line.cells.get(column)
        try:
            value = style.notation.number(given)
        except NumberError as error:
            yield RowProblem(line=line.number, column=column, value=str(given), fix=str(error))
            continue
        if value is None:
            yield LeftOut(
                what=staff_gettext("cells without a rating"),
                name=staff_gettext("{column} in line {number}").format(column=column, number=line.number),
            )
            continue
        rater, image = (name, plan.called[column]) if is_of_raters else (plan.called[column], name)
        yield checked_row(RatingRow(line=line.number, rater=rater, image=image, value=value, attributes=attributes))
