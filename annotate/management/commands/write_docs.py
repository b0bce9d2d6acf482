"""Write the reference pages of the documentation from the code."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotate.reference.pages import FOLDER, stale_pages, write_pages


class Command(BaseCommand):
    """Write the generated pages, or check that they are fresh."""

    help = "Write docs/reference/ and docs/llms.txt from the code: commands, settings, API calls, columns, studies."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the folder, and whether to write at all."""
        parser.add_argument("--out", type=Path, default=FOLDER, metavar="DIR", help="folder; docs without it")
        parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a page is stale")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Write the pages and name those that changed."""
        if not options["check"]:
            written = write_pages(folder=options["out"])
            self.stdout.write(f"Written: {', '.join(written)}." if written else "Every page is fresh.")
        elif stale := stale_pages(folder=options["out"]):
            raise CommandError(f"Stale: {', '.join(stale)}; run `manage.py write_docs` and commit what it writes.")
