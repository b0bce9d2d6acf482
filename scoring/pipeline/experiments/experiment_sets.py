"""Turn a tidy set, its split and its image vectors into the arrays of one experiment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ratings.services.jobs.progress import Progress, no_progress
from scoring.ml.data.arrays import Floats, Images, Raters, Ratings, Snapshot
from scoring.ml.encoders.base import Encoder
from scoring.ml.encoders.vector_cache import embed_files, embed_texts
from scoring.pipeline.experiments.tidy import (
    QUERY,
    SUPPORT,
    TRAIN,
    Pair,
    Split,
    TidyError,
    known_ratings,
    rated_images,
    rated_pairs,
    read_answers,
    read_categories,
    read_ratings,
    read_repeats,
    read_split,
)
from scoring.pipeline.experiments.tidy_images import SetPictures, find_pictures, in_rated_names

RATINGS = "ratings.csv"
NO_METADATA = ("prompt", "rating", "seed")  # columns of images.csv that are not categories


@dataclass(frozen=True, kw_only=True)
class RatingScale:
    """Map ratings to [0, 1] and back."""

    low: float
    high: float

    def to_unit(self, values: Floats) -> Floats:
        """Return the values on [0, 1]."""
        return (values - self.low) / (self.high - self.low)

    def from_unit(self, values: Floats) -> Floats:
        """Return values on the scale of the ratings."""
        return self.low + values * (self.high - self.low)


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """Hold what may be known before prediction; query ratings are not in here."""

    snapshot: Snapshot  # its ratings are those to train on
    support: Ratings
    others: Ratings  # of raters without training rows, what the split does not ask for
    query: tuple[Pair, ...]
    written: tuple[Pair, ...]  # the same, as the split spells them
    query_rows: Ratings  # their values are NaN
    scale: RatingScale
    folder: Path
    prompts: tuple[str, ...]  # of each image of the snapshot, "" without one
    spelled: Mapping[str, str]  # the names of images as the ratings spell them
    notes: tuple[str, ...]  # what found no partner

    def answers(self) -> Floats:
        """Read the query ratings, on [0, 1] and NaN where there is none, after predicting."""
        found = read_answers(self.folder / RATINGS, self.query)
        values = np.array([found.get(pair, np.nan) for pair in self.query], np.float64)
        return self.scale.to_unit(values)

    def repeats(self) -> dict[Pair, tuple[float, ...]]:
        """Read all that raters said of an image that they judged several times, after predicting."""
        return read_repeats(self.folder / RATINGS)


@dataclass(frozen=True, kw_only=True)
class ExperimentSource:
    """Say where a tidy set, its split and the cache of image vectors are."""

    folder: Path
    split: Path
    cache: Path
    with_others: bool = False  # read all ratings of new raters but the query's, for a replay


def load_experiment(source: ExperimentSource, encoder: Encoder, progress: Progress = no_progress) -> Experiment:
    """Read a tidy set under a split and encode its images; raise TidyError in one sentence."""
    if not source.folder.is_dir():
        raise TidyError(f"{source.folder} is not a folder; give the folder of a tidy set")
    ratings_path = source.folder / RATINGS
    rated = rated_images(ratings_path)
    split = in_rated_names(read_split(source.split), rated=rated, path=source.split)
    train = known_ratings(ratings_path, split.pairs[TRAIN], source.split)
    support = known_ratings(ratings_path, split.pairs[SUPPORT], source.split)
    others = _other_ratings(ratings_path, split) if source.with_others else {}
    scale = _scale(np.concatenate([train, support]), ratings_path)
    index = _Index.of(split, [image for _, image in others])
    pictures = find_pictures(source.folder, index.images, others=rated, asked_by=source.split)
    snapshot = Snapshot(
        images=encoded_images(index.images, pictures, encoder, cache=source.cache, progress=progress),
        raters=Raters(
            keys=index.raters,
            profile=read_categories(source.folder / "raters.csv", "rater", index.raters),
        ),
        ratings=index.rows(split.pairs[TRAIN], scale.to_unit(train)),
        datasets=(source.folder.name,),
    )
    query = split.pairs[QUERY]
    values = np.array(list(others.values()), np.float64)
    return Experiment(
        snapshot=snapshot,
        support=index.rows(split.pairs[SUPPORT], scale.to_unit(support)),
        others=index.rows(list(others), scale.to_unit(values)),
        query=query,
        written=tuple(split.written[pair] for pair in query),
        query_rows=index.rows(query, np.full(len(query), np.nan)),
        scale=scale,
        folder=source.folder,
        prompts=pictures.prompts,
        spelled=rated,
        notes=pictures.notes,
    )


def load_set(folder: Path, encoder: Encoder, *, cache: Path, progress: Progress = no_progress) -> Snapshot:
    """Read all ratings of a tidy set, mapped to [0, 1], its names marked with the folder's."""
    path = folder / RATINGS
    if not folder.is_dir():
        raise TidyError(f"{folder} is not a folder; give the folder of a tidy set")
    pairs = rated_pairs(path)
    found = read_ratings(path, pairs)
    raters = sorted({rater for rater, _ in pairs})
    images = tuple(sorted({image for _, image in pairs}))
    value = np.array([found[pair] for pair in pairs], np.float64)
    if not len(value) or np.ptp(value) == 0:
        raise TidyError(f"{path}: column rating must hold two different ratings to learn from")
    of_rater = {name: row for row, name in enumerate(raters)}
    of_image = {name: row for row, name in enumerate(images)}
    pictures = find_pictures(folder, images, others=(), asked_by=path)
    encoded = encoded_images(images, pictures, encoder, cache=cache, progress=progress)
    return Snapshot(
        images=replace(encoded, keys=tuple(f"{folder.name}/{name}" for name in images)),
        raters=Raters(
            keys=tuple(f"{folder.name}/{name}" for name in raters),
            profile=read_categories(folder / "raters.csv", "rater", raters),
        ),
        ratings=Ratings.of(
            np.array([of_rater[rater] for rater, _ in pairs]),
            np.array([of_image[image] for _, image in pairs]),
            (value - value.min()) / np.ptp(value),
        ),
        datasets=(folder.name,),
    )


