"""Choose images for a rater without a model: uniform draws for the test slice, repeats, and coverage first."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeVar
from uuid import UUID

from ratings.choices import AssignmentKind, Policy
from ratings.models import Participation, StudyImage
from ratings.selectors import candidates

COVERAGE_WINDOW = 64  # least-covered items that a coverage pick is drawn from
ROUNDS = 4  # of coverage picks when others were faster to take the places
DRAWS_PER_PICK = 16  # ordinals drawn for one uniform pick: enough unless nearly all images are taken
COUNTED_DRAWS = 400  # ordinals that tell how many images are suitable: with half of them, to 5 percent


class Covered(Protocol):
    """An item of which so many places are taken."""

    @property
    def taken(self) -> int:
        """Give the number of places taken."""


Item = TypeVar("Item", bound=Covered)
Row = TypeVar("Row")


@dataclass(frozen=True, kw_only=True)
class Pick:
    """One image chosen for a rater, with the probability of that choice among its candidates."""

    study_image_id: int
    image_id: UUID
    policy: Policy
    propensity: float
    kind: AssignmentKind = AssignmentKind.FRESH


def uniform_picks(*, participation: Participation, count: int, rng: random.Random) -> list[Pick]:
    """Draw unseen images uniformly, without replacement: the unbiased test slice.

    Ordinals are dense, so a uniform draw of ordinals with the unsuitable ones dropped is a uniform
    draw of the suitable images, at a cost that does not grow with the study. How many are suitable,
    which the propensity needs, is known in a study of up to `COUNTED_DRAWS` images; in a larger one it is
    an estimate, from the share of suitable ordinals among so many drawn: with a share s its spread is
    sqrt((1 - s) / (s n)) of it, n being the number drawn. Counting all would let raters wait for it.
    """
    if count <= 0:
        return []
    size = candidates.ordinal_count(study_id=participation.study_id)
    drawn = draw_by_ordinals(
        size,
        count=count,
        rng=rng,
        unseen=partial(candidates.unseen_with_ordinals, participation=participation),
        count_unseen=partial(candidates.count_unseen, participation=participation),
    )
    return [fresh_pick(row, Policy.RANDOM, propensity) for row, propensity in drawn]


def draw_by_ordinals(
    size: int,
    *,
    count: int,
    rng: random.Random,
    unseen: Callable[..., Sequence[Row]],  # (ordinals) -> those of them that the rater may get, in that order
    count_unseen: Callable[..., int],  # (ordinals) -> how many of them
) -> list[tuple[Row, float]]:
    """Draw items by ordinals below `size`; give each with its propensity."""
    most = count * DRAWS_PER_PICK
    ordinals = rng.sample(range(size), min(size, max(most, COUNTED_DRAWS)))
    rows = unseen(ordinals=ordinals[:most])
    suitable = (len(rows) + count_unseen(ordinals=ordinals[most:])) * size / max(len(ordinals), 1)
    return [(row, 1 / (suitable - place)) for place, row in enumerate(rows[:count])]


def coverage_picks(*, participation: Participation, count: int, rng: random.Random, without: set[int]) -> list[Pick]:
    """Draw from the least-covered unseen images, each time uniformly among those with the fewest places taken."""
    if count <= 0:
        return []
    rows = candidates.least_covered(participation=participation, limit=max(COVERAGE_WINDOW, count), without=without)
    drawn = draw_least_covered(rows, count=count, rng=rng)
    return [fresh_pick(row, Policy.COVERAGE, propensity) for row, propensity in drawn]


def draw_least_covered(rows: Sequence[Item], *, count: int, rng: random.Random) -> list[tuple[Item, float]]:
    """Draw from items in the order of their places taken, each time uniformly among those with the fewest.

    Gives each with its propensity, the probability of that draw.
    """
    left = list(rows)
    drawn: list[tuple[Item, float]] = []
    while left and len(drawn) < count:
        fewest = [row for row in left if row.taken == left[0].taken]
        chosen = rng.choice(fewest)
        left.remove(chosen)
        drawn.append((chosen, 1 / len(fewest)))
    return drawn


def repeat_picks(*, participation: Participation, count: int, rng: random.Random) -> list[Pick]:
    """Draw images rated long enough ago to be shown once more."""
    if not count:
        return []
    known = candidates.repeatable(participation=participation, gap=participation.study.repeat_gap)
    chosen = rng.sample(known, min(count, len(known)))
    return [
        Pick(
            study_image_id=assignment.study_image_id,
            image_id=assignment.image_id,
            policy=Policy.REPEAT,
            propensity=1 / (len(known) - place),
            kind=AssignmentKind.REPEAT,
        )
        for place, assignment in enumerate(chosen)
    ]


def attention_picks(*, participation: Participation, count: int, rng: random.Random) -> list[Pick]:
    """Draw an attention check if one falls due among the next `count` images."""
    every = participation.study.attention_every
    if not every or (participation.served + count) // every == participation.served // every:
        return []
    checks = candidates.attention_checks(study_id=participation.study_id)
    if not checks:
        return []
    check = rng.choice(checks)
    return [
        Pick(
            study_image_id=check.pk,
            image_id=check.image_id,
            policy=Policy.ATTENTION,
            propensity=1 / len(checks),
            kind=AssignmentKind.ATTENTION,
        )
    ]


def fresh_pick(row: StudyImage | candidates.CandidateImage, policy: Policy, propensity: float) -> Pick:
    """Make the pick of an image the rater has not seen."""
    return Pick(study_image_id=row.pk, image_id=row.image_id, policy=policy, propensity=propensity)
