"""Compare tastes over images: where raters differ most, and what one of them likes more than others do."""

from dataclasses import replace
from uuid import UUID

import numpy as np

from ratings.sentences import staff_gettext
from ratings.services.jobs.work import JobReport
from scoring.exceptions import ModelMissingError
from scoring.metrics import DividingImage
from scoring.ml.data.arrays import Floats
from scoring.ml.reward import RepresentedImages, RewardModel
from scoring.ml.taste.posterior import TastePosterior
from scoring.models import ModelVersion, Taste, TasteProfile
from scoring.models import Representation as StoredRepresentation
from scoring.pipeline.serving.live import model_of, stored_representation
from scoring.pipeline.serving.taste_report import taste_report
from scoring.selectors.shown_tastes import shows_taste_to
from scoring.selectors.versions import live_version, taste_of
from scoring.services.taste_profiles import TasteFigures, save_taste_profile

DIVIDERS = 24  # images kept with a version
MOST_IMAGES = 20_000  # compared, drawn at random from a larger study
MOST_RATERS = 1500
DIGITS = 4  # of what is stored
NOTHING_LEARNED = "Nothing is known of this taste yet: the study needs a live model, and the rater a few ratings."


def dividing_images(version: ModelVersion, model: RewardModel) -> list[DividingImage]:
    """Give the images on which known raters are expected to differ most, each rater's mean set aside."""
    tastes = list(model.known_raters.values())
    images, seen = sampled_images(version)
    if len(tastes) < 2 or not images:  # noqa: PLR2004 - a difference needs two
        return []
    rng = np.random.default_rng(0)
    chosen = [tastes[place] for place in rng.permutation(len(tastes))[:MOST_RATERS]]
    expected = model.design(seen) @ np.column_stack([taste.mean for taste in chosen])  # (N, raters)
    own = expected - expected.mean(axis=0)
    spread = own.std(axis=1)
    low, high = np.quantile(expected, (0.1, 0.9), axis=1)
    return [
        DividingImage(
            image=str(images[row]),
            spread=round(on_scale(version, spread[row]), 4),
            low=round(rating_of(version, low[row]), 3),
            high=round(rating_of(version, high[row]), 3),
        )
        for row in np.argsort(-spread)[:DIVIDERS]
    ]


def compare_taste(profile: TasteProfile, report: JobReport) -> None:
    """Compare what a rater is expected to like with what all raters are, image by image, and store it."""
    version = live_version(study_id=profile.participation.study_id)
    taste = taste_of(version=version, participation_id=profile.participation_id) if version is not None else None
    if version is None or taste is None or not taste.rating_count:
        raise ModelMissingError(NOTHING_LEARNED)
    report(staff_gettext("predicting"), 0.1)
    figures = taste_figures(version=version, taste=taste)
    participation = profile.participation
    if shows_taste_to(participation=participation):
        report(staff_gettext("comparing"), 0.5)
        own = taste_report(version=version, taste=taste, participation=participation)
        figures = replace(figures, report=own)
    save_taste_profile(profile=profile, figures=figures)


def taste_figures(*, version: ModelVersion, taste: Taste) -> TasteFigures:
    """Give the images in order, from those that the rater likes more than others do to those liked less."""
    model = model_of(version)
    images, seen = sampled_images(version)
    personal = model.predict(seen, TastePosterior.from_bytes(bytes(taste.posterior)))
    usual = model.predict(seen, model.prior()).mean
    difference = personal.mean - usual
    mean_difference = float(difference.mean()) if len(difference) else 0.0
    return TasteFigures(
        version=version,
        rating_count=taste.rating_count,
        last_rating=taste.last_rating,
        mean_difference=round(on_scale(version, mean_difference), DIGITS),
        images=[
            [
                str(images[row]),
                round(rating_of(version, personal.mean[row]), DIGITS),
                round(rating_of(version, usual[row]), DIGITS),
                round(on_scale(version, difference[row] - mean_difference), DIGITS),
                round(on_scale(version, personal.sd[row]), DIGITS),
            ]
            for row in np.argsort(mean_difference - difference)
        ],
    )


def sampled_images(version: ModelVersion) -> tuple[list[UUID], RepresentedImages]:
    """Give images that a version knows, all or a random sample, and what it sees in them."""
    keys = list(
        StoredRepresentation.objects.filter(model_version=version).order_by("pk").values_list("image_id", flat=True)
    )
    if len(keys) > MOST_IMAGES:
        keys = [keys[place] for place in np.random.default_rng(0).permutation(len(keys))[:MOST_IMAGES]]
    return stored_representation(version=version, images=keys)


def rating_of(version: ModelVersion, expected: float) -> float:
    """Give an expected rating, which is no value beyond the study's scale, as raters read it of themselves."""
    return version.study.scale_min + on_scale(version, min(max(expected, 0.0), 1.0))


def on_scale(version: ModelVersion, value: Floats | float) -> float:
    """Map a distance in [0, 1] to the study's scale."""
    return float(value * (version.study.scale_max - version.study.scale_min))
