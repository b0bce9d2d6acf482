"""The admin's first page."""

import shutil
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotate.workers import sign_of
from ratings.choices import Design, JobState
from ratings.models import TaskFailure
from ratings.services.failures import record_failure
from ratings.tests.factories import make_images, make_pair, make_participation, make_rating, make_study
from ratings.values.queues import QUEUES
from scoring.models import ModelState, TrainingRun
from scoring.tests.factories import checkpoint_folder, make_version

pytestmark = pytest.mark.django_db


def test_the_first_page_shows_each_study_with_coverage_model_and_running_training(researcher: Client) -> None:
    study = make_study(title="Harbour", target=2)
    participation = make_participation(study=study)
    first, _ = make_images(study=study, count=2)
    make_rating(participation=participation, study_image=first)
    make_version(study=study, state=ModelState.LIVE, promoted_at=timezone.now())
    TrainingRun.objects.create(study=study, reason="by hand", state=JobState.RUNNING, stage="fitting", progress=0.3)
    page = researcher.get(reverse("admin:index")).content.decode()
    for shown in ("Harbour", "1 of 4 places taken", "25% covered", "0.400", "fitting", "30%"):
        assert shown in page


def test_a_study_without_images_asks_for_some_and_one_of_pairs_is_not(researcher: Client) -> None:
    make_pair(study=make_study(title="Duel", design=Design.PAIRWISE))
    assert "No images yet" not in researcher.get(reverse("admin:index")).content.decode()
    make_study(title="Harbour")
    assert "No images yet" in researcher.get(reverse("admin:index")).content.decode()


def test_the_first_page_warns_when_no_worker_was_seen(researcher: Client) -> None:
    assert "No worker has been seen" in researcher.get(reverse("admin:index")).content.decode()
    leave_all_signs()
    assert "No worker" not in researcher.get(reverse("admin:index")).content.decode()


def leave_all_signs(*, without: str = "") -> None:
    """Say that a worker of each queue lives, but for one."""
    cache.set_many({sign_of(queue): 1 for queue in QUEUES if queue != without})


def test_the_first_page_names_the_queue_whose_workers_are_gone_and_what_waits_there(researcher: Client) -> None:
    leave_all_signs(without="train")
    gone = "No worker of the queue train has been seen in the last minute: it trains models."
    page = researcher.get(reverse("admin:index")).content.decode()
    assert gone in page
    assert "Jobs that wait" not in page
    TrainingRun.objects.create(study=make_study(), reason="by hand")
    page = researcher.get(reverse("admin:index")).content.decode()
    assert f"{gone} Jobs that wait: 1, the first one since" in page
    assert page.count("No worker of the queue") == 1


def test_workers_that_are_there_on_demand_are_missed_once_something_has_waited_for_them(
    researcher: Client, settings: LazySettings
) -> None:
    settings.ON_DEMAND_QUEUES = ["train"]
    leave_all_signs(without="train")
    run = TrainingRun.objects.create(study=make_study(), reason="by hand")
    assert "No worker" not in researcher.get(reverse("admin:index")).content.decode()
    TrainingRun.objects.filter(pk=run.pk).update(created_at=timezone.now() - timedelta(minutes=6))
    assert "No worker of the queue train" in researcher.get(reverse("admin:index")).content.decode()


def test_the_first_page_tells_of_a_failed_training_until_a_later_one_succeeds(researcher: Client) -> None:
    study = make_study(title="Harbour")
    TrainingRun.objects.create(study=study, reason="by hand", state=JobState.FAILED, error="Traceback\nOut of memory.")
    assert "Training Harbour failed: Out of memory." in researcher.get(reverse("admin:index")).content.decode()
    TrainingRun.objects.create(study=study, reason="by hand", state=JobState.SUCCEEDED)
    assert "Training Harbour failed" not in researcher.get(reverse("admin:index")).content.decode()


def test_the_first_page_names_a_live_model_whose_files_are_lost(researcher: Client) -> None:
    version = make_version(study=make_study(title="Harbour", slug="harbour"), state=ModelState.LIVE)
    assert "cannot be read" not in researcher.get(reverse("admin:index")).content.decode()
    shutil.rmtree(checkpoint_folder(version=version))
    page = researcher.get(reverse("admin:index")).content.decode()
    assert "The files of model v1 of &#x27;harbour&#x27; cannot be read: retrain the study" in page
    assert "raters get images by coverage" in page


def test_a_task_that_failed_is_named_for_a_day_with_how_often_and_why(researcher: Client) -> None:
    for reason in ("no room", "no room left\nsecond line"):
        record_failure(task="learn missed ratings", error=OSError(reason))
    page = researcher.get(reverse("admin:index")).content.decode()
    assert "The background task learn missed ratings failed 2 times since" in page
    assert "OSError: no room left" in page
    assert "second line" not in page
    TaskFailure.objects.update(last_at=timezone.now() - timedelta(days=2))
    assert "failed 2 times" not in researcher.get(reverse("admin:index")).content.decode()
    record_failure(task="learn missed ratings", error=OSError("again"))
    assert "learn missed ratings failed once" in researcher.get(reverse("admin:index")).content.decode()


def test_the_first_page_asks_the_database_a_pinned_number_of_times(researcher: Client) -> None:
    url = reverse("admin:index")
    for number in range(2):
        make_images(study=make_study(title=f"Study {number}"), count=1)
    researcher.get(url)
    with CaptureQueriesContext(connection) as queries:
        researcher.get(url)
    assert len(queries) == 17


def test_an_empty_installation_invites_to_create_the_first_study(researcher: Client) -> None:
    assert "Create the first study" in researcher.get(reverse("admin:index")).content.decode()
