"""Figures of an installation for those who operate it, each by a query that stays cheap as records grow."""

from datetime import timedelta

from django.db.models import Avg, Count, ExpressionWrapper, F, OuterRef, Subquery
from django.db.models.fields import DurationField
from django.db.models.functions import Now
from django.utils import timezone

from ratings.choices import JobState, StudyState
from ratings.models import Rating, Study, TaskFailure
from ratings.registry import FAMILIES
from ratings.selectors.overview import studies_with_figures
from ratings.selectors.waiting_jobs import job_kinds
from scoring.models import EmbeddingAttempt, ModelState, ModelVersion, Taste
from scoring.selectors.training import MOST_ATTEMPTS, participations_with_news
from scoring.selectors.versions import live_versions

NEWEST = 1000  # answers that shares are counted over
DAY = timedelta(days=1)
LATELY = timedelta(minutes=5)
PLACES = ("slug", "places_taken", "places_wanted")

Facts = dict[tuple[str, ...], float]


def newest_numbers() -> Facts:
    """Give, by family, the number of the newest answer: it grows by one with each, but for those rolled back."""
    newest = {(one.calls,): one.answer._default_manager.order_by("-pk").values("pk").first() for one in FAMILIES}
    return {key: float(row["pk"]) if row else 0.0 for key, row in newest.items()}


def policy_shares() -> Facts:
    """Give how large a share of the newest ratings each policy chose the images of."""
    newest = Rating.objects.order_by("-pk").values_list("assignment__policy", flat=True)[:NEWEST]
    found = list(newest)
    return {(policy,): found.count(policy) / len(found) for policy in sorted(set(found))}


def model_ages() -> Facts:
    """Give, by study, for how many seconds its model has served."""
    rows = ModelVersion.objects.filter(state=ModelState.LIVE).values_list("study__slug", "promoted_at")
    now = timezone.now()
    return {(slug,): (now - at).total_seconds() for slug, at in rows if at is not None}


def coverage() -> Facts:
    """Give, by open study, the share of the wanted answers that are taken; of a large one as a worker counted it."""
    open_studies = studies_with_figures(studies=Study.objects.filter(state=StudyState.OPEN))
    rows = open_studies.values(*PLACES)
    return {(row["slug"],): row["places_taken"] / row["places_wanted"] if row["places_wanted"] else 0.0 for row in rows}


def raters_unlearned() -> Facts:
    """Count, by study, the raters seen within a day with answers that the live model has not looked at."""
    since = timezone.now() - DAY
    found = [(one.study.slug, participations_with_news(version=one, since=since)) for one in live_versions()]
    return {(slug,): float(len(raters)) for slug, raters in found}


def learning_delay() -> Facts:
    """Give the mean seconds from a rating to the taste that knows it, over the last five minutes; none without any."""
    since = timezone.now() - LATELY
    given = Subquery(Rating.objects.filter(pk=OuterRef("last_rating")).values("created_at")[:1])
    tastes = Taste.objects.filter(model_version__state=ModelState.LIVE, updated_at__gte=since).annotate(given=given)
    delay = ExpressionWrapper(F("updated_at") - F("given"), output_field=DurationField())
    mean = tastes.filter(given__gte=since).aggregate(mean=Avg(delay))["mean"]
    return {(): mean.total_seconds()} if mean is not None else {}


def job_counts() -> Facts:
    """Count the jobs by kind and state: those that wait, those at work, and those that failed within a day."""
    found: Facts = {}
    for kind in job_kinds():
        rows = kind._default_manager.filter(state__in=(JobState.QUEUED, JobState.RUNNING))
        failed = kind._default_manager.filter(state=JobState.FAILED, finished_at__gte=timezone.now() - DAY)
        states = {JobState.QUEUED: 0, JobState.RUNNING: 0, JobState.FAILED: failed.count()}
        states |= dict(rows.order_by().values_list("state").annotate(count=Count("pk")))
        found |= {(kind.__name__, str(state)): float(count) for state, count in states.items()}
    return found


def failed_tasks() -> Facts:
    """Count, by task without a row of its own, how often it failed lately."""
    rows = TaskFailure.objects.filter(last_at__gte=timezone.now() - DAY)
    return {(task,): float(count) for task, count in rows.values_list("task", "count")}


def images_given_up() -> Facts:
    """Count the images at which so many workers died that they are left out."""
    rows = EmbeddingAttempt.objects.filter(count__gte=MOST_ATTEMPTS, claimed_until__lte=Now())
    return {(): float(rows.count())}
