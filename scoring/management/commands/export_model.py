"""Write a model release that works without this service."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ratings.exceptions import RecordError
from ratings.management.terminal import named_study
from ratings.services.audit import log_action
from scoring.exceptions import ModelError
from scoring.models import ModelVersion
from scoring.selectors.versions import access_live_version, access_version


class Command(BaseCommand):
    """Write weights, settings, model card, a usage example and the code they need into a folder."""

    help = "Export a study's live model, or another version, as a folder that works without Django."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the arguments."""
        parser.add_argument("study", help="Slug of the study.")
        parser.add_argument("--out", type=Path, required=True, help="A new or empty folder, or an earlier release.")
        parser.add_argument("--number", type=int, help="Number of the version; the live one without it.")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Write the release and say what it holds."""
        from scoring.pipeline.serving.release import export_release

        try:
            version = self.version_of(slug=options["study"], number=options["number"])
            files = export_release(version=version, out=options["out"])
        except (RecordError, ModelError) as error:
            raise CommandError(error.message, returncode=2) from error
        except OSError as error:
            raise CommandError(f"{options['out']} cannot be written: {error}", returncode=1) from error
        log_action(action="export-model", target=version.name_in_log, actor=None)
        self.stdout.write(f"{version} of {version.study.slug}: {len(files)} files in {options['out']}.")

    def version_of(self, *, slug: str, number: int | None) -> ModelVersion:
        """Find the version that is asked for."""
        study = named_study(slug=slug)
        if number is None:
            return access_live_version(study_slug=study.slug)
        return access_version(study_slug=study.slug, number=number)
