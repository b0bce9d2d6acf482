"""Replay new raters of a tidy set under several policies and compare how fast each learns."""

from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ratings.management.terminal import progress_bar

if TYPE_CHECKING:
    from scoring.pipeline.experiments.simulate import Simulation


class Command(BaseCommand):
    """Choose, reveal, learn, for every rater without training rows."""

    help = (
        "Replay which policy learns new raters from fewer ratings. "
        "For raters that have no train row in the split, choose among their non-query images one at a time, reveal "
        "the rating and learn, or pairs or sets of them, where the higher rating is the choice. Writes "
        "policy,rater,step,image (of comparisons: first,second and so on) and prints accuracy against the number of "
        "answers."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the arguments."""
        parser.add_argument("dir", type=Path, metavar="DIR", help="Folder of a tidy rating set.")
        parser.add_argument("--split", type=Path, required=True, help="CSV file with rater, image, role.")
        parser.add_argument("--policy", default="active,random", help="Policies: active, random, burn-in.")
        parser.add_argument("--budget", type=int, default=50, help="Ratings, or choices, that each rater gives.")
        parser.add_argument(
            "--ask",
            choices=("ratings", "pairs", "sets"),
            default="ratings",
            help="What raters are asked for; of sets, the best and the worst of four images.",
        )
        parser.add_argument("--out", type=Path, required=True, help="CSV file to write the choices to.")
        parser.add_argument("--encoder", default=None, help="Encoder key; the offline default without it.")
        parser.add_argument("--seed", type=int, default=0, help="Seed of the policies' draws.")

    def handle(self, **options: Any) -> None:
        """Run the replay and print the curves."""
        from scoring.pipeline.experiments.evaluate import DEFAULT_KEY, ExperimentSource, TidyError
        from scoring.pipeline.experiments.simulate import (
            SimulationRequest,
            parse_policies,
            simulate_split,
        )

        if options["budget"] < 1:
            raise CommandError("--budget must be at least 1.", returncode=2)
        source = ExperimentSource(
            folder=options["dir"],
            split=options["split"],
            cache=settings.EMBEDDINGS_CACHE_DIR,
            with_others=True,
        )
        with progress_bar() as show:
            try:
                request = SimulationRequest(
                    source=source,
                    out=options["out"],
                    policies=parse_policies(options["policy"]),
                    budget=options["budget"],
                    encoder_key=options["encoder"] or DEFAULT_KEY,
                    seed=options["seed"],
                    ask=options["ask"],
                )
                found = simulate_split(request, progress=show)
            except TidyError as error:
                raise CommandError(str(error), returncode=2) from error
        self.report(found)

    def report(self, found: "Simulation") -> None:
        """Print the learning curve of each policy, and its lead over random choice."""
        self.stdout.write(f"{found.raters} raters; mean over raters, 95 % bootstrap interval")
        for policy, curve in found.curves.items():
            for shot, metrics in curve.items():
                self.stdout.write(f"{policy:20s} after {shot:3d} answers: {_cells(metrics)}")
        for policy, gains in found.against_random.items():
            for shot, gain in gains.items():
                self.stdout.write(f"{policy} above random after {shot}: {_cells(gain)}")
        for policy, gains in found.half_the_ratings.items():
            for shot, gain in gains.items():
                self.stdout.write(f"{policy} after {shot} above random after {2 * shot}: {_cells(gain)}")


def _cells(metrics: Mapping[str, dict[str, float | int | None]]) -> str:
    return "  ".join(f"{name} {_cell(cell)}" for name, cell in metrics.items())


def _cell(estimate: dict[str, float | int | None]) -> str:
    value, low, high = (estimate[name] for name in ("value", "low", "high"))
    if value is None or low is None or high is None:
        return "undefined"
    return f"{value:.3f} {low:.3f}..{high:.3f}"
