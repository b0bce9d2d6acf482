"""Pictures made for a rater: the API and the page, as the rater's browser uses them."""

import threading
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotate.tests.api.test_api_pairs import client_of, send
from annotate.tests.test_pages import client_of as browser_of
from ratings.choices import AssignmentState, Design, JobState, Policy, StudyState
from ratings.models import Assignment, Participation, Rating, StudyImage
from ratings.services.withdraw import withdraw_rater
from ratings.tests.factories import make_images, make_participation, make_study
from scoring.models import SteeringRun, Taste
from scoring.selectors.made import DAY, PROMPTS
from scoring.services.steering import discard_unused_pictures
from scoring.tests.factories import make_offer, make_wish_come_true, make_wisher

pytestmark = pytest.mark.django_db

PROMPT = PROMPTS[0]
GET_QUERIES = 15


@pytest.fixture
def participation() -> Participation:
    return make_wisher(study=make_study(slug="wishes"))


@pytest.fixture
def rater(participation: Participation) -> Client:
    return client_of(participation)


def wish(client: Client, nonce: str | None = None, prompt: str = PROMPT) -> Any:
    return send(client, "studies/wishes/made", {"nonce": nonce or str(uuid.uuid4()), "prompt": prompt})


def looked(client: Client) -> dict[str, Any]:
    body: dict[str, Any] = client.get("/api/v1/studies/wishes/made").json()
    return body


def rate(client: Client, assignment: int, value: float) -> str:
    nonce = str(uuid.uuid4())
    assert send(client, "ratings", {"nonce": nonce, "assignment": assignment, "value": value}).status_code == 201
    return nonce


