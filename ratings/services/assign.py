"""Lease images to raters, from their queues or by the fallback policies."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from ratings.choices import AssignmentKind, AssignmentState, Policy
from ratings.models import Assignment, Participation, Study
from ratings.registry import ONE_IMAGE
from ratings.selectors.candidates import within_quotas
from ratings.services.fallback_policies import (
    ROUNDS,
    Pick,
    attention_picks,
    coverage_picks,
    repeat_picks,
    uniform_picks,
)
from ratings.services.participation_lock import OpenAssignments, lease_end, lock_row, number_wanted, open_assignments
from ratings.services.slots import take_idle_slots, take_slots
from ratings.statements.locks import LOCK
from ratings.statements.prepared import fetched, run, use_async_commit
from ratings.statements.queues import (
    DROP_QUEUE,
    DROP_QUEUED,
    DROP_STALE,
    ENTRIES,
    IMAGES,
    LEASE_NEW,
    LEASE_QUEUED,
    QUEUE,
    SAID,
    SHOWN,
)

TakeSlots = Callable[..., set[int]]


@dataclass(frozen=True, kw_only=True)
class QueueItem:
    """An image that a policy wants a rater to see, with how it was chosen."""

    study_image_id: int
    image_id: UUID
    policy: Policy
    propensity: float
    score: float | None = None


def lease_images(
    *, participation: Participation, open_items: OpenAssignments, count: int, rng: random.Random
) -> list[Assignment]:
    """Lease what is missing: practice first, then from the queue, of the test slice, repeats, and by coverage."""
    practice = lease_assignments(
        participation=participation, assignments=open_items.practice[: max(0, count - len(open_items.held))]
    )
    wanted = number_wanted(participation=participation, held=[*open_items.held, *practice], count=count)
    if wanted <= 0:
        return practice
    return practice + lease_counted(participation=participation, queue=open_items.queue, count=wanted, rng=rng)


def lease_counted(
    *, participation: Participation, queue: Sequence[Assignment], count: int, rng: random.Random
) -> list[Assignment]:
    """Lease images that count; under quotas per group one by one, since each may close its group to the next."""
    if not participation.study.group_quotas:
        return lease_by_policies(participation=participation, queue=queue, count=count, rng=rng, take=take_slots)
    leased: list[Assignment] = []
    while len(leased) < count:
        left = within_quotas(participation=participation, queue=open_assignments(participation=participation).queue)
        found = lease_by_policies(participation=participation, queue=left, count=1, rng=rng, take=take_idle_slots)
        if not found:
            break
        leased += found
    return leased


def lease_by_policies(
    *, participation: Participation, queue: Sequence[Assignment], count: int, rng: random.Random, take: TakeSlots
) -> list[Assignment]:
    """Lease `count` images; each one is drawn for the test slice, as a repeat, or for the policy to fill."""
    picks = drawn_picks(participation=participation, count=count, rng=rng)
    front = queue[: count - len(picks)]
    chosen = {pick.study_image_id for pick in picks}
    front = [assignment for assignment in front if assignment.study_image_id not in chosen]
    chosen |= {assignment.study_image_id for assignment in front}
    missing = count - len(picks) - len(front)
    picks += coverage_picks(participation=participation, count=missing, rng=rng, without=chosen)
    fresh = [pick.study_image_id for pick in picks if pick.kind == AssignmentKind.FRESH]
    places = take(family=ONE_IMAGE, items=[*fresh, *(assignment.study_image_id for assignment in front)])
    popped = [assignment for assignment in front if assignment.study_image_id in places]
    drop_queued(rows=rows_to_drop(queue=queue, front=front, popped=popped, places=places))
    assignments = popped + assignments_of(participation=participation, picks=picks, places=places)
    rng.shuffle(assignments)  # so that a position tells nothing of the policy
    leased = lease_assignments(participation=participation, assignments=assignments)
    left = [assignment for assignment in queue if assignment not in front]
    return leased + lease_by_coverage(
        participation=participation, leased=leased, queue=left, count=count - len(leased), rng=rng
    )


def rows_to_drop(
    *,
    queue: Sequence[Assignment],
    front: Sequence[Assignment],
    popped: Sequence[Assignment],
    places: set[int],
) -> list[Assignment]:
    """Give the queue rows to drop: of the front, those without a slot; behind it, those leased another way."""
    return [row for row in queue if row not in popped and (row in front or row.study_image_id in places)]


def drawn_picks(*, participation: Participation, count: int, rng: random.Random) -> list[Pick]:
    """Draw which positions are attention checks, of the test slice or repeats, and their images."""
    study = participation.study
    checks = attention_picks(participation=participation, count=count, rng=rng)
    weights = (study.random_share, study.repeat_share, 1 - study.random_share - study.repeat_share)
    kinds = rng.choices((Policy.RANDOM, Policy.REPEAT, Policy.ACTIVE), weights, k=count - len(checks))
    uniform = uniform_picks(participation=participation, count=kinds.count(Policy.RANDOM), rng=rng)
    repeats = repeat_picks(participation=participation, count=kinds.count(Policy.REPEAT), rng=rng)
    return checks + uniform + repeats


def lease_by_coverage(
    *,
    participation: Participation,
    leased: Sequence[Assignment],
    queue: Sequence[Assignment],
    count: int,
    rng: random.Random,
) -> list[Assignment]:
    """Lease more by coverage where other raters were faster, without waiting for locks."""
    more: list[Assignment] = []
    for _ in range(ROUNDS):
        missing = count - len(more)
        seen = {assignment.study_image_id for assignment in (*leased, *more)}
        picks = coverage_picks(participation=participation, count=missing, rng=rng, without=seen)
        if not picks:
            break
        places = take_idle_slots(family=ONE_IMAGE, items=[pick.study_image_id for pick in picks])
        drop_queued(rows=[row for row in queue if row.study_image_id in places])
        assignments = assignments_of(participation=participation, picks=picks, places=places)
        more += lease_assignments(participation=participation, assignments=assignments)
    return more


def drop_queued(*, rows: Sequence[Assignment]) -> None:
    """Drop rows of a queue; they were shown to nobody, so nothing refers to them."""
    if rows:
        run(DROP_QUEUED, {"queued": [row.pk for row in rows]})


def assignments_of(*, participation: Participation, picks: Sequence[Pick], places: set[int]) -> list[Assignment]:
    """Make unsaved assignments of picks; a fresh one whose slot went to another rater is dropped."""
    return [
        Assignment(
            participation_id=participation.pk,
            study_image_id=pick.study_image_id,
            image_id=pick.image_id,
            kind=pick.kind,
            policy=pick.policy,
            propensity=pick.propensity,
        )
        for pick in picks
        if pick.kind != AssignmentKind.FRESH or pick.study_image_id in places
    ]


def lease_assignments(*, participation: Participation, assignments: Sequence[Assignment]) -> list[Assignment]:
    """Lease assignments, queued or new, whose slots are taken; each gets the rater's next position."""
    if not assignments:
        return []
    now, end = timezone.now(), lease_end(participation)
    for assignment in assignments:
        participation.served += 1
        assignment.state = AssignmentState.LEASED
        assignment.position = participation.served
        assignment.leased_at = now
        assignment.lease_expires_at = end
    lease_queued(assignments=[assignment for assignment in assignments if assignment.pk])
    lease_new(assignments=[assignment for assignment in assignments if not assignment.pk])
    return list(assignments)


