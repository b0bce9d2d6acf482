"""Hand items to raters, those they hold first: alike for every design. What comes next is for each family to choose."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from ratings.choices import ParticipationState
from ratings.exceptions import InvalidInputError
from ratings.models import Participation
from ratings.registry import ONE_IMAGE, SEVERAL_IMAGES, Family, design_of, require_family
from ratings.selectors.studies import require_open
from ratings.services import assign
from ratings.services.comparisons import leasing
from ratings.services.devices import require_fitting_device
from ratings.services.ends import end_if_inattentive
from ratings.services.participation_lock import lock_participation, open_assignments, renew_held, save_progress
from ratings.services.reservations import renew_reservation
from ratings.services.sightings import note_shown_texts, require_present_consent
from ratings.services.vision import require_vision_check
from ratings.values.devices import Device

MOST_AT_ONCE = 40  # what a rater may hold for a time without a network, and some more


@dataclass(frozen=True, kw_only=True)
class Leases:
    """What a rater holds now, in the order to be shown, and how far they are."""

    participation: Participation
    assignments: list[Any]  # of the family that the study's design belongs to
    is_queue_empty: bool  # nothing was waiting that a model had chosen for this rater


@dataclass(frozen=True, kw_only=True)
class Leasing:
    """How a family reads what a rater holds, chooses what comes next, and reads what is to be shown."""

    open_items: Callable[..., Any]  # (participation) -> with `held`, and `queue`: None where no model chooses ahead
    lease_more: Callable[..., list[Any]]  # (participation, open_items, count, rng)
    attach_shown: Callable[..., None]  # (assignments, study)


LEASING: Mapping[Family, Leasing] = {
    ONE_IMAGE: Leasing(open_items=open_assignments, lease_more=assign.lease_images, attach_shown=assign.attach_images),
    SEVERAL_IMAGES: Leasing(
        open_items=leasing.held_comparisons,
        lease_more=leasing.lease_comparisons,
        attach_shown=leasing.attach_comparisons,
    ),
}


@transaction.atomic
def lease_items(
    *,
    participation_id: UUID,
    count: int,
    family: Family | None = None,
    device: Device | None = None,
    rng: random.Random | None = None,
) -> Leases:
    """Hand out up to `count` items: those held already first. A family that is named has to be the study's.

    The device that is stated has to be one that the study takes.
    """
    if not 1 <= count <= MOST_AT_ONCE:
        sentence = gettext("Ask for 1 to {most} at once.").format(most=MOST_AT_ONCE)
        raise InvalidInputError(sentence, fields={"count": sentence})
    participation = lock_participation(participation_id=participation_id)
    study = participation.study
    family = family or design_of(study).family
    require_family(study=study, family=family)
    require_open(study=study)
    if end_if_inattentive(participation=participation):
        return Leases(participation=participation, assignments=[], is_queue_empty=False)
    require_fitting_device(participation=participation, device=device)
    require_present_consent(participation=participation)
    require_vision_check(participation=participation)
    note_shown_texts(participation=participation)
    renew_reservation(participation=participation)
    acts = LEASING[family]
    open_items = acts.open_items(participation=participation)
    before = (participation.served, participation.state)
    held = open_items.held
    renew_held(family=family, participation=participation, held=held)
    held += acts.lease_more(
        participation=participation, open_items=open_items, count=count, rng=rng or random.SystemRandom()
    )
    finish_if_nothing_is_left(participation=participation, held=held)
    if (participation.served, participation.state) != before:
        save_progress(participation=participation)
    shown = held[:count]
    acts.attach_shown(assignments=shown, study=study)
    return Leases(participation=participation, assignments=shown, is_queue_empty=open_items.queue == [])


def finish_if_nothing_is_left(*, participation: Participation, held: Sequence[object]) -> None:
    """Mark the participation complete when it holds nothing and gets nothing, active otherwise."""
    state = ParticipationState.ACTIVE if held else ParticipationState.COMPLETE
    if participation.state != state:
        participation.state = state
        participation.completed_at = None if held else timezone.now()
