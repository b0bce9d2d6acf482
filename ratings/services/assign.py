"""Hand images to raters: leases and queues."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from ratings.choices import AssignmentKind, AssignmentState, ParticipationState, Policy
from ratings.exceptions import InvalidInputError
from ratings.models import Assignment, Image, Participation, Study, StudyImage
from ratings.registry import ONE_IMAGE, require_family
from ratings.selectors.candidates import within_quotas
from ratings.selectors.studies import require_open
from ratings.services.fallback_policies import Pick, attention_picks, coverage_picks, repeat_picks, uniform_picks
from ratings.services.participation_lock import (
    LOCK,
    UNCOUNTED,
    lease_end,
    lock_participation,
    lock_row,
    open_assignments,
    renew_held,
    save_progress,
)
from ratings.services.reservations import renew_reservation
from ratings.services.slots import take_idle_slots, take_slots
from ratings.statements import Rows, fetched, run, selecting, use_async_commit

MOST_AT_ONCE = 20
ROUNDS = 4  # of coverage picks when others were faster to take the places
TakeSlots = Callable[..., set[int]]
PLACING = (
    "ordinal",
    "shuffle",
    "target",
    "taken",
    "is_active",
    "is_practice",
    "is_made",
    "is_redescribed",
    "attention_value",
)
ENTRIES = Rows(StudyImage, without=("name", "generator", "domain", "metadata", *PLACING))
IMAGES = Rows(Image, without=("sha256", "is_drawn", "created_at"))
SHOWN = selecting("SELECT {image} FROM ratings_image AS image WHERE image.id = ANY(%(images)s)", image=IMAGES)
# A statement of its own rather than a join: most studies show no prompt, and then nobody asks.
SAID = selecting("SELECT {entry} FROM ratings_studyimage AS entry WHERE entry.id = ANY(%(entries)s)", entry=ENTRIES)
DROP_QUEUED = "DELETE FROM ratings_assignment WHERE id = ANY(%(queued)s) AND state = 'queued'"
DROP_QUEUE = """
    DELETE FROM ratings_assignment
    WHERE participation_id = %(participation)s AND state = 'queued' AND kind = 'fresh'
"""
DROP_STALE = """
    WITH away AS (
        SELECT part.id FROM ratings_participation AS part
        WHERE part.study_id = %(study)s AND part.last_seen_at < %(since)s ORDER BY part.id
        FOR NO KEY UPDATE SKIP LOCKED
    )
    DELETE FROM ratings_assignment AS held USING away
    WHERE held.participation_id = away.id AND held.state = 'queued' AND held.kind = 'fresh'
        AND held.model_version <> %(model_version)s
"""
QUEUE = """
    INSERT INTO ratings_assignment (participation_id, study_image_id, image_id, kind, state, policy, propensity, score,
        model_version, rank, created_at, skip_reason)
    SELECT %(participation)s::uuid, study_image, image, 'fresh', 'queued', policy, propensity, score,
        %(model_version)s, rank - 1, %(now)s::timestamptz, ''
    FROM unnest(%(study_images)s::bigint[], %(images)s::uuid[], %(policies)s::text[], %(propensities)s::float8[],
        %(scores)s::float8[])
        WITH ORDINALITY AS chosen (study_image, image, policy, propensity, score, rank)
    WHERE NOT EXISTS (
        SELECT 1 FROM ratings_assignment AS seen
        WHERE seen.participation_id = %(participation)s AND seen.image_id = chosen.image AND seen.kind = 'fresh'
            AND seen.state <> 'released'
    )
    RETURNING id
"""
LEASE_QUEUED = """
    UPDATE ratings_assignment AS held
    SET state = 'leased', position = given.position, leased_at = %(now)s, lease_expires_at = %(end)s
    FROM unnest(%(queued)s::bigint[], %(positions)s::int[]) AS given (id, position) WHERE held.id = given.id
"""
LEASE_NEW = """
    INSERT INTO ratings_assignment (participation_id, study_image_id, image_id, kind, state, policy, propensity,
        model_version, rank, position, created_at, leased_at, lease_expires_at, skip_reason)
    SELECT %(participation)s::uuid, study_image, image, kind, 'leased', policy, propensity, '', 0, position,
        %(now)s::timestamptz, %(now)s, %(end)s::timestamptz, ''
    FROM unnest(%(study_images)s::bigint[], %(images)s::uuid[], %(kinds)s::text[], %(policies)s::text[],
        %(propensities)s::float8[], %(positions)s::int[])
        AS new (study_image, image, kind, policy, propensity, position)
    RETURNING position, id
