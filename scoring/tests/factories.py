"""Make valid records of models for tests."""

from typing import Any

from ratings.models import Participation, Study
from ratings.tests.factories import make_images, make_participation, make_study
from scoring.models import ModelState, ModelVersion, RunState, SteeringMode, SteeringRun, SteeringStep


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
    return ModelVersion.objects.create(study=study, state=state, **{**defaults, **fields})


def make_steering_run(
    *, state: RunState = RunState.SUCCEEDED, mode: SteeringMode = SteeringMode.SELF, **fields: object
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
