"""What is read of a table of ratings: which columns are meant, how they write numbers and names, what is left out."""

import datetime
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ratings.exceptions import FileRejectedError
from ratings.files.headings import heading_key
from ratings.files.numbers import BLANKS, Notation, Survey
from ratings.files.table_files import Line, Table, Wanted, cell_name, opened_tables, table_lines
from ratings.sentences import staff_gettext
from ratings.services.datasets.columns import Role, is_rating, meant_column, missing_column
from ratings.services.datasets.people import is_demographic, is_private, is_profile, left_out_column
from ratings.services.datasets.rows import LeftOut, Reading

NUMBERS = ("annotation_id", "rating_id", "nonce")  # columns that tell a rating from its repeats
TIMES = ("rated_at", "created_at", "submitted_at", "timestamp")  # as do these, if they hold times
LONGEST_ID = 100
FLOATED = re.compile(r"-?\d+\.0")  # whole numbers as pandas writes them in a column with gaps
SHORTENED = re.compile(r"-?\d(\.\d+)?E\+\d{2,}")  # what a spreadsheet makes of a long number
EXACT = 10.0**15  # floating-point numbers from here on stand for several whole ones, in workbooks and then everywhere


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The columns of one table that are read."""

    table: Table
    rater: str
    image: str
    value: str
    source_id: str = ""  # the column that tells a rating from its repeats


@dataclass(frozen=True, kw_only=True)
class Style:
    """How a set's columns write numbers and names, decided over all of its tables."""

    notation: Notation
    floated: frozenset[str]  # of `rater` and `image`: those whose whole numbers were written as 12.0

    def name(self, role: str, cell: Any) -> str:
        """Read a name; raise `ValueError` with what is wrong with it."""
        name = cell_name(cell)
        if name is None:
            raise ValueError(staff_gettext("write a name or a number"))
        if (isinstance(cell, float) and abs(cell) >= EXACT) or SHORTENED.fullmatch(name):
            raise ValueError(staff_gettext("it is a long number whose last digits were lost; export it as text"))
        if name in BLANKS:
            raise ValueError(staff_gettext("it is blank; fill it in"))
        return name.removesuffix(".0") if role in self.floated else name


def is_asked(*, names: Iterable[str], reading: Reading) -> Callable[[str], bool]:
    """Make a rule of which columns a layout asks for."""
    known = {name.lower() for name in (*names, *NUMBERS, *TIMES, *reading.profile_columns)}
    known |= {name.lower() for name in (reading.rater, reading.image, reading.value)}
    return lambda name: (
        not known.isdisjoint((name.lower(), heading_key(name)))
        or is_rating(name)
        or is_demographic(name)
        or is_profile(name)
    )


def planned_tables(*, path: Path, roles: tuple[Role, Role, Role], wanted: Wanted) -> Iterator[Plan]:
    """Plan a table or its parts; refuse one that lacks a column, or in which several could be meant."""
    for table in opened_tables(path=path, wanted=wanted):
        yield planned(table, roles=roles, wanted=wanted)


def planned(table: Table, *, roles: tuple[Role, Role, Role], wanted: Wanted) -> Plan:
    """Find the columns of a table."""
    refuse_unread(table, roles=roles)
    found = {role.name: meant_column(role, table=table) for role in roles}
    lacking = [role for role in roles if found[role.name] is None]
    if lacking:
        (whole,) = opened_tables(path=table.path, wanted=Wanted(sheet=wanted.sheet))
        first = next(iter(whole.lines()), None)
        raise missing_column(lacking[0], table=whole, first=first, lacking={role.name for role in lacking})
    by_lower = {column.lower(): column for column in table.columns}
    source_id = next((by_lower[name] for name in (*NUMBERS, *TIMES) if name in by_lower), "")
    rater, image, value = (found[role.name] or "" for role in roles)
    return Plan(table=table, rater=rater, image=image, value=value, source_id=source_id)


def refuse_unread(table: Table, *, roles: Iterable[Role]) -> None:
    """Refuse a table in which a column that is needed holds what is not read."""
    for role in roles:
        for column, reason in table.unread.items():
            if {column.lower(), heading_key(column)} & {*role.aliases, role.asked.lower()}:
                raise FileRejectedError(
                    staff_gettext(
                        "{name}: the column {column} holds {reason}, which is not read; write it as text or numbers."
                    ).format(name=table.path.name, column=f"{column!r}", reason=reason)
                )


def style_of(plans: Iterable[Plan], *, scale: tuple[float, float] | None) -> Style:
    """Decide over all rows how numbers and names are written."""
    values = Survey()
    floated = {"rater": True, "image": True}
    seen = {"rater": False, "image": False}
    for plan in plans:
        for line in needed_lines(plan):
            values.note(line.cells.get(plan.value))
            for role, column in (("rater", plan.rater), ("image", plan.image)):
                cell = line.cells.get(column)
                if floated[role] and isinstance(cell, str) and cell not in BLANKS:
                    seen[role] = True
                    floated[role] = bool(FLOATED.fullmatch(cell.strip()))
    kept = frozenset(role for role in floated if floated[role] and seen[role])
    return Style(notation=values.notation(scale=scale), floated=kept)


def needed_lines(plan: Plan) -> Iterator[Line]:
    """Read the rows, of a Parquet file only the columns that say who rated what how."""
    if plan.table.path.suffix.lower() != ".parquet":
        return plan.table.lines()
    return table_lines(path=plan.table.path, wanted=Wanted(is_asked={plan.rater, plan.image, plan.value}.__contains__))


def read_source_id(plan: Plan, cells: dict[str, Any]) -> str:
    """Read what tells a rating from its repeats: a number in the source, or a time, however it is written."""
    if not plan.source_id:
        return ""
    cell = cells.get(plan.source_id)
    is_time = plan.source_id.lower() in TIMES
    text = (time_text(cell) if is_time else cell_name(cell)) or ""
    text = "" if text in BLANKS else text
    return text if len(text) <= LONGEST_ID else hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def time_text(cell: Any) -> str:
    """Write a time in one way; nothing where the cell holds none that is surely a time."""
    if isinstance(cell, str):
        try:
            cell = datetime.datetime.fromisoformat(cell.strip())
        except ValueError:  # some other way to write times, which a spreadsheet may have made
            return ""
    if isinstance(cell, datetime.datetime):
        return (cell.astimezone(datetime.UTC).replace(tzinfo=None) if cell.tzinfo else cell).isoformat()
    return str(cell) if isinstance(cell, int) and not isinstance(cell, bool) else ""


def columns_left_out(plan: Plan, *, used: Callable[[str], bool]) -> Iterator[LeftOut]:
    """Name the columns of a table that are not read."""
    roles = {plan.rater, plan.image, plan.value, plan.source_id}
    for column in (*plan.table.columns, *plan.table.passed_over, *plan.table.unread):
        if column not in roles and (is_private(column) or not used(column)):
            yield left_out_column(column)
