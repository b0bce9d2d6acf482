"""Train, adapt and predict on a tidy rating set as a split file says."""

from argparse import ArgumentParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from ratings.management.terminal import ending_cleanly, progress_bar
from scoring.exceptions import LaunchError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scoring.pipeline.experiments.evaluate import Evaluation

SHOWN = ("srocc", "plcc", "pairwise_accuracy", "prompt_accuracy", "rmse", "nll")
CURVED = ("srocc", "pairwise_accuracy", "rmse")
COVERAGES = ("coverage_50", "coverage_80", "coverage_95")
UNDEFINED: "dict[str, float | int | None]" = dict.fromkeys(("value", "low", "high"))


class Command(BaseCommand):
    """Write a prediction for every query row; their ratings are read only after that."""

    help = (
        "Train, adapt and predict on a tidy rating set, or on a published one with its own parts, beside eight simpler "
        "models and the paper's transformer. DIR holds ratings.csv (rater, image, rating), images/, optional "
        "images.csv and raters.csv. The split (rater, image, role) says what to train on (train), adapt on (support) "
        "and predict (query). Writes rater,image,prediction,sd and the ends of 50, 80 and 95 % intervals for every "
        "query row and prints metrics over those that have a rating, per rater and averaged, with ratings mapped to "
        "[0, 1] for rmse and nll."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the arguments."""
        parser.add_argument("dir", type=Path, metavar="DIR", help="Folder of a tidy rating set.")
        asked = parser.add_mutually_exclusive_group(required=True)
        asked.add_argument("--split", type=Path, help="CSV file with rater, image, role.")
        asked.add_argument(
            "--published",
            action="store_true",
            help="DIR is a set as its authors published it (PAMELA, LAPIS, PARA): its own parts are the split.",
        )
        parser.add_argument(
            "--fold", type=int, help="With --published: keep the raters of this published fold for the query."
        )
        parser.add_argument("--out", type=Path, required=True, help="CSV file to write predictions to.")
        parser.add_argument("--encoder", default=None, help="Encoder key; the offline default without it.")
        parser.add_argument(
            "--baselines",
            nargs="*",
            default=["all"],
            metavar="NAME",
            help="Baselines to put beside: all, none, or names.",
        )
        parser.add_argument("--json", type=Path, metavar="FILE", help="Write every figure there as well.")
        parser.add_argument(
            "--with",
            nargs="*",
            type=Path,
            default=[],
            metavar="DIR",
            dest="others",
            help="Tidy sets to train on as well, each mapped to the scale of the first.",
        )
        parser.add_argument(
            "--ablate", action="store_true", help="Also fit without each set of --with, and show what it adds."
        )

    def handle(self, **options: Any) -> None:
        """Run the evaluation and print the table."""
        if options["fold"] is not None and not options["published"]:
            raise CommandError("--fold goes with --published: a split file says itself who is new", returncode=2)
        from scoring.pipeline.experiments.evaluate import (
            DEFAULT_KEY,
            EvaluationRequest,
            ExperimentSource,
            TidyError,
            evaluate_published,
            evaluate_split,
            known_baselines,
        )

        with progress_bar() as show, ending_cleanly():
            try:
                request = EvaluationRequest(
                    source=ExperimentSource(
                        folder=options["dir"],
                        split=options["split"] or Path(),
                        cache=settings.EMBEDDINGS_CACHE_DIR,
                    ),
                    out=options["out"],
                    json=options["json"],
                    encoder_key=options["encoder"] or DEFAULT_KEY,
                    baselines=known_baselines(options["baselines"]),
                    others=tuple(options["others"]),
                    ablate=options["ablate"],
                )
                if options["published"]:
                    found = evaluate_published(request, fold=options["fold"], progress=show)
                else:
                    found = evaluate_split(request, progress=show)
            except TidyError as error:
                raise CommandError(str(error), returncode=2) from error
            except LaunchError as error:
                raise CommandError(error.message) from error
        self.report(found, out=options["out"])

    def report(self, found: "Evaluation", *, out: Path) -> None:
        """Print one line per model, and how much better each metric interval is."""
        self.stdout.write(f"{out}: {found.predicted} predictions, {found.scored} with a rating to compare with.")
        for note in found.notes:
            self.stdout.write(f"left out: {note}")
        if not found.metrics:
            return
        self.stdout.write(f"{'':22s}" + "".join(f"{name:>22s}" for name in SHOWN))
        self.add_table(found.metrics)
        for part, metrics in found.parts.items():
            self.stdout.write(part)
            self.add_table(metrics)
            self.add_reported(found.reported.get(part, {}))
        self.compare(found)
        self.add_curve(found)
        self.add_coverage(found)

    def add_table(self, metrics: "dict[str, dict[str, dict[str, float | int | None]]]") -> None:
        """Print a line per model."""
        for model, table in metrics.items():
            cells = (_cell(table.get(name, UNDEFINED)) for name in SHOWN)
            self.stdout.write(f"{model:22s}" + "".join(f"{cell:>22s}" for cell in cells))

    def add_reported(self, models: "Mapping[str, Mapping[str, float]]") -> None:
        """Print what a paper says of the same part, without an interval, under the same headings."""
        for model, table in models.items():
            cells = (f"{table[name]:.3f}" if name in table else "not reported" for name in SHOWN)
            self.stdout.write(f"{model:22s}" + "".join(f"{cell:>22s}" for cell in cells))

    def compare(self, found: "Evaluation") -> None:
        """Print how each model agrees with the mean opinion, and how Pamela differs from each other model."""
        self.stdout.write("against the mean opinion")
        for model, table in found.metrics.items():
            opinion = "  ".join(f"{name} {_cell(table[f'mean_opinion_{name}'])}" for name in ("srocc", "plcc"))
            self.stdout.write(f"{model:22s}{opinion}")
        if found.differences:
            self.stdout.write("pamela less each, paired by rater; rmse and nll are better below zero")
        for model, table in found.differences.items():
            self.stdout.write(f"{model:22s}" + "  ".join(f"{name} {_cell(cell)}" for name, cell in table.items()))

    def add_curve(self, found: "Evaluation") -> None:
        """Print how fast new raters are learned, what a perfect model could reach, and how sets' scales relate."""
        for shots, table in found.shots.items():
            curve = "  ".join(f"{name} {_cell(table[name])}" for name in CURVED)
            self.stdout.write(f"new raters after {shots:3d} ratings: {curve}")
        if found.ceiling is not None:
            self.stdout.write(
                f"noise ceiling: SROCC {_cell(found.ceiling)}, from {found.ceiling['repeats']} repeated ratings"
            )
        for head in found.record["datasets"][1:]:
            self.stdout.write("{name}: rating = {offset:.3f} + {gain:.3f} x rating of the first set".format(**head))

    def add_coverage(self, found: "Evaluation") -> None:
        """Print how many ratings lie inside predicted intervals, of each model and by ratings known of a new rater."""
        self.stdout.write(f"{'ratings inside':22s}" + "".join(f"{name[-2:]:>19s} %" for name in COVERAGES))
        rows = dict(found.metrics) | {f"new raters after {shots:3d}": table for shots, table in found.shots.items()}
        for name, table in rows.items():
            self.stdout.write(f"{name:22s}" + "".join(f"{_cell(table[level]):>21s}" for level in COVERAGES))


def _cell(estimate: dict[str, float | int | None]) -> str:
    value, low, high = (estimate[name] for name in ("value", "low", "high"))
    if value is None or low is None or high is None:
        return "undefined"
    return f"{value:.3f} {low:.3f}..{high:.3f}"
