"""Thin Celery tasks: an id in, one call. Torch is loaded inside the bodies, so that the web side never does."""

from uuid import UUID

from celery import shared_task

from ratings.choices import StudyState
from ratings.models import Study
from ratings.services.stopping import stop_rated_images
from ratings.tasks import PatientTask, queue_job
from scoring.selectors.training import studies_wanting_training
from scoring.services import retention, steering
from scoring.services.runs import request_each, request_replacements
from scoring.services.taste_profiles import request_due_profiles
from scoring.services.tracked_runs import request_due_tracking


@shared_task(time_limit=60, base=PatientTask)
def learn_from_raters(participation_ids: list[str]) -> None:
    """Take what raters did into their tastes; running twice does no harm, since a taste knows its newest rating."""
    from scoring.pipeline.serving import learn, stopping

    keys = [UUID(key) for key in participation_ids]
    learn.learn_from_raters(participation_ids=keys)
    stop_rated_images(participation_ids=keys)
    stopping.stop_sure_raters(participation_ids=keys)
    for profile in request_due_profiles(participation_ids=keys):
        queue_job(profile)


@shared_task(time_limit=60, base=PatientTask)
def learn_from_choices(participation_id: str) -> None:
    """Take a rater's choices into their taste; running twice gives the same taste: it starts at the prior."""
    from scoring.pipeline.serving import learn

    learn.learn_from_choices(participation_id=UUID(participation_id))


@shared_task(time_limit=60, base=PatientTask)
def relearn_taste(participation_id: str) -> None:
    """Learn a taste from the start; running twice gives the same taste."""
    from scoring.pipeline.serving import learn

    learn.relearn_taste(participation_id=UUID(participation_id))


@shared_task(time_limit=60, base=PatientTask)
def refill_queues(participation_ids: list[str]) -> None:
    """Choose raters' next images; running twice replaces a queue by one as good."""
    from scoring.pipeline.serving import learn

    for key in participation_ids:
        learn.refill_queue(participation_id=UUID(key))


@shared_task(time_limit=6 * 3600, base=PatientTask)
def embed_new_images() -> None:
    """Embed images that have no vector yet and show them to the live models; what is done is not done again."""
    from scoring.pipeline.serving import catch_up

    catch_up.embed_new_images()


@shared_task(time_limit=600, base=PatientTask)
def follow_live_model(study_id: int) -> None:
    """Bring a model that has just gone live up to date; running twice looks at the same rating rows once."""
    from scoring.pipeline.serving import catch_up

    catch_up.follow_live_model(study_id=study_id)


@shared_task(time_limit=600, base=PatientTask)
def learn_missed_ratings() -> None:
    """Learn from ratings whose message was lost; a taste knows its newest rating, so none counts twice."""
    from scoring.pipeline.serving import catch_up

    catch_up.learn_missed_ratings()


@shared_task(time_limit=300, base=PatientTask)
def start_nightly_training() -> None:
    """Start training wherever raters are at work; a run that finds nothing new ends at once."""
    for run in request_each(studies=Study.objects.filter(state=StudyState.OPEN), reason="the clock"):
        queue_job(run)


@shared_task(time_limit=300, base=PatientTask)
def start_due_training() -> None:
    """Start training where a model was lost, enough new ratings came in, or the encoder was switched.

    There is one run per study at a time, and one for a model that was lost.
    """
    for run in request_replacements():
        queue_job(run)
    for run in request_each(studies=studies_wanting_training(), reason="new ratings or encoder"):
        queue_job(run)


@shared_task(time_limit=300, base=PatientTask)
def discard_unused_pictures() -> None:
    """Delete pictures of searches that went with their rater; what is gone is not deleted twice."""
    steering.discard_unused_pictures()


@shared_task(time_limit=3600, base=PatientTask)
def discard_old() -> None:
    """Discard what is kept longer than the settings say; what is gone is not discarded twice."""
    retention.discard_surplus()


@shared_task(time_limit=60, base=PatientTask)
def log_ended_runs() -> None:
    """Have ended runs logged to the configured trackers; of each run and tracker there is one row."""
    for row in request_due_tracking():
        queue_job(row)
