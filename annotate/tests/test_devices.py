"""A study that takes certain devices says so first, lets in those that fit, and tells the others what is needed."""

import json
from typing import Any

import pandas as pd
import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from annotate.tests.api.test_api import Script, enrol
from annotate.tests.browser import DESKTOP, NewVisitor, Visitor, make_gallery
from annotate.tests.browser import PHONE as PHONE_SIZE
from annotate.tests.test_pages import AGREED, client_of, text_of
from ratings.choices import DeviceInput
from ratings.exceptions import InvalidInputError
from ratings.models import Participation, Study
from ratings.selectors.resuming import resume_token
from ratings.services.studies import create_study
from ratings.tests.dumping import dumped, folder_of
from ratings.tests.factories import make_images, make_participation, make_rating, make_study
from ratings.tests.migrating import former_database
from ratings.values.devices import Device, DeviceRules, fault_of

PHONE = Device(touch=True, mouse=False, screen_width=412, screen_height=915, colour_depth=24)
TABLET = Device(touch=True, mouse=False, screen_width=810, screen_height=1080, colour_depth=30)
LAPTOP = Device(touch=False, mouse=True, screen_width=1440, screen_height=900, colour_depth=24)
BOTH = Device(touch=True, mouse=True, screen_width=1440, screen_height=900, colour_depth=24)
TOUCH = "Open this study on a device with a touch screen, such as a phone or tablet."
MOUSE = "Open this study on a computer with a mouse or touchpad."
ENDS = [{"end": "screened_out", "code": "S-1", "address": "https://crowd.example/?cc={code}&p={external_id}"}]


@pytest.mark.parametrize(
    ("rules", "device", "fault"),
    [
        (DeviceRules(), None, ""),
        (DeviceRules(input=DeviceInput.TOUCH), PHONE, ""),
        (DeviceRules(input=DeviceInput.TOUCH), BOTH, ""),
        (DeviceRules(input=DeviceInput.TOUCH), LAPTOP, TOUCH),
        (DeviceRules(input=DeviceInput.MOUSE), BOTH, ""),
        (DeviceRules(input=DeviceInput.MOUSE), TABLET, MOUSE),
        (DeviceRules(min_screen_width=1000, min_screen_height=800), TABLET, ""),  # turned round
        (
            DeviceRules(min_screen_width=800, min_screen_height=1000),  # a laptop cannot be turned
            LAPTOP,
            "The screen has to have at least 800 by 1000 pixels. This one has 1440 by 900.",
        ),
        (DeviceRules(min_screen_width=1441), LAPTOP, "The screen has to be at least 1441 pixels wide."),
        (DeviceRules(min_screen_height=901), LAPTOP, "The screen has to be at least 901 pixels high."),
        (DeviceRules(min_screen_width=1440, min_screen_height=900, min_colour_depth=24), LAPTOP, ""),
        (DeviceRules(min_colour_depth=30), PHONE, "The screen has to show colours with at least 30 bits."),
        (DeviceRules(min_colour_depth=30), TABLET, ""),
        (DeviceRules(input=DeviceInput.TOUCH, min_colour_depth=30), None, f"{TOUCH} The screen has to show colours"),
        (DeviceRules(input=DeviceInput.TOUCH, min_colour_depth=30), Device(confirmed=True), ""),
        (DeviceRules(input=DeviceInput.TOUCH), Device(touch=False, confirmed=True), TOUCH),  # measured is measured
    ],
)
def test_a_device_fits_or_lacks_something_that_is_named(rules: DeviceRules, device: Device | None, fault: str) -> None:
    found = fault_of(rules=rules, device=device)
    assert found.startswith(fault)
    assert bool(found) == bool(fault)


def join(study: Study, device: Device | str, **fields: Any) -> Any:
    """Send the form of the join page as its script fills it in."""
    measured = device if isinstance(device, str) else json.dumps(device.as_json())
    query = "?PROLIFIC_PID=p-17" if study.ends else ""
    carried = {"external_id": "p-17"} if study.ends else {}
    return Client().post(f"/s/{study.slug}/join/{query}", {**AGREED, "device": measured, **carried, **fields})


