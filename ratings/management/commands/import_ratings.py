"""Import ratings from elsewhere as a dataset: tidy tables, and the layouts of published sets."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ratings.exceptions import RecordError
from ratings.management.terminal import list_refused, list_unmatched, progress_bar
from ratings.services.audit import record_act
from ratings.services.datasets import FORMATS, DatasetReport, Source, import_ratings, scale_of
from ratings.services.flattened import flattening_remarks


class Command(BaseCommand):
    """Import a file of ratings; running it twice changes nothing."""

    help = (
        "Import ratings from elsewhere as a dataset for joint training: tidy tables, dumps of another installation, "
        "Label Studio's JSON export, and the layouts of published sets. Safe to run twice."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the arguments."""
        parser.add_argument("file", type=Path, help="The file of ratings, or the folder of the set.")
        parser.add_argument("--dataset", required=True, help="Name of the dataset: letters, digits, hyphens.")
        parser.add_argument(
            "--scale",
            nargs=2,
            type=float,
            metavar=("MIN", "MAX"),
            help="Ends of the rating scale; published layouts and dumps know theirs.",
        )
        parser.add_argument("--format", choices=list(FORMATS), default="tidy", help="How the file is laid out.")
        parser.add_argument("--images", type=Path, help="Folder or zip of the pictures; found where the layout has it.")

    def handle(self, **options: Any) -> None:
        """Run the import and say what became of the rows."""
        name = options["dataset"]
        with progress_bar() as show:
            try:
                low, high = scale_of(layout=options["format"], given=options["scale"], path=options["file"])
                source = Source(
                    path=options["file"],
                    layout=options["format"],
                    images=options["images"],
                    scale_min=low,
                    scale_max=high,
                )
                report = import_ratings(name=name, source=source, on_progress=show)
            except RecordError as error:
                raise CommandError(error.message, returncode=2) from error
        record_act(action="import-ratings", target=name, actor=None, added=report.added, changed=report.changed)
        self.report(report, name=name)

    def report(self, report: DatasetReport, *, name: str) -> None:
        """Say what was done, and which pictures were left out."""
        list_refused(refused=report.rejected, out=self.stderr)
        list_unmatched(unmatched=report.unmatched, out=self.stdout)
        for line in flattening_remarks(report.flattened):
            self.stdout.write(line)
        self.stdout.write(f"{name}: {report.summary}.")
