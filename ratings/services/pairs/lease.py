"""Hand pairs to raters: coverage first, each with the side drawn for it."""

import random
from collections.abc import Callable, Sequence
from uuid import UUID

from django.db import transaction

from ratings.choices import AssignmentState, Side
from ratings.exceptions import InvalidInputError
from ratings.models import Image, Pair, PairAssignment, Participation
from ratings.models.pair import IMAGE_FIELDS
from ratings.registry import SEVERAL_IMAGES, require_family
from ratings.selectors.pairs import least_covered_pairs
from ratings.selectors.studies import require_open
from ratings.services.assign import MOST_AT_ONCE, ROUNDS, Leases, finish_if_nothing_is_left
from ratings.services.fallback_policies import COVERAGE_WINDOW
from ratings.services.pairs.places import take_idle_pairs, take_pairs
from ratings.services.participation_lock import lease_end, lock_participation, renew_held, save_progress
from ratings.services.reservations import renew_reservation

TakePairs = Callable[..., dict[int, Side]]


@transaction.atomic
def lease_pairs(*, participation_id: UUID, count: int, rng: random.Random | None = None) -> Leases:
    """Hand out up to `count` pairs: those held already first, then those with the fewest choices so far."""
    if not 1 <= count <= MOST_AT_ONCE:
        raise InvalidInputError(
            f"Ask for 1 to {MOST_AT_ONCE} at once.", fields={"count": f"must be 1 to {MOST_AT_ONCE}"}
        )
    participation = lock_participation(participation_id=participation_id)
    require_family(study=participation.study, family=SEVERAL_IMAGES)
    require_open(study=participation.study)
    renew_reservation(participation=participation)
    before = (participation.served, participation.state)
    held = in_hand(participation=participation)
    renew_held(family=SEVERAL_IMAGES, participation=participation, held=held)
    wanted = min(count - len(held), participation.allowance - participation.done - len(held))
    held += lease_more(participation=participation, count=wanted, rng=rng or random.SystemRandom())
    finish_if_nothing_is_left(participation=participation, held=held)
    if (participation.served, participation.state) != before:
        save_progress(participation=participation)
    shown = held[:count]
    bring_pairs(assignments=shown)
    return Leases(participation=participation, assignments=shown, is_queue_empty=False)


def in_hand(*, participation: Participation) -> list[PairAssignment]:
    """Read what a rater holds, in the order to be shown."""
    held = PairAssignment.objects.filter(participation=participation, state=AssignmentState.LEASED)
    return list(held.order_by("position"))


def bring_pairs(*, assignments: Sequence[PairAssignment]) -> None:
    """Read what is compared, with its pictures, to be shown."""
    pairs = Pair.objects.in_bulk([assignment.pair_id for assignment in assignments])
    images = Image.objects.in_bulk({image for pair in pairs.values() for image in pair.image_ids})
    for pair in pairs.values():
        for name in IMAGE_FIELDS:
            setattr(pair, name, images.get(getattr(pair, f"{name}_id")))
    for assignment in assignments:
        assignment.pair = pairs[assignment.pair_id]


def lease_more(*, participation: Participation, count: int, rng: random.Random) -> list[PairAssignment]:
    """Lease `count` pairs; where others were faster, look again without waiting for anybody."""
    leased: list[PairAssignment] = []
    takes: list[TakePairs] = [take_pairs, *[take_idle_pairs] * ROUNDS]
    for take in takes:
        missing = count - len(leased)
        if missing <= 0:
            break
        drawn = drawn_pairs(participation=participation, count=missing, rng=rng, leased=leased)
        if not drawn:
            break
        sides = take(pairs=list(drawn))
        leased += lease_drawn(participation=participation, drawn=drawn, sides=sides)
    return leased


def drawn_pairs(
    *, participation: Participation, count: int, rng: random.Random, leased: Sequence[PairAssignment]
) -> dict[int, float]:
    """Draw from the least-covered unseen pairs, each time uniformly among those with the fewest places taken.

    Gives each pair's propensity among its candidates.
    """
    without = {assignment.pair_id for assignment in leased}
    window = max(COVERAGE_WINDOW, count)
    rows: list[Pair] = least_covered_pairs(participation=participation, limit=window, without=without)
    drawn: dict[int, float] = {}
    while rows and len(drawn) < count:
        fewest = [row for row in rows if row.taken == rows[0].taken]
        chosen = rng.choice(fewest)
        rows.remove(chosen)
        drawn[chosen.pk] = 1 / len(fewest)
    return drawn


def lease_drawn(
    *, participation: Participation, drawn: dict[int, float], sides: dict[int, Side]
) -> list[PairAssignment]:
    """Lease the pairs whose places were taken, in the order drawn; each gets the rater's next position."""
    end = lease_end(participation)
    assignments = []
    for pair, propensity in drawn.items():
        if pair not in sides:
            continue
        participation.served += 1
        assignments.append(
            PairAssignment(
                participation=participation,
                pair_id=pair,
                left=sides[pair],
                propensity=propensity,
                position=participation.served,
                lease_expires_at=end,
            )
        )
    return PairAssignment.objects.bulk_create(assignments)
