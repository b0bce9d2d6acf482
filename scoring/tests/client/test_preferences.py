"""Pairs for preference training are read out of a dump, by hand-worked ratings and choices."""

import math

import pandas as pd
import pytest

from scoring.client import PamelaError, preferences

RATINGS = pd.DataFrame(
    [
        ("ann", "a", "a vase", 5, "fresh"),
        ("ann", "b", "a vase", 4, "fresh"),
        ("ann", "c", "a vase", 1, "fresh"),
        ("ann", "d", "a boat", 2, "fresh"),
        ("ann", "e", "", 5, "fresh"),
        ("ann", "p", "a vase", 1, "practice"),
        *(("ann", picture, prompt, value, "repeat") for picture, prompt, value in
          (("a", "a vase", 4), ("b", "a vase", 5), ("d", "a boat", 3))),
        ("bob", "a", "a vase", 1, "fresh"),
        ("bob", "c", "a vase", 5, "fresh"),
        ("bob", "a", "a vase", 1, "repeat"),
    ],
    columns=["rater", "sha256", "prompt", "rating", "kind"],
)  # fmt: skip


def test_ratings_of_one_prompt_further_apart_than_a_raters_noise_make_pairs() -> None:
    """Ann's three repeats differ by 1: her noise is the root of 3/6, and two ratings differ by 1 by chance."""
    found = preferences(RATINGS, rater="ann")
    assert found.noise == {"ann": pytest.approx(math.sqrt(0.5))}
    assert found.pairs.values.tolist() == [
        ["ann", "a vase", "a", "c", 4.0],
        ["ann", "a vase", "b", "c", 3.0],
    ]
    assert found.left_out == {"no prompt": 1, "within noise": 1}
    assert preferences(RATINGS, rater="ann", noises=3.5).pairs["rejected"].tolist() == ["c"]


def test_people_of_opposite_tastes_give_opposite_pairs_and_few_repeats_borrow_the_noise_of_all() -> None:
    found = preferences(RATINGS)
    assert found.pairs[found.pairs["rater"] == "bob"].values.tolist() == [["bob", "a vase", "c", "a", 4.0]]
    assert found.noise["bob"] == pytest.approx(math.sqrt(3 / 8))  # differences 1, 1, 1 and 0


def test_choices_make_pairs_without_a_margin_and_ties_are_counted() -> None:
    frame = pd.DataFrame(
        [
            ("ann", "a vase", "left", "a", "b"),
            ("ann", "a vase", "right", "a", "c"),
            ("ann", "a vase", "tie", "b", "c"),
            ("ann", None, "left", "b", "c"),
        ],
        columns=["rater", "prompt", "choice", "sha256_left", "sha256_right"],
    )
    found = preferences(frame)
    assert found.pairs[["chosen", "rejected"]].values.tolist() == [["a", "b"], ["c", "a"]]
    assert (bool(found.pairs["margin"].isna().all()), found.left_out) == (True, {"tie": 1, "no prompt": 1})


def test_a_set_puts_its_best_above_all_and_its_worst_below() -> None:
    columns = ["rater", "prompt", "best_place", "worst_place", *(f"sha256_{place}" for place in range(1, 6))]
    frame = pd.DataFrame([("ann", "a vase", 2, 1, "a", "b", "c", None, None)], columns=columns)
    assert preferences(frame).pairs[["chosen", "rejected"]].values.tolist() == [["b", "a"], ["b", "c"], ["c", "a"]]


def test_what_has_no_preferences_is_refused_in_a_sentence() -> None:
    with pytest.raises(PamelaError, match="The table has no rater 'eve'"):
        preferences(RATINGS, rater="eve")
    with pytest.raises(PamelaError, match="Preferences are read from ratings"):
        preferences(pd.DataFrame({"rater": ["ann"]}))
