"""Staff walks through a study of any design as a participant does, and the database is afterwards as it was before."""

import json
import re
import uuid
from typing import Any

import pytest
from django.db import InternalError, connection, transaction
from django.test import Client
from django.urls import reverse

from annotate.pages.preview_gate import reading_only
from annotate.tests.designs import WORLDS
from annotate.tests.test_pages import client_of
from ratings.choices import Design, End, StudyRole, StudyState
from ratings.models import Study, StudyMember
from ratings.tests.factories import make_images, make_participation, make_staff, make_study, make_study_image

pytestmark = pytest.mark.django_db
SAID: dict[Design, dict[str, Any]] = {
    Design.RATING: {"value": 5},
    Design.SCALES: {"value": 5, "scales": {"beauty": 2}},
    Design.PAIRWISE: {"choice": "left"},
    Design.BEST_WORST: {"choice": "1>3"},
}
AGE = {"key": "age", "label": "Age?", "options": [{"value": "a", "label": "A"}]}
MINOR = {"key": "age", "label": "Age?", "options": [{"value": "17", "label": "17", "screens_out": True}]}


def every_table() -> dict[str, str]:
    """Give a digest of the rows of each table of the database."""
    with connection.cursor() as cursor:
        found = {}
        for table in sorted(connection.introspection.table_names(cursor)):
            rows = "count(*)::text || md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), ''))"
            cursor.execute(f'SELECT {rows} FROM "{table}" t')  # noqa: S608 - names of the database itself
            found[table] = cursor.fetchone()[0]
    return found


@pytest.fixture
def staff() -> Client:
    """Give a researcher's browser."""
    client = Client()
    client.force_login(make_staff("ann", group="researcher"))
    return client


def start(client: Client, study: Study, **profile: str) -> str:
    """Join in the preview; give where that leads."""
    base = f"/preview/s/{study.slug}/"
    assert "Preview: nothing is stored" in client.get(base).content.decode()
    assert client.get(f"{base}join/").status_code == 200
    answer = client.post(f"{base}join/", {"consent": "yes", "consent_version": study.consent_version, **profile})
    assert answer.status_code == 302, answer.content.decode()
    return answer["Location"]


def config_of(client: Client, study: Study) -> dict[str, Any]:
    """Read what the rating page was given."""
    page = client.get(f"/preview/s/{study.slug}/rate/").content.decode()
    found = re.search(r'<script id="study-config" type="application/json">(.*?)</script>', page)
    assert found is not None
    config: dict[str, Any] = json.loads(found[1])
    return config


class Calls:
    """The calls that the scripts of the rating page make."""

    def __init__(self, client: Client, study: Study) -> None:
        """Read where they go."""
        self.client, self.config = client, config_of(client, study)
        kind = "" if self.config["calls"] == "ratings" else "pairs/"
        self.leases = f"{self.config['api_base']}/studies/{study.slug}/{kind}leases"
        self.answers = f"{self.config['api_base']}/{self.config['calls']}"

    def send(self, path: str, body: object) -> dict[str, Any]:
        """Post JSON, and read the answer."""
        answer = self.client.post(path, json.dumps(body), content_type="application/json")
        assert answer.status_code == 200, answer.content.decode()
        return dict(answer.json())

    def lease(self, count: int = 2) -> dict[str, Any]:
        """Ask for what comes next."""
        return self.send(self.leases, {"count": count})

    def answer(self, *numbers: int, **said: Any) -> list[dict[str, Any]]:
        """Answer some."""
        bodies = [{"nonce": str(uuid.uuid4()), "assignment": number, "response_ms": 900, **said} for number in numbers]
        return list(self.send(f"{self.answers}/batch", bodies)["results"])


@pytest.mark.parametrize("design", list(Design))
def test_the_whole_journey_of_a_closed_study_of_every_design_leaves_every_table_as_it_was(
    staff: Client, design: Design
) -> None:
    study = WORLDS[design]().study
    Study.objects.update(state=StudyState.CLOSED, completion_code="THANKS", profile_questions=[AGE])
    study.refresh_from_db()
    before = every_table()
    assert start(staff, study, **{"profile.age": "a"}) == f"/preview/s/{study.slug}/instructions/"
    staff.get(f"/preview/s/{study.slug}/instructions/")
    calls = Calls(staff, study)
    shown = []
    while (leased := calls.lease())["items"]:
        numbers = [item["assignment"] for item in leased["items"]]
        assert {result["status"] for result in calls.answer(*numbers, **SAID[design])} == {201}
        shown += numbers
    assert shown == [1, 2, 3, 4]
    assert (leased["state"], leased["progress"]) == ("complete", {"done": 4, "quota": 4})
    assert "THANKS" in staff.get(calls.config["done_url"]).content.decode()
    assert every_table() == before


