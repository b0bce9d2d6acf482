"""The class that Django looks for in the package that the setting `ENGINE` names."""

import select
from typing import Self

from django.conf import settings
from django.db.backends.postgresql import base
from django.db.backends.postgresql.schema import DatabaseSchemaEditor
from psycopg.pq import TransactionStatus


class SchemaEditor(DatabaseSchemaEditor):
    """Changes of tables that give way: a lock that is waited for has every rater's statement wait behind it."""

    def __enter__(self) -> Self:
        """Begin; within a transaction, wait for no lock for longer than MIGRATION_LOCK_SECONDS.

        The limit ends with the transaction, so that it holds behind a pooler and is in nobody else's way. What builds
        an index concurrently has no transaction, and keeps nobody waiting.
        """
        super().__enter__()
        if self.atomic_migration and not self.collect_sql and settings.MIGRATION_LOCK_SECONDS:
            with self.connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL lock_timeout = '{settings.MIGRATION_LOCK_SECONDS}s'")
        return self


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that is checked without a query, which would cost each click a round trip."""

    SchemaEditorClass = SchemaEditor

    def is_usable(self) -> bool:
        """Tell whether the connection is open: between queries, a server sends nothing but the end of a connection."""
        kept = self.connection
        if kept is None or kept.closed or kept.info.transaction_status != TransactionStatus.IDLE:
            return False
        line = select.poll()
        line.register(kept.fileno(), select.POLLIN)  # poll reports an end and an error in any case
        return not line.poll(0)
