"""A rater's way through a study in a real browser, from the study's page to the completion code and out again."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from annotate.tests.browser import (
    BOTH_SIZES,
    DESKTOP,
    PHONE,
    QUESTIONS,
    NewVisitor,
    Visitor,
    joined,
    make_gallery,
    standing_values,
)
from ratings.choices import AssignmentState, ParticipationState
from ratings.models import Assignment, Participation, Rater, Rating
from ratings.registry import designs
from ratings.services.attention import ensure_attention_checks

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


KEYBOARD_STEPS = (
    ("Take part", "{study.title}"),
    ("I have read this", "Do you agree to take part?"),
    ("Agree and continue", "Do you agree to take part?"),
    ("Save and continue", "A little about you"),
    ("Start rating", "How it works"),
)


@BOTH_SIZES
def test_the_journey_leads_from_the_study_to_the_code_and_out_again(
    new_visitor: NewVisitor, viewport: dict[str, int], scheme: str
) -> None:
    study = make_gallery(
        count=4, practice=1, break_every=2, is_demo=True, completion_code="PM-7F3K", profile_questions=QUESTIONS
    )
    visitor = new_visitor(viewport=viewport, color_scheme=scheme)
    page = visitor.page
    visitor.open("/")
    visitor.check_page()
    page.get_by_role("link", name=study.title).click()
    expect(page.get_by_text("Simulated demo")).to_be_visible()
    visitor.check_page()
    page.get_by_role("link", name="Take part").click()
    visitor.check_page()
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Agree and continue").click()
    expect(page.get_by_text("Step 2 of 2")).to_be_visible()
    visitor.check_page()
    page.get_by_label("18 to 29").check()
    page.get_by_label("Where do you live?").select_option("3")
    page.get_by_role("button", name="Save and continue").click()
    visitor.check_page()
    page.get_by_role("link", name="Start rating").click()
    rate_through(visitor)
    visitor.check_page()
    expect(page.locator("#completion-code")).to_have_text("PM-7F3K")
    withdraw(visitor)
    assert not Rater.objects.exists()
    assert not Rating.objects.exists()


def rate_through(visitor: Visitor) -> None:
    """Go through practice, four counted ratings, a skip's dialog, a break and the last screen."""
    page = visitor.page
    expect(page.locator("#practice-dialog")).to_be_visible()
    visitor.check_page()
    page.get_by_role("button", name="Start practice").click()
    visitor.expect_progress("Practice")
    visitor.await_picture()
    visitor.check_page()
    page.locator("#scale").get_by_role("button", name="3").click()
    page.get_by_role("button", name="Start rating").click()
    for value in (2, 5):
        visitor.await_picture()
        page.locator("#scale").get_by_role("button", name=str(value)).click()
    expect(page.locator("#break-dialog")).to_be_visible()
    visitor.check_page()
    page.get_by_role("button", name="Keep going").click()
    visitor.await_picture()
    page.get_by_role("button", name="Skip").click()
    visitor.check_page()
    page.get_by_role("button", name="Rate it after all").click()
    for value in (1, 4):
        visitor.await_picture()
        page.locator("#scale").get_by_role("button", name=str(value)).click()
    visitor.check_page()
    page.get_by_role("button", name="Finish").click()
    page.wait_for_url("**/done/")
    assert standing_values() == [3, 2, 5, 1, 4]
    assert Participation.objects.get().state == ParticipationState.COMPLETE


