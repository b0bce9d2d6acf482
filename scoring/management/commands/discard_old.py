"""Discard what is kept longer than the settings say."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from scoring.services.retention import discard_surplus, surplus


class Command(BaseCommand):
    """Discard old versions' data, dumps and sessions, or say what would go."""

    help = (
        "Discard the data of model versions beyond KEEP_VERSIONS, dumps older than KEEP_DUMPS_DAYS, and sessions that "
        "ended; beat does the same every night."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whether to look only."""
        parser.add_argument("--dry-run", action="store_true", help="say what would go, and discard nothing")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Look or discard, and say what."""
        found = surplus() if options["dry_run"] else discard_surplus()
        for sentence in found.sentences if options["dry_run"] else []:
            self.stdout.write(f"Would discard {sentence}")
        counts = f"{len(found.versions)} model versions' data, {len(found.dumps)} dumps, {found.sessions} sessions"
        self.stdout.write(f"{'Nothing was discarded of' if options['dry_run'] else 'Discarded'} {counts}.")
