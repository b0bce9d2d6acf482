"""Each end has its own code and address, and says what happened; nobody is sent to an address that leads nowhere."""

import re
from typing import Any

import pytest
from django.test import Client

from annotate.tests.api.test_api import Script
from annotate.tests.test_pages import AGREED, client_of
from ratings.choices import End, ParticipationState
from ratings.exceptions import InvalidInputError
from ratings.models import AuditEntry, Participation, Study
from ratings.selectors.ends import end_of
from ratings.services.attention import ensure_attention_checks
from ratings.services.studies import create_study
from ratings.tests.factories import make_assignment, make_images, make_participation, make_staff, make_study
from ratings.values.ends import fault_of_address, filled_address

pytestmark = pytest.mark.django_db

# How each platform is gone back to: docs.prolific.com, "Reviewing submissions and rewards"; SONA's help, "Completion
# URL" of an external study; CloudResearch Connect and Mechanical Turk by the parameters of their own links.
PROLIFIC = "https://app.prolific.com/submissions/complete?cc={code}"
SONA = "https://school.sona-systems.com/webstudy_credit.aspx?experiment_id=7&credit_token=t&survey_code=%SURVEY_CODE%"
TURK = "https://www.mturk.com/mturk/externalSubmit?assignmentId={assignmentId}&code={code}"
CONNECT = "https://connect.cloudresearch.com/participant/complete?participantId={participantId}"
ENDS = [{"end": end.value, "code": f"C-{end.value}", "address": PROLIFIC} for end in End if end != End.COMPLETE]


def page_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


@pytest.mark.parametrize(
    ("address", "filled"),
    [
        (PROLIFIC, "https://app.prolific.com/submissions/complete?cc=C%2D7".replace("%2D", "-")),
        (SONA, SONA.replace("%SURVEY_CODE%", "p%2F17")),
        (TURK, "https://www.mturk.com/mturk/externalSubmit?assignmentId=s-3&code=C-7"),
        (CONNECT, "https://connect.cloudresearch.com/participant/complete?participantId=p%2F17"),
        ("https://x.example/{{%PROLIFIC_PID%}}/{end}", "https://x.example/p%2F17/partial"),
        ("https://x.example/done", "https://x.example/done"),
    ],
)
def test_the_placeholders_of_each_platform_are_filled_in(address: str, filled: str) -> None:
    values = {"external_id": "p/17", "external_session": "s-3", "code": "C-7", "end": "partial"}
    assert fault_of_address(address) == ""
    assert filled_address(address, values=values) == filled


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://x.example", "must begin with https://"),
        ("x.example/done", "must begin with https://"),
        ("javascript:alert(1)", "must begin with https://"),
        ("https://[x/", "must begin with https://"),
        (
            "https://x.example/?p={PROLIFIC_ID}",
            "“{PROLIFIC_ID}”, which is no placeholder: did you mean {PROLIFIC_PID}?",
        ),
        ("https://x.example/?p={zzz}", "which is no placeholder: there are {code}"),
    ],
)
def test_an_address_that_leads_nowhere_is_refused_and_a_misspelt_placeholder_named(address: str, words: str) -> None:
    assert words in fault_of_address(address)
    with pytest.raises(InvalidInputError) as refused:
        create_study(description={"slug": "s", "title": "S", "ends": [{"end": "full", "address": address}]})
    assert words in refused.value.message


def make_ended(end: End, **fields: Any) -> Participation:
    study = make_study(ends=ENDS, completion_code="C-complete", completion_url=PROLIFIC)
    return make_participation(study=study, state=ParticipationState.LEFT, end=end, external_id="p-17", **fields)


