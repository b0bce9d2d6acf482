"""Take pictures off a study, or put them back."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ratings.choices import OffReason
from ratings.exceptions import RecordError
from ratings.management.terminal import named_study
from ratings.selectors.picture_names import images_in_study
from ratings.services.taking_off import put_back, take_off

REASONS = "; ".join(f"{reason.value}: {reason.label}" for reason in OffReason)


class Command(BaseCommand):
    """Take pictures off a study; ratings of them stay, and nobody is shown them any more."""

    help = (
        "Take pictures off a study, with every pair or set that shows one: nobody is shown them any more, what was "
        "said of them stays, and dumps mark it as withdrawn. With --put-back they are shown again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the arguments."""
        parser.add_argument("images", nargs="+", help="Pictures: file name in the study, id, SHA-256 or its beginning.")
        parser.add_argument("--study", required=True, help="Slug of the study.")
        parser.add_argument("--reason", choices=OffReason.values, help=f"Why: {REASONS}.")
        parser.add_argument("--words", default="", help="What there is to say of it; needed for the reason other.")
        parser.add_argument("--put-back", action="store_true", help="Put pictures back that were taken off.")

    def handle(self, **options: Any) -> None:
        """Find the pictures, act, and say what changed."""
        study = named_study(slug=options["study"])
        if options["put_back"] == bool(options["reason"]):
            raise CommandError("Give either --reason or --put-back.", returncode=2)
        try:
            images = images_in_study(study=study, names=options["images"])
            if options["put_back"]:
                report = put_back(study=study, images=images)
            else:
                report = take_off(study=study, images=images, reason=options["reason"], words=options["words"])
        except RecordError as error:
            raise CommandError(error.message, returncode=2) from error
        done = "put back" if options["put_back"] else "taken off"
        self.stdout.write(f"{study.slug}: {report.summary(done)}")
