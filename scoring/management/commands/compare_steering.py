"""Make pictures for a study's raters in all four modes, and a pairwise study in which each compares their own."""

import sys
import uuid
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from ratings.choices import JobState
from ratings.exceptions import RecordError
from ratings.management.terminal import named_study
from ratings.models import Participation, Study
from ratings.services.comparisons.invitations import ensure_comparison_study, invite_to_compare
from ratings.services.entries import NewEntry
from scoring.exceptions import ModelError
from scoring.generators.base import GeneratorError
from scoring.models import SteeringMode
from scoring.selectors.made import PROMPTS
from scoring.selectors.steering import experienced_raters
from scoring.services.drawn import entry_of_step
from scoring.services.steering import SteeringOrder, request_steering
from scoring.writers.base import WriterError

USUAL_PROMPTS = 3


class Command(BaseCommand):
    """Compare the modes of steering with people."""

    help = (
        "For every rater with enough ratings, steer each prompt for them, for another, for everyone and not at all; "
        "then open a pairwise study in which each rater compares the pictures made for them. Safe to run again: "
        "existing pictures are not drawn again, and raters who joined since are added."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the study, the new study's name and the budget."""
        parser.add_argument("--study", required=True, metavar="SLUG", help="the study whose raters and model are used")
        parser.add_argument("--as", dest="slug", required=True, metavar="SLUG", help="name of the pairwise study")
        parser.add_argument("--prompt", action="append", metavar="TEXT", help="may be given several times")
        parser.add_argument("--least", type=int, default=20, metavar="N", help="ratings that a rater must have given")
        parser.add_argument("--iterations", type=int, default=5, metavar="N", help="rounds of rewriting")
        parser.add_argument("--variants", type=int, default=8, metavar="N", help="prompts in each round")
        parser.add_argument("--generator", default="sketch", metavar="NAME", help="what draws")
        parser.add_argument("--writer", default="attributes", metavar="NAME", help="what rewrites")
        parser.add_argument("--side", type=int, default=768, metavar="PX", help="of the square pictures")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Make the pictures, then the study."""
        try:
            source = named_study(slug=options["study"])
            raters = experienced_raters(study_id=source.pk, least=options["least"])
            if not raters:
                raise CommandError(
                    f"Nobody in {source.slug} has given {options['least']} ratings that the live model learned from "
                    "(the test slice is not among them): lower --least.",
                    returncode=2,
                )
            study = ensure_comparison_study(slug=options["slug"], source=source, actor=None)
            created = sum(self.invite(study, rater, options) for rater in tqdm(raters, disable=not sys.stderr.isatty()))
        except (RecordError, ModelError) as error:
            raise CommandError(error.message, returncode=2) from error
        except (GeneratorError, WriterError) as error:
            raise CommandError(f"{error}.", returncode=2) from error
        self.stdout.write(f"{study.slug}: {created} new pairs for {len(raters)} raters. Open it in the admin.")

    def invite(self, study: Study, rater: Participation, options: dict[str, Any]) -> int:
        """Make one rater's pictures and pairs; give how many pairs are new."""
        prompts = options["prompt"] or PROMPTS[:USUAL_PROMPTS]
        pictures = {prompt: dict(search_best_pictures(rater, prompt, options)) for prompt in prompts}
        return invite_to_compare(study=study, participation=rater, pictures=pictures).created


def search_best_pictures(rater: Participation, prompt: str, options: dict[str, Any]) -> Iterator[tuple[str, NewEntry]]:
    """Give the picture that each mode settles on."""
    from scoring.pipeline.steering import steer
    from scoring.pipeline.steering.furthest_rater import furthest_rater

    batch = uuid.uuid4()
    for mode in SteeringMode:
        judge = furthest_rater(participation=rater) if mode == SteeringMode.OTHER else None
        if mode == SteeringMode.OTHER and judge is None:
            continue
        order = SteeringOrder(
            participation=rater,
            prompt=prompt,
            mode=mode,
            judge=judge,
            batch=batch,
            **{name: options[name] for name in ("generator", "writer", "iterations", "variants", "side")},
        )
        run = request_steering(order=order, requested_by=None)
        steer.steer(run_id=run.pk)
        run.refresh_from_db()
        if run.state != JobState.SUCCEEDED or run.best is None:
            raise CommandError(f"{run.get_mode_display()}, {prompt!r}: {run.error}", returncode=1)
        yield str(mode), entry_of_step(step=run.best)
