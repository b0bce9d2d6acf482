"""Raw SQL stands in its rooms, speaks of values by their enumerations, and fits the database as it is."""

import ast
import dataclasses
import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

import pytest
from django.db import ProgrammingError, connection

import ratings.statements
import scoring.statements
from annotate.env import BASE_DIR
from ratings import choices
from scoring.models import ModelState

# Where SQL is written out, and why the ORM does not write it.
ROOMS = {
    "ratings/statements": "hot: a query set would compile it again at each click",
    "scoring/statements.py": "hot: every rating runs it in the worker",
    "ratings/services/datasets/matching.py": "set-based: an import is staged and matched in temporary tables",
    "ratings/services/dumps/snapshot.py": "COPY around what the ORM writes, in a transaction of its own",
    "annotate/backups": "counts and digests of any table, in a transaction of its own",
    "annotate/database": "bounds how long a migration waits for a lock",
    "ratings/replicas.py": "asks where a replica stands in the log",
    "annotate/health.py": "asks the server nothing but whether it answers",
    "annotate/embedded.py": "sets up the embedded server before there are models",
    "annotate/benchmarks": "measures what the database alone would allow",
}
SQL = re.compile(
    r"\s*(SELECT\s|INSERT INTO\s|UPDATE\s+\S+\s+(AS \S+\s+)?SET\s|DELETE FROM\s|WITH \w+ AS|COPY \S+|CREATE \w+ |"
    r"SET LOCAL )"
)
PLACE = re.compile(r"%\((\w+)\)s")
VALUES = {
    str(value)
    for enumeration in (choices.AssignmentKind, choices.AssignmentState, choices.Policy, choices.StudyState, ModelState)
    for value in enumeration.values
}


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """Give the texts of a module that are no docstrings, with their lines."""
    tree = ast.parse(path.read_text())
    spoken = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in spoken:
            yield node.lineno, node.value


def product_files() -> Iterator[Path]:
    """Give the modules of the product."""
    for app in ("annotate", "ratings", "scoring"):
        for path in sorted((BASE_DIR / app).rglob("*.py")):
            if not {"tests", "migrations"} & set(path.parts):
                yield path


def is_in_a_room(path: Path) -> bool:
    """Tell whether a module may hold SQL."""
    return any(path.is_relative_to(BASE_DIR / room) for room in ROOMS)


def test_raw_sql_stands_in_its_rooms() -> None:
    assert SQL.match("\n    UPDATE scoring_taste SET posterior = 1")
    assert not SQL.match("Select pictures in the list")
    found = [(path, line) for path in product_files() for line, text in texts(path) if SQL.match(text)]
    assert [f"{path.relative_to(BASE_DIR)}:{line}" for path, line in found if not is_in_a_room(path)] == []
    assert {room for room in ROOMS if any(path.is_relative_to(BASE_DIR / room) for path, _ in found)} == set(ROOMS)


def modules() -> list[ModuleType]:
    """Give the modules that hold statements."""
    names = [f"ratings.statements.{one.name}" for one in pkgutil.iter_modules(ratings.statements.__path__)]
    return [*map(importlib.import_module, names), scoring.statements]


def test_statements_name_values_by_their_enumerations() -> None:
    literals = [
        (module.__name__, word)
        for module in modules()
        for _, text in texts(Path(str(module.__file__)))
        for word in re.findall(r"'([^']+)'", text)
        if word in VALUES
    ]
    assert literals == []


def written_out(value: object) -> Iterator[tuple[str, str]]:
    """Give the complete statements in a name of a module, those of each family of designs apart."""
    if isinstance(value, str) and SQL.match(value) and "{" not in value:
        yield "", value
    if isinstance(value, Mapping):
        for family, of_family in value.items():
            if dataclasses.is_dataclass(of_family):
                for field in dataclasses.fields(of_family):
                    for _, text in written_out(getattr(of_family, field.name)):
                        yield f" of {family.item.__name__}, {field.name}", text


def statements() -> dict[str, str]:
    """Give every statement of the rooms by its name."""
    return {
        f"{module.__name__.rpartition('.')[2]} {name}{part}": text
        for module in modules()
        for name, value in vars(module).items()
        for part, text in written_out(value)
    }


def test_the_statements_of_a_click_are_among_those_that_are_looked_at() -> None:
    names = set(statements())
    assert {"locks LOCK", "queues LEASE_NEW", "raters RATER_BY_PART", "statements NEWS"} < names
    assert {f"answers STATEMENTS of {item}, record" for item in ("StudyImage", "Pair")} < names
    assert {f"slots SLOTS of {item}, take_idle" for item in ("StudyImage", "Pair")} < names


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(statements()))
def test_every_statement_fits_the_migrated_schema(name: str) -> None:
    numbers: dict[str, str] = {}
    text = PLACE.sub(lambda place: numbers.setdefault(place[1], f"${len(numbers) + 1}"), statements()[name])
    with connection.cursor() as cursor:
        cursor.execute(f"PREPARE fitting AS {text}")
        cursor.execute("DEALLOCATE fitting")


@pytest.mark.django_db
def test_a_statement_about_a_column_that_is_gone_would_be_noticed() -> None:
    with connection.cursor() as cursor, pytest.raises(ProgrammingError, match='column "gone" does not exist'):
        cursor.execute("PREPARE fitting AS SELECT gone FROM ratings_study")
