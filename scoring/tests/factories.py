"""Make valid records of models for tests."""

from typing import Any

from ratings.models import Study
from scoring.models import ModelState, ModelVersion


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
