"""Measure the service and print each figure beside its limit."""

import importlib
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotate.benchmarks.figures import as_json
from annotate.benchmarks.installation import InstallationError

NAMES = ("serving", "selection", "training", "embedding", "export")


class Command(BaseCommand):
    """Figures beside their budgets and physical limits."""

    help = "Measure one part of the service in a scratch place, and print each figure beside its limit."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to measure and where to write the figures."""
        parser.add_argument("name", choices=NAMES, help="what to measure")
        parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Measure, print, write."""
        target: Path | None = options["json"]
        if target is not None and not target.parent.is_dir():
            raise CommandError(f"There is no folder {target.parent} to write {target.name} to.", returncode=2)
        module = importlib.import_module(f"annotate.benchmarks.{options['name']}")
        try:
            figures = module.measure(tell=self.tell)
        except InstallationError as error:
            raise CommandError(str(error)) from error
        for figure in figures:
            self.stdout.write(str(figure))
        if target is not None:
            target.write_text(json.dumps(as_json(figures), indent=1) + "\n")

    def tell(self, line: str) -> None:
        """Say how far it is."""
        self.stderr.write(f"... {line}")
