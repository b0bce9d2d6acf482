"""What a choice among pictures says of each two of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

WON, TIED, LOST = 1.0, 0.5, 0.0
SCORES = {"left": WON, "tie": TIED, "right": LOST}


@dataclass(frozen=True, kw_only=True)
class ImpliedGame:
    """Two places of what was shown, from 0, and what the picture in the first of them got: 1, 0, or 0.5 for a tie."""

    one: int
    other: int
    score: float


@dataclass(frozen=True, kw_only=True)
class ComparisonRules:
    """How a design that shows several pictures at once names their places, and what its answers imply."""

    fewest: int  # pictures at once
    sizes: Callable[[Any, int], int]  # (study, conditions of a group) -> how many of them are shown at once
    named: Callable[[Sequence[Any]], dict[str, Any]]  # what stands in each place, by the names that the API uses
    games: Callable[[str, int], list[ImpliedGame]]  # (answer, pictures shown)
    position: Callable[[str, int], float]  # of the picture preferred: 0 for the first place, 1 for the last
    first_title: str  # of the share of answers that preferred the first place
    first_detail: str  # what that share is where places do not matter


def pair_games(answer: str, size: int) -> list[ImpliedGame]:  # noqa: ARG001 - as of more than two
    """Give the one game between two pictures."""
    return [ImpliedGame(one=0, other=1, score=SCORES[answer])]


def pair_position(answer: str, size: int) -> float:  # noqa: ARG001 - as above
    """Give the side that was preferred: 0 left, 1 right, between them a tie."""
    return WON - SCORES[answer]


def named_sides(shown: Sequence[Any]) -> dict[str, Any]:
    """Name what stands left and right."""
    return {"left": shown[0], "right": shown[1]}


def best_worst_games(answer: str, size: int) -> list[ImpliedGame]:
    """Give what the best and the worst imply: the best beats every other picture, and each of those the worst."""
    best, worst = (int(place) - 1 for place in answer.split(">"))
    decided = {best: 0, worst: 2}  # by rank; those in between stay undecided among each other
    ranks = [(place, decided.get(place, 1)) for place in range(size)]
    return [
        ImpliedGame(one=one, other=other, score=WON if rank < later else LOST)
        for (one, rank), (other, later) in combinations(ranks, 2)
        if rank != later
    ]


def best_position(answer: str, size: int) -> float:
    """Give the place of the best: 0 for the first, 1 for the last."""
    return (int(answer.split(">", maxsplit=1)[0]) - 1) / (size - 1)


def named_list(shown: Sequence[Any]) -> dict[str, Any]:
    """List what stands from left to right, or from above."""
    return {"images": list(shown)}
