"""What the raters' page *Made for you* reads: whether a wish may be made now, and what was made so far."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from ratings.choices import ACTIVE_JOB_STATES, AssignmentKind, JobState, StudyState
from ratings.models import Assignment, Participation, Rating, Study
from ratings.registry import names_where
from scoring.models import SteeringOffer, SteeringRun, SteeringStep
from scoring.selectors.steering import rated_enough
from scoring.selectors.versions import live_version

DAY = timedelta(days=1)
SHOWN_RUNS = 50  # newest first
PROMPTS = (  # each of which the built-in sketches can draw
    "a vase and fruit on a table",
    "mountains above a lake",
    "a walker in a narrow street",
    "a portrait in a statement hat",
    "a jazz concert poster",
    "a path through the forest",
)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Whether a rater may have pictures made now: a stable name, a sentence, and how many wishes are left today."""

    code: str
    sentence: str = ""
    left: int = 0

    @property
    def is_ready(self) -> bool:
        """Tell whether a wish may be made."""
        return self.code == "ready"


@dataclass(frozen=True, kw_only=True)
class MadePicture:
    """A picture that a rater may rate, and what they said of it."""

    assignment: Assignment
    step: SteeringStep
    rating: Rating | None


@dataclass(frozen=True, kw_only=True)
class MadeRun:
    """One wish, and the pictures that came of it; until all are rated, none says for whom it was made."""

    run: SteeringRun
    pictures: Sequence[MadePicture]
    is_revealed: bool


def offer_of(*, study: Study) -> SteeringOffer | None:
    """Give what a study offers its raters, if it offers anything."""
    return offering_studies().filter(study=study).first()


def offering_studies() -> QuerySet[SteeringOffer]:
    """Give the offers that are on, of studies that can have them."""
    return SteeringOffer.objects.filter(is_on=True, study__design__in=names_where(lambda design: design.trains))


def offered_prompts(*, offer: SteeringOffer) -> list[str]:
    """Give what raters may ask for."""
    return list(offer.prompts or PROMPTS)


def wishes(*, study_id: int) -> QuerySet[SteeringRun]:
    """Give what raters of a study asked for themselves; failed ones do not count."""
    return SteeringRun.objects.filter(study=study_id, nonce__isnull=False).exclude(state=JobState.FAILED)


def given_ratings(*, participation: Participation) -> int:
    """Count the pictures of the study that a rater has rated."""
    rated = Rating.objects.current().filter(participation=participation, assignment__kind=AssignmentKind.FRESH)
    return rated.count()


def standing(*, participation: Participation, offer: SteeringOffer | None) -> Standing:
    """Say whether a rater may have pictures made now, and if not why not, in one sentence."""
    if offer is None:
        return Standing(
            code="off", sentence=gettext("No more pictures are made in this study. Those made for you stay here.")
        )
    halted = study_standing(study=participation.study)
    if halted is not None:
        return halted
    missing = offer.least_ratings - given_ratings(participation=participation)
    if missing > 0:
        sentence = ngettext(
            "Rate {count} more picture, and we know your taste well enough to try.",
            "Rate {count} more pictures, and we know your taste well enough to try.",
            missing,
        )
        return Standing(code="too_few", sentence=sentence.format(count=missing))
    if not rated_enough(participation=participation):
        return Standing(
            code="learning", sentence=gettext("We are still learning from your ratings. Check again in a minute.")
        )
    return budget_standing(participation=participation, offer=offer)


def study_standing(*, study: Study) -> Standing | None:
    """Say why no rater of a study may have pictures made, if so."""
    if study.state == StudyState.CLOSED:
        return Standing(
            code="closed",
            sentence=gettext("The study is closed, so no more pictures are made. Those made for you stay here."),
        )
    if study.state == StudyState.PAUSED:
        return Standing(code="paused", sentence=gettext("The study is paused. When it goes on, so does this page."))
    if live_version(study_id=study.pk) is None:
        return Standing(
            code="no_model",
            sentence=gettext("We do not know anyone's taste yet: that takes more ratings. Check again later."),
        )
    return None


