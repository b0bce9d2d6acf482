"""Steering in the admin: starting searches for several raters, following one, comparing what they found."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ratings.choices import JobState
from ratings.models import AuditEntry
from ratings.tests.factories import make_participation, make_study
from scoring.models import ModelState, SteeringMode, SteeringRun, Taste
from scoring.tests.factories import make_steering_run, make_version

pytestmark = pytest.mark.django_db
CONFIRMED = {"_form_submitted": "True"}
LIST = "admin:scoring_steeringrun_changelist"


def page(client: Client, run: SteeringRun) -> str:
    """Give a run's page."""
    return client.get(reverse("admin:scoring_steeringrun_change", args=[run.pk])).content.decode()


def test_a_run_shows_its_path_its_score_and_what_moved(researcher: Client) -> None:
    text = page(researcher, make_steering_run())
    assert "0: 3.00" in text
    assert "1: 3.00" in text  # the second iteration found nothing better
    assert "2: 4.00" in text
    assert "palette ember" in text
    assert "Side by side" not in text


def test_runs_of_one_batch_stand_side_by_side_a_row_for_each_rater(researcher: Client) -> None:
    first = make_steering_run()
    second = make_steering_run(mode=SteeringMode.GLOBAL, participation=first.participation, batch=first.batch)
    other = make_steering_run(participation=make_participation(study=first.study), batch=first.batch)
    text = page(researcher, second)
    assert text.index("Side by side") < text.index("For this rater") < text.index("For everyone")
    assert str(first.participation) in text
    assert str(other.participation) in text
    assert "not there yet" in text  # the other rater has no picture for everyone


def test_the_plot_comes_as_data(researcher: Client) -> None:
    run = make_steering_run()
    answer = researcher.get(reverse("admin:scoring_steeringrun_plot", args=[run.pk, "score", "csv"]))
    assert answer.content.decode().splitlines()[1].startswith("0,3.0,2.7,3.3,3.0,3.0")


def test_the_list_asks_as_often_for_many_rows_as_for_few(researcher: Client) -> None:
    url = reverse(LIST)
    make_steering_run()
    researcher.get(url)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            researcher.get(url)
        counts.append(len(queries))
        for _ in range(3):
            make_steering_run()
    assert counts[0] == counts[1]


def test_steering_starts_a_run_for_each_rater_and_mode_or_none_at_all(researcher: Client) -> None:
    study = make_study()
    version = make_version(study=study, state=ModelState.LIVE)
    raters = [make_participation(study=study) for _ in range(2)]
    url = reverse("admin:scoring_steeringrun_steer")
    form = {
        **CONFIRMED,
        "study": study.pk,
        "raters": ", ".join(str(one.pk) for one in raters),
        "prompt": "a vase",
        "modes": ["self", "global", "other"],  # whose judge a worker finds: the posteriors here are none
        "generator": "sketch",
        "writer": "attributes",
        "iterations": 2,
        "variants": 3,
        "seed": 0,
    }
    assert researcher.get(url).status_code == 200
    researcher.post(url, form)
    assert not SteeringRun.objects.exists()  # nobody's taste is known yet
    assert "knows nothing of this rater" in researcher.get(reverse(LIST)).content.decode()
    for one in raters:
        Taste.objects.create(model_version=version, participation=one, posterior=b"", rating_count=5)
    assert researcher.post(url, {**form, "raters": "nobody"}).status_code == 302
    assert not SteeringRun.objects.exists()
    assert researcher.post(url, form).status_code == 302
    assert SteeringRun.objects.count() == 6
    assert not SteeringRun.objects.exclude(judge=None).exists()
    assert SteeringRun.objects.values("batch").distinct().count() == 1
    assert AuditEntry.objects.filter(action="steer", actor__username="mira").count() == 6


def test_a_run_that_goes_on_can_be_cancelled_and_one_that_failed_resumed(researcher: Client) -> None:
    run = make_steering_run(state=JobState.RUNNING)
    assert researcher.post(reverse("admin:scoring_steeringrun_cancel", args=[run.pk]), CONFIRMED).status_code == 302
    run.refresh_from_db()
    assert run.state == JobState.CANCELLED
    assert researcher.post(reverse("admin:scoring_steeringrun_resume", args=[run.pk]), CONFIRMED).status_code == 302
    run.refresh_from_db()
    assert run.state == JobState.QUEUED
    facts = researcher.get(reverse("admin:scoring_steeringrun_progress", args=[run.pk])).json()
    assert facts["is_active"]


def test_somebody_without_permission_sees_and_starts_nothing(onlooker: Client) -> None:
    run = make_steering_run(state=JobState.FAILED)
    for name, args in (
        ("changelist", []),
        ("change", [run.pk]),
        ("progress", [run.pk]),
        ("plot", [run.pk, "score", "csv"]),
    ):
        assert onlooker.get(reverse(f"admin:scoring_steeringrun_{name}", args=args)).status_code in {302, 403}
    onlooker.post(reverse("admin:scoring_steeringrun_resume", args=[run.pk]), CONFIRMED)
    run.refresh_from_db()
    assert run.state == JobState.FAILED
