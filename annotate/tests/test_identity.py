"""Who is rating: the link's person before the browser's, and nobody in anybody else's name. Through HTTP."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotate.tests.api.test_api import Script, enrol
from ratings.choices import Design, LinkFaultKind, ParticipationState
from ratings.models import LinkFaultCount, Participation, Rater, Study
from ratings.selectors.resuming import resume_token
from ratings.tests.factories import make_images, make_study

pytestmark = pytest.mark.django_db

A, B = "5f00aaaa0000000000000001", "5f00bbbb0000000000000002"
UNFILLED = "PROLIFIC_PID={{%PROLIFIC_PID%}}&SESSION_ID={{%SESSION_ID%}}"
PREVIEW = "assignmentId=ASSIGNMENT_ID_NOT_AVAILABLE&hitId=123RVWYBAZW00EXAMPLE"
AGREED = {"consent": "yes", "consent_version": "1"}


@pytest.fixture
def study() -> Study:
    made = make_study(slug="w25", quota=4, random_share=0, repeat_share=0)
    make_images(study=made, count=8)
    return made


def link_for(person: str, session: str = "") -> str:
    """Give the parameters that Prolific adds for somebody."""
    return f"PROLIFIC_PID={person}&STUDY_ID=x1" + (f"&SESSION_ID={session}" if session else "")


def text_of(client: Client, path: str) -> str:
    answer = client.get(path, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def join(client: Client, query: str = "") -> Participation:
    """Go from the study's page through consent as the pages lead, and give the participation that came of it."""
    lead = re.search(r'href="(/s/w25/join/[^"]*)"', text_of(client, f"/s/w25/?{query}"))
    assert lead, "The study's page does not lead to the consent form."
    address = lead[1].replace("&amp;", "&")
    hidden = re.findall(r'type="hidden"\s+name="(external_\w+)"\s+value="([^"]*)"', text_of(client, address))
    answer = client.post(address, {**AGREED, **dict(hidden)})
    assert answer.headers["Location"] == "/s/w25/instructions/"
    return Participation.objects.get(rater__id=rater_in(client))


def go_on(client: Client, query: str) -> Any:
    """Press the button of the study's page with which somebody goes on who takes part already."""
    page = text_of(client, f"/s/w25/?{query}")
    form = page.split('action="/s/w25/continue/"')[1].split("</form>")[0]
    hidden = re.findall(r'name="(external_\w+)"\s+value="([^"]*)"', form)
    return client.post("/s/w25/continue/", dict(hidden))


def rater_in(client: Client) -> str:
    """Give the rater whom a browser is signed in as."""
    name: str = client.get("/api/v1/me").json().get("rater", "")
    return name


def browser_of(participation: Participation) -> Client:
    client = Client()
    client.post(f"/r/{resume_token(participation=participation)}/")
    assert rater_in(client) == str(participation.rater_id)
    return client


@pytest.fixture
def taken_browser(study: Study) -> Client:
    """Give a browser in which A has rated two images, with an answer about themselves."""
    client = Client()
    participation = join(client, link_for(A, "s-a"))
    script = Script(participation)
    for item in script.lease(2):
        script.rate(item["assignment"])
    return client


PLACES = ["", "join/", "instructions/", "rate/", "done/", "made/", "continue/"]


@pytest.mark.parametrize("place", PLACES)
def test_in_a_s_browser_a_link_of_b_shows_no_page_of_a(taken_browser: Client, place: str) -> None:
    a = Participation.objects.get(external_id=A)
    answer = taken_browser.get(f"/s/w25/{place}?{link_for(B)}", follow=True)
    text = answer.content.decode()
    assert answer.request["PATH_INFO"] == ("/s/w25/join/" if place == "join/" else "/s/w25/")
    assert not any(str(key) in text for key in (a.pk, a.rater_id, a.rater))
    assert "X-Rater" not in answer.headers
    assert "Take part" in text


@pytest.mark.parametrize("path", ["/me/", "/me/withdraw/"])
def test_my_data_shows_nothing_of_a_to_whom_a_link_names_b(taken_browser: Client, path: str) -> None:
    a = Participation.objects.get(external_id=A)
    text = text_of(taken_browser, f"{path}?{link_for(B)}")
    assert str(a.rater) not in text
    assert str(a.rater) in text_of(taken_browser, f"/me/?{link_for(A)}")
    sentence = "belongs to someone other than the person this browser remembers"
    assert sentence in text_of(taken_browser, f"/me/?{link_for(B)}")


