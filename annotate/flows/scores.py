"""What the live model expects of images."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from scoring.selectors import versions


def score_images(*, images: Sequence[UUID], study: str | None = None, rater: UUID | None = None) -> dict[str, Any]:
    """Predict opinions; without a study, in the one that has a live model."""
    from scoring.pipeline.serving import score  # NumPy, which most web requests do not need

    slug = study or versions.only_study_with_model()
    scores = score.score_images(study_slug=slug, images=images, rater_id=rater)
    return {
        "model_version": scores.model_version,
        "items": [{"image": item.image, "mean": item.mean, "sd": item.sd} for item in scores.items],
    }
