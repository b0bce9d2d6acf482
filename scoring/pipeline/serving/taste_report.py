"""Say what was learned of one rater's taste, for the rater: pictures, words with how sure they are, and how good it is.

A rater who is not done is shown only pictures that they have rated: to see what is expected of others would sway them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

import numpy as np

from ratings.models import Participation, Study
from ratings.selectors.participations import rates_no_more
from scoring.ml.data.arrays import Floats, Ints
from scoring.ml.encoders.measures import measures_of, place_of_statistics
from scoring.ml.evaluation.taste_contrasts import Contrasts, contrasts, pair_accuracy
from scoring.ml.reward import Prediction, RepresentedImages, RewardModel
from scoring.ml.taste.posterior import TastePosterior
from scoring.models import ModelVersion, Taste
from scoring.pipeline.serving.live import model_of, stored_representation
from scoring.pipeline.serving.seen_traits import seen_traits
from scoring.prompts.traits import theme_of, traits_of
from scoring.selectors.own_taste import OwnOpinion, StudyPicture, own_opinions, parts_of_vectors, study_pictures

MOST_PICTURES = 4000  # compared, drawn at random from a larger study
FEWEST = 8  # pictures that have a trait, and that have not
SHOWN = 6  # pictures that are surely loved, or surely not
SHOWN_FURTHER = 3  # pictures liked more than others do, or less
MOST_OF_A_THEME = 3
MOST_STATEMENTS = 8
DIGITS = 4


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One rater's taste beside the pictures of the study."""

    study: Study
    model: RewardModel
    taste: TastePosterior
    pictures: Sequence[StudyPicture]
    seen: RepresentedImages
    said: Mapping[UUID, OwnOpinion]
    encoder_key: str
    is_over: bool  # the rater gives no more ratings, which what is expected could sway

    @property
    def span(self) -> float:
        """Give the length of the study's scale."""
        return self.study.scale_max - self.study.scale_min

    @cached_property
    def design(self) -> Floats:
        """Give the rows that tastes weigh, (N, k)."""
        return self.model.design(self.seen)

    @cached_property
    def expected(self) -> Prediction:
        """Give what the rater is expected to say, on [0, 1]."""
        return self.model.predict(self.seen, self.taste)

    @cached_property
    def usual(self) -> Floats:
        """Give what the average rater is expected to say, on [0, 1]."""
        return self.model.predict(self.seen, self.model.prior()).mean

    def on_scale(self, share: float) -> float:
        """Give a rating on the study's scale."""
        return round(self.study.scale_min + self.span * float(share), DIGITS)

    def distance(self, share: float) -> float:
        """Give a difference of ratings on the study's scale."""
        return round(self.span * float(share), DIGITS)

    def shown(self) -> Ints:
        """Give the rows of pictures that the rater may see on the page."""
        rows = [row for row, one in enumerate(self.pictures) if self.is_over or one.image_id in self.said]
        return np.array(rows, np.int64)


def taste_report(*, version: ModelVersion, taste: Taste, participation: Participation) -> dict[str, Any]:
    """Give all that the rater's page shows, on the study's scale, as JSON can hold it."""
    compared = comparison(version=version, taste=taste, participation=participation)
    if not compared.pictures:
        return {}
    shown = compared.shown()
    stated, count = statements(compared)
    return {
        "pictures": len(compared.pictures),
        **sure_pictures(compared, shown),
        "further": further_pictures(compared, shown),
        "statements": stated,
        "traits": count,
        "level": level(compared),
        "prediction": prediction(compared),
        "is_over": compared.is_over,
    }


def comparison(*, version: ModelVersion, taste: Taste, participation: Participation) -> Comparison:
    """Read what the report is made of; of a large study, a random sample and all that the rater has rated."""
    study = version.study
    said = {one.image_id: one for one in own_opinions(participation=participation)}
    described = {one.image_id: one for one in study_pictures(study_id=study.pk)}
    keys = list(described)
    drawn = [keys[place] for place in np.random.default_rng(0).permutation(len(keys))[:MOST_PICTURES]]
    wanted = list(dict.fromkeys([*drawn, *(image for image in said if image in described)]))
    known, seen = stored_representation(version=version, images=wanted)
    return Comparison(
        study=study,
        model=model_of(version),
        taste=TastePosterior.from_bytes(bytes(taste.posterior)),
        pictures=[described[image] for image in known],
        seen=seen,
        said=said,
        encoder_key=version.encoder_key,
        is_over=rates_no_more(participation),
    )


def sure_pictures(compared: Comparison, shown: Ints) -> dict[str, list[dict[str, Any]]]:
    """Give the pictures with the highest lower bounds, and with the lowest upper bounds, of what is expected.

    Only those whose bound lies on its side of what the rater is expected to give on average.
    """
    mean, sd = compared.expected.mean, compared.expected.sd
    usual = float(mean.mean())
    low, high = mean - sd, mean + sd
    loved = [row for row in shown[np.argsort(-low[shown], kind="stable")] if low[row] > usual]
    disliked = [row for row in shown[np.argsort(high[shown], kind="stable")] if high[row] < usual]
    return {
        "loved": [picture(compared, row) for row in loved[:SHOWN]],
        "disliked": [picture(compared, row) for row in disliked[:SHOWN]],
    }


