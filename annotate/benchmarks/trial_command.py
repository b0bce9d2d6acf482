"""What the commands `load_test` and `fault_test` share: arguments, run, table."""

from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError

from annotate.benchmarks.faults import DEFAULT_DESIGN, FAULTS, FaultTrial, Report, run_trial
from annotate.benchmarks.figures import percentile
from annotate.benchmarks.installation import InstallationError, new_installation
from ratings.choices import Design


class TrialCommand(BaseCommand):
    """A trial in an installation of its own; nothing of this one is touched."""

    default_parts: ClassVar[tuple[str, ...]] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take how many raters, for how long, and what to kill."""
        parser.add_argument("--raters", type=int, default=200, help="at the same time; default 200")
        parser.add_argument("--seconds", type=float, default=60.0, help="default 60")
        parser.add_argument("--think", type=float, default=2.0, help="seconds between two ratings; default 2")
        parser.add_argument(
            "--kill", nargs="*", choices=FAULTS, default=list(self.default_parts), help="what happens, in this order"
        )
        parser.add_argument(
            "--design", choices=Design.values, default=DEFAULT_DESIGN, help=f"of the study; default {DEFAULT_DESIGN}"
        )
        parser.add_argument(
            "--lasting", type=float, default=20.0, help="seconds that a full disk, a broker's absence and the like last"
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Run the trial, show what it gave, fail when anything is not zero that should be."""
        if options["raters"] < 1 or options["seconds"] <= 0 or options["think"] <= 0:
            raise CommandError("Give at least one rater, and more than 0 seconds.", returncode=2)
        trial = FaultTrial(
            raters=options["raters"],
            seconds=options["seconds"],
            think=options["think"],
            parts=tuple(options["kill"]),
            lasting=options["lasting"],
            design=options["design"],
        )
        try:
            with new_installation(preparations=trial.preparations) as installation:
                report = run_trial(installation, trial, say=self.say)
        except InstallationError as error:
            raise CommandError(str(error)) from error
        self.show(report)
        if report.audit.faults:
            raise CommandError(f"The records do not add up: {report.audit.faults}")

    def say(self, line: str) -> None:
        """Say how far it is."""
        self.stdout.write(line)
        self.stdout.flush()

    def show(self, report: Report) -> None:
        """Write the figures."""
        for name, seconds in report.counts.seconds.items():
            shares = "  ".join(
                f"p{share * 100:g} {percentile(seconds, share) * 1000:.1f} ms" for share in (0.5, 0.95, 0.99)
            )
            self.say(f"{name:<18} {len(seconds)} calls  {shares}  (as raters see it, outages included)")
        for name, seconds in report.learning.items():
            what = "in the taste" if name == "taste" else "queue full again"
            shares = "  ".join(f"p{share * 100:g} {percentile(seconds, share):.2f} s" for share in (0.5, 0.95, 0.99))
            self.say(f"{what:<18} {len(seconds)} ratings  {shares}  (after the rating was taken in)")
        for name, count in asdict(report.audit).items():
            self.say(f"{name.replace('_', ' '):<18} {count}")
