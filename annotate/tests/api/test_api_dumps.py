"""Scripts make, watch and fetch dumps with the token of a member of staff."""

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.test import Client
from django.urls import include, path

from annotate.api import dump_views
from ratings.models import AuditEntry, Dump
from ratings.services.dumps import write_dump
from ratings.services.withdraw import withdraw_rater
from ratings.tests.factories import make_api_key, make_participation, make_rating, make_staff, make_study

api_urls = [
    path("studies/<slug:slug>/dumps", dump_views.DumpsView.as_view(), name="dumps"),
    path("studies/<slug:slug>/dumps/<int:version>", dump_views.DumpView.as_view(), name="dump"),
    path(
        "studies/<slug:slug>/dumps/<int:version>/files/<path:name>",
        dump_views.DumpFileView.as_view(),
        name="dump-file",
    ),
]
urlpatterns = [path("api/v1/", include((api_urls, "api")))]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls(__name__)]


@pytest.fixture
def script() -> Client:
    """Give a client with a researcher's token."""
    user = make_staff("script", group="researcher")
    return Client(headers={"authorization": f"Bearer {make_api_key(user=user)}"})


def test_a_script_makes_watches_and_fetches_a_dump(script: Client, settings: LazySettings) -> None:
    study = make_study(slug="harbour")
    make_rating(participation=make_participation(study=study))
    made = script.post(
        "/api/v1/studies/harbour/dumps", {"format": "csv", "policies": ["coverage"]}, content_type="application/json"
    )
    assert made.status_code == 202
    assert (made.json()["version"], made.json()["state"], made.json()["files"]) == (1, "queued", [])
    early = script.get("/api/v1/studies/harbour/dumps/1/files/ratings.csv")
    assert (early.status_code, early.json()["code"]) == (409, "conflict")
    write_dump(dump_id=Dump.objects.get().pk)
    facts = script.get("/api/v1/studies/harbour/dumps/1").json()
    assert (facts["state"], facts["rows"], facts["filters"]["policies"]) == ("ready", 1, ["coverage"])
    whole = script.get("/api/v1/studies/harbour/dumps/1/files/ratings.csv").getvalue()
    rest = script.get("/api/v1/studies/harbour/dumps/1/files/ratings.csv", headers={"range": "bytes=5-"})
    assert (rest.status_code, rest.getvalue()) == (206, whole[5:])
    assert len(script.get("/api/v1/studies/harbour/dumps").json()) == 1
    assert AuditEntry.objects.get(action="export").actor is not None


def test_a_script_reads_how_many_withdrew_since_a_dump_was_made(script: Client) -> None:
    study = make_study(slug="harbour")
    for version in (1, 2):
        Dump.objects.create(study=study, version=version, format="csv")
        withdraw_rater(rater=make_participation(study=study).rater, actor=None)
    listed = script.get("/api/v1/studies/harbour/dumps").json()
    assert {dump["version"]: dump["withdrawn_since"] for dump in listed} == {1: 2, 2: 1}
    assert script.get("/api/v1/studies/harbour/dumps/2").json()["withdrawn_since"] == 1


def test_wrong_asks_are_named(script: Client) -> None:
    make_study(slug="harbour")
    wrong = script.post("/api/v1/studies/harbour/dumps", {"domains": ["fish"]}, content_type="application/json")
    assert (wrong.status_code, set(wrong.json()["fields"])) == (400, {"domains"})
    mistyped = {"format": "csv", "leave_out_flaged": True}
    wrong = script.post("/api/v1/studies/harbour/dumps", mistyped, content_type="application/json")
    assert (wrong.status_code, set(wrong.json()["fields"])) == (400, {"leave_out_flaged"})
    assert not Dump.objects.exists()
    assert script.get("/api/v1/studies/harbour/dumps/9").status_code == 404
    assert script.get("/api/v1/studies/fish/dumps").status_code == 404


def test_nobody_else_gets_at_dumps() -> None:
    make_study(slug="harbour")
    user = User.objects.create_user("nobody")
    token = Client(headers={"authorization": f"Bearer {make_api_key(user=user)}"})
    for client in (Client(), token):
        assert client.get("/api/v1/studies/harbour/dumps").status_code in {401, 403}