def budget_standing(*, participation: Participation, offer: SteeringOffer) -> Standing:
    """Say whether something goes on for the rater already, and what is left of what may be asked for."""
    asked = wishes(study_id=participation.study_id)
    mine = asked.filter(participation=participation)
    left = max(0, offer.per_day - mine.filter(created_at__gte=timezone.now() - DAY).count())
    if mine.filter(state__in=ACTIVE_JOB_STATES).exists():
        return Standing(
            code="busy", sentence=gettext("One wish at a time: you can make the next when this one is done."), left=left
        )
    if offer.in_all and asked.count() >= offer.in_all:
        return Standing(
            code="spent", sentence=gettext("All the pictures that this study can pay for have been made. Thank you!")
        )
    if not left:
        return Standing(code="today", sentence=next_wish(mine, offer))
    return Standing(code="ready", left=left)


def next_wish(mine: QuerySet[SteeringRun], offer: SteeringOffer) -> str:
    """Say when the next wish may be made: a day after the one that will then no longer count."""
    counted = mine.order_by("-created_at").values_list("created_at", flat=True)[offer.per_day - 1 : offer.per_day]
    due: datetime = next(iter(counted)) + DAY
    hours = max(1, round((due - timezone.now()).total_seconds() / 3600))
    return ngettext(
        "That was all for today. You may ask again in {count} hour.",
        "That was all for today. You may ask again in {count} hours.",
        hours,
    ).format(count=hours)


def made_runs(*, participation: Participation) -> list[MadeRun]:
    """Give a rater's wishes with their pictures, the newest first."""
    asked = SteeringRun.objects.filter(participation=participation, nonce__isnull=False)
    runs = list(asked.prefetch_related("steps__image").order_by("-created_at", "-pk")[:SHOWN_RUNS])
    offered = Assignment.objects.filter(
        participation=participation, kind=AssignmentKind.STEERED, study_image__off_at__isnull=True
    )
    assignments = {row.image_id: row for row in offered.select_related("image")}
    said = Rating.objects.current().filter(assignment__in=assignments.values())
    ratings = {row.image_id: row for row in said}
    is_closed = participation.study.state == StudyState.CLOSED
    return [made_run(run, assignments, ratings, is_closed=is_closed) for run in runs]


def made_run(
    run: SteeringRun, assignments: dict[UUID, Assignment], ratings: dict[UUID, Rating], *, is_closed: bool
) -> MadeRun:
    """Give one wish with its pictures; where no more ratings can come, everything is shown."""
    pictures = [
        MadePicture(assignment=assignments[step.image_id], step=step, rating=ratings.get(step.image_id))
        for step in shown_steps(run=run)
        if step.image_id in assignments
    ]
    is_revealed = is_closed or all(picture.rating is not None for picture in pictures)
    return MadeRun(run=run, pictures=pictures, is_revealed=is_revealed)


def shown_steps(*, run: SteeringRun) -> list[SteeringStep]:
    """Give the picture that a run settled on beside the unsteered one, in an order that does not tell which is which.

    Where the search found nothing surer than the prompt as it was given, that one stands alone.
    """
    if run.state != JobState.SUCCEEDED:
        return []
    steps = [step for step in run.steps.all() if step.is_best or step.iteration == 0]
    turned = run.nonce is not None and run.nonce.int % 2 == 1
    return steps[::-1] if turned else steps


def access_wish(*, participation: Participation, nonce: UUID) -> SteeringRun | None:
    """Give a rater's own wish."""
    return SteeringRun.objects.filter(participation=participation, nonce=nonce).first()


def wish_numbers(*, participation: Participation, prompt: str) -> int:
    """Count how often a rater has asked for a prompt, so that asking again looks elsewhere."""
    asked: dict[str, Any] = {"participation": participation, "prompt": prompt, "nonce__isnull": False}
    return SteeringRun.objects.filter(**asked).count()
