"""Import pictures into a study: a folder, a zip archive, or a list (CSV, JSON lines, Parquet)."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ratings.choices import KnownDetails
from ratings.exceptions import RecordError
from ratings.management.terminal import (
    list_differences,
    list_refused,
    list_unmatched,
    named_study,
    progress_bar,
)
from ratings.models import Study
from ratings.services import ingest
from ratings.services.flattened import flattening_remarks


class Command(BaseCommand):
    """Import pictures; duplicates are skipped and counted, bad files reported and skipped."""

    help = "Import pictures into a study: a folder, a zip archive, or a list (CSV, JSON lines, Parquet)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the arguments."""
        parser.add_argument("path", type=Path, help="Folder, zip archive, list of files, or one picture.")
        parser.add_argument("--study", required=True, help="Slug of the study that gets the pictures.")
        parser.add_argument(
            "--metadata", type=Path, help="Table with a column of file names, and prompt, generator, domain, others."
        )
        parser.add_argument(
            "--replace-details",
            action="store_true",
            help="Let the list replace what the study knows of its pictures; without it, what differs is only named.",
        )

        parser.add_argument(
            "--image-column", default="", metavar="NAME", help="Column of the pictures in a table that holds several."
        )

    def handle(self, **options: Any) -> None:
        """Run the import and say what became of the files."""
        study = named_study(slug=options["study"])
        known = KnownDetails.REPLACE if options["replace_details"] else KnownDetails.KEEP
        with progress_bar() as show:
            try:
                report = ingest.import_images(
                    path=options["path"],
                    study=study,
                    metadata=options["metadata"],
                    known=known,
                    column=options["image_column"],
                    on_progress=show,
                )
            except RecordError as error:
                raise CommandError(error.message, returncode=2) from error
        self.report(report, study=study)

    def report(self, report: ingest.ImportReport, *, study: Study) -> None:
        """List what was rejected; fail when nothing could be used."""
        list_refused(refused=report.rejected, out=self.stderr)
        if not report.images:
            raise CommandError("None of the files could be used; see the reasons above.", returncode=2)
        for line in flattening_remarks(report.flattened):
            self.stdout.write(line)
        list_unmatched(unmatched=report.unmatched, out=self.stdout)
        list_differences(details=report.details, out=self.stdout)
        self.stdout.write(f"{study.slug}: {report.summary}; {study.study_images.count()} images in the study.")