@pytest.mark.django_db
def test_the_study_page_says_which_device_is_needed_before_the_consent() -> None:
    study = make_study(device_input="touch", min_colour_depth=24)
    assert f"<dd>{TOUCH} The screen has to show colours" in text_of(Client(), f"/s/{study.slug}/")
    assert "<dt>Device</dt>" not in text_of(Client(), f"/s/{make_study().slug}/")


@pytest.mark.django_db
def test_who_comes_on_another_device_reads_what_is_needed_and_nothing_is_stored() -> None:
    study = make_study(device_input="touch", ends=ENDS)
    answer = join(study, LAPTOP)
    page = answer.content.decode()
    assert answer.status_code == 403
    assert TOUCH in page
    assert ">S-1</output>" in page
    assert 'href="https://crowd.example/?cc=S-1&amp;p=p-17"' in page
    assert "data-redirect=" not in page  # they may change the device
    assert f'href="/s/{study.slug}/?external_id=p-17"' in page
    assert not Participation.objects.exists()
    assert join(study, PHONE).headers["Location"] == f"/s/{study.slug}/instructions/"
    kept = Participation.objects.get().device or {}
    assert (kept["touch"], kept["screen_width"], kept["confirmed"]) == (True, 412, False)


@pytest.mark.django_db
def test_an_end_of_its_own_comes_before_that_of_the_screened_out() -> None:
    own = {"end": "device", "code": "D-1", "address": ""}
    page = join(make_study(device_input="mouse", ends=[*ENDS, own]), PHONE).content.decode()
    assert (">D-1</output>" in page, "S-1" in page) == (True, False)


@pytest.mark.django_db
@pytest.mark.parametrize("sent", ["", "{", '{"touch": "perhaps"}', '{"shape": "round"}'])
def test_without_a_measurement_the_rater_says_that_the_device_fits(sent: str) -> None:
    study = make_study(device_input="touch")
    form = text_of(Client(), f"/s/{study.slug}/join/")
    assert "My device is as described here." in form.split("<noscript>")[1].split("</noscript>")[0]
    page = join(study, sent)
    assert page.status_code == 400
    assert "Tick the box if your device fits this study." in page.content.decode()
    assert 'name="device_confirmed"' in page.content.decode().replace("<noscript>", "")
    assert join(study, sent, device_confirmed="yes").status_code == 302
    kept = Participation.objects.get().device or {}
    assert (kept["confirmed"], kept["touch"]) == (True, None)


@pytest.mark.django_db
def test_a_script_is_refused_with_a_code_where_the_device_is_missing_or_does_not_fit() -> None:
    study = make_study(min_screen_width=1024)
    make_images(study=study, count=1)
    facts = Client().get(f"/api/v1/studies/{study.slug}").json()["device"]
    assert facts == {"input": "any", "min_screen_width": 1024, "min_screen_height": None, "min_colour_depth": None}
    bodies: list[dict[str, Any]] = [{}, {"device": {"screen_width": 390, "screen_height": 844}}]
    refused = [enrol(study, **body) for body in bodies]
    assert [answer.status_code for answer in refused] == [403, 403]
    assert [answer.json()["code"] for answer in refused] == ["device_not_allowed"] * 2
    assert [answer.json()["fields"] for answer in refused] == [{"device": "is missing"}, {"device": "does not fit"}]
    assert "at least 1024 pixels wide. This one has 390 by 844." in refused[1].json()["message"]
    assert enrol(study, device={"screen_width": "wide"}).json()["code"] == "invalid"
    assert enrol(study, device={"screen_width": 1440, "screen_height": 900}).status_code == 201


@pytest.mark.django_db
def test_who_agrees_to_a_changed_consent_is_asked_for_no_device_by_that_page() -> None:
    study = make_study(device_input="touch")
    browser = Client()
    assert enrol(study, browser, device={"touch": True}).status_code == 201
    study.consent_version = "2"
    study.save()
    answer = browser.post(f"/s/{study.slug}/consent/", {**AGREED, "consent_version": "2"})
    assert answer.headers["Location"] == f"/s/{study.slug}/rate/"


