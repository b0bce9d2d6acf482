"""The models that serve, loaded once per worker process."""

import logging
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from uuid import UUID

import numpy as np
from django.conf import settings

from ratings.models import Participation, Study
from scoring.ml.checkpoints import CheckpointError, load_model
from scoring.ml.reward import Representation, RewardModel
from scoring.models import ModelVersion
from scoring.pipeline.arrays import profile_answers
from scoring.selectors import versions

logger = logging.getLogger(__name__)


@lru_cache(maxsize=8)
def loaded_model(folder: Path) -> RewardModel:
    """Load a checkpoint, or give the one loaded before: a checkpoint never changes."""
    return load_model(folder)


def model_of(version: ModelVersion) -> RewardModel:
    """Give the model of a version."""
    return loaded_model(Path(settings.MODELS_DIR) / version.folder)


@dataclass(frozen=True, kw_only=True)
class Serving:
    """The version that serves a study, and its model."""

    version: ModelVersion
    model: RewardModel


def live_model(study: Study) -> Serving | None:
    """Give what serves a study; a model that cannot be read counts as none.

    Raters then get images by coverage, and the next training run makes a model that can be read.
    """
    version = versions.live_version(study_id=study.pk)
    if version is None:
        return None
    try:
        return Serving(version=version, model=model_of(version))
    except CheckpointError:
        logger.exception("The live model of %s cannot be read", study.slug)
        return None


def stored_representation(*, version: ModelVersion, images: list[UUID]) -> tuple[list[UUID], Representation]:
    """Give what a version makes of images, and which of them it knows, in the order asked."""
    rows = versions.representations(version=version, images=images)
    known = [image for image in images if image in rows]
    return known, Representation(
        z=np.array([np.asarray(rows[image].z) for image in known], np.float64),  # (N, d)
        consensus=np.array([rows[image].consensus for image in known], np.float64),
        variance=np.array([rows[image].variance for image in known], np.float64),
    )


def prior_of(model: RewardModel, participation: Participation) -> bytes:
    """Give what a model expects of a rater before the first rating, packed."""
    return model.prior(profile_answers(participation)).to_bytes()
