"""What the version before knew of images is there afterwards, where each study and each set uses them."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from ratings.models import Choice, DatasetImage, DatasetRating, Image, Pair, Study, StudyImage
from ratings.tests.factories import make_choice, make_pair

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


@pytest.mark.slow
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


@pytest.mark.slow
def test_the_way_back_gives_ratings_their_images_again(before: Callable[[str], Apps]) -> None:
    apps = before("0006_made_for_a_rater")
    old_dataset(apps, "one", red=old_image(apps, "a"), unseen=None)
    forwards("0007_dataset_images")
    back = before("0006_made_for_a_rater").get_model("ratings", "DatasetRating")
    assert set(back.objects.values_list("rater__key", "image_key", "image__sha256")) == {
        (rater, key, digest) for rater in ("ann", "bob") for key, digest in (("red", "a" * 64), ("unseen", None))
    }


def old_study(apps: Apps, slug: str, *, design: str = "rating") -> Any:
    """Make a study as it was."""
    return apps.get_model("ratings", "Study").objects.create(slug=slug, title=slug, design=design, target=7)


def old_entry(apps: Apps, study: Any, image: Any, *, ordinal: int = 0) -> Any:
    """Put an image into a study as it was done when the image described itself."""
    place = {"ordinal": ordinal, "shuffle": 0.5, "target": 7, "taken": 3}
    return apps.get_model("ratings", "StudyImage").objects.create(study=study, image=image, **place)


def old_pair(apps: Apps, study: Any, *images: Any, **fields: Any) -> None:
    """Make a pair of pictures, as it was when they needed no entry in its study."""
    values = {"group": str(fields), "condition_a": "a", "condition_b": "b", "shuffle": 0, "target": 7}
    apps.get_model("ratings", "Pair").objects.create(
        study=study, image_a=images[0], image_b=images[1], **values, **fields
    )


@pytest.mark.slow
def test_every_study_gets_what_was_known_of_its_images_and_keeps_its_places(before: Callable[[str], Apps]) -> None:
    apps = before("0011_uploads")
    red = old_image(apps, "a", prompt="a red field", generator="flux", domain="art", metadata={"seed": 7})
    blue = old_image(apps, "b")
    one, other = (old_study(apps, slug) for slug in ("one", "other"))
    for study, image, ordinal in ((one, red, 0), (one, blue, 1), (other, red, 0)):
        old_entry(apps, study, image, ordinal=ordinal)
    forwards("0012_facts_of_studies")
    columns = ("study__slug", "name", "prompt", "generator", "domain", "metadata", "taken")
    assert sorted(StudyImage.objects.values_list(*columns), key=str) == [
        ("one", "a.png", "a red field", "flux", "art", {"seed": 7}, 3),
        ("one", "b.png", "", "", "", {}, 3),
        ("other", "a.png", "a red field", "flux", "art", {"seed": 7}, 3),
    ]


@pytest.mark.slow
def test_pictures_of_pairs_get_entries_in_the_pairs_study_that_nobody_is_handed(before: Callable[[str], Apps]) -> None:
    apps = before("0011_uploads")
    study = old_study(apps, "pairs", design="pairwise")
    rater = apps.get_model("ratings", "Rater").objects.create()
    participation = apps.get_model("ratings", "Participation").objects.create(
        study=study, rater=rater, consent_version="1", quota=1, consented_at=timezone.now()
    )
    known, plain, drawn = old_image(apps, "a"), old_image(apps, "b"), old_image(apps, "c", metadata={"steered": True})
    old_entry(apps, study, known, ordinal=4)
    old_pair(apps, study, known, plain, ordinal=0)
    old_pair(apps, study, known, drawn, ordinal=1, participation=participation)
    forwards("0012_facts_of_studies")
    columns = ("name", "ordinal", "is_active", "is_practice", "is_made", "target", "taken")
    assert list(StudyImage.objects.order_by("ordinal").values_list(*columns)) == [
        ("a.png", 4, True, False, False, 7, 3),
        ("b.png", 5, False, True, False, 7, 0),
        ("c.png", 6, False, True, True, 7, 0),
    ]
    assert dict(Image.objects.values_list("sha256", "is_drawn")) == {"a" * 64: False, "b" * 64: False, "c" * 64: True}


@pytest.mark.slow
def test_the_way_back_gives_images_what_the_first_study_says_of_them(before: Callable[[str], Apps]) -> None:
    apps = before("0011_uploads")
    red, drawn = old_image(apps, "a", prompt="a red field"), old_image(apps, "c", metadata={"steered": True})
    for slug in ("one", "other"):
        old_entry(apps, old_study(apps, slug), red)
    forwards("0012_facts_of_studies")
    StudyImage.objects.filter(study__slug="other").update(prompt="another")
    back = before("0011_uploads").get_model("ratings", "Image")
    assert back.objects.get(pk=red.pk).prompt == "a red field"
    assert back.objects.get(pk=drawn.pk).metadata == {"steered": True}


@pytest.mark.slow
def test_images_of_sets_begin_without_an_address(before: Callable[[str], Apps]) -> None:
    apps = before("0013_task_failures")
    dataset = apps.get_model("ratings", "Dataset").objects.create(name="one", scale_min=1, scale_max=5)
    apps.get_model("ratings", "DatasetImage").objects.create(dataset=dataset, key="red.png", prompt="a red field")
    forwards("0014_image_addresses")
    assert DatasetImage.objects.values_list("key", "prompt", "address").get() == ("red.png", "a red field", "")


@pytest.mark.slow
def test_pairs_and_choices_stay_as_they_are_when_sets_of_more_pictures_come(before: Callable[[str], Apps]) -> None:
    apps = before("0020_study_languages")
    study = old_study(apps, "pairs", design="pairwise")
    rater = apps.get_model("ratings", "Rater").objects.create()
    part = apps.get_model("ratings", "Participation").objects.create(
        study=study, rater=rater, consent_version="1", quota=2, served=1, consented_at=timezone.now()
    )
    pair = apps.get_model("ratings", "Pair").objects.create(
        study=study,
        group="a boat",
        condition_a="b",
        condition_b="a",
        image_a=plain_image(apps, "a"),
        image_b=plain_image(apps, "b"),
        ordinal=0,
        shuffle=0.5,
        target=7,
        taken=1,
    )
    held = apps.get_model("ratings", "PairAssignment").objects.create(
        participation=part, pair=pair, state="rated", left="b", propensity=1, position=1
    )
    apps.get_model("ratings", "Choice").objects.create(
        nonce=uuid.uuid4(), assignment=held, participation=part, answer="left"
    )
    forwards("0021_several_scales_and_best_worst")
    later = ("texts", "assignment__pair__off_at", "assignment__pair__off_reason")  # columns of later migrations
    choice = Choice.objects.current().select_related("assignment__pair").defer(*later).get()
    kept = choice.assignment.pair
    assert (kept.conditions, kept.image_ids) == (["b", "a"], [pair.image_a_id, pair.image_b_id])
    assert (kept.taken, choice.assignment.left, choice.answer) == (1, "b", "left")
    assert kept.shown("b") == (pair.image_b_id, pair.image_a_id)
    kept_study = Study.objects.only("design", "scales", "set_size").get()
    assert (kept_study.design, kept_study.scales, kept_study.set_size) == ("pairwise", [], 4)
    back = before("0020_study_languages")
    assert back.get_model("ratings", "Choice").objects.get().answer == "left"
    assert back.get_model("ratings", "Pair").objects.get().a_left == 0


@pytest.mark.slow
def test_a_pair_s_sides_are_counted_from_its_assignments_and_back(before: Callable[[str], Apps]) -> None:
    pair = make_pair()
    for left in ("a", "b", "a"):
        make_choice(pair=pair, left=left)
    (former,) = before("0024_capacity_and_times").get_model("ratings", "Pair").objects.all()
    assert (former.taken, former.a_left) == (3, 2)
    forwards("0025_sides_are_counted")
    assert (Pair.objects.values_list("taken", flat=True).get(), Choice.objects.count()) == (3, 3)


def plain_image(apps: Apps, letter: str) -> Any:
    """Make an image as it is since studies describe them."""
    return apps.get_model("ratings", "Image").objects.create(
        sha256=letter * 64, width=8, height=8, path=f"images/{letter}.webp", renditions=[], placeholder=""
    )
