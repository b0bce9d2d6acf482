"""Run the statements of the hot paths as prepared ones, and make models of their rows.

Every click runs them. A query set compiles its statement again at each call and looks through the columns of the
answer, which costs several times what the database takes; these are written out, and PostgreSQL plans them once.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.models import Model, TextChoices
from django.db.models.base import ModelState

from ratings.choices import AssignmentKind, AssignmentState, Policy, StudyState

M = TypeVar("M", bound=Model)
Values = Mapping[str, Any]


class Rows(Generic[M]):
    """The rows of a model as a statement selects them; columns left out are read when somebody asks for them."""

    def __init__(self, model: type[M], *, without: Collection[str] = ()) -> None:
        """Settle which columns are read, and which of them Django decodes itself, such as JSON."""
        fields = [field for field in model._meta.concrete_fields if field.name not in without]
        self.model = model
        self.names = [field.attname for field in fields]
        self.encoded = [(field.attname, field) for field in fields if hasattr(field, "from_db_value")]
        self.width = len(fields)

    def columns(self, table: str) -> str:
        """Name the columns, to be selected from a table or its alias."""
        return ", ".join(f"{table}.{name}" for name in self.names)

    def model_of(self, row: Sequence[Any]) -> M:
        """Make a model of a row, as unpickling does: the constructor would look at each field several times."""
        values = dict(zip(self.names, row, strict=False))  # a row may go on with the columns of another table
        for name, field in self.encoded:
            values[name] = field.from_db_value(values[name], None, connection)
        made = self.model.__new__(self.model)
        made.__dict__ = values
        made._state = ModelState()
        made._state.adding, made._state.db = False, DEFAULT_DB_ALIAS
        return made

    def fetched(self, statement: str, values: Values) -> list[M]:
        """Run a statement that selects the columns, and give its rows as models."""
        return [self.model_of(row) for row in fetched(statement, values)]


def quoted(*values: TextChoices) -> str:
    """Write values of an enumeration as a statement has them."""
    return ", ".join(f"'{one.value}'" for one in values)


# What statements call the values of our enumerations: `{kind_fresh}`, `{state_leased}`.
VALUES: Mapping[str, str] = {
    f"{name}_{one.value}".replace("-", "_"): quoted(one)
    for name, values in (
        ("kind", AssignmentKind),
        ("policy", Policy),
        ("state", AssignmentState),
        ("study", StudyState),
    )
    for one in values
}


def selecting(statement: str, **rows: Rows[Any] | str) -> str:
    """Complete a statement: `{alias}` stands for the columns that are read of the table with that alias.

    The values of enumerations are there under their names, further parts as they are given.
    """
    parts = {alias: of if isinstance(of, str) else of.columns(alias) for alias, of in rows.items()}
    return statement.format(**VALUES, **parts)


def run(statement: str, values: Values) -> Any:
    """Run a statement, its values beside it so that the database may keep its plan; give psycopg's cursor.

    Errors are Django's, whose own cursor would do the same in more calls.
    """
    database = connections[DEFAULT_DB_ALIAS]  # the name `connection` looks this up at each use of it
    database.close_if_health_check_failed()
    if database.connection is None:
        database.ensure_connection()
    cursor: Any = ServerBindingCursor(database.connection)  # type: ignore[call-arg]  # the stubs know of no psycopg 3
    if database.queries_logged:
        database.make_debug_cursor(cursor).execute(statement, values)
    else:
        database.validate_no_broken_transaction()
        with database.wrap_database_errors:
            cursor.execute(statement, values)
    return cursor


def fetched(statement: str, values: Values) -> list[tuple[Any, ...]]:
    """Run a statement and give its rows."""
    rows: list[tuple[Any, ...]] = run(statement, values).fetchall()
    return rows


def use_async_commit() -> None:
    """Let this transaction end before it is on disk: only for what is computed again when a crash loses it.

    A disk takes as long to confirm as everything else that a worker does for one rating.
    """
    run("SET LOCAL synchronous_commit TO off", {})


def array_literal(keys: Iterable[object]) -> str:
    """Write many keys as one array, to be cast in the statement: psycopg would take each through code of its own."""
    return f"{{{','.join(map(str, keys))}}}"
