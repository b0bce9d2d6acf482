"""Create a study from a description."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotate.descriptions import read_description
from ratings.choices import ConsentKind, StudyTemplate
from ratings.exceptions import RecordError
from ratings.selectors.texts import missing_sentence, place_faults
from ratings.services.studies import CONSENT_TEMPLATE, TEMPLATE, create_study


class Command(BaseCommand):
    """Create a draft study; images come with `import_images`, and the admin opens it."""

    help = "Create a draft study from a TOML or JSON description (see deploy/studies/demo.toml)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the slug and the file."""
        parser.add_argument("slug", help="part of the address raters visit")
        parser.add_argument("--from", dest="file", type=Path, help="TOML or JSON whose keys are the study's fields")
        parser.add_argument(
            "--template", choices=StudyTemplate.values, help="ready description that gives what the file leaves out"
        )
        parser.add_argument(
            "--consent-template",
            choices=ConsentKind.values,
            help="ready consent text to start from, where the description has none; it has gaps to fill",
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Create it, or say in one line why not."""
        slug = options["slug"]
        try:
            description = read_description(path=options["file"]) if options["file"] else {}
            named = {name: options[name] for name in (TEMPLATE, CONSENT_TEMPLATE) if options[name]}
            title = {} if TEMPLATE in {**description, **named} or options["file"] else {"title": slug}
            study = create_study(description={**title, **description, **named, "slug": slug})
        except RecordError as error:
            raise CommandError(error.message, returncode=2) from error
        self.stdout.write(f"Created the draft study {study.slug}: add images with import_images, then open it.")
        lacking = (f"{name}: {sentence}" for name, sentence in place_faults(study).items())
        for sentence in filter(None, (missing_sentence(study), *lacking)):
            self.stdout.write(sentence)
