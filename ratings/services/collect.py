"""Take in opinions: rate, change, undo. Append-only, idempotent by nonce."""

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext

from ratings.choices import AssignmentKind, AssignmentState, ParticipationState
from ratings.exceptions import (
    AlreadyReplacedError,
    AssignmentNotFoundError,
    LeaseExpiredError,
    NonceReusedError,
    NotLeasedError,
    RatingNotFoundError,
    ValueOffScaleError,
)
from ratings.models import Assignment, Participation, Rating, Study
from ratings.selectors.studies import require_not_closed
from ratings.services.hand import (
    ASSIGNMENTS,
    STUDIES,
    UNCOUNTED,
    lease_end,
    locked_owner,
    locked_participation,
    renew_leases,
    save_progress,
    wants_renewal,
)
from ratings.services.places import take_places
from ratings.statements import Rows, fetched, selecting

RATINGS = Rows(Rating, without=("client",))
# All that a click meets, once the participation is locked: the study as it is now; the assignment, locked so that it
# does not expire meanwhile; and up to two ratings, one that has the nonce and one that stands.
MEET = selecting(
    """
    SELECT {study}, {held}, {said}
    FROM ratings_assignment AS held
    JOIN ratings_study AS study ON study.id = %(study)s
    LEFT JOIN ratings_rating AS said
        ON said.nonce = %(nonce)s OR (said.assignment_id = held.id AND said.replaced_at IS NULL)
    WHERE held.id = %(assignment)s FOR NO KEY UPDATE OF held
    """,
    study=STUDIES,
    held=ASSIGNMENTS,
    said=RATINGS,
)
RECORD = """
    WITH closed AS (
        UPDATE ratings_assignment SET state = 'rated', closed_at = %(now)s WHERE id = %(assignment)s
    ), counted AS (
        UPDATE ratings_participation
        SET done = %(done)s, state = %(state)s, completed_at = %(completed_at)s, last_seen_at = %(now)s
        WHERE id = %(participation)s
    )
    INSERT INTO ratings_rating
        (nonce, assignment_id, participation_id, image_id, value, response_ms, client, replaces_id, created_at)
    VALUES (%(nonce)s, %(assignment)s, %(participation)s, %(image)s, %(value)s, %(response_ms)s, %(client)s::jsonb,
        %(replaces)s, %(now)s)
    RETURNING id
"""


@dataclass(frozen=True, kw_only=True)
class Submission:
    """One click as the client sends it."""

    nonce: UUID
    assignment_id: int
    value: float
    response_ms: int | None = None
    client: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """The stored opinion, and whether this call stored it."""

    rating: Rating
    is_new: bool


@dataclass(frozen=True, kw_only=True)
class Met:
    """What a click meets: its assignment, the rating that has its nonce, and the one that stands."""

    assignment: Assignment
    known: Rating | None
    current: Rating | None


def record_rating(*, rater_id: UUID, submission: Submission) -> Recorded:
    """Store one opinion; the same nonce with the same body gives the stored one again."""
    try:
        with transaction.atomic():
            return store_submission(rater_id=rater_id, submission=submission)
    except IntegrityError as error:
        if "nonce" in str(error):
            raise NonceReusedError(gettext("This nonce was used before: make a new one for each click.")) from error
        raise


def store_submission(*, rater_id: UUID, submission: Submission) -> Recorded:
    """Do the work of `record_rating` inside its transaction."""
    participation = locked_owner(rater_id=rater_id, assignment_id=submission.assignment_id)
    met = what_it_meets(participation=participation, submission=submission)
    if met.known is not None:
        return Recorded(rating=repeated(met.known, participation, submission), is_new=False)
    require_not_closed(study=participation.study)
    require_on_scale(study=participation.study, value=submission.value)
    was_rated = met.assignment.state == AssignmentState.RATED
    claim(assignment=met.assignment)
    end = lease_end(participation)
    if wants_renewal(assignment=met.assignment, end=end, participation=participation):
        renew_leases(participation=participation, end=end)
    if not was_rated and met.assignment.kind not in UNCOUNTED:
        count_done(participation=participation, change=1)
    rating = append_rating(
        participation=participation, assignment=met.assignment, submission=submission, replaces=met.current
    )
    return Recorded(rating=rating, is_new=True)


def what_it_meets(*, participation: Participation, submission: Submission) -> Met:
    """Read, in one statement, all that decides about a click in a locked participation, which gets its study."""
    values = {
        "study": participation.study_id,
        "assignment": submission.assignment_id,
        "nonce": submission.nonce,
    }
    rows = fetched(MEET, values)
    if not rows:  # a queued image, dropped while the lock was waited for
        raise AssignmentNotFoundError(
            gettext("There is no assignment {number}.").format(number=submission.assignment_id)
        )
    held_from = STUDIES.width
    said_from = held_from + ASSIGNMENTS.width
    participation.study = STUDIES.model_of(rows[0][:held_from])
    said = [RATINGS.model_of(row[said_from:]) for row in rows if row[said_from] is not None]
    return Met(
        assignment=ASSIGNMENTS.model_of(rows[0][held_from:said_from]),
        known=next((rating for rating in said if rating.nonce == submission.nonce), None),
        current=next((rating for rating in said if rating.replaced_at is None), None),
    )


