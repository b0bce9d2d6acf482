"""A version's model card: what it was made of, how, and how good it is."""

from typing import Any

from scoring.models import ModelVersion

DATA = ("ratings", "raters", "images", "test_ratings")
APART = (*DATA, "fit", "software")


def model_card(*, version: ModelVersion) -> dict[str, Any]:
    """Give the card as plain data; it names no rater."""
    study, measured = version.study, version.measured
    stored = measured.as_json()
    return {
        "study": study.slug,
        "title": study.title,
        "version": str(version),
        "made_at": version.created_at.isoformat(),
        "encoder_key": version.encoder_key,
        "data_digest": version.data_digest,
        "scale": {"min": study.scale_min, "max": study.scale_max, "step": study.scale_step},
        "is_demo": study.is_demo,
        "data": {name: stored[name] for name in DATA},
        "training": measured.fit,
        "metrics": {name: value for name, value in stored.items() if name not in APART},
        "software": measured.software,
    }
