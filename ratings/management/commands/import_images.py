"""Import pictures into a study: a folder, a zip archive, or a list (CSV, JSON lines, Parquet)."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from ratings.exceptions import RecordError
from ratings.models import Study
from ratings.services import ingest

SHOWN = 50


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

    def handle(self, **options: Any) -> None:
        """Run the import and say what became of the files."""
        study = Study.objects.filter(slug=options["study"]).first()
        if study is None:
            known = ", ".join(Study.objects.values_list("slug", flat=True)) or "none yet; make one with create_study"
            raise CommandError(f"There is no study {options['study']!r}. Studies: {known}.", returncode=2)
        with tqdm(unit=" files", disable=not sys.stderr.isatty()) as bar:

            def show(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            try:
                report = ingest.import_images(
                    path=options["path"], study=study, metadata=options["metadata"], on_progress=show
                )
            except RecordError as error:
                raise CommandError(error.message, returncode=2) from error
        self.report(report, study=study)

    def report(self, report: ingest.ImportReport, *, study: Study) -> None:
        """List what was rejected; fail when nothing could be used."""
        for rejection in report.rejected[:SHOWN]:
            self.stderr.write(f"rejected {rejection}")
        if len(report.rejected) > SHOWN:
            self.stderr.write(f"… and {len(report.rejected) - SHOWN} more")
        if not report.images:
            raise CommandError("None of the files could be used; see the reasons above.", returncode=2)
        self.stdout.write(f"{study.slug}: {report.summary}; {study.study_images.count()} images in the study.")