def make_begun(**study: Any) -> Script:
    """Let somebody join with a phone, and hold a picture."""
    made = make_study(**study)
    make_images(study=made, count=3)
    script = Script(make_participation(study=made, device=PHONE.as_json(), external_id="p-17", external_session="s-3"))
    script.lease(1)
    return script


def lease(script: Script, device: Device | None = None) -> tuple[int, Any]:
    """Ask for a picture more, stating the device where there is one."""
    stated = {} if device is None else {"device": device.as_json()}
    return script.call("post", f"studies/{script.slug}/leases", {"count": 2, **stated})


@pytest.mark.django_db
def test_a_lease_that_states_another_device_is_refused_and_back_on_the_first_one_it_goes_on_with_all_there() -> None:
    script = make_begun(device_input="touch")
    held = script.lease(2)
    status, refused = lease(script, LAPTOP)
    assert (status, refused["code"], refused["fields"]) == (409, "device_changed", {"device": "does not fit"})
    assert refused["message"] == (f"{TOUCH} What you did so far is saved: go on with a device that fits the study.")
    assert script.rate(held[0]["assignment"])[0] == 201  # what was answered is taken from any device
    status, reply = lease(script, PHONE)
    assert (status, reply["items"][0]["assignment"]) == (200, held[1]["assignment"])
    assert lease(script)[0] == 200  # the one looked at last


@pytest.mark.django_db
@pytest.mark.parametrize("way", ["resume link", "platform's link"])
def test_who_comes_to_another_browser_states_its_device_before_the_next_lease(way: str) -> None:
    script = make_begun(device_input="touch")
    part = Participation.objects.get()
    ways = {
        "resume link": f"/r/{resume_token(participation=part)}/",
        "platform's link": f"/s/{script.slug}/continue/?PROLIFIC_PID=p-17&SESSION_ID=s-3",
    }
    assert Client().post(ways[way]).status_code == 302
    status, refused = lease(script)
    assert (status, refused["code"], refused["fields"]) == (409, "device_changed", {"device": "is missing"})
    assert lease(script, LAPTOP)[0] == 409
    assert lease(script, PHONE)[0] == 200
    assert lease(script)[0] == 200


@pytest.mark.django_db
def test_where_every_device_will_do_nobody_is_asked_again() -> None:
    script = make_begun()
    Client().post(f"/r/{resume_token(participation=Participation.objects.get())}/")
    assert lease(script)[0] == 200
    page = client_of(Participation.objects.get()).get(f"/s/{script.slug}/device/")
    assert page.headers["Location"] == f"/s/{script.slug}/rate/"


@pytest.mark.django_db
def test_a_description_takes_the_rules_and_refuses_what_no_device_has() -> None:
    made = create_study(description={"slug": "s", "title": "S", "device_input": "mouse", "min_colour_depth": 30})
    assert made.device_rules == DeviceRules(input=DeviceInput.MOUSE, min_colour_depth=30)
    with pytest.raises(InvalidInputError, match="device_input"):
        create_study(description={"slug": "t", "title": "T", "device_input": "pen"})
    with pytest.raises(InvalidInputError, match="min_screen_width"):
        create_study(description={"slug": "u", "title": "U", "min_screen_width": 0})


@pytest.mark.django_db(transaction=True)
def test_a_dump_says_on_which_devices_people_joined() -> None:
    study = make_study()
    for device in (PHONE, None):
        kept = device.as_json() if device else None
        make_rating(participation=make_participation(study=study, device=kept))
    rows = pd.read_parquet(folder_of(dumped(study)) / "raters.parquet")
    known = rows[rows["device_touch"].notna()]
    assert len(rows) == 2
    assert known[
        ["device_touch", "device_mouse", "device_screen_width", "device_screen_height"]
    ].to_numpy().tolist() == [[True, False, 412, 915]]
    assert known["device_confirmed"].tolist() == [False]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_study_of_before_takes_every_device() -> None:
    with former_database(("ratings", "0039_prolific_words")) as database:
        apps = database.migrate(("ratings", "0039_prolific_words"))
        apps.get_model("ratings", "Study").objects.using(database.alias).create(slug="old", title="Old")
        database.migrate(("ratings", "0041_device_rules"))
        assert database.rows("SELECT device_input, min_screen_width, min_colour_depth FROM ratings_study") == [
            ("any", None, None)
        ]


