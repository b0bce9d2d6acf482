"""Write the description of a study, from which another one is made."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ratings.files.toml_writer import toml_of
from ratings.management.terminal import named_study
from ratings.selectors.studies import study_description


class Command(BaseCommand):
    """Write all fields of a study as TOML."""

    help = (
        "Write the description of a study as TOML: create_study NEW --from FILE makes a draft with the same settings "
        "and texts of it. Pictures, answers and imported sets are not part of a description."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the arguments."""
        parser.add_argument("study", help="Slug of the study.")
        parser.add_argument(
            "--out", type=Path, required=True, help="TOML file to write; one that is there is replaced."
        )

    def handle(self, **options: Any) -> None:
        """Write the file."""
        study, out = named_study(slug=options["study"]), options["out"]
        try:
            out.write_text(toml_of(study_description(study=study)), encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{out} cannot be written: {error.strerror}.", returncode=1) from error
        self.stdout.write(f"{study.slug}: its description is in {out}.")