@pytest.mark.parametrize("end", [end for end in End if end not in {End.COMPLETE, End.DECLINED}])
def test_each_end_shows_its_own_code_and_leads_back_by_itself_also_without_scripts(end: End) -> None:
    participation = make_ended(end)
    page = page_of(client_of(participation), f"/s/{participation.study.slug}/done/")
    way = f"https://app.prolific.com/submissions/complete?cc=C-{end.value}"
    assert f">C-{end.value}</output>" in page
    assert "C-complete" not in page
    assert f'<meta http-equiv="refresh" content="15;url={way}">' in page
    assert re.search(rf'<a class="button" href="{re.escape(way)}" rel="noreferrer" data-redirect="15">', page)


def test_somebody_who_declines_is_led_back_and_nothing_is_stored() -> None:
    study = make_study(ends=ENDS)
    browser = Client()
    form = page_of(browser, f"/s/{study.slug}/join/?PROLIFIC_PID=p-17")
    assert f"/s/{study.slug}/declined/?external_id=p-17" in form
    page = page_of(browser, f"/s/{study.slug}/declined/?external_id=p-17")
    assert "cc=C-declined" in page
    assert not Participation.objects.exists()


def test_who_comes_to_a_full_study_gets_the_code_of_that_end_and_no_other() -> None:
    study = make_study(ends=ENDS, completion_code="C-complete", quota=1, target=1)
    make_images(study=study, count=1)
    Client().post(f"/s/{study.slug}/join/", AGREED)
    page = page_of(Client(), f"/s/{study.slug}/?PROLIFIC_PID=p-2")
    assert ">C-full</output>" in page
    assert "C-complete" not in page


def test_what_somebody_did_decides_between_complete_partial_and_full() -> None:
    study = make_study(quota=3, random_share=0, repeat_share=0)
    first, second = make_images(study=study, count=2)
    complete = ParticipationState.COMPLETE
    assert end_of(make_participation(study=study, state=complete)) == End.FULL
    some = make_participation(study=study, state=complete)
    make_assignment(participation=some, study_image=first, state="rated")
    some.done = 1
    assert end_of(some) == End.PARTIAL
    make_assignment(participation=some, study_image=second, state="rated")
    some.done = 2
    assert end_of(some) == End.COMPLETE  # all that the study has


def test_a_rater_may_finish_early_where_there_is_an_end_for_it() -> None:
    study = make_study(ends=ENDS, quota=3)
    make_images(study=study, count=3)
    participation = make_participation(study=study)
    script, browser = Script(participation), client_of(participation)
    held = script.lease(2)
    assert browser.get(f"/s/{study.slug}/finish/").status_code == 302  # nothing done yet
    script.rate(held[0]["assignment"])
    assert "Finish early" in page_of(browser, f"/s/{study.slug}/")
    assert browser.post(f"/s/{study.slug}/finish/").headers["Location"] == f"/s/{study.slug}/done/"
    assert "C-partial" in page_of(browser, f"/s/{study.slug}/done/")
    assert script.call("post", f"studies/{study.slug}/leases", {"count": 2})[1]["items"] == []
    assert study.study_images.filter(taken=1).count() == 1  # the place of the other one is free again


def test_without_such_an_end_nobody_is_asked_to_finish_early() -> None:
    study = make_study(quota=3)
    participation = make_participation(study=study, served=1, done=1)
    browser = client_of(participation)
    assert "Finish early" not in page_of(browser, f"/s/{study.slug}/")
    assert browser.post(f"/s/{study.slug}/finish/").status_code == 409


def test_too_many_missed_checks_end_a_part_where_the_study_says_so() -> None:
    study = make_study(quota=9, attention_every=1, attention_limit=2, ends=ENDS, random_share=0, repeat_share=0)
    make_images(study=study, count=9)
    ensure_attention_checks(study=study)
    participation = make_participation(study=study)
    script = Script(participation)
    for _ in range(2):
        item = script.lease(1)[0]
        assert item["image"]["alt"].startswith("Please choose")
        script.rate(item["assignment"], 3)  # neither end of the scale, so never what was asked
    assert script.lease(1) == []
    assert "C-failed_attention" in page_of(client_of(participation), f"/s/{study.slug}/done/")