def agree(visitor: Visitor, study: Study) -> None:
    """Consent on the join page, whatever comes of it."""
    visitor.open(f"/s/{study.slug}/join/")
    visitor.page.get_by_role("checkbox").first.check()
    with visitor.page.expect_navigation():
        visitor.page.get_by_role("button", name="Agree and continue").click()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_browser_measures_its_device(new_visitor: NewVisitor) -> None:
    study = make_study(device_input="touch", min_screen_width=390)
    on_laptop = new_visitor(viewport=DESKTOP, screen=DESKTOP, has_touch=False)
    agree(on_laptop, study)
    expect(on_laptop.page.get_by_role("heading", level=1)).to_have_text("This study needs another device")
    on_laptop.check_page()
    on_phone = new_visitor(
        viewport=PHONE_SIZE, screen=PHONE_SIZE, has_touch=True, is_mobile=True, device_scale_factor=3
    )
    agree(on_phone, study)
    on_phone.page.wait_for_url("**/instructions/")
    kept = Device.from_json(Participation.objects.get().device or {})
    assert (kept.touch, kept.mouse, kept.screen_width, kept.screen_height) == (True, False, 390, 844)
    assert (kept.screen_pixel_ratio, kept.confirmed) == (3, False)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_without_javascript_the_page_asks_whether_the_device_fits(new_visitor: NewVisitor) -> None:
    study = make_study(device_input="touch")
    visitor = new_visitor(java_script_enabled=False)
    visitor.open(f"/s/{study.slug}/join/")
    visitor.page.get_by_role("checkbox", name="My device is as described here.").check()
    visitor.page.get_by_role("checkbox", name="I have read this").check()
    with visitor.page.expect_navigation():
        visitor.page.get_by_role("button", name="Agree and continue").click()
    assert (Participation.objects.get().device or {})["confirmed"] is True


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_resume_link_opened_on_a_device_that_does_not_fit_says_so_and_the_first_device_goes_on(
    new_visitor: NewVisitor, language: str
) -> None:
    study = make_gallery(count=3, device_input="touch", languages=["en", "ar"])
    phone = {"viewport": PHONE_SIZE, "screen": PHONE_SIZE, "has_touch": True, "is_mobile": True, "locale": language}
    on_phone = new_visitor(**phone)
    on_phone.open(f"/s/{study.slug}/join/")
    on_phone.page.get_by_role("checkbox").first.check()
    on_phone.page.locator("main form [type=submit]").click()
    on_phone.page.wait_for_url("**/instructions/")
    on_phone.start_rating(study)
    token = resume_token(participation=Participation.objects.get())
    on_laptop = new_visitor(viewport=DESKTOP, screen=DESKTOP, has_touch=False, locale=language)
    on_laptop.open(f"/r/{token}/")
    on_laptop.page.locator("main form [type=submit]").click()
    on_laptop.page.wait_for_url("**/device/")
    expect(on_laptop.page.locator("main .lead")).to_be_visible()
    on_laptop.check_page()
    assert Participation.objects.get().has_moved
    on_phone.page.reload()
    on_phone.await_picture()
    assert not Participation.objects.get().has_moved


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_who_took_part_in_the_version_before_has_not_moved() -> None:
    with former_database(("ratings", "0048_archive")) as database:
        apps = database.migrate(("ratings", "0048_archive"))
        models = {name: apps.get_model("ratings", name) for name in ("Study", "Rater", "Participation")}
        rows = {name: model.objects.using(database.alias) for name, model in models.items()}
        study, rater = rows["Study"].create(slug="old", title="Old"), rows["Rater"].create()
        part = {"study": study, "rater": rater, "consent_version": "1", "consented_at": timezone.now(), "quota": 3}
        rows["Participation"].create(**part, device={"touch": True})
        database.migrate(("ratings", "0049_participation_has_moved"))
        assert database.rows("SELECT has_moved, device FROM ratings_participation") == [(False, '{"touch": true}')]