def test_a_link_of_b_withdraws_nothing_of_a(taken_browser: Client) -> None:
    answer = taken_browser.post(f"/me/withdraw/?{link_for(B)}")
    assert answer.headers["Location"] == f"/me/?{link_for(B)}"
    assert Participation.objects.get().external_id == A


def test_in_a_s_browser_b_consents_first_and_is_another_rater(taken_browser: Client) -> None:
    a = Participation.objects.get(external_id=A)
    b = join(taken_browser, link_for(B, "s-b"))
    assert (b.external_id, b.external_session) == (B, "s-b")
    assert b.rater_id != a.rater_id
    assert rater_in(taken_browser) == str(b.rater_id)
    assert (b.done, Participation.objects.get(pk=a.pk).done) == (0, 2)
    assert "0 of 4" in text_of(taken_browser, "/s/w25/rate/")


def test_a_and_b_take_turns_at_one_browser_each_by_their_own_link(taken_browser: Client) -> None:
    a = Participation.objects.get(external_id=A)
    b = join(taken_browser, link_for(B, "s-b"))
    for person, session, who in ((A, "s-a", a), (B, "s-b", b)):
        assert go_on(taken_browser, link_for(person, session)).headers["Location"] == "/s/w25/rate/"
        assert rater_in(taken_browser) == str(who.rater_id)
    assert Participation.objects.count() == 2


def test_the_link_of_the_browser_s_own_rater_goes_straight_on(taken_browser: Client) -> None:
    assert "Continue at picture 3" in text_of(taken_browser, f"/s/w25/?{link_for(A)}")
    assert taken_browser.get(f"/s/w25/join/?{link_for(A)}").headers["Location"] == "/s/w25/instructions/"
    assert taken_browser.get(f"/s/w25/rate/?{link_for(A, 'other-session')}").status_code == 200


@pytest.mark.parametrize("credential", ["cookie", "token"])
def test_by_the_api_b_s_id_outranks_a_s_cookie_and_a_s_token(study: Study, credential: str) -> None:
    first = Client()
    a = enrol(study, first, external_id=A).json()
    client = first if credential == "cookie" else Client(headers={"authorization": f"Bearer {a['token']}"})
    b = enrol(study, client, external_id=B).json()
    assert b["rater"] != a["rater"]
    assert enrol(study, client, external_id=A).json() == a if credential == "token" else True
    assert set(Participation.objects.values_list("external_id", flat=True)) == {A, B}


def test_the_token_outranks_the_cookie(study: Study) -> None:
    a = enrol(study, Client(), external_id=A).json()
    browser = Client()
    enrol(study, browser, external_id=B)
    answer = browser.get("/api/v1/me", headers={"authorization": f"Bearer {a['token']}"})
    assert answer.json()["rater"] == a["rater"]


def test_b_s_link_to_another_study_takes_no_part_in_a_s_record(taken_browser: Client, study: Study) -> None:
    a = Participation.objects.get(external_id=A)
    other = make_study()
    b = enrol(other, taken_browser, external_id=B).json()
    assert b["rater"] != str(a.rater_id)


def test_the_same_id_in_the_same_browser_is_one_rater_in_both_studies(taken_browser: Client, study: Study) -> None:
    a = Participation.objects.get(external_id=A)
    assert enrol(make_study(), taken_browser, external_id=A).json()["rater"] == str(a.rater_id)


def test_a_bare_visit_to_another_study_is_the_browser_s_rater_s(taken_browser: Client) -> None:
    a = Participation.objects.get(external_id=A)
    assert enrol(make_study(), taken_browser).json()["rater"] == str(a.rater_id)


def test_two_browsers_with_an_unfilled_link_learn_of_it_and_neither_becomes_the_other(study: Study) -> None:
    first, second = Client(), Client()
    for client in (first, second):
        text = text_of(client, f"/s/w25/?{UNFILLED}")
        assert "This link does not say who you are: it has “{{%PROLIFIC_PID%}}” where your id should be." in text
        assert "Take part" not in text.split("<h1", 1)[1]
        answer = client.post(f"/s/w25/join/?{UNFILLED}", AGREED)
        assert answer.status_code == 400
        assert "does not say who you are" in answer.content.decode()
    assert not Participation.objects.exists()
    assert not Rater.objects.exists()