def withdraw(visitor: Visitor) -> None:
    """Look at what is stored, take it along, and withdraw."""
    page = visitor.page
    visitor.open("/me/")
    visitor.check_page()
    expect(page.get_by_text("18 to 29")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as JSON").click()
    assert '"value": 5.0' in Path(download.value.path()).read_text().replace('":5.0', '": 5.0')
    page.get_by_role("link", name="Withdraw from everything").click()
    visitor.check_page()
    page.get_by_role("button", name="Delete my data").click()
    expect(page.get_by_role("heading", name="Your data is deleted")).to_be_visible()
    visitor.check_page()


def test_a_rating_records_the_circumstances_of_the_view(new_visitor: NewVisitor) -> None:
    visitor = joined(new_visitor, make_gallery(count=2), viewport=PHONE, device_scale_factor=2)
    visitor.page.wait_for_timeout(400)  # as somebody looks, at the least
    visitor.press("4")
    visitor.expect_progress("1 of 2")
    visitor.expect_all_sent()
    rating = Rating.objects.get()
    assert rating.response_ms is not None
    assert rating.response_ms >= 400
    assert rating.client["viewport_width"] == 390
    assert rating.client["pixel_ratio"] == 2
    assert 300 < rating.client["shown_width"] <= 390


def test_the_keyboard_alone_is_enough(new_visitor: NewVisitor) -> None:
    study = make_gallery(count=3, profile_questions=QUESTIONS, completion_code="KEYS")
    visitor = new_visitor(viewport=DESKTOP, has_touch=False)
    keyboard = visitor.page.keyboard
    visitor.open(f"/s/{study.slug}/")
    for name, heading in KEYBOARD_STEPS:
        expect(visitor.page.get_by_role("heading", name=heading.format(study=study))).to_be_visible()
        visitor.page.wait_for_load_state()
        visitor.focus_by_tab(name)
        keyboard.press("Space" if name == "I have read this" else "Enter")
    visitor.press("5")
    visitor.press("ArrowRight")
    keyboard.press("ArrowLeft")
    keyboard.press("Enter")
    visitor.expect_progress("2 of 3")
    visitor.press("Control+z")
    visitor.expect_progress("1 of 3")
    visitor.press("1")
    visitor.press("s")
    visitor.focus_by_tab("I know this picture")
    keyboard.press("Enter")
    expect(visitor.page.get_by_role("button", name="Finish")).to_be_focused()
    keyboard.press("Enter")
    visitor.page.wait_for_url("**/done/")
    assert standing_values() == [5, 1]
    assert Assignment.objects.get(state=AssignmentState.SKIPPED).skip_reason == "seen-before"


def test_single_key_shortcuts_can_be_turned_off(new_visitor: NewVisitor) -> None:
    visitor = joined(new_visitor, make_gallery(count=2))
    visitor.press("?")
    visitor.check_page()
    visitor.page.get_by_label("Single-key shortcuts").uncheck()
    visitor.page.get_by_role("button", name="Back to rating").click()
    visitor.press("5")
    visitor.press("ArrowRight")
    visitor.page.keyboard.press("Enter")
    visitor.expect_progress("1 of 2")
    visitor.expect_all_sent()
    assert standing_values() == [3]


@pytest.mark.parametrize(
    ("low", "high", "step", "key", "value"),
    [(1, 7, 1, "7", 7), (1, 10, 1, "0", 10), (0, 10, 1, "0", 0), (20, 100, 20, "5", 100), (-2, 2, 1, "1", 1)],
)
def test_a_digit_stands_for_the_value_that_reads_so_or_for_the_place(
    new_visitor: NewVisitor, low: float, high: float, step: float, key: str, value: float
) -> None:
    study = make_gallery(count=2, scale_min=low, scale_max=high, scale_step=step)
    visitor = joined(new_visitor, study)
    visitor.press(key)
    visitor.expect_progress("1 of 2")
    visitor.expect_all_sent()
    assert standing_values() == [value]


def test_undo_brings_the_picture_back_before_and_after_it_was_sent(new_visitor: NewVisitor) -> None:
    visitor = joined(new_visitor, make_gallery(count=3))
    first = visitor.picture
    visitor.press("1")
    visitor.expect_all_sent()
    visitor.await_picture()
    visitor.page.get_by_role("button", name="Undo").click()
    assert visitor.picture == first
    with visitor.offline():
        visitor.press("2")
        visitor.press("Backspace")
        assert visitor.picture == first
        visitor.press("3")
        visitor.expect_progress("1 of 3")
    visitor.expect_all_sent()
    assert standing_values() == [3]
    assert Rating.objects.get(value=1).replaced_at is not None


def test_no_value_is_preset_for_the_next_picture(new_visitor: NewVisitor) -> None:
    visitor = joined(new_visitor, make_gallery(count=3))
    visitor.press("ArrowRight")
    visitor.page.keyboard.press("Enter")
    visitor.expect_progress("1 of 3")
    assert visitor.page.evaluate("document.activeElement.id") == "stage"


def test_a_finger_sliding_over_the_picture_rates_and_can_change_its_mind(new_visitor: NewVisitor) -> None:
    visitor = joined(new_visitor, make_gallery(count=2), viewport=PHONE)
    visitor.slide((200, 400), (60, 20))
    visitor.await_picture()
    visitor.expect_progress("0 of 2")
    visitor.slide((200, 400), (380, 420))
    visitor.expect_progress("1 of 2")
    visitor.expect_all_sent()
    assert standing_values() == [5]


def test_a_slider_has_no_handle_before_the_first_touch(new_visitor: NewVisitor) -> None:
    labels = {"0": "Not at all", "100": "Very much"}
    study = make_gallery(count=3, scale_kind="slider", scale_min=0, scale_max=100, scale_labels=labels)
    visitor = joined(new_visitor, study, has_touch=False)
    handle, line = visitor.page.locator(".slider-thumb"), visitor.page.get_by_role("slider")
    expect(handle).to_be_hidden()
    visitor.check_page()
    box = line.bounding_box()
    assert box
    visitor.page.mouse.click(box["x"] + box["width"] * 0.25, box["y"] + box["height"] / 2)
    expect(handle).to_be_visible()
    visitor.expect_progress("0 of 3")  # a tap puts the handle there, and no more
    visitor.page.get_by_role("button", name="OK").click()
    visitor.expect_progress("1 of 3")
    visitor.await_picture()
    expect(handle).to_be_hidden()
    for key in ("ArrowRight", "PageUp", "Enter"):
        visitor.page.keyboard.press(key)
    visitor.expect_progress("2 of 3")
    visitor.expect_all_sent()
    assert standing_values() == [25, 60]


@pytest.mark.slow
def test_a_resume_link_goes_on_in_another_browser(new_visitor: NewVisitor) -> None:
    study = make_gallery(count=3)
    here = joined(new_visitor, study)
    here.press("3")
    here.expect_all_sent()
    here.open("/me/")
    link = here.page.get_by_label("Link to go on from any device").input_value()
    there = new_visitor()
    there.open(re.sub(r"^https?://[^/]+", "", link))
    there.page.get_by_role("button", name="Continue").click()
    there.await_picture()
    there.expect_progress("1 of 3")


def test_joining_works_without_javascript(new_visitor: NewVisitor) -> None:
    study = make_gallery(count=1, profile_questions=QUESTIONS)
    visitor = new_visitor(java_script_enabled=False)
    visitor.open(f"/s/{study.slug}/join/?PROLIFIC_PID=p-17&SESSION_ID=s-3")
    visitor.page.get_by_label("30 to 49").check()
    visitor.page.get_by_role("button", name="Agree and continue").click()
    expect(visitor.page.get_by_role("alert")).to_contain_text("Tick the box")
    visitor.page.get_by_role("checkbox").check()
    visitor.page.get_by_role("button", name="Agree and continue").click()
    visitor.page.wait_for_url("**/instructions/")
    participation = Participation.objects.select_related("rater__profile").get()
    assert (participation.external_id, participation.external_session) == ("p-17", "s-3")
    assert participation.rater.profile.answers == {"age_band": "30-49"}


@pytest.mark.parametrize("width", [320, 3840])
@pytest.mark.slow
def test_every_page_fits_the_smallest_and_the_largest_screen(new_visitor: NewVisitor, width: int) -> None:
    study = make_gallery(count=2, scale_min=0, scale_max=10, scale_labels={"0": "Not at all", "10": "Very much"})
    visitor = new_visitor(viewport={"width": width, "height": 568 if width == 320 else 2160})
    for path in ("/", f"/s/{study.slug}/", f"/s/{study.slug}/join/", "/no/such/page/"):
        visitor.open(path)
        visitor.check_page()
    visitor.join(study)
    visitor.check_page()
    visitor.start_rating(study)
    visitor.check_page()
    shown = visitor.page.locator("#frame img").bounding_box()
    assert shown
    assert shown["width"] == (640 if width == 3840 else pytest.approx(310, abs=10))


def test_the_first_page_weighs_less_than_100_kilobytes(new_visitor: NewVisitor, live_server: LiveServer) -> None:
    study = make_gallery(count=1)
    visitor = new_visitor()
    sizes: list[int] = []
    visitor.page.on("response", lambda response: sizes.append(len(response.body())))
    for path in ("/", f"/s/{study.slug}/"):
        sizes.clear()
        visitor.open(path)
        visitor.page.wait_for_load_state("networkidle")
        assert 1_000 < sum(sizes) < 100_000
    assert visitor.page.url.startswith(live_server.url)


SCRIPTS = Path(settings.BASE_DIR) / "frontend" / "static" / "js"
TEMPLATES = Path(settings.BASE_DIR) / "frontend" / "templates"


def imported_by(*names: str) -> set[str]:
    """Name these scripts and all that they import before they run."""
    needed, queue = set(), list(names)
    while queue:
        name = queue.pop()
        needed.add(name)
        imports = re.findall(r'^import .* from "\./(\w+)\.js"', (SCRIPTS / f"{name}.js").read_text(), re.MULTILINE)
        queue += [other for other in imports if other not in needed]
    return needed


def asked_for_later(script: str) -> list[str]:
    """Name the scripts that a script imports as it runs."""
    return re.findall(r'[ \[]import\("\./(\w+)\.js"\)', script)


def preloaded_by(template: str) -> set[str]:
    """Name the scripts that a template asks for ahead."""
    return set(re.findall(r"js/(\w+)\.js", (TEMPLATES / template).read_text()))


def test_every_module_of_the_rating_page_is_preloaded_and_none_of_another_design() -> None:
    always = imported_by("rate")
    assert preloaded_by("pages/rate_modules.html") == always
    stages = re.split(r"^  \"?([\w-]+)\"?: async", (SCRIPTS / "stages.js").read_text(), flags=re.MULTILINE)[1:]
    loaded = dict(zip(stages[::2], stages[1::2], strict=True))
    assert set(loaded) == set(designs())
    for name, design in designs().items():
        first = asked_for_later(loaded[name])
        scales = asked_for_later("".join((SCRIPTS / f"{module}.js").read_text() for module in first))
        own = imported_by(*first, *scales) - always
        assert preloaded_by(f"{design.templates}/modules.html") == own


def test_an_attention_check_is_a_sentence_that_is_seen_and_read_out(new_visitor: NewVisitor) -> None:
    study = make_gallery(count=2, attention_every=1)
    ensure_attention_checks(study=study)
    visitor = joined(new_visitor, study)
    picture, sentence = visitor.page.locator("#frame img"), visitor.page.locator("#frame .check-sentence")
    expect(picture.or_(sentence)).to_be_visible()
    if picture.is_visible():  # the check takes either place
        expect(picture).to_have_attribute("alt", "Picture 1 of 2")
        visitor.press("3")
    expect(sentence).to_have_text(re.compile(r"^Please choose [15]\.$"))
    expect(picture).to_have_count(0)
    asked = re.compile(r"^Picture [12] of 2\. It says: Please choose [15]\.$")
    expect(visitor.page.locator("#announce")).to_have_text(asked)
    visitor.check_page()
