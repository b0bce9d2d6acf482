"""Import ratings from elsewhere as a dataset: tidy tables, and the layouts of published sets."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ratings.exceptions import RecordError
from ratings.management.terminal import list_refused, list_unmatched, progress_bar
from ratings.services.audit import log_action
from ratings.services.datasets import (
    FORMATS,
    DatasetReport,
    Differing,
    Reading,
    Source,
    import_ratings,
    scale_of,
)
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
        parser.add_argument("--best-is-low", action="store_true", help="The lowest value is the best, as in ranks.")
        parser.add_argument("--format", choices=list(FORMATS), default="tidy", help="How the file is laid out.")
        parser.add_argument("--images", type=Path, help="Folder or zip of the pictures; found where the layout has it.")
        self.add_choices(parser)
        known = parser.add_mutually_exclusive_group()
        known.add_argument(
            "--repeats",
            action="store_const",
            dest="differing",
            const=Differing.ADD,
            help="What differs from the known ratings of the same rater and image are further ratings.",
        )
        known.add_argument(
            "--replace",
            action="store_const",
            dest="differing",
            const=Differing.REPLACE,
            help="It corrects the known ratings, and takes their place.",
        )

    def add_choices(self, parser: ArgumentParser) -> None:
        """Name what is asked for where a file leaves it open."""
        parser.add_argument("--sheet", default="", metavar="NAME", help="Sheet of a workbook that has several.")
        parser.add_argument("--column", default="", metavar="NAME", help="Column that holds the ratings.")
        parser.add_argument("--rater-column", default="", metavar="NAME", help="Column that names the rater.")
        parser.add_argument(
            "--image-column", default="", metavar="NAME", help="Column, or key of Label Studio's data, of the image."
        )
        parser.add_argument(
            "--picture-column", default="", metavar="NAME", help="Column of the pictures in a table that holds several."
        )
        parser.add_argument("--control", default="", metavar="NAME", help="Label Studio's control that was answered.")
        parser.add_argument(
            "--wide",
            nargs="?",
            const="*",
            default="",
            metavar="PATTERN",
            help="The table has a column per picture, or one per rater: all others, or those like PATTERN, as in 'P*'.",
        )
        parser.add_argument(
            "--profile-columns",
            nargs="+",
            default=[],
            metavar="NAME",
            help="Further columns that describe raters, beside those that are named as demographics.",
        )

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
                    best_is_low=options["best_is_low"],
                    asked=asked(options),
                    differing=options["differing"] or Differing.REFUSE,
                )
                report = import_ratings(name=name, source=source, on_progress=show)
            except RecordError as error:
                raise CommandError(error.message, returncode=2) from error
        log_action(action="import-ratings", target=name, actor=None, added=report.added, changed=report.changed)
        self.report(report, name=name)

    def report(self, report: DatasetReport, *, name: str) -> None:
        """Say what was done, and which pictures were left out."""
        list_refused(refused=report.rejected, out=self.stderr)
        list_unmatched(unmatched=report.unmatched, out=self.stdout)
        for line in flattening_remarks(report.flattened):
            self.stdout.write(line)
        self.stdout.write(f"{name}: {report.summary}. {report.teaches}")


def asked(options: dict[str, Any]) -> Reading:
    """Take what the file leaves open from the options."""
    return Reading(
        sheet=options["sheet"],
        rater=options["rater_column"],
        image=options["image_column"],
        value=options["column"],
        picture=options["picture_column"],
        control=options["control"],
        wide=options["wide"],
        profile_columns=tuple(name.lower() for name in options["profile_columns"]),
    )
