"""Whether there is work for each task that the clock sends, so that nobody is sent for nothing."""

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from ratings.selectors import overdue
from ratings.selectors.arena import studies_with_arena
from ratings.selectors.waiting_jobs import job_kinds
from ratings.services.counted_studies import counts_due
from ratings.services.jobs.lifecycle import abandoned_jobs
from ratings.services.notifications import deliver, full_studies
from ratings.services.quality.requests import outdated_studies
from scoring.selectors.encoders import has_new_images
from scoring.selectors.training import participations_with_news, studies_wanting_training
from scoring.selectors.versions import live_versions
from scoring.services.retention import surplus
from scoring.services.runs import lost_versions_to_replace
from scoring.services.steering import unused_pictures
from scoring.services.tracked_runs import has_runs_to_track

LATELY = timedelta(days=1)


def has_prolific_work() -> bool:
    """Tell whether Prolific can be asked about anything."""
    return bool(settings.PROLIFIC_TOKEN) and overdue.has_prolific_studies()


def has_abandoned_jobs() -> bool:
    """Tell whether a job of any kind has no worker that says it lives."""
    return any(abandoned_jobs(kind=kind).exists() for kind in job_kinds())


def has_missed_ratings() -> bool:
    """Tell whether a rater was at work lately whose answers the live model has not all looked at."""
    since = timezone.now() - LATELY
    return any(participations_with_news(version=version, since=since) for version in live_versions())


def has_outdated_arenas() -> bool:
    """Tell whether a shown ranking is not of the present choices."""
    if not studies_with_arena().exists():
        return False
    from ratings.services.comparisons.arena import outdated_arenas  # brings SciPy, where rankings are shown

    return bool(outdated_arenas())


def has_due_training() -> bool:
    """Tell whether a study is to be trained: for new ratings, another encoder, or a model that was lost."""
    return bool(studies_wanting_training()) or bool(lost_versions_to_replace())


NEEDS: dict[str, Callable[[], bool]] = {
    "ratings.tasks.update_from_prolific": has_prolific_work,
    "ratings.tasks.release_expired_leases": overdue.has_ended_leases,
    "ratings.tasks.finish_begun_purges": overdue.has_unfinished_purges,
    "ratings.tasks.measure_due_quality": lambda: bool(outdated_studies()),
    "ratings.tasks.count_studies": lambda: bool(counts_due()),
    "ratings.tasks.update_due_arenas": has_outdated_arenas,
    "ratings.tasks.sweep_jobs": has_abandoned_jobs,
    "ratings.tasks.send_due_notifications": lambda: bool(deliver.due_notifications()),
    "ratings.tasks.announce_full_studies": lambda: bool(full_studies.newly_full_studies()),
    "ratings.tasks.discard_old_notifications": lambda: deliver.old_notifications().exists(),
    "ratings.tasks.discard_unclaimed_uploads": overdue.has_uploads,
    "scoring.tasks.embed_new_images": has_new_images,
    "scoring.tasks.learn_missed_ratings": has_missed_ratings,
    "scoring.tasks.start_nightly_training": overdue.has_open_studies,
    "scoring.tasks.start_due_training": has_due_training,
    "scoring.tasks.discard_old": lambda: not surplus().is_empty,
    "scoring.tasks.discard_unused_pictures": lambda: unused_pictures().exists(),
    "scoring.tasks.log_ended_runs": has_runs_to_track,
}
