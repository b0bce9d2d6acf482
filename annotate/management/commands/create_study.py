"""Create a study from a description."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotate.descriptions import read_description
from ratings.exceptions import RecordError
from ratings.selectors.texts import missing_sentence
from ratings.services.studies import create_study


class Command(BaseCommand):
    """Create a draft study; images come with `import_images`, and the admin opens it."""

    help = "Create a draft study from a TOML or JSON description (see deploy/studies/demo.toml)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the slug and the file."""
        parser.add_argument("slug", help="part of the address raters visit")
        parser.add_argument("--from", dest="file", type=Path, help="TOML or JSON whose keys are the study's fields")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Create it, or say in one line why not."""
        slug = options["slug"]
        try:
            description = read_description(path=options["file"]) if options["file"] else {"title": slug}
            study = create_study(description={**description, "slug": slug})
        except RecordError as error:
            raise CommandError(error.message, returncode=2) from error
        self.stdout.write(f"Created the draft study {study.slug}: add images with import_images, then open it.")
        missing = missing_sentence(study)
        if missing:
            self.stdout.write(missing)
