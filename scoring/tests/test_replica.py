"""Long reads come from a replica that has caught up, and from the main database while there is none."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection, connections

from ratings.models import Dump
from ratings.replicas import REPLICA, read_source
from ratings.services.dumps.lifecycle import request_dump, write_dump
from ratings.stores.folders import dump_store
from ratings.tests.factories import make_images, make_participation, make_rating, make_study
from ratings.values.dump_filters import DumpFilters
from scoring.selectors.training import study_ratings

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def replica(settings: LazySettings) -> Iterator[None]:
    """Know a second connection by the name of the replica: of the same database, which is as far as itself."""
    settings.READS_FROM_REPLICA = True
    connections[REPLICA] = connection.copy(alias=REPLICA)
    yield
    connections[REPLICA].close()
    del connections[REPLICA]


@pytest.fixture
def absent_replica(replica: None) -> None:
    """Have the replica away."""
    connections[REPLICA].settings_dict = {**connection.settings_dict, "NAME": "gone"}


def dumped(tmp_path: Path) -> dict[str, object]:
    """Rate twice, dump, and give what the manifest says; training reads the same."""
    study = make_study()
    participation = make_participation(study=study)
    for row in make_images(study=study, count=2):
        make_rating(participation=participation, study_image=row, value=4)
    dump = request_dump(study=study, format="csv", filters=DumpFilters(), requested_by=None)
    write_dump(dump_id=dump.pk)
    dump_store().fetch(Dump.objects.get(pk=dump.pk).folder, target=tmp_path / "copied")
    manifest: dict[str, object] = json.loads((tmp_path / "copied" / "manifest.json").read_text())
    assert manifest["counts"]["ratings"] == 2  # type: ignore[index]
    assert study_ratings(study=study).count == 2
    return manifest


def test_dumps_and_training_read_from_the_replica_and_the_manifest_states_its_lag(
    replica: None, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    read = dumped(tmp_path)["read_from"]
    assert read == {"database": "replica", "lag_seconds": pytest.approx(0, abs=5)}
    assert connections[REPLICA].connection is not None
    assert [record for record in caplog.records if record.name == "ratings.replicas"] == []


def test_without_its_replica_all_is_read_from_the_main_database_and_the_log_says_so(
    absent_replica: None, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert dumped(tmp_path)["read_from"] == {"database": "main", "lag_seconds": 0.0}
    said = [record.getMessage() for record in caplog.records if record.name == "ratings.replicas"]
    assert said
    assert 'database "gone" does not exist' in said[0]
    assert said[0].endswith("reading from the main one")


def test_an_installation_without_a_replica_asks_for_none(settings: LazySettings) -> None:
    settings.READS_FROM_REPLICA = False
    assert read_source().described == {"database": "main", "lag_seconds": 0.0}
