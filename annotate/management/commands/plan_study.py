"""Say how many raters, hours and how much money a wanted precision takes."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotate.flows.plans import plan_now
from ratings.choices import JobState
from ratings.exceptions import RecordError
from ratings.management.fact_arguments import add_fact_arguments, fact_from
from ratings.management.terminal import named_study, progress_bar
from ratings.values.study_plans import PlanOption, PlanTerms
from scoring.exceptions import ModelError

HEADINGS = (
    f"{'per item':>9} {'per rater':>9} {'raters':>8} {'hours':>9} {'cost':>12} {'±':>8} {'reached':>8} {'SROCC':>7}"
)


class Command(BaseCommand):
    """Plan one study, here and now."""

    help = (
        "Find by the study's own settings how many raters, hours and how much money the wanted precision takes, and "
        "print a table of choices with the expected SROCC for new raters. Pay is what the study's consent names."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name the arguments."""
        parser.add_argument("study", help="Slug of the study.")
        add_fact_arguments(parser, PlanTerms)

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Plan, and print what was found."""
        study = named_study(slug=options["study"])
        try:
            with progress_bar() as show:
                plan = plan_now(study=study, terms=fact_from(PlanTerms, options), on_progress=show)
        except (RecordError, ModelError) as error:
            raise CommandError(error.message, returncode=2) from error
        if plan.state != JobState.READY:
            raise CommandError(plan.error)
        self.stdout.write(plan.found.sentence)
        self.stdout.write(HEADINGS)
        for one in plan.found.options:
            self.stdout.write(line_of(one))
        for sentence in plan.found.rests_on:
            self.stdout.write(sentence)


def line_of(one: PlanOption) -> str:
    """Write one choice."""
    cost = "-" if one.cost is None else f"{one.cost:,.2f}"
    reached = "-" if one.reached is None else f"{one.reached:.0%}"
    srocc = "-" if one.srocc is None else f"{one.srocc:.2f}"
    numbers = f"{one.per_item:9d} {one.per_rater:9d} {one.raters:8,d} {one.hours:9,.1f} {cost:>12}"
    return f"{numbers} {one.half_width:8.3f} {reached:>8} {srocc:>7}"
