"""A study is run from a script alone: created, filled, opened, watched, trained, steered and judged over the API."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from annotate.api.staff import StaffView
from annotate.api.urls import api_urls
from ratings.choices import FlagReason, FlagState, JobState, StudyState
from ratings.models import AuditEntry, Delivery, QualityFlag, Study
from ratings.tasks import run_job
from ratings.tests.factories import (
    make_api_key,
    make_participation,
    make_rating,
    make_staff,
    make_study,
    make_study_image,
    picture_bytes,
)
from scoring.models import ModelState, TrainingRun
from scoring.tests.factories import make_steering_run, make_version
from scoring.verdicts import MODELS, verdict_on

pytestmark = pytest.mark.django_db(transaction=True)
STUDIES = "/api/v1/studies"


def script_of(*, group: str) -> Client:
    """Give a client with the token of a member of a group."""
    user = make_staff(f"script-{group.replace(' ', '-')}", group=group)
    return Client(headers={"authorization": f"Bearer {make_api_key(user=user)}"})


@pytest.fixture
def script() -> Client:
    """Give a client with a researcher's token."""
    return script_of(group="researcher")


def send(client: Client, path: str, body: object) -> tuple[int, dict[str, Any]]:
    """Post JSON; give status and answer."""
    answer = client.post(f"{STUDIES}{path}", json.dumps(body), content_type="application/json")
    return answer.status_code, answer.json()


def test_a_study_is_created_filled_and_opened(script: Client) -> None:
    assert (
        send(script, "", {"slug": "harbour", "title": "Harbour", "consent_text": "Yes?", "practice_count": 0})[0] == 201
    )
    assert send(script, "", {"slug": "b", "title": "B", "quotta": 3}) == (
        400,
        {"code": "invalid", "message": send(script, "", {"quotta": 1})[1]["message"], "fields": {"quotta": "unknown"}},
    )
    status, refused = send(script, "/harbour/state", {"state": "open"})
    assert (status, Study.objects.get().state) == (409, StudyState.DRAFT), refused
    pictures = [SimpleUploadedFile(f"{name}.png", picture_bytes(color=name)) for name in ("red", "blue")]
    table = SimpleUploadedFile("list.csv", b"file,prompt\nred.png,a red boat\n")
    taken = script.post(f"{STUDIES}/harbour/images", {"pictures": pictures, "details": table})
    assert (taken.status_code, taken.json()["state"]) == (202, JobState.QUEUED)
    delivery = Delivery.objects.get()
    run_job(Delivery._meta.label, delivery.pk)
    done = script.get(f"{STUDIES}/harbour/imports/{delivery.pk}").json()
    assert (done["state"], done["error"]) == (JobState.READY, "")
    listed = script.get(f"{STUDIES}/harbour/images", {"page_size": 1}).json()
    more = script.get(listed["next"]).json()
    found = {row["name"]: row["prompt"] for row in [*listed["results"], *more["results"]]}
    assert (found, more["next"]) == ({"red.png": "a red boat", "blue.png": ""}, None)
    assert send(script, "/harbour/state", {"state": "open"})[1]["state"] == StudyState.OPEN
    assert [row["slug"] for row in script.get(STUDIES).json()] == ["harbour"]
    actors = set(AuditEntry.objects.filter(target="harbour").values_list("actor__username", flat=True))
    assert actors == {"script-researcher"}


def change(client: Client, path: str, body: object) -> tuple[int, dict[str, Any]]:
    """Patch with JSON; give status and answer."""
    answer = client.patch(f"{STUDIES}{path}", json.dumps(body), content_type="application/json")
    return answer.status_code, answer.json()


def test_a_study_is_described_changed_and_made_again_from_its_description(script: Client) -> None:
    study = make_study(slug="harbour", target=2)
    row = make_study_image(study=study, target=2)
    assert change(script, "/harbour/settings", {"target": 4, "title": "Quay"})[0] == 200
    row.refresh_from_db()
    assert (row.target, Study.objects.get().title) == (4, "Quay")
    entry = AuditEntry.objects.get(action="change")
    assert entry.detail["fields"] == {"target": ["2", "4"], "title": [study.title, "Quay"]}
    described = script.get(f"{STUDIES}/harbour/settings").json()
    assert send(script, "", {**described, "slug": "again"})[0] == 201
    again = script.get(f"{STUDIES}/again/settings").json()
    assert {**again, "slug": "harbour"} == described


def test_a_change_that_answers_depend_on_or_that_is_wrong_is_named_and_changes_nothing(script: Client) -> None:
    study = make_study(slug="harbour", scale_max=5)
    make_rating(participation=make_participation(study=study), value=4)
    before = script.get(f"{STUDIES}/harbour/settings").json()
    for body, status, field in (
        ({"title": "Quay", "scale_max": 7}, 409, "scale_max"),
        ({"title": "Quay", "targt": 7}, 400, "targt"),
        ({"title": "Quay", "target": "many"}, 400, "target"),
        ({"title": "Quay", "target": None}, 400, "target"),
    ):
        answer = change(script, "/harbour/settings", body)
        assert (answer[0], set(answer[1]["fields"])) == (status, {field})
    assert change(script, "/harbour/settings", ["title"])[0] == 400
    assert script.get(f"{STUDIES}/harbour/settings").json() == before


