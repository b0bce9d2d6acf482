"""An act is one and the same by whatever interface it is asked for: same rows, same audit entry, same work queued."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from celery.signals import before_task_publish
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from ratings.models import AuditEntry, Dump, Rater
from ratings.selectors.participations import participation_token
from ratings.tests.factories import make_api_key, make_participation, make_staff, make_study
from scoring.models import TrainingRun

pytestmark = pytest.mark.django_db
CONFIRMED = {"_form_submitted": "True"}
Committed = Callable[..., AbstractContextManager[list[Callable[[], Any]]]]


@pytest.fixture
def sent() -> Iterator[list[str]]:
    """Note the name of every task that is handed to the broker."""
    names: list[str] = []

    def note(sender: str, **_message: Any) -> None:
        names.append(sender)

    before_task_publish.connect(note)
    yield names
    before_task_publish.disconnect(note)


def by_api(rater: Rater) -> None:
    """Withdraw as the rater's script does."""
    token = participation_token(participation=rater.participations.get())
    assert Client(headers={"authorization": f"Bearer {token}"}).delete("/api/v1/me").status_code == 204


def by_admin(rater: Rater) -> None:
    """Withdraw as an admin does."""
    staff = Client()
    staff.force_login(make_staff("manager", group="admin"))
    assert staff.post(reverse("admin:ratings_rater_withdraw", args=[rater.pk]), CONFIRMED).status_code == 302


@pytest.mark.parametrize(("withdraw", "actor"), [(by_api, None), (by_admin, "manager")])
def test_withdrawing_discards_pictures_and_is_written_down_by_every_interface(
    withdraw: Callable[[Rater], None],
    actor: str | None,
    sent: list[str],
    django_capture_on_commit_callbacks: Committed,
) -> None:
    rater = make_participation().rater
    with django_capture_on_commit_callbacks(execute=True):
        withdraw(rater)
    assert not Rater.objects.exists()
    entry = AuditEntry.objects.get(action="withdraw")
    assert (entry.target, entry.actor and entry.actor.get_username()) == ("rater", actor)
    assert sent == ["scoring.tasks.discard_unused_pictures"]


@pytest.mark.parametrize("interface", ["api", "admin"])
def test_a_dump_is_asked_for_written_down_and_queued_alike_by_every_interface(
    interface: str, sent: list[str], django_capture_on_commit_callbacks: Committed
) -> None:
    study = make_study(slug="harbour")
    user = make_staff("script", group="researcher")
    staff = Client(headers={"authorization": f"Bearer {make_api_key(user=user)}"})
    staff.force_login(user)
    with django_capture_on_commit_callbacks(execute=True):
        if interface == "api":
            staff.post("/api/v1/studies/harbour/dumps", {"format": "csv"}, content_type="application/json")
        else:
            staff.post(
                reverse("admin:ratings_study_export", args=[study.pk]),
                {**CONFIRMED, "format": "csv", "include_repeats": "on"},
            )
    dump = Dump.objects.get()
    assert (dump.version, dump.format, dump.requested_by) == (1, "csv", user)
    assert dump.filters["include_repeats"] is True
    assert AuditEntry.objects.get(action="export").detail == {"version": 1, "format": "csv"}
    assert sent == ["ratings.tasks.run_job"]


@pytest.mark.parametrize("interface", ["study", "runs", "command"])
def test_a_training_run_is_asked_for_written_down_and_queued_alike_by_every_interface(
    interface: str, sent: list[str], django_capture_on_commit_callbacks: Committed
) -> None:
    study = make_study(slug="harbour")
    staff = Client()
    staff.force_login(make_staff("manager", group="admin"))
    with django_capture_on_commit_callbacks(execute=True):
        if interface == "study":
            staff.post(reverse("admin:ratings_study_retrain", args=[study.pk]), CONFIRMED)
        elif interface == "runs":
            staff.post(reverse("admin:scoring_trainingrun_retrain"), {**CONFIRMED, "study": study.pk})
        else:
            call_command("retrain", "--study", "harbour")
    run = TrainingRun.objects.get()
    detail = AuditEntry.objects.get(action="retrain").detail
    assert detail == {"run": run.pk, "reason": "command" if interface == "command" else "by hand"}
    assert sent == ["ratings.tasks.run_job"]
