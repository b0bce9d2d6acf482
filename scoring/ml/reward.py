"""The reward model: what people like on average, and how one rater's taste differs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from scoring.ml.data.arrays import Floats, Images, Ints
from scoring.ml.taste.comparisons import Report, ShownGames, learn_choices, warn_of_choices
from scoring.ml.taste.head import TasteHead
from scoring.ml.taste.intervals import LEVELS, half_width
from scoring.ml.taste.posterior import TastePosterior

# Of the liking below which somebody would rather not look: so large that skips at random cost little.
LINE_VARIANCE = 0.2


@dataclass(frozen=True, kw_only=True)
class RepresentedImages:
    """Hold what the model sees in N images."""

    z: Floats  # (N, d), scaled so that tastes differ by about one in every direction
    consensus: Floats  # (N,), expected opinion of everybody, in [0, 1]
    variance: Floats  # (N,), what is unknown of that opinion

    def __len__(self) -> int:
        """Count the images."""
        return len(self.consensus)

    def take(self, rows: Ints) -> "RepresentedImages":
        """Return the representation of these images."""
        return RepresentedImages(z=self.z[rows], consensus=self.consensus[rows], variance=self.variance[rows])

    def joined(self, others: "RepresentedImages") -> "RepresentedImages":
        """Return these images and behind them others."""
        return RepresentedImages(
            z=np.vstack([self.z, others.z]),
            consensus=np.append(self.consensus, others.consensus),
            variance=np.append(self.variance, others.variance),
        )


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """Hold the predicted ratings of N images by one rater, on the scale [0, 1]."""

    mean: Floats  # (N,)
    sd: Floats  # (N,)
    stretch: Floats | None = None  # (N, L), of intervals over those of a normal distribution, which none stands for

    def half_width(self, level: float) -> Floats:
        """Return half the width of the intervals that hold this share of ratings, (N,)."""
        return half_width(level, self.sd, self.stretches)

    @property
    def stretches(self) -> Floats:
        """Give the stretch at each level, (N, L)."""
        return np.ones((len(self.sd), len(LEVELS))) if self.stretch is None else self.stretch


@dataclass(frozen=True, kw_only=True)
class Shares:
    """Hold what each block of features adds, in N images, to the consensus and to one rater's liking."""

    blocks: tuple[str, ...]
    intercept: float  # consensus of an image of average features
    opinion: Floats  # (N, B), what each block moves the consensus by
    others: Floats  # (N,), what the opinions seen of this very image move it by
    level: float  # what the weights add to every image
    taste: Floats  # (N, B), z . weights by block
    alike: Floats  # (N,), what raters of like taste have said of this very image


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Hold the parts of N predicted means; they add up to the mean exactly.

    "average": what anybody gives an average image. "opinion: BLOCK": what everybody sees in it.
    "others": what others have said of this very image. "rater: mean" and "rater: agreement": how
    high this rater rates, and how closely they follow everybody. "taste: BLOCK": their own liking.
    "raters alike": what ratings of this image by raters of similar taste add.
    """

    parts: Mapping[str, Floats]  # name -> (N,)

    def renamed(self, image_parts: Sequence[str]) -> "Explanation":
        """Give the parts of the image, "image 1" and so on, these names."""
        names = {f"image {place}": name for place, name in enumerate(image_parts, start=1)}
        return Explanation(parts={_with_name(key, names): share for key, share in self.parts.items()})

    def total(self) -> Floats:
        """Return the mean that the parts explain, (N,)."""
        return np.asarray(np.sum(list(self.parts.values()), axis=0))


def _with_name(key: str, names: Mapping[str, str]) -> str:
    kind, _, block = key.partition(": ")
    return f"{kind}: {names[block]}" if block in names else key


class Backbone(Protocol):
    """Turn images into a representation; a fitted, frozen dataclass, so that it can be saved."""

    def represent(self, images: Images) -> RepresentedImages:
        """Represent images, seen in training or not."""
        ...

    def share(self, images: Images, weights: Floats) -> Shares:
        """Split the consensus, and the liking z . weights, by block of features."""
        ...


@dataclass(frozen=True, kw_only=True)
class RewardModel:
    """Predict the rating of any image by any rater."""

    encoder_key: str
    backbone: Backbone
    head: TasteHead
    known_raters: Mapping[str, TastePosterior] = field(default_factory=dict)

    def represent(self, images: Images) -> RepresentedImages:
        """Represent images; for one known by its key, the opinions seen in training count."""
        return self.backbone.represent(images)

    def prior(self, profile: Mapping[str, str] | None = None) -> TastePosterior:
        """Return what is known of a rater before the first rating."""
        mean = self.head.mean.copy()
        for question, answer in (profile or {}).items():
            mean += self.head.profile_effects.get(question, {}).get(answer, 0.0)
        return TastePosterior(
            mean=mean,
            factor=self.head.factor,
            shape=self.head.shape,
            rate=self.head.shape - 1.0,
        )

    def posterior(
        self,
        representation: RepresentedImages,
        values: Floats,
        prior: TastePosterior | None = None,
    ) -> TastePosterior:
        """Learn from all ratings (scaled into [0, 1]) of a rater at once."""
        start = self.prior() if prior is None else prior
        return start.update_many(self.design(representation), values, self.noise(representation))

    def update(self, taste: TastePosterior, representation: RepresentedImages, value: float) -> TastePosterior:
        """Learn from one more rating; the representation is of that one image."""
        row, noise = self.design(representation)[0], self.noise(representation)[0]
        return taste.update(row, value, float(noise))

    def learn_choices(
        self, taste: TastePosterior, shown: RepresentedImages, games: ShownGames, report: Report = warn_of_choices
    ) -> TastePosterior:
        """Learn from all games between the pictures shown at once, in whatever order they were played."""
        return learn_choices(taste, self.design(shown), self.noise(shown), games, report=report)

    def average_picture(self) -> RepresentedImages:
        """Return the picture that a rater likes more than one they would rather not look at.

        It has average features and opinion, so that its value is the rater's own level. Where somebody draws the line
        differs from picture to picture: so does its value, by far more than that of a picture that is seen.
        """
        return RepresentedImages(
            z=np.zeros((1, len(self.head.mean) - 2)),
            consensus=np.array([self.head.offset]),
            variance=np.array([LINE_VARIANCE]),
        )

    def predict(self, representation: RepresentedImages, taste: TastePosterior) -> Prediction:
        """Predict one rater's ratings."""
        mean, variance = taste.predict(self.design(representation), self.noise(representation))
        stretch = np.tile(self.head.stretch(taste.count), (len(mean), 1))
        return Prediction(mean=mean, sd=self.head.width(taste.count) * np.sqrt(variance), stretch=stretch)

    def explain(self, images: Images, taste: TastePosterior) -> Explanation:
        """Say which parts carry each prediction of `predict(represent(images), taste)`."""
        found = self.backbone.share(images, taste.mean[2:])
        away = found.intercept - self.head.offset + found.opinion.sum(axis=1) + found.others
        usual = float(self.head.mean[0])
        parts = {"average": np.full(len(images), usual + found.intercept - self.head.offset)}
        parts |= {f"opinion: {name}": found.opinion[:, place] for place, name in enumerate(found.blocks)}
        parts["others"] = found.others
        parts["rater: mean"] = np.full(len(images), float(taste.mean[0]) - usual + found.level)
        parts["rater: agreement"] = (float(taste.mean[1]) - 1.0) * away
        parts |= {f"taste: {name}": found.taste[:, place] for place, name in enumerate(found.blocks)}
        parts["raters alike"] = found.alike
        return Explanation(parts=parts)

    def design(self, representation: RepresentedImages) -> Floats:
        """Return the rows phi = (1, consensus - offset, z), (N, k)."""
        centred = representation.consensus - self.head.offset
        return np.column_stack([np.ones(len(representation)), centred, representation.z])

    def noise(self, representation: RepresentedImages) -> Floats:
        """Return the noise variance of one opinion of each image, (N,)."""
        return self.head.noise + representation.variance
