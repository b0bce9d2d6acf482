"""The API of pairwise studies, as a script or the choosing page uses it."""

import uuid
from typing import Any

import pytest
from django.test import Client

from ratings.choices import Design
from ratings.models import Choice, Pair, PairAssignment, Participation, Rater
from ratings.selectors.participations import participation_token
from ratings.tests.factories import make_pair, make_participation, make_study

pytestmark = pytest.mark.django_db

LEASE_QUERIES = 14
CHOICE_QUERIES = 6


@pytest.fixture
def participation() -> Participation:
    study = make_study(slug="compare", design=Design.PAIRWISE, ties_allowed=True, quota=4)
    for _ in range(4):
        make_pair(study=study)
    return make_participation(study=study)


@pytest.fixture
def rater(participation: Participation) -> Client:
    return client_of(participation)


def client_of(participation: Participation) -> Client:
    token = participation_token(participation=participation)
    return Client(headers={"authorization": f"Bearer {token}"})


def send(client: Client, path: str, body: Any = None, method: str = "post") -> Any:
    call = getattr(client, method)
    return call(f"/api/v1/{path}", data=body, content_type="application/json")


def leased(client: Client, count: int = 1) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = send(client, "studies/compare/pairs/leases", {"count": count}).json()["items"]
    return items


def click(assignment: int, choice: str = "left", nonce: str | None = None) -> dict[str, Any]:
    return {"nonce": nonce or str(uuid.uuid4()), "assignment": assignment, "choice": choice, "response_ms": 900}


def test_a_lease_shows_two_pictures_and_not_which_condition_is_which(rater: Client) -> None:
    answer = send(rater, "studies/compare/pairs/leases", {"count": 2})
    body = answer.json()
    assert answer.status_code == 200
    assert body["progress"] == {"done": 0, "quota": 4}
    assert set(body["items"][0]) == {"assignment", "practice", "left", "right", "expires_at"}
    assert body["items"][0]["left"]["url"] != body["items"][0]["right"]["url"]
    assert "steered" not in answer.content.decode()


def test_the_left_picture_is_the_one_that_was_drawn_for_the_left(rater: Client) -> None:
    for item in leased(rater, 4):
        held = PairAssignment.objects.select_related("pair").get(pk=item["assignment"])
        first, _ = held.pair.shown(held.left)
        assert item["left"]["id"] == str(first)


def test_a_click_twice_is_one_choice(rater: Client) -> None:
    body = click(leased(rater)[0]["assignment"], "tie")
    first, again = send(rater, "choices", body), send(rater, "choices", body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["choice"] == "tie"
    other = send(rater, "choices", {**body, "choice": "left"})
    assert (other.status_code, other.json()["code"]) == (409, "nonce_reused")


def test_an_outbox_has_a_result_for_each_item(rater: Client, participation: Participation) -> None:
    items = leased(rater, 2)
    stranger = make_participation(study=participation.study)
    foreign = leased(client_of(stranger))[0]["assignment"]
    body = [click(items[0]["assignment"]), click(items[1]["assignment"], "both"), click(foreign), "?"]
    results = send(rater, "choices/batch", body).json()["results"]
    assert [result["status"] for result in results] == [201, 400, 403, 400]
    assert results[0]["choice"]["choice"] == "left"
    assert results[2]["error"]["code"] == "foreign_assignment"


def test_undo_and_skip(rater: Client) -> None:
    item = leased(rater)[0]
    body = click(item["assignment"])
    send(rater, "choices", body)
    undone = send(rater, f"choices/{body['nonce']}", method="delete")
    assert undone.json()["assignment"] == item["assignment"]
    assert undone.json()["left"]["id"] == item["left"]["id"]
    skipped = send(rater, f"pairs/{item['assignment']}/skip", {"reason": "cannot-judge"})
    assert skipped.json() == {"skipped": item["assignment"]}
    assert item["assignment"] not in [each["assignment"] for each in leased(rater, 4)]
    assert send(rater, f"choices/{uuid.uuid4()}", method="delete").json()["code"] == "choice_not_found"


def test_leaving_gives_every_pair_back(rater: Client) -> None:
    leased(rater, 3)
    assert send(rater, "studies/compare/pairs/leases", method="delete").json() == {"returned": 3}
    assert set(Pair.objects.values_list("taken", flat=True)) == {0}


def test_images_of_a_pairwise_study_are_not_leased_one_by_one(rater: Client) -> None:
    answer = send(rater, "studies/compare/leases", {"count": 1})
    assert (answer.status_code, answer.json()["code"]) == (409, "other_design")


def test_my_data_hold_my_choices_and_go_with_me(rater: Client) -> None:
    item = leased(rater)[0]
    send(rater, "choices", click(item["assignment"], "right"))
    (stored,) = rater.get("/api/v1/me").json()["participations"][0]["choices"]
    assert (stored["left"], stored["right"], stored["choice"]) == (item["left"]["id"], item["right"]["id"], "right")
    assert send(rater, "me", method="delete").status_code == 204
    assert not Choice.objects.exists()
    assert not Rater.objects.exists()


def test_leasing_and_choosing_cost_the_same_few_queries_however_large_the_design(
    rater: Client, participation: Participation, django_assert_num_queries: Any
) -> None:
    for _ in range(30):
        make_pair(study=participation.study)
    with django_assert_num_queries(LEASE_QUERIES):
        items = leased(rater, 4)
    with django_assert_num_queries(CHOICE_QUERIES):
        send(rater, "choices", click(items[0]["assignment"]))
