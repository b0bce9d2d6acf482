"""Studies and images from before there was an archive are in none, and can be put there now."""

import pytest
from django.db import IntegrityError

from ratings.tests.migrating import former_database

BEFORE = ("ratings", "0047_invitations")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_nothing_from_before_is_archived_and_an_open_study_cannot_be() -> None:
    with former_database(BEFORE) as database:
        apps = database.migrate(BEFORE)
        studies = apps.get_model("ratings", "Study").objects.using(database.alias)
        for state in ("draft", "open", "closed"):
            studies.create(slug=state, title=state, state=state)
        apps.get_model("ratings", "Image").objects.using(database.alias).create(
            sha256="a" * 64, width=8, height=8, path="a.webp", placeholder="data:,"
        )
        database.migrate(("ratings", "0048_archive"))
        stated = "SELECT slug, state, archived_at FROM ratings_study ORDER BY slug"
        assert database.rows(stated) == [("closed", "closed", None), ("draft", "draft", None), ("open", "open", None)]
        assert database.rows("SELECT archived_at FROM ratings_image") == [(None,)]
        database.run("UPDATE ratings_study SET archived_at = now() WHERE state <> 'open'")
        with pytest.raises(IntegrityError, match="study_archived_takes_nobody"):
            database.run("UPDATE ratings_study SET archived_at = now() WHERE state = 'open'")
