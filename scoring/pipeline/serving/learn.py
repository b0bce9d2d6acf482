"""Learn from each rating at once, and choose what the rater sees next."""

import logging
from collections.abc import Mapping, Sequence
from functools import partial
from uuid import UUID

import numpy as np

from ratings.choices import Policy
from ratings.models import Participation
from ratings.registry import design_of
from ratings.selectors.candidates import waiting_images
from ratings.selectors.participations import participation_with_study
from ratings.services.assign import QueueItem, enqueue
from ratings.values.comparisons import LOST, TIED
from scoring.ml.data.arrays import Floats, Ints
from scoring.ml.reward import RepresentedImages
from scoring.ml.selection.acquisition import AcquisitionRequest, AcquisitionSettings, ChosenRow, choose
from scoring.ml.taste.comparisons import AT_ONCE, Report, ShownGames
from scoring.ml.taste.posterior import TastePosterior
from scoring.models import ModelVersion, Taste
from scoring.pipeline.serving.candidate_pool import Pool, pool_of, seen_by
from scoring.pipeline.serving.choose_comparisons import refill_comparisons
from scoring.pipeline.serving.live import Serving, live_model, prior_of, stored_representation
from scoring.selectors.choices import ChoiceRow, choices_to_learn, taught_participation
from scoring.selectors.skips import AVERAGE_PICTURE, skips_to_learn
from scoring.selectors.training import TrainingRow, news_of, raters_with_news
from scoring.selectors.versions import taste_of
from scoring.services.tastes import change_taste

logger = logging.getLogger(__name__)

QUEUE_LENGTH = 12
SHORT = 8  # a queue with fewer images is replaced, with all that was learned meanwhile


def learn_from_raters(*, participation_ids: Sequence[UUID]) -> None:
    """Update the tastes of raters by their latest answers, and choose what each sees next.

    When messages pile up, the first one about a rater covers the later ones, which then cost almost nothing.
    """
    for study, participations in raters_with_news(participation_ids=participation_ids).items():
        serving = live_model(study)
        if serving is not None:
            for participation in participations:
                learn_from_rater(serving, participation)


def learn_from_rater(serving: Serving, participation: Participation) -> None:
    """Update a rater's taste by their new ratings, and choose what they see next once few images wait."""
    taste = update_taste(serving, participation)
    if taste is not None and wants_refill(participation, taste):
        refill(serving, participation, taste)


def wants_refill(participation: Participation, taste: Taste) -> bool:
    """Tell whether few images wait, or any was chosen in another way than it would be now."""
    now = (policy_of(participation, taste), str(taste.model_version))
    waiting = waiting_images(participation_id=participation.pk)
    return len(waiting) < SHORT or any(image != now for image in waiting)


def policy_of(participation: Participation, taste: Taste | None) -> Policy:
    """Say how a rater's next images are chosen."""
    learned = taste.rating_count if taste else 0
    return Policy.BURN_IN if learned < participation.study.burn_in else Policy.ACTIVE


def learn_from_choices(*, participation_id: UUID) -> None:
    """Update the taste that learns from a rater's choices, and choose what they see next, there and here."""
    taught = taught_participation(participation_id=participation_id)
    rebuild_taste(taught)
    if taught is not None and taught.pk != participation_id:
        refill_queue(participation_id=participation_id)


def relearn_taste(*, participation_id: UUID) -> None:
    """Learn a rater's taste from the start: a rating was undone, or an image has only now been represented."""
    rebuild_taste(participation_with_study(participation_id=participation_id))


def rebuild_taste(participation: Participation | None) -> None:
    """Learn all of a rater's answers from the start, and choose what they see next, unless they are gone."""
    serving = live_model(participation.study) if participation else None
    if participation is not None and serving is not None:
        taste = update_taste(serving, participation, from_start=True)
        refill(serving, participation, taste)


def refill_queue(*, participation_id: UUID) -> None:
    """Choose what a rater sees next, unless they are gone, by the taste that their answers teach."""
    participation = participation_with_study(participation_id=participation_id)
    if participation is None:
        return
    is_elsewhere = participation.study.taste_from_id is not None
    taught = taught_participation(participation_id=participation_id) if is_elsewhere else participation
    serving = live_model(taught.study) if taught else None
    if taught is not None and serving is not None:
        refill(serving, participation, taste_of(version=serving.version, participation_id=taught.pk))


def update_taste(serving: Serving, participation: Participation, *, from_start: bool = False) -> Taste | None:
    """Update a rater's taste by all that they did since the live model last looked; give it if there was any.

    One rater's rows are written one after the other, so the newest row looked at says it all: in whatever order
    and however often this runs, each rating counts once. After a changed rating the taste is rebuilt, and after
    every event of a rater with choices or skips: those follow the ratings, in one posterior, and each counts once.
    """
    version, model = serving.version, serving.model
    prior = partial(prior_of, model, participation)
    news_after = partial(news_of, participation=participation, scale=version.scale)

    def change(taste: Taste) -> bool:
        choices = choices_to_learn(participation=participation) + skips_to_learn(participation=participation)
        is_from_scratch = from_start or bool(choices)
        news = news_after(after=0 if is_from_scratch else taste.last_rating)
        if news is None and not is_from_scratch:
            return False
        if news is not None and news.has_changes and taste.last_rating:
            is_from_scratch, news = True, news_after(after=0)
        if is_from_scratch:
            taste.posterior, taste.rating_count, taste.last_rating = prior(), 0, 0
        posterior = TastePosterior.from_bytes(bytes(taste.posterior))
        if news is not None:
            seen, values = learnable_ratings(version, participation, news.learnable)
            posterior = model.posterior(seen, values, posterior)
            taste.rating_count += len(values)
            taste.last_rating = news.newest
        report = partial(warn_of_choices, participation)
        taste.posterior = with_choices(serving, posterior, choices, report=report).to_bytes()
        return True

    return change_taste(version=version, participation_id=participation.pk, prior=prior, change=change)


