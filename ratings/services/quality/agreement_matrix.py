"""How far each two of some raters agree on what both answered."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any
from uuid import UUID

import numpy as np

from ratings.choices import AssignmentKind
from ratings.models import Choice, Rating, Study
from ratings.models.pair import in_order
from ratings.registry import comparison_of, design_of
from ratings.services.quality.answers import PICTURES
from ratings.services.quality.measures import rank_correlation
from ratings.values.comparisons import ImpliedGame
from ratings.values.study_figures import SharedAgreement

FEWEST_SHARED = 5  # answers of both, below which nothing is computed

Said = Mapping[object, Any]  # what a rater answered, by picture or comparison


def agreement_matrix(*, study: Study, participations: Sequence[UUID]) -> dict[tuple[UUID, UUID], SharedAgreement]:
    """Compare each two of the participations, in one query, under both orders of their keys.

    The value is Spearman's correlation of their ratings of the same images, or the share of the same comparisons in
    which both chose alike.
    """
    is_rated = design_of(study).family.is_on_scale
    said = ratings_of(participations) if is_rated else choices_of(study, participations)
    compare = correlation if is_rated else equal_share
    found: dict[tuple[UUID, UUID], SharedAgreement] = {}
    for one, other in combinations(participations, 2):
        found[one, other] = found[other, one] = agreement_of(said[one], said[other], compare=compare)
    return found


def ratings_of(participations: Sequence[UUID]) -> defaultdict[UUID, dict[object, Any]]:
    """Read what raters said of each image at its first showing."""
    rows = Rating.objects.current().filter(participation__in=participations, assignment__kind=AssignmentKind.FRESH)
    return by_rater(rows.exclude(value=None).values_list("participation_id", "image_id", "value"))


def choices_of(study: Study, participations: Sequence[UUID]) -> defaultdict[UUID, dict[object, Any]]:
    """Read which of the pictures each rater preferred, whichever stood first."""
    rules = comparison_of(study)
    rows = Choice.objects.current().filter(participation__in=participations)
    columns = ("participation_id", "assignment__pair_id", "answer", "assignment__left", PICTURES)
    return by_rater(
        (rater, pair, preferences(rules.games(answer, pictures), shown=in_order(range(pictures), first=left)))
        for rater, pair, answer, left, pictures in rows.values_list(*columns)
    )


def preferences(games: Iterable[ImpliedGame], *, shown: Sequence[int]) -> frozenset[tuple[int, int, float]]:
    """Write what an answer says of each two pictures under their numbers in the comparison, the lower one first."""
    said = [(shown[game.one], shown[game.other], game.score) for game in games]
    return frozenset((one, other, score) if one < other else (other, one, 1 - score) for one, other, score in said)


def by_rater(rows: Iterable[tuple[UUID, object, Any]]) -> defaultdict[UUID, dict[object, Any]]:
    """Sort answers by who gave them."""
    found: defaultdict[UUID, dict[object, Any]] = defaultdict(dict)
    for rater, about, answer in rows:
        found[rater][about] = answer
    return found


def agreement_of(one: Said, other: Said, *, compare: Callable[..., float | None]) -> SharedAgreement:
    """Compare two raters on what both answered."""
    shared = [key for key in one if key in other]
    if len(shared) < FEWEST_SHARED:
        return SharedAgreement(shared=len(shared))
    return SharedAgreement(
        shared=len(shared), value=compare([one[key] for key in shared], [other[key] for key in shared])
    )


def correlation(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Give Spearman's correlation of two raters' ratings."""
    return rank_correlation(np.array(first, np.float64), np.array(second, np.float64))


def equal_share(first: Sequence[object], second: Sequence[object]) -> float | None:
    """Give the share of comparisons in which two raters chose alike."""
    return sum(one == other for one, other in zip(first, second, strict=True)) / len(first)
