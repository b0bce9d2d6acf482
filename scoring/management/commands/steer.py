"""Look for the prompt whose picture one rater likes best."""

import csv
import os
import shutil
import uuid
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError

from ratings.choices import JobState
from ratings.exceptions import RecordError
from ratings.management.terminal import named_study, progress_bar
from ratings.selectors.named_raters import access_participation_by_name
from scoring.exceptions import ModelError
from scoring.generators.base import GeneratorError
from scoring.generators.registry import DEFAULT_GENERATOR, GENERATORS, check_generator
from scoring.models import SteeringMode, SteeringRun, SteeringStep
from scoring.services.steering import SteeringOrder, request_steering
from scoring.writers.base import WriterError
from scoring.writers.registry import DEFAULT_WRITER, WRITERS, build_writer

COLUMNS = ("iteration", "variant", "prompt", "image", "score", "sd")


class Command(BaseCommand):
    """Steer a prompt here and now, and write what came of it."""

    help = (
        "Optimise a prompt for one rater with the study's live model as judge; writes the best picture of each "
        "iteration and steps.csv (iteration, variant, prompt, image, score, sd) when --out names a folder."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take whom to steer for, what, and how long."""
        parser.add_argument("--study", required=True, metavar="SLUG", help="the study whose live model judges")
        parser.add_argument("--rater", required=True, metavar="ID", help="any name that pages and dumps show")
        parser.add_argument("--prompt", required=True, metavar="TEXT", help="what the picture is to show")
        parser.add_argument("--iterations", type=int, default=5, metavar="N", help="rounds of rewriting")
        parser.add_argument("--variants", type=int, default=8, metavar="N", help="prompts in each round")
        parser.add_argument("--generator", default=DEFAULT_GENERATOR, metavar="NAME", help=", ".join(GENERATORS))
        parser.add_argument("--writer", default=DEFAULT_WRITER, metavar="NAME", help=", ".join(WRITERS))
        parser.add_argument("--mode", default="self", metavar="MODE", help=", ".join(SteeringMode.values))
        parser.add_argument("--other", metavar="ID", help="whose taste judges in mode other; the furthest without it")
        parser.add_argument("--seed", type=int, default=0, metavar="N", help="of pictures and prompts")
        parser.add_argument("--side", type=int, default=768, metavar="PX", help="of the square pictures")
        parser.add_argument("--out", metavar="DIR", help="folder to write pictures and steps.csv into")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Do the run and say how it ended."""
        try:
            run = request_steering(order=order_of(options), requested_by=None)
        except (RecordError, ModelError) as error:
            raise CommandError(error.message, returncode=2) from error
        except (GeneratorError, WriterError) as error:
            raise CommandError(f"{error}.", returncode=2) from error
        steer_here(run)
        run.refresh_from_db()
        if run.state != JobState.SUCCEEDED or run.best is None:
            raise CommandError(f"{run.get_state_display()}: {run.error}", returncode=1)
        if options["out"]:
            write_results(run, Path(options["out"]))
        first = run.steps.get(iteration=0)
        self.stdout.write(f"As given: {first.score:.2f} \N{PLUS-MINUS SIGN} {first.sd:.2f}  {first.prompt}")
        self.stdout.write(f"Best:     {run.best.score:.2f} \N{PLUS-MINUS SIGN} {run.best.sd:.2f}  {run.best.prompt}")


def order_of(options: dict[str, Any]) -> SteeringOrder:
    """Make an order of the options."""
    if options["mode"] not in SteeringMode.values:
        raise CommandError(
            f"--mode: {options['mode']!r} is unknown; choose one of {', '.join(SteeringMode.values)}.", returncode=2
        )
    study = named_study(slug=options["study"])
    participation = access_participation_by_name(study=study, name=options["rater"])
    check_generator(options["generator"], settings.GENERATOR_SETTINGS)
    build_writer(options["writer"], settings.WRITER_SETTINGS)
    mode = SteeringMode(options["mode"])
    is_by_other = mode == SteeringMode.OTHER and bool(options["other"])
    return SteeringOrder(
        participation=participation,
        prompt=options["prompt"],
        mode=mode,
        judge=access_participation_by_name(study=study, name=options["other"]) if is_by_other else None,
        generator=options["generator"],
        writer=options["writer"],
        iterations=options["iterations"],
        variants=options["variants"],
        side=options["side"],
        seed=options["seed"],
    )


def steer_here(run: SteeringRun) -> None:
    """Do the run in this process, with a bar on a terminal."""
    from scoring.pipeline.steering import steer

    with progress_bar(label=run.mode) as show:
        steer.steer(run_id=run.pk, on_progress=show)


def write_results(run: SteeringRun, folder: Path) -> None:
    """Write the best picture of each iteration and all steps; each file is written, then renamed."""
    steps = list(run.steps.select_related("image"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        names = {step.pk: copied_picture(step, folder) for step in best_of_iterations(steps)}
        partial = folder / f".{uuid.uuid4().hex}.part"
        with partial.open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            table.writerow(COLUMNS)
            for step in steps:
                name = names.get(step.pk, "")
                table.writerow([step.iteration, step.variant, step.prompt, name, f"{step.score:.4f}", f"{step.sd:.4f}"])
        os.replace(partial, folder / "steps.csv")  # noqa: PTH105 - atomic, over an earlier run's
    except OSError as error:
        raise CommandError(f"--out {folder}: {error.strerror or error}.", returncode=2) from error


def best_of_iterations(steps: list[SteeringStep]) -> list[SteeringStep]:
    """Give the step with the highest score of each iteration, and the one that the run settled on."""
    found: dict[int, SteeringStep] = {}
    for step in steps:
        if step.iteration not in found or step.score > found[step.iteration].score:
            found[step.iteration] = step
    return [*found.values(), *(step for step in steps if step.is_best)]


def copied_picture(step: SteeringStep, folder: Path) -> str:
    """Copy a step's picture and give its file name."""
    suffix = Path(step.image.path).suffix
    name = f"iteration-{step.iteration:02d}-variant-{step.variant:02d}{'-best' if step.is_best else ''}{suffix}"
    partial = folder / f".{uuid.uuid4().hex}.part"
    with default_storage.open(step.image.path) as source, partial.open("wb") as target:
        shutil.copyfileobj(source, target)
    os.replace(partial, folder / name)  # noqa: PTH105 - atomic, over an earlier run's
    return name
