"""The live models, loaded once per worker process."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from uuid import UUID

import numpy as np

from ratings.models import Participation, Study
from scoring.checkpoint_files import CheckpointError
from scoring.exceptions import ModelUnreadableError
from scoring.ml.reward import RepresentedImages, RewardModel
from scoring.ml.scores import REFERENCES
from scoring.ml.storage.checkpoints import load_model
from scoring.models import ModelVersion
from scoring.models import Representation as RepresentationRow
from scoring.pipeline.inputs.arrays import profile_answers
from scoring.pipeline.serving.checkpoints import local_checkpoint
from scoring.selectors import versions
from scoring.selectors.checkpoints import unreadable

logger = logging.getLogger(__name__)


@lru_cache(maxsize=8)
def loaded_model(folder: Path) -> RewardModel:
    """Load a checkpoint, or give the one loaded before: a checkpoint never changes."""
    return load_model(folder)


def model_of(version: ModelVersion) -> RewardModel:
    """Give the model of a version, or say why it cannot be read."""
    try:
        return loaded_model(local_checkpoint(version=version))
    except CheckpointError as error:
        raise unreadable(version=version) from error


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
    except ModelUnreadableError as error:
        logger.warning("%s Raters get images by coverage. (%s)", error.message, error.__cause__)
        return None


def stored_representation(*, version: ModelVersion, images: list[UUID]) -> tuple[list[UUID], RepresentedImages]:
    """Give what a version makes of images, and which of them it knows, in the order asked."""
    rows = versions.representations(version=version, images=images)
    known = [image for image in images if image in rows]
    return known, represented([rows[image] for image in known])


def represented(rows: Sequence[RepresentationRow]) -> RepresentedImages:
    """Give rows as the arrays that the model code reads."""
    return RepresentedImages(
        z=np.array([np.asarray(row.z) for row in rows], np.float64),  # (N, d)
        consensus=np.array([row.consensus for row in rows], np.float64),
        variance=np.array([row.variance for row in rows], np.float64),
    )


def reference_of(version: ModelVersion) -> RepresentedImages | None:
    """Give what a version makes of some pictures of its study, which percentiles are taken among; the same ones always.

    They are the first by digest: a random draw that depends on no choice.
    """
    rows = versions.first_representations(version=version, limit=REFERENCES)
    return represented(rows) if rows else None


def prior_of(model: RewardModel, participation: Participation) -> bytes:
    """Give what a model expects of a rater before the first rating, packed."""
    return model.prior(profile_answers(participation)).to_bytes()
