"""Set up generators and writers by name, with the settings of this installation."""

from django.conf import settings

from scoring.generators.base import Generator
from scoring.generators.paced import PacedGenerator
from scoring.generators.registry import DIFFUSERS, SKETCH, build_generator, check_generator
from scoring.models import SteeringRun
from scoring.writers.base import PromptWriter
from scoring.writers.registry import build_writer


def installed_writer(name: str) -> PromptWriter:
    """Give the writer of this name."""
    return build_writer(name, settings.WRITER_SETTINGS)


def installed_generator(run: SteeringRun) -> Generator:
    """Give the generator that a run names; remote ones are asked at the pace, and as often, as the settings allow."""
    name, chosen = run.generator, settings.GENERATOR_SETTINGS
    check_generator(name, chosen)
    if name == SKETCH:
        return build_generator(name, chosen)
    if name == DIFFUSERS:
        from scoring.pipeline.steering.diffusion import DiffusionGenerator  # an optional package

        return PacedGenerator(
            DiffusionGenerator(chosen.diffusion_model), per_minute=0, most=chosen.per_run, asked=run.drawn
        )
    return PacedGenerator(
        build_generator(name, chosen), per_minute=chosen.per_minute, most=chosen.per_run, asked=run.drawn
    )
