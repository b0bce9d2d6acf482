"""Make the demo study: drawn pictures, simulated raters, a first model."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotate.demo import make_demo
from annotate.descriptions import DEMO, read_description
from annotate.flows import training
from ratings.exceptions import RecordError
from scoring.exceptions import TrainingInProgressError


class Command(BaseCommand):
    """Make the demo, or finish one that was left half made."""

    help = (
        "Make the demo study: drawn pictures, raters that are simulated, and a model trained on what they said; or "
        "finish one left half made."
    )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Make it, saying how far it is."""
        try:
            study = make_demo(description=read_description(path=DEMO), progress=self.show)
        except RecordError as error:
            raise CommandError(error.message, returncode=2) from error
        try:
            training.request_run(study=study, reason="the demo's first model", actor=None)
        except TrainingInProgressError:
            self.stdout.write("Its model is being trained.")
        else:
            self.stdout.write("The demo is ready, and a worker is training its first model.")

    def show(self, stage: str, _share: float) -> None:
        """Say how far a stage is."""
        self.stdout.write(stage)
