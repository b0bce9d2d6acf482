"""Pictures and pairs from before they could be taken off are as they were, and can be taken off now."""

import pytest

from ratings.tests.migrating import former_database

BEFORE = ("ratings", "0045_vision_check")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_nothing_from_before_counts_as_taken_off() -> None:
    with former_database(BEFORE) as database:
        apps = database.migrate(BEFORE)
        study = apps.get_model("ratings", "Study").objects.using(database.alias).create(slug="harbour", title="Harbour")
        images = [
            apps.get_model("ratings", "Image")
            .objects.using(database.alias)
            .create(sha256=digit * 64, width=8, height=8, path=f"{digit}.webp", placeholder="data:,")
            for digit in "ab"
        ]
        entries = apps.get_model("ratings", "StudyImage").objects.using(database.alias)
        for place, image in enumerate(images):
            entries.create(
                study=study, image=image, ordinal=place, shuffle=0.5, target=3, taken=place, is_active=place == 0
            )
        apps.get_model("ratings", "Pair").objects.using(database.alias).create(
            study=study,
            group="boat",
            condition_a="plain",
            condition_b="steered",
            image_a=images[0],
            image_b=images[1],
            ordinal=0,
            shuffle=0.5,
            target=3,
        )
        database.migrate(("ratings", "0046_taken_off"))
        columns = "is_active, off_at, off_reason"
        assert database.rows(f"SELECT {columns}, taken, was_active FROM ratings_studyimage ORDER BY ordinal") == [  # noqa: S608
            (True, None, "", 0, False),
            (False, None, "", 1, False),
        ]
        assert database.rows(f"SELECT {columns} FROM ratings_pair") == [(True, None, "")]  # noqa: S608
        database.run("UPDATE ratings_pair SET off_at = now(), off_reason = 'rights', is_active = false")
