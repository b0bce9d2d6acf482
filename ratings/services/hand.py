"""A rater's hand: the locked row that guards it, what is held, what waits, and how long leases last."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext

from ratings.choices import AssignmentKind, AssignmentState
from ratings.exceptions import AssignmentNotFoundError, ForeignAssignmentError, WithdrawnError
from ratings.models import Assignment, PairAssignment, Participation, Study
from ratings.statements import Rows, run, selecting

CONSENT = ("consent_version", "consented_at", "external_id", "external_session")
PARTICIPATIONS = Rows(Participation, without=(*CONSENT, "resume_generation", "created_at", "last_seen_at"))
ASSIGNMENTS = Rows(Assignment, without=("score", "created_at", "leased_at", "closed_at", "skip_reason"))
UNUSED = ("title", "summary", "instructions", "consent_version", "consent_text", "profile_questions", "scale_labels")
STUDIES = Rows(Study, without=(*UNUSED, "is_demo", "completion_code", "completion_url", "encoder_key", "created_at"))

# The lock guards a rater's queue, positions and counters against their other tabs. It is always the first lock taken;
# assignments and places of images come after it.
LOCK = selecting(
    "SELECT {part} FROM ratings_participation AS part WHERE part.id = %(key)s FOR NO KEY UPDATE", part=PARTICIPATIONS
)
LOCK_OF_ASSIGNMENT = selecting(
    """
    SELECT {part}
    FROM ratings_participation AS part JOIN ratings_assignment AS held ON held.participation_id = part.id
    WHERE held.id = %(key)s FOR NO KEY UPDATE OF part
    """,
    part=PARTICIPATIONS,
)
STUDY = selecting("SELECT {study} FROM ratings_study AS study WHERE study.id = %(study)s", study=STUDIES)
HOLD = selecting(
    """
    SELECT {held} FROM ratings_assignment AS held
    WHERE held.id = %(assignment)s AND held.participation_id = %(participation)s FOR NO KEY UPDATE
    """,
    held=ASSIGNMENTS,
)
IN_HAND = selecting(
    """
    SELECT {held} FROM ratings_assignment AS held
    WHERE held.participation_id = %(participation)s AND held.state IN ('leased', 'queued')
    """,
    held=ASSIGNMENTS,
)
SAVE_PROGRESS = """
    UPDATE ratings_participation SET served = %(served)s, done = %(done)s, state = %(state)s,
        completed_at = %(completed_at)s, last_seen_at = %(now)s
    WHERE id = %(participation)s
"""

RENEWED_AFTER = 0.1  # of its length is gone
UNCOUNTED = frozenset({AssignmentKind.PRACTICE, AssignmentKind.STEERED})  # towards a rater's quota


@dataclass(frozen=True, kw_only=True)
class Hand:
    """What a rater holds and what waits for them, each in its order."""

    held: list[Assignment]
    practice: list[Assignment]
    queue: list[Assignment]


def locked_row(statement: str, key: UUID | int) -> Participation | None:
    """Lock a participation, found by one of the statements above."""
    return next(iter(PARTICIPATIONS.fetched(statement, {"key": key})), None)


def with_study(participation: Participation) -> Participation:
    """Bring the study of a locked participation, read after the lock was given: a pause meanwhile counts."""
    (participation.study,) = STUDIES.fetched(STUDY, {"study": participation.study_id})
    return participation


def locked_participation(*, participation_id: UUID) -> Participation:
    """Lock a participation, with its study; raise when its rater has withdrawn meanwhile."""
    participation = locked_row(LOCK, participation_id)
    if participation is None:
        raise WithdrawnError(gettext("Everything about you was deleted at your wish: join again to go on."))
    return with_study(participation)


def locked_owner(*, rater_id: UUID, assignment_id: int) -> Participation:
    """Lock the participation that an assignment belongs to; raise when it is somebody else's or nobody's."""
    participation = locked_row(LOCK_OF_ASSIGNMENT, assignment_id)
    if participation is None:
        raise AssignmentNotFoundError(gettext("There is no assignment {number}.").format(number=assignment_id))
    if participation.rater_id != rater_id:
        raise ForeignAssignmentError(
            gettext("Assignment {number} was given to somebody else.").format(number=assignment_id)
        )
    return participation


def held_assignment(*, participation: Participation, assignment_id: int) -> Assignment:
    """Lock an assignment of the participation that the caller has locked: it must not expire meanwhile."""
    (assignment,) = ASSIGNMENTS.fetched(HOLD, {"assignment": assignment_id, "participation": participation.pk})
    return assignment


def hand_of(*, participation: Participation) -> Hand:
    """Read a rater's hand in one query."""
    rows = ASSIGNMENTS.fetched(IN_HAND, {"participation": participation.pk})
    held = [row for row in rows if row.state == AssignmentState.LEASED]
    queued = sorted((row for row in rows if row.state == AssignmentState.QUEUED), key=lambda row: row.rank)
    return Hand(
        held=sorted(held, key=lambda row: row.position or 0),
        practice=[row for row in queued if row.kind == AssignmentKind.PRACTICE],
        queue=[row for row in queued if row.kind == AssignmentKind.FRESH],
    )


def lease_end(participation: Participation) -> datetime:
    """Give the moment at which a lease taken or renewed now runs out."""
    return timezone.now() + timedelta(minutes=participation.study.lease_minutes)


def wants_renewal(*, assignment: Assignment | PairAssignment, end: datetime, participation: Participation) -> bool:
    """Tell whether a tenth of a lease has gone by: to write it anew at each click would cost more than the click."""
    expires, length = assignment.lease_expires_at, timedelta(minutes=participation.study.lease_minutes)
    return expires is None or expires < end - length * RENEWED_AFTER


def renewed_leases(*, participation: Participation, held: list[Assignment]) -> list[Assignment]:
    """Renew what the rater holds: asking again is activity."""
    end = lease_end(participation)
    if any(wants_renewal(assignment=assignment, end=end, participation=participation) for assignment in held):
        renew_leases(participation=participation, end=end)
        for assignment in held:
            assignment.lease_expires_at = end
    return held


def renew_leases(*, participation: Participation, end: datetime) -> None:
    """Let all that a rater holds run out later, and note that they are there."""
    Assignment.objects.filter(participation=participation, state=AssignmentState.LEASED).update(lease_expires_at=end)
    Participation.objects.filter(pk=participation.pk).update(last_seen_at=timezone.now())


def save_progress(*, participation: Participation) -> None:
    """Write the locked row's counters and state, and that the rater is there, in one go."""
    participation.last_seen_at = timezone.now()
    values = {
        "participation": participation.pk,
        "served": participation.served,
        "done": participation.done,
        "state": str(participation.state),
        "completed_at": participation.completed_at,
        "now": participation.last_seen_at,
    }
    run(SAVE_PROGRESS, values)
