"""Train a study's reward model again."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotate.flows.training import request_run, train_now
from ratings.choices import JobState
from ratings.exceptions import RecordError
from ratings.management.terminal import named_study, progress_bar
from ratings.models import Study
from scoring.exceptions import ModelError

BY_COMMAND = "command"


class Command(BaseCommand):
    """Queue training runs, or do them here and show how they go."""

    help = (
        "Queue a training run for a study (all open ones by default); --wait runs it here and shows its progress. "
        "A study with nothing to learn, or nothing new, is skipped with the reason."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the study and whether to wait."""
        parser.add_argument("--study", help="slug; without it, every study that is not a draft")
        parser.add_argument("--wait", action="store_true", help="run here instead of on a worker")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Start the runs and say how they ended."""
        try:
            studies = [named_study(slug=options["study"])] if options["study"] else list(Study.objects.visible())
            for study in studies:
                (self.train_here if options["wait"] else self.queue)(study)
        except (RecordError, ModelError) as error:
            raise CommandError(error.message, returncode=2) from error
        if not studies:
            raise CommandError("There is no study to train yet: create one first.", returncode=2)

    def queue(self, study: Study) -> None:
        """Hand a run to the workers."""
        run = request_run(study=study, reason=BY_COMMAND, actor=None)
        self.stdout.write(f"Queued run {run.pk} for {study.slug}.")

    def train_here(self, study: Study) -> None:
        """Do a run in this process."""
        started = time.monotonic()
        with progress_bar(label=study.slug) as show:
            run = train_now(study=study, reason=BY_COMMAND, actor=None, on_progress=show)
        took = time.monotonic() - started
        if run.state not in {JobState.SUCCEEDED, JobState.SKIPPED}:
            raise CommandError(f"{run.study.slug}: {run.get_state_display()}: {run.error}", returncode=1)
        self.stdout.write(f"{run.study.slug}: {run.get_state_display().lower()} in {took:.1f} s. {run.stage}")
        self.stdout.write(run.log)