def lease_queued(*, assignments: Sequence[Assignment]) -> None:
    """Mark queued assignments as leased now; only their positions differ."""
    if assignments:
        values = {
            "queued": [assignment.pk for assignment in assignments],
            "positions": [assignment.position for assignment in assignments],
            "now": assignments[0].leased_at,
            "end": assignments[0].lease_expires_at,
        }
        run(LEASE_QUEUED, values)


def lease_new(*, assignments: Sequence[Assignment]) -> None:
    """Add assignments that are leased from the start; positions tell which key belongs to which."""
    if not assignments:
        return
    values = {
        "participation": assignments[0].participation_id,
        "study_images": [assignment.study_image_id for assignment in assignments],
        "images": [assignment.image_id for assignment in assignments],
        "kinds": [str(assignment.kind) for assignment in assignments],
        "policies": [str(assignment.policy) for assignment in assignments],
        "propensities": [assignment.propensity for assignment in assignments],
        "positions": [assignment.position for assignment in assignments],
        "now": assignments[0].leased_at,
        "end": assignments[0].lease_expires_at,
    }
    keys = dict(fetched(LEASE_NEW, values))
    for assignment in assignments:
        assignment.pk = keys[assignment.position]
        assignment._state.adding = False


def attach_images(*, assignments: Sequence[Assignment], study: Study) -> None:
    """Read the pictures that assignments are about, and what the study says of them, to be shown."""
    images = {image.pk: image for image in IMAGES.fetched(SHOWN, {"images": [row.image_id for row in assignments]})}
    for assignment in assignments:
        assignment.image = images[assignment.image_id]
    attach_descriptions(assignments=assignments, study=study)


def attach_descriptions(*, assignments: Sequence[Assignment], study: Study) -> None:
    """Read what the study says of the pictures, where that is shown: its prompts, or what attention checks ask for."""
    if not study.show_prompt and all(assignment.kind != AssignmentKind.ATTENTION for assignment in assignments):
        return
    wanted = {"entries": [row.study_image_id for row in assignments]}
    entries = {entry.pk: entry for entry in ENTRIES.fetched(SAID, wanted)}
    for assignment in assignments:
        assignment.study_image = entries[assignment.study_image_id]
        assignment.study_image.study = study


@transaction.atomic
def enqueue(*, participation_id: UUID, items: Sequence[QueueItem], model_version: str) -> int:
    """Replace the rater's queue by what a policy chose now; give the number of images queued.

    What the rater has seen meanwhile is left out; one who has withdrawn meanwhile gets nothing.
    """
    use_async_commit()
    if lock_row(LOCK, participation_id) is None:
        return 0
    run(DROP_QUEUE, {"participation": participation_id})
    values = {
        "participation": participation_id,
        "model_version": model_version,
        "study_images": [item.study_image_id for item in items],
        "images": [item.image_id for item in items],
        "policies": [str(item.policy) for item in items],
        "propensities": [item.propensity for item in items],
        "scores": [item.score for item in items],
        "now": timezone.now(),
    }
    return len(fetched(QUEUE, values))


def drop_stale_queues(*, study_id: int, model_version: str, since: datetime) -> None:
    """Drop what another model chose for raters who were not seen lately; they get a new queue when they return.

    A rater who returns at this very moment holds their lock, and is skipped: they may be leasing from that queue.
    """
    run(DROP_STALE, {"study": study_id, "model_version": model_version, "since": since})


@transaction.atomic
def enqueue_practice(*, participation: Participation, study_images: Sequence[tuple[int, UUID]]) -> None:
    """Queue the practice images that come before a rater's first counted one."""
    Assignment.objects.bulk_create(
        Assignment(
            participation=participation,
            study_image_id=study_image_id,
            image_id=image_id,
            kind=AssignmentKind.PRACTICE,
            policy=Policy.PRACTICE,
            propensity=1.0,
            rank=rank,
        )
        for rank, (study_image_id, image_id) in enumerate(study_images)
    )
