"""Measure the service and print each figure beside its limit."""

import importlib
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotate.benchmarks.figures import as_json
from annotate.benchmarks.installation import InstallationError

NAMES = (
    "serving",
    "selection",
    "training",
    "embedding",
    "export",
    "steering",
    "browser",
    "reward",
    "best_of",
    "admin",
)


class Command(BaseCommand):
    """Figures beside their budgets and physical limits."""

    help = "Measure one part of the service in a scratch place, and print each figure beside its limit."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to measure and where to write the figures."""
        parser.add_argument("name", choices=NAMES, help="what to measure")
        parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
        parser.add_argument("--report", type=Path, metavar="FILE", help="steering: write a page of plots and pictures")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Measure, print, write."""
        target: Path | None = options["json"]
        report: Path | None = options["report"]
        for file in filter(None, (target, report)):
            if not file.parent.is_dir():
                raise CommandError(f"There is no folder {file.parent} to write {file.name} to.", returncode=2)
        if report is not None and options["name"] != "steering":
            raise CommandError("--report belongs to steering: leave it out, or use --json.", returncode=2)
        module = importlib.import_module(f"annotate.benchmarks.{options['name']}")
        try:
            figures = module.measure(say=self.say, **({"report": report} if report else {}))
        except InstallationError as error:
            raise CommandError(str(error)) from error
        for figure in figures:
            self.stdout.write(str(figure))
        if target is not None:
            target.write_text(json.dumps(as_json(figures), indent=1) + "\n")

    def say(self, line: str) -> None:
        """Say how far it is."""
        self.stderr.write(f"... {line}")
