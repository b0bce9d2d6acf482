"""Every design of studies by the calls of a rater: lease, answer, nonce, undo, skip, expiry, withdrawal, dump."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from annotate.tests.designs import CALLS, ITEMS, WORLDS, Calls, World
from ratings.choices import AssignmentState, Design, SkipReason
from ratings.models import Dump, Participation, Study
from ratings.registry import Family, design_of
from ratings.selectors.participations import participation_token
from ratings.selectors.resuming import resume_token
from ratings.services.dumps import write_dump
from ratings.services.give_back import release_expired
from ratings.services.quality.lifecycle import measure_study
from ratings.tests.factories import make_api_key, make_participation

pytestmark = pytest.mark.django_db


class AtWork:
    """A rater of a study, by the calls of its design."""

    def __init__(self, participation: Participation) -> None:
        """Take up where somebody is."""
        self.participation = participation
        self.design = design_of(participation.study)
        self.calls: Calls = CALLS[self.design.name]
        token = participation_token(participation=participation)
        self.client = Client(headers={"authorization": f"Bearer {token}"})

    @property
    def family(self) -> Family:
        """Give the tables of the design."""
        return self.design.family

    def call(self, path: str, body: Any = None, *, method: str = "post") -> Any:
        """Call the API."""
        return getattr(self.client, method)(f"/api/v1/{path}", data=body, content_type="application/json")

    def lease(self, count: int = 1) -> list[dict[str, Any]]:
        """Lease items."""
        answer = self.call(f"studies/{self.participation.study.slug}/{self.calls.leases}", {"count": count})
        assert answer.status_code == 200, answer.content
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    def body(self, item: dict[str, Any], *, nonce: str | None = None, changed: bool = False) -> dict[str, Any]:
        """Write an answer."""
        said = self.calls.changed if changed else self.calls.answer
        return {"nonce": nonce or str(uuid.uuid4()), "assignment": item["assignment"], "response_ms": 900, **said}

    def say(self, item: dict[str, Any], **how: Any) -> Any:
        """Answer an item."""
        return self.call(self.calls.answers, self.body(item, **how))

    def standing(self) -> int:
        """Count the answers that stand."""
        answers: Any = self.family.answer._default_manager
        return int(answers.current().filter(participation=self.participation).count())

    def places(self) -> int:
        """Count the places taken of all items."""
        items = self.family.item._default_manager.filter(study=self.participation.study)
        return sum(items.values_list("taken", flat=True))


@pytest.fixture(params=list(Design))
def world(request: pytest.FixtureRequest) -> World:
    """Make the study of each design."""
    return WORLDS[request.param]()


@pytest.fixture
def rater(world: World) -> AtWork:
    """Give somebody new to the study."""
    return AtWork(make_participation(study=world.study))


def test_somebody_enrols_and_gets_items_that_tell_no_condition(world: World) -> None:
    body = {"consent_version": world.study.consent_version, "profile": {}}
    answer = Client().post(f"/api/v1/studies/{world.study.slug}/participations", body, content_type="application/json")
    assert answer.status_code == 201
    newcomer = AtWork(Participation.objects.get(pk=answer.json()["participation"]))
    items = newcomer.lease(2)
    assert len(items) == 2
    assert not any("condition" in key for item in items for key in item)


def test_what_is_held_comes_first_and_again(rater: AtWork) -> None:
    first = rater.lease()
    assert [item["assignment"] for item in rater.lease(3)][:1] == [first[0]["assignment"]]


def test_an_answer_is_stored_once_however_often_it_is_sent(rater: AtWork) -> None:
    (item,) = rater.lease()
    body = rater.body(item)
    answers = [rater.call(rater.calls.answers, body) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json() == answers[1].json()
    assert rater.say(item, nonce=body["nonce"], changed=True).json()["code"] == "nonce_reused"
    assert (rater.standing(), rater.lease(2)[0]["assignment"] != item["assignment"]) == (1, True)


def test_an_outbox_has_a_result_for_each_item(rater: AtWork) -> None:
    items = rater.lease(2)
    bodies = [rater.body(item) for item in items] + [{"nonce": "none"}]
    results = rater.call(f"{rater.calls.answers}/batch", bodies).json()["results"]
    assert [result["status"] for result in results] == [201, 201, 400]
    assert rater.standing() == 2


def test_a_changed_mind_replaces_the_answer_and_counts_once(rater: AtWork) -> None:
    (item,) = rater.lease()
    rater.say(item)
    assert rater.say(item, changed=True).status_code == 201
    rater.participation.refresh_from_db()
    assert (rater.standing(), rater.participation.done) == (1, 1)


def test_an_answer_of_another_shape_is_refused_with_the_field_named(rater: AtWork) -> None:
    (item,) = rater.lease()
    wrong = {"value": 99} if "value" in rater.calls.answer else {"choice": "5>5"}
    answer = rater.call(rater.calls.answers, {**rater.body(item), **wrong})
    assert answer.status_code == 400
    assert set(answer.json()["fields"]) & {"value", "choice"}
    assert rater.standing() == 0


def test_undo_shows_the_item_again_as_it_was_and_twice_is_once(rater: AtWork) -> None:
    (item,) = rater.lease()
    nonce = str(uuid.uuid4())
    rater.say(item, nonce=nonce)
    undone = [rater.call(f"{rater.calls.answers}/{nonce}", method="delete") for _ in range(2)]
    shown = {key: value for key, value in item.items() if key != "expires_at"}
    assert [{key: one.json()[key] for key in shown} for one in undone] == [shown, shown]
    rater.participation.refresh_from_db()
    assert (rater.standing(), rater.participation.done, rater.lease()[0]["assignment"]) == (0, 0, item["assignment"])


def test_skip_and_leave_give_the_places_back(rater: AtWork) -> None:
    before = rater.places()
    item, _ = rater.lease(2)
    assert rater.call(f"{rater.calls.skip}/{item['assignment']}/skip", {"reason": "other"}).status_code == 200
    assert rater.say(item).json()["code"] == "not_leased"
    path = f"studies/{rater.participation.study.slug}/{rater.calls.leases}"
    assert rater.call(path, method="delete").json() == {"returned": 1}
    assert rater.places() == before


def test_an_expired_lease_is_given_back_and_answered_only_while_a_place_is_left(world: World, rater: AtWork) -> None:
    rater.family.item._default_manager.filter(study=world.study).exclude(taken=0).update(is_active=False)
    rater.family.item._default_manager.filter(study=world.study).update(target=1)
    items = rater.lease(2)
    rater.family.assignment._default_manager.update(lease_expires_at=timezone.now() - timedelta(minutes=1))
    assert release_expired() == 2
    assert rater.say(items[0]).status_code == 201
    AtWork(make_participation(study=world.study)).lease(2)
    assert rater.say(items[1]).json()["code"] == "lease_expired"


def test_an_answer_to_somebody_else_s_item_is_refused(world: World, rater: AtWork) -> None:
    (item,) = rater.lease()
    stranger = AtWork(make_participation(study=world.study))
    assert stranger.say(item).json()["code"] == "foreign_assignment"


def test_a_study_of_another_family_hands_nothing_out(rater: AtWork) -> None:
    others = {calls.leases for calls in CALLS.values()} - {rater.calls.leases}
    (path,) = others
    refused = rater.call(f"studies/{rater.participation.study.slug}/{path}", {"count": 1})
    assert refused.json()["code"] == "other_design"


def test_a_withdrawal_leaves_nothing_and_frees_the_places(rater: AtWork) -> None:
    before = rater.places()
    item, _ = rater.lease(2)
    rater.say(item)
    stored = rater.call("me", method="get").json()
    assert len(stored["participations"][0][rater.design.answers]) == 1
    assert rater.call("me", method="delete").status_code == 204
    assert (rater.places(), rater.standing()) == (before, 0)


@pytest.mark.django_db(transaction=True)  # each rater on a connection of their own
def test_raters_at_once_take_no_place_twice_and_fill_every_place(world: World) -> None:
    family = design_of(world.study).family
    family.item._default_manager.filter(study=world.study).update(target=3)
    raters = [AtWork(make_participation(study=world.study)) for _ in range(6)]

    def work(rater: AtWork) -> None:
        try:
            while items := rater.lease(2):
                for item in items:
                    assert rater.say(item).status_code == 201
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(raters)) as pool:
        list(pool.map(work, raters))
    states = family.assignment._default_manager.filter(participation__study=world.study).values_list("state", flat=True)
    assert set(states) == {AssignmentState.RATED}
    assert set(family.item._default_manager.filter(study=world.study).values_list("taken", flat=True)) == {3}
    assert len(states) == 3 * ITEMS
    connection.close()


def test_the_quality_page_shows_what_was_measured_with_its_raters_and_the_data_of_every_plot(
    world: World, admin_client: Client
) -> None:
    measure_study(study_id=world.study.pk)
    answer = admin_client.get(reverse("admin:ratings_study_quality", args=[world.study.pk]))
    page = answer.content.decode()
    assert f"2 {design_of(world.study).answers}" in page
    assert str(world.participation) in page
    plots = answer.context["plots"]
    assert len(plots) > 1
    for plot in plots:
        arguments = [world.study.pk, plot.key, "json"]
        data = admin_client.get(reverse("admin:ratings_study_quality_plot", args=arguments))
        assert data.status_code == 200
        assert "rows" in data.json()


def test_the_page_of_a_study_counts_its_items_and_answers_and_plots_them(world: World, admin_client: Client) -> None:
    design = design_of(world.study)
    answer = admin_client.get(reverse("admin:ratings_study_change", args=[world.study.pk]))
    found = {card.title: card.value for card in answer.context["cards"]}
    assert (found[design.items.capitalize()], found[design.answers.capitalize()]) == ("4", "2")
    assert {"coverage", "daily"} <= {plot.key for plot in answer.context["plots"]}


@pytest.mark.django_db(transaction=True)  # a dump reads on a connection of its own
@pytest.mark.parametrize("door", ["admin", "api"])
def test_a_dump_is_asked_for_in_the_admin_and_by_the_api(world: World, admin_client: Client, door: str) -> None:
    if door == "admin":
        address = reverse("admin:ratings_study_export", args=[world.study.pk])
        admin_client.post(address, {"_form_submitted": "True", "format": "csv"})
    else:
        token = make_api_key(user=User.objects.create_superuser("somebody"))
        script = Client(headers={"authorization": f"Bearer {token}"})
        script.post(f"/api/v1/studies/{world.study.slug}/dumps", {"format": "csv"}, content_type="application/json")
    dump = write_dump(dump_id=Dump.objects.get().pk)
    assert dump is not None
    assert (dump.state, dump.error) == ("ready", "")
    assert dump.manifest["counts"][design_of(world.study).answers] == 2


CODE = {"completion_code": "C-77", "completion_url": "https://crowd.example/?cc={code}"}


def is_given_the_code(participation: Participation) -> bool:
    """Look for the completion code on the page after the last item."""
    client = Client()
    client.post(f"/r/{resume_token(participation=participation)}/")
    answer = client.get(f"/s/{participation.study.slug}/done/")
    return b"C-77" in answer.content


def take_everything_off(rater: AtWork) -> None:
    """Let the study have nothing left."""
    rater.family.item._default_manager.filter(study=rater.participation.study).update(is_active=False)


def skip_everything(rater: AtWork) -> None:
    """Give each item back."""
    while items := rater.lease(2):
        for item in items:
            path = f"{rater.calls.skip}/{item['assignment']}/skip"
            assert rater.call(path, {"reason": SkipReason.values[0]}).status_code == 200


def undo_everything(rater: AtWork) -> None:
    """Answer one item, take that back, and find nothing more."""
    (item,) = rater.lease()
    nonce = str(uuid.uuid4())
    assert rater.say(item, nonce=nonce).status_code == 201
    assert rater.call(f"{rater.calls.answers}/{nonce}", method="delete").status_code == 200
    skip_everything(rater)


@pytest.mark.parametrize("leave_nothing", [take_everything_off, skip_everything, undo_everything])
def test_nobody_is_given_the_completion_code_for_no_answer_at_all(
    world: World, rater: AtWork, leave_nothing: Callable[[AtWork], None]
) -> None:
    Study.objects.filter(pk=world.study.pk).update(**CODE)
    leave_nothing(rater)
    assert rater.lease(2) == []
    assert not is_given_the_code(rater.participation)


def test_the_completion_code_is_given_once_all_is_answered(world: World, rater: AtWork) -> None:
    Study.objects.filter(pk=world.study.pk).update(**CODE)
    while items := rater.lease(2):
        for item in items:
            assert rater.say(item).status_code == 201
    assert is_given_the_code(rater.participation)
