"""What the version before knew of images is there afterwards, where each study and each set uses them."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from ratings.models import DatasetImage, DatasetRating

pytestmark = pytest.mark.django_db(transaction=True)

Apps = Any  # historical models have no types


def migrate(*targets: tuple[str, str]) -> Apps:
    """Bring the database to a state, forwards or back, and give the models as they were there."""
    executor = MigrationExecutor(connection)
    executor.migrate(list(targets))
    return executor.loader.project_state(list(targets)).apps


@pytest.fixture
def before() -> Iterator[Callable[[str], Apps]]:
    """Give a way back to an earlier migration of the records; the newest state is there again afterwards."""
    newest = MigrationExecutor(connection).loader.graph.leaf_nodes()
    yield lambda name: migrate(("ratings", name))
    migrate(*newest)


def forwards(name: str) -> None:
    """Go on to a migration of the records."""
    migrate(("ratings", name))


def old_image(apps: Apps, letter: str, **facts: Any) -> Any:
    """Make an image as it was when it carried its own description."""
    plain = {"width": 8, "height": 8, "path": f"{letter}.webp", "placeholder": "data:,", "name": f"{letter}.png"}
    return apps.get_model("ratings", "Image").objects.create(pk=uuid.uuid4(), sha256=letter * 64, **{**plain, **facts})


def old_dataset(apps: Apps, name: str, **images: Any) -> Any:
    """Make a set with two raters of each image, as it was when each rating named its image."""
    dataset = apps.get_model("ratings", "Dataset").objects.create(name=name, scale_min=1, scale_max=5)
    for key in ("ann", "bob"):
        rater = apps.get_model("ratings", "DatasetRater").objects.create(dataset=dataset, key=key)
        for image, picture in images.items():
            values = {"image_key": image, "image": picture, "value": 3, "ordinal": 0}
            apps.get_model("ratings", "DatasetRating").objects.create(rater=rater, **values)
    return dataset


def test_every_set_gets_its_own_rows_of_images_with_what_was_known_of_them(before: Callable[[str], Apps]) -> None:
    apps = before("0006_made_for_a_rater")
    red = old_image(apps, "a", prompt="a red field", generator="flux", domain="art", metadata={"seed": 7})
    old_dataset(apps, "one", red=red, unseen=None)
    old_dataset(apps, "two", crimson=red)
    forwards("0007_dataset_images")
    columns = ("dataset__name", "key", "image__sha256", "prompt", "generator", "domain", "metadata")
    known = ("a" * 64, "a red field", "flux", "art", {"seed": 7})
    assert sorted(DatasetImage.objects.values_list(*columns), key=str) == [
        ("one", "red", *known),
        ("one", "unseen", None, "", "", "", {}),
        ("two", "crimson", *known),
    ]
    rows = DatasetRating.objects.values_list("rater__dataset__name", "rater__key", "dataset_image__key")
    assert set(rows) == {
        (name, rater, key)
        for name, key in (("one", "red"), ("one", "unseen"), ("two", "crimson"))
        for rater in ("ann", "bob")
    }


def test_the_way_back_gives_ratings_their_images_again(before: Callable[[str], Apps]) -> None:
    apps = before("0006_made_for_a_rater")
    old_dataset(apps, "one", red=old_image(apps, "a"), unseen=None)
    forwards("0007_dataset_images")
    back = before("0006_made_for_a_rater").get_model("ratings", "DatasetRating")
    assert set(back.objects.values_list("rater__key", "image_key", "image__sha256")) == {
        (rater, key, digest) for rater in ("ann", "bob") for key, digest in (("red", "a" * 64), ("unseen", None))
    }
