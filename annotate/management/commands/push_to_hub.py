"""Send a dump or a model to the Hugging Face Hub."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotate.flows.hub import send_now
from ratings.choices import JobState
from ratings.exceptions import RecordError
from ratings.management.terminal import named_study, progress_bar
from ratings.models import Dump
from ratings.selectors.dumps import access_dump
from scoring.exceptions import ModelError
from scoring.models import ModelVersion
from scoring.selectors.versions import access_live_version, access_version


class Command(BaseCommand):
    """Push one dump, or one model version, here and now."""

    help = (
        "Send a dump, or the live model, of a study to a repository of the Hugging Face Hub, in place of what an "
        "earlier push left there. The token is HF_TOKEN of the environment; a new repository is private unless "
        "--public is given."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the arguments."""
        parser.add_argument("study", help="Slug of the study.")
        parser.add_argument("repository", help="Repository on the Hub, as owner/name.")
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--dump", type=int, help="Version of the dump.")
        what.add_argument("--model", action="store_true", help="The live model, as export_model writes it.")
        what.add_argument("--model-version", type=int, help="Another version of the model.")
        parser.add_argument("--public", action="store_true", help="Everybody may see the repository.")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Push, and say where it is."""
        try:
            content = self.content_of(options)
            with progress_bar() as show:
                push = send_now(
                    content=content, repository=options["repository"], is_public=options["public"], on_progress=show
                )
        except (RecordError, ModelError) as error:
            raise CommandError(error.message, returncode=2) from error
        if push.state != JobState.SUCCEEDED:
            raise CommandError(push.error)
        self.stdout.write(f"{content} of {push.study.slug} is at {push.address}.")

    def content_of(self, options: dict[str, Any]) -> Dump | ModelVersion:
        """Find what is to be sent."""
        slug = named_study(slug=options["study"]).slug
        if options["dump"] is not None:
            return access_dump(slug=slug, version=options["dump"])
        if options["model_version"] is not None:
            return access_version(study_slug=slug, number=options["model_version"])
        return access_live_version(study_slug=slug)
