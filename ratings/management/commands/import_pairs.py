"""Import the design of a pairwise study from a table."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ratings.exceptions import RecordError
from ratings.management.terminal import list_refused, named_study
from ratings.services.comparisons.design_table import import_pairs


class Command(BaseCommand):
    """Import prompts, conditions and pictures as pairs; running it twice changes nothing."""

    help = (
        "Import the design of a pairwise study: CSV, JSON lines or Parquet with the columns prompt, condition and "
        "image (file name, SHA-256 or id), and if wanted group and rater. Within a prompt, each condition meets each. "
        "Safe to run twice; a table of which no row can be taken in is an error."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the arguments."""
        parser.add_argument("path", type=Path, help="The table of the design.")
        parser.add_argument("--study", required=True, help="Slug of the pairwise study.")

    def handle(self, **options: Any) -> None:
        """Run the import and say what became of the rows."""
        study = named_study(slug=options["study"])
        try:
            report = import_pairs(study=study, path=options["path"])
        except RecordError as error:
            raise CommandError(error.message, returncode=2) from error
        if report.is_refused:
            raise CommandError(
                f"{options['path']}: no row of it can be taken in, {len(report.rejected)} were refused; the first is "
                f"{report.rejected[0]}",
                returncode=2,
            )
        list_refused(refused=report.rejected, out=self.stderr)
        self.stdout.write(f"{study.slug}: {report.summary}.")
