"""What the version before knew of images is there afterwards, where each study and each set uses them."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.db.models import Model
from django.utils import timezone

from ratings.models import Choice, DatasetImage, DatasetRating, Image, Pair, Study, StudyImage
from ratings.tests.migrating import FormerDatabase, former_database

pytestmark = pytest.mark.django_db(transaction=True)

Apps = Any  # historical models have no types


@dataclass(kw_only=True)
class Former:
    """A database of a former version, and its models as they are there now."""

    database: FormerDatabase
    apps: Apps

    def table(self, name: str) -> Any:
        """Give what makes and finds rows of a model as it was."""
        return self.database.table(self.apps, name)

    def now(self, model: type[Model]) -> Any:
        """Find rows of a model by what this version knows of it."""
        return model._default_manager.using(self.database.alias)

    def migrate(self, name: str) -> None:
        """Go on or back to a migration of the records."""
        self.apps = self.database.migrate(("ratings", name))


@contextmanager
def former(name: str) -> Iterator[Former]:
    """Give a database at a migration of the records."""
    with former_database(("ratings", name)) as database:
        yield Former(database=database, apps=database.migrate(("ratings", name)))


def old_image(old: Former, letter: str, **facts: Any) -> Any:
    """Make an image as it was when it carried its own description."""
    plain = {"width": 8, "height": 8, "path": f"{letter}.webp", "placeholder": "data:,", "name": f"{letter}.png"}
    return old.table("Image").create(pk=uuid.uuid4(), sha256=letter * 64, **{**plain, **facts})


def old_dataset(old: Former, name: str, **images: Any) -> Any:
    """Make a set with two raters of each image, as it was when each rating named its image."""
    dataset = old.table("Dataset").create(name=name, scale_min=1, scale_max=5)
    for key in ("ann", "bob"):
        rater = old.table("DatasetRater").create(dataset=dataset, key=key)
        for image, picture in images.items():
            values = {"image_key": image, "image": picture, "value": 3, "ordinal": 0}
            old.table("DatasetRating").create(rater=rater, **values)
    return dataset


@pytest.mark.slow
def test_every_set_gets_its_own_rows_of_images_with_what_was_known_of_them() -> None:
    with former("0006_made_for_a_rater") as old:
        red = old_image(old, "a", prompt="a red field", generator="flux", domain="art", metadata={"seed": 7})
        old_dataset(old, "one", red=red, unseen=None)
        old_dataset(old, "two", crimson=red)
        old.migrate("0007_dataset_images")
        columns = ("dataset__name", "key", "image__sha256", "prompt", "generator", "domain", "metadata")
        known = ("a" * 64, "a red field", "flux", "art", {"seed": 7})
        assert sorted(old.now(DatasetImage).values_list(*columns), key=str) == [
            ("one", "red", *known),
            ("one", "unseen", None, "", "", "", {}),
            ("two", "crimson", *known),
        ]
        rows = old.now(DatasetRating).values_list("rater__dataset__name", "rater__key", "dataset_image__key")
        assert set(rows) == {
            (name, rater, key)
            for name, key in (("one", "red"), ("one", "unseen"), ("two", "crimson"))
            for rater in ("ann", "bob")
        }


@pytest.mark.slow
def test_the_way_back_gives_ratings_their_images_again() -> None:
    with former("0006_made_for_a_rater") as old:
        old_dataset(old, "one", red=old_image(old, "a"), unseen=None)
        old.migrate("0007_dataset_images")
        old.migrate("0006_made_for_a_rater")
        assert set(old.table("DatasetRating").values_list("rater__key", "image_key", "image__sha256")) == {
            (rater, key, digest) for rater in ("ann", "bob") for key, digest in (("red", "a" * 64), ("unseen", None))
        }


def old_study(old: Former, slug: str, *, design: str = "rating") -> Any:
    """Make a study as it was."""
    return old.table("Study").create(slug=slug, title=slug, design=design, target=7)


def old_entry(old: Former, study: Any, image: Any, *, ordinal: int = 0) -> Any:
    """Put an image into a study as it was done when the image described itself."""
    place = {"ordinal": ordinal, "shuffle": 0.5, "target": 7, "taken": 3}
    return old.table("StudyImage").create(study=study, image=image, **place)


def old_pair(old: Former, study: Any, *images: Any, **fields: Any) -> None:
    """Make a pair of pictures, as it was when they needed no entry in its study."""
    values = {"group": str(fields), "condition_a": "a", "condition_b": "b", "shuffle": 0, "target": 7}
    old.table("Pair").create(study=study, image_a=images[0], image_b=images[1], **values, **fields)


@pytest.mark.slow
def test_every_study_gets_what_was_known_of_its_images_and_keeps_its_places() -> None:
    with former("0011_uploads") as old:
        red = old_image(old, "a", prompt="a red field", generator="flux", domain="art", metadata={"seed": 7})
        blue = old_image(old, "b")
        one, other = (old_study(old, slug) for slug in ("one", "other"))
        for study, image, ordinal in ((one, red, 0), (one, blue, 1), (other, red, 0)):
            old_entry(old, study, image, ordinal=ordinal)
        old.migrate("0012_facts_of_studies")
        columns = ("study__slug", "name", "prompt", "generator", "domain", "metadata", "taken")
        assert sorted(old.now(StudyImage).values_list(*columns), key=str) == [
            ("one", "a.png", "a red field", "flux", "art", {"seed": 7}, 3),
            ("one", "b.png", "", "", "", {}, 3),
            ("other", "a.png", "a red field", "flux", "art", {"seed": 7}, 3),
        ]


@pytest.mark.slow
def test_pictures_of_pairs_get_entries_in_the_pairs_study_that_nobody_is_handed() -> None:
    with former("0011_uploads") as old:
        study = old_study(old, "pairs", design="pairwise")
        participation = old_participation(old, study)
        known, plain, drawn = old_image(old, "a"), old_image(old, "b"), old_image(old, "c", metadata={"steered": True})
        old_entry(old, study, known, ordinal=4)
        old_pair(old, study, known, plain, ordinal=0)
        old_pair(old, study, known, drawn, ordinal=1, participation=participation)
        old.migrate("0012_facts_of_studies")
        columns = ("name", "ordinal", "is_active", "is_practice", "is_made", "target", "taken")
        assert list(old.now(StudyImage).order_by("ordinal").values_list(*columns)) == [
            ("a.png", 4, True, False, False, 7, 3),
            ("b.png", 5, False, True, False, 7, 0),
            ("c.png", 6, False, True, True, 7, 0),
        ]
        assert dict(old.now(Image).values_list("sha256", "is_drawn")) == {
            "a" * 64: False,
            "b" * 64: False,
            "c" * 64: True,
        }


@pytest.mark.slow
def test_the_way_back_gives_images_what_the_first_study_says_of_them() -> None:
    with former("0011_uploads") as old:
        red, drawn = old_image(old, "a", prompt="a red field"), old_image(old, "c", metadata={"steered": True})
        for slug in ("one", "other"):
            old_entry(old, old_study(old, slug), red)
        old.migrate("0012_facts_of_studies")
        old.now(StudyImage).filter(study__slug="other").update(prompt="another")
        old.migrate("0011_uploads")
        assert old.table("Image").get(pk=red.pk).prompt == "a red field"
        assert old.table("Image").get(pk=drawn.pk).metadata == {"steered": True}


@pytest.mark.slow
def test_images_of_sets_begin_without_an_address() -> None:
    with former("0013_task_failures") as old:
        dataset = old.table("Dataset").create(name="one", scale_min=1, scale_max=5)
        old.table("DatasetImage").create(dataset=dataset, key="red.png", prompt="a red field")
        old.migrate("0014_image_addresses")
        assert old.now(DatasetImage).values_list("key", "prompt", "address").get() == ("red.png", "a red field", "")


@pytest.mark.slow
def test_pairs_and_choices_stay_as_they_are_when_sets_of_more_pictures_come() -> None:
    with former("0020_study_languages") as old:
        study = old_study(old, "pairs", design="pairwise")
        part = old_participation(old, study)
        pair = old.table("Pair").create(
            study=study,
            group="a boat",
            condition_a="b",
            condition_b="a",
            image_a=plain_image(old, "a"),
            image_b=plain_image(old, "b"),
            ordinal=0,
            shuffle=0.5,
            target=7,
            taken=1,
        )
        held = old.table("PairAssignment").create(
            participation=part, pair=pair, state="rated", left="b", propensity=1, position=1
        )
        old.table("Choice").create(nonce=uuid.uuid4(), assignment=held, participation=part, answer="left")
        old.migrate("0021_several_scales_and_best_worst")
        chosen = ("assignment__policy", "assignment__score", "assignment__model_version")
        off = ("assignment__pair__off_at", "assignment__pair__off_reason")
        later = ("texts", *off, *chosen)  # columns of later migrations
        choice = old.now(Choice).current().select_related("assignment__pair").defer(*later).get()
        kept = choice.assignment.pair
        assert (kept.conditions, kept.image_ids) == (["b", "a"], [pair.image_a_id, pair.image_b_id])
        assert (kept.taken, choice.assignment.left, choice.answer) == (1, "b", "left")
        assert kept.shown("b") == (pair.image_b_id, pair.image_a_id)
        kept_study = old.now(Study).only("design", "scales", "set_size").get()
        assert (kept_study.design, kept_study.scales, kept_study.set_size) == ("pairwise", [], 4)
        old.migrate("0020_study_languages")
        assert old.table("Choice").get().answer == "left"
        assert old.table("Pair").get().a_left == 0


@pytest.mark.slow
def test_a_pair_s_sides_are_counted_from_its_assignments_and_back() -> None:
    with former("0025_sides_are_counted") as old:
        study = old_study(old, "pairs", design="pairwise")
        images = {f"image_{letter}": plain_image(old, letter) for letter in "ab"}
        pair = old.table("Pair").create(
            study=study,
            group="a boat",
            condition_a="a",
            condition_b="b",
            ordinal=0,
            shuffle=0,
            target=7,
            taken=3,
            **images,
        )
        for left in ("a", "b", "a"):
            part = old_participation(old, study)
            held = old.table("PairAssignment").create(
                participation=part, pair=pair, state="rated", left=left, propensity=1, position=1
            )
            old.table("Choice").create(nonce=uuid.uuid4(), assignment=held, participation=part, answer="left")
        old.migrate("0024_capacity_and_times")
        counted = old.table("Pair").get()
        assert (counted.taken, counted.a_left) == (3, 2)
        old.migrate("0025_sides_are_counted")
        assert (old.now(Pair).values_list("taken", flat=True).get(), old.now(Choice).count()) == (3, 3)


def old_participation(old: Former, study: Any) -> Any:
    """Have somebody take part."""
    return old.table("Participation").create(
        study=study,
        rater=old.table("Rater").create(),
        consent_version="1",
        quota=2,
        served=1,
        consented_at=timezone.now(),
    )


def plain_image(old: Former, letter: str) -> Any:
    """Make an image as it is since studies describe them."""
    return old.table("Image").create(
        sha256=letter * 64, width=8, height=8, path=f"images/{letter}.webp", renditions=[], placeholder=""
    )
