"""Rows of the records as the arrays that the model code reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import numpy as np
from django.conf import settings

from ratings.models import Dataset, Participation, Study
from scoring.ml.data.arrays import Floats, Images, Raters, Ratings, Snapshot
from scoring.ml.data.joint import fair_share, join_snapshots
from scoring.ml.encoders import build_encoder
from scoring.ml.encoders.vector_cache import embed_texts
from scoring.models import Embedding
from scoring.selectors.datasets import dataset_image_ratings, dataset_images, dataset_raters, training_datasets
from scoring.selectors.images import DescribedImage, study_images, with_known_description
from scoring.selectors.training import TrainingRow

METADATA_COLUMNS = ("generator", "domain")
NO_RATINGS = Ratings.of(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))


def image_arrays(*, images: Sequence[DescribedImage], encoder_key: str) -> Images:
    """Give embedded images as arrays, in the order given; one without an embedding is left out."""
    vectors = dict(
        Embedding.objects.filter(encoder_key=encoder_key, image__in={image.image_id for image in images}).values_list(
            "image_id", "vector"
        )
    )
    known = [image for image in images if image.image_id in vectors]
    encoder = build_encoder(encoder_key)
    features = np.zeros((len(known), encoder.image_dim), np.float32)  # (N, D)
    for row, image in enumerate(known):
        features[row] = vectors[image.image_id]
    return Images(
        keys=tuple(image.key for image in known),
        features=features,
        prompt_features=embed_texts(encoder, [image.prompt for image in known], cache=settings.EMBEDDINGS_CACHE_DIR),
        metadata={name: tuple(getattr(image, name) for image in known) for name in METADATA_COLUMNS},
        parts=encoder.image_parts,
    )


def rater_arrays(*, participations: Sequence[UUID]) -> Raters:
    """Give raters with their profile answers, in the order given."""
    rows = Participation.objects.filter(pk__in=participations).select_related("rater__profile")
    answers = {row.pk: profile_answers(row) for row in rows}
    questions = sorted({question for given in answers.values() for question in given})
    return Raters(
        keys=tuple(str(key) for key in participations),
        profile={question: tuple(answers[key].get(question, "") for key in participations) for question in questions},
    )


def profile_answers(participation: Participation) -> dict[str, str]:
    """Give a rater's answers, none if they gave none."""
    profile = getattr(participation.rater, "profile", None)
    return dict(profile.answers) if profile else {}


@dataclass(frozen=True, kw_only=True)
class StudyArrays:
    """A study as arrays, and where its rows went."""

    study: Study
    snapshot: Snapshot
    images: Mapping[str, DescribedImage]  # by key
    image_rows: Mapping[UUID, int]
    rater_rows: Mapping[UUID, int]

    def known(self, rows: Sequence[TrainingRow]) -> list[TrainingRow]:
        """Keep the ratings by raters in the snapshot of images that have an embedding."""
        return [row for row in rows if row.image_id in self.image_rows and row.participation_id in self.rater_rows]

    def ratings(self, rows: Sequence[TrainingRow]) -> Ratings:
        """Give known ratings as indices and values in [0, 1]."""
        return Ratings.of(
            np.array([self.rater_rows[row.participation_id] for row in rows], np.int64),
            np.array([self.image_rows[row.image_id] for row in rows], np.int64),
            np.array([self.study.unit_value(row.value) for row in rows], np.float64),
        )


def study_arrays(*, study: Study, rows: Sequence[TrainingRow], encoder_key: str) -> StudyArrays:
    """Give everything that a training run of a study reads; images are in the order of their digests."""
    images = study_images(study=study)
    arrays = image_arrays(images=images, encoder_key=encoder_key)
    place = {key: row for row, key in enumerate(arrays.keys)}
    participations = sorted({row.participation_id for row in rows})
    raters = rater_arrays(participations=participations)
    found = StudyArrays(
        study=study,
        snapshot=Snapshot(images=arrays, raters=raters, ratings=NO_RATINGS),
        images={image.key: image for image in images},
        image_rows={image.image_id: place[image.key] for image in images if image.key in place},
        rater_rows={key: row for row, key in enumerate(participations)},
    )
    return replace(found, snapshot=found.snapshot.with_ratings(found.ratings(found.known(rows))))


def joint_snapshot(*, data: StudyArrays, encoder_key: str) -> Snapshot:
    """Put the imported sets that a study learns from behind its own ratings, whose rows keep their places.

    A set's sampling weight multiplies its fair share: with 1 it weighs at most as much as the study.
    """
    sets, shares = {}, {}
    known = dict(data.images)
    for dataset in training_datasets(study=data.study):
        images = {
            row: with_known_description(image, known=known) for row, image in dataset_images(dataset=dataset).items()
        }
        known |= {image.key: image for image in images.values()}
        found = dataset_snapshot(dataset=dataset, images=images, encoder_key=encoder_key)
        if len(found.ratings):
            sets[dataset.name] = found
            shares[dataset.name] = dataset.sampling_weight * fair_share(data.snapshot, found)
    return join_snapshots(data.snapshot, sets, shares)


def on_unit(values: Floats, *, dataset: Dataset) -> Floats:
    """Put a set's ratings on [0, 1], where 1 is the best."""
    from_low = (values - dataset.scale_min) / (dataset.scale_max - dataset.scale_min)
    return 1 - from_low if dataset.best_is_low else from_low


def dataset_snapshot(*, dataset: Dataset, images: Mapping[int, DescribedImage], encoder_key: str) -> Snapshot:
    """Give an imported set as arrays; an image without an embedding is left out, two names for one image are one."""
    arrays = image_arrays(
        images=list({image.key: image for image in images.values()}.values()), encoder_key=encoder_key
    )
    place = {key: row for row, key in enumerate(arrays.keys)}
    image_rows = {row: place[image.key] for row, image in images.items() if image.key in place}
    raters = dataset_raters(dataset=dataset)
    rater_rows = {rater.pk: row for row, rater in enumerate(raters)}
    found = [row for row in dataset_image_ratings(dataset=dataset) if row.dataset_image_id in image_rows]
    ratings = Ratings.of(
        np.array([rater_rows[row.rater_id] for row in found], np.int64),
        np.array([image_rows[row.dataset_image_id] for row in found], np.int64),
        np.array([row.value for row in found], np.float64),
    )
    return Snapshot(
        images=arrays,
        raters=Raters(keys=tuple(f"{dataset.name}/{rater.key}" for rater in raters)),
        ratings=replace(
            ratings,
            value=on_unit(ratings.value, dataset=dataset),
            weight=np.array([row.weight for row in found], np.float64),
        ),
    )