def test_a_wish_queues_one_search_however_often_it_is_sent(rater: Client, participation: Participation) -> None:
    nonce = str(uuid.uuid4())
    answers = [wish(rater, nonce), wish(rater, nonce)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[1].json()["runs"][0]["state"] == "queued"
    run = SteeringRun.objects.get()
    assert (run.participation, run.prompt, run.mode, run.generator) == (participation, PROMPT, "self", "sketch")


def test_a_nonce_belongs_to_one_wish(rater: Client) -> None:
    nonce = str(uuid.uuid4())
    wish(rater, nonce)
    assert wish(rater, nonce, PROMPTS[1]).json()["code"] == "model_conflict"


def test_only_what_is_offered_may_be_asked_for(rater: Client) -> None:
    answer = wish(rater, prompt="somebody I know")
    assert (answer.status_code, answer.json()["fields"]) == (409, {"reason": "prompt"})


def prepare(participation: Participation, state: str) -> None:
    """Bring a rater who could have pictures made into a state in which they cannot."""
    study, offer = participation.study, participation.study.steering_offer
    if state in {"closed", "paused"}:
        type(study).objects.filter(pk=study.pk).update(state=state)
    elif state == "no_model":
        study.model_versions.update(state="retired")
    elif state == "too_few":
        type(offer).objects.update(least_ratings=3)
    elif state == "learning":
        Taste.objects.update(rating_count=0)
    elif state == "off":
        type(offer).objects.update(is_on=False)
    elif state == "spent":
        type(offer).objects.update(in_all=1)
        make_wish_come_true(participation=make_wisher(study=study))
    elif state == "today":
        type(offer).objects.update(per_day=1)
        make_wish_come_true(participation=participation)


@pytest.mark.parametrize(
    "state", ["closed", "paused", "no_model", "too_few", "learning", "off", "spent", "today"]
)  # fmt: skip
def test_who_cannot_have_pictures_made_reads_why_in_a_sentence(
    participation: Participation, rater: Client, state: str
) -> None:
    prepare(participation, state)
    before = SteeringRun.objects.count()
    body = looked(rater)
    assert body["state"] == state
    assert body["sentence"].endswith((".", "!"))
    answer = wish(rater)
    assert (answer.status_code, answer.json()["fields"]) == (409, {"reason": state})
    assert answer.json()["message"] == body["sentence"]
    assert SteeringRun.objects.count() == before
    page = browser_of(participation).get("/s/wishes/made/")
    if state != "off":
        assert body["sentence"] in page.content.decode()


def test_one_wish_at_a_time_and_a_failed_one_counts_against_nobody(rater: Client) -> None:
    wish(rater)
    assert looked(rater)["state"] == "busy"
    assert wish(rater, prompt=PROMPTS[1]).json()["fields"] == {"reason": "busy"}
    SteeringRun.objects.update(state=JobState.FAILED, error="KeyError: x")
    body = looked(rater)
    assert (body["state"], body["left"]) == ("ready", 3)
    assert "KeyError" not in str(body)
    assert "it was not your fault" in body["runs"][0]["sentence"]


def test_a_wish_counts_for_a_day(rater: Client, participation: Participation) -> None:
    prepare(participation, "today")
    assert looked(rater)["state"] == "today"
    SteeringRun.objects.update(created_at=timezone.now() - DAY)
    assert looked(rater)["state"] == "ready"


def test_a_wish_can_be_stopped_by_its_rater_only(rater: Client, participation: Participation) -> None:
    nonce = str(uuid.uuid4())
    wish(rater, nonce)
    stranger = client_of(make_wisher(study=participation.study))
    assert send(stranger, f"studies/wishes/made/{nonce}", method="delete").status_code == 404
    for _ in range(2):
        assert send(rater, f"studies/wishes/made/{nonce}", method="delete").status_code == 204
    assert SteeringRun.objects.get().state == JobState.CANCELLED


def test_looking_writes_nothing_and_asks_as_often_for_many_wishes_as_for_one(
    rater: Client, participation: Participation
) -> None:
    for count in (1, 3):
        for _ in range(count):
            make_wish_come_true(participation=participation)
        looked(rater)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            looked(rater)
        verbs = {query["sql"].split()[0] for query in queries.captured_queries}
        assert not verbs & {"INSERT", "UPDATE", "DELETE"}
        assert len(queries) <= GET_QUERIES


def test_it_is_shown_which_picture_is_ones_own_once_both_are_rated(rater: Client, participation: Participation) -> None:
    make_wish_come_true(participation=participation)
    pictures = looked(rater)["runs"][0]["pictures"]
    assert [(picture["is_yours"], picture["changes"]) for picture in pictures] == [(None, []), (None, [])]
    rate(rater, pictures[0]["assignment"], 2)
    assert looked(rater)["runs"][0]["pictures"][0]["is_yours"] is None
    nonce = rate(rater, pictures[1]["assignment"], 5)
    shown = looked(rater)["runs"][0]["pictures"]
    assert sorted(picture["is_yours"] for picture in shown) == [False, True]
    assert [picture["changes"] for picture in shown if picture["is_yours"]] == [["ember palette"]]
    assert send(rater, f"ratings/{nonce}", method="delete").status_code == 200
    hidden = looked(rater)["runs"][0]["pictures"]
    assert [(picture["value"], picture["is_yours"]) for picture in hidden] == [(2.0, None), (None, None)]
    rate(rater, pictures[1]["assignment"], 4)


def test_the_order_of_the_pictures_does_not_tell_which_is_which(participation: Participation) -> None:
    client = client_of(participation)
    first = []
    for number in (2, 3):
        run = make_wish_come_true(participation=participation, nonce=uuid.UUID(int=number))
        plain = run.steps.get(iteration=0).image_id
        shown = next(made for made in looked(client)["runs"] if made["nonce"] == str(run.nonce))
        first.append(shown["pictures"][0]["image"]["id"] == str(plain))
    assert first == [True, False]


def test_ratings_of_what_was_made_stand_apart_from_the_study(rater: Client, participation: Participation) -> None:
    make_images(study=participation.study, count=3)
    run = make_wish_come_true(participation=participation)
    before = Participation.objects.get(pk=participation.pk).done
    for picture in looked(rater)["runs"][0]["pictures"]:
        rate(rater, picture["assignment"], 5)
    assert Participation.objects.get(pk=participation.pk).done == before
    made = Assignment.objects.filter(policy=Policy.STEERING)
    assert {(row.kind, row.state, row.propensity, row.position) for row in made} == {
        ("steered", AssignmentState.RATED, 1.0, None)
    }
    assert {row.model_version for row in made} == {"v1"}
    places = StudyImage.objects.filter(image__steering_steps__run=run)
    assert {(row.is_made, row.is_active, row.taken) for row in places} == {(True, False, 0)}
    leased = send(rater, "studies/wishes/leases", {"count": 10}).json()["items"]
    assert not {item["image"]["id"] for item in leased} & {str(row.image_id) for row in places}


def test_a_picture_made_twice_is_rated_once(rater: Client, participation: Participation) -> None:
    first = make_wish_come_true(participation=participation)
    images = [step.image for step in first.steps.all()]
    make_wish_come_true(participation=participation, images=images)
    for picture in looked(rater)["runs"][0]["pictures"]:
        rate(rater, picture["assignment"], 3)
    assert [len(run["pictures"]) for run in looked(rater)["runs"]] == [2, 2]
    assert Rating.objects.filter(assignment__policy=Policy.STEERING).count() == 2


def test_withdrawal_takes_the_pictures_along_but_not_those_that_another_rater_has_too(
    rater: Client, participation: Participation
) -> None:
    run = make_wish_come_true(participation=participation)
    plain, steered = (step.image for step in run.steps.all())
    other = make_wisher(study=participation.study)
    make_wish_come_true(participation=other, images=(plain, make_wish_come_true(participation=other).best.image))  # type: ignore[union-attr]
    records = rater.get("/api/v1/me").json()["records"]
    assert [row["nonce"] for row in records["scoring.steeringrun"]] == [str(run.nonce)]
    assert len(records["scoring.steeringstep"]) == 2
    withdraw_rater(rater=participation.rater, actor=None)
    discard_unused_pictures()
    assert not SteeringRun.objects.filter(pk=run.pk).exists()
    assert not StudyImage.objects.filter(image=steered).exists()
    assert not type(steered).objects.filter(pk=steered.pk).exists()
    assert StudyImage.objects.filter(image=plain, is_made=True).exists()
    assert rater.get("/api/v1/studies/wishes/made").status_code == 401


def test_without_an_offer_nothing_leads_to_the_page() -> None:
    participation = make_participation(study=make_study(slug="plain"), state="complete", quota=1, served=1, done=1)
    client = browser_of(participation)
    assert client.get("/s/plain/made/").headers["Location"] == "/s/plain/"
    pages = ("/s/plain/done/", "/me/", "/s/plain/rate/")
    assert not any("/s/plain/made/" in client.get(page).content.decode() for page in pages)
    make_offer(study=participation.study)
    assert all("/s/plain/made/" in client.get(page).content.decode() for page in pages)


def test_a_pairwise_study_offers_nothing() -> None:
    participation = make_participation(study=make_study(slug="pairs", design=Design.PAIRWISE))
    make_offer(study=participation.study)
    assert looked_in(participation, "pairs")["state"] == "off"


def looked_in(participation: Participation, slug: str) -> dict[str, Any]:
    body: dict[str, Any] = client_of(participation).get(f"/api/v1/studies/{slug}/made").json()
    return body


def test_once_the_study_is_closed_all_is_shown(rater: Client, participation: Participation) -> None:
    make_wish_come_true(participation=participation)
    type(participation.study).objects.update(state=StudyState.CLOSED)
    assert {picture["is_yours"] for picture in looked(rater)["runs"][0]["pictures"]} == {True, False}


@pytest.mark.django_db(transaction=True)
def test_of_many_wishes_at_once_one_is_queued() -> None:
    participation = make_wisher(study=make_study(slug="wishes"))
    statuses = []

    def ask(prompt: str) -> None:
        statuses.append(wish(client_of(participation), prompt=prompt).status_code)
        connection.close()

    threads = [threading.Thread(target=ask, args=(prompt,)) for prompt in PROMPTS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [201, *[409] * (len(PROMPTS) - 1)]
    assert SteeringRun.objects.count() == 1
