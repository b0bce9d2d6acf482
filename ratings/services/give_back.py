"""Give back items: skipped, left, or kept too long. Alike for every design."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from ratings.choices import AssignmentKind, AssignmentState, SkipReason
from ratings.exceptions import InvalidInputError, NotLeasedError, PictureTakenOffError
from ratings.models import Study
from ratings.registry import FAMILIES, Family
from ratings.services.participation_lock import lock_assignment, lock_owner, lock_participation
from ratings.services.slots import release_slots


def free_slots(*, family: Family, assignments: Sequence[Any]) -> None:
    """Give back the slots that assignments held."""
    fresh = [family.item_of(assignment) for assignment in assignments if assignment.kind == AssignmentKind.FRESH]
    release_slots(family=family, items=fresh)


def release(
    *,
    family: Family,
    assignments: Sequence[Any],
    state: AssignmentState = AssignmentState.RELEASED,
    reason: str = "",
) -> None:
    """End leases, and release the slots that they held."""
    if assignments:
        family.assignment._default_manager.filter(pk__in=[assignment.pk for assignment in assignments]).update(
            state=state, lease_expires_at=None, closed_at=timezone.now(), skip_reason=reason
        )
        free_slots(family=family, assignments=assignments)


def require_skip_reason(*, reason: str) -> None:
    """Refuse a reason that is none of those offered."""
    if reason not in SkipReason.values:
        raise InvalidInputError(
            gettext("Say why with one of the offered reasons."),
            fields={"reason": f"one of {', '.join(SkipReason.values)}"},
        )


@transaction.atomic
def skip_item(*, family: Family, rater_id: UUID, assignment_id: int, reason: str) -> Any:
    """Give an item back, with the reason; one that was given back already stays so."""
    require_skip_reason(reason=reason)
    participation = lock_owner(family=family, rater_id=rater_id, assignment_id=assignment_id)
    assignment = lock_assignment(family=family, participation=participation, assignment_id=assignment_id)
    if assignment.state in {AssignmentState.SKIPPED, AssignmentState.RELEASED}:
        return assignment
    if assignment.state != AssignmentState.LEASED:
        raise NotLeasedError(str(family.words.not_skippable))
    release(family=family, assignments=[assignment], state=AssignmentState.SKIPPED, reason=reason)
    assignment.state = AssignmentState.SKIPPED
    return assignment


@transaction.atomic
def leave(*, family: Family, participation_id: UUID) -> int:
    """Give back all that a rater holds, as they stop for now. Give the number of items returned."""
    lock_participation(participation_id=participation_id)
    assignments = family.assignment._default_manager
    held = list(assignments.filter(participation=participation_id, state=AssignmentState.LEASED))
    release(family=family, assignments=held)
    return len(held)


def release_expired(*, limit: int = 500) -> int:
    """Give back leases of any design that ran out, or are of what was taken off; each of two calls takes other rows."""
    ended = end_leases_of_taken_off()
    return ended + sum(release_expired_of(family=family, limit=limit) for family in FAMILIES)


@transaction.atomic
def release_expired_of(*, family: Family, limit: int) -> int:
    """Give back leases that ran out in the studies of one family."""
    assignments = family.assignment._default_manager.select_for_update(skip_locked=True, of=("self",))
    expired = list(
        assignments.filter(state=AssignmentState.LEASED, lease_expires_at__lt=timezone.now()).order_by(
            "lease_expires_at"
        )[:limit]
    )
    release(family=family, assignments=expired)
    return len(expired)


def end_leases_of_taken_off(*, study: Study | None = None) -> int:
    """End what raters hold of pictures that were taken off, of one study or of all; give how many they held.

    May run at any time and twice at once: what another transaction has locked is left to the next sweep.
    """
    return sum(end_leases_in(family=family, study=study) for family in FAMILIES)


@transaction.atomic
def end_leases_in(*, family: Family, study: Study | None) -> int:
    """End what raters hold in the studies of one family; what only waited in a queue was shown to nobody, and goes."""
    conditions: dict[str, Any] = {f"{family.item_field}__off_at__isnull": False}
    if study is not None:
        conditions[f"{family.item_field}__study"] = study.pk
    rows = family.assignment._default_manager.filter(**conditions)
    waiting = rows.filter(state=AssignmentState.QUEUED).select_for_update(skip_locked=True, of=("self",))
    family.assignment._default_manager.filter(pk__in=list(waiting.values_list("pk", flat=True))).delete()
    leased = rows.filter(state=AssignmentState.LEASED).select_for_update(skip_locked=True, of=("self",))
    held = list(leased.order_by("pk"))
    release(family=family, assignments=held)
    return len(held)


def refuse_taken_off(*, family: Family, item: int) -> None:
    """Raise where an item was taken off its study."""
    if family.item._default_manager.filter(pk=item, off_at__isnull=False).exists():
        raise PictureTakenOffError(str(family.words.taken_off))
