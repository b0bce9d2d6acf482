"""Take images back from raters: skipped, left, or kept too long."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from ratings.choices import AssignmentKind, AssignmentState, SkipReason
from ratings.exceptions import InvalidInputError, NotLeasedError
from ratings.models import Assignment
from ratings.services.hand import held_assignment, locked_owner, locked_participation
from ratings.services.places import give_back_places


def close_assignments(*, assignments: Sequence[Assignment], state: AssignmentState) -> None:
    """End assignments that hold no place (any more)."""
    if assignments:
        Assignment.objects.filter(pk__in=[assignment.pk for assignment in assignments]).update(
            state=state, lease_expires_at=None, closed_at=timezone.now()
        )


def release(*, assignments: Sequence[Assignment], state: AssignmentState = AssignmentState.RELEASED) -> None:
    """End leases and give back the places they held."""
    close_assignments(assignments=assignments, state=state)
    fresh = [assignment.study_image_id for assignment in assignments if assignment.kind == AssignmentKind.FRESH]
    give_back_places(study_images=fresh)


def require_skip_reason(*, reason: str) -> None:
    """Refuse a reason that is none of those offered."""
    if reason not in SkipReason.values:
        raise InvalidInputError(
            gettext("Say why with one of the offered reasons."),
            fields={"reason": f"one of {', '.join(SkipReason.values)}"},
        )


@transaction.atomic
def skip_image(*, rater_id: UUID, assignment_id: int, reason: str) -> Assignment:
    """Give an image back, with the reason; one that was given back already stays so."""
    require_skip_reason(reason=reason)
    participation = locked_owner(rater_id=rater_id, assignment_id=assignment_id)
    assignment = held_assignment(participation=participation, assignment_id=assignment_id)
    if assignment.state in {AssignmentState.SKIPPED, AssignmentState.RELEASED}:
        return assignment
    if assignment.state != AssignmentState.LEASED:
        raise NotLeasedError(gettext("This image is not with you any more, so it cannot be skipped."))
    release(assignments=[assignment], state=AssignmentState.SKIPPED)
    assignment.state = AssignmentState.SKIPPED
    assignment.skip_reason = reason
    assignment.save(update_fields=["skip_reason"])
    return assignment


@transaction.atomic
def leave(*, participation_id: UUID) -> int:
    """Give back all that a rater holds: they stop for now. Give the number of images returned."""
    locked_participation(participation_id=participation_id)
    held = list(Assignment.objects.filter(participation=participation_id, state=AssignmentState.LEASED))
    release(assignments=held)
    return len(held)


@transaction.atomic
def release_expired(*, limit: int = 500) -> int:
    """Give back leases that ran out; may run twice at once, since each takes other rows."""
    expired = list(
        Assignment.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(state=AssignmentState.LEASED, lease_expires_at__lt=timezone.now())
        .order_by("lease_expires_at")[:limit]
    )
    release(assignments=expired)
    return len(expired)