def encoded_images(
    names: tuple[str, ...],
    pictures: SetPictures,
    encoder: Encoder,
    *,
    cache: Path,
    progress: Progress = no_progress,
) -> Images:
    """Encode the images of a tidy set, with what its table of images says of them."""
    try:
        vectors = embed_files(encoder, pictures.files, cache=cache, progress=progress)
    except ValueError as error:
        raise TidyError(str(error)) from error
    return Images(
        keys=names,
        features=vectors,
        prompt_features=embed_texts(encoder, pictures.prompts, cache=cache),
        metadata=pictures.categories(skip=NO_METADATA),
        parts=encoder.image_parts,
    )


def _other_ratings(path: Path, split: Split) -> dict[Pair, float]:
    """Read, of raters without training rows, all ratings but those of query rows."""
    trained = {rater for rater, _ in split.pairs[TRAIN]}
    new = {rater for rater, _ in split.pairs[QUERY]} - trained
    asked = set(split.pairs[QUERY])
    pairs = rated_pairs(path)
    return read_ratings(path, {pair for pair in pairs if pair[0] in new and pair not in asked})


@dataclass(frozen=True, kw_only=True)
class _Index:
    """Number raters and images, sorted by name."""

    raters: tuple[str, ...]
    images: tuple[str, ...]

    @classmethod
    def of(cls, split: Split, more_images: Sequence[str]) -> "_Index":
        return cls(raters=split.raters, images=tuple(sorted({*split.images, *more_images})))

    def rows(self, pairs: Sequence[Pair], values: Floats) -> Ratings:
        raters = {name: row for row, name in enumerate(self.raters)}
        images = {name: row for row, name in enumerate(self.images)}
        return Ratings.of(
            np.array([raters[rater] for rater, _ in pairs], np.int64),
            np.array([images[image] for _, image in pairs], np.int64),
            values,
        )


def _scale(values: Floats, path: Path) -> RatingScale:
    low, high = float(values.min()), float(values.max())
    if low == high:
        raise TidyError(
            f"{path}: column rating says {low:g} in every row to learn from; there must be two different ratings"
        )
    return RatingScale(low=low, high=high)
