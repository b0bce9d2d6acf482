"""What the admin does has a call: pairs are made of a table, quality is measured and read, a search goes on."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from annotate.tests.api.test_api_staff import STUDIES, script_of, send
from annotate.tests.designs import WORLDS, table_of
from ratings.choices import Design, JobState
from ratings.models import QualityReport
from ratings.tasks import run_job
from ratings.tests.factories import make_study
from scoring.tests.factories import make_steering_run

pytestmark = pytest.mark.django_db(transaction=True)


def test_pairs_are_made_of_a_table_and_rows_that_make_none_are_named() -> None:
    study = WORLDS[Design.PAIRWISE]().study
    places = list(study.study_images.select_related("image")[:2])
    rows = [
        {"prompt": "a new prompt", "condition": condition, "image": image}
        for condition, image in [("a", places[0].image.sha256), ("b", places[1].image.sha256), ("c", "missing.png")]
    ]
    before, script = study.pairs.count(), script_of(group="researcher")

    def hand_in() -> dict[str, Any]:
        table = SimpleUploadedFile("pairs.csv", table_of(rows).encode())
        answer = script.post(f"{STUDIES}/{study.slug}/pairs", {"table": table})
        assert answer.status_code == 200, answer.content
        return dict(answer.json())

    done = hand_in()
    assert (done["created"], done["refused"], len(done["refusals"])) == (1, 1, 1)
    assert study.pairs.count() == before + 1
    assert (hand_in()["created"], hand_in()["known"]) == (0, 1)
    table = SimpleUploadedFile("pairs.csv", table_of(rows).encode())
    refused = script.post(f"{STUDIES}/{study.slug}/pairs", {"table": table, "tabel": "x"})
    assert set(refused.json()["fields"]) == {"tabel"}


def test_quality_is_measured_by_a_worker_and_read() -> None:
    study = WORLDS[Design.RATING]().study
    script = script_of(group="rater manager")
    path = f"{STUDIES}/{study.slug}/quality"
    assert script.get(path).json() == {"measured_at": None, "figures": {}, "is_being_measured": False, "error": ""}
    status, waits = send(script, f"/{study.slug}/quality", {})
    assert (status, waits["is_being_measured"]) == (202, True)
    run_job(QualityReport._meta.label, QualityReport.objects.get().pk)
    found = script.get(path).json()
    assert (found["is_being_measured"], found["error"]) == (False, "")
    assert found["figures"]["raters"] == 1


def test_a_search_that_ended_early_goes_on() -> None:
    run = make_steering_run(state=JobState.CANCELLED)
    script = script_of(group="researcher")
    status, found = send(script, f"/{run.study.slug}/steering/{run.pk}", {})
    assert (status, found["state"]) == (202, JobState.QUEUED)
    make_study(slug="quay")
    assert send(script, f"/quay/steering/{run.pk}", {})[0] == 404
