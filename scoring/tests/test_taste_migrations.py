"""Searches and comparisons that a former version stored stay, and a judge may from now on be found by the worker."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError

from ratings.tests.migrating import former_database

pytestmark = [pytest.mark.django_db(transaction=True)]

BEFORE = (("ratings", "0022_one_expiry_task"), ("scoring", "0011_embedding_attempts"))
THEN = datetime(2026, 3, 1, 12, tzinfo=UTC)
RUN = (
    "INSERT INTO scoring_steeringrun (study_id, participation_id, judge_id, batch, mode, prompt, generator, writer, "
    "iterations, variants, side, seed, fit_judge, state, drawn, reused, created_at) SELECT study_id, participation_id, "
    "NULL, batch, mode, prompt || ' again', generator, writer, iterations, variants, side, seed, fit_judge, '{state}', "
    "0, 0, created_at FROM scoring_steeringrun LIMIT 1"
)


@pytest.mark.slow
def test_a_search_keeps_its_judge_and_a_study_shows_no_tastes_after_the_update() -> None:
    with former_database(*BEFORE) as database:
        apps = database.migrate(*BEFORE)

        def make(model: str, **fields: object) -> object:
            return apps.get_model(model).objects.using(database.alias).create(**fields)

        study = make("ratings.Study", slug="birds", title="Birds", state="open")
        joined = {"study": study, "consent_version": "1", "consented_at": THEN, "quota": 10}
        rater, other = (make("ratings.Participation", rater=make("ratings.Rater"), **joined) for _ in range(2))
        terms = {"prompt": "a vase", "generator": "sketch", "writer": "attributes", "iterations": 1, "variants": 1}
        make(
            "scoring.SteeringRun", study=study, participation=rater, judge=other, mode="other", state="failed", **terms
        )
        make("scoring.TasteProfile", participation=rater, state="ready", rating_count=7, images=[["a", 1, 2, 3, 4]])
        database.migrate(("ratings", "0032_shown_tastes"), ("scoring", "0014_taste_reports"))
        assert database.rows("SELECT mode, judge_id IS NULL FROM scoring_steeringrun") == [("other", False)]
        assert database.rows("SELECT shows_taste, taste_after, taste_consent FROM ratings_study") == [(False, 25, "")]
        stored = "SELECT rating_count, last_rating, report::text, images::text FROM scoring_tasteprofile"
        assert database.rows(stored) == [(7, 0, "{}", '[["a", 1, 2, 3, 4]]')]
        database.run(RUN.format(state="queued"))
        with pytest.raises(IntegrityError, match="steering_run_other_had_a_judge"):
            database.run(RUN.format(state="succeeded"))
