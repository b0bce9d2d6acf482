"""Versions and runs from before notes have none."""

import pytest

from ratings.tests.migrating import former_database

BEFORE = ("scoring", "0015_embedding_claims")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_versions_and_runs_from_before_have_an_empty_note() -> None:
    with former_database(BEFORE) as database:
        apps = database.migrate(BEFORE)
        study = apps.get_model("ratings", "Study").objects.using(database.alias).create(slug="harbour", title="H")
        run = apps.get_model("scoring", "TrainingRun").objects.using(database.alias).create(study=study, reason="clock")
        apps.get_model("scoring", "ModelVersion").objects.using(database.alias).create(
            study=study, run=run, number=1, encoder_key="e", folder="f", data_digest="d"
        )
        database.migrate(("scoring", "0016_notes"))
        for table in ("modelversion", "trainingrun"):
            assert database.rows(f"SELECT notes FROM scoring_{table}") == [("",)]  # noqa: S608
