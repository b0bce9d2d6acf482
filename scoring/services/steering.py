"""Request searches for pictures that a rater will like, and store the results."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as staff_gettext_lazy

from ratings.choices import JobState, Side
from ratings.models import Image, Participation
from ratings.sentences import staff_gettext
from ratings.services.audit import log_action
from ratings.services.jobs.lifecycle import cancel_job, describe_job, requeue_job, settle_job
from ratings.services.pictures import delete_image
from scoring.exceptions import ModelConflictError, SteeringInProgressError, SteeringRejectedError
from scoring.generators.base import MAX_SIDE, MIN_SIDE
from scoring.models import SteeringMode, SteeringRun, SteeringStep
from scoring.selectors.steering import others_known, rated_enough
from scoring.selectors.versions import access_live_version

MOST_ITERATIONS, MOST_VARIANTS = 50, 50
LONGEST_PROMPT = 2000
MOST_DISCARDED = 500  # pictures at once
MOST_SEED = 2**31 - 1
NO_OTHER = staff_gettext_lazy("There is no other rater whose taste is known: let a second one rate first.")


@dataclass(frozen=True, kw_only=True)
class SteeringOrder:
    """What is to be searched for, for whom, and how much may be spent on it."""

    participation: Participation
    prompt: str
    mode: SteeringMode = SteeringMode.SELF
    judge: Participation | None = None
    generator: str
    writer: str
    iterations: int = 5
    variants: int = 8
    side: int = 768
    seed: int = 0
    batch: UUID | None = None
    nonce: UUID | None = None  # of the rater's own wish


@transaction.atomic
def request_steering(*, order: SteeringOrder, requested_by: User | None) -> SteeringRun:
    """Queue a search; the same one is not done twice at once."""
    check_order(order)
    study = order.participation.study
    if study.archived_at is not None:
        raise SteeringRejectedError(staff_gettext("{title} is archived: restore it first.").format(title=study.title))
    version = access_live_version(study_slug=study.slug)
    is_search = order.mode != SteeringMode.NONE
    try:
        with transaction.atomic():
            run = SteeringRun.objects.create(
                study=study,
                participation=order.participation,
                judge=order.judge if order.mode == SteeringMode.OTHER else None,
                batch=order.batch or uuid.uuid4(),
                nonce=order.nonce,
                mode=order.mode,
                prompt=order.prompt.strip(),
                generator=order.generator,
                writer=order.writer,
                iterations=order.iterations if is_search else 0,
                variants=order.variants if is_search else 0,
                side=order.side,
                seed=order.seed,
                model_version=version,
                requested_by=requested_by,
            )
    except IntegrityError as error:
        raise SteeringInProgressError(
            staff_gettext("This prompt is being steered for this rater already: wait for that run or cancel it.")
        ) from error
    log_action(action="steer", target=study.slug, actor=requested_by, run=run.pk, mode=run.mode)
    return run


def check_order(order: SteeringOrder) -> None:
    """Refuse what cannot be searched for, in one sentence."""
    if not order.prompt.strip():
        raise SteeringRejectedError(staff_gettext("Give a prompt of at least one word."), fields={"prompt": "empty"})
    if len(order.prompt) > LONGEST_PROMPT:
        raise SteeringRejectedError(
            staff_gettext("A prompt has at most {longest_prompt} characters: shorten it.").format(
                longest_prompt=LONGEST_PROMPT
            ),
            fields={"prompt": staff_gettext("too long")},
        )
    if not 0 <= order.seed <= MOST_SEED:
        raise SteeringRejectedError(
            staff_gettext("seed: give 0 to {most_seed}, not {seed}.").format(most_seed=MOST_SEED, seed=order.seed),
            fields={"seed": staff_gettext("out of range")},
        )
    if not MIN_SIDE <= order.side <= MAX_SIDE:
        raise SteeringRejectedError(
            staff_gettext("side: give {min_side} to {max_side} pixels, not {side}.").format(
                min_side=MIN_SIDE, max_side=MAX_SIDE, side=order.side
            ),
            fields={"side": staff_gettext("out of range")},
        )
    if order.mode == SteeringMode.NONE:
        return
    for name, most in (("iterations", MOST_ITERATIONS), ("variants", MOST_VARIANTS)):
        if not 1 <= getattr(order, name) <= most:
            raise SteeringRejectedError(
                staff_gettext("{name}: give 1 to {most}, not {order}.").format(
                    name=name, most=most, order=getattr(order, name)
                ),
                fields={name: staff_gettext("out of range")},
            )
    check_judge(order)


def check_judge(order: SteeringOrder) -> None:
    """Refuse a judge whose taste is not known."""
    if order.mode == SteeringMode.GLOBAL:
        return
    if order.mode == SteeringMode.OTHER and order.judge is None:
        check_others(order.participation)
        return
    judge = order.judge if order.mode == SteeringMode.OTHER else order.participation
    if judge is None or not rated_enough(participation=judge):
        raise SteeringRejectedError(
            staff_gettext(
                "The model knows nothing of this rater's taste yet: let them rate some images first, "
                "or choose the mode “for everyone”."
            ),
            fields={"rater": staff_gettext("no ratings")},
        )


def check_others(participation: Participation) -> None:
    """Refuse to search by another's taste where nobody else's is known; a worker then finds the furthest one."""
    if not others_known(participation=participation).exists():
        raise SteeringRejectedError(str(NO_OTHER), fields={"judge": "missing"})


def save_judge(*, run: SteeringRun, judge: Participation | None) -> None:
    """Keep whose taste a search goes by that named nobody; raise where there is nobody."""
    if judge is None:
        raise SteeringRejectedError(str(NO_OTHER), fields={"judge": "missing"})
    describe_job(job=run, judge=judge)
    run.judge = judge


@transaction.atomic
def save_iteration(*, steps: Iterable[SteeringStep]) -> None:
    """Keep a whole iteration; a run that is taken up again goes on after it."""
    SteeringStep.objects.bulk_create(steps)


def count_pictures(*, run: SteeringRun, drawn: int, reused: int) -> None:
    """Store what a search has spent, whatever its outcome: one that is taken up again goes on counting."""
    SteeringRun.objects.filter(pk=run.pk).update(drawn=drawn, reused=reused)


@transaction.atomic
def settle_steering(*, run: SteeringRun, best: tuple[int, int], facts: Mapping[str, Any]) -> None:
    """Mark the best step, by iteration and variant, and end the run."""
    run.steps.filter(is_best=True).update(is_best=False)
    run.steps.filter(iteration=best[0], variant=best[1]).update(is_best=True)
    settle_job(job=run, stage=staff_gettext("done"), **facts)


def cancel_steering(*, run: SteeringRun, actor: User | None) -> None:
    """Stop a search; what it found so far stays."""
    cancel_job(job=run)
    log_action(action="cancel-steering", target=run.study.slug, actor=actor, run=run.pk)


@transaction.atomic
def resume_steering(*, run: SteeringRun, actor: User | None) -> None:
    """Queue a search again that failed or was cancelled; finished iterations are kept."""
    try:
        with transaction.atomic():
            resumed = requeue_job(job=run, ended=(JobState.FAILED, JobState.CANCELLED))
    except IntegrityError as error:
        raise SteeringInProgressError(
            staff_gettext("The same search is going on already: wait for it or cancel it.")
        ) from error
    if not resumed:
        raise ModelConflictError(staff_gettext("Only a run that failed or was cancelled can be resumed."))
    log_action(action="resume-steering", target=run.study.slug, actor=actor, run=run.pk)


def discard_unused_pictures() -> int:
    """Delete pictures that a search left when it went with its rater in the middle of an iteration.

    None while a search is on, whose steps are yet to come; one that waits has drawn nothing yet, or keeps what it
    drew by its steps. What steps named is deleted by the withdrawal itself.
    """
    images = list(unused_pictures()[:MOST_DISCARDED])
    for image in images:
        delete_image(image=image)
    return len(images)


def unused_pictures() -> QuerySet[Image]:
    """Give drawn pictures that nothing names; none while a search is on."""
    if SteeringRun.objects.filter(state=JobState.RUNNING).exists():
        return Image.objects.none()
    return Image.objects.filter(
        is_drawn=True,
        steering_steps__isnull=True,
        study_images__isnull=True,
        dataset_images__isnull=True,
        **{f"pairs_as_{side}__isnull": True for side in Side.values},
    )


def request_batch(*, orders: Sequence[SteeringOrder], requested_by: User | None) -> list[SteeringRun]:
    """Queue several searches that are to be compared; all of them or none."""
    with transaction.atomic():
        return [request_steering(order=order, requested_by=requested_by) for order in orders]
