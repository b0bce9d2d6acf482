"""The pairs in a rater's hand: what is held, and whose assignment it is."""

from datetime import datetime
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext

from ratings.choices import AssignmentState
from ratings.exceptions import AssignmentNotFoundError, ForeignAssignmentError
from ratings.models import PairAssignment, Participation
from ratings.services.hand import PARTICIPATIONS, lease_end, locked_row, wants_renewal, with_study
from ratings.statements import selecting

LOCK_OF_PAIR = selecting(
    """
    SELECT {part} FROM ratings_participation AS part
    JOIN ratings_pairassignment AS held ON held.participation_id = part.id
    WHERE held.id = %(key)s FOR NO KEY UPDATE OF part
    """,
    part=PARTICIPATIONS,
)


def locked_participation_of_pair(*, rater_id: UUID, assignment_id: int) -> Participation:
    """Lock the participation that an assignment belongs to; raise when it is somebody else's or nobody's."""
    participation = locked_row(LOCK_OF_PAIR, assignment_id)
    if participation is None:
        raise AssignmentNotFoundError(gettext("There is no assignment {number}.").format(number=assignment_id))
    if participation.rater_id != rater_id:
        raise ForeignAssignmentError(
            gettext("Assignment {number} was given to somebody else.").format(number=assignment_id)
        )
    return with_study(participation)


def held_pair(*, participation: Participation, assignment_id: int) -> PairAssignment:
    """Lock an assignment of the participation that the caller has locked: it must not expire meanwhile."""
    return PairAssignment.objects.select_for_update(no_key=True).get(pk=assignment_id, participation=participation)


def pairs_in_hand(*, participation: Participation) -> list[PairAssignment]:
    """Read what a rater holds, in the order to be shown."""
    held = PairAssignment.objects.filter(participation=participation, state=AssignmentState.LEASED)
    return list(held.order_by("position"))


def renewed_pairs(*, participation: Participation, held: list[PairAssignment]) -> list[PairAssignment]:
    """Renew what the rater holds: asking again is activity."""
    end = lease_end(participation)
    if any(wants_renewal(assignment=assignment, end=end, participation=participation) for assignment in held):
        renew_pairs(participation=participation, end=end)
        for assignment in held:
            assignment.lease_expires_at = end
    return held


def renew_pairs(*, participation: Participation, end: datetime) -> None:
    """Let all that a rater holds run out later, and note that they are there."""
    held = PairAssignment.objects.filter(participation=participation, state=AssignmentState.LEASED)
    held.update(lease_expires_at=end)
    Participation.objects.filter(pk=participation.pk).update(last_seen_at=timezone.now())
