"""Long work that a former version stored is the same work afterwards: states, progress, reasons and times are kept."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from ratings.tests.migrating import FormerDatabase, former_database

pytestmark = [pytest.mark.django_db(transaction=True)]

BEFORE = (
    ("ratings", "0008_published_parts"),
    ("scoring", "0005_tastes_uncompressed"),
    ("django_celery_beat", "0001_initial"),
)
THEN = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class FormerRows:
    """Stores rows as the former version did."""

    database: FormerDatabase
    apps: Any

    def make(self, model: str, **fields: Any) -> Any:
        """Store one row."""
        return self.apps.get_model(model).objects.using(self.database.alias).create(**fields)

    def fill(self) -> None:
        """Store work of every kind."""
        user = self.make("auth.User", username="mira")
        study = self.make("ratings.Study", slug="birds", title="Birds")
        self.make_dumps(study, user)
        asked = {"study": study, "requested_by": user}
        self.make("ratings.Delivery", kind="pictures", folder="a", state="running", done=3, total=4, **asked)
        self.make("ratings.Delivery", kind="ratings", folder="b", state="ready", done=1, total=1, report={"added": 2})
        measured = {"data_digest": "d", "figures": {"ratings": 2}, "finished_at": THEN}
        self.make("ratings.QualityReport", study=study, state="ready", **measured)
        self.make("ratings.QualityReport", study=study, state="running", data_digest="e")
        fields = {"stage": "nothing new since v1", "log": "read\n"}
        self.make("scoring.TrainingRun", study=study, state="skipped", reason="test", **fields)
        self.make_search(study)

    def make_dumps(self, study: Any, user: Any) -> None:
        """Store a dump that is ready, one that failed and one that waits."""
        written = {"progress": 1.0, "row_count": 21, "folder": "birds-v1"}
        self.make("ratings.Dump", study=study, version=1, format="csv", state="ready", **written)
        self.make("ratings.Dump", study=study, version=2, format="csv", state="failed", error="Full.", finished_at=THEN)
        self.make("ratings.Dump", study=study, version=3, format="csv", requested_by=user)

    def make_search(self, study: Any) -> None:
        """Store a steering run that failed."""
        joined = {"consent_version": "1", "consented_at": THEN, "quota": 10}
        participation = self.make("ratings.Participation", study=study, rater=self.make("ratings.Rater"), **joined)
        terms = {"prompt": "a vase", "generator": "sketch", "writer": "attributes", "iterations": 1, "variants": 1}
        ended = {"state": "failed", "error": "No key.", "error_code": "generator"}
        self.make("scoring.SteeringRun", study=study, participation=participation, **terms, **ended)

    def schedule(self, *names: str) -> None:
        """Store periodic tasks."""
        every = self.make("django_celery_beat.IntervalSchedule", every=60, period="seconds")
        for name in names:
            self.make("django_celery_beat.PeriodicTask", name=name, task="x", interval=every)


@pytest.mark.slow
def test_work_that_a_former_version_stored_is_kept() -> None:
    with former_database(*BEFORE) as database:
        former = FormerRows(database=database, apps=database.migrate(*BEFORE))
        former.fill()
        former.schedule("revive dumps", "revive deliveries", "revive training runs", "embed new images")
        database.migrate()
        dumps = "SELECT version, state, progress, row_count, folder, error, attempts FROM ratings_dump ORDER BY version"
        assert database.rows(dumps) == [
            (1, "ready", 1.0, 21, "birds-v1", "", 0),
            (2, "failed", 0.0, 0, "", "Full.", 0),
            (3, "queued", 0.0, 0, "", "", 0),
        ]
        beats = "SELECT heartbeat_at = COALESCE(finished_at, created_at) FROM ratings_dump"
        assert database.rows(beats) == [(True,)] * 3
        deliveries = "SELECT state, progress, report, requested_by_id IS NULL FROM ratings_delivery ORDER BY folder"
        assert database.rows(deliveries) == [
            ("running", 0.75, "{}", False),
            ("ready", 1.0, '{"added": 2}', True),
        ]
        reports = "SELECT state, progress, data_digest, figures FROM ratings_qualityreport ORDER BY id"
        assert database.rows(reports) == [("ready", 1.0, "d", '{"ratings": 2}'), ("running", 0.0, "e", "{}")]
        runs = "SELECT state, stage, log, owner, error_code FROM scoring_trainingrun"
        assert database.rows(runs) == [("skipped", "nothing new since v1", "read\n", "", "")]
        searches = "SELECT state, error, error_code, owner FROM scoring_steeringrun"
        assert database.rows(searches) == [("failed", "No key.", "generator", "")]
        assert database.rows("SELECT name FROM django_celery_beat_periodictask") == [("embed new images",)]
