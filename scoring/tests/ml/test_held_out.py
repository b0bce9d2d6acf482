"""What is held out to measure a model on: enough images, however many people rated them."""

import numpy as np
import pytest

from scoring.ml.data.arrays import Ratings, Snapshot
from scoring.ml.data.joint import join_snapshots
from scoring.ml.evaluation import held_out
from scoring.ml.evaluation.held_out import FOLDS, hold_out, hold_out_images
from scoring.tests.ml.sets import make_world


@pytest.fixture(autouse=True)
def many_ratings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take more than a thousand ratings for very many."""
    monkeypatch.setattr(held_out, "MANY_RATINGS", 1000)


def images_of(ratings: Ratings) -> set[int]:
    return set(ratings.image.tolist())


def raters_of(ratings: Ratings) -> set[int]:
    return set(ratings.rater.tolist())


def snapshot_of(raters: int, images: int) -> Snapshot:
    return make_world(raters=raters, images=images).snapshot


def test_of_few_images_with_very_many_ratings_three_parts_are_held_out_each_with_a_third_of_the_raters() -> None:
    """One part of 77 images is fifteen: 80 % intervals set by them held from 71 to 87 % of what came next."""
    parts = hold_out_images(snapshot_of(60, 40), seed=0)
    assert len(parts) == FOLDS
    asked = [images_of(query) for _, query in parts]
    assert sum(map(len, asked)) == len(set.union(*asked)) == FOLDS * 8
    people = [raters_of(train) for train, _ in parts]
    assert [len(found) for found in people] == [20, 20, 20]
    assert len(set.union(*people)) == 60
    assert all(raters_of(query) == raters_of(train) for train, query in parts)
    assert not any(images_of(train) & images_of(query) for train, query in parts)


def test_of_many_images_with_very_many_ratings_one_part_is_enough() -> None:
    (part,) = hold_out_images(snapshot_of(20, held_out.FEW_IMAGES + 1), seed=0)
    train, query = part
    assert len(images_of(query)) == 60
    assert raters_of(train) == set(range(20))


def test_very_many_ratings_of_another_set_part_no_raters_of_a_small_study() -> None:
    """A study of 12 raters that learns beside a large set would be measured with four of them at a time."""
    small, large = snapshot_of(12, 40), snapshot_of(60, 40)
    parts = hold_out_images(join_snapshots(small, {"large": large}), seed=0)
    assert len(parts) == 1
    train, query = parts[0]
    assert raters_of(query) == set(range(12))
    assert len(raters_of(train)) == 72


def test_raters_are_held_out_within_each_third() -> None:
    for fold in hold_out(snapshot_of(60, 40), seed=0):
        new, known = raters_of(fold.support), raters_of(fold.train)
        assert (len(new), len(known)) == (4, 16)
        assert raters_of(fold.query) == new | known
        assert np.isin(fold.query.image, fold.train.image).sum() == 0