"""


@dataclass(frozen=True, kw_only=True)
class Leases:
    """What a rater holds now, in the order to be shown, and how far they are."""

    participation: Participation
    assignments: list[Any]  # of the family that the study's design belongs to
    is_queue_empty: bool  # nothing was waiting that a model had chosen for this rater


@dataclass(frozen=True, kw_only=True)
class QueueItem:
    """An image that a policy wants a rater to see, with how it was chosen."""

    study_image_id: int
    image_id: UUID
    policy: Policy
    propensity: float
    score: float | None = None


@transaction.atomic
def lease_images(*, participation_id: UUID, count: int, rng: random.Random | None = None) -> Leases:
    """Hand out up to `count` images: those held already first, then practice, queue, test slice, repeats, coverage."""
    if not 1 <= count <= MOST_AT_ONCE:
        raise InvalidInputError(
            f"Ask for 1 to {MOST_AT_ONCE} images at once.", fields={"count": f"must be 1 to {MOST_AT_ONCE}"}
        )
    participation = lock_participation(participation_id=participation_id)
    require_family(study=participation.study, family=ONE_IMAGE)
    require_open(study=participation.study)
    renew_reservation(participation=participation)
    hand = open_assignments(participation=participation)
    before = (participation.served, participation.state)
    held = hand.held
    renew_held(family=ONE_IMAGE, participation=participation, held=held)
    held += lease_assignments(participation=participation, assignments=hand.practice[: max(0, count - len(held))])
    counted = sum(1 for assignment in held if assignment.kind not in UNCOUNTED)
    wanted = min(count - len(held), participation.allowance - participation.done - counted)
    if wanted > 0:
        held += lease_counted(
            participation=participation, queue=hand.queue, count=wanted, rng=rng or random.SystemRandom()
        )
    finish_if_nothing_is_left(participation=participation, held=held)
    if (participation.served, participation.state) != before:
        save_progress(participation=participation)
    shown = held[:count]
    attach_images(assignments=shown)
    attach_descriptions(assignments=shown, study=participation.study)
    return Leases(participation=participation, assignments=shown, is_queue_empty=not hand.queue)


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
    """Lease `count` images; each slot draws whether it is of the test slice, a repeat, or for the policy to fill."""
    picks = drawn_picks(participation=participation, count=count, rng=rng)
    front = queue[: count - len(picks)]
    chosen = {pick.study_image_id for pick in picks}
    front = [assignment for assignment in front if assignment.study_image_id not in chosen]
    chosen |= {assignment.study_image_id for assignment in front}
    missing = count - len(picks) - len(front)
    picks += coverage_picks(participation=participation, count=missing, rng=rng, without=chosen)
    fresh = [pick.study_image_id for pick in picks if pick.kind == AssignmentKind.FRESH]
    places = take(study_images=[*fresh, *(assignment.study_image_id for assignment in front)])
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
    """Give the queue rows to drop: of the front, those without a place; beyond it, those leased another way."""
    return [row for row in queue if row not in popped and (row in front or row.study_image_id in places)]


def drawn_picks(*, participation: Participation, count: int, rng: random.Random) -> list[Pick]:
    """Draw which slots are attention checks, of the test slice or repeats, and their images."""
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
    """Lease more by coverage where others were faster, without waiting for anybody."""
    more: list[Assignment] = []
    for _ in range(ROUNDS):
        missing = count - len(more)
        seen = {assignment.study_image_id for assignment in (*leased, *more)}
        picks = coverage_picks(participation=participation, count=missing, rng=rng, without=seen)
        if not picks:
            break
        places = take_idle_slots(study_images=[pick.study_image_id for pick in picks])
        drop_queued(rows=[row for row in queue if row.study_image_id in places])
        assignments = assignments_of(participation=participation, picks=picks, places=places)
        more += lease_assignments(participation=participation, assignments=assignments)
    return more


def drop_queued(*, rows: Sequence[Assignment]) -> None:
    """Drop rows of a queue; they were shown to nobody, so nothing refers to them."""
    if rows:
        run(DROP_QUEUED, {"queued": [row.pk for row in rows]})


def assignments_of(*, participation: Participation, picks: Sequence[Pick], places: set[int]) -> list[Assignment]:
    """Make unsaved assignments of picks; a fresh one whose place went to somebody else is dropped."""
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
    """Lease assignments, queued or new, whose places are taken; each gets the rater's next position."""
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
    """Write down that queued assignments are leased now, all alike but for their positions."""
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


def attach_images(*, assignments: Sequence[Assignment]) -> None:
    """Read the pictures that assignments are about, to be shown."""
    images = {image.pk: image for image in IMAGES.fetched(SHOWN, {"images": [row.image_id for row in assignments]})}
    for assignment in assignments:
        assignment.image = images[assignment.image_id]


def attach_descriptions(*, assignments: Sequence[Assignment], study: Study) -> None:
    """Read what the study says of the pictures, where that is shown: its prompts, or what attention checks ask for."""
    if not study.show_prompt and all(assignment.kind != AssignmentKind.ATTENTION for assignment in assignments):
        return
    wanted = {"entries": [row.study_image_id for row in assignments]}
    entries = {entry.pk: entry for entry in ENTRIES.fetched(SAID, wanted)}
    for assignment in assignments:
        assignment.study_image = entries[assignment.study_image_id]
        assignment.study_image.study = study


def finish_if_nothing_is_left(*, participation: Participation, held: Sequence[object]) -> None:
    """Mark the participation complete when it holds nothing and gets nothing, active otherwise."""
    state = ParticipationState.ACTIVE if held else ParticipationState.COMPLETE
    if participation.state != state:
        participation.state = state
        participation.completed_at = None if held else timezone.now()


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

    Whoever returns at this very moment holds their lock, and is passed over: they may be leasing from that queue.
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
