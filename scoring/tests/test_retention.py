"""What is kept beyond the settings goes, and what is needed stays."""

from datetime import timedelta
from io import StringIO

import pytest
from django.conf import LazySettings
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone

from ratings.choices import JobState
from ratings.models import AuditEntry, Dump, Study
from ratings.stores.folders import dump_store
from ratings.tests.factories import make_image, make_participation, make_study
from scoring.models import ModelState, ModelVersion, Representation, Taste
from scoring.services.retention import discard_surplus, surplus
from scoring.services.versions import roll_back
from scoring.tests.factories import checkpoint_folder, make_version

pytestmark = pytest.mark.django_db(transaction=True)
NOW = timezone.now()


def make_versions(study: Study) -> list[ModelVersion]:
    """Make five versions: three that served, the one that serves, and one that was found worse."""
    states = [ModelState.RETIRED] * 3 + [ModelState.LIVE, ModelState.CANDIDATE]
    participation, image = make_participation(study=study), make_image()
    found = []
    for number, state in enumerate(states, start=1):
        at = None if state == ModelState.CANDIDATE else NOW - timedelta(days=10 - number)
        version = make_version(study=study, state=state, promoted_at=at)
        Representation.objects.create(model_version=version, image=image, z=[0.0, 1.0], consensus=0.5, variance=0.1)
        Taste.objects.create(model_version=version, participation=participation, posterior=b"x")
        found.append(version)
    return found


def numbers(rows: "type[Representation] | type[Taste]") -> list[int]:
    """Give which versions still have such rows."""
    return sorted(rows._default_manager.values_list("model_version__number", flat=True))


def test_without_settings_everything_is_kept() -> None:
    make_versions(make_study())
    Dump.objects.create(study=make_study(), version=1, format="csv", state=JobState.READY)
    Dump.objects.update(created_at=NOW - timedelta(days=4000))
    assert surplus().is_empty


def test_old_versions_lose_all_but_their_rows_and_the_model_to_go_back_to_stays(settings: LazySettings) -> None:
    settings.KEEP_VERSIONS = 1
    study = make_study()
    versions = make_versions(study)
    assert [version.number for version in discard_surplus().versions] == [2, 1]
    assert numbers(Representation) == numbers(Taste) == [3, 4, 5]
    assert [checkpoint_folder(version=version).exists() for version in versions] == [False, False, True, True, True]
    assert study.model_versions.count() == 5
    assert list(AuditEntry.objects.filter(action="discard").values_list("target", flat=True)) == [
        f"{study.slug} v1",
        f"{study.slug} v2",
    ]
    assert surplus().is_empty, "nothing is discarded twice"
    assert roll_back(study=study, actor=None).number == 3


def make_dumps(study: Study, *, count: int) -> None:
    """Make ready dumps with a file each, the first one the oldest."""
    for version in range(1, count + 1):
        name = f"{study.slug}-v{version}"
        with dump_store().draft(name) as draft:
            (draft / "manifest.json").write_text("{}")
            dump_store().keep(draft, name=name, last="manifest.json")
        dump = Dump.objects.create(study=study, version=version, format="csv", state=JobState.READY, folder=name)
        Dump.objects.filter(pk=dump.pk).update(created_at=NOW - timedelta(days=40 - version))


def test_old_dumps_go_with_their_files_and_the_newest_of_each_study_stays(settings: LazySettings) -> None:
    settings.KEEP_DUMPS_DAYS = 30
    study, other = make_study(slug="harbour"), make_study()
    make_dumps(study, count=3)
    make_dumps(other, count=1)
    Dump.objects.create(study=other, version=2, format="csv", state=JobState.QUEUED)
    discard_surplus()
    assert list(Dump.objects.order_by("study", "version").values_list("study", "version")) == [
        (study.pk, 3),
        (other.pk, 2),
    ]
    assert [bool(dump_store().sizes(f"harbour-v{version}")) for version in (1, 2, 3)] == [False, False, True]


def test_a_dry_run_says_what_would_go_and_discards_nothing(settings: LazySettings) -> None:
    settings.KEEP_VERSIONS, settings.KEEP_DUMPS_DAYS = 1, 30
    study = make_study(slug="harbour")
    make_versions(study)
    make_dumps(study, count=2)
    for days in (-1, 1):
        session = SessionStore()
        session.set_expiry(NOW + timedelta(days=days))
        session.create()
    said = StringIO()
    call_command("discard_old", "--dry-run", stdout=said)
    assert said.getvalue().splitlines() == [
        "Would discard harbour v2: 1 representations, 1 tastes, and its files.",
        "Would discard harbour v1: 1 representations, 1 tastes, and its files.",
        "Would discard harbour dump v1 (csv): 0 rows, and its files.",
        "Would discard 1 sessions that ended.",
        "Nothing was discarded of 2 model versions' data, 1 dumps, 1 sessions.",
    ]
    assert (Taste.objects.count(), Dump.objects.count(), Session.objects.count()) == (5, 2, 2)
    call_command("discard_old", stdout=said)
    assert (Taste.objects.count(), Dump.objects.count(), Session.objects.count()) == (3, 1, 1)
