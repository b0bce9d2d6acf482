"""Pictures from before the purge stay as they are, and a finished purge has nothing left to remove."""

import pytest
from django.db import IntegrityError

from ratings.tests.migrating import former_database

BEFORE = ("ratings", "0048_archive")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_pictures_from_before_are_there_and_can_be_barred_once() -> None:
    with former_database(BEFORE) as database:
        apps = database.migrate(BEFORE)
        apps.get_model("ratings", "Image").objects.using(database.alias).create(
            sha256="a" * 64, width=8, height=8, path="a.webp", placeholder="data:,"
        )
        database.migrate(("ratings", "0051_purged_pictures"))
        assert database.rows("SELECT sha256, path FROM ratings_image") == [("a" * 64, "a.webp")]
        assert database.rows("SELECT count(*) FROM ratings_purgedpicture") == [(0,)]
        columns = "(sha256, words, paths, dumps, blank_path, was_drawn, created_at, finished_at)"
        row = "('{}', '', '{}', '[]', '', false, now(), {})"
        insert = f"INSERT INTO ratings_purgedpicture {columns} VALUES {row}"  # noqa: S608
        database.run(insert.format("a" * 64, "[]", "now()"))
        for digest, paths, finished, rule in (
            ("a" * 64, "[]", "NULL", "ratings_purgedpicture_sha256"),
            ("x" * 64, "[]", "NULL", "purged_by_a_digest"),
            ("b" * 64, '["b.webp"]', "now()", "purged_wholly_when_finished"),
        ):
            with pytest.raises(IntegrityError, match=rule):
                database.run(insert.format(digest, paths, finished))
