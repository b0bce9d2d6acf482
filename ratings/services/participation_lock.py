"""The lock on a participation, the assignments that are open under it, and how long leases last."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext

from ratings.choices import AssignmentKind, AssignmentState
from ratings.exceptions import AssignmentNotFoundError, ForeignAssignmentError, WithdrawnError
from ratings.models import Assignment, Participation
from ratings.registry import Family
from ratings.statements.locks import (
    ASSIGNMENTS,
    HELD,
    LOCK,
    OPEN_ASSIGNMENTS,
    PARTICIPATIONS,
    SAVE_PROGRESS,
    STUDIES,
    STUDY,
)
from ratings.statements.prepared import run

RENEWED_AFTER = 0.1  # of its length is gone
UNCOUNTED = frozenset({AssignmentKind.PRACTICE, AssignmentKind.STEERED})  # towards a rater's quota


@dataclass(frozen=True, kw_only=True)
class OpenAssignments:
    """What a rater holds and what waits for them, each in its order."""

    held: list[Assignment]
    practice: list[Assignment]
    queue: list[Assignment]


def lock_row(statement: str, key: UUID | int) -> Participation | None:
    """Lock a participation, found by one of the statements above."""
    return next(iter(PARTICIPATIONS.fetched(statement, {"key": key})), None)


def attach_study(participation: Participation) -> Participation:
    """Read the study of a locked participation, after the lock was given, so that a pause meanwhile counts."""
    (participation.study,) = STUDIES.fetched(STUDY, {"study": participation.study_id})
    return participation


def lock_participation(*, participation_id: UUID) -> Participation:
    """Lock a participation, with its study; raise when its rater has withdrawn meanwhile."""
    participation = lock_row(LOCK, participation_id)
    if participation is None:
        raise WithdrawnError(gettext("Everything about you was deleted at your request: join again to continue."))
    return attach_study(participation)


def lock_owner(*, family: Family, rater_id: UUID, assignment_id: int) -> Participation:
    """Lock the participation that an assignment belongs to; raise when it is somebody else's or nobody's."""
    participation = lock_row(HELD[family].lock_owner, assignment_id)
    if participation is None:
        raise AssignmentNotFoundError(gettext("There is no assignment {number}.").format(number=assignment_id))
    if participation.rater_id != rater_id:
        raise ForeignAssignmentError(
            gettext("Assignment {number} was given to somebody else.").format(number=assignment_id)
        )
    return participation


def lock_assignment(*, family: Family, participation: Participation, assignment_id: int) -> Any:
    """Lock an assignment of the participation that the caller has locked: it must not expire meanwhile."""
    held = HELD[family]
    (assignment,) = held.rows.fetched(held.hold, {"assignment": assignment_id, "participation": participation.pk})
    return assignment


def open_assignments(*, participation: Participation) -> OpenAssignments:
    """Read a rater's open assignments in one query."""
    rows = ASSIGNMENTS.fetched(OPEN_ASSIGNMENTS, {"participation": participation.pk})
    held = [row for row in rows if row.state == AssignmentState.LEASED]
    queued = sorted((row for row in rows if row.state == AssignmentState.QUEUED), key=lambda row: row.rank)
    return OpenAssignments(
        held=sorted(held, key=lambda row: row.position or 0),
        practice=[row for row in queued if row.kind == AssignmentKind.PRACTICE],
        queue=[row for row in queued if row.kind == AssignmentKind.FRESH],
    )


def number_wanted(*, participation: Participation, held: Sequence[Any], count: int) -> int:
    """Give how many items are to be leased for a rater who holds some and asks for so many; none below 1."""
    counted = sum(1 for assignment in held if assignment.kind not in UNCOUNTED)
    return min(count - len(held), participation.allowance - participation.done - counted)


def lease_end(participation: Participation) -> datetime:
    """Give the moment at which a lease taken or renewed now runs out."""
    return timezone.now() + timedelta(minutes=participation.study.lease_minutes)


def is_renewal_due(*, assignment: Any, end: datetime, participation: Participation) -> bool:
    """Tell whether a tenth of a lease has gone by: to renew it at each click would cost more than the click."""
    expires, length = assignment.lease_expires_at, timedelta(minutes=participation.study.lease_minutes)
    return expires is None or expires < end - length * RENEWED_AFTER


def renew_held(*, family: Family, participation: Participation, held: list[Any]) -> None:
    """Renew what the rater holds: asking again is activity."""
    end = lease_end(participation)
    if any(is_renewal_due(assignment=assignment, end=end, participation=participation) for assignment in held):
        renew_leases(family=family, participation=participation, end=end)
        for assignment in held:
            assignment.lease_expires_at = end


def renew_leases(*, family: Family, participation: Participation, end: datetime) -> None:
    """Extend the leases that a rater holds, and note the activity."""
    held = family.assignment._default_manager.filter(participation=participation, state=AssignmentState.LEASED)
    held.update(lease_expires_at=end)
    Participation.objects.filter(pk=participation.pk).update(last_seen_at=timezone.now())


def save_progress(*, participation: Participation) -> None:
    """Write the locked row's counters, state and time of activity in one statement."""
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
