"""What the rights matrix asks: every address of the admin and the API, and an installation where each has its row."""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import Group, User
from django.core.signing import get_cookie_signer
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from annotate.rater_cookie import COOKIE, COOKIE_SALT
from ratings.choices import DeliveryKind, JobState
from ratings.models import (
    ApiToken,
    AuditEntry,
    Choice,
    Dataset,
    Delivery,
    Dump,
    Notification,
    Pair,
    Participation,
    ProlificStudy,
    QualityFlag,
    Study,
    StudyMember,
    Subscription,
)
from ratings.selectors.participations import participation_token
from ratings.services.invitations import make_invitation
from ratings.services.permissions import RATER_MANAGER, RESEARCHER, ROLES
from ratings.tests.factories import (
    make_api_key,
    make_choice,
    make_pair,
    make_participation,
    make_rating,
    make_staff,
    make_study,
)
from scoring.models import TrainingRun
from scoring.tests.factories import make_steering_run, make_version

DUMP_FOLDER, DUMP_FILE = "matrix", "ratings.csv"
MANIFEST = {"files": [{"path": DUMP_FILE, "bytes": 2, "sha256": "0" * 64}]}
WORDS = {
    "folder": "none",
    "key": "ratings",
    "file_format": "csv",
    "name": DUMP_FILE,
    "url": "nowhere/",
    "app_label": "ratings",
    "content_type_id": "1",
    "version": 1,
}
HERE = ("harbour", "quay")  # the studies that the rows of the installation belong to
MEMBERS = {
    "researcher of another study": {"elsewhere": RESEARCHER},
    "researcher of this study": dict.fromkeys(HERE, RESEARCHER),
    "rater manager here, researcher elsewhere": {**dict.fromkeys(HERE, RATER_MANAGER), "elsewhere": RESEARCHER},
}
METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, kw_only=True)
class Address:
    """An address that something is served at: its name, and its pattern with the places to fill."""

    name: str
    pattern: str

    def filled(self, rows: dict[str, Any]) -> str:
        """Put the rows of the installation into the places."""

        def value(match: re.Match[str]) -> str:
            place = match["place"]
            found = {**rows, **WORDS}.get(place, rows.get(self.row_name))
            return str(found if place not in {"object_id", "pk", "id", "number"} else rows.get(self.row_name, 1))

        plain = re.sub(r"\(\?P<(?P<place>\w+)>(?:[^()]|\([^)]*\))*\)", value, self.pattern.replace("^", "").rstrip("$"))
        return "/" + re.sub(r"<(?:\w+:)?(?P<place>\w+)>", value, plain)

    @property
    def row_name(self) -> str:
        """Name the kind of row that the address is about."""
        parts = self.pattern.split("/")
        return parts[2] if parts[0] == "admin" and len(parts) > 3 else self.name.removeprefix("api:")


def addresses(start: str) -> list[Address]:
    """Find every address below a start, from the resolver itself, so that none can be forgotten."""
    return [one for one in walk(get_resolver()) if one.pattern.startswith(start)]


def walk(resolver: URLResolver, *, namespace: str = "", before: str = "") -> Iterator[Address]:
    """Go through a resolver and those in it."""
    for part in resolver.url_patterns:
        pattern = before + str(part.pattern)
        if isinstance(part, URLResolver):
            inner = f"{namespace}{part.namespace}:" if part.namespace else namespace
            yield from walk(part, namespace=inner, before=pattern)
        elif isinstance(part, URLPattern):
            yield Address(name=namespace + (part.name or pattern.removeprefix("admin/")), pattern=pattern)


def make_rows() -> dict[str, Any]:
    """Make an installation that has a row of every kind; give their keys."""
    study = make_study(slug="harbour")
    participation = make_participation(study=study)
    rating = make_rating(participation=participation)
    version = make_version(study=study)
    run = TrainingRun.objects.create(study=study, reason="by hand")
    flag = QualityFlag.objects.create(participation=participation, reason="fast", finding="Too fast.")
    study.datasets.add(Dataset.objects.create(name="old-set", scale_min=1, scale_max=5))
    Dump.objects.create(
        study=study, version=1, format="csv", state=JobState.READY, folder=DUMP_FOLDER, manifest=MANIFEST
    )
    delivery = Delivery.objects.create(kind=DeliveryKind.PICTURES, study=study, folder="none")
    imported = Delivery.objects.create(kind=DeliveryKind.RATINGS, folder="elsewhere", options={"name": "old-set"})
    ProlificStudy.objects.create(study=study, remote_id="60d9aadeb86739de712faee0")
    steering = make_steering_run(participation=participation)
    return {
        **other_rows(participation=participation),
        **notification_rows(study=study),
        "slug": study.slug,
        "study": study.pk,
        "participation": participation.pk,
        "rater": participation.rater_id,
        "rating": rating.pk,
        "assignment": rating.assignment_id,
        "image": rating.image_id,
        "nonce": uuid.uuid4(),
        "modelversion": version.pk,
        "trainingrun": run.pk,
        "steeringrun": steering.pk,
        "qualityflag": flag.pk,
        "dataset": Dataset.objects.get().pk,
        "dump": Dump.objects.get().pk,
        "delivery": delivery.pk,
        "prolificstudy": ProlificStudy.objects.get().pk,
        "import": delivery.pk,
        "flag": flag.pk,
        "run": run.pk,
        "promote": version.number,
        "steering": steering.pk,
        "version-pushes": version.number,
        "rating-import": imported.pk,
        "member": "assistant",
    }


