"""Write those who take part in a study as a table for the platform that pays them."""

import csv
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ratings.management.terminal import named_study
from ratings.selectors.participants import Participant, attrition, participants
from ratings.services.audit import log_action


class Command(BaseCommand):
    """Write a CSV file, and say where people were lost on the way."""

    help = (
        "Write who takes part in a study as CSV: external id and session, state, end, times, attention checks, flags, "
        "and whether the rules pay them (pay, look, unfinished). Print how many consented, practised, began, finished "
        "and were excluded. The file names people by the ids of their platform: it is for the pay, not to be published."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the arguments."""
        parser.add_argument("study", help="Slug of the study.")
        parser.add_argument("--out", type=Path, required=True, help="CSV file to write; one that is there is replaced.")

    def handle(self, **options: Any) -> None:
        """Write the table, and print the steps."""
        study, out = named_study(slug=options["study"]), options["out"]
        count = 0
        try:
            with out.open("w", encoding="utf-8", newline="") as stream:
                writer = csv.writer(stream)
                writer.writerow(Participant.columns())
                for one in participants(study=study):
                    writer.writerow(one.cells())
                    count += 1
        except OSError as error:
            raise CommandError(f"{out} cannot be written: {error.strerror}.", returncode=1) from error
        log_action(action="export-participants", target=study.slug, actor=None, participants=count)
        self.stdout.write(f"{study.slug}: {count} participants in {out}.")
        for step, reached in attrition(study=study).items():
            self.stdout.write(f"{step}: {reached}")
