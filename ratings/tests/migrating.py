"""A database of its own, at a former version of the schema, to be filled and then brought up to date."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps.registry import Apps
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

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
    with empty_database() as database:
        database.migrate(*targets)
        yield database


@contextmanager
def empty_database() -> Iterator[FormerDatabase]:
    """Make a database without tables, and drop it afterwards."""
    alias = f"former_{secrets.token_hex(4)}"
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{alias}"')
    copied = connection.copy(alias=alias)
    options = {name: value for name, value in copied.settings_dict["OPTIONS"].items() if name != "pool"}
    copied.settings_dict = {**copied.settings_dict, "NAME": alias, "OPTIONS": options}
    connections[alias] = copied
    try:
        yield FormerDatabase(alias)
    finally:
        copied.close()
        del connections[alias]
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{alias}"')
