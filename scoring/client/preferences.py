"""Pairs of pictures of one prompt, of which a rater likes one better: what preference training (DPO) learns from."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from .errors import PamelaError

COLUMNS = ("rater", "prompt", "chosen", "rejected", "margin")
FEWEST_REPEATS = 3  # of one rater, from which their own noise is read
LARGEST_SET = 5  # pictures of a best-worst study
KINDS = ("fresh", "steered")


@dataclass(frozen=True, kw_only=True)
class Preferences:
    """Pairs as a data frame of pandas, the noise of each rater's ratings, and what was left out, counted by reason.

    The columns are rater, prompt, chosen and rejected (SHA-256 of the picture files) and margin: the gap between two
    ratings on the study's scale, NaN for a choice, which has no size. Noise is the sd of a rating about what the same
    rater says on average of the same picture.
    """

    pairs: Any
    noise: Mapping[str, float]
    left_out: Mapping[str, int]


def preferences(frame: Any, *, rater: str | None = None, noises: float = 1.0) -> Preferences:
    """Read pairs out of the table of a dump: `client.frame(dump)`, or its table "choices" of a comparison.

    Two ratings of one prompt make a pair where they lie further apart than `noises` times the sd that the difference of
    two ratings of one picture has, by this rater's repeats, or by those of all where this one has fewer than three.
    """
    import pandas as pd

    chosen = frame if rater is None else frame[frame["rater"] == rater]
    if rater is not None and chosen.empty:
        raise PamelaError(f"The table has no rater {rater!r}.")
    left_out: Counter[str] = Counter()
    noise: dict[str, float] = {}
    if "sha256_left" in frame:
        rows = list(pairs_of_choices(chosen, left_out))
    elif "best_place" in frame:
        rows = list(pairs_of_sets(chosen, left_out))
    elif "rating" in frame:
        noise = {name: noise_of(frame, name) for name in chosen["rater"].unique()}
        rows = list(pairs_of_ratings(chosen, noise, noises=noises, left_out=left_out))
    else:
        raise PamelaError("Preferences are read from ratings, or from the choices of a comparison.")
    return Preferences(pairs=pd.DataFrame(rows, columns=list(COLUMNS)), noise=noise, left_out=dict(left_out))


def pairs_of_choices(frame: Any, left_out: Counter[str]) -> Iterator[tuple[Any, ...]]:
    """Give each decided choice as a pair."""
    for row in frame.itertuples():
        if row.choice == "tie":
            left_out["tie"] += 1
        elif not isinstance(row.prompt, str) or not row.prompt:
            left_out["no prompt"] += 1
        else:
            shown = (row.sha256_left, row.sha256_right)
            better, worse = shown if row.choice == "left" else shown[::-1]
            yield row.rater, row.prompt, better, worse, math.nan


def pairs_of_sets(frame: Any, left_out: Counter[str]) -> Iterator[tuple[Any, ...]]:
    """Give the best of each set above all others, and all others above the worst."""
    for row in frame.to_dict("records"):
        names = (row.get(f"sha256_{place}") for place in range(1, LARGEST_SET + 1))
        shown = [name for name in names if isinstance(name, str) and name]
        if not isinstance(row["prompt"], str) or not row["prompt"]:
            left_out["no prompt"] += 1
            continue
        best, worst = shown[int(row["best_place"]) - 1], shown[int(row["worst_place"]) - 1]
        between = [name for name in shown if name not in {best, worst}]
        for better, worse in ((best, worst), *((best, name) for name in between), *((name, worst) for name in between)):
            yield row["rater"], row["prompt"], better, worse, math.nan


def pairs_of_ratings(
    frame: Any, noise: Mapping[str, float], *, noises: float, left_out: Counter[str]
) -> Iterator[tuple[Any, ...]]:
    """Give each two pictures of one prompt that a rater surely rated apart, the better one first."""
    first = frame[frame["kind"].isin(KINDS)]
    prompts = first["prompt"].fillna("")
    left_out["no prompt"] += int((prompts == "").sum())
    for (rater, prompt), rows in first[prompts != ""].groupby(["rater", "prompt"], sort=True):
        least = noises * math.sqrt(2) * noise[rater]
        rated = zip(rows["sha256"], rows["rating"], strict=True)
        for one, other in combinations(sorted(rated, key=lambda row: -row[1]), 2):
            margin = float(one[1] - other[1])
            if margin > least:
                yield rater, prompt, one[0], other[0], margin
            else:
                left_out["within noise"] += 1


def noise_of(frame: Any, rater: str) -> float:
    """Give the sd of a rater's ratings of one picture: the root of the mean squared difference, halved; 0 unknown."""
    differences = repeat_differences(frame[frame["rater"] == rater])
    if len(differences) < FEWEST_REPEATS:
        differences = repeat_differences(frame)
    return math.sqrt(sum(one**2 for one in differences) / (2 * len(differences))) if differences else 0.0


def repeat_differences(frame: Any) -> list[float]:
    """Give by how much each repeat differs from the first rating of the same rater and picture."""
    first = {(row.rater, row.sha256): row.rating for row in frame[frame["kind"] == "fresh"].itertuples()}
    repeats = frame[frame["kind"] == "repeat"].itertuples()
    return [row.rating - first[row.rater, row.sha256] for row in repeats if (row.rater, row.sha256) in first]
