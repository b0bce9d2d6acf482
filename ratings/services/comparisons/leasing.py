"""Lease comparisons: those with the fewest answers first, with the order of the pictures drawn in the same transaction.

One of the pictures that stood first least often stands first, by a draw where several did, and the others follow in
their order. So each picture stands in each place equally often, and nobody can tell it from its condition.
"""

import random
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ratings.choices import AssignmentState, Side
from ratings.models import Image, Pair, PairAssignment, Participation, Study, StudyImage
from ratings.models.pair import IMAGE_FIELDS
from ratings.registry import SEVERAL_IMAGES
from ratings.selectors.pairs import least_covered_pairs
from ratings.services.fallback_policies import COVERAGE_WINDOW, ROUNDS, draw_least_covered
from ratings.services.participation_lock import lease_end, number_wanted
from ratings.services.slots import take_idle_slots, take_slots
from ratings.statements.prepared import fetched
from ratings.statements.slots import STOOD_FIRST


@dataclass(frozen=True, kw_only=True)
class HeldComparisons:
    """What a rater holds; no model chooses ahead what comes next."""

    held: list[PairAssignment]
    queue: None = None


def held_comparisons(*, participation: Participation) -> HeldComparisons:
    """Read what a rater holds, in the order to be shown."""
    held = PairAssignment.objects.filter(participation=participation, state=AssignmentState.LEASED)
    return HeldComparisons(held=list(held.order_by("position")))


def lease_comparisons(
    *, participation: Participation, open_items: HeldComparisons, count: int, rng: random.Random
) -> list[PairAssignment]:
    """Lease what is missing; where others were faster, look again without waiting for anybody."""
    wanted = number_wanted(participation=participation, held=open_items.held, count=count)
    leased: list[PairAssignment] = []
    for take in (take_slots, *[take_idle_slots] * ROUNDS):
        missing = wanted - len(leased)
        if missing <= 0:
            break
        window, without = max(COVERAGE_WINDOW, missing), {assignment.pair_id for assignment in leased}
        rows = least_covered_pairs(participation=participation, limit=window, without=without)
        if not rows:
            break
        drawn = {pair.pk: propensity for pair, propensity in draw_least_covered(rows, count=missing, rng=rng)}
        taken = take(family=SEVERAL_IMAGES, items=list(drawn))
        won = [pair for pair in rows if pair.pk in taken]
        leased += lease_taken(participation=participation, pairs=won, drawn=drawn, rng=rng)
    return leased


def lease_taken(
    *, participation: Participation, pairs: Sequence[Pair], drawn: dict[int, float], rng: random.Random
) -> list[PairAssignment]:
    """Lease what has been taken, in the order drawn; each gets the rater's next position."""
    end, firsts = lease_end(participation), draw_firsts(pairs=pairs, rng=rng)
    assignments = []
    for pair in (pair for pair in drawn if pair in firsts):
        participation.served += 1
        assignments.append(
            PairAssignment(
                participation=participation,
                pair_id=pair,
                left=firsts[pair],
                propensity=drawn[pair],
                position=participation.served,
                lease_expires_at=end,
            )
        )
    return PairAssignment.objects.bulk_create(assignments)


def draw_firsts(*, pairs: Sequence[Pair], rng: random.Random) -> dict[int, Side]:
    """Draw, for comparisons that the caller has locked, a picture among those that stood first least often."""
    stood = Counter(fetched(STOOD_FIRST, {"pairs": [pair.pk for pair in pairs]}) if pairs else [])
    return {
        pair.pk: min(list(Side)[: len(pair.image_ids)], key=lambda side: (stood[pair.pk, side], rng.random()))
        for pair in pairs
    }


def attach_comparisons(*, assignments: Sequence[PairAssignment], study: Study) -> None:
    """Read what is compared, with its pictures, to be shown."""
    pairs = Pair.objects.in_bulk([assignment.pair_id for assignment in assignments])
    images = Image.objects.in_bulk({image for pair in pairs.values() for image in pair.image_ids})
    for pair in pairs.values():
        for name in IMAGE_FIELDS:
            setattr(pair, name, images.get(getattr(pair, f"{name}_id")))
    if study.show_prompt:
        attach_prompts(pairs=pairs.values(), study=study)
    for assignment in assignments:
        assignment.pair = pairs[assignment.pair_id]


def attach_prompts(*, pairs: Collection[Pair], study: Study) -> None:
    """Read what the study says of a picture of each prompt that is shown: the prompt in further languages."""
    entries = StudyImage.objects.filter(study=study, image__in=[image for pair in pairs for image in pair.image_ids])
    facts = {(entry.image_id, entry.prompt): entry.metadata for entry in entries}
    for pair in pairs:
        known = (facts.get((image, pair.prompt)) for image in pair.image_ids)
        pair.prompt_facts = next((one for one in known if one), {})
