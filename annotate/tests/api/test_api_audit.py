"""Scripts read the audit log as the admin shows it: filtered, a page at a time, and no more than the person may see."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from ratings.choices import StudyRole
from ratings.models import Study, StudyMember
from ratings.services.audit import log_action
from ratings.tests.factories import make_api_key, make_staff, make_study

pytestmark = pytest.mark.django_db


def listed(person: User, query: str = "") -> list[dict[str, Any]]:
    """Ask for acts."""
    client = Client(headers={"authorization": f"Bearer {make_api_key(user=person)}"})
    answer = client.get(f"/api/v1/audit{query}")
    assert answer.status_code == 200, answer.content
    rows: list[dict[str, Any]] = answer.json()["results"]
    return [row for row in rows if row["act"] in {"pause", "export"}]


@pytest.fixture
def nora() -> User:
    """Let two people do something in two studies."""
    nora, ole = make_staff("nora", group="researcher"), make_staff("ole", group="researcher")
    for slug in ("harbour", "harbour-two"):
        make_study(slug=slug)
    log_action(action="pause", target="harbour", actor=nora)
    log_action(action="export", target="harbour v1", actor=ole, rows=7)
    log_action(action="pause", target="harbour-two", actor=ole)
    return nora


def test_acts_are_filtered_by_study_person_act_and_time(nora: User) -> None:
    assert [(row["act"], row["target"], row["person"]) for row in listed(nora)] == [
        ("pause", "harbour", "nora"),
        ("export", "harbour v1", "ole"),
        ("pause", "harbour-two", "ole"),
    ]
    assert [row["target"] for row in listed(nora, "?study=harbour")] == ["harbour", "harbour v1"]
    assert [row["target"] for row in listed(nora, "?person=ole&act=pause")] == ["harbour-two"]
    assert [row["detail"] for row in listed(nora, "?act=export")] == [{"rows": 7}]
    assert listed(nora, "?since=2100-01-01T00:00:00Z") == []


def test_a_mistyped_filter_is_refused(nora: User) -> None:
    client = Client(headers={"authorization": f"Bearer {make_api_key(user=nora)}"})
    answer = client.get("/api/v1/audit?studdy=harbour")
    assert answer.status_code == 400
    assert "studdy" in answer.json()["fields"]


def test_who_works_in_one_study_reads_the_acts_there_and_their_own(nora: User) -> None:
    member = make_staff("mia")
    harbour = Study.objects.get(slug="harbour")
    StudyMember.objects.create(study=harbour, user=member, role=StudyRole.RESEARCHER)
    assert [row["target"] for row in listed(member)] == ["harbour", "harbour v1"]
