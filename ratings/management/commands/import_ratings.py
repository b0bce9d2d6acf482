"""Import ratings from elsewhere as a dataset: tidy tables, and the layouts of published sets."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.text import slugify
from tqdm import tqdm

from ratings.exceptions import RecordError
from ratings.services.datasets import FORMATS, DatasetReport, Source, import_ratings

SHOWN = 50


class Command(BaseCommand):
    """Import a file of ratings; running it twice changes nothing."""

    help = "Import ratings from elsewhere as a dataset: tidy tables, and the layouts of published sets."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the arguments."""
        parser.add_argument("file", type=Path, help="The file of ratings, or a folder that holds ratings.csv.")
        parser.add_argument("--dataset", required=True, help="Name of the dataset: letters, digits, hyphens.")
        parser.add_argument(
            "--scale", nargs=2, type=float, required=True, metavar=("MIN", "MAX"), help="Ends of the rating scale."
        )
        parser.add_argument("--format", choices=list(FORMATS), default="tidy", help="How the file is laid out.")
        parser.add_argument("--images", type=Path, help="Folder of the pictures; images/ beside the file is found.")

    def handle(self, **options: Any) -> None:
        """Run the import and say what became of the rows."""
        name = options["dataset"]
        if slugify(name) != name.lower():
            raise CommandError(f"{name!r} is no name for a dataset; use letters, digits and hyphens.", returncode=2)
        low, high = options["scale"]
        source = Source(
            path=options["file"], layout=options["format"], images=options["images"], scale_min=low, scale_max=high
        )
        with tqdm(unit=" done", unit_scale=True, disable=not sys.stderr.isatty()) as bar:

            def show(stage: str, done: int) -> None:
                bar.set_description(stage)
                bar.n = done
                bar.refresh()

            try:
                report = import_ratings(name=name, source=source, on_progress=show)
            except RecordError as error:
                raise CommandError(error.message, returncode=2) from error
        self.report(report, name=name)

    def report(self, report: DatasetReport, *, name: str) -> None:
        """Say what was done, and which pictures were left out."""
        for rejection in report.rejected[:SHOWN]:
            self.stderr.write(f"rejected {rejection}")
        self.stdout.write(f"{name}: {report.summary}.")
