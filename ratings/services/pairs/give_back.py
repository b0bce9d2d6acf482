"""Take pairs back from raters: skipped, left, or kept too long."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from ratings.choices import AssignmentState
from ratings.exceptions import NotLeasedError
from ratings.models import PairAssignment
from ratings.services.give_back import require_skip_reason
from ratings.services.hand import locked_participation
from ratings.services.pairs.hand import held_pair, locked_participation_of_pair
from ratings.services.pairs.places import give_back_pairs


def release_pairs(
    *, assignments: Sequence[PairAssignment], state: AssignmentState = AssignmentState.RELEASED, reason: str = ""
) -> None:
    """End leases and give back the places they held."""
    PairAssignment.objects.filter(pk__in=[assignment.pk for assignment in assignments]).update(
        state=state, lease_expires_at=None, closed_at=timezone.now(), skip_reason=reason
    )
    give_back_pairs(places=[(assignment.pair_id, assignment.left) for assignment in assignments])


@transaction.atomic
def skip_pair(*, rater_id: UUID, assignment_id: int, reason: str) -> PairAssignment:
    """Give a pair back, with the reason; one that was given back already stays so."""
    require_skip_reason(reason=reason)
    participation = locked_participation_of_pair(rater_id=rater_id, assignment_id=assignment_id)
    assignment = held_pair(participation=participation, assignment_id=assignment_id)
    if assignment.state in {AssignmentState.SKIPPED, AssignmentState.RELEASED}:
        return assignment
    if assignment.state != AssignmentState.LEASED:
        raise NotLeasedError(gettext("This pair is not with you any more, so it cannot be skipped."))
    release_pairs(assignments=[assignment], state=AssignmentState.SKIPPED, reason=reason)
    return assignment


@transaction.atomic
def leave_pairs(*, participation_id: UUID) -> int:
    """Give back all that a rater holds: they stop for now. Give the number of pairs returned."""
    locked_participation(participation_id=participation_id)
    held = list(PairAssignment.objects.filter(participation=participation_id, state=AssignmentState.LEASED))
    release_pairs(assignments=held)
    return len(held)


@transaction.atomic
def release_expired_pairs(*, limit: int = 500) -> int:
    """Give back leases that ran out; may run twice at once, since each takes other rows."""
    expired = list(
        PairAssignment.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(state=AssignmentState.LEASED, lease_expires_at__lt=timezone.now())
        .order_by("lease_expires_at")[:limit]
    )
    release_pairs(assignments=expired)
    return len(expired)
