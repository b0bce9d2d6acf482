"""What drawn pictures are called and show, as an entry of a study says it."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from ratings.services.entries import NewEntry
from ratings.services.ingest_sources import ImageDetails
from scoring.generators.registry import SKETCH
from scoring.models import SteeringStep
from scoring.prompts.attributes import ATTRIBUTE_NAMES, parse_prompt, write_prompt


def entry_of_step(*, step: SteeringStep) -> NewEntry:
    """Describe the picture of a run's step."""
    run = step.run
    return drawn_entry(image_id=step.image_id, prompt=step.prompt, seed=run.seed, generator=run.generator)


def drawn_entry(*, image_id: UUID, prompt: str, seed: int, generator: str) -> NewEntry:
    """Describe a drawn picture."""
    details = details_of(prompt=prompt, seed=seed, generator=generator)
    return NewEntry(image_id=image_id, name=f"{generator}-{image_id}.png", details=details)


def details_of(*, prompt: str, seed: int, generator: str) -> ImageDetails:
    """Say what a drawn picture shows; of a sketch that is the prompt with all that it left open settled.

    A bare prompt would be unlike those of the pictures that the model learned from, which say it all.
    """
    parsed = parse_prompt(prompt)
    facts: dict[str, Any] = {"seed": seed, "steered": True}
    if generator == SKETCH:
        shown = parsed.completed()
        facts["attributes"] = asdict(shown.attributes)
        return ImageDetails(prompt=write_prompt(shown), generator=generator, domain=shown.domain, metadata=facts)
    facts["attributes"] = {name: parsed.stated[name] for name in ATTRIBUTE_NAMES if name in parsed.stated}
    return ImageDetails(prompt=prompt, generator=generator, domain=parsed.domain or "", metadata=facts)
