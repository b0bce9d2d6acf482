"""Back an installation up into a folder."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotate.backups.folder import BackupError, write_backup

MOST_NAMED = 10  # files


class Command(BaseCommand):
    """Dump the database, copy the files, and list both with digests."""

    help = (
        "Write a backup into an empty folder: a dump of the database, all files, and an inventory with a digest of "
        "each table and file, which `restore` compares. The service may run meanwhile."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the folder and what is left out."""
        parser.add_argument("folder", type=Path, help="where to write; made if it is not there")
        parser.add_argument("--no-database", action="store_true", help="dump the database by other means; list it only")
        parser.add_argument("--no-files", action="store_true", help="leave files out, such as those in a bucket")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Write it and say what it holds."""
        try:
            found, gone = write_backup(
                options["folder"], takes_database=not options["no_database"], takes_files=not options["no_files"]
            )
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{len(found.tables)} tables and {len(found.files)} files are in {options['folder']}. Keep PSEUDONYM_KEY "
            "(or SECRET_KEY, where that is not set) beside it: it is in no backup, and dumps name raters with it."
        )
        if gone:
            named = ", ".join(gone[:MOST_NAMED]) + (f" and {len(gone) - MOST_NAMED} more" if gone[MOST_NAMED:] else "")
            self.stdout.write(f"Deleted before they could be copied, and not in the backup: {named}.")
