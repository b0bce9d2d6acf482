"""Make valid records of models for tests."""

import json
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ratings.choices import JobState
from ratings.models import Image, Participation, Study
from ratings.stores.folders import checkpoint_store
from ratings.tests.factories import make_image, make_images, make_participation, make_rating, make_study
from scoring.checkpoint_files import FORMAT, SETTINGS, WEIGHTS
from scoring.models import (
    ModelState,
    ModelVersion,
    SteeringMode,
    SteeringOffer,
    SteeringRun,
    SteeringStep,
    Taste,
)
from scoring.services.made import settle_wish


def checkpoint_folder(*, version: ModelVersion) -> Path:
    """Give the folder that the files of a version lie in, on the disk."""
    folder = checkpoint_store().local_path(version.folder)
    assert folder is not None
    return folder


def estimate(value: float) -> dict[str, float]:
    """Give a measured figure with its interval."""
    return {"value": value, "low": value - 0.05, "high": value + 0.05, "raters": 12}


def make_version(*, study: Study, state: str = ModelState.CANDIDATE, **fields: Any) -> ModelVersion:
    """Make a version with a few metrics."""
    metrics = {
        "ratings": 300,
        "test_ratings": 40,
        "personal": {"srocc": estimate(0.4), "coverage_80": estimate(0.78)},
        "global": {"srocc": estimate(0.3)},
        "personal_minus_global": estimate(0.1),
    }
    number = study.model_versions.count() + 1
    defaults = {"number": number, "folder": f"{study.slug}-v{number}", "metrics": metrics, "encoder_key": "offline"}
    version = ModelVersion(study=study, state=state, **{**defaults, **fields})
    save_stub(version)
    version.save()
    return version


def save_stub(version: ModelVersion) -> None:
    """Write files that are whole, and hold no model."""
    folder = checkpoint_folder(version=version)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SETTINGS).write_text(json.dumps({"format": FORMAT}))
    (folder / WEIGHTS).write_bytes((2).to_bytes(8, "little") + b"{}")


def make_steering_run(
    *, state: JobState = JobState.SUCCEEDED, mode: SteeringMode = SteeringMode.SELF, **fields: object
) -> SteeringRun:
    """Make a run with two iterations, whose second found something better."""
    participation = fields.pop("participation", None) or make_participation(study=make_study())
    assert isinstance(participation, Participation)
    run = SteeringRun.objects.create(
        study=participation.study,
        participation=participation,
        prompt="a vase",
        generator="sketch",
        writer="attributes",
        iterations=2,
        variants=1,
        mode=mode,
        state=state,
        own_score=3.9,
        own_sd=0.4,
        **fields,
    )
    images = make_images(study=participation.study, count=3)
    for iteration, (row, score) in enumerate(zip(images, (3.0, 2.5, 4.0), strict=True)):
        SteeringStep.objects.create(
            run=run,
            iteration=iteration,
            variant=0,
            prompt=f"a vase {iteration}",
            changes={"palette": "ember"} if iteration else {},
            image=row.image,
            score=score,
            sd=0.3,
            everybody=3.0,
            is_best=iteration == 2,
        )
    return run


def make_offer(*, study: Study, **terms: Any) -> SteeringOffer:
    """Let raters of a study have pictures made after two ratings."""
    return SteeringOffer.objects.create(study=study, **{"is_on": True, "least_ratings": 2, **terms})


def make_wisher(*, study: Study | None = None, ratings: int = 2, **fields: Any) -> Participation:
    """Make a rater whose taste a live model knows, in a study that offers pictures unless given otherwise."""
    study = study or make_study()
    if not hasattr(study, "steering_offer"):
        make_offer(study=study)
    version = study.model_versions.filter(state=ModelState.LIVE).first() or make_version(
        study=study, state=ModelState.LIVE
    )
    participation = make_participation(study=study, **fields)
    for _ in range(ratings):
        make_rating(participation=participation)
    Taste.objects.create(model_version=version, participation=participation, posterior=b"\x00", rating_count=ratings)
    return participation


def make_wish_come_true(
    *, participation: Participation, nonce: uuid.UUID | None = None, images: Sequence[Image] = ()
) -> SteeringRun:
    """Make a rater's own run that has found something, and offer both of its pictures."""
    run = SteeringRun.objects.create(
        study=participation.study,
        participation=participation,
        nonce=nonce or uuid.uuid4(),
        prompt="a vase and fruit on a table",
        generator="sketch",
        writer="attributes",
        iterations=1,
        variants=1,
        state=JobState.RUNNING,
        model_version=participation.study.model_versions.first(),
    )
    plain, steered = images or (make_image(is_drawn=True), make_image(is_drawn=True))
    for iteration, (image, score) in enumerate(((plain, 3.0), (steered, 4.0))):
        SteeringStep.objects.create(
            run=run,
            iteration=iteration,
            variant=0,
            prompt="a vase",
            changes={"palette": "ember"} if iteration else {},
            image=image,
            score=score,
            sd=0.3,
            everybody=3.0,
        )
    settle_wish(run=run, best=(1, 0), facts={"own_score": 4.0, "own_sd": 0.3})
    run.refresh_from_db()
    return run