def test_an_unfilled_link_in_a_s_browser_shows_nothing_of_a(taken_browser: Client) -> None:
    a = Participation.objects.get(external_id=A)
    for path in ("/s/w25/", "/s/w25/join/", "/s/w25/rate/", "/me/"):
        assert str(a.rater) not in text_of(taken_browser, f"{path}?{UNFILLED}")
    assert enrol(Study.objects.get(), taken_browser, external_id="{PID}").status_code == 400
    assert rater_in(taken_browser) == str(a.rater_id)


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"external_id": "{{%PROLIFIC_PID%}}", "external_session": "{{%SESSION_ID%}}"}, "external_id_refused", True),
        ({"external_id": "a\u200bb"}, "external_id_refused", True),
        ({"external_id": "AZ3456EXAMPLE", "external_session": "ASSIGNMENT_ID_NOT_AVAILABLE"}, "preview_only", False),
    ],
)
def test_the_api_refuses_what_is_no_id_in_one_sentence(
    study: Study,
    body: dict[str, Any],
    code: str,
    field: bool,  # noqa: FBT001
) -> None:
    answer = enrol(study, **body)
    assert (answer.status_code, answer.json()["code"]) == (400 if field else 409, code)
    assert ("external_id" in answer.json()["fields"]) == field
    assert not Participation.objects.exists()


def test_equal_unfilled_sessions_open_nobody_s_participation(study: Study) -> None:
    first, second = (enrol(study, external_id=A, external_session="{{%SESSION_ID%}}") for _ in range(2))
    assert first.status_code == 201
    assert Participation.objects.get().external_session == ""
    assert second.json()["code"] == "already_taking_part"


def test_a_preview_shows_the_study_and_enrols_nobody_until_the_task_is_accepted(study: Study) -> None:
    browser = Client()
    for path in ("/s/w25/", "/s/w25/join/", "/s/w25/rate/"):
        text = text_of(browser, f"{path}?{PREVIEW}")
        assert study.title in text
        assert "This is a preview: accept the task" in text
    assert browser.post(f"/s/w25/join/?{PREVIEW}", AGREED).status_code == 409
    assert not Participation.objects.exists()
    accepted = join(browser, "assignmentId=3ABC&hitId=123RVWYBAZW00EXAMPLE&workerId=AZ3456EXAMPLE")
    assert (accepted.external_id, accepted.external_session) == ("AZ3456EXAMPLE", "3ABC")


def test_an_id_that_comes_later_is_added_to_the_participation_begun_without_one(study: Study) -> None:
    browser = Client()
    begun = join(browser)
    assert browser.get(f"/s/w25/rate/?{link_for(A)}").status_code == 302
    assert go_on(browser, link_for(A, "s-a")).headers["Location"] == "/s/w25/rate/"
    named = Participation.objects.get()
    assert (named.pk, named.external_id, named.external_session) == (begun.pk, A, "s-a")
    assert rater_in(browser) == str(begun.rater_id)


def test_an_id_that_comes_later_by_the_api_is_added_as_well(study: Study) -> None:
    browser = Client()
    begun = enrol(study, browser).json()
    assert enrol(study, browser, external_id=A, external_session="s-a").json() == begun
    assert Participation.objects.get().external_id == A
    assert enrol(study, browser, external_id=B).json()["rater"] != begun["rater"]


def test_who_began_without_an_id_gets_none_that_somebody_else_has(study: Study, taken_browser: Client) -> None:
    browser = Client()
    begun = join(browser)
    assert "Someone is already taking part with the id in this link" in text_of(browser, f"/s/w25/?{link_for(A)}")
    answer = enrol(study, browser, external_id=A)
    assert (answer.status_code, answer.json()["code"]) == (409, "already_taking_part")
    begun.refresh_from_db()
    assert begun.external_id == ""


def test_somebody_else_at_a_browser_used_without_an_id_takes_part_as_another_rater(study: Study) -> None:
    browser = Client()
    begun = join(browser)
    other = re.search(r'href="(/s/w25/other/[^"]*)"', text_of(browser, f"/s/w25/?{link_for(B)}"))
    assert other
    address = other[1].replace("&amp;", "&")
    assert "Take part as someone else?" in text_of(browser, address)
    assert rater_in(browser) == str(begun.rater_id)
    browser.post(address)
    assert join(browser, link_for(B)).rater_id != begun.rater_id
    begun.refresh_from_db()
    assert begun.external_id == ""


def test_on_a_shared_computer_the_next_person_takes_part_as_somebody_else(study: Study) -> None:
    browser = Client()
    first = join(browser)
    assert 'href="/s/w25/other/"' in text_of(browser, "/s/w25/")
    browser.post("/s/w25/other/")
    assert "Nothing is stored about you in this browser" in text_of(browser, "/me/")
    assert join(browser).rater_id != first.rater_id


def test_who_sends_the_form_after_somebody_else_joined_in_the_same_browser_is_asked_who_they_are(study: Study) -> None:
    browser = Client()
    form = {**AGREED, "rater": ""}  # as two tabs show it before anybody has joined
    browser.post("/s/w25/join/", form)
    assert browser.post("/s/w25/join/", form).headers["Location"] == "/s/w25/"
    assert "Not you?" in text_of(browser, "/s/w25/")
    assert browser.post(f"/s/w25/join/?{link_for(B)}", form).headers["Location"] == "/s/w25/instructions/"


