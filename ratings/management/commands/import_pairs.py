"""Import the design of a pairwise study from a table."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ratings.exceptions import RecordError
from ratings.models import Study
from ratings.services.pairs.design import import_pairs

SHOWN = 50


class Command(BaseCommand):
    """Import prompts, conditions and pictures as pairs; running it twice changes nothing."""

    help = (
        "Import the design of a pairwise study: CSV, JSON lines or Parquet with the columns prompt, condition and "
        "image (file name, SHA-256 or id), and if wanted group and rater. Within a prompt, each condition meets each."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the arguments."""
        parser.add_argument("path", type=Path, help="The table of the design.")
        parser.add_argument("--study", required=True, help="Slug of the pairwise study.")

    def handle(self, **options: Any) -> None:
        """Run the import and say what became of the rows."""
        study = Study.objects.filter(slug=options["study"]).first()
        if study is None:
            raise CommandError(f"There is no study called {options['study']!r}.", returncode=2)
        try:
            report = import_pairs(study=study, path=options["path"])
        except RecordError as error:
            raise CommandError(error.message, returncode=2) from error
        for rejection in report.rejected[:SHOWN]:
            self.stderr.write(f"refused {rejection}")
        if len(report.rejected) > SHOWN:
            self.stderr.write(f"… and {len(report.rejected) - SHOWN} more")
        self.stdout.write(f"{study.slug}: {report.summary}.")
