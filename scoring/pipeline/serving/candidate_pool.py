"""The images that a worker chooses from, read once for many raters and kept for a while."""

import time
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

import numpy as np

from ratings.models import Participation
from ratings.selectors.candidates import ordinal_count, sampled_images, unseen_among
from scoring.ml.data.arrays import Ints
from scoring.ml.reward import RepresentedImages
from scoring.models import ModelVersion
from scoring.pipeline.serving.live import stored_representation

SIZE = 2000
FRESH_SECONDS = 20.0  # after which a new draw is made, which also brings images that were added since
MOST_KEPT = 8  # pools


@dataclass(frozen=True, kw_only=True)
class Pool:
    """A uniform draw of a study's images, with what a version sees in them, in one order."""

    study_images: list[int]
    images: list[UUID]
    seen: RepresentedImages
    share: float  # probability of each of the study's images to be among them
    drawn_at: float  # on the monotonic clock

    @cached_property
    def row_of(self) -> dict[UUID, int]:
        """Give each image's row."""
        return {image: row for row, image in enumerate(self.images)}

    def open_rows(self, participation: Participation) -> Ints:
        """Give the rows that a rater could get now."""
        unseen = unseen_among(participation=participation, study_images=self.study_images)
        return np.array([row for row, place in enumerate(self.study_images) if place in unseen], np.int64)


_pools: dict[int, Pool] = {}  # by model version


def pool_of(version: ModelVersion) -> Pool:
    """Give the pool drawn lately for a version, or draw one.

    That raters share a draw leaves each choice its probability: every image is in it with the same chance.
    """
    pool = _pools.get(version.pk)
    if pool is None or time.monotonic() - pool.drawn_at > FRESH_SECONDS:
        while len(_pools) >= MOST_KEPT:
            _pools.pop(next(iter(_pools)))
        pool = _pools[version.pk] = drawn_pool(version)
    return pool


def seen_by(version: ModelVersion, images: list[UUID]) -> tuple[list[UUID], RepresentedImages]:
    """Give which of the images a version has seen, and what it sees in them; the pool spares asking the database."""
    pool = pool_of(version)
    rows = [pool.row_of[image] for image in images if image in pool.row_of]
    if len(rows) < len(images):
        return stored_representation(version=version, images=images)
    return images, pool.seen.take(np.array(rows, np.int64))


def drawn_pool(version: ModelVersion) -> Pool:
    """Draw images of a version's study; those that the version has not seen yet are left out."""
    places = {image: place for place, image in sampled_images(study_id=version.study_id, limit=SIZE)}
    known, seen = stored_representation(version=version, images=list(places))
    return Pool(
        study_images=[places[image] for image in known],
        images=known,
        seen=seen,
        share=min(1.0, SIZE / max(ordinal_count(study_id=version.study_id), 1)),
        drawn_at=time.monotonic(),
    )