def append_rating(
    *, participation: Participation, assignment: Assignment, submission: Submission, replaces: Rating | None
) -> Rating:
    """Add the opinion, close its assignment and save the rater's count; what stood until now is marked as replaced."""
    if replaces is not None:
        replaces.replaced_at = timezone.now()
        replaces.save(update_fields=["replaced_at"])
    rating = Rating(
        nonce=submission.nonce,
        assignment_id=assignment.pk,
        participation_id=participation.pk,
        image_id=assignment.image_id,
        value=submission.value,
        response_ms=submission.response_ms,
        client=submission.client,
        replaces=replaces,
        created_at=timezone.now(),
    )
    rating.pk = insert_rating(rating=rating, participation=participation)
    return rating


def insert_rating(*, rating: Rating, participation: Participation) -> int:
    """Write an opinion and what follows from it in one statement; give its key."""
    values: dict[str, Any] = {
        "nonce": rating.nonce,
        "assignment": rating.assignment_id,
        "participation": rating.participation_id,
        "image": rating.image_id,
        "value": rating.value,
        "response_ms": rating.response_ms,
        "client": json.dumps(rating.client),
        "replaces": rating.replaces_id,
        "now": rating.created_at,
        "done": participation.done,
        "state": str(participation.state),
        "completed_at": participation.completed_at,
    }
    ((key,),) = fetched(RECORD, values)
    return int(key)


def repeated(known: Rating, participation: Participation, submission: Submission) -> Rating:
    """Give the stored rating if the request is the one that made it."""
    same = (
        known.participation_id == participation.pk
        and known.assignment_id == submission.assignment_id
        and known.value == submission.value
    )
    if not same:
        raise NonceReusedError(gettext("This nonce was used before: make a new one for each click."))
    return known


def require_on_scale(*, study: Study, value: float) -> None:
    """Raise unless the value is one that the study's scale offers."""
    if not study.is_on_scale(value):
        step = "" if study.scale_kind == "slider" else f" in steps of {study.scale_step:g}"
        sentence = f"must lie between {study.scale_min:g} and {study.scale_max:g}{step}"
        raise ValueOffScaleError(
            gettext("The value is not on the study's scale: {rule}.").format(rule=sentence), fields={"value": sentence}
        )


def claim(*, assignment: Assignment) -> None:
    """Make sure that the rater may answer this; a lease that ran out is taken up again if a place is left."""
    if assignment.state in {AssignmentState.LEASED, AssignmentState.OFFERED, AssignmentState.RATED}:
        return
    if assignment.state != AssignmentState.RELEASED or assignment.position is None:
        raise NotLeasedError(gettext("This image was not handed out to you, or you gave it back."))
    if assignment.kind == AssignmentKind.FRESH and not can_retake(assignment=assignment):
        raise LeaseExpiredError(
            gettext("This image was given to somebody else after a long pause: go on with the next one.")
        )


def can_retake(*, assignment: Assignment) -> bool:
    """Take a place again for an image whose lease ran out, unless it is full or was handed out anew."""
    handed_out_anew = (
        Assignment.objects.filter(
            participation=assignment.participation_id, image=assignment.image_id, kind=AssignmentKind.FRESH
        )
        .exclude(pk=assignment.pk)
        .exclude(state=AssignmentState.RELEASED)
    )
    return not handed_out_anew.exists() and bool(take_places(study_images=[assignment.study_image_id]))


def count_done(*, participation: Participation, change: int) -> None:
    """Count what is done in the locked row, and whether that is all; the caller saves it."""
    participation.done += change
    finished = participation.is_complete
    participation.state = ParticipationState.COMPLETE if finished else ParticipationState.ACTIVE
    participation.completed_at = timezone.now() if finished else None


@transaction.atomic
def undo_rating(*, participation_id: UUID, nonce: UUID) -> Assignment:
    """Take an opinion back and hand its image out again; undoing twice is undoing once."""
    participation = locked_participation(participation_id=participation_id)
    rating = Rating.objects.select_related("assignment__image").filter(nonce=nonce, participation=participation).first()
    if rating is None:
        raise RatingNotFoundError(gettext("Nothing of yours has this nonce."))
    undo_nonce = uuid5(nonce, "undo")
    if Rating.objects.filter(nonce=undo_nonce).exists():
        return rating.assignment
    if rating.replaced_at is not None:
        raise AlreadyReplacedError(gettext("You changed this rating since: undo the newer one."))
    require_not_closed(study=participation.study)
    take_back(participation=participation, rating=rating, undo_nonce=undo_nonce)
    return rating.assignment


def take_back(*, participation: Participation, rating: Rating, undo_nonce: UUID) -> None:
    """Append the row that replaces the opinion by none, and lease (or offer) the image again."""
    rating.replaced_at = timezone.now()
    rating.save(update_fields=["replaced_at"])
    Rating.objects.create(
        nonce=undo_nonce,
        assignment=rating.assignment,
        participation=participation,
        image_id=rating.image_id,
        replaces=rating,
    )
    assignment = rating.assignment
    is_steered = assignment.kind == AssignmentKind.STEERED
    assignment.state = AssignmentState.OFFERED if is_steered else AssignmentState.LEASED
    assignment.lease_expires_at = None if is_steered else lease_end(participation)
    assignment.closed_at = None
    assignment.save(update_fields=["state", "lease_expires_at", "closed_at"])
    if assignment.kind not in UNCOUNTED:
        count_done(participation=participation, change=-1)
        save_progress(participation=participation)