def notification_rows(*, study: Study) -> dict[str, Any]:
    """Make a subscription to a study's events, and a message."""
    row = Subscription.objects.create(study=study, address="https://example.org/hook", events=["study.full"])
    body = {"type": "study.full", "timestamp": "2026-11-27T20:00:00+00:00", "data": {"study": study.slug}}
    message = Notification.objects.create(subscription=row, event="study.full", subject="one", message="m", body=body)
    about = dict.fromkeys(("subscription", "subscription-test", "subscription-secret", "messages"), row.pk)
    return {**about, "notification": message.pk, "message": message.pk}


def other_rows(*, participation: Participation) -> dict[str, Any]:
    """Make the rows that belong to no study of ratings."""
    compared = make_participation(study=make_study(slug="quay", design="pairwise"), rater=participation.rater)
    make_choice(participation=compared, pair=make_pair(study=compared.study, participation=compared))
    person = make_staff("somebody", group=ROLES[0])
    make_api_key(user=person)
    assistant = StudyMember.objects.create(user=make_staff("assistant"), study=participation.study, role=ROLES[0])
    invitation, _ = make_invitation(
        role=ROLES[1], studies=[participation.study], actor=User.objects.create_superuser("host")
    )
    entry = AuditEntry.objects.create(action="export", target="harbour")
    interval = IntervalSchedule.objects.create(every=1, period="hours")
    crontab = CrontabSchedule.objects.create()
    task = PeriodicTask.objects.create(name="nothing", task="nothing", interval=interval)
    return {
        "choice": Choice.objects.get().pk,
        "pair": Pair.objects.get().pk,
        "user": person.pk,
        "group": Group.objects.get(name=ROLES[0]).pk,
        "apitoken": ApiToken.objects.get().pk,
        "auditentry": entry.pk,
        "studymember": assistant.pk,
        "invitation": invitation.pk,
        "intervalschedule": interval.pk,
        "crontabschedule": crontab.pk,
        "periodictask": task.pk,
    }


def signed_in(person: User) -> tuple[Client, Client]:
    """Give a person's browser and script."""
    browser = Client()
    browser.force_login(person)
    return browser, Client(headers={"authorization": f"Bearer {make_api_key(user=person)}"})


def rater_clients(participation: Participation) -> tuple[Client, Client]:
    """Give a rater's browser and script."""
    browser = Client()
    browser.cookies[COOKIE] = get_cookie_signer(salt=COOKIE + COOKIE_SALT).sign(str(participation.rater_id))
    token = participation_token(participation=participation)
    return browser, Client(headers={"authorization": f"Bearer {token}"})


def make_askers() -> dict[str, tuple[Client, Client]]:
    """Give everybody who may ask, each with a browser and a script."""
    study = Study.objects.get(slug="harbour")
    inactive = User.objects.create_superuser("gone")
    found = {
        "anonymous": (Client(), Client()),
        "rater": rater_clients(study.participations.earliest("created_at")),
        "other rater": rater_clients(make_participation(study=make_study(slug="elsewhere"))),
        "inactive": signed_in(inactive),
        "no role": signed_in(make_staff("nobody")),
        **{role: signed_in(make_staff(role.replace(" ", "-"), group=role)) for role in ROLES},
        "superuser": signed_in(User.objects.create_superuser("root")),
        **{who: signed_in(make_member(who, roles=roles)) for who, roles in MEMBERS.items()},
    }
    User.objects.filter(pk=inactive.pk).update(is_active=False)
    return found


def make_member(who: str, *, roles: dict[str, str]) -> User:
    """Make somebody who has roles in single studies only."""
    person = make_staff(who.replace(" ", "-"))
    for slug, role in roles.items():
        StudyMember.objects.create(user=person, study=Study.objects.get(slug=slug), role=role)
    return person


def ask(client: Client, method: str, path: str) -> tuple[int, str]:
    """Ask, and undo whatever it did; give the status and where it leads."""
    sent = {"_form_submitted": "True"} if method == "post" and path.startswith("/admin") else {}
    kind = {} if path.startswith("/admin") else {"content_type": "application/json"}
    with transaction.atomic():
        answer = getattr(client, method)(path, sent, **({} if method == "get" else kind))
        transaction.set_rollback(True)
    return answer.status_code, answer.headers.get("Location", "")
