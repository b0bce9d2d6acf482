"""Learn from each rating at once, and choose what the rater sees next."""

from collections.abc import Sequence
from uuid import UUID

import numpy as np

from ratings.choices import Policy
from ratings.models import Participation, Rating, StudyImage
from ratings.selectors.candidates import ordinal_count, sampled_unseen_images
from ratings.services.assign import QueueItem, enqueue
from scoring.ml.acquire import Request, Settings, choose
from scoring.ml.data import Floats
from scoring.ml.reward import Representation, RewardModel
from scoring.ml.taste import Outcome, TastePosterior
from scoring.models import ModelVersion, Taste
from scoring.pipeline.live import live_model, prior_of, stored_representation
from scoring.selectors.choices import ChoiceRow, choices_to_learn, taught_participation
from scoring.selectors.training import RatingRow, news_of, ratings_to_learn
from scoring.services.tastes import change_taste

QUEUE_LENGTH = 12
CANDIDATES = 2000
OUTCOMES: dict[str, Outcome] = {"left": "first", "right": "second", "tie": "tie"}
WITH_RATER = ("participation__study", "participation__rater__profile")


def learn_from_rating(*, rating_id: int) -> None:
    """Take a new opinion into the rater's taste, and choose what the rater sees next."""
    rating = Rating.objects.select_related(*WITH_RATER).filter(pk=rating_id).first()
    if rating is not None:
        update_taste(rating.participation)
        refill(rating.participation)


def learn_from_choices(*, participation_id: UUID) -> None:
    """Take a rater's choices into the taste that learns from them, and choose what they see next there."""
    participation = taught_participation(participation_id=participation_id)
    if participation is not None:
        update_taste(participation, from_start=True)
        refill(participation)


def relearn_taste(*, participation_id: UUID) -> None:
    """Learn a rater's taste from the start: an opinion was taken back, or an image has only now been seen."""
    participation = Participation.objects.select_related("study", "rater__profile").filter(pk=participation_id).first()
    if participation is None:
        return
    update_taste(participation, from_start=True)
    refill(participation)


def refill_queue(*, participation_id: UUID) -> None:
    """Choose a rater's next images, unless they are gone."""
    participation = Participation.objects.select_related("study", "rater__profile").filter(pk=participation_id).first()
    if participation is not None:
        refill(participation)


def update_taste(participation: Participation, *, from_start: bool = False) -> None:
    """Take all that the rater did since the live model last looked into their taste.

    One rater's rows are written one after the other, so the newest row looked at says it all: in whatever order
    and however often this runs, each opinion counts once. A changed opinion makes the taste anew, and so does
    every event of a rater with choices: those follow the ratings, in their order, and each counts once as well.
    """
    found = live_model(participation.study)
    if found is None:
        return
    version, model = found
    prior = prior_of(model, participation)

    def change(taste: Taste) -> None:
        choices = choices_to_learn(participation=participation)
        is_anew = from_start or bool(choices)
        news = news_of(participation=participation, after=0 if is_anew else taste.last_rating)
        if is_anew or (news is not None and news.has_changes):
            taste.posterior, taste.rating_count, taste.last_rating = prior, 0, 0
        posterior = TastePosterior.from_bytes(bytes(taste.posterior))
        if news is not None:
            rows = ratings_to_learn(participation=participation, after=taste.last_rating, upto=news.newest)
            seen, values = opinions(version, participation, rows)
            posterior = model.posterior(seen, values, posterior)
            taste.rating_count += len(values)
            taste.last_rating = news.newest
        taste.posterior = with_choices(version, model, posterior, choices).to_bytes()

    change_taste(version=version, participation_id=participation.pk, prior=prior, change=change)


def with_choices(
    version: ModelVersion, model: RewardModel, posterior: TastePosterior, choices: Sequence[ChoiceRow]
) -> TastePosterior:
    """Learn from choices, one after the other; those of images that the version has not seen are left out."""
    images = list({image: None for choice in choices for image in (choice.left, choice.right)})
    known, seen = stored_representation(version=version, images=images) if images else ([], None)
    places = {image: place for place, image in enumerate(known)}
    for choice in choices:
        if seen is not None and choice.left in places and choice.right in places:
            pair = seen.take(np.array([places[choice.left], places[choice.right]]))
            posterior = model.choose(posterior, pair, OUTCOMES[choice.answer])
    return posterior


def opinions(
    version: ModelVersion, participation: Participation, rows: Sequence[RatingRow]
) -> tuple[Representation, Floats]:
    """Give what a version sees in rated images, and the ratings in [0, 1]; images it has not seen are left out."""
    values = {row.image_id: participation.study.unit_value(row.value) for row in rows}
    known, seen = stored_representation(version=version, images=list(values))
    return seen, np.array([values[image] for image in known], np.float64)


def refill(participation: Participation) -> int:
    """Choose the rater's next images with the live model; give how many were queued."""
    found = live_model(participation.study)
    if found is None or not participation.study.is_open or participation.is_complete:
        return 0
    version, model = found
    rows = sampled_unseen_images(participation=participation, limit=CANDIDATES)
    rows_of = {row.image_id: row for row in rows}
    known, candidates = stored_representation(version=version, images=list(rows_of))
    if not known:
        return 0
    taste = Taste.objects.filter(model_version=version, participation=participation).first()
    packed = taste.posterior if taste else prior_of(model, participation)
    rng = np.random.default_rng()
    burns_in = (taste.rating_count if taste else 0) < participation.study.burn_in
    policy = Policy.BURN_IN if burns_in else Policy.ACTIVE
    choices = choose(
        "burn-in" if burns_in else "active",
        Request(
            model=model,
            taste=TastePosterior.from_bytes(bytes(packed)),
            candidates=candidates,
            count=min(QUEUE_LENGTH, len(known)),
            rated=rated_so_far(version, participation) if burns_in else None,
            share=min(1.0, CANDIDATES / max(ordinal_count(study_id=participation.study_id), 1)),
            settings=Settings(floor=participation.study.uniform_floor),
        ),
        rng,
    )
    items = [queue_item(rows_of[known[choice.row]], policy, choice.propensity, choice.score) for choice in choices]
    return enqueue(participation_id=participation.pk, items=items, model_version=str(version))


def rated_so_far(version: ModelVersion, participation: Participation) -> Representation:
    """Give what a version makes of the images that the rater has rated: burn-in keeps away from their like."""
    images = participation.ratings.filter(replaced_at__isnull=True).values_list("image_id", flat=True)
    return stored_representation(version=version, images=list(images))[1]


def queue_item(row: StudyImage, policy: Policy, propensity: float, score: float) -> QueueItem:
    """Make the queue's item of a choice."""
    return QueueItem(
        study_image_id=row.pk,
        image_id=row.image_id,
        policy=policy,
        propensity=min(float(propensity), 1.0),
        score=float(score),
    )