@pytest.mark.parametrize("session", ["", "guessed"])
def test_a_link_forwarded_to_a_friend_opens_nothing(taken_browser: Client, session: str) -> None:
    friend = Client()
    text = text_of(friend, f"/s/w25/?{link_for(A, session)}")
    assert "If someone else sent you the link, ask for your own." in text
    assert friend.post("/s/w25/continue/", {"external_id": A, "external_session": session}).status_code == 409
    assert friend.post(f"/s/w25/join/?{link_for(A, session)}", AGREED).status_code == 409
    assert friend.get("/api/v1/me").status_code == 401


def test_a_whole_link_forwarded_to_a_friend_asks_and_looking_at_it_changes_nothing(taken_browser: Client) -> None:
    friend = Client()
    own = join(friend)
    for place in PLACES:
        text = text_of(friend, f"/s/w25/{place}?{link_for(A, 's-a')}")
        assert "If someone else sent you the link, ask for your own." in text
        assert f"{own.rater}</b>, who will be signed out" in text
    assert rater_in(friend) == str(own.rater_id)


def test_with_cookies_cleared_the_platform_s_link_leads_back_in_the_same_session(taken_browser: Client) -> None:
    a = Participation.objects.get(external_id=A)
    cleared = Client()
    assert go_on(cleared, link_for(A, "s-a")).headers["Location"] == "/s/w25/rate/"
    assert rater_in(cleared) == str(a.rater_id)
    assert "2 of 4" in text_of(cleared, "/s/w25/rate/")


def test_going_on_leads_who_has_finished_to_the_study_s_page(taken_browser: Client) -> None:
    Participation.objects.update(state=ParticipationState.COMPLETE, quota=2)
    client = Client()
    assert go_on(client, link_for(A, "s-a")).headers["Location"] == "/s/w25/"
    assert "You have finished this study" in text_of(client, "/s/w25/")


def test_going_on_and_switching_need_the_page_s_csrf_token(taken_browser: Client, study: Study) -> None:
    strict = Client(enforce_csrf_checks=True)
    a = Participation.objects.get(external_id=A)
    for path in ("/s/w25/continue/", "/s/w25/other/", "/s/w25/resume-link/", f"/r/{resume_token(participation=a)}/"):
        assert strict.post(path, {"external_id": A, "external_session": "s-a"}).status_code == 403
    assert "pamela_rater" not in strict.cookies


def test_every_visit_with_a_faulty_link_is_counted_with_its_last_example(study: Study) -> None:
    for query in (UNFILLED, UNFILLED, "workerId={PID}", PREVIEW, "PROLIFIC_PID=a&external_id=b"):
        text_of(Client(), f"/s/w25/?{query}")
    enrol(study, external_id="[ID]")
    enrol(study, external_id=A, external_session="$SESSION")
    counted = {row.kind: (row.count, row.example) for row in LinkFaultCount.objects.all()}
    assert counted == {
        LinkFaultKind.UNFILLED: (5, "external_session=$SESSION"),
        LinkFaultKind.PREVIEW: (1, "assignmentId=ASSIGNMENT_ID_NOT_AVAILABLE"),
        LinkFaultKind.AMBIGUOUS: (1, "PROLIFIC_PID=a and b"),
    }


def test_a_visit_counts_once_and_is_known_by_its_person(study: Study) -> None:
    text_of(Client(), f"/s/w25/?SESSION_ID={{S}}&{UNFILLED}")
    counted = LinkFaultCount.objects.get()
    assert (counted.count, counted.example) == (1, "PROLIFIC_PID={{%PROLIFIC_PID%}}")


@pytest.mark.parametrize("design", Design)
def test_the_study_s_page_in_the_admin_tells_how_many_links_named_nobody(design: Design, researcher: Client) -> None:
    study = make_study(slug="w25", design=design)
    page = reverse("admin:ratings_study_change", args=[study.pk])
    assert "Links with faulty ids" not in researcher.get(page).content.decode()
    text_of(Client(), "/s/w25/?PROLIFIC_PID={{%PROLIFIC_PID%}}")
    text_of(Client(), f"/s/w25/?{PREVIEW}")
    text = researcher.get(page).content.decode()
    assert "Links with faulty ids" in text
    assert "PROLIFIC_PID={{%PROLIFIC_PID%}}" in text
    assert "previews by a platform besides: 1" in text
