"""How pictures are presented: on the study's ground and size, enlarged alike, with all of their prompt."""

import re

import pytest
from playwright.sync_api import expect

from annotate.tests.browser import DESKTOP, PHONE, NewVisitor, Visitor, joined, make_gallery
from annotate.tests.test_pair_journey import make_comparison, started
from ratings.choices import AssignmentState
from ratings.models import Assignment, Rating, StudyImage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SMALLEST = {"width": 320, "height": 256}  # a window of 1280 x 1024 enlarged four times
LONG_PROMPT = "A lighthouse above a stormy sea, oil on canvas, with heavy strokes of the palette knife. " * 6
GROUND = "getComputedStyle(document.getElementById('stage')).backgroundColor"
SCALES = "[...document.querySelectorAll('.side img')].map(({style}) => [Number(style.scale), style.transformOrigin])"
WATCH = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const {value, sources} of list.getEntries()) shifts.push([value, ...sources.map(({node}) => node?.id)]);
}).observe({type: "layout-shift", buffered: true});
"""
# A wheel or a finger scrolls only what is not hidden; the last letter then stands in the window, in no other's way.
IS_READ_TO_ITS_END = """(() => {
  const text = document.getElementById("prompt-text");
  if (getComputedStyle(text).overflowY !== "hidden") text.scrollTop = text.scrollHeight;
  const words = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
  let last = null;
  for (let node = words.nextNode(); node; node = words.nextNode()) if (node.data.trim()) last = node;
  const range = document.createRange();
  const end = last.data.trimEnd().length;
  range.setStart(last, end - 1);
  range.setEnd(last, end);
  const { left, top, width, height } = range.getBoundingClientRect();
  return text.contains(document.elementFromPoint(left + width / 2, top + height / 2));
})()"""
REVEAL = "(id) => document.getElementById(id).scrollIntoView({block: 'nearest'})"


def test_the_ground_and_the_size_are_the_studys_by_day_and_by_night(new_visitor: NewVisitor) -> None:
    study = make_gallery(count=2, surround="#203040", longest_side=200)
    visitor = joined(new_visitor, study, color_scheme="dark", viewport=DESKTOP)
    assert visitor.page.evaluate(GROUND) == "rgb(32, 48, 64)"
    visitor.page.emulate_media(color_scheme="light")
    assert visitor.page.evaluate(GROUND) == "rgb(32, 48, 64)"
    visitor.press("3")
    visitor.expect_progress("1 of 2")
    visitor.expect_all_sent()
    client = Rating.objects.get().client
    assert (client["surround"], client["shown_width"], client["largest_zoom"]) == ("#203040", 200, 1)


def test_pictures_that_are_compared_are_enlarged_alike_and_the_next_ones_fit_again(new_visitor: NewVisitor) -> None:
    visitor = started(new_visitor, make_comparison(pairs=2), viewport=PHONE)
    visitor.page.keyboard.press("z")
    left, right = visitor.page.evaluate(SCALES)
    assert left == right
    assert left[0] > 1
    visitor.page.keyboard.press("Shift+ArrowLeft")
    moved, too = visitor.page.evaluate(SCALES)
    assert moved == too
    assert moved != left
    visitor.check_page()
    visitor.press("ArrowUp")
    visitor.expect_progress("1 of 2")
    expect(visitor.page.get_by_role("button", name="Enlarge")).to_have_attribute("aria-pressed", "false")
    assert visitor.page.evaluate(SCALES) == [[0, "50% 50%"], [0, "50% 50%"]] or visitor.page.evaluate(SCALES)[0][0] == 0


def test_one_to_one_shows_a_pixel_of_the_picture_on_each_of_the_screen(new_visitor: NewVisitor) -> None:
    visitor = joined(new_visitor, make_gallery(count=1), viewport=PHONE)
    visitor.page.get_by_role("button", name="Enlarge").click()
    box = visitor.page.locator("#frame img").bounding_box()
    assert box
    assert box["width"] == pytest.approx(640, abs=1)  # of the picture's 640 pixels, where 378 fit


def test_nothing_moves_while_a_rater_works(new_visitor: NewVisitor) -> None:
    study = make_gallery(count=5, show_prompt=True)
    StudyImage.objects.filter(study=study, ordinal__lt=3).update(prompt=LONG_PROMPT)
    visitor = new_visitor(viewport=PHONE)
    visitor.page.add_init_script(WATCH)
    visitor.join(study)
    visitor.start_rating(study)
    for key in ("3", "4", "5"):
        visitor.press(key)
        visitor.page.keyboard.press(key)  # too early
    visitor.await_picture()
    visitor.page.locator(".past-answer").first.click()
    visitor.await_picture()
    visitor.page.get_by_role("button", name="Keep my answer").click()
    visitor.await_picture()
    assert visitor.page.evaluate("shifts") == []


def test_a_long_prompt_can_be_read_to_its_end_and_covers_no_next_picture(new_visitor: NewVisitor) -> None:
    study = make_gallery(count=2, show_prompt=True)
    StudyImage.objects.filter(study=study).update(prompt=LONG_PROMPT)
    visitor = joined(new_visitor, study, viewport=SMALLEST)
    shown, more = visitor.page.locator("#prompt"), visitor.page.locator("#prompt-more")
    expect(more).to_have_text("Show all")
    assert not visitor.page.evaluate(IS_READ_TO_ITS_END)
    more.click()
    expect(more).to_have_attribute("aria-expanded", "true")
    assert visitor.page.evaluate(IS_READ_TO_ITS_END)
    visitor.check_page()
    more.click()
    expect(shown).not_to_have_class(re.compile("is-open"))


def test_at_four_times_the_size_the_picture_fills_the_window_and_no_control_is_lost(new_visitor: NewVisitor) -> None:
    visitor = joined(new_visitor, make_gallery(count=2), viewport=SMALLEST)
    box = visitor.page.locator("#frame img").bounding_box()
    assert box
    assert box["width"] >= 140
    for name in ("scale", "undo", "skip", "past"):
        visitor.page.evaluate(REVEAL, name)
        assert visitor.page.locator(f"#{name}").bounding_box()
    visitor.check_page()
    visitor.page.get_by_role("button", name="Help").click()
    expect(visitor.page.get_by_role("heading", name="Help")).to_be_in_viewport()
    visitor.check_page()


@pytest.mark.slow
def test_thirty_pictures_are_kept_ahead_where_a_rater_asks_for_them(new_visitor: NewVisitor) -> None:
    visitor = joined(new_visitor, make_gallery(count=40))
    assert held() < 10
    visitor.press("?")
    visitor.page.get_by_label("Keep 30 ready for a time without a network").check()
    expect(visitor.page.get_by_role("status").get_by_text("Ready on this device: 30")).to_be_visible()
    visitor.page.get_by_role("button", name="Back to rating").click()
    assert held() >= 30
    with visitor.offline():
        for _ in range(12):
            visitor.press("4")
        visitor.expect_progress("12 of 40")


def held() -> int:
    """Count what is handed out."""
    return Assignment.objects.filter(state=AssignmentState.LEASED).count()


@pytest.mark.parametrize("touch", [True, False])
def test_the_instructions_name_only_what_a_device_has(new_visitor: NewVisitor, touch: bool) -> None:  # noqa: FBT001
    visitor = new_visitor(viewport=DESKTOP, has_touch=touch, is_mobile=touch)
    study = make_gallery(count=1)
    visitor.join(study)
    expect(visitor.page.get_by_role("columnheader", name="Touch")).to_have_count(int(touch))
    expect(visitor.page.get_by_role("columnheader", name="Keyboard")).to_have_count(int(not touch))


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
def test_every_state_of_the_rating_page_is_accessible_from_left_and_from_right(
    new_visitor: NewVisitor, language: str, scheme: str
) -> None:
    labels = {"1": "Not at all", "5": "Very much"}
    scales = ({"scale_labels": labels}, {"scale_kind": "slider", "scale_min": 0, "scale_max": 100})
    for fields in scales:
        study = make_gallery(count=4, break_every=2, show_prompt=True, languages=["en", "ar"], **fields)
        StudyImage.objects.filter(study=study).update(prompt=LONG_PROMPT)
        visitor = joined(new_visitor, study, color_scheme=scheme, viewport={"width": 320, "height": 640})
        visitor.open(f"/s/{study.slug}/rate/?lang={language}")
        go_through_states(visitor)


def go_through_states(visitor: Visitor) -> None:
    """Check a fresh picture, one answered before, one enlarged, the whole prompt, an early press, and each dialog."""
    page = visitor.page
    visitor.await_picture()
    visitor.check_page()
    page.keyboard.press("5")
    page.keyboard.press("Enter")
    page.keyboard.press("5")
    visitor.check_page()
    visitor.await_picture()
    for state in ("#zoom", "#prompt-more", ".past-answer >> nth=0", "#help-open", "Escape", "#keep", "#skip", "Escape"):
        if state == "Escape":
            page.wait_for_function("() => !document.querySelector('dialog[open] [inert]')")
            page.keyboard.press(state)
        else:
            page.locator(state).click()
        visitor.check_page()
    visitor.await_picture()
    page.keyboard.press("5")
    page.keyboard.press("Enter")
    expect(page.locator("#break-dialog")).to_be_visible()
    visitor.check_page()