def further_pictures(compared: Comparison, shown: Ints) -> list[dict[str, Any]]:
    """Give the pictures that the rater surely likes more, or less, than others do, their mean difference set aside."""
    found = contrasts(compared.model, compared.taste, compared.design - compared.design.mean(axis=0))
    surest = [row for row in shown[np.argsort(-found.surety[shown], kind="stable")] if found.surety[row] > 0]
    more = [row for row in surest if found.value[row] > 0][:SHOWN_FURTHER]
    less = [row for row in surest if found.value[row] < 0][:SHOWN_FURTHER]
    return [{**picture(compared, row), **interval(compared, found, row)} for row in (*more, *less)]


def picture(compared: Comparison, row: int) -> dict[str, Any]:
    """Describe one picture; figures only to whom they cannot sway: what is expected, how surely, and what was said."""
    image = compared.pictures[row].image_id
    if not compared.is_over:
        return {"image": str(image)}
    said = compared.said.get(image)
    return {
        "image": str(image),
        "expected": compared.on_scale(np.clip(compared.expected.mean[row], 0.0, 1.0)),
        "sd": compared.distance(compared.expected.sd[row]),
        "said": said.value if said else None,
    }


def interval(compared: Comparison, found: Contrasts, row: int) -> dict[str, float]:
    """Give a difference with its interval on the study's scale."""
    return {
        "difference": compared.distance(found.value[row]),
        "low": compared.distance(found.low[row]),
        "high": compared.distance(found.high[row]),
    }


def level(compared: Comparison) -> dict[str, float]:
    """Say how much higher than others the rater rates on average."""
    return interval(compared, contrasts(compared.model, compared.taste, compared.design.mean(axis=0)[None]), 0)


def statements(compared: Comparison) -> tuple[list[dict[str, Any]], int]:
    """Give what is surely liked more or less than others do, the surest first, and how many traits were looked at.

    Nothing is stated whose interval holds zero.
    """
    directions = trait_directions(compared)
    if not directions:
        return [], 0
    traits = list(directions)
    found = contrasts(compared.model, compared.taste, np.array([directions[trait] for trait in traits]))
    stated: list[dict[str, Any]] = []
    of_theme: dict[str, int] = {}
    for row in np.argsort(-found.surety, kind="stable"):
        theme = theme_of(traits[row])
        if found.surety[row] > 0 and of_theme.get(theme, 0) < MOST_OF_A_THEME:
            of_theme[theme] = of_theme.get(theme, 0) + 1
            stated.append({"trait": traits[row], **interval(compared, found, int(row))})
    return stated[:MOST_STATEMENTS], len(traits)


def trait_directions(compared: Comparison) -> dict[str, Floats]:
    """Give, for each trait, the mean row of the pictures that have it less that of those that have not, (k,)."""
    pictures, design = compared.pictures, compared.design
    seen = seen_traits(encoder_key=compared.encoder_key, images=[one.image_id for one in pictures])
    stated = traits_of(
        prompts=[one.prompt for one in pictures],
        domains=[one.domain for one in pictures],
        columns=[one.columns for one in pictures],
        seen=[seen.get(one.image_id, frozenset()) for one in pictures],
        fewest=FEWEST,
    )
    found: dict[str, Floats] = {}
    for trait, places in stated.items():
        has = np.zeros(len(pictures), bool)
        has[places] = True
        found[trait] = design[has].mean(axis=0) - design[~has].mean(axis=0)
    return {**found, **measured_directions(compared)}


def measured_directions(compared: Comparison) -> dict[str, Floats]:
    """Give, for each measured property, the mean row of its upper third less that of its lower third, (k,)."""
    place, keys = place_of_statistics(compared.encoder_key), [one.image_id for one in compared.pictures]
    if place is None or len(keys) < 3 * FEWEST:
        return {}
    parts = parts_of_vectors(encoder_key=compared.encoder_key, images=keys, start=place[0], length=place[1])
    rows = [row for row, key in enumerate(keys) if key in parts]
    if len(rows) < 3 * FEWEST:
        return {}
    statistics = np.array([np.asarray(parts[keys[row]]) for row in rows], np.float64)
    design, third = compared.design[rows], len(rows) // 3
    found = {}
    for name, values in measures_of(statistics).items():
        order = np.argsort(values, kind="stable")
        if values[order[-third]] > values[order[third - 1]]:
            found[f"{name}:high"] = design[order[-third:]].mean(axis=0) - design[order[:third]].mean(axis=0)
    return found


def prediction(compared: Comparison) -> dict[str, Any]:
    """Say how well the rater is predicted on the pictures that were drawn uniformly and never learned from."""
    rows = [row for row, one in enumerate(compared.pictures) if is_held_out(compared.said.get(one.image_id))]
    values = np.array([compared.said[compared.pictures[row].image_id].value for row in rows], np.float64)
    found = pair_accuracy(values, compared.expected.mean[rows]) if rows else None
    usual = pair_accuracy(values, compared.usual[rows]) if rows else None
    if found is None or usual is None:
        return {"pictures": len(rows)}
    expected = np.array([compared.on_scale(share) for share in compared.expected.mean[rows]])
    return {
        "pictures": len(rows),
        "pairs": found.pairs,
        "share": round(found.share, DIGITS),
        "low": round(found.low, DIGITS),
        "high": round(found.high, DIGITS),
        "everybody": round(usual.share, DIGITS),
        "error": round(float(np.abs(values - expected).mean()), DIGITS),
    }


def is_held_out(opinion: OwnOpinion | None) -> bool:
    """Tell whether a picture was rated, and kept from learning."""
    return opinion is not None and opinion.is_held_out
