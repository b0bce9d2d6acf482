"""Several rating sets at once: each on its own scale, none louder than the first."""

from dataclasses import replace

import numpy as np
import pytest

from scoring.ml.data.arrays import Snapshot
from scoring.ml.data.joint import align_datasets, join_snapshots
from scoring.ml.training.fit import FitSettings, fit_reward, hold_out_images
from scoring.tests.ml.sets import make_world


def test_joined_sets_keep_the_places_of_the_first_and_leave_unknown_what_only_one_knows() -> None:
    first, other = make_world(raters=3, images=5).snapshot, make_world(raters=2, images=4, seed=1).snapshot
    other = replace(other, images=replace(other.images, keys=tuple("wxyz"), metadata={"camera": tuple("wxyz")}))
    joined = join_snapshots(first, {"other": other})
    assert joined.datasets == ("study", "other")
    assert joined.images.keys[:5] == first.images.keys
    assert joined.images.metadata["camera"] == ("",) * 5 + tuple("wxyz")
    assert joined.ratings.rater[joined.ratings.dataset == 1].min() == 3
    assert joined.ratings.image[joined.ratings.dataset == 1].min() == 5


def test_a_larger_set_does_not_outweigh_the_first_unless_its_weight_says_so() -> None:
    first, other = make_world(raters=2, images=10).snapshot, make_world(raters=8, images=10, seed=1).snapshot
    joined, weighted = join_snapshots(first, {"o": other}), join_snapshots(first, {"o": other}, {"o": 1.0})
    assert joined.ratings.weight[joined.ratings.dataset == 1].sum() == pytest.approx(len(first.ratings))
    assert weighted.ratings.weight.min() == 1.0


def test_a_set_on_another_scale_is_mapped_to_the_scale_of_the_first() -> None:
    first = make_world(raters=20, images=40).snapshot
    ratings = replace(first.ratings, value=0.1 + 0.5 * first.ratings.value)
    joined = join_snapshots(first, {"narrow": first.with_ratings(ratings)})
    aligned, heads = align_datasets(joined)
    assert (heads[0].gain, heads[0].offset) == (1.0, 0.0)
    assert heads[1].gain == pytest.approx(0.5)
    assert heads[1].offset == pytest.approx(0.1)
    assert aligned.ratings.value[aligned.ratings.dataset == 1] == pytest.approx(first.ratings.value)


def test_choices_are_made_on_images_of_the_first_set_which_no_set_shows_in_training() -> None:
    first = make_world(raters=6, images=20).snapshot
    same = first.ratings
    both = first.with_ratings(
        replace(
            same,
            rater=np.concatenate([same.rater, same.rater]),
            image=np.concatenate([same.image, same.image]),
            value=np.concatenate([same.value, same.value]),
            dataset=np.concatenate([same.dataset, np.ones_like(same.dataset)]),
            weight=np.concatenate([same.weight, same.weight]),
        )
    )
    folds = hold_out_images(both, seed=0)
    for kept, held_out in folds:
        assert not np.intersect1d(kept.image, held_out.image).size
        assert set(held_out.dataset) == {0}
    asked = np.concatenate([np.unique(held_out.image) for _, held_out in folds])
    assert len(asked) == len(np.unique(asked))


def test_a_fit_of_two_sets_records_how_their_scales_relate() -> None:
    first, other = make_world(raters=12, images=30).snapshot, make_world(raters=5, images=20, seed=3).snapshot
    settings = FitSettings(factors=False)
    record = fit_reward(join_snapshots(first, {"other": other}), encoder_key="x", settings=settings).record
    assert [head["name"] for head in record["datasets"]] == ["study", "other"]
    assert record["ratings"] == len(first.ratings) + len(other.ratings)


def test_an_image_that_both_sets_show_is_one_image() -> None:
    first, other = make_world(raters=3, images=5).snapshot, make_world(raters=2, images=7, seed=1).snapshot
    joined = join_snapshots(first, {"other": other})
    assert joined.images.keys == tuple(f"image{row}" for row in range(7))
    assert joined.images.features[:5] == pytest.approx(first.images.features)
    images = joined.ratings.image[joined.ratings.dataset == 1]
    assert images.tolist() == other.ratings.image.tolist()


def test_a_set_that_contradicts_the_first_is_not_learned_from_and_one_that_agrees_is() -> None:
    first = make_world(raters=6, images=60, share=0.3, taste=0.05).snapshot  # too few ratings to go by alone
    agreeing, contrary = named_apart("agreeing", seed=1), named_apart("contrary", seed=2)
    contrary = contrary.with_ratings(replace(contrary.ratings, value=1.0 - contrary.ratings.value))
    joined = join_snapshots(first, {"agreeing": agreeing, "contrary": contrary})
    result = fit_reward(joined, encoder_key="x", settings=FitSettings(factors=False))
    assert [option["without"] for option in result.record["tried"]] == [[], ["agreeing"], ["contrary"]]
    assert result.record["chosen"]["without"] == ["contrary"]
    served = {key.partition("/")[0] for key in result.model.known_raters}
    assert served == {f"rater{row}" for row in range(6)} | {"agreeing"}


def named_apart(name: str, *, seed: int) -> Snapshot:
    """Give a set of other people and pictures, whose people like what those of the first set like."""
    found = make_world(raters=20, images=60, taste=0.05, seed=seed).snapshot
    return replace(
        found,
        images=replace(found.images, keys=tuple(f"{name}/{key}" for key in found.images.keys)),
        raters=replace(found.raters, keys=tuple(f"{name}/{key}" for key in found.raters.keys)),
    )