def test_training_is_asked_for_followed_and_stopped_and_a_version_promoted(script: Client) -> None:
    study = make_study(slug="harbour")
    status, run = send(script, "/harbour/runs", {})
    assert (status, run["state"], run["version"]) == (202, JobState.QUEUED, None)
    assert send(script, "/harbour/runs", {})[0] == 409
    assert script.delete(f"{STUDIES}/harbour/runs/{run['id']}").json()["state"] == JobState.CANCELLED
    assert TrainingRun.objects.get().state == JobState.CANCELLED
    assert [row["id"] for row in script.get(f"{STUDIES}/harbour/runs").json()] == [run["id"]]
    version = make_version(study=study)
    assert send(script, f"/harbour/versions/{version.number}/promote", {})[1]["state"] == ModelState.LIVE
    listed = script.get(f"{STUDIES}/harbour/versions").json()
    assert [(row["number"], row["state"]) for row in listed] == [(version.number, ModelState.LIVE)]
    assert send(script, "/harbour/versions/99/promote", {})[0] == 404


def test_a_version_comes_with_the_verdict_that_its_page_gives(script: Client) -> None:
    version = make_version(study=make_study(slug="harbour"))
    judged = script.get(f"{STUDIES}/harbour/versions/1").json()
    page = verdict_on(measured=version.measured, name="v1", model_names=MODELS)
    assert judged["verdict"]["sentence"] == page.sentence
    assert [point["question"] for point in judged["verdict"]["points"]] == [point.question for point in page.points]
    assert judged["verdict"]["points"][0]["is_thin"]  # 40 ratings
    assert (judged["number"], judged["run"]) == (1, None)
    assert script.get(f"{STUDIES}/harbour/versions/2").status_code == 404


def test_flags_are_listed_and_decided(script: Client) -> None:
    study = make_study(slug="harbour")
    participation = make_participation(study=study, external_id="P1")
    flag = QualityFlag.objects.create(participation=participation, reason=FlagReason.values[0], finding="Too fast.")
    (row,) = script.get(f"{STUDIES}/harbour/flags").json()["results"]
    assert (row["finding"], row["rater"]) == ("Too fast.", str(participation.rater_id))
    assert send(script, f"/harbour/flags/{flag.pk}", {"state": "confirmed"})[1]["decided_by"] == "script-researcher"
    assert send(script, f"/harbour/flags/{flag.pk}", {"sate": "dismissed"})[0] == 400
    flag.refresh_from_db()
    assert flag.state == FlagState.CONFIRMED
    (person,) = script.get(f"{STUDIES}/harbour/participants").json()["results"]
    assert (person["external_id"], person["flags"], person["done"]) == ("P1", 1, 0)


def test_steering_is_ordered_followed_and_stopped(script: Client) -> None:
    run = make_steering_run()
    path = f"/{run.study.slug}/steering"
    found = script.get(f"{STUDIES}{path}/{run.pk}").json()
    assert (found["state"], found["rater"]) == (run.state, str(run.participation.rater_id))
    assert all(step["url"].startswith("/media/") for step in found["steps"])
    status, refused = send(script, path, {"prompt": "a boat", "raters": ["nobody"], "modes": ["self"]})
    assert (status, refused["code"]) == (404, "not_found")
    status, refused = send(script, path, {"prompt": "a boat", "raters": ["x"], "modus": ["self"]})
    assert (status, set(refused["fields"])) == (400, {"modus"})


VIEWS: dict[str, Any] = {str(route.pattern): getattr(route.callback, "view_class", object) for route in api_urls}
STAFF_ROUTES = {path: view for path, view in VIEWS.items() if issubclass(view, StaffView)}
ARGUMENTS = {
    "<slug:slug>": "harbour",
    "<int:number>": "1",
    "<int:version>": "1",
    "<path:name>": "a.csv",
    "<path:image>": "a.png",
    "<str:person>": "mia",
    "<int:subscription>": "1",
}


@pytest.mark.parametrize("path", sorted(STAFF_ROUTES))
def test_each_call_of_staff_wants_the_right_that_it_names(path: str) -> None:
    make_study(slug="harbour")
    view = STAFF_ROUTES[path]
    for place, value in ARGUMENTS.items():
        path = path.replace(place, value)
    nobody = Client(headers={"authorization": f"Bearer {make_api_key(user=make_staff('none'))}"})
    for method, right in view.rights.items():
        answer = nobody.generic(method, f"/api/v1/{path}", b"{}", content_type="application/json")
        assert (answer.status_code, right in answer.json()["message"]) == (403, True), (method, path)
        answer = Client().generic(method, f"/api/v1/{path}", b"{}", content_type="application/json")
        assert answer.status_code == 401, (method, path)
