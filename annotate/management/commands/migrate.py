"""Migrate as Django does, but give way to raters: a lock that cannot be had soon is asked for again later."""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import migrate
from django.db import OperationalError
from psycopg.errors import DeadlockDetected, LockNotAvailable

GIVES_WAY = (LockNotAvailable, DeadlockDetected)
LONGEST_PAUSE = 10.0  # s between two attempts


class Command(migrate.Command):
    """Apply migrations, each of which waits for a table no longer than MIGRATION_LOCK_SECONDS."""

    def add_arguments(self, parser: CommandParser) -> None:
        """Take how often a migration is tried whose table is in use."""
        super().add_arguments(parser)
        parser.add_argument(
            "--attempts", type=int, default=20, help="how often to try a migration whose table is in use; default 20"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate; what was applied before an attempt failed stays applied, and the rest is tried again."""
        attempts = options.pop("attempts", 1)
        if attempts < 1:
            raise CommandError(f"--attempts must be 1 or more, not {attempts}: with less, nothing would be migrated.")
        for attempt in range(1, attempts + 1):
            try:
                super().handle(*args, **options)
            except OperationalError as error:
                if not isinstance(error.__cause__, GIVES_WAY):
                    raise
                self.give_way(error, attempt=attempt, attempts=attempts)
            else:
                return

    def give_way(self, error: OperationalError, *, attempt: int, attempts: int) -> None:
        """Say that a table was in use, and wait, or end with that sentence after the last attempt."""
        said = (
            f"A migration could not lock its table within {settings.MIGRATION_LOCK_SECONDS} s, because something else "
            f"uses it ({str(error).splitlines()[0]}); it changed nothing."
        )
        if attempt == attempts:
            raise CommandError(
                f"{said} That was attempt {attempt} of {attempts}: end long transactions, such as dumps, or wait, and "
                "run migrate again."
            ) from error
        self.stdout.write(f"\n{said} Trying again, {attempt} of {attempts} attempts made.")
        time.sleep(min(float(attempt), LONGEST_PAUSE))
