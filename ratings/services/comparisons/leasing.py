"""Lease comparisons: those that a model chose for the rater, or else those with the fewest answers.

The order of the pictures is drawn in the same transaction. One of the pictures that stood first least often stands
first, by a draw where several did, and the others follow in their order. So each picture stands in each place equally
often, and nobody can tell it from its condition.
"""

import random
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial

from ratings.choices import AssignmentState, Policy, Side
from ratings.models import Image, Pair, PairAssignment, Participation, QueuedComparison, Study, StudyImage
from ratings.models.pair import IMAGE_FIELDS
from ratings.registry import SEVERAL_IMAGES
from ratings.selectors.pairs import (
    count_unseen_pairs,
    least_covered_pairs,
    pair_count,
    queued_comparisons,
    unseen_pairs_with_ordinals,
)
from ratings.services.fallback_policies import COVERAGE_WINDOW, ROUNDS, draw_by_ordinals, draw_least_covered
from ratings.services.participation_lock import lease_end, number_wanted
from ratings.services.slots import take_idle_slots, take_slots
from ratings.statements.prepared import fetched
from ratings.statements.slots import STOOD_FIRST


@dataclass(frozen=True, kw_only=True)
class HeldComparisons:
    """What a rater holds, and what waits for them: None in a study where no model chooses ahead."""

    held: list[PairAssignment]
    queue: list[QueuedComparison] | None


@dataclass(frozen=True, kw_only=True)
class ComparisonPick:
    """One comparison chosen for a rater, with how it was chosen."""

    pair: Pair
    policy: Policy
    propensity: float
    score: float | None = None
    model_version: str = ""


def held_comparisons(*, participation: Participation) -> HeldComparisons:
    """Read what a rater holds and what waits for them, in the order to be shown."""
    held = PairAssignment.objects.filter(participation=participation, state=AssignmentState.LEASED)
    is_chosen = participation.study.chooses_comparisons
    return HeldComparisons(
        held=list(held.order_by("position")),
        queue=queued_comparisons(participation=participation) if is_chosen else None,
    )


def lease_comparisons(
    *, participation: Participation, open_items: HeldComparisons, count: int, rng: random.Random
) -> list[PairAssignment]:
    """Lease what is missing; where others were faster, look again without waiting for anybody."""
    wanted = number_wanted(participation=participation, held=open_items.held, count=count)
    leased: list[PairAssignment] = []
    tried: set[int] = set()
    queue = open_items.queue or []
    for take in (take_slots, *[take_idle_slots] * ROUNDS):
        missing = wanted - len(leased)
        if missing <= 0:
            break
        picks = chosen_picks(participation=participation, queue=queue, count=missing, rng=rng) if not tried else []
        without = {pick.pair.pk for pick in picks} | {assignment.pair_id for assignment in leased}
        picks += coverage_picks(participation=participation, count=missing - len(picks), without=without, rng=rng)
        if not picks:
            break
        tried |= {pick.pair.pk for pick in picks}
        taken = take(family=SEVERAL_IMAGES, items=[pick.pair.pk for pick in picks])
        won = [pick for pick in picks if pick.pair.pk in taken]
        leased += lease_taken(participation=participation, picks=won, rng=rng)
    if queue and tried:
        QueuedComparison.objects.filter(participation=participation, pair__in=tried).delete()
    return leased


def chosen_picks(
    *, participation: Participation, queue: Sequence[QueuedComparison], count: int, rng: random.Random
) -> list[ComparisonPick]:
    """Draw which places are of the test slice, and fill the others from the queue; none where nothing waits."""
    if not queue:
        return []
    drawn = sum(rng.random() < participation.study.random_share for _ in range(count))
    picks = uniform_picks(participation=participation, count=drawn, rng=rng)
    uniform = {pick.pair.pk for pick in picks}
    front = [one for one in queue if one.pair_id not in uniform][: count - len(picks)]
    picks += [
        ComparisonPick(
            pair=one.pair,
            policy=Policy(one.policy),
            propensity=one.propensity,
            score=one.score,
            model_version=one.model_version,
        )
        for one in front
    ]
    rng.shuffle(picks)  # so that a position tells nothing of the policy
    return picks


def uniform_picks(*, participation: Participation, count: int, rng: random.Random) -> list[ComparisonPick]:
    """Draw unseen comparisons uniformly: the unbiased test slice."""
    if count <= 0:
        return []
    drawn = draw_by_ordinals(
        pair_count(study_id=participation.study_id),
        count=count,
        rng=rng,
        unseen=partial(unseen_pairs_with_ordinals, participation=participation),
        count_unseen=partial(count_unseen_pairs, participation=participation),
    )
    return [ComparisonPick(pair=pair, policy=Policy.RANDOM, propensity=chance) for pair, chance in drawn]


def coverage_picks(
    *, participation: Participation, count: int, without: set[int], rng: random.Random
) -> list[ComparisonPick]:
    """Draw from the unseen comparisons with the fewest answers."""
    if count <= 0:
        return []
    rows = least_covered_pairs(participation=participation, limit=max(COVERAGE_WINDOW, count), without=without)
    drawn = draw_least_covered(rows, count=count, rng=rng)
    return [ComparisonPick(pair=pair, policy=Policy.COVERAGE, propensity=chance) for pair, chance in drawn]


def lease_taken(
    *, participation: Participation, picks: Sequence[ComparisonPick], rng: random.Random
) -> list[PairAssignment]:
    """Lease what has been taken, in the order drawn; each gets the rater's next position."""
    end, firsts = lease_end(participation), draw_firsts(pairs=[pick.pair for pick in picks], rng=rng)
    assignments = []
    for pick in picks:
        participation.served += 1
        assignments.append(
            PairAssignment(
                participation=participation,
                pair_id=pick.pair.pk,
                left=firsts[pick.pair.pk],
                policy=pick.policy,
                propensity=pick.propensity,
                score=pick.score,
                model_version=pick.model_version,
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
