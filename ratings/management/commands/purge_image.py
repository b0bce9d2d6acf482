"""Purge a picture that must not be here."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ratings.choices import PurgedRatings
from ratings.exceptions import RecordError
from ratings.models.image import SHOWN_DIGITS
from ratings.selectors.purges import OUT_OF_REACH, digest_meant, purge_plan
from ratings.services.purging import purge_picture, waiting_copies


class Command(BaseCommand):
    """Remove a picture from everywhere within reach, for good; harmless to repeat."""

    help = (
        "Purge a picture, such as an illegal one, from storage, records, waiting uploads and dumps, and refuse it from "
        "now on. Look first with --dry-run. Cut short, it goes on when it is run again. It cannot reach "
        f"{OUT_OF_REACH}."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the arguments."""
        parser.add_argument(
            "image", help="Its id, SHA-256, or the beginning of that; a whole SHA-256 need not be here."
        )
        parser.add_argument("--dry-run", action="store_true", help="Count every place, and change nothing.")
        parser.add_argument(
            "--ratings", choices=PurgedRatings.values, help="What becomes of ratings and choices of it."
        )
        parser.add_argument("--words", default="", help="Why: kept with the digest, and in the audit log.")
        parser.add_argument(
            "--confirm", default="", help=f"The first {SHOWN_DIGITS} digits of its SHA-256; else it asks."
        )

    def handle(self, **options: Any) -> None:
        """Count the places; then, confirmed, purge."""
        sha256 = self.digest_of(options["image"])
        places = purge_plan(sha256=sha256).lines
        self.stdout.write(f"picture {sha256}: {', '.join(places) or 'not in the records'}.")
        self.stdout.write(f"Out of reach: {OUT_OF_REACH}.")
        if options["dry_run"]:
            copies = list(waiting_copies(sha256=sha256))
            self.stdout.write(f"{len(copies)} waiting uploads hold it. Nothing was changed.")
            return
        if not options["ratings"]:
            raise CommandError("Say with --ratings keep or --ratings delete what becomes of its ratings.", returncode=2)
        self.confirm(sha256=sha256, given=options["confirm"])
        try:
            purge_picture(sha256=sha256, ratings=options["ratings"], words=options["words"])
        except (RecordError, OSError) as error:
            raise CommandError(f"{error} Run it again: it goes on where it stopped.", returncode=2) from error
        self.stdout.write(
            "It is gone from everywhere within reach. Models that learned from it stay until retrain replaces them."
        )

    def digest_of(self, name: str) -> str:
        """Find the picture that is meant, or take a digest as it is."""
        try:
            return digest_meant(name=name)
        except RecordError as error:
            raise CommandError(error.message, returncode=2) from error

    def confirm(self, *, sha256: str, given: str) -> None:
        """Make sure that this very picture is meant."""
        wanted = sha256[:SHOWN_DIGITS]
        typed = given or input(f"This cannot be undone. Type {wanted} to purge it: ")
        if typed.strip().lower() != wanted:
            raise CommandError(f"Nothing was changed: {typed!r} is not {wanted}.", returncode=2)
