"""A database of its own, at a former version of the schema, to be filled and then brought up to date."""

import atexit
import secrets
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import psycopg
from django.apps.registry import Apps
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from psycopg import sql

Target = tuple[str, str]


class FormerDatabase:
    """A database whose tables are as a former version had them."""

    def __init__(self, alias: str) -> None:
        """Take the name by which Django knows its connection."""
        self.alias = alias

    def migrate(self, *targets: Target) -> Apps:
        """Bring the tables to these migrations, or to the newest; give the models as they are there."""
        executor = MigrationExecutor(connections[self.alias])
        wanted: list[Any] = list(targets) or executor.loader.graph.leaf_nodes()
        executor.migrate(wanted)
        return executor.loader.project_state(wanted).apps

    def table(self, apps: Apps, name: str) -> Any:
        """Give what makes and finds rows of a model of the records, as it is there; former models have no types."""
        return apps.get_model("ratings", name).objects.using(self.alias)

    def run(self, statement: str) -> None:
        """Change the tables as they are now."""
        with connections[self.alias].cursor() as cursor:
            cursor.execute(statement)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Read from the tables as they are now."""
        with connections[self.alias].cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())


@contextmanager
def former_database(*targets: Target) -> Iterator[FormerDatabase]:
    """Make a database without records at these migrations, and drop it afterwards."""
    with new_database(template=template_at(targets)) as database:
        yield database


@contextmanager
def empty_database() -> Iterator[FormerDatabase]:
    """Make a database without tables, and drop it afterwards."""
    with new_database() as database:
        yield database


# Kept until the process ends: the way from nothing to a former version takes longer than all else of a test.
TEMPLATES: dict[frozenset[Target], str] = {}


def template_at(targets: Sequence[Target]) -> str:
    """Give a database without records at these migrations, made from the nearest one before; it is only copied."""
    graph = MigrationLoader(connection).graph
    steps = frozenset(step for target in targets for step in graph.forwards_plan(target))
    if steps not in TEMPLATES:
        nearest = max((made for made in TEMPLATES if made < steps), key=len, default=None)
        with opened_database(template=TEMPLATES[nearest] if nearest else "template1") as database:
            database.migrate(*targets)
        atexit.register(drop_from_outside, database.alias, dict(connection.settings_dict))
        TEMPLATES[steps] = database.alias
    return TEMPLATES[steps]


def drop_from_outside(name: str, settings: dict[str, Any]) -> None:
    """Drop a database once no test runs any more; where the server was the tests' own, all is gone."""
    keys = {"HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password"}
    address = {keys[key]: value for key, value in settings.items() if key in keys and value}
    with suppress(psycopg.OperationalError):  # the server is gone
        server = psycopg.connect(**address, dbname="postgres", autocommit=True)
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


@contextmanager
def new_database(*, template: str = "template1") -> Iterator[FormerDatabase]:
    """Copy a database, and drop the copy afterwards."""
    with ExitStack() as ended, opened_database(template=template) as database:
        ended.callback(drop_database, database.alias)
        yield database


def drop_database(name: str) -> None:
    """Drop a database that nobody is connected to."""
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE "{name}"')


@contextmanager
def opened_database(*, template: str) -> Iterator[FormerDatabase]:
    """Copy a database, and have Django know the copy for a while."""
    alias = f"former_{secrets.token_hex(4)}"
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{alias}" TEMPLATE "{template}"')
    copied = connection.copy(alias=alias)
    options = {name: value for name, value in copied.settings_dict["OPTIONS"].items() if name != "pool"}
    copied.settings_dict = {**copied.settings_dict, "NAME": alias, "OPTIONS": options}
    connections[alias] = copied
    try:
        yield FormerDatabase(alias)
    finally:
        copied.close()
        del connections[alias]
