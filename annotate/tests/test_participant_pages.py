"""Who takes part is listed, filtered and given as a table, in the admin and by the API; visits are counted by day."""

import csv
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotate.tests.api.test_api_staff import script_of
from annotate.tests.test_pages import client_of
from ratings.choices import AssignmentKind, End, FlagReason, ParticipationState
from ratings.models import AuditEntry, Participation, QualityFlag, Study, VisitCount
from ratings.selectors.participants import Participant, attrition, participants
from ratings.tests.factories import (
    make_images,
    make_participation,
    make_rating,
    make_staff,
    make_study,
    make_study_image,
)

pytestmark = pytest.mark.django_db


def fill(study: Study, names: tuple[str, ...] = ("paid", "missed", "flagged")) -> None:
    """Add three who finished, of whom one missed a check and one has a flag, and one who is at it."""
    check = make_study_image(study=study, is_practice=True, attention_value=5.0)
    for name in names:
        part = make_participation(study=study, external_id=name, state=ParticipationState.COMPLETE, served=3)
        value = 1.0 if name.startswith("missed") else 5.0
        make_rating(participation=part, study_image=check, value=value, assignment={"kind": AssignmentKind.ATTENTION})
        Participation.objects.filter(pk=part.pk).update(done=2, quota=2)
        if name.startswith("flagged"):
            QualityFlag.objects.create(participation=part, reason=FlagReason.FAST, finding="fast")
    make_participation(study=study, external_id=f"{names[0]}-not")


@pytest.fixture
def study() -> Study:
    """Make a study with participants."""
    made = make_study(slug="harbour", quota=2)
    make_images(study=made, count=2)
    fill(made)
    return made


@pytest.fixture
def admin() -> Client:
    """Give a researcher's browser."""
    client = Client()
    client.force_login(make_staff("ann", group="researcher"))
    return client


PAY = {"paid": "pay", "missed": "look", "flagged": "look", "paid-not": "unfinished"}
NARROWED: list[tuple[dict[str, str], set[str]]] = [
    ({}, set(PAY)),
    ({"external_id": "paid"}, {"paid", "paid-not"}),
    ({"state": "complete"}, {"paid", "missed", "flagged"}),
    ({"flags": "open"}, {"flagged"}),
    ({"checks": "missed"}, {"missed"}),
    ({"checks": "none", "flags": "none"}, {"paid", "paid-not"}),
]


@pytest.mark.parametrize(("query", "names"), NARROWED)
def test_the_page_and_the_api_list_the_same_people_with_the_decision_on_their_pay(
    study: Study, admin: Client, query: dict[str, str], names: set[str]
) -> None:
    page = admin.get(reverse("admin:ratings_study_participants", args=[study.pk]), query)
    shown = {cells[0]: cells[-1].split(":")[0] for _, cells in page.context["tables"][1].rows}
    assert shown == {name: PAY[name] for name in names}
    rows = script_of(group="researcher").get("/api/v1/studies/harbour/participants", query).json()["results"]
    assert {row["external_id"]: row["pay"] for row in rows} == shown


def test_the_table_is_a_download_that_the_log_keeps_and_the_api_gives_the_same(study: Study, admin: Client) -> None:
    address = reverse("admin:ratings_study_participants", args=[study.pk])
    answer = admin.post(address)
    assert answer["Content-Disposition"] == 'attachment; filename="harbour-participants.csv"'
    text = b"".join(streamed(answer)).decode()
    rows = list(csv.DictReader(text.splitlines()))
    assert {row["external_id"]: row["pay"] for row in rows} == PAY
    assert list(rows[0]) == Participant.columns()
    script = script_of(group="rater manager")
    assert b"".join(streamed(script.post("/api/v1/studies/harbour/participants/table"))).decode() == text
    logged = AuditEntry.objects.filter(action="export-participants").values_list("target", "detail")
    assert list(logged) == [("harbour", {"participants": 4})] * 2


def streamed(answer: Any) -> Iterator[bytes]:
    """Give the body of an answer that comes in pieces."""
    assert answer.status_code == 200
    yield from answer.streaming_content


def test_a_hundred_people_are_read_by_as_few_queries_as_one(study: Study, admin: Client) -> None:
    def number() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert list(participants(study=study))
        return len(asked)

    first = number()
    for place in range(30):
        fill(study, (f"paid{place}", f"missed{place}", f"flagged{place}"))
    assert (number(), first <= 5) == (first, True)
    address = reverse("admin:ratings_study_participants", args=[study.pk])
    with CaptureQueriesContext(connection) as asked:
        assert "1 / 2" in admin.get(address).content.decode()
    assert len(asked) <= 20


def test_somebody_who_was_shown_all_that_there_is_is_complete_below_the_quota() -> None:
    study = make_study(quota=9)
    one, other = make_images(study=study, count=2)
    for count, rows in (("all", (one, other)), ("some", (one,))):
        part = make_participation(study=study, external_id=count, state=ParticipationState.COMPLETE, served=9)
        for row in rows:
            make_rating(participation=part, study_image=row)
        Participation.objects.filter(pk=part.pk).update(done=len(rows))
    assert {row.external_id: row.end for row in participants(study=study)} == {"all": End.COMPLETE, "some": End.PARTIAL}


def test_visits_of_people_who_do_not_take_part_are_counted_by_day_and_language_and_nothing_else_of_them() -> None:
    study = make_study(slug="harbour", languages=["en", "de"])
    make_images(study=study, count=1)
    visitor = Client()
    for query in ("", "", "?lang=de"):
        assert not visitor.get(f"/s/harbour/{query}").cookies.keys() - {"pamela_language", "csrftoken"}
    visitor.head("/s/harbour/")
    visitor.get("/s/harbour/", headers={"sec-purpose": "prefetch;prerender"})
    client_of(make_participation(study=study)).get("/s/harbour/")
    rows = VisitCount.objects.order_by("language").values_list("study", "day", "language", "count")
    assert list(rows) == [(study.pk, timezone.localdate(), "de", 1), (study.pk, timezone.localdate(), "en", 2)]
    assert list(attrition(study=study).items())[:2] == [("visited", 3), ("consented", 1)]
    said = script_of(group="rater manager").get("/api/v1/studies/harbour/attrition").json()
    assert said["steps"]["visited"] == 3
    assert [(row["language"], row["count"]) for row in said["visits"]] == [("de", 1), ("en", 2)]
