"""Restore a backup into an empty installation, and prove that it equals what was backed up."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotate.backups.folder import BackupError, restore_backup

SHOWN = 20


class Command(BaseCommand):
    """Load the dump, put the files back, compare both with the inventory."""

    help = (
        "Restore a folder that `back_up` wrote into an empty installation, and compare every table, sequence and file "
        "with its inventory; the exit code is not 0 when anything differs. Run `migrate` after it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the folder and what is there already."""
        parser.add_argument("folder", type=Path, help="what back_up has written")
        parser.add_argument(
            "--no-database", action="store_true", help="the database was restored by other means; compare it only"
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Restore and say whether it is equal."""
        try:
            listed, differing = restore_backup(options["folder"], takes_database=not options["no_database"])
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        for line in differing[:SHOWN]:
            self.stdout.write(line)
        if differing:
            raise CommandError(f"The installation differs from its backup in {len(differing)} places, named above.")
        self.stdout.write(
            f"Restored and equal: {len(listed.tables)} tables, {len(listed.sequences)} sequences and "
            f"{len(listed.files)} files have the counts and digests of the backup."
        )
