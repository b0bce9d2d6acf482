"""Training runs that learn from imported sets as well as from the study's own ratings."""

import numpy as np
import pytest

from ratings.choices import JobState
from ratings.models import Dataset, DatasetImage, DatasetRater, DatasetRating
from scoring.ml.encoders import DEFAULT_KEY
from scoring.pipeline.inputs.arrays import dataset_snapshot, joint_snapshot, study_arrays
from scoring.selectors.datasets import dataset_images
from scoring.selectors.training import study_ratings
from scoring.tests.learning import World, make_world, trained, trained_version

pytestmark = [pytest.mark.long, pytest.mark.slow, pytest.mark.django_db]


def make_dataset(world: World, *, name: str = "elsewhere", raters: int = 6, weight: float = 1.0) -> Dataset:
    """Import, on a scale from 0 to 10, what strangers said of the study's own pictures."""
    dataset = Dataset.objects.create(name=name, scale_min=0, scale_max=10, sampling_weight=weight)
    shown = DatasetImage.objects.bulk_create(
        DatasetImage(dataset=dataset, key=str(row.ordinal), image=row.image) for row in world.rows
    )
    for number in range(raters):
        rater = DatasetRater.objects.create(dataset=dataset, key=f"r{number}")
        taste = world.rng.standard_normal(4)
        DatasetRating.objects.bulk_create(
            DatasetRating(rater=rater, dataset_image=image, value=2.5 * (world.liking(taste, row.image_id) - 1))
            for row, image in zip(world.rows, shown, strict=True)
        )
    return dataset


def test_a_run_learns_from_the_sets_that_its_study_names_and_says_what_they_added() -> None:
    world = make_world(raters=6, each=30)
    world.study.datasets.add(make_dataset(world))
    version = trained_version(world.study)
    heads = version.metrics["fit"]["datasets"]
    assert [head["name"] for head in heads] == ["study", "elsewhere"]
    assert heads[1]["ratings"] == 6 * 40
    assert "study-alone" in version.metrics["baselines"]
    assert "study-alone" in version.metrics["lead"]
    assert version.tastes.count() == 6  # strangers of the imported set get no taste here


def test_naming_another_set_is_news_to_train_on_and_a_weight_of_zero_leaves_it_out() -> None:
    world = make_world(raters=6, each=30)
    trained(world.study)
    dataset = make_dataset(world, weight=0.0)
    world.study.datasets.add(dataset)
    assert trained(world.study).state == JobState.SKIPPED
    Dataset.objects.filter(pk=dataset.pk).update(sampling_weight=0.5)
    assert trained(world.study).state == JobState.SUCCEEDED


def test_a_set_weighs_its_sampling_weight_times_its_fair_share_and_shares_the_studys_pictures() -> None:
    world = make_world(raters=2, each=20)
    world.study.datasets.add(make_dataset(world, weight=0.5))
    data = study_arrays(study=world.study, rows=study_ratings(study=world.study).learnable, encoder_key=DEFAULT_KEY)
    both = joint_snapshot(data=data, encoder_key=DEFAULT_KEY)
    own, theirs = both.ratings.take(both.ratings.dataset == 0), both.ratings.take(both.ratings.dataset == 1)
    assert len(theirs) == 6 * 40
    assert theirs.weight.sum() == pytest.approx(0.5 * len(own))
    assert both.images.keys == data.snapshot.images.keys
    assert both.raters.keys[2:] == tuple(f"elsewhere/r{number}" for number in range(6))


def test_on_a_scale_whose_lowest_value_is_the_best_one_is_the_most_liked() -> None:
    world = make_world(images=1)
    dataset = Dataset.objects.create(name="marks", scale_min=1, scale_max=6, best_is_low=True)
    image = DatasetImage.objects.create(dataset=dataset, key="x", image=world.rows[0].image)
    for key, mark in (("a", 1), ("b", 6), ("c", 3)):
        rater = DatasetRater.objects.create(dataset=dataset, key=key)
        DatasetRating.objects.create(rater=rater, dataset_image=image, value=mark)
    found = dataset_snapshot(dataset=dataset, images=dataset_images(dataset=dataset), encoder_key=DEFAULT_KEY)
    assert found.ratings.value == pytest.approx([1.0, 0.0, 0.6])


def test_votes_known_only_together_become_their_mean_and_weigh_as_many_as_they_are() -> None:
    world = make_world(images=1)
    dataset = Dataset.objects.create(name="votes", scale_min=1, scale_max=10)
    people = DatasetRater.objects.create(dataset=dataset, key="everybody", is_population=True)
    shown = DatasetImage.objects.create(dataset=dataset, key="0", image=world.rows[0].image)
    for value, count in ((4, 3), (10, 1)):
        DatasetRating.objects.create(rater=people, dataset_image=shown, value=value, count=count)
    images = dataset_images(dataset=dataset)
    found = dataset_snapshot(dataset=dataset, images=images, encoder_key=DEFAULT_KEY).ratings
    assert found.value == pytest.approx(np.array([0.5]))  # (3 * 4 + 10) / 4 = 5.5 on a scale from 1 to 10
    assert found.weight.tolist() == [4.0]


def test_a_picture_that_a_set_describes_otherwise_is_an_image_of_its_own_and_one_it_does_not_describe_is_not() -> None:
    world = make_world(raters=2, each=20)
    dataset = make_dataset(world, raters=1)
    world.study.datasets.add(dataset)
    described = world.rows[0].image
    DatasetImage.objects.filter(dataset=dataset, image=described).update(domain="art")
    data = study_arrays(study=world.study, rows=study_ratings(study=world.study).learnable, encoder_key=DEFAULT_KEY)
    images = joint_snapshot(data=data, encoder_key=DEFAULT_KEY).images
    own = images.keys.index(described.sha256)
    assert images.keys[:-1] == data.snapshot.images.keys
    assert images.keys[-1].startswith(f"{described.sha256}/")
    assert (images.metadata["domain"][own], images.metadata["domain"][-1]) == ("", "art")


def test_a_run_warns_of_a_chosen_set_that_teaches_nothing_and_logs_what_another_teaches() -> None:
    world = make_world(raters=6, each=30)
    lost, weightless = make_dataset(world, name="lost"), make_dataset(world, name="weightless", weight=0.0)
    DatasetImage.objects.filter(dataset=lost).update(image=None)
    half = make_dataset(world, name="half")
    DatasetImage.objects.filter(dataset=half, key__in=["0", "1"]).update(image=None)
    world.study.datasets.add(lost, weightless, half)
    run = trained(world.study)
    assert [warning.split(":")[0] for warning in run.warnings] == [
        "The set lost teaches nothing",
        "The set weightless teaches nothing",
    ]
    assert "0 of 240 ratings can teach a model: 0 of 40 images have a picture here" in run.warnings[0]
    assert "Without one: '0', '1', '10'" in run.warnings[0]
    assert "and 30 more" in run.warnings[0]
    assert "set half: 228 of 240 ratings can teach a model: 38 of 40 images have a picture here." in run.log