def test_practice_comes_first_checks_between_and_answers_can_be_undone_and_pictures_given_back(staff: Client) -> None:
    study = make_study(quota=3, practice_count=1, attention_every=2)
    make_images(study=study, count=5)
    make_study_image(study=study, is_practice=True)
    make_study_image(study=study, is_practice=True, attention_value=5.0)
    start(staff, study)
    calls = Calls(staff, study)
    items = calls.lease(10)["items"]
    assert [(item["practice"], bool(item["image"]["alt"])) for item in items] == [
        (True, False),
        (False, False),
        (False, False),
        (False, True),
        (False, False),
    ]
    nonce = calls.answer(1, 2, value=3)[1]["nonce"]
    assert calls.lease()["progress"] == {"done": 1, "quota": 4}
    assert staff.delete(f"{calls.answers}/{nonce}").json()["assignment"] == 2
    calls.send(f"{calls.config['api_base']}/assignments/2/skip", {"reason": "other"})
    left = calls.lease(10)
    assert [item["assignment"] for item in left["items"]] == [3, 4, 5]
    assert left["progress"]["done"] == 0
    assert calls.lease()["items"][0]["assignment"] == 3


def test_an_answer_outlives_a_call_that_began_before_it_and_ends_after_it(staff: Client) -> None:
    study = make_study(quota=2)
    make_images(study=study, count=2)
    start(staff, study)
    calls = Calls(staff, study)
    early = Client()
    early.cookies.load({name: cookie.value for name, cookie in staff.cookies.items()})
    calls.answer(1, value=3)
    late = early.post(calls.leases, {"count": 2}, content_type="application/json")
    staff.cookies.update(late.cookies)  # as the browser does, with whichever answer comes last
    assert [item["assignment"] for item in calls.lease()["items"]] == [2]


def test_answers_are_checked_as_those_of_raters_are(staff: Client) -> None:
    study = make_study()
    make_images(study=study, count=2)
    start(staff, study)
    calls = Calls(staff, study)
    off, foreign = calls.answer(1, value=9)[0], calls.answer(77, value=3)[0]
    assert (off["status"], off["error"]["code"]) == (400, "value_off_scale")
    assert foreign["status"] == 404
    refused = staff.post(f"/preview/s/{study.slug}/join/", {"consent_version": "1"})
    assert refused.status_code == 400
    assert "Tick the box to take part" in refused.content.decode()


def test_the_screening_and_every_end_can_be_seen_and_none_leads_to_the_platform(staff: Client) -> None:
    ends = [{"end": End.SCREENED_OUT, "code": "OUT", "address": "https://platform.example/out"}]
    study = make_study(profile_questions=[MINOR], ends=ends, end_questions=[{"key": "said", "label": "Anything?"}])
    make_images(study=study, count=1)
    place = start(staff, study, **{"profile.age": "17"})
    assert place == f"/preview/s/{study.slug}/done/?end=screened_out"
    page = staff.get(place).content.decode()
    assert "OUT" in page
    assert 'href="https://platform.example/out"' not in page
    for end in End:
        assert staff.get(f"/preview/s/{study.slug}/done/", {"end": end.value}).status_code == 200
    start(staff, study)
    Calls(staff, study).answer(1, value=3)
    done = f"/preview/s/{study.slug}/done/"
    assert staff.get(done)["Location"] == f"/preview/s/{study.slug}/questions/"
    assert staff.post(f"/preview/s/{study.slug}/questions/", {"end.said": "fine"})["Location"] == done
    assert staff.get(done).status_code == 200


def test_links_stay_within_the_preview_and_what_is_about_stored_data_says_that_nothing_is(staff: Client) -> None:
    study = make_study()
    page = staff.get(f"/preview/s/{study.slug}/").content.decode()
    addresses = set(re.findall(r'href="(/[^"?]*)', page))
    assert all(one.startswith(("/preview/", "/static/", "/admin/ratings/study/")) for one in addresses), addresses
    assert "a preview stores nothing" in staff.get("/preview/me/").content.decode()
    button = reverse("admin:ratings_study_walk", args=[study.pk])
    assert staff.get(button)["Location"] == f"/preview/s/{study.slug}/"


def test_only_staff_who_may_see_the_study_may_preview_it() -> None:
    study = make_study(slug="harbour")
    quay = make_study(slug="quay")
    make_images(study=study, count=1)
    make_staff("somebody", group="researcher")  # so that the groups of the roles exist
    member = make_staff("member")
    StudyMember.objects.create(study=quay, user=member, role=StudyRole.RESEARCHER)
    browsers = {"anonymous": Client(), "rater": client_of(make_participation(study=study)), "member": Client()}
    browsers["member"].force_login(member)
    pages = {who: browser.get("/preview/s/harbour/") for who, browser in browsers.items()}
    assert {who: page.status_code for who, page in pages.items()} == {"anonymous": 302, "rater": 302, "member": 404}
    assert pages["rater"]["Location"] == "/admin/login/?next=/preview/s/harbour/"
    call = "/preview/harbour/calls/studies/harbour/leases"
    sent = {who: one.post(call, "{}", content_type="application/json") for who, one in browsers.items()}
    assert {who: answer.status_code for who, answer in sent.items()} == {"anonymous": 403, "rater": 403, "member": 404}
    assert browsers["member"].get("/preview/s/quay/").status_code == 200


def test_the_database_itself_refuses_whatever_a_preview_would_write() -> None:
    study = make_study(title="As it was")
    with pytest.raises(InternalError, match="read-only"), transaction.atomic(), reading_only():
        Study.objects.update(title="Changed")
    study.refresh_from_db()
    assert study.title == "As it was"
