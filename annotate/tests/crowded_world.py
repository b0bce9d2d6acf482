"""The installation of the rights matrix with many rows of every kind, for pages that might ask once for each row."""

from typing import Any

from django.contrib.auth.models import User
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from annotate.tests.rights_world import make_rows
from ratings.choices import DeliveryKind, JobState, StudyState
from ratings.models import (
    AuditEntry,
    Dataset,
    Delivery,
    Dump,
    Notification,
    Participation,
    QualityFlag,
    Study,
    StudyMember,
    Subscription,
)
from ratings.services.invitations import make_invitation
from ratings.services.permissions import ROLES
from ratings.tests.factories import (
    make_api_key,
    make_choice,
    make_pair,
    make_participation,
    make_rating,
    make_staff,
    make_study,
    make_study_image,
)
from scoring.models import TrainingRun
from scoring.tests.factories import make_steering_run, make_version


def make_crowd(*, count: int, person: User) -> dict[str, Any]:
    """Make so many rows of each kind beside those of the matrix; give the keys of the latter, and of a draft."""
    rows = make_rows()
    study, compared = Study.objects.get(slug="harbour"), Study.objects.get(slug="quay")
    first = study.participations.get()
    draft = make_study(slug="draft", state=StudyState.DRAFT)
    for number in range(count):
        make_people(study=study, draft=draft, number=number, person=person)
        make_answers(first=first, compared=compared, number=number)
        make_works(study=study, number=number)
        make_contents(draft=draft, number=number)
        make_study(slug=f"study-{number}")
        interval = IntervalSchedule.objects.get()
        PeriodicTask.objects.create(name=f"nothing {number}", task="nothing", interval=interval)
    return {**rows, "draft": draft.pk}


def make_people(*, study: Study, draft: Study, number: int, person: User) -> None:
    """Make somebody who works in both studies and has a token, an invitation, and an entry of the log."""
    member = make_staff(f"member {number}", group=ROLES[number % len(ROLES)])
    make_api_key(user=member)
    for one in (study, draft):
        StudyMember.objects.create(user=member, study=one, role=ROLES[0])
    make_invitation(role=ROLES[1], studies=[study, draft], actor=person)
    AuditEntry.objects.create(action="export", target=study.slug, actor=member)


def make_answers(*, first: Participation, compared: Study, number: int) -> None:
    """Make a rater with an answer and a flag in each study, and one answer more of the first rater."""
    part = make_participation(study=first.study, external_id=f"P{number}")
    make_rating(participation=part)
    make_rating(participation=first)
    QualityFlag.objects.create(participation=part, reason="fast", finding="Too fast.")
    make_steering_run(participation=part)
    other = make_participation(study=compared, rater=part.rater)
    make_choice(participation=other, pair=make_pair(study=compared))


def make_works(*, study: Study, number: int) -> None:
    """Make a run with its version, a dump, and an upload."""
    run = TrainingRun.objects.create(study=study, reason="by hand", state=JobState.SUCCEEDED)
    make_version(study=study, run=run)
    Dump.objects.create(
        study=study, version=2 + number, format="csv", state=JobState.READY, folder=f"d{number}", manifest={"files": []}
    )
    Delivery.objects.create(kind=DeliveryKind.PICTURES, study=study, folder="none")


def make_contents(*, draft: Study, number: int) -> None:
    """Make all that a draft may hold: pictures, uploads, sets, and subscriptions to it."""
    make_study_image(study=draft)
    Delivery.objects.create(kind=DeliveryKind.PICTURES, study=draft, folder="none")
    draft.datasets.add(Dataset.objects.create(name=f"set {number}", scale_min=1, scale_max=5))
    address = f"https://example.org/hook/{number}"
    subscription = Subscription.objects.create(study=draft, address=address, events=["study.full"])
    body = {"type": "study.full", "timestamp": "2026-11-27T20:00:00+00:00", "data": {"study": draft.slug}}
    Notification.objects.create(
        subscription=subscription, event="study.full", subject=address, message=f"m {number}", body=body
    )
