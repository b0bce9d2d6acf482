"""The page of dump columns, from the schema that dumps are written by."""

from annotate.reference.markdown import code, page, table
from ratings.choices import Design
from ratings.services.dumps.schema import Column, answers_table, table_columns
from ratings.values.scales import NamedScale

OPENING = """
A dump holds three tables: the answers, the raters, and the images. Types are those of Arrow; in CSV and JSON lines
they are written as text. Each profile question adds a column `profile_KEY` to `raters`: the answer, in bands that at
least five raters share. The picture itself is there in Hugging Face dumps on request.
"""


SCALES = (NamedScale(key="main", label="Main scale"), NamedScale(key="KEY", label="each further scale"))


def columns_page() -> str:
    """Write the page of dump columns, a section for each table."""
    tables: dict[str, tuple[Column, ...]] = {}
    for design in Design.values:
        name = answers_table(design=design)
        tables[f"{name} of a {design} study" if name in tables else name] = answers_of(design)
    tables |= {name: columns for name, columns in tables_of(Design.RATING).items() if name in {"raters", "images"}}
    sections = [f"## {name}\n\n{column_table(columns)}" for name, columns in tables.items()]
    return page("Dump columns", OPENING, sections)


def tables_of(design: str) -> dict[str, tuple[Column, ...]]:
    """Give the tables of a design's dumps, with pictures."""
    return table_columns(design=design, questions=[], with_pictures=True, scales=SCALES)


def answers_of(design: str) -> tuple[Column, ...]:
    """Give the columns of what raters of a design answered."""
    return tables_of(design)[answers_table(design=design)]


def column_table(columns: tuple[Column, ...]) -> str:
    """Write the columns of one table."""
    return table(["column", "type", "meaning"], [(code(one.name), one.kind, one.meaning) for one in columns])
