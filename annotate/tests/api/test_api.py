"""The JSON contract, through HTTP as scripts and browsers call it."""

import uuid
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from ratings.choices import AssignmentState, StudyState
from ratings.models import Assignment, Participation, Rating, Study, StudyImage
from ratings.selectors.participations import participation_token
from ratings.services.give_back import release_expired
from ratings.tests.factories import make_images, make_participation, make_study

pytestmark = pytest.mark.django_db

QUESTIONS = [{"key": "age", "label": "Age", "options": [{"value": "18-29", "label": "18-29"}]}]


class Script:
    """A rater's script: token in, JSON out."""

    def __init__(self, participation: Participation) -> None:
        """Hold the token of a participation."""
        self.client = Client(headers={"authorization": f"Bearer {participation_token(participation=participation)}"})
        self.slug = participation.study.slug

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Send one request; give status and decoded answer."""
        send = getattr(self.client, method)
        answer = (
            send(f"/api/v1/{path}", body, content_type="application/json")
            if body is not None
            else send(f"/api/v1/{path}")
        )
        return answer.status_code, answer.json() if answer.content else None

    def lease(self, count: int = 1) -> list[dict[str, Any]]:
        """Lease images."""
        status, answer = self.call("post", f"studies/{self.slug}/leases", {"count": count})
        assert status == 200, answer
        items: list[dict[str, Any]] = answer["items"]
        return items

    def rate(self, assignment: int, value: float = 3, nonce: str | None = None) -> tuple[int, Any]:
        """Send one rating."""
        body = {"nonce": nonce or str(uuid.uuid4()), "assignment": assignment, "value": value, "response_ms": 900}
        return self.call("post", "ratings", body)


def make_script(images: int = 6, **study: Any) -> Script:
    made = make_study(**study)
    make_images(study=made, count=images)
    return Script(make_participation(study=made))


def test_a_study_tells_its_public_facts() -> None:
    study = make_study(scale_labels={"1": "bad"}, profile_questions=QUESTIONS)
    answer = Client().get(f"/api/v1/studies/{study.slug}").json()
    contract = {"slug", "title", "state", "instructions", "consent", "scale", "profile"}
    assert set(answer) == {*contract, "availability", "language", "texts"}
    assert answer["scale"] == {"min": 1, "max": 5, "step": 1, "labels": {"1": "bad"}}


def test_an_unknown_study_is_404_with_its_code() -> None:
    answer = Client().get("/api/v1/studies/nowhere")
    assert (answer.status_code, answer.json()["code"]) == (404, "study_not_found")


def test_a_draft_is_as_good_as_absent() -> None:
    study = make_study(state=StudyState.DRAFT)
    assert Client().get(f"/api/v1/studies/{study.slug}").status_code == 404


def enrol(study: Study, client: Client | None = None, **body: Any) -> Any:
    body = {"consent_version": study.consent_version, **body}
    url = f"/api/v1/studies/{study.slug}/participations"
    return (client or Client()).post(url, body, content_type="application/json")


def test_enrolment_gives_a_token_and_a_cookie_that_both_work() -> None:
    study = make_study(profile_questions=QUESTIONS)
    make_images(study=study, count=3)
    client = Client()
    answer = enrol(study, client, profile={"age": "18-29"})
    assert answer.status_code == 201
    assert client.get("/api/v1/me").json()["profile"] == {"age": "18-29"}
    by_token = Client(headers={"authorization": f"Bearer {answer.json()['token']}"})
    assert by_token.get("/api/v1/me").json()["rater"] == answer.json()["rater"]


def test_enrolling_twice_is_one_participation() -> None:
    study = make_study()
    client = Client()
    first, second = enrol(study, client).json(), enrol(study, client).json()
    assert first == second


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({"consent_version": "0"}, 409, "consent_outdated", "consent_version"),
        ({"profile": {"age": "200"}}, 400, "profile_invalid", "age"),
        ({"profile": {"shoe": "42"}}, 400, "profile_invalid", "shoe"),
        ({"consent": "1"}, 400, "invalid", "consent"),
        ({"profile": [1]}, 400, "invalid", "profile"),
    ],
)
def test_wrong_enrolment_names_field_and_remedy_and_leaves_nothing(
    body: dict[str, Any], status: int, code: str, field: str
) -> None:
    study = make_study(profile_questions=QUESTIONS)
    answer = enrol(study, **body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert field in answer.json()["fields"]
    assert not Participation.objects.exists()


@pytest.mark.parametrize(("state", "code"), [("closed", "study_closed"), ("paused", "study_paused")])
def test_a_study_that_is_not_open_takes_nobody_and_hands_out_nothing(state: str, code: str) -> None:
    script = make_script(state=state)
    assert enrol(Study.objects.get()).json()["code"] == code
    status, answer = script.call("post", f"studies/{script.slug}/leases", {"count": 1})
    assert (status, answer["code"]) == (409, code)


def test_a_closed_study_takes_no_answers_while_a_paused_one_takes_those_that_are_out() -> None:
    script = make_script()
    first, second = script.lease(2)
    Study.objects.update(state=StudyState.PAUSED)
    assert script.rate(first["assignment"])[0] == 201
    Study.objects.update(state=StudyState.CLOSED)
    status, answer = script.rate(second["assignment"])
    assert (status, answer["code"]) == (409, "study_closed")


def test_leases_have_the_documented_shape() -> None:
    script = make_script()
    status, answer = script.call("post", f"studies/{script.slug}/leases", {"count": 2})
    assert status == 200
    assert answer["progress"] == {"done": 0, "quota": 50}
    item = answer["items"][0]
    assert set(item) == {"assignment", "practice", "image", "expires_at"}
    assert {"id", "url", "width", "height", "placeholder"} <= set(item["image"])


def test_leasing_again_gives_the_held_images_first() -> None:
    script = make_script()
    held = [item["assignment"] for item in script.lease(2)]
    again = [item["assignment"] for item in script.lease(4)]
    assert again[:2] == held
    assert len(again) == 4


def test_the_same_nonce_again_answers_200_with_the_same_body() -> None:
    script = make_script()
    (item,) = script.lease()
    nonce = str(uuid.uuid4())
    first, second = script.rate(item["assignment"], 4, nonce), script.rate(item["assignment"], 4, nonce)
    assert (first[0], second[0]) == (201, 200)
    assert first[1] == second[1]
    assert Rating.objects.count() == 1


def test_a_nonce_with_another_body_is_refused() -> None:
    script = make_script()
    (item,) = script.lease()
    nonce = str(uuid.uuid4())
    script.rate(item["assignment"], 4, nonce)
    status, answer = script.rate(item["assignment"], 5, nonce)
    assert (status, answer["code"]) == (409, "nonce_reused")
    other = make_script()
    (foreign,) = other.lease()
    assert other.rate(foreign["assignment"], 4, nonce)[1]["code"] == "nonce_reused"


@pytest.mark.parametrize("value", [0, 6, 2.5, -1e9])
def test_a_value_off_the_scale_is_refused_and_leaves_nothing(value: float) -> None:
    script = make_script()
    (item,) = script.lease()
    status, answer = script.rate(item["assignment"], value)
    assert (status, answer["code"], list(answer["fields"])) == (400, "value_off_scale", ["value"])
    assert not Rating.objects.exists()


def test_a_slider_takes_any_value_between_its_ends() -> None:
    script = make_script(scale_kind="slider", scale_min=0, scale_max=100)
    (item,) = script.lease()
    assert script.rate(item["assignment"], 33.3)[0] == 201


def test_a_foreign_assignment_is_refused() -> None:
    script, other = make_script(), make_script()
    (item,) = other.lease()
    status, answer = script.rate(item["assignment"])
    assert (status, answer["code"]) == (403, "foreign_assignment")
    assert script.call("post", f"assignments/{item['assignment']}/skip", {"reason": "other"})[1]["code"] == (
        "foreign_assignment"
    )


def test_an_unknown_assignment_is_404() -> None:
    status, answer = make_script().rate(999_999)
    assert (status, answer["code"]) == (404, "assignment_not_found")


def expire_leases() -> None:
    Assignment.objects.filter(state=AssignmentState.LEASED).update(lease_expires_at=timezone.now())
    release_expired()


def test_an_expired_lease_is_refused_once_somebody_else_has_the_place() -> None:
    script = make_script(images=1, target=1)
    (item,) = script.lease()
    expire_leases()
    other = Script(make_participation(study=Study.objects.get()))
    assert len(other.lease()) == 1
    status, answer = script.rate(item["assignment"])
    assert (status, answer["code"]) == (409, "lease_expired")


def test_a_late_rating_counts_while_its_place_is_free() -> None:
    script = make_script(images=1, target=1)
    (item,) = script.lease()
    expire_leases()
    assert script.rate(item["assignment"])[0] == 201
    assert StudyImage.objects.get().taken == 1


def test_undo_takes_the_rating_back_and_hands_the_image_out_again() -> None:
    script = make_script()
    (item,) = script.lease()
    nonce = str(uuid.uuid4())
    script.rate(item["assignment"], 4, nonce)
    status, answer = script.call("delete", f"ratings/{nonce}")
    assert (status, answer["assignment"]) == (200, item["assignment"])
    assert script.call("delete", f"ratings/{nonce}")[0] == 200
    assert not Rating.objects.current().exists()
    assert Participation.objects.get().done == 0
    assert script.rate(item["assignment"], 2)[0] == 201
    assert Participation.objects.get().done == 1


def test_undoing_what_was_changed_since_is_refused() -> None:
    script = make_script()
    (item,) = script.lease()
    nonce = str(uuid.uuid4())
    script.rate(item["assignment"], 4, nonce)
    script.rate(item["assignment"], 5)
    status, answer = script.call("delete", f"ratings/{nonce}")
    assert (status, answer["code"]) == (409, "already_replaced")


def test_undoing_nothing_is_404() -> None:
    status, answer = make_script().call("delete", f"ratings/{uuid.uuid4()}")
    assert (status, answer["code"]) == (404, "rating_not_found")


def test_a_skip_gives_the_place_back_and_the_image_never_returns() -> None:
    script = make_script(images=1)
    (item,) = script.lease()
    status, answer = script.call("post", f"assignments/{item['assignment']}/skip", {"reason": "not-loading"})
    assert (status, answer) == (200, {"skipped": item["assignment"]})
    assert StudyImage.objects.get().taken == 0
    assert script.lease() == []
    assert script.rate(item["assignment"])[1]["code"] == "not_leased"


def test_a_skip_needs_one_of_the_reasons() -> None:
    script = make_script()
    (item,) = script.lease()
    status, answer = script.call("post", f"assignments/{item['assignment']}/skip", {"reason": "ugly"})
    assert (status, answer["code"]) == (400, "invalid")
    assert "reason" in answer["fields"]


def test_a_batch_gives_each_item_its_own_result() -> None:
    script = make_script()
    first, second = script.lease(2)
    nonce = str(uuid.uuid4())
    good = {"nonce": nonce, "assignment": first["assignment"], "value": 3, "response_ms": 10}
    off = {"nonce": str(uuid.uuid4()), "assignment": second["assignment"], "value": 9, "response_ms": 10}
    status, answer = script.call("post", "ratings/batch", [good, off, good, {"value": 1}, "x"])
    assert status == 200
    assert [result["status"] for result in answer["results"]] == [201, 400, 200, 400, 400]
    assert answer["results"][1]["error"]["code"] == "value_off_scale"
    assert Rating.objects.count() == 1


@pytest.mark.parametrize("body", ["{", "[1", "\x00", "nul"])
def test_a_body_that_is_not_json_is_400(body: str) -> None:
    script = make_script()
    answer = script.client.post("/api/v1/ratings", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")


@pytest.mark.parametrize("path", ["me", "ratings/batch", "studies/x/leases"])
def test_nobody_gets_in_without_cookie_or_token(path: str) -> None:
    client = Client()
    answer = client.get(f"/api/v1/{path}") if path == "me" else client.post(f"/api/v1/{path}")
    assert answer.status_code == 401
    assert set(answer.json()) == {"code", "message", "fields"}


def test_a_forged_token_is_401() -> None:
    answer = Client(headers={"authorization": "Bearer nonsense:here"}).get("/api/v1/me")
    assert answer.status_code == 401


def test_a_cookie_write_needs_the_csrf_token() -> None:
    study = make_study()
    client = Client(enforce_csrf_checks=True)
    enrol(study, client)
    url = f"/api/v1/studies/{study.slug}/leases"
    assert client.post(url, {"count": 1}, content_type="application/json").status_code == 403


def test_withdrawal_removes_everything_and_frees_the_places() -> None:
    script = make_script()
    (item,) = script.lease()
    script.rate(item["assignment"])
    assert script.call("delete", "me")[0] == 204
    assert not Rating.objects.exists()
    assert not Participation.objects.exists()
    assert set(StudyImage.objects.values_list("taken", flat=True)) == {0}
    assert script.call("get", "me")[0] == 401


def test_me_tells_everything_stored() -> None:
    script = make_script()
    (item,) = script.lease()
    script.rate(item["assignment"], 4)
    status, answer = script.call("get", "me")
    assert status == 200
    assert answer["participations"][0]["ratings"][0]["value"] == 4


def test_the_quota_ends_the_work() -> None:
    script = make_script(quota=2)
    for item in script.lease(5):
        script.rate(item["assignment"])
    status, answer = script.call("post", f"studies/{script.slug}/leases", {"count": 5})
    assert (status, answer["items"], answer["state"]) == (200, [], "complete")
    assert answer["progress"] == {"done": 2, "quota": 2}


def test_whatever_else_is_asked_of_the_api_gets_the_api_s_answer() -> None:
    answer = Client().get("/api/v1/nothing/here")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_the_schema_names_every_call() -> None:
    schema = Client().get("/api/schema/?format=json").json()
    assert {"/api/v1/ratings", "/api/v1/ratings/batch", "/api/v1/me", "/api/v1/score"} <= set(schema["paths"])