def make_attentive_script(**study: Any) -> Script:
    made = make_study(attention_every=1, attention_limit=2, ends=ENDS, random_share=0, repeat_share=0, **study)
    make_images(study=made, count=9)
    ensure_attention_checks(study=made)
    return Script(make_participation(study=made))


def test_the_last_checks_that_are_missed_end_a_part_at_once_without_another_picture_asked_for() -> None:
    script = make_attentive_script(quota=2)
    for _ in range(2):
        item = script.lease(1)[0]
        assert item["image"]["alt"].startswith("Please choose")
        script.rate(item["assignment"], 3)
    assert end_of(Participation.objects.get()) == End.FAILED_ATTENTION


def test_a_late_click_does_not_bring_a_part_back_that_has_ended() -> None:
    study = make_study(ends=ENDS, quota=3)
    make_images(study=study, count=3)
    participation = make_participation(study=study)
    script = Script(participation)
    first, second = script.lease(2)
    nonce = "11111111-1111-4111-8111-111111111111"
    script.rate(first["assignment"], nonce=nonce)
    client_of(participation).post(f"/s/{study.slug}/finish/")
    status, said = script.rate(second["assignment"])
    assert (status, said["code"]) == (409, "lease_expired")
    status, said = script.call("delete", f"ratings/{nonce}")
    assert (status, said["code"]) == (409, "lease_expired")
    participation.refresh_from_db()
    assert (participation.end, participation.state, participation.done) == ("partial", "complete", 1)
    assert script.rate(first["assignment"], 5)[0] == 201  # another opinion of what was rated is taken
    participation.refresh_from_db()
    assert (participation.end, participation.state, participation.done) == ("partial", "complete", 1)


def test_a_closed_study_tells_who_was_under_way_that_the_time_is_up() -> None:
    participation = make_participation(study=make_study(ends=ENDS, state="closed"))
    assert "C-timed_out" in page_of(client_of(participation), f"/s/{participation.study.slug}/done/")


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(make_staff("rob", group="admin"))
    return client


def test_the_form_has_a_row_for_each_end_and_names_a_misspelt_placeholder(admin: Client) -> None:
    study = make_study(slug="harbour", ends=[{"end": "partial", "code": "P-1", "address": ""}])
    url = f"/admin/ratings/study/{study.pk}/change/"
    form = admin.get(url).context["adminform"].form
    shown = form.as_p()
    assert all(f'name="ends_{end.value}_code"' in shown for end in End if end != End.COMPLETE)
    assert 'value="P-1"' in shown
    sent = {name: "" if value is None else value for name, value in posted(form).items()}
    wrong = admin.post(url, {**sent, "ends_full_address": "https://x.example/{sesion_id}"})
    assert "did you mean {SESSION_ID}?" in wrong.content.decode()
    saved = admin.post(url, {**sent, "ends_full_code": "F-1", "ends_partial_code": "P-2"})
    assert saved.status_code == 302, saved.context["adminform"].form.errors
    stored = {one["end"]: one["code"] for one in Study.objects.get().ends}
    assert stored == {"partial": "P-2", "full": "F-1"}
    assert AuditEntry.objects.filter(action="change", target="harbour").exists()


def posted(form: Any) -> dict[str, Any]:
    """Give what a browser would send of an untouched form."""
    sent: dict[str, Any] = {}
    for name, field in form.fields.items():
        value = form[name].value()
        if field.widget.__class__.__name__ == "EndsWidget":
            for row in value or []:
                sent[f"{name}_{row['end']}_code"], sent[f"{name}_{row['end']}_address"] = row["code"], row["address"]
        elif value is not False:
            sent[name] = ",".join(value) if name == "languages" and isinstance(value, list) else value
    prefixes = ("steering_offer", "steeringoffer", "offer")
    return {**sent, **{f"{prefix}-{part}": 0 for prefix in prefixes for part in ("TOTAL_FORMS", "INITIAL_FORMS")}}