def warn_of_choices(participation: Participation, trouble: str) -> None:
    """Say in the log whose choices could not be learned as they are meant to be."""
    logger.warning("Taste of %s in %s: %s.", participation, participation.study.slug, trouble)


def with_choices(
    serving: Serving, posterior: TastePosterior, choices: Sequence[ChoiceRow], *, report: Report
) -> TastePosterior:
    """Learn from choices, many at a time; games of images that the version has not seen are left out."""
    images = list({image: None for choice in choices for image in choice.shown})
    known, seen = stored_representation(version=serving.version, images=images) if images else ([], None)
    places = {image: place for place, image in enumerate(known)}
    if seen is not None and known and AVERAGE_PICTURE in images:
        places[AVERAGE_PICTURE], seen = len(known), seen.joined(serving.model.average_picture())
    step = AT_ONCE // max((len(choice.games) for choice in choices), default=1)
    for start in range(0, len(choices), step):
        games, shown = games_of(choices[start : start + step], places)
        if seen is not None and games.screens:
            posterior = serving.model.learn_choices(posterior, seen.take(shown), games, report)
    return posterior


def games_of(choices: Sequence[ChoiceRow], places: Mapping[UUID, int]) -> tuple[ShownGames, Ints]:
    """Give the games of known images, and the place of what was shown in each row that these name."""
    shown: list[int] = []
    played: list[tuple[int, int, bool]] = []
    screens = 0
    for choice in choices:
        before, first = len(played), len(shown)
        shown += [places.get(image, 0) for image in choice.shown]
        for game in choice.games:
            if choice.shown[game.one] in places and choice.shown[game.other] in places:
                sides = (game.other, game.one) if game.score == LOST else (game.one, game.other)
                played.append((first + sides[0], first + sides[1], game.score == TIED))
        screens += len(played) > before
    better, worse, tied = np.array(played, np.int64).reshape(-1, 3).T
    return ShownGames(better=better, worse=worse, is_tied=tied.astype(bool), screens=screens), np.array(shown, np.int64)


def learnable_ratings(
    version: ModelVersion, participation: Participation, rows: Sequence[TrainingRow]
) -> tuple[RepresentedImages, Floats]:
    """Give what a version sees in rated images, and the ratings in [0, 1]; images it has not seen are left out."""
    values = {row.image_id: participation.study.unit_value(row.value) for row in rows}
    known, seen = seen_by(version, list(values))
    return seen, np.array([values[image] for image in known], np.float64)


def refill(serving: Serving, participation: Participation, taste: Taste | None) -> int:
    """Choose what the rater sees next by what is known of their taste; give how many were queued."""
    study = participation.study
    if not study.is_open or participation.is_complete:
        return 0
    version, model = serving.version, serving.model
    posterior = TastePosterior.from_bytes(bytes(taste.posterior if taste else prior_of(model, participation)))
    if design_of(study).comparison is not None:
        return refill_comparisons(serving, participation, posterior) if study.chooses_comparisons else 0
    pool = pool_of(version)
    rows = pool.open_rows(participation)
    if not len(rows):
        return 0
    policy = policy_of(participation, taste)
    burns_in = policy == Policy.BURN_IN
    choices = choose(
        "burn-in" if burns_in else "active",
        AcquisitionRequest(
            model=model,
            taste=posterior,
            candidates=pool.seen.take(rows),
            count=min(QUEUE_LENGTH, len(rows)),
            rated=rated_so_far(version, participation) if burns_in else None,
            share=pool.share,
            settings=AcquisitionSettings(floor=participation.study.uniform_floor).for_rater(
                taste.rating_count if taste else 0
            ),
        ),
        np.random.default_rng(),
    )
    items = [queue_item(pool, int(rows[choice.row]), policy, choice) for choice in choices]
    return enqueue(participation_id=participation.pk, items=items, model_version=str(version))


def rated_so_far(version: ModelVersion, participation: Participation) -> RepresentedImages:
    """Give what a version makes of the images that the rater has rated: burn-in avoids similar ones."""
    images = participation.ratings.filter(replaced_at__isnull=True).values_list("image_id", flat=True)
    return seen_by(version, list(images))[1]


def queue_item(pool: Pool, row: int, policy: Policy, choice: ChosenRow) -> QueueItem:
    """Make the queue's item of a choice."""
    return QueueItem(
        study_image_id=pool.study_images[row],
        image_id=pool.images[row],
        policy=policy,
        propensity=min(choice.propensity, 1.0),
        score=choice.score,
    )
