"""Process what no single event triggers: new images, ratings whose message was lost, a new live model."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from django.db import InterfaceError, OperationalError
from django.utils import timezone

from ratings.files.names import listed_names
from ratings.models import Participation, Study
from ratings.services.assign import drop_stale_queues
from ratings.services.comparisons.queueing import drop_stale_comparisons
from ratings.services.failures import record_failure
from scoring.exceptions import EmbeddingGivenUpError
from scoring.models import ModelState, ModelVersion
from scoring.pipeline.inputs.embeddings import embed_missing
from scoring.pipeline.serving import learn
from scoring.pipeline.serving.live import live_model, model_of
from scoring.pipeline.serving.precompute import represent_missing
from scoring.selectors import training
from scoring.selectors.choices import participations_with_choices, participations_with_new_choices
from scoring.selectors.encoders import given_up_work, keys_in_use
from scoring.selectors.skips import participations_with_new_skips, participations_with_skips
from scoring.selectors.versions import live_version, versions_missing_images
from scoring.services import versions

logger = logging.getLogger(__name__)

AT_WORK = timedelta(minutes=30)
LATELY = timedelta(days=1)
REDESCRIBED_AT_ONCE = 2000


def embed_new_images() -> None:
    """Embed images without a vector, then let every live model see them and what was said of them.

    An image whose description changed is new to the models that read it. An error of one encoder or model is logged,
    and does not stop the others.
    """
    for key, studies in sorted(keys_in_use().items()):
        with record_failures(f"embedding images for the encoder {key!r}"):
            embed_missing(encoder_key=key, studies=studies)
        with record_failures(given_up_work(key)):
            reject_given_up(encoder_key=key)
    with record_failures("letting models see images again that are described otherwise"):
        while versions.forget_redescribed(limit=REDESCRIBED_AT_ONCE):
            pass
    for version in versions_missing_images():
        with record_failures(f"showing new images to model {version} of {version.study.slug!r}"):
            represent_new_images(version)


def reject_given_up(*, encoder_key: str) -> None:
    """Say which images are left out, since the workers that embedded them died."""
    lost = [str(key) for key in training.given_up(encoder_key=encoder_key).values_list("image", flat=True)]
    if lost:
        raise EmbeddingGivenUpError(
            f"{len(lost)} images are left out, at each of which {training.MOST_ATTEMPTS} workers died: "
            f"{listed_names(lost)}; look into the workers' log, and give them more memory, or remove the images."
        )


def represent_new_images(version: ModelVersion) -> None:
    """Let a live model see the images that it has not seen, and relearn the tastes of those who judged them."""
    seen = represent_missing(version, model_of(version))
    rated = training.raters_of_images(study_id=version.study_id, images=seen)
    compared = participations_with_choices(study_id=version.study_id, images=seen)
    skipped = participations_with_skips(study_id=version.study_id, images=seen)
    for participation_id in dict.fromkeys([*rated, *compared, *skipped]):
        learn.relearn_taste(participation_id=participation_id)


@contextmanager
def record_failures(what: str) -> Iterator[None]:
    """Log what goes wrong in a part, and go on with the next; an unreachable database ends the whole."""
    try:
        yield
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        logger.exception("%s", what)
        record_failure(task=what, error=error)


def learn_missed_ratings() -> None:
    """Learn from recent ratings, choices and skips whose message was lost."""
    since = timezone.now() - LATELY
    for version in ModelVersion.objects.filter(state=ModelState.LIVE).select_related("study"):
        rated = training.participations_with_news(version=version, since=since)
        compared = participations_with_new_choices(version=version, since=since)
        skipped = participations_with_new_skips(version=version, since=since)
        learn_new_answers(version.study, rated)
        learn_new_answers(version.study, list(dict.fromkeys([*compared, *skipped])), from_start=True)


def follow_live_model(*, study_id: int) -> None:
    """Update a model that has just gone live: choices, skips, newer ratings, then the queues of raters at work.

    A rater who is away gets a queue with the first images that they take when they are back.
    """
    version = live_version(study_id=study_id)
    if version is None:
        return
    learn_new_answers(version.study, training.participations_with_news(version=version))
    others = (*participations_with_choices(study_id=study_id), *participations_with_skips(study_id=study_id))
    learn_new_answers(version.study, list(dict.fromkeys(others)), from_start=True)
    lately = timezone.now() - AT_WORK
    drop_stale_queues(study_id=study_id, model_version=str(version), since=lately)
    drop_stale_comparisons(study_id=study_id, model_version=str(version), since=lately)
    for participation_id in training.raters_at_work(study_id=study_id, since=lately):
        learn.refill_queue(participation_id=participation_id)


def learn_new_answers(study: Study, participations: list[UUID], *, from_start: bool = False) -> None:
    """Update the tastes of raters of a study with their later answers, or learn all of these again."""
    serving = live_model(study)
    if serving is None:
        return
    for participation in Participation.objects.filter(pk__in=participations).select_related("study", "rater__profile"):
        learn.update_taste(serving, participation, from_start=from_start)
